//! Short words for rules.

use croft_model::group::{Direction, Peer};
use croft_model::network_acl::NetworkAclEntry;
use croft_model::protocol::{Ports, Protocol};

pub const TCP: Protocol = Protocol::Number(6);
pub const UDP: Protocol = Protocol::Number(17);
pub const ICMP: Protocol = Protocol::Number(1);

pub fn port(port: u16) -> Ports {
    Ports::Range { from: port, to: port }
}

pub fn ports(from: u16, to: u16) -> Ports {
    Ports::Range { from, to }
}

pub fn cidr(block: &str) -> Peer {
    Peer::Ipv4(block.parse().expect("a block"))
}

/// An entry that allows.
pub fn allow(number: u16, direction: Direction, protocol: Protocol, ports: Ports, block: &str) -> NetworkAclEntry {
    NetworkAclEntry { number, direction, protocol, ports, cidr: block.parse().expect("a block"), allow: true }
}

/// An entry that denies.
pub fn deny(number: u16, direction: Direction, protocol: Protocol, ports: Ports, block: &str) -> NetworkAclEntry {
    NetworkAclEntry { allow: false, ..allow(number, direction, protocol, ports, block) }
}
