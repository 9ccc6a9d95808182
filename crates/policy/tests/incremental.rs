//! An update gives the same tables as a fresh start, touches only what changed, and compiles only what read it.

mod world;

use croft_engine::memory::{Delta, Snapshot};
use croft_model::group::{Direction, Peer};
use croft_policy::{Compiler, Recompiled};
use std::time::{Duration, Instant};
use world::{World, change, net, random_world, tcp};

fn fresh(world: &World) -> Snapshot {
    let mut compiler = Compiler::new();
    compiler.update(&world.cloud, &world.ports);
    compiler.snapshot().clone()
}

#[test]
fn an_update_gives_the_same_tables_as_a_fresh_start() {
    for seed in 0..40 {
        let mut world = random_world(seed);
        let mut compiler = Compiler::new();
        compiler.update(&world.cloud, &world.ports);
        for step in 0..60 {
            let before = compiler.snapshot().clone();
            for _ in 0..=step % 3 {
                change(&mut world);
            }
            let update = compiler.update(&world.cloud, &world.ports);
            assert_eq!(update.version, world.cloud.version);
            let expected = fresh(&world);
            assert_eq!(*compiler.snapshot(), expected, "seed {seed} step {step}");
            assert_eq!(update.delta, Delta::between(&before, &expected), "seed {seed} step {step}");
            let mut host = before;
            update.delta.apply_to(&mut host);
            assert_eq!(host, expected);
        }
    }
}

#[test]
fn nothing_changed_compiles_nothing() {
    let world = random_world(7);
    let mut compiler = Compiler::new();
    compiler.update(&world.cloud, &world.ports);
    let update = compiler.update(&world.cloud.clone(), &world.ports.clone());
    assert!(update.delta.is_empty());
    assert_eq!(update.recompiled, Recompiled::default());
}

#[test]
fn everything_gone_leaves_nothing() {
    let mut world = random_world(3);
    let mut compiler = Compiler::with_interface_connections(1_000);
    let first = compiler.update(&world.cloud, &world.ports);
    assert_eq!(first.delta.interface_connections, Some(1_000));
    world.cloud = croft_control::Cloud::new(croft_model::Scope::default());
    world.ports.interfaces.clear();
    compiler.update(&world.cloud, &world.ports);
    let empty = Snapshot { interface_connections: 1_000, uplink: world.ports.uplink, ..Snapshot::default() };
    assert_eq!(*compiler.snapshot(), empty);
}

/// Ten groups of a thousand interfaces each, in subnets of one VPC.
fn ten_thousand() -> (World, Vec<croft_model::SecurityGroupId>) {
    let mut world = World::new(1);
    let vpc = world.vpc("10.0.0.0/16");
    let groups: Vec<_> = (0..10).map(|_| world.group(&vpc)).collect();
    for (n, group) in groups.iter().enumerate() {
        let subnet = world.subnet(&vpc, &format!("10.0.{}.0/22", n * 4), "us-east-1a");
        let (protocol, ports) = tcp(8080);
        world.rule(group, Direction::Ingress, protocol, ports, Peer::Group(groups[(n + 1) % 10].clone()));
        world.rule(group, Direction::Egress, protocol, ports, Peer::Ipv4(net("0.0.0.0/0")));
        for host in 0..1_000u32 {
            let address = (0x0a00_0000 + ((n as u32 * 4) << 8) + 4 + host).into();
            let id = world.interface(&subnet, address, std::slice::from_ref(group));
            world.plug(&id);
        }
    }
    (world, groups)
}

/// The best of several runs: other work on the machine must not fail a test.
fn best(mut run: impl FnMut() -> Duration) -> Duration {
    (0..9).map(|_| run()).min().unwrap_or_default()
}

#[test]
fn one_rule_among_ten_thousand_interfaces_compiles_one_set() {
    let (mut world, groups) = ten_thousand();
    let mut compiler = Compiler::new();
    let started = Instant::now();
    let first = compiler.update(&world.cloud, &world.ports);
    println!("first compilation, 10,000 interfaces: {:?}, {} entries", started.elapsed(), first.delta.len());
    assert_eq!(first.recompiled.sets, 22);

    let mut port = 9_000;
    let time = best(|| {
        port += 1;
        let (protocol, ports) = tcp(port);
        world.rule(&groups[0], Direction::Ingress, protocol, ports, Peer::Ipv4(net("192.0.2.0/24")));
        let started = Instant::now();
        let update = compiler.update(&world.cloud, &world.ports);
        let time = started.elapsed();
        assert_eq!(update.recompiled, Recompiled { sets: 1, ..Recompiled::default() });
        assert!(update.delta.len() < 40, "{} entries", update.delta.len());
        time
    });
    println!("one more rule, 10,000 interfaces: {time:?}");
    assert!(time < Duration::from_millis(2), "one rule took {time:?}");
    assert_eq!(*compiler.snapshot(), fresh(&world));
}

