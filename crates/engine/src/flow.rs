//! A flow in few bytes: the key and the value of the table of connections.
//!
//! Hashing and comparing the key is most of what a known packet costs, and an entry should fill no more lines of the
//! cache than it must: with what the kernel puts before it, it fills two. So they are kept for IPv4 only, in the words
//! that the headers have; tuples and all other keys have room for both families (docs/adr/0011-two-words-a-key.md).

pub mod cache;

use crate::Ip;
use crate::tables::*;

/// The highest number that a port may have: what a `ConnKey` has room for.
pub const MAX_PORT: u32 = (1 << 24) - 1;

/// The two ends of an IPv4 flow.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Ends {
    /// Addresses as they stand in a header.
    pub source: u32,
    pub destination: u32,
    /// Source port × 65,536 + destination port. ICMP: identifier × 65,536 + kind.
    pub ports: u32,
}

impl Ends {
    #[inline(always)]
    pub fn of(tuple: &Tuple) -> Ends {
        let ports = match tuple.protocol {
            ICMP => ((tuple.source_port | tuple.destination_port) as u32) << 16 | tuple.kind as u32,
            _ => (tuple.source_port as u32) << 16 | tuple.destination_port as u32,
        };
        Ends { source: tuple.source.v4_wire(), destination: tuple.destination.v4_wire(), ports }
    }

    #[inline(always)]
    pub fn tuple(&self, protocol: u8) -> Tuple {
        let (first, second) = ((self.ports >> 16) as u16, self.ports as u16);
        let (source_port, destination_port, kind) = match protocol {
            ICMP if matches!(second as u8, KIND_ECHO_REPLY | KIND_TIMESTAMP_REPLY) => (0, first, second as u8),
            ICMP => (first, 0, second as u8),
            _ => (first, second, KIND_NONE),
        };
        Tuple {
            source: Ip::v4_wire_of(self.source),
            destination: Ip::v4_wire_of(self.destination),
            source_port,
            destination_port,
            protocol,
            kind,
            pad: 0,
        }
    }

    /// Those of the answer.
    #[inline(always)]
    pub fn reversed(&self, protocol: u8) -> Ends {
        let ports = match protocol {
            ICMP => self.ports & 0xffff_0000 | opposite(self.ports as u8) as u32,
            _ => self.ports.rotate_left(16),
        };
        Ends { source: self.destination, destination: self.source, ports }
    }
}

/// A connection as seen by one port, oriented "leaving that port".
#[repr(C)]
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnKey {
    /// From the lowest bits on: port (24), protocol (8), source (32); destination (32), ports (32).
    words: [u64; 2],
}

impl ConnKey {
    #[inline(always)]
    pub fn new(port: u32, tuple: &Tuple) -> ConnKey {
        ConnKey::between(port, tuple.protocol, Ends::of(tuple))
    }

    #[inline(always)]
    pub fn between(port: u32, protocol: u8, ends: Ends) -> ConnKey {
        let place = port & MAX_PORT | (protocol as u32) << 24;
        let words = [place as u64 | (ends.source as u64) << 32, ends.destination as u64 | (ends.ports as u64) << 32];
        ConnKey { words }
    }

    #[inline(always)]
    pub fn port(&self) -> u32 {
        self.words[0] as u32 & MAX_PORT
    }

    #[inline(always)]
    pub fn protocol(&self) -> u8 {
        (self.words[0] >> 24) as u8
    }

    #[inline(always)]
    pub fn ends(&self) -> Ends {
        Ends {
            source: (self.words[0] >> 32) as u32,
            destination: self.words[1] as u32,
            ports: (self.words[1] >> 32) as u32,
        }
    }

    #[inline(always)]
    pub fn tuple(&self) -> Tuple {
        self.ends().tuple(self.protocol())
    }

    /// The same with ports 0.
    #[inline(always)]
    pub(crate) fn without_ports(&self) -> ConnKey {
        ConnKey { words: [self.words[0], self.words[1] & u32::MAX as u64] }
    }

    /// A number whose highest bits differ where keys do.
    #[inline(always)]
    pub(crate) fn mixed(&self) -> u64 {
        (self.words[0] ^ self.words[1].rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

impl core::fmt::Debug for ConnKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ConnKey").field("port", &self.port()).field("tuple", &self.tuple()).finish()
    }
}

impl Conn {
    /// What to do with a packet that was found under `key`.
    #[inline(always)]
    pub fn action(&self, key: &ConnKey) -> Action {
        let (destination_mac, source_mac) = self.macs();
        Action {
            tuple: self.ends().tuple(key.protocol()),
            port: self.port,
            mtu: self.mtu,
            flags: if self.translates() { ACT_TRANSLATE } else { 0 },
            ttl_cost: self.ttl_cost(),
            destination_mac,
            source_mac,
        }
    }

    /// Keeps an action, but to `port` and with these ends on delivery.
    #[inline(always)]
    pub fn set_action(&mut self, action: &Action, port: u32, ends: Ends) {
        (self.source, self.destination, self.ports) = (ends.source, ends.destination, ends.ports);
        self.port = port;
        self.mtu = action.mtu;
        self.change = action.ttl_cost | if action.flags & ACT_TRANSLATE != 0 { CHANGE_TRANSLATE } else { 0 };
        self.set_macs(&action.destination_mac, &action.source_mac);
    }

    #[inline(always)]
    pub(crate) fn set_macs(&mut self, to: &[u8; 6], from: &[u8; 6]) {
        self.macs = u64::from_ne_bytes([to[0], to[1], to[2], to[3], to[4], to[5], from[0], from[1]]);
        self.macs_end = u32::from_ne_bytes([from[2], from[3], from[4], from[5]]);
    }

    /// Those of destination and source.
    #[inline(always)]
    fn macs(&self) -> ([u8; 6], [u8; 6]) {
        let (a, b) = (self.macs.to_ne_bytes(), self.macs_end.to_ne_bytes());
        ([a[0], a[1], a[2], a[3], a[4], a[5]], [a[6], a[7], b[0], b[1], b[2], b[3]])
    }

    /// The ends on delivery.
    #[inline(always)]
    pub fn ends(&self) -> Ends {
        Ends { source: self.source, destination: self.destination, ports: self.ports }
    }

    #[inline(always)]
    pub fn translates(&self) -> bool {
        self.change & CHANGE_TRANSLATE != 0
    }

    #[inline(always)]
    pub fn ttl_cost(&self) -> u8 {
        self.change & !CHANGE_TRANSLATE
    }

    /// The entry of the other direction, for that of `key`.
    #[inline(always)]
    pub fn peer(&self, key: &ConnKey) -> ConnKey {
        let protocol = key.protocol();
        ConnKey::between(self.port, protocol, self.ends().reversed(protocol))
    }
}

#[cfg(test)]
mod tests;
