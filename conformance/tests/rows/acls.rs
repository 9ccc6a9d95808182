//! Network ACLs.

use croft_conformance::frame::SYN;
use croft_conformance::world::{TCP, UDP, allow, deny, port, ports};
use croft_conformance::{End, Packet, World};
use croft_control::*;
use croft_engine::DropReason::*;
use croft_model::group::Direction::*;
use croft_model::protocol::{Ports, Protocol};
use croft_model::{NetworkAclId, SubnetId, VpcId};
use std::collections::BTreeSet;
use std::net::{TcpListener, TcpStream};

/// Two subnets; everything is open to all groups, so the ACLs alone decide.
struct Subnets {
    world: World,
    vpc: VpcId,
    one: SubnetId,
    two: SubnetId,
    a: End,
    b: End,
}

fn subnets() -> Subnets {
    let mut world = World::new();
    let vpc = world.vpc("10.0.0.0/16");
    let (one, two) = (world.subnet(&vpc, "10.0.10.0/24"), world.subnet(&vpc, "10.0.20.0/24"));
    let open = world.open_group(&vpc);
    let a = world.instance(&one, "10.0.10.10", &[&open]);
    let b = world.instance(&two, "10.0.20.20", &[&open]);
    Subnets { world, vpc, one, two, a, b }
}

impl Subnets {
    fn acl(&mut self, subnet: &SubnetId) -> NetworkAclId {
        self.world.network_acl(&self.vpc.clone(), subnet)
    }

    fn tcp(&self, source: u16, destination: u16) -> Packet {
        Packet::tcp((self.a.address, source), (self.b.address, destination), SYN)
    }
}

#[test]
fn acl_1_the_request_is_let_in_and_the_answer_needs_an_entry_of_its_own() {
    let mut s = subnets();
    let acl = s.acl(&s.two.clone());
    s.world.entry(&acl, allow(100, Ingress, TCP, port(5432), "10.0.10.0/24"));
    let request = s.tcp(50_123, 5432);
    s.world.send(&s.a, &request).delivered_to(&s.b);
    s.world.send(&s.b, &request.answer()).dropped(NetworkAclEgress, &s.two);
    s.world.entry(&acl, allow(100, Egress, TCP, ports(1024, 65535), "10.0.10.0/24"));
    s.world.send(&s.b, &request.answer()).delivered_to(&s.a);
}

#[test]
fn acl_1_inside_one_subnet_no_acl_is_asked() {
    let mut s = subnets();
    let open = s.world.open_group(&s.vpc.clone());
    let neighbour = s.world.instance(&s.two.clone(), "10.0.20.30", &[&open]);
    s.acl(&s.two.clone());
    let inside = Packet::tcp((neighbour.address, 40_000), (s.b.address, 80), SYN);
    s.world.exchange(&neighbour, &s.b, &inside);
    s.world.send(&s.a, &s.tcp(40_000, 80)).dropped(NetworkAclIngress, &s.two);
}

#[test]
fn acl_2_the_lowest_number_that_matches_decides() {
    for (deny_number, allow_number, passes) in [(90, 100, false), (100, 90, true)] {
        let mut s = subnets();
        let acl = s.acl(&s.two.clone());
        s.world.entry(&acl, deny(deny_number, Ingress, TCP, port(80), "10.0.0.0/8"));
        s.world.entry(&acl, allow(allow_number, Ingress, TCP, port(80), "10.0.10.0/24"));
        // An entry behind the first match never counts.
        s.world.entry(&acl, deny(200, Ingress, Protocol::All, Ports::All, "0.0.0.0/0"));
        let outcome = s.world.send(&s.a, &s.tcp(40_000, 80));
        if passes {
            outcome.delivered_to(&s.b);
        } else {
            outcome.dropped(NetworkAclIngress, &s.two);
        }
    }
}

#[test]
fn acl_2_a_deny_entry_shuts_out_what_a_group_admits() {
    let mut s = subnets();
    let acl = s.acl(&s.two.clone());
    s.world.entry(&acl, allow(100, Ingress, Protocol::All, Ports::All, "10.0.0.0/16"));
    s.world.send(&s.a, &s.tcp(40_000, 80)).delivered_to(&s.b);
    s.world.entry(&acl, deny(50, Ingress, Protocol::All, Ports::All, "10.0.10.0/25"));
    s.world.send(&s.a, &s.tcp(40_000, 80)).dropped(NetworkAclIngress, &s.two);
}

