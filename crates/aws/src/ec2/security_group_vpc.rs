//! Security groups across VPCs: which can be used in one, which are referred to from another.
//!
//! There are no peering connections yet and no groups shared between VPCs, so nothing of another VPC refers to a group
//! and no rule is stale. `AssociateSecurityGroupVpc` is no operation of Croft's.

use super::filter::{FilterOf, Filters};
use super::listing::after;
use super::security_group::find;
use super::tag::{self, Tag};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_control::{Cloud, Identified};
use croft_model::group::SecurityGroup;
use croft_model::{Scope, VpcId};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![
    GetSecurityGroupsForVpc,
    DescribeSecurityGroupReferences,
    DescribeStaleSecurityGroups,
    DescribeSecurityGroupVpcAssociations,
];

fn vpc(cloud: &Cloud, scope: &Scope, id: &str) -> Result<VpcId, Fault> {
    let id: VpcId = id.parse()?;
    match cloud.vpcs.get(&id).is_some_and(|v| v.scope == *scope) {
        true => Ok(id),
        false => Err(id.not_found().into()),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GetSecurityGroupsForVpc {
    vpc_id: String,
    #[serde(default)]
    filters: Filters,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetSecurityGroupsForVpcOutput {
    next_token: Option<String>,
    security_group_for_vpcs: Vec<SecurityGroupForVpc>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SecurityGroupForVpc {
    description: String,
    group_name: String,
    owner_id: String,
    group_id: String,
    tags: Vec<Tag>,
    primary_vpc_id: String,
}

const FILTERS: &[FilterOf<SecurityGroup>] = &[
    ("group-id", |_, group, found| found.text(group.id.as_str())),
    ("description", |_, group, found| found.text(&group.description)),
    ("group-name", |_, group, found| found.text(&group.name)),
    ("owner-id", |_, group, found| found.text(group.scope.account.as_str())),
    ("primary-vpc-id", |_, group, found| found.text(group.vpc.as_str())),
];

impl Operation for GetSecurityGroupsForVpc {
    const NAME: &'static str = "GetSecurityGroupsForVpc";
    type Output = GetSecurityGroupsForVpcOutput;

    fn run(self, call: &mut Call<'_>) -> Result<GetSecurityGroupsForVpcOutput, Fault> {
        let cloud = call.cloud();
        let vpc = vpc(&cloud, call.scope, &self.vpc_id)?;
        let judge = self.filters.judge(FILTERS)?;
        let groups = cloud.security_groups_in(call.scope).filter(|g| g.vpc == vpc && judge.holds(&cloud, g, &g.tags));
        let page = after(groups, self.max_results, self.next_token.as_deref(), |g| g.id.to_string())?;
        let show = |group: &SecurityGroup| SecurityGroupForVpc {
            description: group.description.clone(),
            group_name: group.name.clone(),
            owner_id: group.scope.account.to_string(),
            group_id: group.id.to_string(),
            tags: tag::shown(&group.tags),
            primary_vpc_id: group.vpc.to_string(),
        };
        Ok(GetSecurityGroupsForVpcOutput {
            security_group_for_vpcs: page.items.into_iter().map(show).collect(),
            next_token: page.next_token,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeSecurityGroupReferences {
    /// Several, whatever the name says.
    group_id: Vec<String>,
}

/// What there is none of.
#[derive(Serialize)]
enum Nothing {}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeSecurityGroupReferencesOutput {
    security_group_reference_set: Vec<Nothing>,
}

impl Operation for DescribeSecurityGroupReferences {
    const NAME: &'static str = "DescribeSecurityGroupReferences";
    type Output = DescribeSecurityGroupReferencesOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeSecurityGroupReferencesOutput, Fault> {
        let cloud = call.cloud();
        for id in &self.group_id {
            find(&cloud, call.scope, &id.parse()?)?;
        }
        Ok(DescribeSecurityGroupReferencesOutput { security_group_reference_set: vec![] })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeStaleSecurityGroups {
    vpc_id: String,
    /// No page is ever full.
    #[serde(rename = "MaxResults")]
    _max_results: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeStaleSecurityGroupsOutput {
    stale_security_group_set: Vec<Nothing>,
}

impl Operation for DescribeStaleSecurityGroups {
    const NAME: &'static str = "DescribeStaleSecurityGroups";
    type Output = DescribeStaleSecurityGroupsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeStaleSecurityGroupsOutput, Fault> {
        vpc(&call.cloud(), call.scope, &self.vpc_id)?;
        Ok(DescribeStaleSecurityGroupsOutput { stale_security_group_set: vec![] })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeSecurityGroupVpcAssociations {
    #[serde(default)]
    filters: Filters,
    /// No page is ever full.
    #[serde(rename = "MaxResults")]
    _max_results: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeSecurityGroupVpcAssociationsOutput {
    security_group_vpc_associations: Vec<Nothing>,
}

/// An association of a group with a second VPC. There is none to take values from.
struct Association;

const ASSOCIATION_FILTERS: &[FilterOf<Association>] = &[
    ("group-id", |_, _, _| {}),
    ("group-owner-id", |_, _, _| {}),
    ("state", |_, _, _| {}),
    ("vpc-id", |_, _, _| {}),
    ("vpc-owner-id", |_, _, _| {}),
];

impl Operation for DescribeSecurityGroupVpcAssociations {
    const NAME: &'static str = "DescribeSecurityGroupVpcAssociations";
    type Output = DescribeSecurityGroupVpcAssociationsOutput;

    fn run(self, _: &mut Call<'_>) -> Result<DescribeSecurityGroupVpcAssociationsOutput, Fault> {
        self.filters.judge(ASSOCIATION_FILTERS)?;
        Ok(DescribeSecurityGroupVpcAssociationsOutput { security_group_vpc_associations: vec![] })
    }
}
