//! Security groups.

use croft_conformance::frame::{ACK, FIN, RST, SYN, SYN_ACK};
use croft_conformance::world::{ICMP, TCP, UDP, cidr, port, ports};
use croft_conformance::{End, Packet, World};
use croft_control::*;
use croft_engine::DropReason::*;
use croft_model::group::{Direction::*, Peer};
use croft_model::prefix_list::PrefixListEntry;
use croft_model::protocol::{Ports, Protocol};
use croft_model::{SecurityGroupId, SubnetId, Tags, VpcId};

struct Two {
    world: World,
    vpc: VpcId,
    subnet: SubnetId,
    clients: SecurityGroupId,
    servers: SecurityGroupId,
    a: End,
    b: End,
}

/// Client and server in one subnet, a group each.
fn two() -> Two {
    let mut world = World::new();
    let vpc = world.vpc("10.0.0.0/16");
    let subnet = world.subnet(&vpc, "10.0.1.0/24");
    let (clients, servers) = (world.group(&vpc), world.group(&vpc));
    let a = world.instance(&subnet, "10.0.1.10", &[&clients]);
    let b = world.instance(&subnet, "10.0.1.20", &[&servers]);
    Two { world, vpc, subnet, clients, servers, a, b }
}

fn tcp(from: &End, source: u16, to: &End, destination: u16) -> Packet {
    Packet::tcp((from.address, source), (to.address, destination), SYN)
}

fn udp(from: &End, source: u16, to: &End, destination: u16) -> Packet {
    Packet::udp((from.address, source), (to.address, destination))
}

fn groups(world: &mut World, end: &End, groups: &[&SecurityGroupId]) {
    world.run(ModifyNetworkInterfaceAttribute {
        groups: Some(groups.iter().map(|g| (*g).clone()).collect()),
        ..ModifyNetworkInterfaceAttribute::of(end.id())
    });
}

#[test]
fn sg_1_a_new_group_lets_nothing_in_and_everything_out() {
    let t = two();
    t.world.send(&t.a, &tcp(&t.a, 40_000, &t.b, 80)).dropped(SecurityGroupIngress, &t.b);
    let mut t = t;
    t.world.allow_in(&t.servers, TCP, port(80), cidr("10.0.1.10/32"));
    t.world.send(&t.a, &tcp(&t.a, 40_000, &t.b, 80)).delivered_to(&t.b);
}

#[test]
fn sg_1_two_interfaces_of_one_subnet_with_different_groups_get_different_verdicts() {
    let mut t = two();
    let other = t.world.group(&t.vpc);
    let c = t.world.instance(&t.subnet, "10.0.1.30", &[&other]);
    t.world.allow_in(&t.servers, TCP, port(80), cidr("10.0.0.0/16"));
    t.world.send(&t.a, &tcp(&t.a, 40_000, &t.b, 80)).delivered_to(&t.b);
    t.world.send(&t.a, &tcp(&t.a, 40_000, &c, 80)).dropped(SecurityGroupIngress, &c);
}

#[test]
fn sg_1_the_rules_of_all_groups_count_together() {
    let mut t = two();
    let second = t.world.group(&t.vpc);
    t.world.allow_in(&t.servers, TCP, port(80), cidr("10.0.0.0/16"));
    t.world.allow_in(&second, TCP, port(443), cidr("10.0.0.0/16"));
    t.world.send(&t.a, &tcp(&t.a, 40_000, &t.b, 443)).dropped(SecurityGroupIngress, &t.b);
    let (b, servers) = (t.b.clone(), t.servers.clone());
    groups(&mut t.world, &b, &[&servers, &second]);
    t.world.send(&t.a, &tcp(&t.a, 40_000, &t.b, 443)).delivered_to(&t.b);
    t.world.send(&t.a, &tcp(&t.a, 40_000, &t.b, 80)).delivered_to(&t.b);
    t.world.send(&t.a, &tcp(&t.a, 40_000, &t.b, 22)).dropped(SecurityGroupIngress, &t.b);
}

