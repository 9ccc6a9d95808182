//! Changes of policy while packets flow.

use std::time::Duration;

use croft_engine::{DropReason, tables::*};

use crate::{
    adoption::ping_pong,
    traffic::{exchange, udp},
    world::{World, eventually},
};

/// A set that allows UDP to 10.0.0.0/16, by a class and rules of its own.
fn allow(world: &mut World, set: u32, class: u32) {
    world.tables.classes.insert(ClassKey::v4(set, 0x0a00_0000, 16), Class { id: class, ..Class::default() });
    world.tables.rules.insert(RuleKey::ports(class, UDP.into(), 0, 0), Verdict { bits: VERDICT_ALLOW });
}

#[test]
fn a_change_of_sets_under_traffic_loses_no_packet_that_both_allow() {
    let mut world = World::new("swap");
    let a = world.interface("a", 1, 10);
    world.interface("b", 1, 20);
    world.apply();
    let (from, to) = (udp(&world, "a", [10, 0, 1, 10], 6000), udp(&world, "b", [10, 0, 1, 20], 6000));
    let (sent, back) = ping_pong(&from, &to, || {
        for n in 1..=100 {
            // Everything is new each time, and what was there before goes.
            world.tables.classes.clear();
            world.tables.rules.clear();
            allow(&mut world, n, 1000 + n);
            world.tables.interfaces.get_mut(&a).unwrap().egress_set = n;
            let applied = world.apply();
            assert_eq!((applied.inserted, applied.updated), (2, 1));
        }
    });
    assert_eq!(sent, back);
    // What nothing points to is gone after the next sweep.
    world.fabric().sweep().unwrap();
    let maps = world.fabric().maps();
    assert_eq!((maps.classes.entries().unwrap().len(), maps.rules.entries().unwrap().len()), (1, 1));
}

#[test]
fn acl_5_a_change_holds_from_the_next_packet_on() {
    let mut world = World::new("acl");
    let port = world.interface("a", 1, 10);
    world.interface("b", 2, 20);
    allow(&mut world, 40, 41);
    world.apply();
    let (a, b) = (udp(&world, "a", [10, 0, 1, 10], 6000), udp(&world, "b", [10, 0, 2, 20], 6000));
    exchange(&a, &b);
    for round in 1..=20 {
        // A set without a class denies everything.
        world.tables.subnets.get_mut(&1).unwrap().egress_acl = 99;
        world.apply();
        a.send_to(b"cut", "10.0.2.20:6000").unwrap();
        eventually(|| world.dropped(DropReason::NetworkAclEgress, port) == round);
        world.tables.subnets.get_mut(&1).unwrap().egress_acl = if round % 2 == 0 { 0 } else { 40 };
        world.apply();
        exchange(&a, &b);
    }
    b.set_read_timeout(Some(Duration::from_millis(10))).unwrap();
    assert!(b.recv(&mut [0; 16]).is_err());
}