#[test]
fn sg_3_one_more_member_compiles_no_set() {
    let (mut world, groups) = ten_thousand();
    let mut compiler = Compiler::new();
    compiler.update(&world.cloud, &world.ports);
    let subnet = world.cloud.subnets.values().next().unwrap().id.clone();
    let mut host = 1_001u32;
    let time = best(|| {
        host += 1;
        let id = world.interface(&subnet, (0x0a00_0000 + host + 4).into(), std::slice::from_ref(&groups[0]));
        world.plug(&id);
        let started = Instant::now();
        let update = compiler.update(&world.cloud, &world.ports);
        let time = started.elapsed();
        assert_eq!(update.recompiled, Recompiled { interfaces: 1, ..Recompiled::default() });
        // The interface and its address.
        assert_eq!(update.delta.len(), 2);
        time
    });
    println!("one more interface, 10,000 interfaces: {time:?}");
    assert!(time < Duration::from_millis(2), "one interface took {time:?}");
}

#[test]
fn a_rule_for_all_addresses_beside_a_reference_of_ten_thousand_members() {
    let mut world = World::new(1);
    let vpc = world.vpc("10.0.0.0/16");
    let subnet = world.subnet(&vpc, "10.0.0.0/16", "us-east-1a");
    let group = world.group(&vpc);
    for host in 0..10_000u32 {
        let id = world.interface(&subnet, (0x0a00_0004 + host).into(), std::slice::from_ref(&group));
        world.plug(&id);
    }
    let (protocol, ports) = tcp(8080);
    world.rule(&group, Direction::Ingress, protocol, ports, Peer::Group(group.clone()));
    let mut compiler = Compiler::new();
    compiler.update(&world.cloud, &world.ports);
    let mut port = 9_000;
    let time = best(|| {
        port += 1;
        let (protocol, ports) = tcp(port);
        world.rule(&group, Direction::Ingress, protocol, ports, Peer::Ipv4(net("0.0.0.0/0")));
        let started = Instant::now();
        let update = compiler.update(&world.cloud, &world.ports);
        let time = started.elapsed();
        assert_eq!(update.recompiled, Recompiled { sets: 1, ..Recompiled::default() });
        assert_eq!((update.delta.classes.len(), update.delta.members.len()), (1, 0));
        time
    });
    println!("one rule for all addresses beside a reference of 10,000 members: {time:?}");
    assert!(time < Duration::from_millis(2), "one rule took {time:?}");
}

#[test]
fn a_zone_that_fails_touches_its_interfaces_and_no_set() {
    let mut world = random_world(11);
    let mut compiler = Compiler::new();
    compiler.update(&world.cloud, &world.ports);
    world.cloud.zones.get_mut("us-east-1a").unwrap().failed ^= true;
    let update = compiler.update(&world.cloud, &world.ports);
    assert_eq!((update.recompiled.sets, update.recompiled.subnets, update.recompiled.route_tables), (0, 0, 0));
    assert!(update.delta.classes.is_empty() && update.delta.rules.is_empty() && update.delta.routes.is_empty());
    assert!(!update.delta.interfaces.is_empty());
}

#[test]
fn compile_time_of_300_rules_with_references_of_1000_members() {
    let mut world = World::new(5);
    let vpc = world.vpc("10.0.0.0/16");
    let subnet = world.subnet(&vpc, "10.0.0.0/16", "us-east-1a");
    let referenced: Vec<_> = (0..30).map(|_| world.group(&vpc)).collect();
    for host in 0..10_000u32 {
        // Three groups each, in changing company, so that many different unions arise.
        let carried: Vec<_> = [0, 7, 19].iter().map(|n| referenced[(host as usize * 13 + n) % 30].clone()).collect();
        world.interface(&subnet, (0x0a00_0400 + host).into(), &carried);
    }
    let groups: Vec<_> = (0..5).map(|_| world.group(&vpc)).collect();
    for rule in 0..300 {
        let peer = match rule % 10 {
            0 => Peer::Group(referenced[rule / 10].clone()),
            _ => Peer::Ipv4(net(&format!("10.{}.0.0/16", rule % 200))),
        };
        let (protocol, ports) = tcp(1_000 + 7 * rule as u16);
        world.rule(&groups[rule / 60], Direction::Ingress, protocol, ports, peer);
    }
    let id = world.interface(&subnet, "10.0.0.4".parse().unwrap(), &groups);
    world.plug(&id);
    let started = Instant::now();
    let mut compiler = Compiler::new();
    let update = compiler.update(&world.cloud, &world.ports);
    println!(
        "300 rules, 30 references of 1,000 members: {:?}, {} class entries, {} of members, {} rules",
        started.elapsed(),
        update.delta.classes.upserts.len(),
        update.delta.members.upserts.len(),
        update.delta.rules.upserts.len()
    );
    // Every membership holds three of the groups that are named; there are 30 of them.
    assert_eq!(update.delta.members.upserts.len(), 30);
    assert!(update.delta.classes.upserts.len() <= 271);
}
