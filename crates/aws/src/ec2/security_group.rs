//! Security groups.

use super::arn::arn;
use super::filter::{FilterOf, Filters, Match};
use super::ip_permission::{IpPermissionOutput, of_rules};
use super::listing::{Listed, Query, select};
use super::tag::{self, Tag, TagSpecifications};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_control::{Cloud, Identified};
use croft_model::group::{Direction, Peer, SecurityGroup, SecurityGroupRule};
use croft_model::{Scope, SecurityGroupId, Tags};
use imbl::OrdMap;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![CreateSecurityGroup, DeleteSecurityGroup, DescribeSecurityGroups];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateSecurityGroup {
    group_name: String,
    /// `GroupDescription` on the wire.
    description: String,
    vpc_id: Option<String>,
    #[serde(default)]
    tag_specifications: TagSpecifications,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateSecurityGroupOutput {
    group_id: String,
    tags: Vec<Tag>,
    security_group_arn: String,
}

impl Operation for CreateSecurityGroup {
    const NAME: &'static str = "CreateSecurityGroup";
    type Output = CreateSecurityGroupOutput;

    fn run(self, call: &mut Call<'_>) -> Result<CreateSecurityGroupOutput, Fault> {
        let group = call.run(croft_control::CreateSecurityGroup {
            group_name: self.group_name,
            description: self.description,
            vpc_id: self.vpc_id.map(|id| id.parse()).transpose()?,
            tags: self.tag_specifications.of("security-group")?,
        })?;
        Ok(CreateSecurityGroupOutput {
            group_id: group.id.to_string(),
            tags: tag::shown(&group.tags),
            security_group_arn: arn(&group.scope, "security-group", &group.id),
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteSecurityGroup {
    group_id: Option<String>,
    group_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteSecurityGroupOutput {
    #[serde(rename = "Return")]
    done: bool,
    group_id: String,
}

impl Operation for DeleteSecurityGroup {
    const NAME: &'static str = "DeleteSecurityGroup";
    type Output = DeleteSecurityGroupOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DeleteSecurityGroupOutput, Fault> {
        let group_id = named(&call.cloud(), call.scope, self.group_id, self.group_name)?;
        call.run(croft_control::DeleteSecurityGroup { group_id: group_id.clone() })?;
        Ok(DeleteSecurityGroupOutput { done: true, group_id: group_id.to_string() })
    }
}

/// The group that a request names by `GroupId`, or by `GroupName` in the default VPC.
pub fn named(cloud: &Cloud, scope: &Scope, id: Option<String>, name: Option<String>) -> Result<SecurityGroupId, Fault> {
    match (id, name) {
        (Some(_), Some(_)) => {
            Err(Fault::invalid_combination("The parameters GroupId and GroupName may not be used together"))
        }
        (Some(id), None) => Ok(id.parse()?),
        (None, Some(name)) => Ok(cloud.security_group_named(scope, &name)?.id.clone()),
        (None, None) => Err(Fault::missing("GroupName or GroupId")),
    }
}

/// A group of the caller.
pub fn find<'a>(cloud: &'a Cloud, scope: &Scope, id: &SecurityGroupId) -> Result<&'a SecurityGroup, Fault> {
    cloud.security_groups.get(id).filter(|g| g.scope == *scope).ok_or_else(|| id.not_found().into())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeSecurityGroups {
    #[serde(default)]
    group_ids: Vec<String>,
    #[serde(default)]
    group_names: Vec<String>,
    #[serde(default)]
    filters: Filters,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeSecurityGroupsOutput {
    security_groups: Vec<SecurityGroupOutput>,
    next_token: Option<String>,
}

impl Operation for DescribeSecurityGroups {
    const NAME: &'static str = "DescribeSecurityGroups";
    type Output = DescribeSecurityGroupsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeSecurityGroupsOutput, Fault> {
        let cloud = call.cloud();
        let mut ids = self.group_ids;
        for name in &self.group_names {
            ids.push(cloud.security_group_named(call.scope, name)?.id.to_string());
        }
        let query = Query {
            ids: &ids,
            filters: &self.filters,
            max_results: self.max_results,
            next_token: self.next_token.as_deref(),
        };
        let page = select::<SecurityGroup>(&cloud, call.scope, query)?;
        Ok(DescribeSecurityGroupsOutput {
            security_groups: page.items.into_iter().map(SecurityGroupOutput::of).collect(),
            next_token: page.next_token,
        })
    }
}

/// Rules of a group, one way.
fn ingress(group: &SecurityGroup) -> impl Iterator<Item = &SecurityGroupRule> {
    group.rules.iter().filter(|r| r.direction == Direction::Ingress)
}

fn egress(group: &SecurityGroup) -> impl Iterator<Item = &SecurityGroupRule> {
    group.rules.iter().filter(|r| r.direction == Direction::Egress)
}

/// The filters of rules, once for each direction, and those of the group itself.
macro_rules! filters { ($(($prefix:literal, $rules:ident))* ; $($own:tt)*) => { &[
    $(
        (concat!($prefix, "cidr"), |_, group, found| $rules(group).for_each(|r| {
            if let Peer::Ipv4(block) = &r.peer { found.show(block) }
        })),
        (concat!($prefix, "from-port"), |_, group, found| $rules(group).for_each(|r| {
            if let Some((from, _)) = r.ports.ends(r.protocol) { found.show(from) }
        })),
        (concat!($prefix, "group-id"), |_, group, found| $rules(group).for_each(|r| {
            if let Peer::Group(id) = &r.peer { found.text(id.as_str()) }
        })),
        (concat!($prefix, "group-name"), |cloud, group, found| $rules(group).for_each(|r| {
            if let Peer::Group(id) = &r.peer && let Some(other) = cloud.security_groups.get(id) {
                found.text(&other.name)
            }
        })),
        (concat!($prefix, "ipv6-cidr"), |_, group, found| $rules(group).for_each(|r| {
            if let Peer::Ipv6(block) = &r.peer { found.show(block) }
        })),
        (concat!($prefix, "prefix-list-id"), |_, group, found| $rules(group).for_each(|r| {
            if let Peer::PrefixList(id) = &r.peer { found.text(id.as_str()) }
        })),
        (concat!($prefix, "protocol"), |_, group, found| $rules(group).for_each(|r| protocol(r, found))),
        (concat!($prefix, "to-port"), |_, group, found| $rules(group).for_each(|r| {
            if let Some((_, to)) = r.ports.ends(r.protocol) { found.show(to) }
        })),
        (concat!($prefix, "user-id"), |_, group, found| $rules(group).for_each(|r| {
            if let Peer::Group(_) = &r.peer { found.text(group.scope.account.as_str()) }
        })),
    )*
    $($own)*
] } }

/// By name and by number: both are asked for.
fn protocol(rule: &SecurityGroupRule, found: &mut Match<'_>) {
    found.show(rule.protocol);
    found.text(&rule.protocol.number());
}

impl Listed for SecurityGroup {
    type Id = SecurityGroupId;
    const FILTERS: &'static [FilterOf<SecurityGroup>] = filters! {
        ("ip-permission.", ingress)
        ("egress.ip-permission.", egress)
        ; ("description", |_, group, found| found.text(&group.description)),
        ("group-id", |_, group, found| found.text(group.id.as_str())),
        ("group-name", |_, group, found| found.text(&group.name)),
        ("owner-id", |_, group, found| found.text(group.scope.account.as_str())),
        ("vpc-id", |_, group, found| found.text(group.vpc.as_str())),
    };

    fn all(cloud: &Cloud) -> &OrdMap<SecurityGroupId, SecurityGroup> {
        &cloud.security_groups
    }
    fn id(&self) -> &SecurityGroupId {
        &self.id
    }
    fn tags(&self) -> &Tags {
        &self.tags
    }
}

/// A group as AWS shows it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SecurityGroupOutput {
    group_id: String,
    ip_permissions_egress: Vec<IpPermissionOutput>,
    tags: Vec<Tag>,
    vpc_id: String,
    security_group_arn: String,
    owner_id: String,
    group_name: String,
    description: String,
    ip_permissions: Vec<IpPermissionOutput>,
}

impl SecurityGroupOutput {
    pub fn of(group: &SecurityGroup) -> SecurityGroupOutput {
        SecurityGroupOutput {
            group_id: group.id.to_string(),
            ip_permissions_egress: of_rules(&group.scope, egress(group)),
            tags: tag::shown(&group.tags),
            vpc_id: group.vpc.to_string(),
            security_group_arn: arn(&group.scope, "security-group", &group.id),
            owner_id: group.scope.account.to_string(),
            group_name: group.name.clone(),
            description: group.description.clone(),
            ip_permissions: of_rules(&group.scope, ingress(group)),
        }
    }
}
