//! The engine's tables over system calls: the slow path decides by the same code and the same maps as the kernel.

use std::{collections::BTreeMap, mem::offset_of, ops::Deref};

use croft_engine::{Inserted, Ip, Tables, flow::cache::place, tables::*};

use crate::{
    bpf::{Map, Plain, Prefix},
    clock::monotonic,
    tables::Maps,
};

/// The maps of a fabric as the engine wants them. A call that fails is as good as an entry that is not there: the packet
/// is refused and counted.
#[derive(Clone, Copy)]
pub struct KernelTables<'m> {
    maps: &'m Maps,
    /// Interfaces that are known already and need no call.
    interfaces: Option<&'m BTreeMap<u32, Interface>>,
}

/// A value that was copied out of a map.
pub struct Copied<T>(T);

impl<T> Deref for Copied<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<'m> KernelTables<'m> {
    pub fn new(maps: &'m Maps) -> KernelTables<'m> {
        KernelTables { maps, interfaces: None }
    }

    /// With a copy of all interfaces, for whoever asks for them very often.
    pub(crate) fn with_interfaces(maps: &'m Maps, interfaces: &'m BTreeMap<u32, Interface>) -> KernelTables<'m> {
        KernelTables { maps, interfaces: Some(interfaces) }
    }
}

fn get<K: Plain, V: Plain>(map: &Map<K, V>, key: &K) -> Option<Copied<V>> {
    map.get(key).ok().flatten().map(Copied)
}

fn longest<K: Plain, V: Plain>(map: &Map<Prefix<K>, V>, key: &K) -> Option<Copied<V>> {
    get(map, &Prefix { bits: size_of::<K>() as u32 * 8, key: *key })
}

impl Tables for KernelTables<'_> {
    type Ref<'a, T: 'a>
        = Copied<T>
    where
        Self: 'a;

    fn monotonic(&self) -> u64 {
        monotonic().unwrap_or(0)
    }

    fn clock(&self) -> Option<Copied<Clock>> {
        get(&self.maps.clock, &0)
    }

    fn uplink(&self) -> Option<Copied<Uplink>> {
        get(&self.maps.uplink, &0)
    }

    fn interface(&self, port: u32) -> Option<Copied<Interface>> {
        match self.interfaces {
            Some(known) => known.get(&port).copied().map(Copied),
            None => get(&self.maps.interfaces, &port),
        }
    }

    fn subnet(&self, node: u32) -> Option<Copied<Subnet>> {
        get(&self.maps.subnets, &node)
    }

    fn nat(&self, node: u32) -> Option<Copied<NatGateway>> {
        get(&self.maps.nats, &node)
    }

    fn owner(&self, address: &VpcAddress) -> Option<Copied<Owner>> {
        get(&self.maps.owners, address)
    }

    fn public(&self, address: &VpcAddress) -> Option<Copied<Public>> {
        get(&self.maps.publics, address)
    }

    fn private(&self, address: &Ip) -> Option<Copied<Private>> {
        get(&self.maps.privates, address)
    }

    fn route(&self, key: &RouteKey) -> Option<Copied<Route>> {
        longest(&self.maps.routes, key)
    }

    fn class(&self, key: &ClassKey) -> Option<Copied<Class>> {
        longest(&self.maps.classes, key)
    }

    fn member_class(&self, key: &MemberKey) -> Option<Copied<Class>> {
        get(&self.maps.members, key)
    }

    fn rule(&self, key: &RuleKey) -> Option<Copied<Verdict>> {
        longest(&self.maps.rules, key)
    }

    fn conn<R>(&self, key: &ConnKey, change: impl FnOnce(&mut Conn) -> R) -> Option<R> {
        let before = self.maps.connections.get(key).ok()??;
        let mut conn = before;
        let result = change(&mut conn);
        if conn != before {
            // Counts that the kernel added meanwhile are lost; the slow path is slow enough for that not to matter.
            self.maps.connections.replace(key, &conn).ok()?;
        }
        Some(result)
    }

    fn conn_insert(&self, key: &ConnKey, conn: &Conn) -> Inserted {
        match self.maps.connections.insert_new(key, conn) {
            Ok(true) => Inserted::Done,
            Ok(false) if matches!(self.maps.connections.get(key), Ok(Some(_))) => Inserted::Exists,
            _ => Inserted::Full,
        }
    }

    fn conn_remove(&self, key: &ConnKey) -> bool {
        self.maps.connections.remove(key).unwrap_or(false)
    }

    /// A copy, of which is written back that it holds nothing, and nothing else. So its flow's packets cannot be counted
    /// here, and it says that it is of no use for them.
    fn flow_slot<R>(&self, key: &ConnKey, look: impl FnOnce(&mut FlowSlot) -> R) -> Option<R> {
        let flows = &self.maps.flows;
        let place = place(key, flows.length().checked_sub(1)?);
        let mut slot = flows.get(place)?;
        slot.conn.epoch = 0;
        let held = slot.synced != 0;
        let result = look(&mut slot);
        if held && slot.synced == 0 {
            flows.clear_word::<{ offset_of!(FlowSlot, synced) }>(place);
        }
        Some(result)
    }

    fn used(&self, port: u32) -> u64 {
        get(&self.maps.usage, &port).map_or(0, |u| u.connections)
    }

    fn count(&self, port: u32, more: bool) {
        let mut usage = get(&self.maps.usage, &port).map_or_else(Usage::default, |u| *u);
        usage.connections =
            if more { usage.connections.saturating_add(1) } else { usage.connections.saturating_sub(1) };
        // A count that is off by one is put right by the next sweep.
        let _ = self.maps.usage.set(&port, &usage);
    }

    /// The kernel's ring is the kernel's; the sweep sees to what is made here.
    fn reclaim_next(&self) -> Option<u32> {
        None
    }

    fn reclaim_own(&self, _port: u32, _by: u32) -> Option<(u64, u64)> {
        None
    }

    fn reclaim_slot<R>(&self, _slot: u32, _look: impl FnOnce(&mut ConnKey) -> R) -> Option<R> {
        None
    }

    fn nat_claim(&self, key: &NatKey) -> Option<Copied<NatClaim>> {
        get(&self.maps.nat_claims, key)
    }

    fn nat_claim_insert(&self, key: &NatKey, claim: &NatClaim) -> bool {
        self.maps.nat_claims.insert_new(key, claim).unwrap_or(false)
    }

    fn nat_claim_replace(&self, key: &NatKey, claim: &NatClaim) -> bool {
        self.maps.nat_claims.set(key, claim).is_ok()
    }

    fn nat_release(&self, key: &NatKey) {
        let _ = self.maps.nat_claims.remove(key);
    }

    /// Never: this process may be killed, and its lock would stay.
    fn nat_lock(&self, _key: &NatKey) -> bool {
        false
    }

    fn nat_unlock(&self, _key: &NatKey) {}

    fn nat_cursor(&self, index: u32, by: u32) -> u32 {
        let at = get(&self.maps.nat_cursors, &index).map_or(0, |c| *c);
        let _ = self.maps.nat_cursors.set(&index, &at.wrapping_add(by));
        at
    }
}
