//! Interfaces and addresses that come to a namespace that is in use, and leave it (row NET-4).

use std::fs;

use croft_datapath::InterfaceSpec;
use croft_engine::{Ip, tables::*};

use crate::{
    slow_path::send_and_receive,
    traffic::{exchange, udp},
    world::{VPC, World, spec},
};

/// A further address of an interface, in the tables.
fn owned(world: &mut World, address: [u8; 4], port: u32, subnet: u32) {
    let address = Ip::from(std::net::Ipv4Addr::from(address));
    world
        .tables
        .owners
        .insert(VpcAddress { vpc: VPC, address }, Owner { kind: OWNER_INTERFACE, node: port, subnet, membership: 0 });
}

/// A second interface 10.0.1.11 of the namespace `a`.
fn second() -> InterfaceSpec {
    InterfaceSpec { name: "eni-second".into(), device: "eth1".into(), namespace: "a".into(), ..spec("x", 1, 11) }
}

fn devices(world: &World, namespace: &str) -> Vec<String> {
    let text = world.fabric().in_namespace(namespace, || fs::read_to_string("/proc/thread-self/net/dev")).unwrap();
    let text = text.unwrap();
    let mut names: Vec<_> = text.lines().filter_map(|l| Some(l.split_once(':')?.0.trim().to_owned())).collect();
    names.sort();
    names
}

#[test]
fn net_4_an_address_that_moves_to_another_interface_of_its_instance_answers_from_there() {
    let mut world = World::new("moves");
    let first_port = world.interface("a", 1, 10);
    world.interface("c", 2, 30);
    let mut second = second();
    second.addresses.push(([10, 0, 1, 12].into(), 24));
    let second_port = world.fabric().ensure_interface(&second).unwrap();
    world.add(second_port, &second, 1);
    owned(&mut world, [10, 0, 1, 12], second_port, 1);
    world.apply();
    let c = udp(&world, "c", [10, 0, 2, 30], 5000);
    exchange(&c, &udp(&world, "a", [10, 0, 1, 12], 5000));

    let mut first = spec("a", 1, 10);
    first.addresses.extend(second.addresses.pop());
    world.fabric().ensure_interface(&second).unwrap();
    world.fabric().ensure_interface(&first).unwrap();
    owned(&mut world, [10, 0, 1, 12], first_port, 1);
    world.apply();
    exchange(&c, &udp(&world, "a", [10, 0, 1, 12], 5001));
    exchange(&c, &udp(&world, "a", [10, 0, 1, 11], 5001));
    exchange(&c, &udp(&world, "a", [10, 0, 1, 10], 5001));
}

#[test]
fn net_4_a_detached_interface_leaves_nothing_behind() {
    let mut world = World::new("detached");
    let first_port = world.interface("a", 1, 10);
    world.interface("c", 2, 30);
    assert_eq!(devices(&world, "a"), ["eth0", "lo"]);
    let port = world.fabric().ensure_interface(&second()).unwrap();
    world.add(port, &second(), 1);
    world.apply();
    assert_eq!(devices(&world, "a"), ["eth0", "eth1", "lo"]);
    let c = udp(&world, "c", [10, 0, 2, 30], 5000);
    exchange(&c, &udp(&world, "a", [10, 0, 1, 11], 5000));

    world.tables.interfaces.remove(&port);
    world.tables.owners.retain(|_, owner| owner.node != port);
    world.apply();
    world.fabric().remove_interface("eni-second").unwrap();
    assert_eq!(devices(&world, "a"), ["eth0", "lo"]);
    // Its address is free and comes back as a secondary one of the first: it answers from there.
    let mut first = spec("a", 1, 10);
    first.addresses.push(([10, 0, 1, 11].into(), 24));
    world.fabric().ensure_interface(&first).unwrap();
    owned(&mut world, [10, 0, 1, 11], first_port, 1);
    world.apply();
    exchange(&c, &udp(&world, "a", [10, 0, 1, 11], 5001));
}

#[test]
fn net_4_an_interface_moves_from_one_instance_to_another_with_its_address() {
    let mut world = World::new("moved");
    world.interface("a", 1, 10);
    world.interface("b", 1, 20);
    world.interface("c", 2, 30);
    let port = world.fabric().ensure_interface(&second()).unwrap();
    world.add(port, &second(), 1);
    world.apply();
    let c = udp(&world, "c", [10, 0, 2, 30], 5000);
    exchange(&c, &udp(&world, "a", [10, 0, 1, 11], 5000));

    // Without having been removed first: the agent may see both changes at once.
    let there = InterfaceSpec { namespace: "b".into(), ..second() };
    let moved = world.fabric().ensure_interface(&there).unwrap();
    assert_ne!(moved, port);
    world.tables.interfaces.remove(&port);
    world.add(moved, &there, 1);
    world.apply();
    assert_eq!(devices(&world, "a"), ["eth0", "lo"]);
    exchange(&c, &udp(&world, "b", [10, 0, 1, 11], 5000));
}

/// The kernel sees to a link that has come up when it gets round to it, and drops what is sent by it before. Several at a
/// time, so that it has something to do.
#[test]
fn net_4_an_interface_carries_packets_as_soon_as_it_is_there() {
    std::thread::scope(|s| {
        for _ in 0..4 {
            s.spawn(fresh_interfaces);
        }
    });
}

fn fresh_interfaces() {
    let mut world = World::new("fresh");
    for round in 0..10 {
        let names = [format!("a{round}"), format!("b{round}")];
        let ports = [world.interface(&names[0], 1, 10), world.interface(&names[1], 2, 20)];
        world.apply();
        let a = udp(&world, &names[0], [10, 0, 1, 10], 5000);
        let b = udp(&world, &names[1], [10, 0, 2, 20], 5000);
        // In fragments: they are sent to the receiver's end by user space. Nobody sends them again.
        send_and_receive(&a, &b, 20_000);
        send_and_receive(&b, &a, 20_000);
        for (name, port) in names.iter().zip(ports) {
            world.fabric().remove_interface(&format!("eni-{name}")).unwrap();
            world.fabric().remove_namespace(name).unwrap();
            world.tables.interfaces.remove(&port);
        }
    }
}
