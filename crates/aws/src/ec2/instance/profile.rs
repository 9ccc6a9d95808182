//! Profiles of instances.

use super::super::filter::{FilterOf, Filters};
use super::super::listing::after;
use super::output::{ProfileOutput, profile};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::Operation;
use croft_control::InstanceProfileSpecification;
use croft_model::ProfileAssociationId;
use croft_model::instance::Instance;
use serde::{Deserialize, Serialize};

/// AWS's `IamInstanceProfileAssociation`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AssociationOutput {
    association_id: String,
    instance_id: String,
    iam_instance_profile: Option<ProfileOutput>,
    state: &'static str,
    timestamp: Option<u64>,
}

fn shown(instance: &Instance, state: &'static str) -> Option<AssociationOutput> {
    let association = instance.profile_association.as_ref()?;
    Some(AssociationOutput {
        association_id: association.id.to_string(),
        instance_id: instance.id.to_string(),
        iam_instance_profile: profile(instance),
        state,
        timestamp: (state == "associated").then(|| association.since.saturating_mul(1000)),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ProfileAssociationOutput {
    iam_instance_profile_association: Option<AssociationOutput>,
}

fn name(specification: InstanceProfileSpecification, call: &Call<'_>) -> Result<String, Fault> {
    let named = specification.name(&call.cloud(), call.scope)?;
    named.ok_or_else(|| Fault::missing("IamInstanceProfile"))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AssociateIamInstanceProfile {
    instance_id: String,
    iam_instance_profile: InstanceProfileSpecification,
}

impl Operation for AssociateIamInstanceProfile {
    const NAME: &'static str = "AssociateIamInstanceProfile";
    type Output = ProfileAssociationOutput;

    fn run(self, call: &mut Call<'_>) -> Result<ProfileAssociationOutput, Fault> {
        let instance = call.run(croft_control::AssociateIamInstanceProfile {
            instance_id: self.instance_id.parse()?,
            iam_instance_profile: name(self.iam_instance_profile, call)?,
        })?;
        Ok(ProfileAssociationOutput { iam_instance_profile_association: shown(&instance, "associating") })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DisassociateIamInstanceProfile {
    association_id: String,
}

impl Operation for DisassociateIamInstanceProfile {
    const NAME: &'static str = "DisassociateIamInstanceProfile";
    type Output = ProfileAssociationOutput;

    fn run(self, call: &mut Call<'_>) -> Result<ProfileAssociationOutput, Fault> {
        let association_id = self.association_id.parse()?;
        let instance = call.run(croft_control::DisassociateIamInstanceProfile { association_id })?;
        Ok(ProfileAssociationOutput { iam_instance_profile_association: shown(&instance, "disassociating") })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ReplaceIamInstanceProfileAssociation {
    association_id: String,
    iam_instance_profile: InstanceProfileSpecification,
}

impl Operation for ReplaceIamInstanceProfileAssociation {
    const NAME: &'static str = "ReplaceIamInstanceProfileAssociation";
    type Output = ProfileAssociationOutput;

    fn run(self, call: &mut Call<'_>) -> Result<ProfileAssociationOutput, Fault> {
        let instance = call.run(croft_control::ReplaceIamInstanceProfileAssociation {
            association_id: self.association_id.parse()?,
            iam_instance_profile: name(self.iam_instance_profile, call)?,
        })?;
        Ok(ProfileAssociationOutput { iam_instance_profile_association: shown(&instance, "associating") })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeIamInstanceProfileAssociations {
    #[serde(default)]
    association_ids: Vec<String>,
    #[serde(default)]
    filters: Filters,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeIamInstanceProfileAssociationsOutput {
    iam_instance_profile_associations: Vec<AssociationOutput>,
    next_token: Option<String>,
}

const FILTERS: &[FilterOf<Instance>] =
    &[("instance-id", |_, i, found| found.text(i.id.as_str())), ("state", |_, _, found| found.text("associated"))];

impl Operation for DescribeIamInstanceProfileAssociations {
    const NAME: &'static str = "DescribeIamInstanceProfileAssociations";
    type Output = DescribeIamInstanceProfileAssociationsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeIamInstanceProfileAssociationsOutput, Fault> {
        let cloud = call.cloud();
        let judge = self.filters.judge(FILTERS)?;
        let ids: Vec<ProfileAssociationId> = super::super::listing::identifiers(&self.association_ids)?;
        let of = |i: &Instance| i.profile_association.as_ref().map(|a| a.id.clone());
        for id in &ids {
            if !cloud.instances_in(call.scope).any(|i| of(i).as_ref() == Some(id)) {
                let message = format!("An invalid association-id of '{id}' was given");
                return Err(Fault::new("InvalidAssociationID.NotFound", message));
            }
        }
        let wanted = |i: &&Instance| {
            of(i).is_some_and(|id| ids.is_empty() || ids.contains(&id)) && judge.holds(&cloud, i, &i.tags)
        };
        let items = cloud.instances_in(call.scope).filter(wanted);
        let page = after(items, self.max_results, self.next_token.as_deref(), |i| i.id.to_string())?;
        Ok(DescribeIamInstanceProfileAssociationsOutput {
            iam_instance_profile_associations: page.items.iter().filter_map(|i| shown(i, "associated")).collect(),
            next_token: page.next_token,
        })
    }
}
