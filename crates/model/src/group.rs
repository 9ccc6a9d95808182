//! Security groups (rows SG-1…12).

use crate::protocol::*;
use crate::*;
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityGroup {
    pub id: SecurityGroupId,
    #[serde(default)]
    pub scope: Scope,
    /// In which it was made.
    pub vpc: VpcId,
    /// Others in which it may be used (row SG-12).
    #[serde(default)]
    pub associated_vpcs: BTreeSet<VpcId>,
    pub name: String,
    pub description: String,
    pub rules: Vec<SecurityGroupRule>,
    pub tags: Tags,
}

impl SecurityGroup {
    /// May interfaces of this VPC carry it, and rules of this VPC's groups name it (row SG-12)?
    pub fn is_usable_in(&self, vpc: &VpcId) -> bool {
        self.vpc == *vpc || self.associated_vpcs.contains(vpc)
    }
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
