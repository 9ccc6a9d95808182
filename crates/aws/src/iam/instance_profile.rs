//! Instance profiles.

use super::millis;
use super::page::page;
use super::role::RoleOutput;
use super::tag::{self, Tag};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_control::Cloud;
use croft_model::iam::InstanceProfile;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] =
    operations![CreateInstanceProfile, GetInstanceProfile, ListInstanceProfiles, ListInstanceProfilesForRole];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InstanceProfileOutput {
    path: String,
    instance_profile_name: String,
    instance_profile_id: String,
    arn: String,
    create_date: i64,
    roles: Vec<RoleOutput>,
    tags: Option<Vec<Tag>>,
}

impl InstanceProfileOutput {
    fn listed(cloud: &Cloud, profile: &InstanceProfile) -> InstanceProfileOutput {
        InstanceProfileOutput {
            path: profile.path.clone(),
            instance_profile_name: profile.name.clone(),
            instance_profile_id: profile.id.clone(),
            arn: profile.arn(),
            create_date: millis(profile.created),
            roles: cloud.role_of(profile).into_iter().map(RoleOutput::listed).collect(),
            tags: None,
        }
    }

    fn whole(cloud: &Cloud, profile: &InstanceProfile) -> InstanceProfileOutput {
        InstanceProfileOutput { tags: tag::shown(&profile.tags), ..InstanceProfileOutput::listed(cloud, profile) }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct OneInstanceProfile {
    instance_profile: InstanceProfileOutput,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateInstanceProfile {
    instance_profile_name: String,
    path: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

impl Operation for CreateInstanceProfile {
    const NAME: &'static str = "CreateInstanceProfile";
    type Output = OneInstanceProfile;

    fn run(self, call: &mut Call<'_>) -> Result<OneInstanceProfile, Fault> {
        let profile = call.run(croft_control::CreateInstanceProfile {
            instance_profile_name: self.instance_profile_name,
            path: self.path,
            tags: tag::read(self.tags)?,
        })?;
        Ok(OneInstanceProfile { instance_profile: InstanceProfileOutput::whole(&call.cloud(), &profile) })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GetInstanceProfile {
    instance_profile_name: String,
}

impl Operation for GetInstanceProfile {
    const NAME: &'static str = "GetInstanceProfile";
    type Output = OneInstanceProfile;

    fn run(self, call: &mut Call<'_>) -> Result<OneInstanceProfile, Fault> {
        let cloud = call.cloud();
        let profile = cloud.instance_profile(&call.scope.account, &self.instance_profile_name)?;
        Ok(OneInstanceProfile { instance_profile: InstanceProfileOutput::whole(&cloud, profile) })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InstanceProfilesOutput {
    instance_profiles: Vec<InstanceProfileOutput>,
    is_truncated: bool,
    marker: Option<String>,
}

fn listed<'a>(
    cloud: &Cloud,
    profiles: impl Iterator<Item = &'a InstanceProfile>,
    marker: Option<&str>,
    max_items: Option<usize>,
) -> Result<InstanceProfilesOutput, Fault> {
    let page = page(profiles, marker, max_items, |p| p.key.to_string())?;
    Ok(InstanceProfilesOutput {
        instance_profiles: page.items.into_iter().map(|p| InstanceProfileOutput::listed(cloud, p)).collect(),
        is_truncated: page.is_truncated,
        marker: page.marker,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListInstanceProfiles {
    path_prefix: Option<String>,
    marker: Option<String>,
    max_items: Option<usize>,
}

impl Operation for ListInstanceProfiles {
    const NAME: &'static str = "ListInstanceProfiles";
    type Output = InstanceProfilesOutput;

    fn run(self, call: &mut Call<'_>) -> Result<InstanceProfilesOutput, Fault> {
        let cloud = call.cloud();
        let prefix = self.path_prefix.unwrap_or_default();
        let profiles = cloud.instance_profiles_of(&call.scope.account).filter(|p| p.path.starts_with(&prefix));
        listed(&cloud, profiles, self.marker.as_deref(), self.max_items)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListInstanceProfilesForRole {
    role_name: String,
    marker: Option<String>,
    max_items: Option<usize>,
}

impl Operation for ListInstanceProfilesForRole {
    const NAME: &'static str = "ListInstanceProfilesForRole";
    type Output = InstanceProfilesOutput;

    fn run(self, call: &mut Call<'_>) -> Result<InstanceProfilesOutput, Fault> {
        let cloud = call.cloud();
        let account = &call.scope.account;
        let role = &cloud.iam_role(account, &self.role_name)?.key;
        let profiles = cloud.instance_profiles_of(account).filter(|p| p.role.as_ref() == Some(role));
        listed(&cloud, profiles, self.marker.as_deref(), self.max_items)
    }
}
