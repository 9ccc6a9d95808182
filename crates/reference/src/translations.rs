//! Port translation at NAT gateways (rows NAT-1…6).

use crate::connections::{End, SECOND};
use croft_model::NatGatewayId;
use std::net::Ipv4Addr;

/// Row NAT-3.
const IDLE: u64 = 350 * SECOND;

/// The ports that a NAT gateway translates to: 55,000 of AWS's 1024–65535 (row NAT-1).
pub const FIRST_PORT: u16 = 10_536;
pub const PORTS: usize = 55_000;

/// What a translated port belongs to: one of a gateway's addresses, towards one destination.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Claim {
    pub nat: NatGatewayId,
    pub address: Ipv4Addr,
    pub port: u16,
    pub remote: Ipv4Addr,
    pub remote_port: u16,
    pub protocol: u8,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translation {
    pub claim: Claim,
    /// Where the flow comes from, as it comes.
    pub origin: End,
    /// When either direction last carried a packet.
    pub last: u64,
}

impl Translation {
    pub fn is_live(&self, now: u64) -> bool {
        now - self.last < IDLE
    }
}
