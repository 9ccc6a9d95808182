//! Prefix lists: AWS's own, and customer-managed ones with their versions (rows SG-8, RT-5).

use crate::error::{Error, Identified, Result};
use crate::request::{Request, request};
use crate::route::check_route_quota;
use crate::security_group_rule::check_rule_quota;
use crate::tag::check_tags;
use crate::{Cloud, Transaction};
use croft_model::group::Peer;
use croft_model::prefix_list::*;
use croft_model::route::RouteDestination;
use croft_model::*;
use ipnet::IpNet;

request! {
    pub struct CreateManagedPrefixList {
        pub prefix_list_name: String,
        #[serde(default)]
        pub address_family: AddressFamily,
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
        pub remove_entries: Vec<IpNet>,
    }

    /// Gives the list the entries that it had, under a new version.
    pub struct RestoreManagedPrefixListVersion {
        pub prefix_list_id: PrefixListId,
        pub previous_version: u64,
        /// The version that the caller knows; another one is refused.
        pub current_version: u64,
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

fn check_version(list: &PrefixList, known: u64) -> Result<()> {
    match known == list.version {
        true => Ok(()),
        false => Err(Error::new(
            "PrefixListVersionMismatch",
            format!("The prefix list has the incorrect version number: it is at {}.", list.version),
        )),
    }
}

/// Adds entries in their canonical form; the same block again takes the new description.
fn add(entries: &mut Vec<PrefixListEntry>, family: AddressFamily, new: Vec<PrefixListEntry>) -> Result<()> {
    for mut entry in new {
        entry.cidr = entry.cidr.trunc();
        if AddressFamily::of(&entry.cidr) != family {
            let why = "The block is not of the address family of the prefix list.";
            return Err(Error::invalid_value("Cidr", entry.cidr, why));
        }
        if entry.description.as_ref().is_some_and(|d| d.len() > 255) {
            return Err(Error::invalid(format!("The description of {} has more than 255 characters.", entry.cidr)));
        }
        match entries.iter_mut().find(|e| e.cidr == entry.cidr) {
            Some(old) => *old = entry,
            None => entries.push(entry),
        }
    }
    Ok(())
}

fn check_size(list: &PrefixList, entries: usize) -> Result<()> {
    match entries > list.max_entries as usize {
        true => Err(Error::invalid(format!(
            "The prefix list would have {entries} entries; its maximum number of entries is {}.",
            list.max_entries
        ))),
        false => Ok(()),
    }
}

/// A list that the caller may change.
fn own<'a>(tx: &'a mut Transaction<'_>, id: &PrefixListId) -> Result<&'a mut PrefixList> {
    if tx.any_prefix_list(id)?.owner == PrefixListOwner::Aws {
        return Err(Error::not_permitted(format!("The prefix list {id} is managed by AWS and cannot be changed.")));
    }
    tx.prefix_list_mut(id)
}

impl Request for CreateManagedPrefixList {
    type Response = PrefixList;

    fn run(self, tx: &mut Transaction<'_>) -> Result<PrefixList> {
        check_tags(&self.tags)?;
        check_name(&self.prefix_list_name)?;
        check_max_entries(self.max_entries)?;
        let quota = tx.quotas().prefix_lists_per_region;
        let have = tx.prefix_lists().count();
        tx.room_for_one("PrefixListLimitExceeded", "prefix lists", have, quota)?;
        let mut entries = Vec::new();
        add(&mut entries, self.address_family, self.entries)?;
        let id = tx.fresh(|r| &r.prefix_lists, PrefixListId::from_bits);
        let list = PrefixList::new(id, tx.scope.clone(), self.prefix_list_name, self.max_entries, entries);
        let list = PrefixList { family: self.address_family, tags: self.tags, ..list };
        check_size(&list, list.entries.len())?;
        tx.cloud.prefix_lists.insert(list.id.clone(), list.clone());
        Ok(list)
    }
}

impl Request for ModifyManagedPrefixList {
    type Response = PrefixList;

    fn run(self, tx: &mut Transaction<'_>) -> Result<PrefixList> {
        let list = own(tx, &self.prefix_list_id)?;
        if let Some(version) = self.current_version {
            check_version(list, version)?;
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
        let mut entries = list.entries.clone();
        for block in self.remove_entries {
            let block = block.trunc();
            if self.add_entries.iter().any(|e| e.cidr.trunc() == block) {
                return Err(Error::invalid(format!(
                    "Request cannot contain Cidr {block} in both AddPrefixListEntries and RemovePrefixListEntries"
                )));
            }
            let at = entries.iter().position(|e| e.cidr == block);
            let missing = || Error::invalid(format!("The prefix list {} has no entry {block}.", self.prefix_list_id));
            entries.remove(at.ok_or_else(missing)?);
        }
        add(&mut entries, list.family, self.add_entries)?;
        check_size(list, entries.len())?;
        if changes {
            list.renew(entries);
        }
        list.last_change = PrefixListChange::Modified;
        let list = list.clone();
        check_where_named(&tx.cloud, &list.id)?;
        Ok(list)
    }
}

impl Request for RestoreManagedPrefixListVersion {
    type Response = PrefixList;

    fn run(self, tx: &mut Transaction<'_>) -> Result<PrefixList> {
        let list = own(tx, &self.prefix_list_id)?;
        check_version(list, self.current_version)?;
        let missing = || {
            let why = format!("The prefix list {} has no such earlier version.", self.prefix_list_id);
            Error::invalid_value("PreviousVersion", self.previous_version, why)
        };
        let entries = list.earlier.get(&self.previous_version).ok_or_else(missing)?.clone();
        check_size(list, entries.len())?;
        list.renew(entries);
        list.last_change = PrefixListChange::Restored;
        Ok(list.clone())
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
    /// As it was.
    type Response = PrefixList;

    fn run(self, tx: &mut Transaction<'_>) -> Result<PrefixList> {
        let id = &self.prefix_list_id;
        let list = own(tx, id)?.clone();
        if let Some(by) = tx.cloud.prefix_list_users(&tx.scope, id).into_iter().next() {
            return Err(Error::in_use("prefixList", id, by));
        }
        tx.cloud.prefix_lists.remove(id);
        Ok(list)
    }
}

impl Transaction<'_> {
    /// A list that a rule or a route of the caller may name: one of its own, or one of AWS's in the region.
    pub(crate) fn any_prefix_list(&self, id: &PrefixListId) -> Result<&PrefixList> {
        self.cloud.prefix_list_in(&self.scope, id)
    }
}

impl Cloud {
    /// Any list, AWS's included.
    pub fn prefix_list(&self, id: &PrefixListId) -> Option<&PrefixList> {
        self.prefix_lists.get(id).or_else(|| aws_prefix_list::find(id))
    }

    /// A list that an account sees in a region: its own, and AWS's.
    pub fn prefix_list_in(&self, scope: &Scope, id: &PrefixListId) -> Result<&PrefixList> {
        let seen = |list: &&PrefixList| match list.owner {
            PrefixListOwner::Customer => list.scope == *scope,
            PrefixListOwner::Aws => list.scope.region == scope.region,
        };
        self.prefix_list(id).filter(seen).ok_or_else(|| id.not_found())
    }

    /// The entries of a version of a list that an account sees in a region; without a version the present ones.
    pub fn prefix_list_entries(
        &self,
        scope: &Scope,
        id: &PrefixListId,
        version: Option<u64>,
    ) -> Result<&[PrefixListEntry]> {
        let list = self.prefix_list_in(scope, id)?;
        let version = version.unwrap_or(list.version);
        let missing = || {
            let why = format!("The prefix list {id} has no such version, or it is no longer kept.");
            Error::invalid_value("TargetVersion", version, why)
        };
        list.entries_of(version).ok_or_else(missing)
    }

    /// What an account names a list in: security groups and route tables, by identifier.
    pub fn prefix_list_users(&self, scope: &Scope, id: &PrefixListId) -> Vec<String> {
        let peer = Peer::PrefixList(id.clone());
        let groups = self.security_groups_in(scope).filter(|g| g.rules.iter().any(|r| r.peer == peer));
        let routed = RouteDestination::PrefixList(id.clone());
        let tables = self.route_tables_in(scope).filter(|t| t.routes.iter().any(|r| r.destination == routed));
        groups.map(|g| g.id.to_string()).chain(tables.map(|t| t.id.to_string())).collect()
    }
}
