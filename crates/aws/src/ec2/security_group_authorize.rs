//! Rules of security groups: given and taken away.

use super::ip_permission::{
    self, GroupParameter, IpPermissionOutput, IpPermissionParameter, IpRangeParameter, grouped,
};
use super::security_group::{find, named};
use super::security_group_rule::SecurityGroupRuleOutput;
use super::tag::TagSpecifications;
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_control::{IpPermission, Revoked};
use croft_model::group::{Direction, Peer, SecurityGroupRule};
use croft_model::{Scope, SecurityGroupId, SecurityGroupRuleId};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![
    AuthorizeSecurityGroupIngress,
    AuthorizeSecurityGroupEgress,
    RevokeSecurityGroupIngress,
    RevokeSecurityGroupEgress,
];

/// The way of naming one rule that is older than `IpPermissions`.
struct OneRule {
    ip_protocol: Option<String>,
    from_port: Option<i64>,
    to_port: Option<i64>,
    cidr_ip: Option<String>,
    source_security_group_name: Option<String>,
    source_security_group_owner_id: Option<String>,
}

impl OneRule {
    /// A group by its name alone stands for all of ICMP, TCP and UDP.
    fn permissions(self) -> Result<Vec<IpPermissionParameter>, Fault> {
        if let Some(name) = self.source_security_group_name {
            if self.cidr_ip.is_some() {
                return Err(Fault::invalid_combination(
                    "The parameters CidrIp and SourceSecurityGroupName may not be used together",
                ));
            }
            let of = |ip_protocol: &str, from, to| IpPermissionParameter {
                ip_protocol: Some(ip_protocol.to_string()),
                from_port: from,
                to_port: to,
                user_id_group_pairs: vec![GroupParameter {
                    group_name: Some(name.clone()),
                    user_id: self.source_security_group_owner_id.clone(),
                    ..GroupParameter::default()
                }],
                ..IpPermissionParameter::default()
            };
            return Ok(match self.ip_protocol {
                Some(protocol) => vec![of(&protocol, self.from_port, self.to_port)],
                None => vec![
                    of("tcp", Some(0), Some(65535)),
                    of("udp", Some(0), Some(65535)),
                    of("icmp", Some(-1), Some(-1)),
                ],
            });
        }
        if self.source_security_group_owner_id.is_some() {
            return Err(Fault::missing("SourceSecurityGroupName"));
        }
        if self.cidr_ip.is_none() && self.ip_protocol.is_none() && self.from_port.is_none() && self.to_port.is_none() {
            return Ok(vec![]);
        }
        let cidr_ip = self.cidr_ip.ok_or_else(|| Fault::missing("CidrIp"))?;
        Ok(vec![IpPermissionParameter {
            ip_protocol: self.ip_protocol,
            from_port: self.from_port,
            to_port: self.to_port,
            ip_ranges: vec![IpRangeParameter { description: None, cidr_ip }],
            ..IpPermissionParameter::default()
        }])
    }
}

/// What a request names, in the old way or the new one.
fn permissions(call: &Call<'_>, old: OneRule, new: Vec<IpPermissionParameter>) -> Result<Vec<IpPermission>, Fault> {
    let old = old.permissions()?;
    if !old.is_empty() && !new.is_empty() {
        return Err(Fault::invalid_combination(
            "The parameter ipPermissions may not be used with others that name a rule",
        ));
    }
    let given = if new.is_empty() { old } else { new };
    ip_permission::read(&call.cloud(), call.scope, given)
}

