//! What goes on while nobody owns the fabric, and what is as large as it is said to be.

use croft_conformance::frame::SYN;
use croft_conformance::world::{TCP, UDP, cidr, port};
use croft_conformance::{End, Packet, World};
use croft_datapath::bpf::Map;
use croft_engine::DropReason::*;
use croft_engine::tables::{Clock, Conn, ConnKey};
use croft_model::group::Direction;
use croft_model::route::RouteTarget;
use croft_policy::ROUTER_MAC;
use std::net::Ipv4Addr;
use std::path::Path;

struct Pair {
    world: World,
    a: End,
    b: End,
}

fn pair(connections: u32) -> Pair {
    let mut world = World::with_connections(connections, 0);
    let vpc = world.vpc("10.0.0.0/16");
    let subnet = world.subnet(&vpc, "10.0.1.0/24");
    let group = world.group(&vpc);
    world.allow_in(&group, UDP, port(53), cidr("10.0.0.0/16"));
    let a = world.instance(&subnet, "10.0.1.10", &[&group]);
    let b = world.instance(&subnet, "10.0.1.20", &[&group]);
    Pair { world, a, b }
}

impl Pair {
    /// A datagram, seen only by what arrives.
    fn datagram(&self, source: u16, destination: u16) {
        let packet = Packet::udp((self.a.address, source), (self.b.address, destination));
        self.world.send_raw(&self.a, &packet.bytes(self.a.mac, ROUTER_MAC, *b"unwatch!"));
    }

    fn arrived(&self) -> usize {
        self.world.received(&self.b).iter().filter(|f| f.ends_with(b"unwatch!")).count()
    }
}

/// Moves the fabric's clock in the kernel's own table: there is no daemon to ask.
fn advance(run: &Path, seconds: u64) {
    let map: Map<u32, Clock> = Map::open(&run.join("bpf/maps/CLOCK"), "CLOCK").expect("the pinned clock");
    let mut clock = map.get(&0).expect("a readable clock").expect("its value");
    clock.offset += seconds * 1_000_000_000;
    map.set(&0, &clock).expect("a writable clock");
}

fn connections(run: &Path) -> usize {
    let map: Map<ConnKey, Conn> = Map::open(&run.join("bpf/maps/CONNS"), "CONNS").expect("the pinned table");
    map.keys().expect("readable").len()
}

#[test]
fn sg_7_sixty_seconds_without_a_daemon_at_nine_tenths_and_new_flows_still_open() {
    let mut p = pair(4096);
    for source in 0..1843 {
        p.datagram(1000 + source, 53);
        if source % 100 == 0 {
            p.arrived();
        }
    }
    p.arrived();
    let run = p.world.abandon();
    let used = connections(&run);
    assert!((3600..=3700).contains(&used), "{used} of 4096 entries");
    advance(&run, 60);
    // More than the tenth that is free: the others must give way, and nobody sweeps.
    let mut open = 0;
    for source in 0..1500 {
        p.datagram(20_000 + source, 53);
        open += p.arrived();
    }
    assert_eq!(open, 1500);
    // Still no way for what the rules do not allow.
    p.datagram(30_000, 54);
    assert_eq!(p.arrived(), 0);
    p.world.adopt();
    assert_eq!(p.world.dropped(&p.a, TableFull), 0);
    assert_eq!(p.world.dropped(&p.a, SecurityGroupIngress), 1);
}

