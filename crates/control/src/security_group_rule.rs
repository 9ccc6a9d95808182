//! Rules of security groups (rows SG-1, SG-3, SG-8, SG-9).

use crate::error::{Error, Identified, Result};
use crate::protocol::canonical_ports;
use crate::request::{Request, request};
use crate::security_group::check_rule_description;
use crate::tag::check_tags;
use crate::{Cloud, Transaction};
use croft_model::group::{Direction, Peer, SecurityGroup, SecurityGroupRule};
use croft_model::prefix_list::AddressFamily;
use croft_model::protocol::{Ports, Protocol};
use croft_model::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

request! {
    /// One protocol and range, from or to one peer.
    pub struct IpPermission {
        pub protocol: Protocol,
        pub ports: Ports,
        pub peer: Peer,
        pub description: Option<String>,
    }

    pub struct AuthorizeSecurityGroupIngress {
        pub group_id: SecurityGroupId,
        pub ip_permissions: Vec<IpPermission>,
        /// Of the rules, not of the group.
        #[serde(default)]
        pub tags: Tags,
    }

    pub struct AuthorizeSecurityGroupEgress {
        pub group_id: SecurityGroupId,
        pub ip_permissions: Vec<IpPermission>,
        /// Of the rules, not of the group.
        #[serde(default)]
        pub tags: Tags,
    }

    /// By what they allow, by their identifiers, or both.
    pub struct RevokeSecurityGroupIngress {
        pub group_id: SecurityGroupId,
        #[serde(default)]
        pub ip_permissions: Vec<IpPermission>,
        #[serde(default)]
        pub security_group_rule_ids: Vec<SecurityGroupRuleId>,
    }

    /// By what they allow, by their identifiers, or both.
    pub struct RevokeSecurityGroupEgress {
        pub group_id: SecurityGroupId,
        #[serde(default)]
        pub ip_permissions: Vec<IpPermission>,
        #[serde(default)]
        pub security_group_rule_ids: Vec<SecurityGroupRuleId>,
    }
}

impl Request for AuthorizeSecurityGroupIngress {
    type Response = Vec<SecurityGroupRule>;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Self::Response> {
        authorize(tx, Direction::Ingress, self.group_id, self.ip_permissions, self.tags)
    }
}

impl Request for AuthorizeSecurityGroupEgress {
    type Response = Vec<SecurityGroupRule>;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Self::Response> {
        authorize(tx, Direction::Egress, self.group_id, self.ip_permissions, self.tags)
    }
}

/// What revoking did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoked {
    /// The rules that are gone.
    pub rules: Vec<SecurityGroupRule>,
    /// What no rule allowed, which is no error for a group of the default VPC.
    pub unknown: Vec<IpPermission>,
}

impl Request for RevokeSecurityGroupIngress {
    type Response = Revoked;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Revoked> {
        revoke(tx, Direction::Ingress, self.group_id, self.ip_permissions, self.security_group_rule_ids)
    }
}

impl Request for RevokeSecurityGroupEgress {
    type Response = Revoked;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Revoked> {
        revoke(tx, Direction::Egress, self.group_id, self.ip_permissions, self.security_group_rule_ids)
    }
}

/// What makes two rules of one group and direction the same.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Match {
    pub(crate) protocol: Protocol,
    pub(crate) ports: Ports,
    pub(crate) peer: Peer,
}

impl Match {
    pub(crate) fn of_rule(rule: &SecurityGroupRule) -> Match {
        Match { protocol: rule.protocol, ports: rule.ports, peer: rule.peer.clone() }
    }

    /// With blocks and ports in their canonical form, as AWS keeps them.
    pub(crate) fn of_permission(permission: &IpPermission) -> Result<Match> {
        let peer = match &permission.peer {
            Peer::Ipv4(block) => Peer::Ipv4(block.trunc()),
            Peer::Ipv6(block) => Peer::Ipv6(block.trunc()),
            other => other.clone(),
        };
        Ok(Match {
            protocol: permission.protocol,
            ports: canonical_ports(permission.protocol, permission.ports)?,
            peer,
        })
    }
}

impl fmt::Display for Match {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.peer {
            Peer::Ipv4(block) => write!(f, "peer: {block}, ")?,
            Peer::Ipv6(block) => write!(f, "peer: {block}, ")?,
            Peer::Group(id) => write!(f, "peer: {id}, ")?,
            Peer::PrefixList(id) => write!(f, "peer: {id}, ")?,
        }
        match self.protocol {
            Protocol::All => write!(f, "ALL, ")?,
            Protocol::Number(1) => write!(f, "ICMP, ")?,
            Protocol::Number(6) => write!(f, "TCP, ")?,
            Protocol::Number(17) => write!(f, "UDP, ")?,
            Protocol::Number(n) => write!(f, "protocol {n}, ")?,
        }
        match self.ports {
            Ports::All => {}
            Ports::Range { from, to } => write!(f, "from port: {from}, to port: {to}, ")?,
            Ports::Icmp { kind, code: None } => write!(f, "type: {kind}, code: all, ")?,
            Ports::Icmp { kind, code: Some(code) } => write!(f, "type: {kind}, code: {code}, ")?,
        }
        write!(f, "ALLOW")
    }
}

