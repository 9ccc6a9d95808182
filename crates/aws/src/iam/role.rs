//! Roles.

use super::document::escaped;
use super::millis;
use super::page::page;
use super::tag::{self, Tag};
use super::user::PermissionsBoundary;
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_model::iam::Role;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![CreateRole, GetRole, ListRoles, UpdateRole, UpdateRoleDescription];

/// A role as AWS shows it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RoleOutput {
    path: String,
    role_name: String,
    role_id: String,
    arn: String,
    create_date: i64,
    assume_role_policy_document: String,
    description: Option<String>,
    max_session_duration: Option<u32>,
    permissions_boundary: Option<PermissionsBoundary>,
    tags: Option<Vec<Tag>>,
    role_last_used: Option<RoleLastUsed>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct RoleLastUsed {
    last_used_date: Option<i64>,
    region: Option<String>,
}

impl RoleOutput {
    /// As it is listed.
    pub fn listed(role: &Role) -> RoleOutput {
        RoleOutput {
            path: role.path.clone(),
            role_name: role.name.clone(),
            role_id: role.id.clone(),
            arn: role.arn(),
            create_date: millis(role.created),
            assume_role_policy_document: escaped(&role.trust_policy),
            description: role.description.clone(),
            max_session_duration: Some(role.max_session_duration),
            permissions_boundary: None,
            tags: None,
            role_last_used: None,
        }
    }

    /// As it is shown when it is made.
    pub fn made(role: &Role) -> RoleOutput {
        RoleOutput {
            permissions_boundary: PermissionsBoundary::of(&role.policies),
            tags: tag::shown(&role.tags),
            ..RoleOutput::listed(role)
        }
    }

    /// With all there is to it.
    pub fn whole(role: &Role) -> RoleOutput {
        let used = role
            .last_used
            .as_ref()
            .map(|used| RoleLastUsed { last_used_date: Some(millis(used.at)), region: Some(used.region.to_string()) });
        RoleOutput { role_last_used: Some(used.unwrap_or_default()), ..RoleOutput::made(role) }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct OneRole {
    role: RoleOutput,
}

impl OneRole {
    pub fn of(role: RoleOutput) -> OneRole {
        OneRole { role }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateRole {
    path: Option<String>,
    role_name: String,
    assume_role_policy_document: String,
    description: Option<String>,
    max_session_duration: Option<u32>,
    permissions_boundary: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

impl Operation for CreateRole {
    const NAME: &'static str = "CreateRole";
    type Output = OneRole;

    fn run(self, call: &mut Call<'_>) -> Result<OneRole, Fault> {
        let role = call.run(croft_control::CreateRole {
            role_name: self.role_name,
            path: self.path,
            assume_role_policy_document: self.assume_role_policy_document,
            description: self.description,
            max_session_duration: self.max_session_duration,
            permissions_boundary: self.permissions_boundary,
            tags: tag::read(self.tags)?,
        })?;
        Ok(OneRole { role: RoleOutput::made(&role) })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GetRole {
    role_name: String,
}

impl Operation for GetRole {
    const NAME: &'static str = "GetRole";
    type Output = OneRole;

    fn run(self, call: &mut Call<'_>) -> Result<OneRole, Fault> {
        let cloud = call.cloud();
        Ok(OneRole { role: RoleOutput::whole(cloud.iam_role(&call.scope.account, &self.role_name)?) })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListRoles {
    path_prefix: Option<String>,
    marker: Option<String>,
    max_items: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRolesOutput {
    roles: Vec<RoleOutput>,
    is_truncated: bool,
    marker: Option<String>,
}

impl Operation for ListRoles {
    const NAME: &'static str = "ListRoles";
    type Output = ListRolesOutput;

    fn run(self, call: &mut Call<'_>) -> Result<ListRolesOutput, Fault> {
        let cloud = call.cloud();
        let prefix = self.path_prefix.unwrap_or_default();
        let roles = cloud.iam_roles(&call.scope.account).filter(|r| r.path.starts_with(&prefix));
        let page = page(roles, self.marker.as_deref(), self.max_items, |r| r.key.to_string())?;
        Ok(ListRolesOutput {
            roles: page.items.into_iter().map(RoleOutput::listed).collect(),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct UpdateRole {
    role_name: String,
    description: Option<String>,
    max_session_duration: Option<u32>,
}

/// The one output that the model gives a structure without members.
#[derive(Serialize)]
pub struct Nothing {}

impl Operation for UpdateRole {
    const NAME: &'static str = "UpdateRole";
    type Output = Nothing;

    fn run(self, call: &mut Call<'_>) -> Result<Nothing, Fault> {
        let UpdateRole { role_name, description, max_session_duration } = self;
        call.run(croft_control::UpdateRole { role_name, description, max_session_duration })?;
        Ok(Nothing {})
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct UpdateRoleDescription {
    role_name: String,
    description: String,
}

impl Operation for UpdateRoleDescription {
    const NAME: &'static str = "UpdateRoleDescription";
    type Output = OneRole;

    fn run(self, call: &mut Call<'_>) -> Result<OneRole, Fault> {
        let description = Some(self.description);
        let change = croft_control::UpdateRole { role_name: self.role_name, description, max_session_duration: None };
        Ok(OneRole { role: RoleOutput::made(&call.run(change)?) })
    }
}
