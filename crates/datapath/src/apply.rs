//! Brings the kernel's tables to what policy wants, in an order in which every packet on the way sees a legal policy.
//!
//! 1. Rules, then the classes that lead to them (those of memberships before those of addresses, which say whether to ask
//!    for them), routes and owners, then subnets and interfaces: nothing points to what is not there yet.
//! 2. What is gone, except 4.
//! 3. The epoch: from here on every known flow is judged anew. It comes after the deletions, so that no flow is judged
//!    by an entry on its way out and keeps that verdict.
//! 4. Entries that nothing points to any more (rules of a class that no set has, classes of a set that no interface or
//!    subnet has, or of a membership that no address has) go at the *next* application or sweep: a packet in the middle of its walk may still stand on them.

use std::collections::{BTreeMap, BTreeSet};

use croft_engine::{
    memory::{Changes, Delta, Snapshot, snapshot},
    tables::{ClassKey, Clock, Interface, MemberKey, RuleKey},
};

use crate::{
    Fabric, FabricError,
    bpf::{Map, Plain, Prefix},
    tables::Maps,
};

/// What an application changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    pub inserted: usize,
    pub updated: usize,
    pub deleted: usize,
    /// The epoch from which on it holds.
    pub epoch: u32,
}

/// What the maps hold, as far as policy makes it.
#[derive(Debug, Default)]
pub(crate) struct State {
    tables: Snapshot,
    /// Nothing points to these any more; they are no longer in `tables`.
    unreferenced_rules: BTreeSet<snapshot::Prefix<RuleKey>>,
    unreferenced_classes: BTreeSet<snapshot::Prefix<ClassKey>>,
    unreferenced_members: BTreeSet<MemberKey>,
    /// A call failed half-way: what the maps hold must be read again.
    unknown: bool,
}

impl Fabric {
    /// Brings the tables to `wanted`. What is right already is not touched, and if all is right the epoch stays.
    /// After an error the next call reads the tables back first.
    pub fn apply(&self, wanted: &Snapshot) -> Result<Applied, FabricError> {
        let mut state = self.state_known()?;
        let delta = Delta::between(&state.tables, wanted);
        self.write(&mut state, &delta)
    }

    /// Applies a difference to what was applied last: cheaper than [`Fabric::apply`] where there is much and little
    /// changes.
    pub fn apply_delta(&self, delta: &Delta) -> Result<Applied, FabricError> {
        let mut state = self.state_known()?;
        self.write(&mut state, delta)
    }

    /// A copy of what the tables hold.
    pub fn applied(&self) -> Result<Snapshot, FabricError> {
        Ok(self.state_known()?.tables.clone())
    }

    /// Removes what the last application left for packets in the middle of their walk. Gives the interfaces.
    pub(crate) fn remove_unreferenced(&self) -> Result<BTreeMap<u32, Interface>, FabricError> {
        let mut state = self.state_known()?;
        remove_unreferenced(&mut state, self.maps())?;
        Ok(state.tables.interfaces.clone())
    }

