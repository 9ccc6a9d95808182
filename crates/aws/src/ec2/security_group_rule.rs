//! Rules of security groups as resources with identifiers of their own.

use super::arn::arn;
use super::filter::{FilterOf, Filters};
use super::ip_permission::{self, IpPermissionParameter, read_ipv4, read_ipv6, read_ports};
use super::listing::after;
use super::security_group::{find, named};
use super::tag::{self, Tag};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_control::{Cloud, Identified, IpPermission};
use croft_model::group::{Direction, Peer, SecurityGroupRule};
use croft_model::{Scope, SecurityGroupId, SecurityGroupRuleId};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![
    DescribeSecurityGroupRules,
    ModifySecurityGroupRules,
    UpdateSecurityGroupRuleDescriptionsIngress,
    UpdateSecurityGroupRuleDescriptionsEgress,
];

/// A rule as AWS shows it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SecurityGroupRuleOutput {
    security_group_rule_id: String,
    group_id: String,
    group_owner_id: String,
    is_egress: bool,
    ip_protocol: String,
    from_port: i64,
    to_port: i64,
    cidr_ipv4: Option<String>,
    cidr_ipv6: Option<String>,
    prefix_list_id: Option<String>,
    referenced_group_info: Option<ReferencedSecurityGroup>,
    description: Option<String>,
    tags: Vec<Tag>,
    security_group_rule_arn: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ReferencedSecurityGroup {
    group_id: String,
    user_id: String,
    vpc_id: Option<String>,
}

