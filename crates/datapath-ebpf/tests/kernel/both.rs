//! The engine in the kernel beside the engine in memory, over the same tables.

use croft_engine::memory::MemoryTables;
use croft_engine::{DropReason, Fate};

use super::device::{Devices, own_namespace};
use super::{Kernel, REDIRECT, SHOT};
use crate::world::packets::intact;
use crate::world::*;

/// Sends each packet both ways; verdict, reason and bytes must be the same.
pub struct Both {
    pub kernel: Kernel,
    pub memory: MemoryTables,
    _devices: Devices,
}

impl Both {
    pub fn new(world: &World) -> Both {
        own_namespace();
        let devices = Devices::new(&[WEB, APP, PEER, DATA, STRANGER, UPLINK]);
        let mut kernel = Kernel::load(4_096);
        kernel.install(&world.tables);
        Both { kernel, memory: MemoryTables::new(world.tables.clone()), _devices: devices }
    }

    /// The frame as it is delivered, and where to; or the reason.
    pub fn send(&mut self, port: u32, frame: &[u8]) -> Result<(u32, Vec<u8>), DropReason> {
        let mut bytes = frame.to_vec();
        let in_memory = self.memory.send(port, &mut bytes);
        let outcome = self.kernel.send(port, frame, 1);
        match in_memory {
            Ok(fate) => {
                assert_eq!(outcome.verdict, REDIRECT, "the kernel delivers too: {:?}", self.reason());
                assert_eq!(outcome.frame, bytes, "the same bytes");
                assert!(bytes[12..14] != [8, 0] || intact(&bytes), "checksums");
                Ok((if let Fate::Deliver(a) = fate { a.port } else { port }, bytes))
            }
            Err(refusal) => {
                assert_eq!(outcome.verdict, SHOT, "the kernel drops too: {refusal:?}");
                assert_eq!(self.reason(), Some((refusal.reason, refusal.gate)));
                Err(refusal.reason)
            }
        }
    }

    fn reason(&mut self) -> Option<(DropReason, u32)> {
        let walk = self.kernel.scratch();
        Some((DropReason::from_number(walk.reason)?, walk.gate))
    }
}
