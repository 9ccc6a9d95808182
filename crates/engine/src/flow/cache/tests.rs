use super::*;
use crate::connection::{self, Sight};
use crate::memory::{Limits, MemoryTables, Snapshot};
use crate::packet::Known;
use crate::{Ip, short_way};
use proptest::prelude::*;

const SECOND: u64 = 1_000_000_000;

/// More flows than slots.
fn key(n: u8) -> ConnKey {
    let (source, destination) = (Ip::v4(0x0a00_0001), Ip::v4(0x0a00_0002));
    let (source_port, destination_port) = if n.is_multiple_of(2) { (n as u16, 80) } else { (80, n as u16 - 1) };
    let tuple = Tuple { source, destination, source_port, destination_port, protocol: TCP, ..Tuple::default() };
    ConnKey::new(1 + n as u32 % 2, &tuple)
}

fn tables(slots: u32) -> MemoryTables {
    let limits = Limits { flow_slots: slots, ..Limits::default() };
    MemoryTables::with_limits(Snapshot::default(), limits)
}

#[derive(Clone, Debug)]
enum Deed {
    /// So many packets, and whether the last one ends the connection.
    Send(u8, u8, bool),
    Wait(u64),
    Look(u8),
    /// As a walk writes an entry: after a look at it.
    Walk(u8),
    Insert(u8),
    Remove(u8),
    Policy,
}

fn deed() -> impl Strategy<Value = Deed> {
    let flow = 0..8u8;
    let wait = prop_oneof![Just(0), Just(1), Just(SECOND - 1), Just(SECOND), Just(2 * SECOND), 0..12 * SECOND];
    prop_oneof![
        6 => (flow.clone(), 1..20u8, prop::bool::weighted(0.1)).prop_map(|(n, packets, end)| Deed::Send(n, packets, end)),
        3 => wait.prop_map(Deed::Wait),
        2 => flow.clone().prop_map(Deed::Look),
        1 => flow.clone().prop_map(Deed::Walk),
        1 => flow.clone().prop_map(Deed::Insert),
        1 => flow.prop_map(Deed::Remove),
        1 => Just(Deed::Policy),
    ]
}

fn entry(tables: &MemoryTables, n: u8) -> Conn {
    let mut conn = Conn { port: 7, mtu: 1500, last: tables.monotonic(), ..Conn::default() };
    conn.epoch = tables.clock().expect("a clock").epoch;
    conn.flags = n & CONN_TRACKED;
    conn
}

fn look(tables: &MemoryTables, n: u8) -> (u64, u32, u8, u32) {
    let (mut near, mut far) = (Sight::default(), Sight::default());
    connection::look(tables, &key(n), &mut ConnKey::default(), &mut near, &mut far);
    (near.last, near.packets, near.flags, near.found)
}

/// What can be seen of it.
fn act(tables: &mut MemoryTables, deed: &Deed) -> Vec<String> {
    let mut seen = Vec::new();
    match *deed {
        Deed::Send(n, packets, end) => {
            for i in 0..packets {
                let closing = if end && i + 1 == packets { CONN_CLOSING } else { 0 };
                let known = Known { key: key(n), length: 100 + i as u32, headers: 40, closing };
                seen.push(format!("{:?}", short_way(tables, &known, || 0, |_, conn| Some(conn.port))));
            }
        }
        Deed::Wait(by) => tables.advance(by),
        Deed::Look(n) => seen.push(format!("{:?}", look(tables, n))),
        Deed::Walk(n) => {
            seen.push(format!("{:?}", look(tables, n)));
            let new = entry(tables, n);
            tables.conn(&key(n), |c| *c = Conn { packets: 1, ..new });
        }
        Deed::Insert(n) => {
            let new = entry(tables, n);
            seen.push(format!("{:?}", connection::insert(tables, &key(n), &new, false)));
        }
        Deed::Remove(n) => connection::remove(tables, &key(n), false),
        Deed::Policy => tables.change(Snapshot::default()),
    }
    seen
}

