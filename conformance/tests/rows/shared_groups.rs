//! Security groups in a second VPC.

use croft_conformance::frame::SYN;
use croft_conformance::world::{TCP, cidr, port};
use croft_conformance::{End, Packet, World};
use croft_control::*;
use croft_engine::DropReason::*;
use croft_model::group::{Direction::*, Peer};
use croft_model::{SecurityGroupId, SubnetId, VpcId};

struct Two {
    world: World,
    /// Where the group was made, and the other VPC.
    own: VpcId,
    other: VpcId,
    /// A subnet of each, with one block.
    home: SubnetId,
    away: SubnetId,
    shared: SecurityGroupId,
}

/// Two VPCs with one block, and a group that both may use.
fn two() -> Two {
    let mut world = World::new();
    let (own, other) = (world.vpc("10.0.0.0/16"), world.vpc("10.0.0.0/16"));
    let (home, away) = (world.subnet(&own, "10.0.1.0/24"), world.subnet(&other, "10.0.1.0/24"));
    let shared = world.group(&own);
    world.run(AssociateSecurityGroupVpc { group_id: shared.clone(), vpc_id: other.clone() });
    Two { world, own, other, home, away, shared }
}

fn tcp(from: &End, source: u16, to: &End, destination: u16) -> Packet {
    Packet::tcp((from.address, source), (to.address, destination), SYN)
}

fn carry(world: &mut World, end: &End, groups: &[&SecurityGroupId]) {
    world.run(ModifyNetworkInterfaceAttribute {
        groups: Some(groups.iter().map(|g| (*g).clone()).collect()),
        ..ModifyNetworkInterfaceAttribute::of(end.id())
    });
}

#[test]
fn sg_12_the_rules_of_a_group_count_in_every_vpc_that_uses_it() {
    let mut t = two();
    let (here, there) = (t.world.open_group(&t.own), t.world.open_group(&t.other));
    let plain = t.world.group(&t.other);
    let (a, b) =
        (t.world.instance(&t.home, "10.0.1.10", &[&here]), t.world.instance(&t.home, "10.0.1.20", &[&t.shared]));
    let (c, d) =
        (t.world.instance(&t.away, "10.0.1.10", &[&there]), t.world.instance(&t.away, "10.0.1.20", &[&t.shared]));
    let e = t.world.instance(&t.away, "10.0.1.30", &[&plain]);
    t.world.send(&a, &tcp(&a, 40_000, &b, 80)).dropped(SecurityGroupIngress, &b);
    t.world.send(&c, &tcp(&c, 40_000, &d, 80)).dropped(SecurityGroupIngress, &d);
    // One rule, both VPCs, from the next packet; and nobody else.
    t.world.allow_in(&t.shared, TCP, port(80), cidr("10.0.1.10/32"));
    t.world.exchange(&a, &b, &tcp(&a, 40_000, &b, 80));
    t.world.exchange(&c, &d, &tcp(&c, 40_000, &d, 80));
    t.world.send(&c, &tcp(&c, 40_000, &e, 80)).dropped(SecurityGroupIngress, &e);
    t.world.close(&t.shared, Ingress);
    t.world.send(&a, &tcp(&a, 40_001, &b, 80)).dropped(SecurityGroupIngress, &b);
    t.world.send(&c, &tcp(&c, 40_001, &d, 80)).dropped(SecurityGroupIngress, &d);
}

#[test]
fn sg_12_a_reference_means_the_members_in_the_vpc_of_the_interface() {
    let mut t = two();
    let there = t.world.open_group(&t.other);
    t.world.allow_in(&t.shared, TCP, port(5432), Peer::Group(t.shared.clone()));
    // 10.0.1.10 is a member in the one VPC and none in the other.
    let (a, b) =
        (t.world.instance(&t.home, "10.0.1.10", &[&t.shared]), t.world.instance(&t.home, "10.0.1.20", &[&t.shared]));
    let (c, d) =
        (t.world.instance(&t.away, "10.0.1.10", &[&there]), t.world.instance(&t.away, "10.0.1.20", &[&t.shared]));
    t.world.exchange(&a, &b, &tcp(&a, 40_000, &b, 5432));
    t.world.send(&c, &tcp(&c, 40_000, &d, 5432)).dropped(SecurityGroupIngress, &d);
    let shared = t.shared.clone();
    carry(&mut t.world, &c, &[&there, &shared]);
    t.world.exchange(&c, &d, &tcp(&c, 40_001, &d, 5432));
    // The other way round: a member away lets nobody in at home.
    let here = t.world.open_group(&t.own);
    carry(&mut t.world, &a, &[&here]);
    t.world.send(&a, &tcp(&a, 40_002, &b, 5432)).dropped(SecurityGroupIngress, &b);
    t.world.send(&c, &tcp(&c, 40_002, &d, 5432)).delivered_to(&d);
}

#[test]
fn sg_12_a_rule_of_the_other_vpc_names_the_group() {
    let mut t = two();
    let (servers, strangers) = (t.world.group(&t.other), t.world.group(&t.other));
    t.world.allow_in(&servers, TCP, port(443), Peer::Group(t.shared.clone()));
    let server = t.world.instance(&t.away, "10.0.1.20", &[&servers]);
    let member = t.world.instance(&t.away, "10.0.1.10", &[&t.shared]);
    let stranger = t.world.instance(&t.away, "10.0.1.30", &[&strangers]);
    // Its address is the stranger's, in the VPC of the group.
    t.world.instance(&t.home, "10.0.1.30", &[&t.shared]);
    t.world.exchange(&member, &server, &tcp(&member, 40_000, &server, 443));
    t.world.send(&stranger, &tcp(&stranger, 40_000, &server, 443)).dropped(SecurityGroupIngress, &server);
}

#[test]
fn sg_12_a_stale_rule_matches_nobody() {
    let mut t = two();
    let (servers, clients) = (t.world.group(&t.other), t.world.group(&t.other));
    t.world.allow_in(&servers, TCP, port(443), Peer::Group(t.shared.clone()));
    let server = t.world.instance(&t.away, "10.0.1.20", &[&servers]);
    let client = t.world.instance(&t.away, "10.0.1.10", &[&t.shared, &clients]);
    t.world.instance(&t.home, "10.0.1.10", &[&t.shared]);
    t.world.send(&client, &tcp(&client, 40_000, &server, 443)).delivered_to(&server);
    let group_id = t.shared.clone();
    let disassociate = DisassociateSecurityGroupVpc { group_id: group_id.clone(), vpc_id: t.other.clone() };
    let refused = t.world.try_run(disassociate.clone()).expect_err("an interface carries it");
    assert_eq!(refused.code, "DependencyViolation");
    carry(&mut t.world, &client, &[&clients]);
    t.world.run(disassociate);
    t.world.send(&client, &tcp(&client, 40_001, &server, 443)).dropped(SecurityGroupIngress, &server);
    // Associated again, it matches again.
    t.world.run(AssociateSecurityGroupVpc { group_id: group_id.clone(), vpc_id: t.other.clone() });
    carry(&mut t.world, &client, &[&clients, &group_id]);
    t.world.send(&client, &tcp(&client, 40_002, &server, 443)).delivered_to(&server);
}
