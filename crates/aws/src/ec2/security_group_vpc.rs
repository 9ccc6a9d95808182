//! Security groups across VPCs: which can be used in one, which are referred to from another.
//!
//! There are no peering connections and transit gateways yet, so nothing on the other side of one refers to a group.

use super::filter::{FilterOf, Filters};
use super::listing::after;
use super::security_group::find;
use super::tag::{self, Tag};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_control::{Cloud, Identified};
use croft_model::group::{Direction, Peer, SecurityGroup};
use croft_model::protocol::{Ports, Protocol};
use croft_model::{Scope, VpcId};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] =
    operations![GetSecurityGroupsForVpc, DescribeSecurityGroupReferences, DescribeStaleSecurityGroups,];

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
        let groups = cloud.security_groups_in(call.scope).filter(|g| g.is_usable_in(&vpc));
        let groups = groups.filter(|g| judge.holds(&cloud, g, &g.tags));
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
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeStaleSecurityGroupsOutput {
    stale_security_group_set: Vec<StaleSecurityGroup>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StaleSecurityGroup {
    description: String,
    group_id: String,
    group_name: String,
    stale_ip_permissions: Vec<StaleIpPermission>,
    stale_ip_permissions_egress: Vec<StaleIpPermission>,
    vpc_id: String,
}

/// Rules of one protocol and range that name groups which cannot be used in the VPC any more.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StaleIpPermission {
    ip_protocol: String,
    from_port: Option<i64>,
    to_port: Option<i64>,
    user_id_group_pairs: Vec<StaleGroup>,
    ip_ranges: Vec<Nothing>,
    prefix_list_ids: Vec<Nothing>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StaleGroup {
    description: Option<String>,
    user_id: String,
    group_id: String,
    /// The VPC in which it was made; none of a group that is gone.
    vpc_id: Option<String>,
}

fn stale(cloud: &Cloud, group: &SecurityGroup, direction: Direction) -> Vec<StaleIpPermission> {
    let mut of: Vec<(Protocol, Ports)> = Vec::new();
    let mut out: Vec<StaleIpPermission> = Vec::new();
    for rule in cloud.stale_rules(group).filter(|rule| rule.direction == direction) {
        let Peer::Group(named) = &rule.peer else { continue };
        let pair = StaleGroup {
            description: rule.description.clone(),
            user_id: group.scope.account.to_string(),
            group_id: named.to_string(),
            vpc_id: cloud.security_groups.get(named).map(|named| named.vpc.to_string()),
        };
        let what = (rule.protocol, rule.ports);
        match of.iter().position(|same| *same == what).and_then(|at| out.get_mut(at)) {
            Some(permission) => permission.user_id_group_pairs.push(pair),
            None => {
                let ends = rule.ports.ends(rule.protocol);
                of.push(what);
                out.push(StaleIpPermission {
                    ip_protocol: rule.protocol.to_string(),
                    from_port: ends.map(|e| e.0),
                    to_port: ends.map(|e| e.1),
                    user_id_group_pairs: vec![pair],
                    ip_ranges: vec![],
                    prefix_list_ids: vec![],
                });
            }
        }
    }
    out
}

impl Operation for DescribeStaleSecurityGroups {
    const NAME: &'static str = "DescribeStaleSecurityGroups";
    type Output = DescribeStaleSecurityGroupsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeStaleSecurityGroupsOutput, Fault> {
        let cloud = call.cloud();
        let vpc = vpc(&cloud, call.scope, &self.vpc_id)?;
        let groups = cloud.security_groups_in(call.scope).filter(|g| g.vpc == vpc);
        let groups = groups.filter(|g| cloud.stale_rules(g).next().is_some());
        let page = after(groups, self.max_results, self.next_token.as_deref(), |g| g.id.to_string())?;
        let show = |group: &SecurityGroup| StaleSecurityGroup {
            description: group.description.clone(),
            group_id: group.id.to_string(),
            group_name: group.name.clone(),
            stale_ip_permissions: stale(&cloud, group, Direction::Ingress),
            stale_ip_permissions_egress: stale(&cloud, group, Direction::Egress),
            vpc_id: group.vpc.to_string(),
        };
        Ok(DescribeStaleSecurityGroupsOutput {
            stale_security_group_set: page.items.into_iter().map(show).collect(),
            next_token: page.next_token,
        })
    }
}
