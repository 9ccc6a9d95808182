//! Connection tracking (rows SG-2, SG-6, SG-7): an entry at each end of a connection.

use crate::flow::{Flow, ICMP, TCP, UDP};
use croft_model::interface::IdleTimeouts;
use std::collections::HashMap;

pub const SECOND: u64 = 1_000_000_000;

/// A TCP connection of which only one direction has been seen.
const TCP_OPENING: u64 = 60 * SECOND;
/// After a FIN or RST.
const TCP_CLOSING: u64 = 10 * SECOND;
const ICMP_IDLE: u64 = 30 * SECOND;
/// Row SG-7.
const OTHER_IDLE: u64 = 600 * SECOND;

/// One end of a connection: a port, and the flow that leaves there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct End {
    pub port: u32,
    pub flow: Flow,
}

/// What is known at one end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When this direction last carried a packet; when it was opened, if it never did.
    pub last: u64,
    pub packets: u64,
    /// A FIN or RST went in this direction.
    pub closing: bool,
    /// Do the groups let the other direction pass (row SG-2), or is it judged by rules (row SG-6)?
    pub tracked: bool,
    /// The other end.
    pub far: End,
}

#[derive(Clone, Debug, Default)]
pub struct Connections {
    pub entries: HashMap<End, Entry>,
}

impl Connections {
    /// The entry at the far end, if that one is still of the same connection.
    fn far_of(&self, end: &End, entry: &Entry) -> Option<&Entry> {
        self.entries.get(&entry.far).filter(|far| far.far == *end)
    }

    pub fn is_closing(&self, end: &End) -> bool {
        let Some(entry) = self.entries.get(end) else { return false };
        entry.closing || self.far_of(end, entry).is_some_and(|far| far.closing)
    }

    /// The entry, if the connection has not idled out for the interface with these time-outs. A connection is idle only
    /// when both its directions are.
    pub fn live(&self, end: &End, timeouts: &IdleTimeouts, now: u64) -> Option<&Entry> {
        let entry = self.entries.get(end)?;
        let far = self.far_of(end, entry);
        let seen = far.map_or(0, |far| far.packets);
        let last = far.map_or(entry.last, |far| far.last.max(entry.last));
        let allowed = match end.flow.protocol {
            TCP if self.is_closing(end) => TCP_CLOSING,
            TCP if entry.packets > 0 && seen > 0 => u64::from(timeouts.tcp_established) * SECOND,
            TCP => TCP_OPENING,
            UDP if entry.packets >= 2 && seen >= 2 => u64::from(timeouts.udp_stream) * SECOND,
            UDP => u64::from(timeouts.udp) * SECOND,
            ICMP => ICMP_IDLE,
            _ => OTHER_IDLE,
        };
        (now - last < allowed).then_some(entry)
    }

    /// How many entries an interface has.
    pub fn at(&self, port: u32) -> usize {
        self.entries.keys().filter(|end| end.port == port).count()
    }
}
