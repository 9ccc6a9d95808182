//! New flows that take the way of one before them, which memory makes walk: both must do the same with them.

#[path = "kernel/mod.rs"]
mod kernel;
#[path = "../../engine/tests/world/mod.rs"]
mod world;

use croft_engine::DropReason;
use croft_engine::tables::{CONN_TRACKED, OPEN_UDP, OPEN_UDP_WIDE};
use kernel::both::Both;
use world::packets::*;
use world::*;

impl Both {
    fn change(&mut self, world: &World) {
        self.kernel.install(&world.tables);
        self.memory.change(world.tables.clone());
    }
}

fn query(from: u16) -> Vec<u8> {
    udp((APP_IP, from), (PEER_IP, 7), b"query")
}

fn open() -> World {
    let mut world = World::new();
    world.allow(ingress(PEER), APP_IP, 32, 17, 7);
    world.allow(ingress(DATA), APP_IP, 32, 6, 5432);
    world
}

#[test]
fn a_new_flow_takes_the_way_of_one_like_it() {
    let mut both = Both::new(&open());
    for from in 40_000..40_010 {
        assert_eq!(both.send(APP, &query(from)).map(|d| d.0), Ok(PEER));
        assert_eq!(both.send(PEER, &answer(&query(from), 0)).map(|d| d.0), Ok(APP));
        let syn = tcp((APP_IP, from), (DATA_IP, 5432), SYN, b"");
        assert_eq!(both.send(APP, &syn).map(|d| d.0), Ok(DATA));
        assert_eq!(both.send(DATA, &answer(&syn, SYN | ACK)).map(|d| d.0), Ok(APP));
    }
    assert_eq!(both.kernel.precedents().len(), 2, "one for the queries, one for the connections");
    assert_eq!(both.kernel.connections().len(), 40, "and each has both its entries");
}

/// SG-2: what follows from a flow that is known does not hold for a new one.
#[test]
fn sg_2_a_known_flow_is_no_precedent() {
    let mut world = open();
    let mut both = Both::new(&world);
    both.send(APP, &query(40_000)).expect("allowed");
    both.send(PEER, &answer(&query(40_000), 0)).expect("an answer");
    world.clear(ingress(PEER));
    both.change(&world);
    assert_eq!(both.send(APP, &query(40_001)), Err(DropReason::SecurityGroupIngress), "of the policy before");
    assert_eq!(both.send(APP, &query(40_000)).map(|d| d.0), Ok(PEER), "known");
    assert_eq!(both.send(APP, &query(40_002)), Err(DropReason::SecurityGroupIngress), "of the known flow");
}

#[test]
fn a_precedent_is_of_one_sender_one_address_and_one_port() {
    let mut both = Both::new(&open());
    both.send(APP, &query(40_000)).expect("allowed");
    let refused = [
        (APP, udp((APP_IP, 40_001), (PEER_IP, 8), b"")),
        (APP, udp((PEER_IP, 40_001), (PEER_IP, 7), b"")),
        (DATA, udp((DATA_IP, 40_001), (PEER_IP, 7), b"")),
        (STRANGER, udp((APP_IP, 40_001), (PEER_IP, 7), b"")),
        (APP, tcp((APP_IP, 40_001), (PEER_IP, 7), SYN, b"")),
    ];
    for (port, frame) in refused {
        both.send(port, &frame).expect_err("another flow");
    }
    assert_eq!(both.kernel.precedents().len(), 1);
}

/// SG-6: what leads untracked flows is untracked, at either end or at both.
#[test]
fn sg_6_an_untracked_flow_leads_untracked_ones() {
    for ends in [&[APP][..], &[PEER], &[APP, PEER]] {
        let mut world = open();
        for port in ends {
            world.clear(ingress(*port));
            world.class(ingress(*port), 0, 0, OPEN_UDP | OPEN_UDP_WIDE);
        }
        let mut both = Both::new(&world);
        for from in 40_000..40_003 {
            assert_eq!(both.send(APP, &query(from)).map(|d| d.0), Ok(PEER));
        }
        let memory = both.memory.connections();
        let untracked = memory.values().filter(|c| c.flags & CONN_TRACKED == 0).count();
        assert_eq!((memory.len(), untracked), (6, 3 * ends.len()), "in memory");
        for (key, conn) in both.kernel.connections() {
            assert_eq!(Some(conn.flags), memory.get(&key).map(|c| c.flags), "{key:?}");
        }
    }
}

/// What a gateway does with a flow is that flow's own.
#[test]
fn a_translated_flow_is_no_precedent() {
    let mut both = Both::new(&open());
    for from in 40_000..40_004 {
        both.send(APP, &udp((APP_IP, from), (INTERNET, 53), b"")).expect("through the NAT gateway");
        both.send(WEB, &udp((WEB_IP, from), (INTERNET, 53), b"")).expect("through the internet gateway");
    }
    assert_eq!(both.kernel.precedents().len(), 0);
}