#[test]
fn sg_1_a_narrow_egress_rule_beside_the_default_one_changes_nothing() {
    let mut t = two();
    t.world.allow_in(&t.servers, TCP, ports(1, 65535), cidr("10.0.0.0/16"));
    t.world.allow_out(&t.clients, TCP, port(443), cidr("10.0.0.0/16"));
    t.world.send(&t.a, &tcp(&t.a, 40_000, &t.b, 80)).delivered_to(&t.b);
    t.world.close(&t.clients, Egress);
    t.world.allow_out(&t.clients, TCP, port(443), cidr("10.0.0.0/16"));
    t.world.send(&t.a, &tcp(&t.a, 40_001, &t.b, 80)).dropped(SecurityGroupEgress, &t.a);
    t.world.send(&t.a, &tcp(&t.a, 40_001, &t.b, 443)).delivered_to(&t.b);
}

#[test]
fn sg_1_the_default_group_lets_its_own_members_in() {
    let mut t = two();
    let default = t.world.cloud().vpcs[&t.vpc].default_security_group.clone();
    let c = t.world.instance(&t.subnet, "10.0.1.30", &[&default]);
    let d = t.world.instance(&t.subnet, "10.0.1.40", &[&default]);
    t.world.exchange(&c, &d, &tcp(&c, 40_000, &d, 9999));
    t.world.send(&t.a, &tcp(&t.a, 40_000, &d, 9999)).dropped(SecurityGroupIngress, &d);
}

#[test]
fn sg_2_the_answer_passes_with_no_rule_at_either_end() {
    let mut t = two();
    t.world.allow_in(&t.servers, TCP, port(5432), Peer::Group(t.clients.clone()));
    t.world.allow_in(&t.servers, UDP, port(53), Peer::Group(t.clients.clone()));
    t.world.close(&t.servers, Egress);
    t.world.exchange(&t.a, &t.b, &tcp(&t.a, 50_123, &t.b, 5432));
    t.world.exchange(&t.a, &t.b, &udp(&t.a, 50_123, &t.b, 53));
    // The same segment with another port is no answer, and both ends refuse it.
    let other = Packet::tcp((t.b.address, 5432), (t.a.address, 50_124), SYN_ACK);
    t.world.send(&t.b, &other).dropped(SecurityGroupEgress, &t.b);
}

#[test]
fn sg_2_an_answer_from_another_port_is_none() {
    let mut t = two();
    t.world.allow_in(&t.servers, UDP, port(53), Peer::Group(t.clients.clone()));
    t.world.send(&t.a, &udp(&t.a, 50_000, &t.b, 53)).delivered_to(&t.b);
    t.world.send(&t.b, &udp(&t.b, 54, &t.a, 50_000)).dropped(SecurityGroupIngress, &t.a);
    t.world.send(&t.b, &udp(&t.b, 53, &t.a, 50_000)).delivered_to(&t.a);
}

#[test]
fn sg_3_a_reference_admits_the_members_of_the_moment() {
    let mut t = two();
    t.world.allow_in(&t.servers, TCP, port(5432), Peer::Group(t.clients.clone()));
    let outsiders = t.world.group(&t.vpc);
    let c = t.world.instance(&t.subnet, "10.0.1.30", &[&outsiders]);
    t.world.send(&t.a, &tcp(&t.a, 40_000, &t.b, 5432)).delivered_to(&t.b);
    t.world.send(&c, &tcp(&c, 40_000, &t.b, 5432)).dropped(SecurityGroupIngress, &t.b);
    // Joining counts from the next packet, and so does leaving.
    let clients = t.clients.clone();
    groups(&mut t.world, &c, &[&outsiders, &clients]);
    t.world.send(&c, &tcp(&c, 40_000, &t.b, 5432)).delivered_to(&t.b);
    groups(&mut t.world, &c, &[&outsiders]);
    t.world.send(&c, &tcp(&c, 40_001, &t.b, 5432)).dropped(SecurityGroupIngress, &t.b);
}