fn authorize(
    tx: &mut Transaction<'_>,
    direction: Direction,
    id: SecurityGroupId,
    permissions: Vec<IpPermission>,
    tags: Tags,
) -> Result<Vec<SecurityGroupRule>> {
    check_tags(&tags)?;
    let group = tx.security_group(&id)?;
    if permissions.is_empty() {
        return Err(Error::missing("ipPermissions"));
    }
    let old: BTreeSet<_> = group.rules.iter().filter(|r| r.direction == direction).map(Match::of_rule).collect();
    let mut new = BTreeSet::new();
    let mut rules = Vec::new();
    for permission in permissions {
        check_peer(tx, group, &permission.peer)?;
        check_rule_description(permission.description.as_deref().unwrap_or_default())?;
        let what = Match::of_permission(&permission)?;
        if old.contains(&what) {
            return Err(duplicate(&what));
        }
        if !new.insert(what.clone()) {
            return Err(Error::invalid(format!("The same permission must not appear multiple times: \"{what}\"")));
        }
        let Match { protocol, ports, peer } = what;
        let description = permission.description;
        rules.push((direction, protocol, ports, peer, description));
    }
    let rules: Vec<_> = rules
        .into_iter()
        .map(|(direction, protocol, ports, peer, description)| SecurityGroupRule {
            id: SecurityGroupRuleId::from_bits(tx.bits.draw()),
            direction,
            protocol,
            ports,
            peer,
            description,
            tags: tags.clone(),
        })
        .collect();
    tx.security_group_mut(&id)?.rules.extend(rules.iter().cloned());
    check_rule_quota(&tx.cloud, tx.security_group(&id)?)?;
    Ok(rules)
}

pub(crate) fn duplicate(what: &Match) -> Error {
    Error::new("InvalidPermission.Duplicate", format!("the specified rule \"{what}\" already exists"))
}

pub(crate) fn no_such_rule(what: &Match, group: &SecurityGroupId) -> Error {
    Error::new(
        "InvalidPermission.NotFound",
        format!("The specified rule does not exist in this security group: \"{what}\" in {group}"),
    )
}

/// A group that a rule refers to can be used in the VPC of the rule's group (rows SG-3, SG-12).
pub(crate) fn check_peer(tx: &Transaction<'_>, group: &SecurityGroup, peer: &Peer) -> Result<()> {
    match peer {
        Peer::Group(id) if !tx.security_group(id)?.is_usable_in(&group.vpc) => Err(Error::new(
            "InvalidGroup.NotFound",
            format!("You have specified two resources that belong to different networks: {} and {id}.", group.id),
        )),
        Peer::PrefixList(id) => tx.any_prefix_list(id).map(|_| ()),
        Peer::Ipv4(_) | Peer::Ipv6(_) | Peer::Group(_) => Ok(()),
    }
}

/// Rules count per direction and address family; a prefix list counts as its largest size (row SG-8). A reference to
/// a group counts for both families.
pub(crate) fn check_rule_quota(cloud: &Cloud, group: &SecurityGroup) -> Result<()> {
    let quota = cloud.quotas(&group.scope).rules_per_security_group;
    for direction in [Direction::Ingress, Direction::Egress] {
        let (mut v4, mut v6) = (0_u64, 0_u64);
        for rule in group.rules.iter().filter(|r| r.direction == direction) {
            match &rule.peer {
                Peer::Ipv4(_) => v4 += 1,
                Peer::Ipv6(_) => v6 += 1,
                Peer::Group(_) => {
                    v4 += 1;
                    v6 += 1;
                }
                Peer::PrefixList(id) => match cloud.prefix_list(id) {
                    Some(list) if list.family == AddressFamily::Ipv6 => v6 += u64::from(list.max_entries),
                    list => v4 += list.map_or(1, |list| u64::from(list.max_entries)),
                },
            }
        }
        if v4.max(v6) > u64::from(quota) {
            return Err(Error::limit("RulesPerSecurityGroupLimitExceeded", "rules per security group", quota));
        }
    }
    Ok(())
}

fn revoke(
    tx: &mut Transaction<'_>,
    direction: Direction,
    id: SecurityGroupId,
    permissions: Vec<IpPermission>,
    rules: Vec<SecurityGroupRuleId>,
) -> Result<Revoked> {
    let of_default_vpc = tx.vpc(&tx.security_group(&id)?.vpc)?.is_default;
    let group = tx.security_group_mut(&id)?;
    if permissions.is_empty() && rules.is_empty() {
        return Err(Error::missing("ipPermissions"));
    }
    let mut revoked = Revoked { rules: Vec::new(), unknown: Vec::new() };
    for rule in rules {
        let at = group.rules.iter().position(|r| r.id == rule && r.direction == direction);
        revoked.rules.push(group.rules.remove(at.ok_or_else(|| rule.not_found())?));
    }
    for permission in permissions {
        let what = Match::of_permission(&permission)?;
        match group.rules.iter().position(|r| r.direction == direction && Match::of_rule(r) == what) {
            Some(at) => revoked.rules.push(group.rules.remove(at)),
            None if of_default_vpc => revoked.unknown.push(permission),
            None => return Err(no_such_rule(&what, &id)),
        }
    }
    Ok(revoked)
}
