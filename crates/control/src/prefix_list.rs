//! Customer-managed prefix lists (rows SG-8, RT-5).

use crate::error::{Error, Result};
use crate::request::{Request, request};
use crate::route::check_route_quota;
use crate::security_group_rule::check_rule_quota;
use crate::tag::check_tags;
use crate::{Cloud, Transaction};
use croft_model::group::Peer;
use croft_model::prefix_list::{PrefixList, PrefixListEntry};
use croft_model::route::RouteDestination;
use croft_model::*;
use ipnet::Ipv4Net;

request! {
    pub struct CreateManagedPrefixList {
        pub prefix_list_name: String,
        /// What it counts as wherever it is named, however many entries it has.
        pub max_entries: u32,
        #[serde(default)]
        pub entries: Vec<PrefixListEntry>,
        #[serde(default)]
        pub tags: Tags,
    }

    /// Entries are removed before others are added. New entries make a new version.
    pub struct ModifyManagedPrefixList {
        pub prefix_list_id: PrefixListId,
        /// The version that the caller knows; another one is refused.
        pub current_version: Option<u64>,
        pub prefix_list_name: Option<String>,
        pub max_entries: Option<u32>,
        #[serde(default)]
        pub add_entries: Vec<PrefixListEntry>,
        #[serde(default)]
        pub remove_entries: Vec<Ipv4Net>,
    }

    pub struct DeleteManagedPrefixList {
        pub prefix_list_id: PrefixListId,
    }
}

const MOST_ENTRIES: u32 = 1000;

fn check_name(name: &str) -> Result<()> {
    match name.is_empty() || name.len() > 255 || name.starts_with("com.amazonaws") {
        true => Err(Error::invalid_value(
            "PrefixListName",
            name,
            "It has 1 to 255 characters and does not start with com.amazonaws.",
        )),
        false => Ok(()),
    }
}

fn check_max_entries(max: u32) -> Result<()> {
    match (1..=MOST_ENTRIES).contains(&max) {
        true => Ok(()),
        false => Err(Error::invalid_value("MaxEntries", max, "It must be between 1 and 1000.")),
    }
}

/// Adds entries in their canonical form; the same block again takes the new description.
fn add(list: &mut PrefixList, entries: Vec<PrefixListEntry>) -> Result<()> {
    for mut entry in entries {
        entry.cidr = entry.cidr.trunc();
        if entry.description.as_ref().is_some_and(|d| d.len() > 255) {
            return Err(Error::invalid(format!("The description of {} has more than 255 characters.", entry.cidr)));
        }
        match list.entries.iter_mut().find(|e| e.cidr == entry.cidr) {
            Some(old) => *old = entry,
            None => list.entries.push(entry),
        }
    }
    match list.entries.len() > list.max_entries as usize {
        true => Err(Error::invalid(format!(
            "The prefix list would have {} entries; its maximum number of entries is {}.",
            list.entries.len(),
            list.max_entries
        ))),
        false => Ok(()),
    }
}

impl Request for CreateManagedPrefixList {
    type Response = PrefixList;

    fn run(self, tx: &mut Transaction<'_>) -> Result<PrefixList> {
        check_tags(&self.tags)?;
        check_name(&self.prefix_list_name)?;
        check_max_entries(self.max_entries)?;
        let quota = tx.cloud.quotas.prefix_lists_per_region;
        let have = tx.cloud.prefix_lists.len();
        tx.room_for_one("PrefixListLimitExceeded", "prefix lists", have, quota)?;
        let mut list = PrefixList {
            id: tx.fresh(|r| &r.prefix_lists, PrefixListId::from_bits),
            name: self.prefix_list_name,
            max_entries: self.max_entries,
            version: 1,
            entries: vec![],
            tags: self.tags,
        };
        add(&mut list, self.entries)?;
        tx.cloud.prefix_lists.insert(list.id.clone(), list.clone());
        Ok(list)
    }
}

impl Request for ModifyManagedPrefixList {
    type Response = PrefixList;

    fn run(self, tx: &mut Transaction<'_>) -> Result<PrefixList> {
        let list = tx.prefix_list_mut(&self.prefix_list_id)?;
        if self.current_version.is_some_and(|version| version != list.version) {
            return Err(Error::new(
                "PrefixListVersionMismatch",
                format!("The prefix list has the incorrect version number: it is at {}.", list.version),
            ));
        }
        let changes = !self.add_entries.is_empty() || !self.remove_entries.is_empty();
        if changes && self.max_entries.is_some() {
            return Err(Error::combination(
                "You cannot modify the entries of a prefix list and its maximum number of entries at the same time.",
            ));
        }
        if let Some(name) = self.prefix_list_name {
            check_name(&name)?;
            list.name = name;
        }
        list.max_entries = self.max_entries.unwrap_or(list.max_entries);
        check_max_entries(list.max_entries)?;
        for block in self.remove_entries {
            let at = list.entries.iter().position(|e| e.cidr == block.trunc());
            let missing = || Error::invalid(format!("The prefix list {} has no entry {block}.", self.prefix_list_id));
            list.entries.remove(at.ok_or_else(missing)?);
        }
        add(list, self.add_entries)?;
        if changes {
            list.version += 1;
        }
        let list = list.clone();
        check_where_named(&tx.cloud, &list.id)?;
        Ok(list)
    }
}

/// A list that grew must still fit wherever it is named.
fn check_where_named(cloud: &Cloud, id: &PrefixListId) -> Result<()> {
    let named = |peer: &Peer| matches!(peer, Peer::PrefixList(list) if list == id);
    for group in cloud.security_groups.values().filter(|g| g.rules.iter().any(|r| named(&r.peer))) {
        check_rule_quota(cloud, group)?;
    }
    let routed = RouteDestination::PrefixList(id.clone());
    for table in cloud.route_tables.values().filter(|t| t.routes.iter().any(|r| r.destination == routed)) {
        check_route_quota(cloud, table)?;
    }
    Ok(())
}

impl Request for DeleteManagedPrefixList {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let id = &self.prefix_list_id;
        tx.prefix_list(id)?;
        let peer = Peer::PrefixList(id.clone());
        let mut groups = tx.cloud.security_groups.values();
        let group = groups.find(|g| g.rules.iter().any(|r| r.peer == peer)).map(|g| g.id.to_string());
        let user = group.or_else(|| {
            let routed = RouteDestination::PrefixList(id.clone());
            let mut tables = tx.cloud.route_tables.values();
            tables.find(|t| t.routes.iter().any(|r| r.destination == routed)).map(|t| t.id.to_string())
        });
        if let Some(by) = user {
            return Err(Error::in_use("prefixList", id, by));
        }
        tx.cloud.prefix_lists.remove(id);
        Ok(())
    }
}