#[test]
fn sg_3_a_reference_as_destination_of_egress() {
    let mut t = two();
    t.world.allow_in(&t.servers, Protocol::All, Ports::All, cidr("10.0.0.0/16"));
    let others = t.world.open_group(&t.vpc);
    let c = t.world.instance(&t.subnet, "10.0.1.30", &[&others]);
    t.world.close(&t.clients, Egress);
    t.world.allow_out(&t.clients, TCP, port(80), Peer::Group(t.servers.clone()));
    t.world.send(&t.a, &tcp(&t.a, 40_000, &t.b, 80)).delivered_to(&t.b);
    t.world.send(&t.a, &tcp(&t.a, 40_000, &c, 80)).dropped(SecurityGroupEgress, &t.a);
}

#[test]
fn sg_3_a_prefix_list_as_source_follows_its_versions() {
    let mut t = two();
    let entry = |cidr: &str| PrefixListEntry { cidr: cidr.parse().expect("a block"), description: None };
    let list = t.world.run(CreateManagedPrefixList {
        prefix_list_name: "offices".into(),
        address_family: Default::default(),
        max_entries: 5,
        entries: vec![entry("10.9.0.0/16")],
        tags: Tags::new(),
    });
    t.world.allow_in(&t.servers, TCP, port(80), Peer::PrefixList(list.id.clone()));
    t.world.send(&t.a, &tcp(&t.a, 40_000, &t.b, 80)).dropped(SecurityGroupIngress, &t.b);
    t.world.run(ModifyManagedPrefixList {
        prefix_list_id: list.id,
        current_version: Some(list.version),
        prefix_list_name: None,
        max_entries: None,
        add_entries: vec![entry("10.0.1.0/28")],
        remove_entries: vec![],
    });
    t.world.send(&t.a, &tcp(&t.a, 40_000, &t.b, 80)).delivered_to(&t.b);
}

#[test]
fn sg_4_members_need_a_rule_that_names_their_own_group() {
    let mut t = two();
    let c = t.world.instance(&t.subnet, "10.0.1.30", &[&t.clients]);
    t.world.send(&t.a, &tcp(&t.a, 40_000, &c, 6379)).dropped(SecurityGroupIngress, &c);
    t.world.send(&c, &tcp(&c, 40_000, &t.a, 6379)).dropped(SecurityGroupIngress, &t.a);
    t.world.allow_in(&t.clients, TCP, port(6379), Peer::Group(t.clients.clone()));
    t.world.exchange(&t.a, &c, &tcp(&t.a, 40_000, &c, 6379));
    t.world.exchange(&c, &t.a, &tcp(&c, 40_000, &t.a, 6379));
    // One who is in the subnet and not in the group stays out.
    t.world.send(&t.b, &tcp(&t.b, 40_000, &c, 6379)).dropped(SecurityGroupIngress, &c);
}

#[test]
fn sg_6_an_untracked_flow_ends_with_its_rule_and_a_tracked_one_outlives_it() {
    for (source, outlives) in [("0.0.0.0/0", false), ("10.0.0.0/16", true)] {
        let mut t = two();
        t.world.allow_in(&t.servers, UDP, port(53), cidr(source));
        let request = udp(&t.a, 50_000, &t.b, 53);
        t.world.exchange(&t.a, &t.b, &request);
        t.world.close(&t.servers, Ingress);
        let outcome = t.world.send(&t.a, &request);
        if outlives {
            outcome.delivered_to(&t.b);
            // A new flow is judged anew.
            t.world.send(&t.a, &udp(&t.a, 50_001, &t.b, 53)).dropped(SecurityGroupIngress, &t.b);
        } else {
            outcome.dropped(SecurityGroupIngress, &t.b);
        }
    }
}

