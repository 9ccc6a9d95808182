//! What a workload may try.

use croft_conformance::frame::{ACK, SYN};
use croft_conformance::world::{TCP, port};
use croft_conformance::{End, Outcome, Packet, World};
use croft_engine::DropReason::*;
use croft_model::group::Peer;

struct Hostile {
    world: World,
    /// The one that misbehaves.
    h: End,
    a: End,
    b: End,
}

fn hostile() -> Hostile {
    let mut world = World::new();
    let vpc = world.vpc("10.0.0.0/16");
    let subnet = world.subnet(&vpc, "10.0.1.0/24");
    let open = world.open_group(&vpc);
    let servers = world.group(&vpc);
    let clients = world.group(&vpc);
    world.allow_in(&servers, TCP, port(5432), Peer::Group(clients.clone()));
    let h = world.instance(&subnet, "10.0.1.66", &[&open]);
    let a = world.instance(&subnet, "10.0.1.10", &[&clients]);
    let b = world.instance(&subnet, "10.0.1.20", &[&servers]);
    Hostile { world, h, a, b }
}

#[test]
fn net_4_a_stolen_address_opens_no_door() {
    let x = hostile();
    let wanted = Packet::tcp((x.a.address, 40_000), (x.b.address, 5432), SYN);
    x.world.send(&x.h, &wanted).dropped(SourceCheck, &x.h);
    x.world.exchange(&x.a, &x.b, &wanted);
    // Nor does a segment within the connection that the victim has open.
    let within = Packet::tcp((x.a.address, 40_000), (x.b.address, 5432), ACK);
    x.world.send(&x.h, &within).dropped(SourceCheck, &x.h);
    x.world.send(&x.a, &within).delivered_to(&x.b);
}

#[test]
fn net_4_an_error_about_somebody_elses_connection_is_dropped() {
    let x = hostile();
    let request = Packet::tcp((x.a.address, 40_000), (x.b.address, 5432), SYN);
    let arrived = x.world.send(&x.a, &request);
    let forged = Packet::error(x.h.address, x.a.address, 3, 1, arrived.frame());
    x.world.send(&x.h, &forged).dropped(Unrelated, &x.h);
    let own = Packet::error(x.b.address, x.a.address, 3, 1, arrived.frame());
    x.world.send(&x.b, &own).delivered_to(&x.a);
}

#[test]
fn net_12_lengths_that_lie_are_malformed() {
    let x = hostile();
    let marker = *b"lengths!";
    let good = Packet::tcp((x.h.address, 40_000), (x.a.address, 80), SYN).bytes(x.h.mac, x.a.mac, marker);
    let change = |f: &dyn Fn(&mut Vec<u8>)| {
        let mut frame = good.clone();
        f(&mut frame);
        frame
    };
    let frames = [
        change(&|f| f[14] = 0x44),
        change(&|f| f[16..18].copy_from_slice(&9000u16.to_be_bytes())),
        change(&|f| f[16..18].copy_from_slice(&19u16.to_be_bytes())),
        change(&|f| f[16..18].copy_from_slice(&30u16.to_be_bytes())),
        change(&|f| f[46] = 0x10),
        change(&|f| f[46] = 0xf0),
    ];
    for frame in frames {
        x.world.send_bytes(&x.h, &frame, marker).dropped_for(Malformed);
    }
    for length in 14..34 {
        let mut frame = good[..length].to_vec();
        frame.resize(length, 0);
        let before = x.world.dropped(&x.h, Malformed);
        x.world.send_raw(&x.h, &frame);
        let began = std::time::Instant::now();
        while x.world.dropped(&x.h, Malformed) == before {
            assert!(began.elapsed().as_secs() < 30, "{length} bytes are counted");
        }
    }
}

#[test]
fn net_11_a_flood_of_fragments_starves_nobody() {
    let x = hostile();
    let first = Packet::udp((x.h.address, 1), (x.a.address, 2)).padded(1000).bytes(x.h.mac, x.a.mac, *b"flooding");
    let mut sent = 0u16;
    let began = std::time::Instant::now();
    while x.world.dropped(&x.h, RateLimited) == 0 {
        assert!(began.elapsed().as_secs() < 30, "a flood is held back");
        for _ in 0..5_000 {
            let mut frame = first.clone();
            sent = sent.wrapping_add(1);
            frame[18..20].copy_from_slice(&sent.to_be_bytes());
            frame[20..22].copy_from_slice(&0x2000u16.to_be_bytes());
            x.world.send_raw(&x.h, &frame);
        }
    }
    // Another interface's datagram in pieces arrives.
    let whole = Packet::udp((x.a.address, 1), (x.h.address, 2)).padded(3000).bytes(x.a.mac, x.h.mac, *b"in parts");
    for piece in crate::addresses::cut(&whole).iter().rev() {
        x.world.send_raw(&x.a, piece);
    }
    let piece = || x.world.receive(&x.h, |s| s.source == x.a.address && s.protocol == 17).fragment_offset;
    let mut offsets: Vec<u16> = (0..3).map(|_| piece()).collect();
    offsets.sort_unstable();
    assert_eq!(offsets, [0, 125, 250]);
    x.world.exchange(&x.a, &x.b, &Packet::tcp((x.a.address, 41_000), (x.b.address, 5432), SYN));
}

/// Nobody sweeps and nobody else opens anything: the packet program finds the room of dead connections by itself.
#[test]
fn sg_7_a_share_of_dead_connections_has_room_for_new_ones() {
    let x = hostile();
    let subnet = x.h.subnet.clone().expect("a subnet");
    let mut x = x;
    let open = x.world.cloud().interfaces[&x.h.id()].groups[0].clone();
    let c = x.world.instance(&subnet, "10.0.1.77", &[&open]);
    let flow = |source| Packet::udp((x.h.address, source), (c.address, 9));
    let mut source = 1;
    while let Outcome::Delivered { .. } = x.world.send(&x.h, &flow(source)) {
        source += 1;
        assert!(source < 1_500, "the share has no end");
    }
    x.world.send(&x.h, &flow(2_000)).dropped_for(InterfaceTableFull);
    x.world.advance(31);
    for source in 2_001..2_101 {
        x.world.send(&x.h, &flow(source)).delivered_to(&c);
    }
}

#[test]
fn sg_7_a_flood_of_connections_takes_no_more_than_its_share() {
    let x = hostile();
    let subnet = x.h.subnet.clone().expect("a subnet");
    let mut x = x;
    let open = x.world.cloud().interfaces[&x.h.id()].groups[0].clone();
    let c = x.world.instance(&subnet, "10.0.1.77", &[&open]);
    let mut delivered = 0;
    for source in 1..1500 {
        let flood = Packet::udp((x.h.address, source), (c.address, 9));
        match x.world.send(&x.h, &flood) {
            Outcome::Delivered { .. } => delivered += 1,
            refused => refused.dropped_for(InterfaceTableFull),
        }
    }
    assert!((1000..=1024).contains(&delivered), "{delivered} flows");
    x.world.exchange(&x.a, &x.b, &Packet::tcp((x.a.address, 41_000), (x.b.address, 5432), SYN));
}