impl SecurityGroupRuleOutput {
    pub fn of(
        cloud: &Cloud,
        scope: &Scope,
        group: &SecurityGroupId,
        rule: &SecurityGroupRule,
    ) -> SecurityGroupRuleOutput {
        let (from_port, to_port) = rule.ports.ends(rule.protocol).unwrap_or((-1, -1));
        let mut out = SecurityGroupRuleOutput {
            security_group_rule_id: rule.id.to_string(),
            group_id: group.to_string(),
            group_owner_id: scope.account.to_string(),
            is_egress: rule.direction == Direction::Egress,
            ip_protocol: rule.protocol.to_string(),
            from_port,
            to_port,
            cidr_ipv4: None,
            cidr_ipv6: None,
            prefix_list_id: None,
            referenced_group_info: None,
            description: rule.description.clone(),
            tags: tag::shown(&rule.tags),
            security_group_rule_arn: arn(scope, "security-group-rule", &rule.id),
        };
        match &rule.peer {
            Peer::Ipv4(block) => out.cidr_ipv4 = Some(block.to_string()),
            Peer::Ipv6(block) => out.cidr_ipv6 = Some(block.to_string()),
            Peer::PrefixList(id) => out.prefix_list_id = Some(id.to_string()),
            Peer::Group(id) => {
                let vpc = cloud.security_groups.get(id).map(|g| g.vpc.to_string());
                let (group_id, user_id) = (id.to_string(), scope.account.to_string());
                out.referenced_group_info = Some(ReferencedSecurityGroup { group_id, user_id, vpc_id: vpc });
            }
        }
        out
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeSecurityGroupRules {
    #[serde(default)]
    security_group_rule_ids: Vec<String>,
    #[serde(default)]
    filters: Filters,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeSecurityGroupRulesOutput {
    security_group_rules: Vec<SecurityGroupRuleOutput>,
    next_token: Option<String>,
}

/// A rule and the group that has it.
struct OfGroup {
    group: SecurityGroupId,
    rule: SecurityGroupRule,
}

const FILTERS: &[FilterOf<OfGroup>] = &[
    ("group-id", |_, of, found| found.text(of.group.as_str())),
    ("security-group-rule-id", |_, of, found| found.text(of.rule.id.as_str())),
];

impl Operation for DescribeSecurityGroupRules {
    const NAME: &'static str = "DescribeSecurityGroupRules";
    type Output = DescribeSecurityGroupRulesOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeSecurityGroupRulesOutput, Fault> {
        let cloud = call.cloud();
        let judge = self.filters.judge(FILTERS)?;
        let ids: Vec<SecurityGroupRuleId> =
            self.security_group_rule_ids.iter().map(|id| Ok(id.parse()?)).collect::<Result<_, Fault>>()?;
        let mut rules: Vec<OfGroup> = Vec::new();
        for group in cloud.security_groups_in(call.scope) {
            let asked = group.rules.iter().filter(|r| ids.is_empty() || ids.contains(&r.id));
            rules.extend(asked.map(|r| OfGroup { group: group.id.clone(), rule: r.clone() }));
        }
        if let Some(missing) = ids.iter().find(|id| !rules.iter().any(|of| of.rule.id == **id)) {
            return Err(missing.not_found().into());
        }
        rules.retain(|of| judge.holds(&cloud, of, &of.rule.tags));
        rules.sort_by(|a, b| a.rule.id.cmp(&b.rule.id));
        let page = after(rules.into_iter(), self.max_results, self.next_token.as_deref(), |of| of.rule.id.to_string())?;
        let show = |of: &OfGroup| SecurityGroupRuleOutput::of(&cloud, call.scope, &of.group, &of.rule);
        Ok(DescribeSecurityGroupRulesOutput {
            security_group_rules: page.items.iter().map(show).collect(),
            next_token: page.next_token,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ModifySecurityGroupRules {
    group_id: String,
    security_group_rules: Vec<SecurityGroupRuleUpdate>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct SecurityGroupRuleUpdate {
    security_group_rule_id: String,
    security_group_rule: SecurityGroupRuleRequest,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct SecurityGroupRuleRequest {
    ip_protocol: Option<String>,
    from_port: Option<i64>,
    to_port: Option<i64>,
    cidr_ipv4: Option<String>,
    cidr_ipv6: Option<String>,
    prefix_list_id: Option<String>,
    referenced_group_id: Option<String>,
    description: Option<String>,
}

impl SecurityGroupRuleRequest {
    fn read(self) -> Result<IpPermission, Fault> {
        let (protocol, ports) = read_ports(self.ip_protocol.as_deref(), self.from_port, self.to_port)?;
        let peer = match (self.cidr_ipv4, self.cidr_ipv6, self.prefix_list_id, self.referenced_group_id) {
            (Some(block), None, None, None) => Peer::Ipv4(read_ipv4(&block)?),
            (None, Some(block), None, None) => Peer::Ipv6(read_ipv6(&block)?),
            (None, None, Some(id), None) => Peer::PrefixList(id.parse()?),
            (None, None, None, Some(id)) => Peer::Group(id.parse()?),
            (None, None, None, None) => {
                return Err(Fault::missing("CidrIpv4, CidrIpv6, PrefixListId or ReferencedGroupId"));
            }
            _ => {
                return Err(Fault::invalid_combination(
                    "Only one of CidrIpv4, CidrIpv6, PrefixListId and ReferencedGroupId can be specified",
                ));
            }
        };
        Ok(IpPermission { protocol, ports, peer, description: self.description })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Done {
    #[serde(rename = "Return")]
    done: bool,
}

impl Operation for ModifySecurityGroupRules {
    const NAME: &'static str = "ModifySecurityGroupRules";
    type Output = Done;

    fn run(self, call: &mut Call<'_>) -> Result<Done, Fault> {
        let group_id: SecurityGroupId = self.group_id.parse()?;
        find(&call.cloud(), call.scope, &group_id)?;
        let update = |update: SecurityGroupRuleUpdate| {
            Ok(croft_control::SecurityGroupRuleUpdate {
                security_group_rule_id: update.security_group_rule_id.parse()?,
                permission: update.security_group_rule.read()?,
            })
        };
        let security_group_rules = self.security_group_rules.into_iter().map(update).collect::<Result<_, Fault>>()?;
        call.run(croft_control::ModifySecurityGroupRules { group_id, security_group_rules })?;
        Ok(Done { done: true })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct SecurityGroupRuleDescription {
    security_group_rule_id: String,
    description: Option<String>,
}

fn descriptions(
    given: Vec<SecurityGroupRuleDescription>,
) -> Result<Vec<croft_control::SecurityGroupRuleDescription>, Fault> {
    let read = |one: SecurityGroupRuleDescription| {
        Ok(croft_control::SecurityGroupRuleDescription {
            security_group_rule_id: one.security_group_rule_id.parse()?,
            description: one.description,
        })
    };
    given.into_iter().map(read).collect()
}

macro_rules! update_descriptions { ($($name:ident)*) => { $(
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase", deny_unknown_fields)]
    pub struct $name {
        group_id: Option<String>,
        group_name: Option<String>,
        #[serde(default)]
        ip_permissions: Vec<IpPermissionParameter>,
        #[serde(default)]
        security_group_rule_descriptions: Vec<SecurityGroupRuleDescription>,
    }

    impl Operation for $name {
        const NAME: &'static str = stringify!($name);
        type Output = Done;

        fn run(self, call: &mut Call<'_>) -> Result<Done, Fault> {
            let group_id = named(&call.cloud(), call.scope, self.group_id, self.group_name)?;
            find(&call.cloud(), call.scope, &group_id)?;
            let ip_permissions = ip_permission::read(&call.cloud(), call.scope, self.ip_permissions)?;
            call.run(croft_control::$name {
                group_id,
                ip_permissions,
                security_group_rule_descriptions: descriptions(self.security_group_rule_descriptions)?,
            })?;
            Ok(Done { done: true })
        }
    }
)* } }

update_descriptions! { UpdateSecurityGroupRuleDescriptionsIngress UpdateSecurityGroupRuleDescriptionsEgress }
