//! Security groups in further VPCs (row SG-12).
//!
//! An association is there as soon as it is asked for, and gone as soon as that is asked for. AWS takes a while, so the
//! answers say what is under way; a description shows what stands.

use super::filter::{FilterOf, Filters};
use super::listing::after;
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_model::{AccountId, SecurityGroupId, Tags, VpcId};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] =
    operations![AssociateSecurityGroupVpc, DisassociateSecurityGroupVpc, DescribeSecurityGroupVpcAssociations];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AssociateSecurityGroupVpc {
    group_id: String,
    vpc_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DisassociateSecurityGroupVpc {
    group_id: String,
    vpc_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StateOutput {
    state: &'static str,
}

impl Operation for AssociateSecurityGroupVpc {
    const NAME: &'static str = "AssociateSecurityGroupVpc";
    type Output = StateOutput;

    fn run(self, call: &mut Call<'_>) -> Result<StateOutput, Fault> {
        let (group_id, vpc_id) = (self.group_id.parse()?, self.vpc_id.parse()?);
        call.run(croft_control::AssociateSecurityGroupVpc { group_id, vpc_id })?;
        Ok(StateOutput { state: "associating" })
    }
}

impl Operation for DisassociateSecurityGroupVpc {
    const NAME: &'static str = "DisassociateSecurityGroupVpc";
    type Output = StateOutput;

    fn run(self, call: &mut Call<'_>) -> Result<StateOutput, Fault> {
        let (group_id, vpc_id) = (self.group_id.parse()?, self.vpc_id.parse()?);
        call.run(croft_control::DisassociateSecurityGroupVpc { group_id, vpc_id })?;
        Ok(StateOutput { state: "disassociating" })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeSecurityGroupVpcAssociations {
    #[serde(default)]
    filters: Filters,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeSecurityGroupVpcAssociationsOutput {
    security_group_vpc_associations: Vec<AssociationOutput>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AssociationOutput {
    group_id: String,
    vpc_id: String,
    vpc_owner_id: String,
    state: &'static str,
    group_owner_id: String,
}

/// A group and a VPC that it was not made in.
pub struct Association {
    group: SecurityGroupId,
    vpc: VpcId,
    /// Of both: groups are not shared between accounts.
    owner: AccountId,
}

/// Of one that is there.
const ASSOCIATED: &str = "associated";

/// What AWS documents for `DescribeSecurityGroupVpcAssociations`.
pub const FILTERS: &[FilterOf<Association>] = &[
    ("group-id", |_, association, found| found.text(association.group.as_str())),
    ("group-owner-id", |_, association, found| found.text(association.owner.as_str())),
    ("state", |_, _, found| found.text(ASSOCIATED)),
    ("vpc-id", |_, association, found| found.text(association.vpc.as_str())),
    ("vpc-owner-id", |_, association, found| found.text(association.owner.as_str())),
];

impl Operation for DescribeSecurityGroupVpcAssociations {
    const NAME: &'static str = "DescribeSecurityGroupVpcAssociations";
    type Output = DescribeSecurityGroupVpcAssociationsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeSecurityGroupVpcAssociationsOutput, Fault> {
        let cloud = call.cloud();
        let judge = self.filters.judge(FILTERS)?;
        let associations = cloud.security_groups_in(call.scope).flat_map(|group| {
            let of = |vpc: &VpcId| Association {
                group: group.id.clone(),
                vpc: vpc.clone(),
                owner: group.scope.account.clone(),
            };
            group.associated_vpcs.iter().map(of)
        });
        let no_tags = Tags::new();
        let associations = associations.filter(|association| judge.holds(&cloud, association, &no_tags));
        let key = |association: &Association| format!("{} {}", association.group, association.vpc);
        let page = after(associations, self.max_results, self.next_token.as_deref(), key)?;
        let show = |Association { group, vpc, owner }| AssociationOutput {
            group_id: group.to_string(),
            vpc_id: vpc.to_string(),
            vpc_owner_id: owner.to_string(),
            state: ASSOCIATED,
            group_owner_id: owner.to_string(),
        };
        Ok(DescribeSecurityGroupVpcAssociationsOutput {
            security_group_vpc_associations: page.items.into_iter().map(show).collect(),
            next_token: page.next_token,
        })
    }
}
