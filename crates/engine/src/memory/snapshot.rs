//! All tables that policy makes, at one version: what the compiler writes, what a host is brought to, what an
//! analysis asks.

use std::collections::BTreeMap;

use crate::Ip;
use crate::address::V4_BITS;
use crate::tables::*;

/// The key of a longest-prefix table: how many bits of the key count (from its start, the fixed part included, as in
/// the kernel's `LPM_TRIE`), and the key. Bits that do not count are zero, so equal prefixes are equal keys.
pub type Prefix<K> = (u32, K);

/// Everything that decides a packet's fate except what packets themselves leave behind (connections, translations,
/// counters, the clock).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// `Clock::interface_connections`: most connections an interface may have, 0 = no limit.
    pub interface_connections: u32,
    /// By port.
    pub interfaces: BTreeMap<u32, Interface>,
    /// By node.
    pub subnets: BTreeMap<u32, Subnet>,
    /// By node.
    pub nats: BTreeMap<u32, NatGateway>,
    /// The way to the internet; port 0 = none.
    pub uplink: Uplink,
    pub owners: BTreeMap<VpcAddress, Owner>,
    /// By private address.
    pub publics: BTreeMap<VpcAddress, Public>,
    /// By public address.
    pub privates: BTreeMap<Ip, Private>,
    /// `ROUTE_FIXED_BITS` + prefix of the destination.
    pub routes: BTreeMap<Prefix<RouteKey>, Route>,
    /// `CLASS_FIXED_BITS` + prefix of the remote address.
    pub classes: BTreeMap<Prefix<ClassKey>, Class>,
    /// What sets allow by naming groups.
    pub members: BTreeMap<MemberKey, Class>,
    /// `RULE_FIXED_BITS` + prefix of the port.
    pub rules: BTreeMap<Prefix<RuleKey>, Verdict>,
}

impl RouteKey {
    /// The key of an IPv4 route: `10.0.0.0/16` is `v4(table, 0x0a00_0000, 16)`. Host bits are cleared.
    pub fn v4(table: u32, network: u32, length: u32) -> Prefix<RouteKey> {
        let (bits, destination) = v4_prefix(network, length);
        (ROUTE_FIXED_BITS + bits, RouteKey { table, destination })
    }
}

impl ClassKey {
    /// The key of the class of an IPv4 block within a set. Host bits are cleared.
    pub fn v4(set: u32, network: u32, length: u32) -> Prefix<ClassKey> {
        let (bits, address) = v4_prefix(network, length);
        (CLASS_FIXED_BITS + bits, ClassKey { set, address })
    }
}

impl RuleKey {
    /// The key of a block of ports: `length` of its 16 bits count (16 = this port, 0 = every port). For ICMP the
    /// port is type × 256 + code, and a `length` of 8 means every code of the type.
    pub fn ports(class: u32, protocol: u16, port: u16, length: u32) -> Prefix<RuleKey> {
        let mask = u16::MAX.checked_shl(16 - length.min(16)).unwrap_or(0);
        (RULE_FIXED_BITS + length.min(16), RuleKey { class, protocol, port: (port & mask).to_be() })
    }
}

/// An IPv4 block as bits and address of the mapped form.
fn v4_prefix(network: u32, length: u32) -> (u32, Ip) {
    let length = length.min(32);
    let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
    (V4_BITS + length, Ip::v4(network & mask))
}
