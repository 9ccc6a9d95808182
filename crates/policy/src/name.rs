//! Numbers for what has a name: nodes (subnets, gateways …) and sets (rules by which remote addresses are classed).
//!
//! A number is a hash of the name, so a restarted compiler gives the same one and a host's tables stay as they are. Two
//! names with one hash are told apart by hashing again; the one that was there first keeps its number.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use croft_model::group::Direction;
use croft_model::*;

use crate::hash;

/// What a `node`, `vpc` or route `table` of the engine's tables stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Node {
    Vpc(VpcId),
    Subnet(SubnetId),
    RouteTable(RouteTableId),
    InternetGateway(InternetGatewayId),
    NatGateway(NatGatewayId),
    Interface(NetworkInterfaceId),
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Node::Vpc(id) => id.fmt(f),
            Node::Subnet(id) => id.fmt(f),
            Node::RouteTable(id) => id.fmt(f),
            Node::InternetGateway(id) => id.fmt(f),
            Node::NatGateway(id) => id.fmt(f),
            Node::Interface(id) => id.fmt(f),
        }
    }
}

/// What a set of the engine's tables stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SetName {
    /// The union of the rules of these groups (row SG-1), in the order of their identifiers, each once. Interfaces
    /// of one VPC with the same groups share it; in another VPC other interfaces are the members (row SG-12).
    Groups { vpc: VpcId, groups: Arc<[SecurityGroupId]>, direction: Direction },
    /// One direction of a network ACL.
    NetworkAcl { acl: NetworkAclId, direction: Direction },
}

impl SetName {
    /// The set of the groups of a VPC's interface, in whatever order they are listed.
    pub fn groups(vpc: &VpcId, groups: &[SecurityGroupId], direction: Direction) -> SetName {
        let mut groups = groups.to_vec();
        groups.sort();
        groups.dedup();
        SetName::Groups { vpc: vpc.clone(), groups: groups.into(), direction }
    }

    pub fn direction(&self) -> Direction {
        match self {
            SetName::Groups { direction, .. } | SetName::NetworkAcl { direction, .. } => *direction,
        }
    }
}

impl fmt::Display for SetName {
    /// `vpc-a/sg-a,sg-b/egress`, `acl-a/ingress`. Numbers are hashes of this text: it never changes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SetName::Groups { vpc, groups, .. } => {
                write!(f, "{vpc}/")?;
                for (n, group) in groups.iter().enumerate() {
                    write!(f, "{}{group}", if n > 0 { "," } else { "" })?;
                }
            }
            SetName::NetworkAcl { acl, .. } => acl.fmt(f)?,
        }
        f.write_str(match self.direction() {
            Direction::Ingress => "/ingress",
            Direction::Egress => "/egress",
        })
    }
}

/// Groups that some interface of a VPC carries together, in the order of their identifiers. In the tables its number, the
/// membership, stands beside every address that carries them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Membership {
    pub vpc: VpcId,
    pub groups: Arc<[SecurityGroupId]>,
}

impl Membership {
    /// In whatever order the groups are listed; `None` where there are none.
    pub fn new(vpc: &VpcId, groups: &[SecurityGroupId]) -> Option<Membership> {
        if groups.is_empty() {
            return None;
        }
        let mut groups = groups.to_vec();
        groups.sort();
        groups.dedup();
        Some(Membership { vpc: vpc.clone(), groups: groups.into() })
    }
}

impl fmt::Display for Membership {
    /// `vpc-a/sg-a,sg-b`. Numbers are hashes of this text: it never changes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/", self.vpc)?;
        for (n, group) in self.groups.iter().enumerate() {
            write!(f, "{}{group}", if n > 0 { "," } else { "" })?;
        }
        Ok(())
    }
}

/// Names and their numbers, both ways. A number is never 0.
#[derive(Clone, Debug)]
pub(crate) struct Registry<T> {
    numbers: BTreeMap<T, u32>,
    names: HashMap<u32, T>,
}

impl<T> Default for Registry<T> {
    fn default() -> Self {
        Registry { numbers: BTreeMap::new(), names: HashMap::new() }
    }
}

impl<T: Ord + Clone + fmt::Display> Registry<T> {
    /// The number of a name, given now if it has none yet.
    pub(crate) fn number(&mut self, name: &T) -> u32 {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = hash::free(name.to_string().into_bytes(), |n| self.names.contains_key(&n));
        self.numbers.insert(name.clone(), number);
        self.names.insert(number, name.clone());
        number
    }

    pub(crate) fn number_of(&self, name: &T) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    pub(crate) fn name_of(&self, number: u32) -> Option<&T> {
        self.names.get(&number)
    }

    /// The name is gone; its number may be given again.
    pub(crate) fn forget(&mut self, name: &T) {
        if let Some(number) = self.numbers.remove(name) {
            self.names.remove(&number);
        }
    }
}
