//! Security groups (rows SG-1…11).

use crate::protocol::*;
use crate::*;
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityGroup {
    pub id: SecurityGroupId,
    #[serde(default)]
    pub scope: Scope,
    pub vpc: VpcId,
    pub name: String,
    pub description: String,
    pub rules: Vec<SecurityGroupRule>,
    pub tags: Tags,
}

/// One rule: it allows one protocol and range from or to one peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityGroupRule {
    pub id: SecurityGroupRuleId,
    pub direction: Direction,
    pub protocol: Protocol,
    pub ports: Ports,
    pub peer: Peer,
    pub description: Option<String>,
    pub tags: Tags,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Direction {
    Ingress,
    Egress,
}

/// The source of an ingress rule, the destination of an egress rule.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Peer {
    Ipv4(Ipv4Net),
    /// Kept and returned; no packet yet (row NET-13).
    Ipv6(ipnet::Ipv6Net),
    /// The private addresses of the interfaces that carry the group now (row SG-3).
    Group(SecurityGroupId),
    PrefixList(PrefixListId),
}
