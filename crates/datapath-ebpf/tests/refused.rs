//! What becomes of packets that the program does not carry: counted, told, handed to user space.

#[path = "kernel/mod.rs"]
mod kernel;
#[path = "../../engine/tests/world/mod.rs"]
mod world;

use croft_engine::punt::{PUNT_BURST, PUNT_HEADER, PUNT_RATE, PuntHeader};
use croft_engine::tables::DropKey;
use croft_engine::{DropReason, Ip};
use kernel::both::Both;
use kernel::{REDIRECT, SHOT};
use world::packets::*;
use world::*;

fn now() -> u64 {
    let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: a place for the answer.
    assert_eq!(unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC_COARSE, &mut t) }, 0);
    t.tv_sec as u64 * 1_000_000_000 + t.tv_nsec as u64
}

fn fragment() -> Vec<u8> {
    let mut f = udp((APP_IP, 1), (PEER_IP, 7), b"12345678");
    f[20] = 0x20;
    seal_ip(&mut f);
    f
}

#[test]
fn a_fragment_goes_to_user_space_with_its_label() {
    let mut both = Both::new(&World::new());
    both.kernel.punt_to(UPLINK, now());
    let outcome = both.kernel.send(APP, &fragment(), 1);
    assert_eq!(outcome.verdict, REDIRECT);
    let (label, frame) = outcome.frame.split_first_chunk::<PUNT_HEADER>().expect("a label");
    let reason = DropReason::Fragment as u32;
    assert_eq!(PuntHeader::from_bytes(label), Some(PuntHeader { port: APP, reason }));
    assert_eq!(frame, fragment());
    assert_eq!(both.kernel.dropped(DropReason::Fragment, 0, APP), 0);
}

#[test]
fn an_error_is_asked_for_and_the_drop_is_counted() {
    let mut both = Both::new(&World::new());
    both.kernel.punt_to(UPLINK, now());
    let outcome = both.kernel.send(APP, &udp((APP_IP, 1), (ip(169, 254, 169, 254), 80), b""), 1);
    assert_eq!(outcome.verdict, REDIRECT);
    assert_eq!(outcome.frame[4..8], (DropReason::NoService as u32).to_be_bytes());
    assert_eq!(both.kernel.dropped(DropReason::NoService, node(APP), APP), 1);
}

#[test]
fn without_user_space_a_fragment_is_counted_by_its_reason() {
    let mut both = Both::new(&World::new());
    for heartbeat in [None, Some(now() - 3_000_000_000)] {
        if let Some(heartbeat) = heartbeat {
            both.kernel.punt_to(UPLINK, heartbeat);
        }
        assert_eq!(both.kernel.send(APP, &fragment(), 1).verdict, SHOT);
    }
    assert_eq!(both.kernel.dropped(DropReason::Fragment, 0, APP), 2);
}

#[test]
fn a_flood_of_fragments_is_cut_off_for_its_sender_only() {
    const LATER: u64 = 3_600_000_000_000;
    let mut both = Both::new(&World::new());
    let flood = |both: &mut Both, packets: u64| -> u64 {
        let mut up = 0;
        for _ in 0..packets {
            both.kernel.punt_to(UPLINK, now());
            up += u64::from(both.kernel.send(APP, &fragment(), 1).verdict == REDIRECT);
        }
        up
    };
    // Time brings credit: while it stands still there is none to come, however slow this machine is.
    both.kernel.credit(APP, PUNT_BURST, now() + LATER);
    assert_eq!(flood(&mut both, PUNT_BURST + 500), PUNT_BURST);
    assert_eq!(both.kernel.dropped(DropReason::RateLimited, 0, APP), 500);
    let mut other = fragment();
    other[26..30].copy_from_slice(&PEER_IP.to_be_bytes());
    seal_ip(&mut other);
    assert_eq!(both.kernel.send(PEER, &other, 1).verdict, REDIRECT);
    // A tenth of a second has passed, or more.
    both.kernel.credit(APP, 0, now() - 100_000_000);
    assert_eq!(flood(&mut both, PUNT_RATE / 10), PUNT_RATE / 10);
}

#[test]
fn a_drop_is_counted_and_told_as_it_happens() {
    let mut both = Both::new(&World::new());
    let packet = tcp((APP_IP, 40_000), (DATA_IP, 5432), SYN, b"");
    for _ in 0..3 {
        assert_eq!(both.send(APP, &packet), Err(DropReason::SecurityGroupIngress));
    }
    assert_eq!(both.kernel.dropped(DropReason::SecurityGroupIngress, node(DATA), APP), 3);
    let events = both.kernel.events();
    assert_eq!(events.len(), 3);
    let key = DropKey { reason: DropReason::SecurityGroupIngress as u32, node: node(DATA), port: APP };
    assert_eq!((events[0].key, events[0].length as usize), (key, packet.len()));
    assert_eq!((events[0].tuple.destination, events[0].tuple.destination_port), (Ip::v4(DATA_IP), 5432));
}
