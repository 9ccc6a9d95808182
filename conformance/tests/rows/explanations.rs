//! Explanations, held against what packets do: the gate that is named is the gate where the packet falls, and the change
//! that is proposed lets it pass.

use croft_analysis::{Direction, Endpoint, ReachQuestion, SOURCE_PORT, Transport};
use croft_conformance::frame::SYN;
use croft_conformance::world::{TCP, allow, port};
use croft_conformance::{End, Outcome, Packet, World};
use croft_engine::DropReason;
use croft_model::group;
use croft_model::{SubnetId, VpcId};
use std::net::Ipv4Addr;

struct Two {
    world: World,
    vpc: VpcId,
    two: SubnetId,
    a: End,
    b: End,
}

/// Client and server in two subnets, a group each, and nothing allowed.
fn two() -> Two {
    let mut world = World::new();
    let vpc = world.vpc("10.0.0.0/16");
    let (one, two) = (world.subnet(&vpc, "10.0.1.0/24"), world.subnet(&vpc, "10.0.2.0/24"));
    let (clients, servers) = (world.group(&vpc), world.group(&vpc));
    let a = world.instance(&one, "10.0.1.10", &[&clients]);
    let b = world.instance(&two, "10.0.2.20", &[&servers]);
    Two { world, vpc, two, a, b }
}

fn question(from: &End, to: Endpoint, port: u16) -> ReachQuestion {
    ReachQuestion { source: Endpoint::Interface(from.id()), destination: to, protocol: Transport::Tcp, port }
}

/// The packet that the question is about, and what the first blocker says of it.
fn falls_where_it_is_said(world: &World, from: &End, to: Ipv4Addr, question: &ReachQuestion) -> croft_analysis::Answer {
    let answer = world.reach(question);
    assert!(!answer.reachable);
    let expected = answer.blockers[0].drop.clone().expect("a gate that drops");
    let packet = Packet::tcp((from.address, SOURCE_PORT), (to, question.port), SYN);
    match world.send(from, &packet) {
        Outcome::Dropped { reason, gate } => {
            assert_eq!(reason, DropReason::from_number(expected.number).expect("a known reason"));
            assert_eq!(Some(gate), expected.gate);
        }
        other => panic!("expected {expected:?}, but {other:?}"),
    }
    answer
}

#[test]
fn why_1_the_first_gate_leads_and_the_others_follow() {
    let mut t = two();
    t.world.network_acl(&t.vpc.clone(), &t.two.clone());
    let asked = question(&t.a, Endpoint::Interface(t.b.id()), 5432);
    let answer = falls_where_it_is_said(&t.world, &t.a, t.b.address, &asked);
    let told: Vec<(Direction, String)> = answer.blockers.iter().map(|b| (b.direction, b.code.to_string())).collect();
    let expected = [
        (Direction::Request, "SUBNET_ACL_RESTRICTION"),
        (Direction::Request, "SG_HAS_NO_RULES"),
        (Direction::Reply, "SUBNET_ACL_RESTRICTION"),
    ];
    assert_eq!(told, expected.map(|(d, c)| (d, c.to_string())));
    // What is default and passes is not among them.
    assert!(answer.codes.len() == 2);
}

#[test]
fn why_2_the_proposed_change_lets_the_packet_pass() {
    let mut t = two();
    t.world.network_acl(&t.vpc.clone(), &t.two.clone());
    let asked = question(&t.a, Endpoint::Interface(t.b.id()), 5432);
    let answer = falls_where_it_is_said(&t.world, &t.a, t.b.address, &asked);
    let fix = answer.fix.expect("a way to open it");
    assert!(fix.opens);
    for step in &fix.steps {
        assert!(step.commands.iter().all(|c| c.contains("aws ec2 ")) && !step.commands.is_empty());
        step.change.apply(&mut t.world).expect("a change that is allowed");
    }
    assert!(t.world.reach(&asked).reachable);
    let request = Packet::tcp((t.a.address, SOURCE_PORT), (t.b.address, 5432), SYN);
    t.world.exchange(&t.a, &t.b, &request);
    // And no more than that.
    let other = Packet::tcp((t.a.address, SOURCE_PORT), (t.b.address, 5433), SYN);
    assert!(!t.world.send(&t.a, &other).is_delivered());
}

#[test]
fn why_2_a_way_to_the_internet_is_made_out_of_nothing() {
    let mut t = two();
    let outside = t.world.internet();
    let asked = question(&t.a, Endpoint::Internet(Some(outside.address)), 443);
    falls_where_it_is_said(&t.world, &t.a, outside.address, &asked);
    // What a step makes must be known before the next can be told: ask again until it is open.
    for _ in 0..5 {
        let answer = t.world.reach(&asked);
        if answer.reachable {
            break;
        }
        for step in answer.fix.expect("a way to open it").steps {
            step.change.apply(&mut t.world).expect("a change that is allowed");
        }
    }
    let request = Packet::tcp((t.a.address, SOURCE_PORT), (outside.address, 443), SYN);
    t.world.exchange(&t.a, &outside, &request);
}

#[test]
fn why_4_a_request_that_arrives_and_an_answer_that_does_not() {
    let mut t = two();
    let servers = t.world.cloud().interfaces[&t.b.id()].groups[0].clone();
    t.world.allow_in(&servers, TCP, port(5432), croft_conformance::world::cidr("10.0.1.0/24"));
    let acl = t.world.network_acl(&t.vpc.clone(), &t.two.clone());
    t.world.entry(&acl, allow(100, group::Direction::Ingress, TCP, port(5432), "10.0.1.0/24"));
    let asked = question(&t.a, Endpoint::Interface(t.b.id()), 5432);
    let answer = t.world.reach(&asked);
    assert!(!answer.reachable);
    assert_eq!(answer.blockers[0].direction, Direction::Reply);
    let request = Packet::tcp((t.a.address, SOURCE_PORT), (t.b.address, 5432), SYN);
    t.world.send(&t.a, &request).delivered_to(&t.b);
    t.world.send(&t.b, &request.answer()).dropped(DropReason::NetworkAclEgress, &t.two);
    for step in answer.fix.expect("a way to open it").steps {
        step.change.apply(&mut t.world).expect("a change that is allowed");
    }
    t.world.exchange(&t.a, &t.b, &request);
}
