//! Prefix lists.

use crate::*;
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrefixList {
    pub id: PrefixListId,
    pub name: String,
    /// What a rule or route that names it counts as (rows SG-8, RT-5).
    pub max_entries: u32,
    pub version: u64,
    pub entries: Vec<PrefixListEntry>,
    pub tags: Tags,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrefixListEntry {
    pub cidr: Ipv4Net,
    pub description: Option<String>,
}
