//! Translations of NAT gateways.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    time::Duration,
};

use croft_engine::{DropReason, tables::*};

use crate::{
    traffic::udp,
    world::{TABLE, World},
};

/// Longer than anything here takes on a machine under load.
const PATIENCE: Duration = Duration::from_secs(30);

#[test]
fn nat_3_after_350_idle_seconds_the_sender_gets_a_reset() {
    let mut world = World::new("natidle");
    let port = world.interface("a", 1, 10);
    world.nat_gateway(500);
    world.apply();
    let to = "9.9.9.9:80".parse().unwrap();
    let connect = || TcpStream::connect_timeout(&to, PATIENCE);
    let mut stream = world.fabric().in_namespace("a", connect).unwrap().unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut ask = || {
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")?;
        stream.read(&mut [0; 512])
    };
    assert!(ask().unwrap() > 0);
    world.fabric().advance_clock(Duration::from_secs(340)).unwrap();
    assert!(ask().unwrap() > 0, "not idle long enough");
    world.fabric().advance_clock(Duration::from_secs(351)).unwrap();
    assert_eq!(ask().unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(world.dropped(DropReason::NatIdle, port), 1);
}

/// A translated flow; then the tables change, and it is forgotten or not.
fn translations_after(name: &str, change: impl FnOnce(&mut World)) -> (usize, u64) {
    let mut world = World::new(name);
    world.interface("a", 1, 10);
    world.nat_gateway(500);
    world.apply();
    let a = udp(&world, "a", [10, 0, 1, 10], 5000);
    a.send_to(b"x", "9.9.9.9:7").unwrap();
    a.recv(&mut [0; 16]).unwrap();
    let before = world.fabric().connections().unwrap();
    assert_eq!((before.translations[&500], before.used), (1, 2));
    change(&mut world);
    world.apply();
    let seen = world.fabric().connections().unwrap();
    (seen.translations.len(), seen.used)
}

#[test]
fn nat_6_a_gateway_that_is_gone_leaves_no_translation() {
    let gone = translations_after("natgone", |world| {
        world.tables.nats.clear();
        world.tables.routes.insert(RouteKey::v4(TABLE, 0, 0), Route { kind: ROUTE_BLACKHOLE, node: 0 });
    });
    assert_eq!(gone, (0, 0));
}

#[test]
fn nat_6_a_route_elsewhere_leaves_no_translation() {
    let rerouted = translations_after("natroute", |world| {
        world.tables.routes.insert(RouteKey::v4(TABLE, 0x0909_0000, 16), Route { kind: ROUTE_INTERNET, node: 71 });
    });
    assert_eq!(rerouted, (0, 0));
}

#[test]
fn nat_6_a_route_for_others_leaves_the_translation() {
    let kept = translations_after("natkept", |world| {
        world.tables.routes.insert(RouteKey::v4(TABLE, 0x0808_0000, 16), Route { kind: ROUTE_INTERNET, node: 71 });
    });
    assert_eq!(kept, (1, 2));
}