#[test]
fn acl_2_a_block_of_two_subnets_admits_both_and_no_third() {
    let mut s = subnets();
    let open = s.world.open_group(&s.vpc.clone());
    let (next, far) = (s.world.subnet(&s.vpc.clone(), "10.0.11.0/24"), s.world.subnet(&s.vpc.clone(), "10.0.1.0/24"));
    let in_block = s.world.instance(&next, "10.0.11.10", &[&open]);
    let outside = s.world.instance(&far, "10.0.1.10", &[&open]);
    let acl = s.acl(&s.two.clone());
    s.world.entry(&acl, allow(100, Ingress, TCP, port(5432), "10.0.10.0/23"));
    for end in [&s.a, &in_block] {
        s.world.send(end, &Packet::tcp((end.address, 40_000), (s.b.address, 5432), SYN)).delivered_to(&s.b);
    }
    let from_outside = Packet::tcp((outside.address, 40_000), (s.b.address, 5432), SYN);
    s.world.send(&outside, &from_outside).dropped(NetworkAclIngress, &s.two);
}

#[test]
fn acl_3_the_default_acl_allows_and_a_new_one_denies_both_ways() {
    let mut s = subnets();
    let request = s.tcp(40_000, 80);
    s.world.exchange(&s.a, &s.b, &request);
    let acl = s.acl(&s.two.clone());
    s.world.send(&s.a, &request).dropped(NetworkAclIngress, &s.two);
    s.world.send(&s.b, &request.answer()).dropped(NetworkAclEgress, &s.two);
    let default = s.world.cloud().vpcs[&s.vpc].default_network_acl.clone();
    let association_id = s.world.cloud().subnets[&s.two].network_acl.0.clone();
    s.world.run(ReplaceNetworkAclAssociation { association_id, network_acl_id: default });
    s.world.run(DeleteNetworkAcl { network_acl_id: acl });
    s.world.exchange(&s.a, &s.b, &request);
}

#[test]
fn acl_4_out_of_the_servers_subnet_and_into_the_clients() {
    for (server_out, client_in) in [(true, true), (true, false), (false, true), (false, false)] {
        let mut s = subnets();
        let (client, server) = (s.acl(&s.one.clone()), s.acl(&s.two.clone()));
        s.world.entry(&client, allow(100, Egress, TCP, port(5432), "10.0.20.0/24"));
        s.world.entry(&server, allow(100, Ingress, TCP, port(5432), "10.0.10.0/24"));
        if server_out {
            s.world.entry(&server, allow(100, Egress, TCP, ports(1024, 65535), "10.0.10.0/24"));
        }
        if client_in {
            s.world.entry(&client, allow(100, Ingress, TCP, ports(1024, 65535), "10.0.20.0/24"));
        }
        let request = s.tcp(50_123, 5432);
        s.world.send(&s.a, &request).delivered_to(&s.b);
        let answer = s.world.send(&s.b, &request.answer());
        match (server_out, client_in) {
            (true, true) => drop(answer.delivered_to(&s.a).clone()),
            (true, false) => answer.dropped(NetworkAclIngress, &s.one),
            (false, _) => answer.dropped(NetworkAclEgress, &s.two),
        }
    }
}

#[test]
fn acl_4_a_range_that_fits_linux_fails_another_client() {
    let mut s = subnets();
    let acl = s.acl(&s.two.clone());
    s.world.entry(&acl, allow(100, Ingress, TCP, port(5432), "10.0.10.0/24"));
    s.world.entry(&acl, allow(100, Egress, TCP, ports(32_768, 60_999), "10.0.10.0/24"));
    s.world.exchange(&s.a, &s.b, &s.tcp(50_123, 5432));
    for port in [61_500, 1023] {
        let request = s.tcp(port, 5432);
        s.world.send(&s.a, &request).delivered_to(&s.b);
        s.world.send(&s.b, &request.answer()).dropped(NetworkAclEgress, &s.two);
    }
}

