//! Housekeeping: what has idled out goes, and what interfaces use is counted anew.
//!
//! Nothing depends on it. Whether an entry still counts is judged when it is looked up, and the kernel reuses the room
//! of dead ones by itself; the sweep keeps the tables small and the counts true. It judges by the engine's own
//! functions.

use std::collections::BTreeMap;

use croft_engine::{
    Tables,
    connection::{Status, dead},
    flow::cache::forget,
    nat::claim_is_dead,
    tables::{ConnKey, NatKey, TCP_CLOSING_IDLE},
};

use crate::{Fabric, FabricError, kernel_tables::KernelTables};

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Entries of connections that were removed (a connection has two) ...
    pub connections: usize,
    /// ... and that are left.
    pub connections_left: usize,
    /// Ports of NAT gateways that were given back.
    pub claims: usize,
    pub claims_left: usize,
}

impl Fabric {
    /// Removes dead connections and translations and counts anew what each interface uses. Reads the whole table: some
    /// 0.2 s for a million connections, more where many have been idle for long.
    pub fn sweep(&self) -> Result<Swept, FabricError> {
        let interfaces = self.remove_unreferenced()?;
        let maps = self.maps();
        let tables = KernelTables::with_interfaces(maps, &interfaces);
        let now = self.clock_now()?;
        let mut swept = Swept::default();

        // No time-out is shorter, so what is younger need not be looked at.
        let youngest = u64::from(TCP_CLOSING_IDLE) * 1_000_000_000;
        let mut idle: Vec<ConnKey> = Vec::new();
        let mut used: BTreeMap<u32, u64> = BTreeMap::new();
        maps.connections.for_each(|key, conn| {
            swept.connections_left += 1;
            *used.entry(key.port()).or_default() += 1;
            if now.saturating_sub(conn.last) >= youngest {
                idle.push(*key);
            }
        })?;
        let mut remove = |key: &ConnKey| -> Result<(), FabricError> {
            forget(&tables, key);
            if maps.connections.remove(key)? {
                swept.connections += 1;
                swept.connections_left = swept.connections_left.saturating_sub(1);
                used.entry(key.port()).and_modify(|n| *n = n.saturating_sub(1));
            }
            Ok(())
        };
        let (mut peer, mut status) = (ConnKey::default(), Status::default());
        for key in &idle {
            if !dead(&tables, key, now, &mut peer, &mut status) || status.found == 0 {
                continue;
            }
            let other = tables.conn(&peer, |c| c.peer(&peer) == *key) == Some(true);
            remove(key)?;
            if other {
                remove(&peer)?;
            }
        }

        let mut claims: Vec<NatKey> = Vec::new();
        maps.nat_claims.for_each(|key, claim| {
            swept.claims_left += 1;
            if claim_is_dead(&tables, key, claim, now) {
                claims.push(*key);
            }
        })?;
        swept.claims = maps.nat_claims.remove_all(&claims)?;
        swept.claims_left = swept.claims_left.saturating_sub(swept.claims);

        for port in interfaces.keys() {
            let counted = used.get(port).copied().unwrap_or(0);
            let Some(mut usage) = maps.usage.get(port)? else { continue };
            if usage.connections != counted {
                usage.connections = counted;
                maps.usage.set(port, &usage)?;
            }
        }
        Ok(swept)
    }
}
