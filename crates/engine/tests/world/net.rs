//! A world with the engine in memory over it.

use super::World;
use super::packets::intact;
use croft_engine::memory::{Limits, MemoryTables, Step};
use croft_engine::{DropReason, Event, Fate, Refusal};

pub const SECOND: u64 = 1_000_000_000;

pub struct Net {
    pub tables: MemoryTables,
}

impl Net {
    pub fn new(world: &World) -> Net {
        Net { tables: MemoryTables::new(world.tables.clone()) }
    }

    pub fn with_limits(world: &World, limits: Limits) -> Net {
        Net { tables: MemoryTables::with_limits(world.tables.clone(), limits) }
    }

    /// Another policy from now on.
    pub fn change(&mut self, world: &World) {
        self.tables.change(world.tables.clone());
    }

    pub fn seconds(&self, n: u64) {
        self.tables.advance(n * SECOND);
    }

    /// Where to and with which bytes; checksums are looked at.
    pub fn send(&self, port: u32, frame: &[u8]) -> Result<(u32, Vec<u8>), DropReason> {
        self.decide(port, frame).map_err(|r| r.reason)
    }

    /// The port that it is delivered to.
    pub fn to(&self, port: u32, frame: &[u8]) -> Result<u32, DropReason> {
        self.send(port, frame).map(|d| d.0)
    }

    /// The reason and the gate of a drop.
    pub fn dropped(&self, port: u32, frame: &[u8]) -> Option<(DropReason, u32)> {
        self.decide(port, frame).err().map(|r| (r.reason, r.gate))
    }

    pub fn decide(&self, port: u32, frame: &[u8]) -> Result<(u32, Vec<u8>), Refusal> {
        let mut bytes = frame.to_vec();
        match self.tables.send(port, &mut bytes)? {
            Fate::Deliver(action) => {
                assert!(intact(&bytes), "checksums");
                Ok((action.port, bytes))
            }
            Fate::Answer => Ok((port, bytes)),
        }
    }

    /// What an observer sees of a packet that walks.
    pub fn events(&self, port: u32, frame: &[u8]) -> Vec<Event> {
        self.tables.record(false);
        let _ = self.send(port, frame);
        self.tables
            .take_record()
            .into_iter()
            .filter_map(|s| if let Step::Saw(e) = s { Some(e) } else { None })
            .collect()
    }
}
