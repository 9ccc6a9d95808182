//! Prefix lists: blocks under one name, that rules and routes refer to.

use crate::*;
use ipnet::{IpNet, Ipv4Net};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrefixList {
    pub id: PrefixListId,
    #[serde(default)]
    pub scope: Scope,
    pub name: String,
    #[serde(default)]
    pub owner: PrefixListOwner,
    /// Of every entry.
    #[serde(default)]
    pub family: AddressFamily,
    /// What a rule or route that names it counts as (rows SG-8, RT-5).
    pub max_entries: u32,
    /// Rises by one with every change of the entries, from 1.
    pub version: u64,
    pub entries: Vec<PrefixListEntry>,
    /// The entries of earlier versions, the last [`KEPT_VERSIONS`] of them.
    #[serde(default)]
    pub earlier: BTreeMap<u64, Vec<PrefixListEntry>>,
    #[serde(default)]
    pub last_change: PrefixListChange,
    pub tags: Tags,
}

/// How many earlier versions of a list can be looked at and restored.
pub const KEPT_VERSIONS: usize = 100;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrefixListEntry {
    pub cidr: IpNet,
    pub description: Option<String>,
}

/// Who may change it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PrefixListOwner {
    /// The account that it belongs to.
    #[default]
    Customer,
    /// Nobody. Every account of the region sees it.
    Aws,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AddressFamily {
    #[default]
    Ipv4,
    Ipv6,
}

impl AddressFamily {
    pub fn of(block: &IpNet) -> AddressFamily {
        match block {
            IpNet::V4(_) => AddressFamily::Ipv4,
            IpNet::V6(_) => AddressFamily::Ipv6,
        }
    }
}

/// What was last done to it; AWS tells it as the state of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PrefixListChange {
    #[default]
    Created,
    Modified,
    Restored,
}

impl PrefixList {
    /// The first version of a customer's list.
    pub fn new(id: PrefixListId, scope: Scope, name: String, max_entries: u32, entries: Vec<PrefixListEntry>) -> Self {
        PrefixList {
            id,
            scope,
            name,
            owner: PrefixListOwner::Customer,
            family: AddressFamily::Ipv4,
            max_entries,
            version: 1,
            entries,
            earlier: BTreeMap::new(),
            last_change: PrefixListChange::Created,
            tags: Tags::new(),
        }
    }

    /// The blocks that packets go by.
    pub fn ipv4(&self) -> impl Iterator<Item = Ipv4Net> {
        self.entries.iter().filter_map(|e| match e.cidr {
            IpNet::V4(block) => Some(block),
            // No packet yet (row NET-13).
            IpNet::V6(_) => None,
        })
    }

    /// The entries of a version, this one or an earlier one. None: there was none, or it is no longer kept.
    pub fn entries_of(&self, version: u64) -> Option<&[PrefixListEntry]> {
        match version == self.version {
            true => Some(&self.entries),
            false => self.earlier.get(&version).map(Vec::as_slice),
        }
    }

    /// Gives it other entries under the next version number.
    pub fn renew(&mut self, entries: Vec<PrefixListEntry>) {
        self.earlier.insert(self.version, std::mem::replace(&mut self.entries, entries));
        while self.earlier.len() > KEPT_VERSIONS {
            self.earlier.pop_first();
        }
        self.version += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bounded_number_of_versions_is_kept() {
        let entry = |n: u64| PrefixListEntry { cidr: format!("10.{n}.0.0/16").parse().unwrap(), description: None };
        let mut list = aws_prefix_list::of_region(&RegionName::default()).next().unwrap().clone();
        for n in 1..=150 {
            list.renew(vec![entry(n)]);
        }
        assert_eq!((list.version, list.earlier.len()), (151, KEPT_VERSIONS));
        assert_eq!(list.entries_of(151), Some([entry(150)].as_slice()));
        assert_eq!(list.entries_of(150), Some([entry(149)].as_slice()));
        assert_eq!(list.entries_of(51), Some([entry(50)].as_slice()));
        assert_eq!((list.entries_of(50), list.entries_of(152)), (None, None));
    }
}
