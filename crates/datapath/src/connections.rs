//! Connections and translations as user space sees them.

use std::collections::BTreeMap;

use croft_engine::{
    Tables,
    flow::cache::forget,
    nat::address_of,
    tables::{ConnKey, NatClaim, NatKey, ROUTE_NAT, RouteKey},
};

use crate::{Fabric, FabricError, kernel_tables::KernelTables};

impl Fabric {
    /// Row NAT-6: removes every translation that the tables, as they are now, would not make again: its gateway or the
    /// gateway's address is gone, or the way from its origin leads elsewhere.
    pub(crate) fn forget_stale_translations(&self) -> Result<(), FabricError> {
        let maps = self.maps();
        let tables = KernelTables::new(maps);
        let mut claims: Vec<NatKey> = Vec::new();
        let mut connections: Vec<ConnKey> = Vec::new();
        maps.nat_claims.for_each(|key, claim| {
            if !is_on_the_way(&tables, key, claim) {
                claims.push(*key);
                connections.push(claim.origin);
            }
        })?;
        let peers: Vec<_> = connections.iter().filter_map(|key| tables.conn(key, |c| c.peer(key))).collect();
        connections.iter().chain(&peers).for_each(|key| forget(&tables, key));
        maps.connections.remove_all(&connections)?;
        maps.connections.remove_all(&peers)?;
        maps.nat_claims.remove_all(&claims)?;
        Ok(())
    }
}

/// Whether a packet of the claim's connection would still cross the gateway, and find the address there.
fn is_on_the_way(tables: &KernelTables<'_>, key: &NatKey, claim: &NatClaim) -> bool {
    let has_address = tables.nat(key.nat).is_some_and(|gateway| address_of(&gateway, key.address).is_some());
    let route = tables
        .interface(claim.origin.port())
        .and_then(|interface| tables.subnet(interface.subnet))
        .and_then(|subnet| tables.route(&RouteKey { table: subnet.route_table, destination: key.remote }));
    has_address && route.is_some_and(|r| (r.kind, r.node) == (ROUTE_NAT, key.nat))
}

/// How full the table of connections is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connections {
    /// Entries, two for each connection; those that have idled out and not been swept count.
    pub used: u64,
    pub capacity: u32,
    /// Entries by interface.
    pub by_interface: BTreeMap<String, u64>,
    /// Ports taken at NAT gateways, by the gateway's node.
    pub translations: BTreeMap<u32, u64>,
}

impl Fabric {
    /// Counts the connections. Reads the whole table.
    pub fn connections(&self) -> Result<Connections, FabricError> {
        let maps = self.maps();
        let mut found = Connections { capacity: maps.connections.capacity(), ..Connections::default() };
        let mut by_port: BTreeMap<u32, u64> = BTreeMap::new();
        maps.connections.for_each(|key, _| {
            found.used += 1;
            *by_port.entry(key.port()).or_default() += 1;
        })?;
        for (name, port) in self.ports() {
            found.by_interface.insert(name, by_port.get(&port).copied().unwrap_or(0));
        }
        maps.nat_claims.for_each(|key, _| *found.translations.entry(key.nat).or_default() += 1)?;
        Ok(found)
    }
}
