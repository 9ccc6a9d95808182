//! The engine in user space.

use crate::compare::Fate;
use croft_engine::connection::reclaim_slots;
use croft_engine::decide;
use croft_engine::lookup::Tables;
use croft_engine::memory::{Limits, MemoryTables, Snapshot};

/// Slots of the flow cache: so few that flows meet in them.
pub const FLOW_SLOTS: u32 = 2;

pub struct InMemory {
    tables: MemoryTables,
    now: u64,
}

impl InMemory {
    /// `entries`: room for connections, as in the kernel's tables. `now`: the fabric's clock, ns.
    pub fn new(entries: usize, now: u64) -> InMemory {
        let limits = Limits {
            connections: entries,
            reclaim_slots: reclaim_slots(entries as u32),
            flow_slots: FLOW_SLOTS,
            ..Limits::default()
        };
        let mut engine = InMemory { tables: MemoryTables::with_limits(Snapshot::default(), limits), now: 0 };
        engine.now = engine.tables.monotonic();
        engine.set_clock(now);
        engine
    }

    pub fn set_clock(&mut self, now: u64) {
        self.tables.advance(now - self.now);
        self.now = now;
    }

    pub fn install(&mut self, snapshot: &Snapshot) {
        self.tables.change(snapshot.clone());
    }

    pub fn packet(&mut self, port: u32, frame: &[u8]) -> Fate {
        let mut bytes = frame.to_vec();
        match self.tables.send(port, &mut bytes) {
            Ok(decide::Fate::Deliver(action)) => Fate::Deliver { port: Some(action.port), bytes },
            Ok(decide::Fate::Answer) => Fate::Answer { bytes },
            Err(refusal) => Fate::Drop { reason: refusal.reason },
        }
    }
}