#[test]
fn acl_5_a_change_cuts_connections_that_are_open() {
    let mut s = subnets();
    let acl = s.acl(&s.two.clone());
    s.world.entry(&acl, allow(100, Ingress, Protocol::All, Ports::All, "0.0.0.0/0"));
    s.world.entry(&acl, allow(100, Egress, Protocol::All, Ports::All, "0.0.0.0/0"));
    let request = s.tcp(40_000, 80);
    s.world.exchange(&s.a, &s.b, &request);
    s.world.entry(&acl, deny(1, Ingress, Protocol::All, Ports::All, "0.0.0.0/0"));
    s.world.send(&s.a, &request).dropped(NetworkAclIngress, &s.two);
    s.world.run(DeleteNetworkAclEntry { network_acl_id: acl, rule_number: 1, direction: Ingress });
    s.world.send(&s.a, &request).delivered_to(&s.b);
}

#[test]
fn acl_5_a_protocol_number_matches_exactly_that_protocol() {
    let mut s = subnets();
    let acl = s.acl(&s.two.clone());
    s.world.entry(&acl, allow(100, Ingress, TCP, ports(0, 65535), "0.0.0.0/0"));
    s.world.entry(&acl, allow(110, Ingress, Protocol::Number(47), Ports::All, "0.0.0.0/0"));
    let (a, b) = (s.a.address, s.b.address);
    s.world.send(&s.a, &s.tcp(40_000, 5432)).delivered_to(&s.b);
    s.world.send(&s.a, &Packet::other(a, b, 47)).delivered_to(&s.b);
    s.world.send(&s.a, &Packet::other(a, b, 50)).dropped(NetworkAclIngress, &s.two);
    s.world.send(&s.a, &Packet::udp((a, 40_000), (b, 5432))).dropped(NetworkAclIngress, &s.two);
    s.world.send(&s.a, &Packet::ping(a, b, 1)).dropped(NetworkAclIngress, &s.two);
    s.world.entry(&acl, allow(120, Ingress, UDP, port(5432), "0.0.0.0/0"));
    s.world.send(&s.a, &Packet::udp((a, 40_000), (b, 5432))).delivered_to(&s.b);
}

/// An ACL that lets answers through to 32768–60999 is enough for what a workload's own stack sends.
#[test]
fn acl_4_a_workload_asks_from_the_ports_that_linux_uses() {
    let mut world = World::live(4096);
    let vpc = world.vpc("10.0.0.0/16");
    let (one, two) = (world.subnet(&vpc, "10.0.1.0/24"), world.subnet(&vpc, "10.0.2.0/24"));
    let group = world.open_group(&vpc);
    let client = world.instance(&one, "10.0.1.10", &[&group]);
    let server = world.instance(&two, "10.0.2.10", &[&group]);
    let acl = world.network_acl(&vpc, &one);
    world.entry(&acl, allow(100, Egress, TCP, port(5432), "10.0.2.0/24"));
    world.entry(&acl, allow(100, Ingress, TCP, ports(32_768, 60_999), "10.0.2.0/24"));

    let listener = world.fabric().in_namespace(&server.name, || TcpListener::bind((server.address, 5432)));
    let listener = listener.expect("the namespace").expect("a listener");
    let connect = || (0..200).map(|_| TcpStream::connect((server.address, 5432))).collect::<Result<Vec<_>, _>>();
    let connected = std::thread::scope(|scope| {
        let accepted = scope.spawn(|| {
            (0..200)
                .map(|_| listener.accept().map(|(stream, peer)| (stream, peer.port())))
                .collect::<Result<Vec<_>, _>>()
        });
        let held = world.fabric().in_namespace(&client.name, connect).expect("the namespace").expect("connections");
        let accepted = accepted.join().expect("the server").expect("connections");
        drop(held);
        accepted
    });
    let ports: BTreeSet<u16> = connected.iter().map(|(_, port)| *port).collect();
    assert_eq!(ports.len(), 200);
    assert!(ports.iter().all(|port| (32_768..=60_999).contains(port)), "{ports:?}");
}