macro_rules! one_rule {
    ($from:ident) => {
        OneRule {
            ip_protocol: $from.ip_protocol,
            from_port: $from.from_port,
            to_port: $from.to_port,
            cidr_ip: $from.cidr_ip,
            source_security_group_name: $from.source_security_group_name,
            source_security_group_owner_id: $from.source_security_group_owner_id,
        }
    };
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AuthorizeSecurityGroupIngress {
    group_id: Option<String>,
    group_name: Option<String>,
    #[serde(default)]
    ip_permissions: Vec<IpPermissionParameter>,
    ip_protocol: Option<String>,
    from_port: Option<i64>,
    to_port: Option<i64>,
    cidr_ip: Option<String>,
    source_security_group_name: Option<String>,
    source_security_group_owner_id: Option<String>,
    #[serde(default)]
    tag_specifications: TagSpecifications,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AuthorizeSecurityGroupEgress {
    group_id: String,
    #[serde(default)]
    ip_permissions: Vec<IpPermissionParameter>,
    ip_protocol: Option<String>,
    from_port: Option<i64>,
    to_port: Option<i64>,
    cidr_ip: Option<String>,
    source_security_group_name: Option<String>,
    source_security_group_owner_id: Option<String>,
    #[serde(default)]
    tag_specifications: TagSpecifications,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AuthorizeOutput {
    #[serde(rename = "Return")]
    done: bool,
    security_group_rules: Vec<SecurityGroupRuleOutput>,
}

impl AuthorizeOutput {
    fn of(scope: &Scope, group: &SecurityGroupId, rules: &[SecurityGroupRule], call: &Call<'_>) -> AuthorizeOutput {
        let cloud = call.cloud();
        let show = |rule| SecurityGroupRuleOutput::of(&cloud, scope, group, rule);
        AuthorizeOutput { done: true, security_group_rules: rules.iter().map(show).collect() }
    }
}

impl Operation for AuthorizeSecurityGroupIngress {
    const NAME: &'static str = "AuthorizeSecurityGroupIngress";
    type Output = AuthorizeOutput;

    fn run(self, call: &mut Call<'_>) -> Result<AuthorizeOutput, Fault> {
        let group_id = named(&call.cloud(), call.scope, self.group_id, self.group_name)?;
        find(&call.cloud(), call.scope, &group_id)?;
        let rules = call.run(croft_control::AuthorizeSecurityGroupIngress {
            group_id: group_id.clone(),
            ip_permissions: permissions(call, one_rule!(self), self.ip_permissions)?,
            tags: self.tag_specifications.of("security-group-rule")?,
        })?;
        Ok(AuthorizeOutput::of(call.scope, &group_id, &rules, call))
    }
}

impl Operation for AuthorizeSecurityGroupEgress {
    const NAME: &'static str = "AuthorizeSecurityGroupEgress";
    type Output = AuthorizeOutput;

    fn run(self, call: &mut Call<'_>) -> Result<AuthorizeOutput, Fault> {
        let group_id: SecurityGroupId = self.group_id.parse()?;
        find(&call.cloud(), call.scope, &group_id)?;
        let rules = call.run(croft_control::AuthorizeSecurityGroupEgress {
            group_id: group_id.clone(),
            ip_permissions: permissions(call, one_rule!(self), self.ip_permissions)?,
            tags: self.tag_specifications.of("security-group-rule")?,
        })?;
        Ok(AuthorizeOutput::of(call.scope, &group_id, &rules, call))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct RevokeSecurityGroupIngress {
    group_id: Option<String>,
    group_name: Option<String>,
    #[serde(default)]
    ip_permissions: Vec<IpPermissionParameter>,
    #[serde(default)]
    security_group_rule_ids: Vec<String>,
    ip_protocol: Option<String>,
    from_port: Option<i64>,
    to_port: Option<i64>,
    cidr_ip: Option<String>,
    source_security_group_name: Option<String>,
    source_security_group_owner_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct RevokeSecurityGroupEgress {
    group_id: String,
    #[serde(default)]
    ip_permissions: Vec<IpPermissionParameter>,
    #[serde(default)]
    security_group_rule_ids: Vec<String>,
    ip_protocol: Option<String>,
    from_port: Option<i64>,
    to_port: Option<i64>,
    cidr_ip: Option<String>,
    source_security_group_name: Option<String>,
    source_security_group_owner_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RevokeOutput {
    #[serde(rename = "Return")]
    done: bool,
    unknown_ip_permissions: Vec<IpPermissionOutput>,
    revoked_security_group_rules: Vec<RevokedSecurityGroupRule>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RevokedSecurityGroupRule {
    security_group_rule_id: String,
    group_id: String,
    is_egress: bool,
    ip_protocol: String,
    from_port: i64,
    to_port: i64,
    cidr_ipv4: Option<String>,
    cidr_ipv6: Option<String>,
    prefix_list_id: Option<String>,
    referenced_group_id: Option<String>,
    description: Option<String>,
}

impl RevokeOutput {
    fn of(scope: &Scope, group: &SecurityGroupId, revoked: &Revoked) -> RevokeOutput {
        let unknown = revoked.unknown.iter().map(|p| (p.protocol, p.ports, &p.peer, p.description.as_ref()));
        RevokeOutput {
            done: true,
            unknown_ip_permissions: grouped(scope, unknown),
            revoked_security_group_rules: revoked
                .rules
                .iter()
                .map(|r| RevokedSecurityGroupRule::of(group, r))
                .collect(),
        }
    }
}

impl RevokedSecurityGroupRule {
    fn of(group: &SecurityGroupId, rule: &SecurityGroupRule) -> RevokedSecurityGroupRule {
        let (from_port, to_port) = rule.ports.ends(rule.protocol).unwrap_or((-1, -1));
        let mut out = RevokedSecurityGroupRule {
            security_group_rule_id: rule.id.to_string(),
            group_id: group.to_string(),
            is_egress: rule.direction == Direction::Egress,
            ip_protocol: rule.protocol.to_string(),
            from_port,
            to_port,
            cidr_ipv4: None,
            cidr_ipv6: None,
            prefix_list_id: None,
            referenced_group_id: None,
            description: rule.description.clone(),
        };
        match &rule.peer {
            Peer::Ipv4(block) => out.cidr_ipv4 = Some(block.to_string()),
            Peer::Ipv6(block) => out.cidr_ipv6 = Some(block.to_string()),
            Peer::PrefixList(id) => out.prefix_list_id = Some(id.to_string()),
            Peer::Group(id) => out.referenced_group_id = Some(id.to_string()),
        }
        out
    }
}

fn rule_ids(ids: Vec<String>) -> Result<Vec<SecurityGroupRuleId>, Fault> {
    ids.into_iter().map(|id| Ok(id.parse()?)).collect()
}

impl Operation for RevokeSecurityGroupIngress {
    const NAME: &'static str = "RevokeSecurityGroupIngress";
    type Output = RevokeOutput;

    fn run(self, call: &mut Call<'_>) -> Result<RevokeOutput, Fault> {
        let group_id = named(&call.cloud(), call.scope, self.group_id, self.group_name)?;
        find(&call.cloud(), call.scope, &group_id)?;
        let revoked = call.run(croft_control::RevokeSecurityGroupIngress {
            group_id: group_id.clone(),
            ip_permissions: permissions(call, one_rule!(self), self.ip_permissions)?,
            security_group_rule_ids: rule_ids(self.security_group_rule_ids)?,
        })?;
        Ok(RevokeOutput::of(call.scope, &group_id, &revoked))
    }
}

impl Operation for RevokeSecurityGroupEgress {
    const NAME: &'static str = "RevokeSecurityGroupEgress";
    type Output = RevokeOutput;

    fn run(self, call: &mut Call<'_>) -> Result<RevokeOutput, Fault> {
        let group_id: SecurityGroupId = self.group_id.parse()?;
        find(&call.cloud(), call.scope, &group_id)?;
        let revoked = call.run(croft_control::RevokeSecurityGroupEgress {
            group_id: group_id.clone(),
            ip_permissions: permissions(call, one_rule!(self), self.ip_permissions)?,
            security_group_rule_ids: rule_ids(self.security_group_rule_ids)?,
        })?;
        Ok(RevokeOutput::of(call.scope, &group_id, &revoked))
    }
}
