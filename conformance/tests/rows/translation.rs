//! NAT gateways.

use croft_conformance::frame::{ACK, SYN};
use croft_conformance::world::{allow, port, ports};
use croft_conformance::{End, Packet, World};
use croft_control::*;
use croft_engine::DropReason::*;
use croft_model::gateway::NatGateway;
use croft_model::group::Direction::*;
use croft_model::protocol::Protocol;
use croft_model::route::{RouteDestination, RouteTarget};
use croft_model::{RouteTableId, SubnetId, Tags, VpcId};
use std::net::Ipv4Addr;

struct Private {
    world: World,
    vpc: VpcId,
    public: SubnetId,
    table: RouteTableId,
    nat: NatGateway,
    /// The gateway's Elastic IP.
    elastic: Ipv4Addr,
    a: End,
}

/// An instance in a private subnet behind a NAT gateway in a public one.
fn private() -> Private {
    let mut world = World::new();
    let vpc = world.vpc("10.0.0.0/16");
    let gateway = world.internet_gateway(&vpc);
    let public = world.public_subnet(&vpc, "10.0.1.0/24", &gateway);
    let subnet = world.subnet(&vpc, "10.0.10.0/24");
    let table = world.route_table(&vpc, &subnet);
    let (nat, elastic) = world.nat_gateway(&public);
    world.route(&table, "0.0.0.0/0", RouteTarget::NatGateway(nat.id.clone()));
    let group = world.group(&vpc);
    let a = world.instance(&subnet, "10.0.10.10", &[&group]);
    Private { world, vpc, public, table, nat, elastic, a }
}

fn internet() -> Ipv4Addr {
    Ipv4Addr::new(203, 0, 113, 7)
}

fn tcp(p: &Private, source: u16) -> Packet {
    Packet::tcp((p.a.address, source), (internet(), 443), SYN)
}

#[test]
fn nat_1_tcp_udp_and_ping_go_out_under_the_gateways_address_and_come_back() {
    let p = private();
    let outside = p.world.internet();
    for request in [
        tcp(&p, 40_000),
        Packet::udp((p.a.address, 40_000), (internet(), 53)),
        Packet::ping(p.a.address, internet(), 4242),
    ] {
        let seen = p.world.send(&p.a, &request).delivered_to(&outside).clone();
        assert_eq!(seen.source, p.elastic);
        if let Some((source, _)) = seen.ports {
            assert!(source >= 1024 && source != 40_000, "{source}: a port of the gateway's own");
        }
        p.world.exchange(&p.a, &outside, &request);
    }
    // Nothing else is carried.
    p.world.send(&p.a, &Packet::other(p.a.address, internet(), 47)).dropped(NatProtocol, &p.nat.id);
}

#[test]
fn nat_1_two_clients_with_one_port_are_told_apart() {
    let mut p = private();
    let subnet = p.a.subnet.clone().expect("a subnet");
    let group = p.world.group(&p.vpc.clone());
    let b = p.world.instance(&subnet, "10.0.10.20", &[&group]);
    let outside = p.world.internet();
    let from_b = Packet::tcp((b.address, 40_000), (internet(), 443), SYN);
    let one = p.world.send(&p.a, &tcp(&p, 40_000)).delivered_to(&outside).ports.expect("ports").0;
    let two = p.world.send(&b, &from_b).delivered_to(&outside).ports.expect("ports").0;
    assert_ne!(one, two);
    p.world.exchange(&p.a, &outside, &tcp(&p, 40_000));
    p.world.exchange(&b, &outside, &from_b);
}

#[test]
fn nat_1_the_gateways_own_subnet_must_lead_out() {
    let mut p = private();
    p.world.send(&p.a, &tcp(&p, 40_000)).delivered_to(&p.world.internet());
    let route = p.world.cloud().subnets[&p.public].route_table.clone().expect("a table").1;
    let destination = RouteDestination::Cidr("0.0.0.0/0".parse().expect("a block"));
    p.world.run(DeleteRoute { route_table_id: route, destination });
    p.world.send(&p.a, &tcp(&p, 40_001)).dropped(NoRoute, &p.public);
}