#[test]
fn sg_6_ping_is_tracked_whatever_the_rules() {
    let mut t = two();
    t.world.allow_in(&t.servers, ICMP, Ports::All, cidr("0.0.0.0/0"));
    let ping = Packet::ping(t.a.address, t.b.address, 9);
    t.world.exchange(&t.a, &t.b, &ping);
    t.world.close(&t.servers, Ingress);
    t.world.send(&t.a, &ping).delivered_to(&t.b);
    t.world.send(&t.a, &Packet::ping(t.a.address, t.b.address, 10)).dropped(SecurityGroupIngress, &t.b);
}

#[test]
fn sg_6_other_protocols_are_tracked_by_their_addresses() {
    let mut t = two();
    t.world.allow_in(&t.servers, Protocol::Number(47), Ports::All, cidr("10.0.1.10/32"));
    t.world.close(&t.servers, Egress);
    let there = Packet::other(t.a.address, t.b.address, 47);
    let back = Packet::other(t.b.address, t.a.address, 47);
    t.world.send(&t.b, &back).dropped(SecurityGroupEgress, &t.b);
    t.world.send(&t.a, &there).delivered_to(&t.b);
    t.world.send(&t.b, &back).delivered_to(&t.a);
    t.world.send(&t.a, &Packet::other(t.a.address, t.b.address, 50)).dropped(SecurityGroupIngress, &t.b);
}

#[test]
fn sg_7_a_flow_is_forgotten_when_it_has_been_idle() {
    let mut t = two();
    t.world.allow_in(&t.servers, UDP, port(53), Peer::Group(t.clients.clone()));
    t.world.close(&t.servers, Egress);
    let request = udp(&t.a, 50_000, &t.b, 53);
    t.world.send(&t.a, &request).delivered_to(&t.b);
    t.world.advance(29);
    t.world.send(&t.b, &request.answer()).delivered_to(&t.a);
    // One exchange: 30 seconds.
    t.world.advance(31);
    t.world.send(&t.b, &request.answer()).dropped(SecurityGroupEgress, &t.b);
    // More than one: 180.
    for _ in 0..2 {
        t.world.exchange(&t.a, &t.b, &request);
    }
    t.world.advance(179);
    t.world.send(&t.b, &request.answer()).delivered_to(&t.a);
    t.world.advance(181);
    t.world.send(&t.b, &request.answer()).dropped(SecurityGroupEgress, &t.b);
}

#[test]
fn sg_7_an_established_connection_idles_for_five_days_or_as_the_interface_says() {
    for (idle, seconds) in [(None, 432_000), (Some(60), 60)] {
        let mut t = two();
        t.world.allow_in(&t.servers, TCP, port(22), Peer::Group(t.clients.clone()));
        t.world.close(&t.servers, Egress);
        if let Some(tcp_established) = idle {
            for end in [t.a.clone(), t.b.clone()] {
                t.world.run(ModifyNetworkInterfaceAttribute {
                    connection_tracking: ConnectionTracking {
                        tcp_established: Some(tcp_established),
                        ..Default::default()
                    },
                    ..ModifyNetworkInterfaceAttribute::of(end.id())
                });
            }
        }
        let request = tcp(&t.a, 50_000, &t.b, 22);
        t.world.exchange(&t.a, &t.b, &request);
        let data = Packet::tcp((t.b.address, 22), (t.a.address, 50_000), ACK);
        t.world.advance(seconds - 1);
        t.world.send(&t.b, &data).delivered_to(&t.a);
        t.world.advance(seconds + 1);
        t.world.send(&t.b, &data).dropped(SecurityGroupEgress, &t.b);
    }
}

