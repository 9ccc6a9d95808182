//! The bytes of a packet, and what the engine reads from them.
//!
//! Everything here distrusts the sender: a length is believed only where it agrees with the others.

mod known;
mod parse;

#[cfg(test)]
mod tests;

pub use known::Known;
pub use parse::parse;

use crate::Ip;
use crate::tables::*;

/// Where the parts of an Ethernet frame with IPv4 lie. There are no options, so these are constants.
pub(crate) const IP: usize = 14;
pub(crate) const L4: usize = IP + 20;
/// In an ICMP error: the embedded packet.
pub(crate) const INNER_IP: usize = L4 + 8;
pub(crate) const INNER_L4: usize = INNER_IP + 20;

/// The flags of a TCP header.
const FIN: u8 = 1;
const SYN: u8 = 2;
const RST: u8 = 4;
const ACK: u8 = 16;

#[inline(always)]
fn be16<const N: usize>(b: &[u8; N], at: usize) -> u16 {
    u16::from_be_bytes([b[at], b[at + 1]])
}

#[inline(always)]
fn address<const N: usize>(b: &[u8; N], at: usize) -> Ip {
    Ip::v4_bytes([b[at], b[at + 1], b[at + 2], b[at + 3]])
}

/// A SYN without ACK: it opens a connection.
pub const F_SYN: u16 = 1;
/// FIN or RST, and no SYN: it closes one, and opens none (row SG-11).
pub const F_CLOSE: u16 = 2;
/// An ICMP error. Its tuple is that of the packet it carries, reversed: so it finds the connection it is about.
pub const F_ERROR: u16 = 4;
/// The DF bit.
pub const F_DONT_FRAGMENT: u16 = 8;
/// A fragment.
pub const F_FRAGMENT: u16 = 16;
/// A fragment other than the first: it has no ports.
pub const F_LATER: u16 = 32;

/// Bytes of one frame, from the Ethernet header on. Views have a fixed size: one bounds check each, which the
/// kernel's verifier understands.
pub trait Packet {
    fn view<const N: usize>(&self, at: usize) -> Option<&[u8; N]>;
    fn view_mut<const N: usize>(&mut self, at: usize) -> Option<&mut [u8; N]>;
    /// Two bytes of a view in the order of this machine. There are machines that read them in one go.
    #[inline(always)]
    fn load16<const AT: usize, const N: usize>(view: &[u8; N]) -> u16 {
        u16::from_ne_bytes([view[AT], view[AT + 1]])
    }
    /// Four bytes, in the same way.
    #[inline(always)]
    fn load32<const AT: usize, const N: usize>(view: &[u8; N]) -> u32 {
        u32::from_ne_bytes([view[AT], view[AT + 1], view[AT + 2], view[AT + 3]])
    }
    /// Writes two bytes, in the order of this machine.
    #[inline(always)]
    fn store16<const AT: usize, const N: usize>(view: &mut [u8; N], word: u16) {
        view[AT..AT + 2].copy_from_slice(&word.to_ne_bytes());
    }
    /// Writes four bytes, in the same way.
    #[inline(always)]
    fn store32<const AT: usize, const N: usize>(view: &mut [u8; N], word: u32) {
        view[AT..AT + 4].copy_from_slice(&word.to_ne_bytes());
    }
    /// Writes eight bytes, in the same way.
    #[inline(always)]
    fn store64<const AT: usize, const N: usize>(view: &mut [u8; N], word: u64) {
        view[AT..AT + 8].copy_from_slice(&word.to_ne_bytes());
    }
    /// Bytes of the whole frame.
    fn frame_length(&self) -> u32;
    /// Payload bytes of each segment, if the frame will be cut into segments on the way (GSO); else 0.
    #[inline(always)]
    fn segment(&self) -> u32 {
        0
    }
    /// Folds a difference of one's-complement sums into the TCP, UDP or ICMP checksum at `at`. A checksum that the
    /// sender's offload has left unfinished covers the pseudo header only, and so takes `pseudo` differences only.
    fn fix_checksum(&mut self, at: usize, difference: u32, kind: Fix);
}

/// What has changed under a checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fix {
    /// Addresses: part of the pseudo header.
    pub pseudo: bool,
    /// UDP, where a checksum of 0 means none.
    pub udp: bool,
}

/// What the engine reads from a packet. Analyses make one without bytes.
#[repr(C)]
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Parsed {
    pub tuple: Tuple,
    /// The source in the IP header. It differs from the tuple's in an ICMP error that comes from a router.
    pub outer_source: Ip,
    /// Bytes, IP header included.
    pub length: u32,
    /// Bytes of the largest packet on the wire: less than `length` where it will be cut into segments (GSO).
    pub size: u32,
    /// ICMP: type × 256 + code.
    pub icmp: u16,
    /// `F_*`.
    pub flags: u16,
    pub ttl: u8,
    /// The protocol in the IP header: ICMP in an ICMP error, whatever the tuple says.
    pub protocol: u8,
    pub pad: u16,
}

impl Parsed {
    /// The first packet of a flow: a SYN, a datagram, an echo request. `length` in bytes, IP header included.
    pub fn opening(tuple: Tuple, length: u32) -> Parsed {
        let flags = if tuple.protocol == TCP { F_SYN } else { 0 };
        Parsed::with(tuple, length, flags)
    }

    /// A packet of a flow that is under way, or its answer.
    pub fn following(tuple: Tuple, length: u32) -> Parsed {
        Parsed::with(tuple, length, 0)
    }

    fn with(tuple: Tuple, length: u32, flags: u16) -> Parsed {
        let icmp = match (tuple.protocol, tuple.kind) {
            (ICMP, KIND_ECHO) => 8 << 8,
            (ICMP, KIND_TIMESTAMP) => 13 << 8,
            (ICMP, KIND_TIMESTAMP_REPLY) => 14 << 8,
            _ => 0,
        };
        Parsed {
            tuple,
            outer_source: tuple.source,
            length,
            size: length,
            icmp,
            flags: flags | F_DONT_FRAGMENT,
            ttl: 64,
            protocol: tuple.protocol,
            pad: 0,
        }
    }

    #[inline(always)]
    pub fn is(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }
}

impl Fix {
    pub const ADDRESSES: Fix = Fix { pseudo: true, udp: false };
    pub const PORTS: Fix = Fix { pseudo: false, udp: false };
}