#[test]
fn nat_2_what_comes_unasked_is_dropped() {
    let p = private();
    let outside = p.world.internet();
    for packet in [
        Packet::tcp((internet(), 443), (p.elastic, 40_000), SYN),
        Packet::udp((internet(), 53), (p.elastic, 20_000)),
        Packet::ping(internet(), p.elastic, 1),
    ] {
        p.world.send(&outside, &packet).dropped(NatUnsolicited, &p.nat.id);
    }
    // Asked, the same way is open; from another address it is not.
    let seen = p.world.send(&p.a, &tcp(&p, 40_000)).delivered_to(&outside).clone();
    let (source, _) = seen.ports.expect("ports");
    let stranger = Packet::tcp((Ipv4Addr::new(203, 0, 113, 8), 443), (p.elastic, source), ACK);
    p.world.send(&outside, &stranger).dropped(NatUnsolicited, &p.nat.id);
    p.world.send(&outside, &Packet::tcp((internet(), 443), (p.elastic, source), ACK)).delivered_to(&p.a);
}

#[test]
fn nat_3_after_350_idle_seconds_the_translation_is_gone_and_tcp_gets_a_reset() {
    let p = private();
    let outside = p.world.internet();
    let request = tcp(&p, 40_000);
    let seen = p.world.send(&p.a, &request).delivered_to(&outside).clone();
    let (source, _) = seen.ports.expect("ports");
    p.world.exchange(&p.a, &outside, &request);
    let inward = Packet::tcp((internet(), 443), (p.elastic, source), ACK);
    p.world.advance(349);
    p.world.send(&outside, &inward).delivered_to(&p.a);
    p.world.advance(351);
    p.world.send(&outside, &inward).dropped(NatUnsolicited, &p.nat.id);
    let outward = Packet::tcp((p.a.address, 40_000), (internet(), 443), ACK);
    p.world.send(&p.a, &outward).dropped(NatIdle, &p.nat.id);
    let reset = p.world.receive(&p.a, |seen| seen.rst);
    assert_eq!((reset.source, reset.ports), (internet(), Some((443, 40_000))));
}

#[test]
fn nat_3_the_acl_of_the_gateways_subnet_judges_both_ways() {
    let mut p = private();
    let acl = p.world.network_acl(&p.vpc.clone(), &p.public.clone());
    let outside = p.world.internet();
    p.world.send(&p.a, &tcp(&p, 40_000)).dropped(NetworkAclIngress, &p.public);
    p.world.entry(&acl, allow(100, Ingress, Protocol::Number(6), port(443), "10.0.10.0/24"));
    p.world.send(&p.a, &tcp(&p, 40_000)).dropped(NetworkAclEgress, &p.public);
    p.world.entry(&acl, allow(100, Egress, Protocol::Number(6), port(443), "0.0.0.0/0"));
    let (source, _) = p.world.send(&p.a, &tcp(&p, 40_000)).delivered_to(&outside).ports.expect("ports");
    let answer = Packet::tcp((internet(), 443), (p.elastic, source), ACK);
    p.world.send(&outside, &answer).dropped(NetworkAclIngress, &p.public);
    p.world.entry(&acl, allow(110, Ingress, Protocol::Number(6), ports(1024, 65535), "0.0.0.0/0"));
    p.world.send(&outside, &answer).dropped(NetworkAclEgress, &p.public);
    p.world.entry(&acl, allow(110, Egress, Protocol::Number(6), ports(1024, 65535), "10.0.10.0/24"));
    p.world.send(&outside, &answer).delivered_to(&p.a);
}

#[test]
fn nat_3_the_gateway_does_not_answer_ping() {
    let p = private();
    let private_ip = p.nat.addresses[0].private_ip;
    p.world.send(&p.a, &Packet::ping(p.a.address, private_ip, 3)).dropped(NatUnsolicited, &p.nat.id);
    p.world.exchange(&p.a, &p.world.internet(), &Packet::ping(p.a.address, internet(), 3));
}