proptest! {
    /// With a cache and without one the same is seen, and when all is settled the same is left.
    #[test]
    fn nobody_sees_the_cache(deeds in prop::collection::vec(deed(), 1..120), slots in prop_oneof![Just(1u32), Just(2), Just(8)]) {
        let (mut with, mut without) = (tables(slots), tables(0));
        for n in 0..8 {
            act(&mut with, &Deed::Insert(n));
            act(&mut without, &Deed::Insert(n));
        }
        for deed in &deeds {
            prop_assert_eq!(act(&mut with, deed), act(&mut without, deed), "{:?}", deed);
        }
        for n in 0..8 {
            settle(&with, &key(n));
        }
        prop_assert_eq!(with.connections(), without.connections());
    }
}

fn send(tables: &MemoryTables, n: u8, packets: u32) {
    for _ in 0..packets {
        let known = Known { key: key(n), length: 100, headers: 40, closing: 0 };
        assert_eq!(short_way(tables, &known, || 0, |_, conn| Some(conn.port)), Some(7));
    }
}

fn holder(tables: &MemoryTables, n: u8) -> ConnKey {
    let held = |slot: &mut FlowSlot| if slot.synced == 0 { ConnKey::default() } else { slot.key };
    tables.flow_slot(&key(n), held).expect("a slot")
}

fn opened(slots: u32) -> MemoryTables {
    let tables = tables(slots);
    for n in 0..8 {
        assert_eq!(connection::insert(&tables, &key(n), &entry(&tables, n), false), crate::Inserted::Done);
    }
    tables
}

#[test]
fn a_short_connection_has_no_slot() {
    let tables = opened(1);
    send(&tables, 0, CACHED_FROM - 1);
    assert_eq!(holder(&tables, 0), ConnKey::default());
    send(&tables, 0, 1);
    assert_eq!(holder(&tables, 0), key(0));
}

#[test]
fn what_a_slot_counts_is_in_the_entry_after_a_second() {
    let tables = opened(1);
    send(&tables, 0, 100);
    assert_eq!(tables.connections()[&key(0)].packets, CACHED_FROM);
    tables.advance(SECOND - 1);
    send(&tables, 0, 1);
    assert_eq!(tables.connections()[&key(0)].packets, CACHED_FROM);
    tables.advance(1);
    send(&tables, 0, 1);
    let entry = tables.connections()[&key(0)];
    assert_eq!((entry.packets, entry.bytes, entry.last), (102, 10_200, tables.monotonic()));
    assert_eq!(holder(&tables, 0), key(0), "and it stays the flow's");
    assert!(settle(&tables, &key(0)));
    assert_eq!(holder(&tables, 0), ConnKey::default());
    send(&tables, 0, 1);
    assert_eq!(holder(&tables, 0), key(0), "at once, when somebody has looked");
}

#[test]
fn a_busy_flow_keeps_its_slot_and_a_quiet_one_gives_it_up() {
    let tables = opened(1);
    send(&tables, 0, 100);
    send(&tables, 2, 100);
    assert_eq!(holder(&tables, 2), key(0));
    tables.advance(2 * SECOND);
    send(&tables, 2, 1);
    assert_eq!(holder(&tables, 2), key(2));
    assert_eq!(tables.connections()[&key(0)].packets, 100, "nothing is lost");
}

#[test]
fn a_slot_ends_with_its_entry() {
    let tables = opened(1);
    send(&tables, 0, 100);
    connection::remove(&tables, &key(0), false);
    assert_eq!(holder(&tables, 0), ConnKey::default());
    let known = Known { key: key(0), length: 100, headers: 40, closing: 0 };
    assert_eq!(short_way(&tables, &known, || 0, |_, conn| Some(conn.port)), None);
}

/// Two lines of a processor's cache, and the kernel's elements lie close to each other.
#[test]
fn a_slot_fills_two_lines_of_the_cache() {
    assert_eq!(size_of::<FlowSlot>(), 128);
    assert!([1, 25, 64, 65_536, 1_000_000].map(slots_for).iter().all(|n| n.is_power_of_two() && *n <= 65_536));
}
