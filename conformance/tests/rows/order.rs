//! The order of judgement.

use croft_conformance::world::{ICMP, TCP, UDP, allow, cidr, port, ports};
use croft_conformance::{End, Packet, World, frame::SYN};
use croft_control::ModifyNetworkInterfaceAttribute;
use croft_engine::DropReason::*;
use croft_model::SecurityGroupId;
use croft_model::group::{Direction::*, Peer};
use croft_model::protocol::{Ports, Protocol};

/// Two interfaces, each with a group of its own, in one subnet or in two.
struct Pair {
    world: World,
    a: End,
    b: End,
    a_group: SecurityGroupId,
    b_group: SecurityGroupId,
}

fn pair(one_subnet: bool) -> Pair {
    let mut world = World::new();
    let vpc = world.vpc("10.0.0.0/16");
    let first = world.subnet(&vpc, "10.0.1.0/24");
    let second = if one_subnet { first.clone() } else { world.subnet(&vpc, "10.0.2.0/24") };
    let (a_group, b_group) = (world.group(&vpc), world.group(&vpc));
    let a = world.instance(&first, "10.0.1.10", &[&a_group]);
    let b = world.instance(&second, if one_subnet { "10.0.1.20" } else { "10.0.2.20" }, &[&b_group]);
    Pair { world, a, b, a_group, b_group }
}

fn syn(from: &End, to: &End, port: u16) -> Packet {
    Packet::tcp((from.address, 40_000), (to.address, port), SYN)
}

#[test]
fn ord_1_both_groups_are_asked_in_both_orders_of_the_ends() {
    for one_subnet in [true, false] {
        for swapped in [false, true] {
            let mut p = pair(one_subnet);
            let (client, server, client_group, server_group) = if swapped {
                (p.b.clone(), p.a.clone(), p.b_group.clone(), p.a_group.clone())
            } else {
                (p.a.clone(), p.b.clone(), p.a_group.clone(), p.b_group.clone())
            };
            // The receiver refuses.
            p.world.send(&client, &syn(&client, &server, 80)).dropped(SecurityGroupIngress, &server);
            // Both agree.
            p.world.allow_in(&server_group, TCP, port(80), cidr("10.0.0.0/16"));
            p.world.send(&client, &syn(&client, &server, 80)).delivered_to(&server);
            // The sender refuses, although the receiver would not. A port that no connection knows.
            p.world.close(&client_group, Egress);
            let again = Packet::tcp((client.address, 40_001), (server.address, 80), SYN);
            p.world.send(&client, &again).dropped(SecurityGroupEgress, &client);
        }
    }
}

#[test]
fn ord_1_an_accept_of_the_acl_does_not_skip_the_group_nor_the_reverse() {
    for (acl_allows, group_allows) in [(true, true), (true, false), (false, true), (false, false)] {
        let mut world = World::new();
        let vpc = world.vpc("10.0.0.0/16");
        let (one, two) = (world.subnet(&vpc, "10.0.1.0/24"), world.subnet(&vpc, "10.0.2.0/24"));
        let (clients, servers) = (world.group(&vpc), world.group(&vpc));
        let a = world.instance(&one, "10.0.1.10", &[&clients]);
        let b = world.instance(&two, "10.0.2.20", &[&servers]);
        let acl = world.network_acl(&vpc, &two);
        let number = if acl_allows { 80 } else { 81 };
        world.entry(&acl, allow(100, Ingress, TCP, port(number), "10.0.1.0/24"));
        let number = if group_allows { 80 } else { 81 };
        world.allow_in(&servers, TCP, port(number), Peer::Group(clients.clone()));
        let outcome = world.send(&a, &syn(&a, &b, 80));
        match (acl_allows, group_allows) {
            (true, true) => drop(outcome.delivered_to(&b).clone()),
            (true, false) => outcome.dropped(SecurityGroupIngress, &b),
            // The ACL stands first.
            (false, _) => outcome.dropped(NetworkAclIngress, &two),
        }
    }
}