#[test]
fn sg_7_a_closed_connection_is_forgotten_soon() {
    let mut t = two();
    t.world.allow_in(&t.servers, TCP, port(22), Peer::Group(t.clients.clone()));
    t.world.close(&t.servers, Egress);
    t.world.exchange(&t.a, &t.b, &tcp(&t.a, 50_000, &t.b, 22));
    t.world.send(&t.a, &Packet::tcp((t.a.address, 50_000), (t.b.address, 22), FIN)).delivered_to(&t.b);
    let last = Packet::tcp((t.b.address, 22), (t.a.address, 50_000), ACK);
    t.world.send(&t.b, &last).delivered_to(&t.a);
    t.world.advance(11);
    t.world.send(&t.b, &last).dropped(SecurityGroupEgress, &t.b);
}

#[test]
fn sg_7_a_full_table_refuses_new_flows_counts_them_and_makes_room_for_itself() {
    let mut world = World::with_connections(256, 0);
    let vpc = world.vpc("10.0.0.0/16");
    let subnet = world.subnet(&vpc, "10.0.1.0/24");
    let open = world.open_group(&vpc);
    let a = world.instance(&subnet, "10.0.1.10", &[&open]);
    let b = world.instance(&subnet, "10.0.1.20", &[&open]);
    let mut delivered = 0;
    for source in 0..200 {
        delivered += u32::from(world.send(&a, &udp(&a, 10_000 + source, &b, 53)).is_delivered());
    }
    // Two entries a flow: about half of the table's size in flows.
    assert!((100..=128).contains(&delivered), "{delivered} flows in a table of 256");
    assert!(world.dropped(&a, TableFull) > 0);
    // A known flow goes on, and time makes room without a sweep.
    world.send(&a, &udp(&a, 10_000, &b, 53)).delivered_to(&b);
    world.advance(40);
    for source in 0..100 {
        world.send(&a, &udp(&a, 20_000 + source, &b, 53)).delivered_to(&b);
    }
}

#[test]
fn sg_10_errors_about_a_tracked_connection_pass_and_others_do_not() {
    let mut t = two();
    t.world.allow_in(&t.servers, UDP, port(53), Peer::Group(t.clients.clone()));
    t.world.close(&t.servers, Egress);
    let request = udp(&t.a, 50_000, &t.b, 53);
    let arrived = t.world.send(&t.a, &request);
    let error = Packet::error(t.b.address, t.a.address, 3, 3, arrived.frame());
    let seen = t.world.send(&t.b, &error);
    assert_eq!(seen.delivered_to(&t.a).icmp, Some((3, 3)));
    // About a flow that nobody opened.
    let mut stranger = arrived.frame().to_vec();
    stranger[34..36].copy_from_slice(&50_999u16.to_be_bytes());
    let error = Packet::error(t.b.address, t.a.address, 3, 3, &stranger);
    t.world.send(&t.b, &error).dropped(Unrelated, &t.b);
}

#[test]
fn sg_11_a_segment_of_no_connection_is_judged_like_a_new_flow() {
    let mut t = two();
    let middle = Packet::tcp((t.a.address, 50_000), (t.b.address, 80), ACK);
    t.world.send(&t.a, &middle).dropped(SecurityGroupIngress, &t.b);
    t.world.allow_in(&t.servers, TCP, port(80), Peer::Group(t.clients.clone()));
    t.world.send(&t.a, &middle).delivered_to(&t.b);
}

#[test]
fn sg_11_a_reset_or_fin_alone_opens_nothing() {
    let mut t = two();
    t.world.allow_in(&t.servers, TCP, port(80), Peer::Group(t.clients.clone()));
    for flags in [RST, FIN] {
        let alone = Packet::tcp((t.a.address, 50_000), (t.b.address, 80), flags);
        t.world.send(&t.a, &alone).dropped_for(NoConnection);
    }
    t.world.exchange(&t.a, &t.b, &tcp(&t.a, 50_000, &t.b, 80));
    t.world.send(&t.a, &Packet::tcp((t.a.address, 50_000), (t.b.address, 80), RST)).delivered_to(&t.b);
}
