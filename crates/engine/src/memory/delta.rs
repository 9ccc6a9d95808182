//! What changed between two versions of the tables, so that a host need not compare all of them.

use std::collections::{BTreeMap, BTreeSet};

use super::Snapshot;
use super::snapshot::Prefix;
use crate::Ip;
use crate::tables::*;

/// What changed in one table. No key is in both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes<K, V> {
    /// Added or changed.
    pub upserts: BTreeMap<K, V>,
    pub deletes: BTreeSet<K>,
}

impl<K, V> Default for Changes<K, V> {
    fn default() -> Self {
        Changes { upserts: BTreeMap::new(), deletes: BTreeSet::new() }
    }
}

impl<K: Ord + Clone, V: PartialEq + Clone> Changes<K, V> {
    pub fn is_empty(&self) -> bool {
        self.upserts.is_empty() && self.deletes.is_empty()
    }

    /// How many entries change.
    pub fn len(&self) -> usize {
        self.upserts.len() + self.deletes.len()
    }

    fn between(old: &BTreeMap<K, V>, new: &BTreeMap<K, V>) -> Self {
        let upserts = new.iter().filter(|(k, v)| old.get(k) != Some(v)).map(|(k, v)| (k.clone(), v.clone())).collect();
        let deletes = old.keys().filter(|k| !new.contains_key(k)).cloned().collect();
        Changes { upserts, deletes }
    }

    fn apply_to(&self, table: &mut BTreeMap<K, V>) {
        for key in &self.deletes {
            table.remove(key);
        }
        for (key, value) in &self.upserts {
            table.insert(key.clone(), value.clone());
        }
    }
}

/// What changed in all of them. The fields are those of [`Snapshot`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delta {
    pub interface_connections: Option<u32>,
    pub uplink: Option<Uplink>,
    pub interfaces: Changes<u32, Interface>,
    pub subnets: Changes<u32, Subnet>,
    pub nats: Changes<u32, NatGateway>,
    pub owners: Changes<VpcAddress, Owner>,
    pub publics: Changes<VpcAddress, Public>,
    pub privates: Changes<Ip, Private>,
    pub routes: Changes<Prefix<RouteKey>, Route>,
    pub classes: Changes<Prefix<ClassKey>, Class>,
    pub members: Changes<MemberKey, Class>,
    pub rules: Changes<Prefix<RuleKey>, Verdict>,
}

impl Delta {
    /// What turns `old` into `new`.
    pub fn between(old: &Snapshot, new: &Snapshot) -> Delta {
        Delta {
            interface_connections: (old.interface_connections != new.interface_connections)
                .then_some(new.interface_connections),
            uplink: (old.uplink != new.uplink).then_some(new.uplink),
            interfaces: Changes::between(&old.interfaces, &new.interfaces),
            subnets: Changes::between(&old.subnets, &new.subnets),
            nats: Changes::between(&old.nats, &new.nats),
            owners: Changes::between(&old.owners, &new.owners),
            publics: Changes::between(&old.publics, &new.publics),
            privates: Changes::between(&old.privates, &new.privates),
            routes: Changes::between(&old.routes, &new.routes),
            classes: Changes::between(&old.classes, &new.classes),
            members: Changes::between(&old.members, &new.members),
            rules: Changes::between(&old.rules, &new.rules),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many entries change, over all tables.
    pub fn len(&self) -> usize {
        usize::from(self.interface_connections.is_some())
            + usize::from(self.uplink.is_some())
            + self.interfaces.len()
            + self.subnets.len()
            + self.nats.len()
            + self.owners.len()
            + self.publics.len()
            + self.privates.len()
            + self.routes.len()
            + self.classes.len()
            + self.members.len()
            + self.rules.len()
    }

    /// Brings tables that stand at the version before to the version after.
    pub fn apply_to(&self, tables: &mut Snapshot) {
        tables.interface_connections = self.interface_connections.unwrap_or(tables.interface_connections);
        tables.uplink = self.uplink.unwrap_or(tables.uplink);
        self.interfaces.apply_to(&mut tables.interfaces);
        self.subnets.apply_to(&mut tables.subnets);
        self.nats.apply_to(&mut tables.nats);
        self.owners.apply_to(&mut tables.owners);
        self.publics.apply_to(&mut tables.publics);
        self.privates.apply_to(&mut tables.privates);
        self.routes.apply_to(&mut tables.routes);
        self.classes.apply_to(&mut tables.classes);
        self.members.apply_to(&mut tables.members);
        self.rules.apply_to(&mut tables.rules);
    }
}