#[test]
fn ord_2_the_answer_needs_no_rule_but_every_acl() {
    let mut world = World::new();
    let vpc = world.vpc("10.0.0.0/16");
    let (one, two) = (world.subnet(&vpc, "10.0.1.0/24"), world.subnet(&vpc, "10.0.2.0/24"));
    let (clients, servers) = (world.group(&vpc), world.group(&vpc));
    world.allow_in(&servers, TCP, port(80), Peer::Group(clients.clone()));
    world.close(&servers, Egress);
    let a = world.instance(&one, "10.0.1.10", &[&clients]);
    let b = world.instance(&two, "10.0.2.20", &[&servers]);
    let request = syn(&a, &b, 80);
    world.exchange(&a, &b, &request);
    // The same answer, with an ACL on its way that does not let it out.
    let acl = world.network_acl(&vpc, &two);
    world.entry(&acl, allow(100, Ingress, TCP, port(80), "10.0.1.0/24"));
    world.send(&b, &request.answer()).dropped(NetworkAclEgress, &two);
    world.entry(&acl, allow(100, Egress, TCP, ports(1024, 65535), "10.0.1.0/24"));
    world.send(&b, &request.answer()).delivered_to(&a);
}

#[test]
fn ord_3_an_acl_refusal_is_booked_at_the_subnet_whose_edge_it_guards() {
    let mut world = World::new();
    let vpc = world.vpc("10.0.0.0/16");
    let (one, two) = (world.subnet(&vpc, "10.0.1.0/24"), world.subnet(&vpc, "10.0.2.0/24"));
    let open = world.open_group(&vpc);
    let a = world.instance(&one, "10.0.1.10", &[&open]);
    let b = world.instance(&two, "10.0.2.20", &[&open]);
    world.send(&a, &syn(&a, &b, 80)).delivered_to(&b);
    let acl = world.network_acl(&vpc, &one);
    world.send(&a, &syn(&a, &b, 80)).dropped(NetworkAclEgress, &one);
    world.entry(&acl, allow(100, Egress, Protocol::All, Ports::All, "0.0.0.0/0"));
    let _other = world.network_acl(&vpc, &two);
    world.send(&a, &syn(&a, &b, 80)).dropped(NetworkAclIngress, &two);
}

#[test]
fn ord_1_the_source_check_comes_before_the_groups() {
    let mut p = pair(true);
    p.world.close(&p.a_group, Egress);
    let spoofed = Packet::udp(("10.0.1.99".parse().expect("an address"), 1000), (p.b.address, 53));
    p.world.send(&p.a, &spoofed).dropped(SourceCheck, &p.a);
    p.world.run(ModifyNetworkInterfaceAttribute {
        source_dest_check: Some(false),
        ..ModifyNetworkInterfaceAttribute::of(p.a.id())
    });
    p.world.send(&p.a, &spoofed).dropped(SecurityGroupEgress, &p.a);
}

#[test]
fn ord_1_ping_and_datagrams_are_judged_like_connections() {
    let mut p = pair(false);
    let ping = Packet::ping(p.a.address, p.b.address, 77);
    let datagram = Packet::udp((p.a.address, 5000), (p.b.address, 53));
    p.world.send(&p.a, &ping).dropped(SecurityGroupIngress, &p.b);
    p.world.send(&p.a, &datagram).dropped(SecurityGroupIngress, &p.b);
    p.world.allow_in(&p.b_group, ICMP, Ports::Icmp { kind: 8, code: None }, cidr("10.0.1.0/24"));
    p.world.exchange(&p.a, &p.b, &ping);
    p.world.send(&p.a, &datagram).dropped(SecurityGroupIngress, &p.b);
    p.world.allow_in(&p.b_group, UDP, port(53), cidr("10.0.1.0/24"));
    p.world.exchange(&p.a, &p.b, &datagram);
}
