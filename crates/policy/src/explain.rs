//! Names the rules behind a verdict.
//!
//! The engine decides and says in which set it looked; this looks up which rules of the cloud put that there. It reads
//! the cloud as of the last update, rule by rule, and never decides.

use std::fmt;
use std::net::Ipv4Addr;

use croft_control::Cloud;
use croft_engine::tables::{ICMP, TCP, UDP};
use croft_model::group::{Direction, Peer};
use croft_model::protocol::{Ports, Protocol};
use croft_model::*;

use crate::compiler::Compiler;
use crate::name::SetName;

/// A rule, by the names that AWS gives it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RuleRef {
    SecurityGroup {
        group: SecurityGroupId,
        rule: SecurityGroupRuleId,
    },
    NetworkAcl {
        acl: NetworkAclId,
        direction: Direction,
        number: u16,
    },
    /// The closing entry of a network ACL, which denies (row ACL-2).
    NetworkAclClosing {
        acl: NetworkAclId,
        direction: Direction,
    },
}

impl fmt::Display for RuleRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RuleRef::SecurityGroup { group, rule } => write!(f, "{group} {rule}"),
            RuleRef::NetworkAcl { acl, number, .. } => write!(f, "{acl} rule {number}"),
            RuleRef::NetworkAclClosing { acl, .. } => write!(f, "{acl} rule *"),
        }
    }
}

/// What a set says of a packet, in the words of the cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    pub set: SetName,
    /// The rules that match: of groups all that do (none: nothing allows it), of a network ACL the first.
    pub rules: Vec<RuleRef>,
}

/// What rules look at in a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traffic {
    /// The other end: the destination of what leaves, the source of what comes.
    pub remote: Ipv4Addr,
    pub protocol: u8,
    /// The destination port; for ICMP type × 256 + code; else 0.
    pub port: u16,
}

impl Compiler {
    /// The rules of a set of the tables that match. None: the tables have no such set (0 allows everything and has no
    /// name).
    pub fn explain(&self, set: u32, traffic: Traffic) -> Option<Explanation> {
        Some(matching(&self.cloud, self.set(set)?, traffic))
    }
}

/// The rules of a set that match. For a network ACL that allows everything, too, which the tables know as set 0.
pub fn matching(cloud: &Cloud, set: &SetName, traffic: Traffic) -> Explanation {
    let rules = match set {
        SetName::Groups { vpc, groups, direction } => of_groups(cloud, vpc, groups, *direction, traffic),
        SetName::NetworkAcl { acl, direction } => vec![of_network_acl(cloud, acl, *direction, traffic)],
    };
    Explanation { set: set.clone(), rules }
}

fn of_groups(
    cloud: &Cloud,
    vpc: &VpcId,
    groups: &[SecurityGroupId],
    direction: Direction,
    traffic: Traffic,
) -> Vec<RuleRef> {
    let mut rules = Vec::new();
    for group in groups.iter().filter_map(|id| cloud.security_groups.get(id)) {
        for rule in group.rules.iter().filter(|r| r.direction == direction && covers(r.protocol, r.ports, traffic)) {
            let names_remote = match &rule.peer {
                Peer::Ipv4(net) => net.contains(&traffic.remote),
                Peer::Ipv6(_) => false,
                Peer::Group(other) => cloud
                    .interfaces
                    .values()
                    .any(|i| i.vpc == *vpc && i.groups.contains(other) && i.private_ips.contains(&traffic.remote)),
                Peer::PrefixList(list) => {
                    cloud.prefix_list(list).is_some_and(|list| list.ipv4().any(|block| block.contains(&traffic.remote)))
                }
            };
            if names_remote {
                rules.push(RuleRef::SecurityGroup { group: group.id.clone(), rule: rule.id.clone() });
            }
        }
    }
    rules
}

fn of_network_acl(cloud: &Cloud, acl: &NetworkAclId, direction: Direction, traffic: Traffic) -> RuleRef {
    let entries = cloud.network_acls.get(acl).into_iter().flat_map(|acl| &acl.entries);
    let first = entries
        .filter(|e| e.direction == direction && covers(e.protocol, e.ports, traffic))
        .filter(|e| matches!(e.cidr, ipnet::IpNet::V4(net) if net.contains(&traffic.remote)))
        .min_by_key(|e| e.number);
    match first {
        Some(entry) => RuleRef::NetworkAcl { acl: acl.clone(), direction, number: entry.number },
        None => RuleRef::NetworkAclClosing { acl: acl.clone(), direction },
    }
}

fn covers(protocol: Protocol, ports: Ports, traffic: Traffic) -> bool {
    let Protocol::Number(number) = protocol else { return true };
    if number != traffic.protocol {
        return false;
    }
    match ports {
        Ports::All => true,
        Ports::Range { from, to } => matches!(number, TCP | UDP) && (from..=to).contains(&traffic.port),
        Ports::Icmp { kind, code } => {
            let [of_kind, of_code] = traffic.port.to_be_bytes();
            number == ICMP && kind == of_kind && code.is_none_or(|code| code == of_code)
        }
    }
}