#[test]
fn sg_2_known_and_new_flows_go_on_without_a_daemon_and_arp_is_answered() {
    let mut p = pair(4096);
    let known = Packet::udp((p.a.address, 5000), (p.b.address, 53));
    p.world.exchange(&p.a, &p.b, &known);
    let run = p.world.abandon();
    p.datagram(5000, 53);
    p.datagram(5001, 53);
    assert_eq!(p.arrived(), 2);
    let mut arp = vec![0xff; 6];
    arp.extend(p.a.mac);
    arp.extend([8, 6, 0, 1, 8, 0, 6, 4, 0, 1]);
    arp.extend(p.a.mac);
    arp.extend(p.a.address.octets());
    arp.extend([0; 6]);
    arp.extend(p.b.address.octets());
    arp.resize(60, 0);
    p.world.send_raw(&p.a, &arp);
    let answer = p.world.receive_frame(&p.a, |f| (f[12..14] == [8, 6]).then(|| f.to_vec()));
    assert_eq!(answer[22..28], p.b.mac);
    // A flow that has been idle is judged afresh, without anybody sweeping.
    advance(&run, 200);
    p.datagram(5000, 53);
    assert_eq!(p.arrived(), 1);
    p.world.adopt();
    // What the cloud has become meanwhile is applied; what was right is not touched.
    let before = p.world.fabric().applied().expect("the tables");
    p.world.apply();
    assert_eq!(p.world.fabric().applied().expect("the tables"), before);
    let group = p.world.cloud().interfaces[&p.b.id()].groups[0].clone();
    p.world.close(&group, Direction::Ingress);
    p.world.send(&p.a, &Packet::udp((p.a.address, 6000), (p.b.address, 53))).dropped(SecurityGroupIngress, &p.b);
}

#[test]
fn nat_1_fifty_five_thousand_connections_to_one_destination_and_not_one_more() {
    let mut world = World::with_connections(120_000, 0);
    let vpc = world.vpc("10.0.0.0/16");
    let gateway = world.internet_gateway(&vpc);
    let public = world.public_subnet(&vpc, "10.0.1.0/24", &gateway);
    let (nat, _) = world.nat_gateway(&public);
    let subnet = world.subnet(&vpc, "10.0.2.0/24");
    let table = world.route_table(&vpc, &subnet);
    world.route(&table, "0.0.0.0/0", RouteTarget::NatGateway(nat.id.clone()));
    let group = world.group(&vpc);
    let a = world.instance(&subnet, "10.0.2.10", &[&group]);
    let internet = world.internet();
    let to = |source: u16, destination: Ipv4Addr| Packet::udp((a.address, source), (destination, 53));
    let mut arrived = 0;
    for i in 0..55_000u16 {
        world.send_raw(&a, &to(1000 + i, internet.address).bytes(a.mac, ROUTER_MAC, *b"unwatch!"));
        if i % 64 == 63 || i == 54_999 {
            arrived += world.received(&internet).iter().filter(|f| f.ends_with(b"unwatch!")).count();
        }
    }
    assert_eq!(arrived, 55_000);
    world.send(&a, &to(60_000, internet.address)).dropped(NatPortAllocation, &nat.id);
    // Another destination has its own ports, and one that idles gives them back without a sweep.
    world.send(&a, &to(60_000, Ipv4Addr::new(203, 0, 113, 8))).delivered_to(&internet);
    world.advance(351);
    world.send(&a, &to(60_001, internet.address)).delivered_to(&internet);
}

#[test]
fn sg_8_an_interface_with_three_hundred_rules_is_judged_by_each() {
    let mut world = World::new();
    let vpc = world.vpc("10.0.0.0/16");
    let subnet = world.subnet(&vpc, "10.0.1.0/24");
    let groups: Vec<_> = (0..5).map(|_| world.group(&vpc)).collect();
    for (g, group) in groups.iter().enumerate() {
        for i in 0..60 {
            let p = 1000 + (g * 60 + i) as u16 * 3;
            world.allow_in(group, TCP, port(p), cidr("10.0.1.10/32"));
        }
    }
    let clients = world.group(&vpc);
    let a = world.instance(&subnet, "10.0.1.10", &[&clients]);
    let b = world.instance(&subnet, "10.0.1.20", &groups.iter().collect::<Vec<_>>());
    for i in (0..300u16).step_by(7) {
        let to = |p| Packet::tcp((a.address, 40_000), (b.address, p), SYN);
        world.send(&a, &to(1000 + i * 3)).delivered_to(&b);
        world.send(&a, &to(1001 + i * 3)).dropped(SecurityGroupIngress, &b);
    }
}
