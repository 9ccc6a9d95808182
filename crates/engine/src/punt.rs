//! What the kernel hands to user space, and how it is labelled on the way.

use crate::DropReason;

/// Ethertype of a punted packet (IEEE 802, local experimental).
pub const PUNT_ETHERTYPE: u16 = 0x88b5;
/// Bytes in front of a punted packet.
pub const PUNT_HEADER: usize = 14;
/// Packets a second that one interface may hand to user space ...
pub const PUNT_RATE: u64 = 5_000;
/// ... and how many at once after a pause.
pub const PUNT_BURST: u64 = 2_000;

/// The label in front of the whole frame, as long as an Ethernet header: port and reason in network order, four
/// zeros, the ethertype.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PuntHeader {
    /// Where the packet came from.
    pub port: u32,
    /// A `DropReason`: why the kernel did not carry it.
    pub reason: u32,
}

impl PuntHeader {
    #[inline(always)]
    pub fn to_bytes(self) -> [u8; PUNT_HEADER] {
        let (p, r, e) = (self.port.to_be_bytes(), self.reason.to_be_bytes(), PUNT_ETHERTYPE.to_be_bytes());
        [p[0], p[1], p[2], p[3], r[0], r[1], r[2], r[3], 0, 0, 0, 0, e[0], e[1]]
    }

    /// `None`: not one of ours.
    pub fn from_bytes(b: &[u8; PUNT_HEADER]) -> Option<PuntHeader> {
        if u16::from_be_bytes([b[12], b[13]]) != PUNT_ETHERTYPE {
            return None;
        }
        Some(PuntHeader {
            port: u32::from_be_bytes([b[0], b[1], b[2], b[3]]),
            reason: u32::from_be_bytes([b[4], b[5], b[6], b[7]]),
        })
    }
}

/// What user space has to do with a refused packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handling {
    /// Nothing: it is dropped and counted.
    Drop,
    /// It is dropped and counted, and its sender is told: an ICMP error or an RST.
    Answer,
    /// It can go on after work that the kernel cannot do: joining or cutting fragments. Counted only if it does not.
    Carry,
}

impl DropReason {
    /// `dont_fragment`: the packet's DF bit.
    #[inline(always)]
    pub fn handling(self, dont_fragment: bool) -> Handling {
        match self {
            DropReason::Fragment => Handling::Carry,
            DropReason::TooBig if !dont_fragment => Handling::Carry,
            DropReason::TooBig | DropReason::TtlExpired | DropReason::NoService | DropReason::NatIdle => {
                Handling::Answer
            }
            _ => Handling::Drop,
        }
    }
}