    fn state_known(&self) -> Result<std::sync::MutexGuard<'_, State>, FabricError> {
        let mut state = self.state();
        if state.unknown {
            *state = State::read(self.maps())?;
        }
        Ok(state)
    }

    fn write(&self, state: &mut State, delta: &Delta) -> Result<Applied, FabricError> {
        let maps = self.maps();
        if delta.is_empty() {
            return Ok(Applied { epoch: self.clock_value()?.epoch, ..Applied::default() });
        }
        check_room(maps, &state.tables, delta)?;
        state.unknown = true;
        remove_unreferenced(state, maps)?;
        let mut count = counted(&state.tables, delta);
        let rerouted = may_reroute(&state.tables, delta);

        put_prefixes(&maps.rules, &delta.rules)?;
        put(&maps.members, &delta.members)?;
        put_prefixes(&maps.classes, &delta.classes)?;
        put_prefixes(&maps.routes, &delta.routes)?;
        put(&maps.nats, &delta.nats)?;
        put(&maps.owners, &delta.owners)?;
        put(&maps.publics, &delta.publics)?;
        put(&maps.privates, &delta.privates)?;
        if let Some(uplink) = &delta.uplink {
            maps.uplink.set(&0, uplink)?;
        }
        put(&maps.subnets, &delta.subnets)?;
        put(&maps.interfaces, &delta.interfaces)?;

        delta.apply_to(&mut state.tables);
        maps.interfaces.remove_all(&list(&delta.interfaces.deletes))?;
        maps.usage.remove_all(&list(&delta.interfaces.deletes))?;
        maps.subnets.remove_all(&list(&delta.subnets.deletes))?;
        maps.privates.remove_all(&list(&delta.privates.deletes))?;
        maps.publics.remove_all(&list(&delta.publics.deletes))?;
        maps.owners.remove_all(&list(&delta.owners.deletes))?;
        maps.nats.remove_all(&list(&delta.nats.deletes))?;
        maps.routes.remove_all(&prefixes(&delta.routes.deletes))?;
        if !delta.classes.deletes.is_empty() {
            let referenced = referenced(&state.tables, delta.classes.deletes.iter().map(|(_, key)| key.set));
            let (at_once, later): (Vec<_>, Vec<_>) =
                delta.classes.deletes.iter().copied().partition(|(_, key)| referenced.contains(&key.set));
            maps.classes.remove_all(&prefixes(&at_once))?;
            state.unreferenced_classes.extend(later);
        }
        if !delta.members.deletes.is_empty() {
            let deletes = &delta.members.deletes;
            let sets = referenced(&state.tables, deletes.iter().map(|key| key.set));
            let carried = carried(&state.tables, deletes.iter().map(|key| key.membership));
            let (at_once, later): (Vec<_>, Vec<_>) =
                deletes.iter().partition(|key| sets.contains(&key.set) && carried.contains(&key.membership));
            maps.members.remove_all(&at_once)?;
            state.unreferenced_members.extend(later);
        }
        state.unreferenced_rules.extend(delta.rules.deletes.iter().copied());

        let limit = delta.interface_connections;
        count.epoch = self.change_clock(|clock| {
            clock.epoch = next_epoch(clock.epoch);
            clock.interface_connections = limit.unwrap_or(clock.interface_connections);
        })?;
        if rerouted {
            self.forget_stale_translations()?;
        }
        state.unknown = false;
        Ok(count)
    }

    pub(crate) fn clock_value(&self) -> Result<Clock, FabricError> {
        Ok(self.maps().clock.get(&0)?.unwrap_or_default())
    }
}

/// Epoch 0 marks a flow that was never judged.
fn next_epoch(epoch: u32) -> u32 {
    epoch.checked_add(1).unwrap_or(1)
}

impl State {
    /// What the maps hold.
    pub(crate) fn read(maps: &Maps) -> Result<State, FabricError> {
        let tables = Snapshot {
            interface_connections: maps.clock.get(&0)?.unwrap_or_default().interface_connections,
            interfaces: maps.interfaces.entries()?.into_iter().collect(),
            subnets: maps.subnets.entries()?.into_iter().collect(),
            nats: maps.nats.entries()?.into_iter().collect(),
            uplink: maps.uplink.get(&0)?.unwrap_or_default(),
            owners: maps.owners.entries()?.into_iter().collect(),
            publics: maps.publics.entries()?.into_iter().collect(),
            privates: maps.privates.entries()?.into_iter().collect(),
            routes: maps.routes.entries()?.into_iter().map(|(k, v)| ((k.bits, k.key), v)).collect(),
            classes: maps.classes.entries()?.into_iter().map(|(k, v)| ((k.bits, k.key), v)).collect(),
            members: maps.members.entries()?.into_iter().collect(),
            rules: maps.rules.entries()?.into_iter().map(|(k, v)| ((k.bits, k.key), v)).collect(),
        };
        Ok(State { tables, ..State::default() })
    }
}

fn remove_unreferenced(state: &mut State, maps: &Maps) -> Result<(), FabricError> {
    let none = state.unreferenced_classes.is_empty()
        && state.unreferenced_members.is_empty()
        && state.unreferenced_rules.is_empty();
    if none {
        return Ok(());
    }
    // Wanted again since then: it is in `tables`, and stays.
    let classes: Vec<_> =
        state.unreferenced_classes.iter().filter(|k| !state.tables.classes.contains_key(k)).copied().collect();
    let members: Vec<_> =
        state.unreferenced_members.iter().filter(|k| !state.tables.members.contains_key(k)).copied().collect();
    let rules: Vec<_> =
        state.unreferenced_rules.iter().filter(|k| !state.tables.rules.contains_key(k)).copied().collect();
    maps.classes.remove_all(&prefixes(&classes))?;
    maps.members.remove_all(&members)?;
    maps.rules.remove_all(&prefixes(&rules))?;
    state.unreferenced_classes.clear();
    state.unreferenced_members.clear();
    state.unreferenced_rules.clear();
    Ok(())
}