#[test]
fn nat_3_errors_about_a_translated_flow_find_their_way_back() {
    let p = private();
    let request = Packet::udp((p.a.address, 40_000), (internet(), 53));
    let arrived = p.world.send(&p.a, &request);
    arrived.delivered_to(&p.world.internet());
    let error = Packet::error(internet(), p.elastic, 3, 3, arrived.frame());
    let came = p.world.send(&p.world.internet(), &error);
    let seen = came.delivered_to(&p.a);
    assert_eq!((seen.icmp, seen.destination), (Some((3, 3)), p.a.address));
    // The quoted packet is the one that was sent: its source is the workload's own again.
    let quoted = &came.frame()[42..];
    assert_eq!(quoted[12..16], p.a.address.octets());
    assert_eq!(quoted[20..22], 40_000u16.to_be_bytes());
}

#[test]
fn nat_4_a_deleted_gateway_leaves_a_blackhole_and_stays_listed() {
    let mut p = private();
    p.world.send(&p.a, &tcp(&p, 40_000)).delivered_to(&p.world.internet());
    p.world.run(DeleteNatGateway { nat_gateway_id: p.nat.id.clone() });
    let state = croft_model::gateway::NatGatewayState::Deleted;
    p.world.run(ObserveNatGateway { nat_gateway_id: p.nat.id.clone(), state: state.clone() });
    let subnet = p.a.subnet.clone().expect("a subnet");
    p.world.send(&p.a, &tcp(&p, 40_000)).dropped(Blackhole, &subnet);
    assert_eq!(p.world.cloud().nat_gateways[&p.nat.id].state, state);
}

#[test]
fn nat_5_a_private_gateway_translates_and_never_reaches_the_internet() {
    let mut p = private();
    let open = p.world.open_group(&p.vpc.clone());
    let server = p.world.instance(&p.public.clone(), "10.0.1.20", &[&open]);
    let request = CreateNatGateway {
        subnet_id: p.public.clone(),
        connectivity_type: Some(ConnectivityType::Private),
        availability_mode: None,
        allocation_id: None,
        private_ip_address: None,
        secondary_allocation_ids: vec![],
        secondary_private_ip_addresses: vec![],
        secondary_private_ip_address_count: None,
        tags: Tags::new(),
    };
    let nat = p.world.make_nat_gateway(request);
    p.world.route(&p.table.clone(), "10.0.1.0/24", RouteTarget::NatGateway(nat.id.clone()));
    let inside = Packet::tcp((p.a.address, 40_000), (server.address, 80), SYN);
    let seen = p.world.send(&p.a, &inside).delivered_to(&server).clone();
    assert_eq!(seen.source, nat.addresses[0].private_ip);
    p.world.exchange(&p.a, &server, &inside);
    let destination = RouteDestination::Cidr("0.0.0.0/0".parse().expect("a block"));
    let target = RouteTarget::NatGateway(nat.id);
    p.world.run(ReplaceRoute { route_table_id: p.table.clone(), destination, target });
    p.world.send(&p.a, &tcp(&p, 40_001)).dropped_for(NoPublicAddress);
}

#[test]
fn nat_6_a_change_of_route_leaves_no_stale_translation() {
    let mut p = private();
    let outside = p.world.internet();
    let request = tcp(&p, 40_000);
    assert_eq!(p.world.send(&p.a, &request).delivered_to(&outside).source, p.elastic);
    let (second, elastic) = p.world.nat_gateway(&p.public.clone());
    let destination = RouteDestination::Cidr("0.0.0.0/0".parse().expect("a block"));
    let target = RouteTarget::NatGateway(second.id);
    p.world.run(ReplaceRoute { route_table_id: p.table.clone(), destination, target });
    assert_eq!(p.world.send(&p.a, &request).delivered_to(&outside).source, elastic);
    p.world.exchange(&p.a, &outside, &request);
}
