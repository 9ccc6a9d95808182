//! Busy flows have slots in the flow cache, and nobody who looks at their entries sees a difference.

use std::time::Duration;

use croft_datapath::{Fabric, KernelTables};
use croft_engine::{Tables, flow::cache::settle, tables::ConnKey};

use crate::{
    traffic::{exchange, udp},
    world::{World, options},
};

/// Whose the slots are.
fn holders(fabric: &Fabric) -> Vec<ConnKey> {
    let flows = &fabric.maps().flows;
    let held = (0..flows.length()).map(|n| flows.get(n).unwrap()).filter(|slot| slot.synced != 0);
    let mut all: Vec<ConnKey> = held.map(|slot| slot.key).collect();
    all.sort();
    all
}

/// Packets of each entry, settled.
fn packets(fabric: &Fabric) -> Vec<u32> {
    let tables = KernelTables::new(fabric.maps());
    let entries = fabric.maps().connections.entries().unwrap();
    entries.iter().map(|(key, _)| (settle(&tables, key), tables.conn(key, |c| c.packets).unwrap()).1).collect()
}

#[test]
fn a_slot_outlives_its_owner_and_ends_with_its_entry() {
    let mut world = World::new("flows");
    world.interface("a", 1, 10);
    world.interface("b", 1, 20);
    world.apply();
    let a = udp(&world, "a", [10, 0, 1, 10], 5000);
    let b = udp(&world, "b", [10, 0, 1, 20], 5000);
    (0..50).for_each(|_| exchange(&a, &b));
    let busy = holders(world.fabric());
    assert_eq!(busy.len(), 2, "{busy:?}");

    drop(world.fabric.take());
    world.fabric = Some(Fabric::open(options(&world.run_dir)).unwrap());
    assert!(world.fabric().was_adopted());
    assert_eq!(holders(world.fabric()), busy);
    (0..50).for_each(|_| exchange(&a, &b));
    let clock = world.fabric().maps().clock.get(&0).unwrap();
    world.fabric().replace_program().unwrap();
    assert_eq!(world.fabric().maps().clock.get(&0).unwrap(), clock);
    assert_eq!(packets(world.fabric()), [100, 100]);
    assert_eq!(holders(world.fabric()), [], "settled");

    (0..50).for_each(|_| exchange(&a, &b));
    assert_eq!(holders(world.fabric()), busy);
    // A stream ends after 180 s (row SG-7).
    world.fabric().advance_clock(Duration::from_secs(179)).unwrap();
    assert_eq!(world.fabric().sweep().unwrap().connections, 0);
    (0..50).for_each(|_| exchange(&a, &b));
    world.fabric().advance_clock(Duration::from_secs(181)).unwrap();
    assert_eq!(world.fabric().sweep().unwrap().connections, 2);
    assert_eq!(holders(world.fabric()), []);
}