/// Whether a translation that was made before may be one that would not be made now (row NAT-6).
fn may_reroute(old: &Snapshot, delta: &Delta) -> bool {
    !old.nats.is_empty()
        && (delta.nats.upserts.keys().any(|n| old.nats.contains_key(n))
            || !delta.nats.deletes.is_empty()
            || !delta.routes.is_empty()
            || !delta.subnets.is_empty()
            || !delta.interfaces.deletes.is_empty())
}

/// Those of `sets` that an interface or subnet has.
fn referenced(tables: &Snapshot, sets: impl Iterator<Item = u32>) -> BTreeSet<u32> {
    let sets: BTreeSet<u32> = sets.collect();
    let interfaces = tables.interfaces.values().flat_map(|i| [i.egress_set, i.ingress_set]);
    let subnets = tables.subnets.values().flat_map(|s| [s.egress_acl, s.ingress_acl]);
    interfaces.chain(subnets).filter(|set| sets.contains(set)).collect()
}

/// Those of `memberships` that an address has.
fn carried(tables: &Snapshot, memberships: impl Iterator<Item = u32>) -> BTreeSet<u32> {
    let memberships: BTreeSet<u32> = memberships.collect();
    tables.owners.values().map(|o| o.membership).filter(|m| memberships.contains(m)).collect()
}

fn put<K: Plain + Ord, V: Plain>(map: &Map<K, V>, changes: &Changes<K, V>) -> Result<(), FabricError> {
    let (keys, values): (Vec<K>, Vec<V>) = changes.upserts.iter().map(|(k, v)| (*k, *v)).unzip();
    map.set_all(&keys, &values)
}

fn put_prefixes<K: Plain + Ord, V: Plain>(
    map: &Map<Prefix<K>, V>,
    changes: &Changes<snapshot::Prefix<K>, V>,
) -> Result<(), FabricError> {
    let (keys, values): (Vec<_>, Vec<V>) =
        changes.upserts.iter().map(|((bits, key), v)| (Prefix { bits: *bits, key: *key }, *v)).unzip();
    map.set_all(&keys, &values)
}

fn prefixes<'a, K: Plain>(keys: impl IntoIterator<Item = &'a snapshot::Prefix<K>>) -> Vec<Prefix<K>> {
    keys.into_iter().map(|(bits, key)| Prefix { bits: *bits, key: *key }).collect()
}

fn list<K: Plain>(keys: &BTreeSet<K>) -> Vec<K> {
    keys.iter().copied().collect()
}

/// Refuses, before anything is written, what does not fit.
fn check_room(maps: &Maps, old: &Snapshot, delta: &Delta) -> Result<(), FabricError> {
    macro_rules! check { ($($field:ident),*) => { $({
        let changes = &delta.$field;
        let new = changes.upserts.keys().filter(|k| !old.$field.contains_key(k)).count();
        // Insertions come before deletions, so both are there for a moment.
        let wanted = old.$field.len() + new;
        let capacity = maps.$field.capacity();
        if new > 0 && wanted > capacity as usize {
            return Err(FabricError::TableTooSmall { table: stringify!($field), capacity, wanted });
        }
    })* } }
    check!(interfaces, subnets, nats, owners, publics, privates, routes, classes, members, rules);
    Ok(())
}

fn counted(old: &Snapshot, delta: &Delta) -> Applied {
    let mut count = Applied::default();
    macro_rules! add { ($($field:ident),*) => { $({
        let updated = delta.$field.upserts.keys().filter(|k| old.$field.contains_key(k)).count();
        count.updated += updated;
        count.inserted += delta.$field.upserts.len() - updated;
        count.deleted += delta.$field.deletes.len();
    })* } }
    add!(interfaces, subnets, nats, owners, publics, privates, routes, classes, members, rules);
    count.updated += usize::from(delta.uplink.is_some()) + usize::from(delta.interface_connections.is_some());
    count
}
