//! What the cloud does not say: which interface is plugged in where, and the limits of the tables.

use croft_model::NetworkInterfaceId;
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default)]
pub struct Wiring {
    /// The interfaces of running workloads. One that is missing here cannot send, and nobody holds its addresses.
    pub plugs: BTreeMap<NetworkInterfaceId, Plug>,
    pub uplink: Uplink,
    pub limits: Limits,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plug {
    pub port: u32,
    /// What the interface knows as its router.
    pub router_mac: [u8; 6],
}

/// The way to the internet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uplink {
    pub port: u32,
    /// Of the far end: where packets to the internet go.
    pub mac: [u8; 6],
    /// What they come from.
    pub router_mac: [u8; 6],
}

/// Sizes of the tables (row SG-7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Entries in all. A connection takes one at each of its two ends.
    pub entries: usize,
    /// Entries at one interface; 0 is no limit.
    pub entries_per_interface: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { entries: usize::MAX, entries_per_interface: 0 }
    }
}
