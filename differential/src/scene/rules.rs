//! Rules, entries and routes: of every kind, over few addresses and ports, so that they meet.

use super::{PORTS, block, everywhere};
use crate::random::Random;
use croft_control::Cloud;
use croft_model::group::{Direction, Peer};
use croft_model::interface::InterfaceKind;
use croft_model::network_acl::NetworkAclEntry;
use croft_model::protocol::{Ports, Protocol};
use croft_model::route::{Route, RouteDestination, RouteTarget};
use croft_model::*;
use ipnet::{IpNet, Ipv4Net};

/// A random entry; a strict ACL allows more than it denies, a lax one denies.
pub fn acl_entry(random: &mut Random, number: u16, direction: Direction, strict: bool) -> NetworkAclEntry {
    let (protocol, ports) = protocol_and_ports(random);
    let cidr = IpNet::V4(some_block(random));
    let allow = random.percent(if strict { 80 } else { 20 });
    NetworkAclEntry { number, direction, protocol, ports, cidr, allow }
}

pub fn some_block(random: &mut Random) -> Ipv4Net {
    let text = random.one([
        "0.0.0.0/0",
        "0.0.0.0/0",
        "10.0.0.0/8",
        "10.0.0.0/16",
        "10.0.0.0/24",
        "10.0.1.0/24",
        "10.0.2.0/25",
        "10.0.1.8/30",
        "10.0.0.5/32",
        "10.1.0.0/16",
        "100.64.0.0/10",
        "198.18.0.0/15",
        "1.1.1.1/32",
        "8.8.0.0/16",
    ]);
    block(text)
}

fn protocol_and_ports(random: &mut Random) -> (Protocol, Ports) {
    let range = |random: &mut Random| match random.below(6) {
        0 => Ports::All,
        1 => Ports::Range { from: 1024, to: 65_535 },
        2 => Ports::Range { from: 0, to: 1023 },
        3 => Ports::Range { from: 0, to: 65_535 },
        _ => {
            let port = random.one(PORTS);
            Ports::Range { from: port, to: port.saturating_add(random.one([0, 0, 1, 1000])) }
        }
    };
    match random.below(8) {
        0 => (Protocol::All, Ports::All),
        1 | 2 => (Protocol::Number(6), range(random)),
        3 | 4 => (Protocol::Number(17), range(random)),
        5 => (Protocol::Number(1), Ports::All),
        6 => {
            let kind = random.one([0, 3, 8, 11, 13]);
            (Protocol::Number(1), Ports::Icmp { kind, code: random.one([None, Some(0), Some(4)]) })
        }
        _ => (Protocol::Number(random.one([47, 50, 132])), Ports::All),
    }
}

pub fn group_rule(
    random: &mut Random,
    groups: &[SecurityGroupId],
    lists: &[PrefixListId],
) -> (Direction, Protocol, Ports, Peer) {
    let (protocol, ports) = protocol_and_ports(random);
    let direction = random.one([Direction::Ingress, Direction::Ingress, Direction::Egress]);
    let peer = match random.below(10) {
        0..4 => Peer::Ipv4(some_block(random)),
        4 => random.pick(lists).cloned().map_or_else(|| Peer::Ipv4(everywhere()), Peer::PrefixList),
        _ => random.pick(groups).cloned().map_or_else(|| Peer::Ipv4(everywhere()), Peer::Group),
    };
    (direction, protocol, ports, peer)
}

/// A random route of a VPC: to anything that it has, or had.
pub fn route(random: &mut Random, cloud: &Cloud, vpc: &VpcId) -> Route {
    let interfaces: Vec<NetworkInterfaceId> = cloud
        .interfaces
        .values()
        .filter(|i| i.vpc == *vpc && i.kind == InterfaceKind::Interface)
        .map(|i| i.id.clone())
        .collect();
    let nats: Vec<NatGatewayId> = cloud.nat_gateways.values().filter(|n| n.vpc == *vpc).map(|n| n.id.clone()).collect();
    let subnets: Vec<Ipv4Net> = cloud.subnets.values().filter(|s| s.vpc == *vpc).map(|s| s.block).collect();
    let lists: Vec<PrefixListId> = cloud.prefix_lists.keys().cloned().collect();
    let gone = RouteTarget::NatGateway(NatGatewayId::from_bits(0xdead));
    let target = match random.below(10) {
        0..5 => random.pick(&interfaces).cloned().map(RouteTarget::NetworkInterface),
        5..7 => random.pick(&nats).cloned().map(RouteTarget::NatGateway),
        7..9 => cloud.internet_gateway_of(vpc).map(|g| RouteTarget::InternetGateway(g.id.clone())),
        _ => None,
    }
    .unwrap_or(gone);
    let destination = match random.below(8) {
        0 => random.pick(&lists).cloned().map(RouteDestination::PrefixList),
        // Row RT-2: a more specific route is for a whole subnet, to a NAT gateway or an interface.
        1 if !matches!(target, RouteTarget::InternetGateway(_)) => {
            random.pick(&subnets).copied().map(RouteDestination::Cidr)
        }
        2 => Some(RouteDestination::Cidr(block("1.1.1.0/24"))),
        3 => Some(RouteDestination::Cidr(block("8.8.8.8/32"))),
        4 => Some(RouteDestination::Cidr(block("8.0.0.0/6"))),
        _ => Some(RouteDestination::Cidr(block(random.one(["192.168.0.0/16", "172.16.0.0/12", "93.0.0.0/8"])))),
    };
    Route { destination: destination.unwrap_or(RouteDestination::Cidr(block("203.0.113.0/24"))), target }
}
