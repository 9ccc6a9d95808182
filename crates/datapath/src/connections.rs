//! Connections and translations as user space sees them.

use std::collections::BTreeMap;

use croft_engine::tables::{ConnKey, NatKey};

use crate::{Fabric, FabricError};

impl Fabric {
    /// Row NAT-6: removes every translation of these gateways, in both tables.
    pub(crate) fn forget_translations(&self, nats: &[u32]) -> Result<(), FabricError> {
        if nats.is_empty() {
            return Ok(());
        }
        let maps = self.maps();
        let mut claims: Vec<NatKey> = Vec::new();
        maps.nat_claims.for_each(|key, _| claims.extend(nats.contains(&key.nat).then_some(*key)))?;
        let mut connections: Vec<ConnKey> = Vec::new();
        maps.connections
            .for_each(|key, c| connections.extend((c.nat != 0 && nats.contains(&c.nat)).then_some(*key)))?;
        maps.connections.remove_all(&connections)?;
        maps.nat_claims.remove_all(&claims)?;
        Ok(())
    }
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
            *by_port.entry(key.port).or_default() += 1;
        })?;
        for (name, port) in self.ports() {
            found.by_interface.insert(name, by_port.get(&port).copied().unwrap_or(0));
        }
        maps.nat_claims.for_each(|key, _| *found.translations.entry(key.nat).or_default() += 1)?;
        Ok(found)
    }
}
