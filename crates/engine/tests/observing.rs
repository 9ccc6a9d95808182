//! What an observer sees: the path, and with `past_refusals` every gate behind the first refusal.

mod world;

use croft_engine::memory::Step;
use croft_engine::tables::*;
use croft_engine::{Direction, DropReason, Event, Ip, Parsed, Tracking};
use world::net::Net;
use world::packets::*;
use world::*;

#[test]
fn the_path_through_nat_hop_by_hop() {
    let net = Net::new(&World::new());
    let events = net.events(APP, &udp((APP_IP, 1), (INTERNET, 53), b""));
    let names: Vec<String> = events.iter().map(|e| format!("{e:?}").split(' ').next().unwrap_or("").into()).collect();
    assert_eq!(
        names,
        [
            "Left",
            "Groups",
            "NetworkAcl",
            "Routed",
            "NetworkAcl",
            "NatOut",
            "NetworkAcl",
            "Routed",
            "PublicSource",
            "ToInternet"
        ]
    );
    assert!(matches!(events[3], Event::Routed { subnet: PRIVATE, route: Route { kind: ROUTE_NAT, node: NAT }, .. }));
    let public = Ip::v4(NAT_PUBLIC);
    assert!(matches!(events[8], Event::PublicSource { gateway: GATEWAY, public: p, .. } if p == public));
}

#[test]
fn sets_classes_and_tracking_are_named() {
    let mut w = World::new();
    w.allow(ingress(PEER), APP_IP, 32, 17, 7);
    let net = Net::new(&w);
    let packet = udp((APP_IP, 1), (PEER_IP, 7), b"");
    let groups = |events: Vec<Event>| -> Vec<(Direction, Tracking, u32, u32)> {
        let named = events.into_iter().filter_map(|e| match e {
            Event::Groups { direction, tracking, set, bits, .. } => Some((direction, tracking, set, bits)),
            _ => None,
        });
        named.collect()
    };
    use {Direction::*, Tracking::*};
    let wide = VERDICT_ALLOW | VERDICT_WIDE;
    assert_eq!(
        groups(net.events(APP, &packet)),
        [(Egress, New, egress(APP), wide), (Ingress, New, ingress(PEER), VERDICT_ALLOW)]
    );
    let seen = groups(net.events(PEER, &answer(&packet, 0)));
    assert_eq!(seen.iter().map(|g| (g.0, g.1)).collect::<Vec<_>>(), [(Egress, Known), (Ingress, Known)]);
}

#[test]
fn why_every_gate_behind_the_first_refusal_is_listed() {
    let mut w = World::new();
    w.clear(egress(APP));
    w.acl(PRIVATE, 0, 78);
    w.acl(DATA_SUBNET, 77, 0);
    let net = Net::new(&w);
    net.tables.record(true);
    let tuple = Tuple {
        source: Ip::v4(PEER_IP),
        destination: Ip::v4(DATA_IP),
        source_port: 50_123,
        destination_port: 5432,
        protocol: TCP,
        ..Tuple::default()
    };
    let _ = net.tables.walk(APP, Parsed::opening(tuple, 60));
    let refused: Vec<(DropReason, u32)> = net
        .tables
        .take_record()
        .into_iter()
        .filter_map(|s| if let Step::Refused { reason, gate } = s { Some((reason, gate)) } else { None })
        .collect();
    use DropReason::*;
    assert_eq!(
        refused,
        [
            (SourceCheck, node(APP)),
            (SecurityGroupEgress, node(APP)),
            (NetworkAclEgress, PRIVATE),
            (NetworkAclIngress, DATA_SUBNET),
            (SecurityGroupIngress, node(DATA))
        ]
    );
}
