//! Route tables of internet gateways (row RT-7).

mod world;

use croft_engine::DropReason::*;
use croft_engine::Event;
use croft_engine::tables::*;
use world::net::Net;
use world::packets::*;
use world::*;

/// The table of the gateway of `VPC`.
const TABLE: u32 = 777;

const DATA_PUBLIC: u32 = ip(198, 18, 0, 6);

/// What comes in for the data subnet goes to `WEB`, which takes any address, and so does what `DATA` answers.
fn middlebox() -> World {
    let mut w = World::new();
    w.public(VPC, DATA_IP, DATA_PUBLIC, GATEWAY);
    w.gateway_table(VPC, TABLE);
    w.tables.routes.insert(RouteKey::v4(TABLE, ip(10, 0, 2, 0), 24), Route { kind: ROUTE_INTERFACE, node: WEB });
    w.route(DATA_SUBNET, 0, 0, ROUTE_INTERFACE, WEB);
    w.edit(WEB, |i| i.flags |= IF_ANY_ADDRESS);
    w.allow(ingress(WEB), 0, 0, 6, ALL);
    w.allow(ingress(DATA), 0, 0, 6, ALL);
    w
}

fn to_data() -> Vec<u8> {
    tcp((INTERNET, 50_123), (DATA_PUBLIC, 443), SYN, b"")
}

#[test]
fn rt_7_an_appliance_sees_both_directions_of_what_comes_in() {
    let net = Net::new(&middlebox());
    let (port, inside) = net.send(UPLINK, &to_data()).expect("to the appliance");
    assert_eq!((port, source(&inside), destination(&inside)), (WEB, (INTERNET, 50_123), (DATA_IP, 443)));
    let (port, inside) = net.send(WEB, &tcp((INTERNET, 50_123), (DATA_IP, 443), SYN, b"")).expect("passed on");
    assert_eq!((port, source(&inside)), (DATA, (INTERNET, 50_123)));
    let back = tcp((DATA_IP, 443), (INTERNET, 50_123), SYN | ACK, b"");
    assert_eq!(net.to(DATA, &back), Ok(WEB), "the subnet's table leads to the appliance");
    let (port, out) = net.send(WEB, &back).expect("out");
    assert_eq!((port, source(&out)), (UPLINK, (DATA_PUBLIC, 443)), "with the public address of who answers");
    // The short way, in both directions and at both places.
    assert_eq!(net.to(UPLINK, &tcp((INTERNET, 50_123), (DATA_PUBLIC, 443), ACK, b"")), Ok(WEB));
    assert_eq!(net.to(WEB, &tcp((INTERNET, 50_123), (DATA_IP, 443), ACK, b"")), Ok(DATA));
    assert_eq!(net.to(DATA, &tcp((DATA_IP, 443), (INTERNET, 50_123), ACK, b"")), Ok(WEB));
    assert_eq!(net.to(WEB, &tcp((DATA_IP, 443), (INTERNET, 50_123), ACK, b"")), Ok(UPLINK));
}

#[test]
fn rt_7_what_is_local_goes_straight() {
    let mut w = middlebox();
    let net = Net::new(&w);
    assert_eq!(net.to(UPLINK, &tcp((INTERNET, 1), (WEB_PUBLIC, 443), SYN, b"")), Ok(WEB), "no route but local");
    w.tables.routes.insert(RouteKey::v4(TABLE, ip(10, 0, 2, 0), 24), Route { kind: ROUTE_LOCAL, node: 0 });
    assert_eq!(Net::new(&w).to(UPLINK, &to_data()), Ok(DATA));
    w.tables.routes.insert(RouteKey::v4(TABLE, ip(10, 0, 0, 0), 16), Route { kind: ROUTE_INTERFACE, node: WEB });
    w.tables.routes.remove(&RouteKey::v4(TABLE, ip(10, 0, 2, 0), 24));
    assert_eq!(Net::new(&w).to(UPLINK, &to_data()), Ok(WEB), "all of the VPC");
}

#[test]
fn rt_7_an_appliance_needs_its_check_off_and_a_public_address() {
    let mut w = middlebox();
    w.edit(WEB, |i| i.flags &= !IF_ANY_ADDRESS);
    assert_eq!(Net::new(&w).dropped(UPLINK, &to_data()), Some((DestinationCheck, node(WEB))));
    let mut w = middlebox();
    w.edit(WEB, |i| i.flags &= !IF_PUBLIC);
    assert_eq!(Net::new(&w).dropped(UPLINK, &to_data()), Some((NoPublicAddress, node(WEB))));
}

#[test]
fn rt_7_a_route_whose_target_is_gone_drops_at_the_gateway() {
    let mut w = middlebox();
    let key = RouteKey::v4(TABLE, ip(10, 0, 2, 0), 24);
    w.tables.routes.insert(key, Route { kind: ROUTE_BLACKHOLE, node: 0 });
    assert_eq!(Net::new(&w).dropped(UPLINK, &to_data()), Some((Blackhole, GATEWAY)));
    w.tables.routes.insert(key, Route { kind: ROUTE_INTERFACE, node: 99 });
    assert_eq!(Net::new(&w).dropped(UPLINK, &to_data()), Some((NoInterface, GATEWAY)));
    w.tables.routes.remove(&key);
    w.tables.routes.remove(&RouteKey::v4(TABLE, ip(10, 0, 0, 0), 16));
    assert_eq!(Net::new(&w).dropped(UPLINK, &to_data()), Some((NoRoute, GATEWAY)));
}

#[test]
fn rt_7_what_comes_back_through_the_gateway_is_routed_too() {
    let mut w = middlebox();
    w.public(VPC, APP_IP, ip(198, 18, 0, 7), GATEWAY);
    w.gateway_table(VPC, TABLE);
    w.route(PRIVATE, 0, 0, ROUTE_INTERNET, GATEWAY);
    let hairpin = tcp((APP_IP, 1), (DATA_PUBLIC, 443), SYN, b"");
    assert_eq!(Net::new(&w).to(APP, &hairpin), Ok(WEB));
    let own = tcp((WEB_IP, 1), (DATA_PUBLIC, 443), SYN, b"");
    assert_eq!(Net::new(&w).dropped(WEB, &own), Some((Loop, node(WEB))), "the appliance's own packet comes back to it");
}

#[test]
fn rt_7_answers_to_a_nat_gateway_pass_an_appliance_too() {
    let mut w = middlebox();
    w.tables.routes.insert(RouteKey::v4(TABLE, ip(10, 0, 0, 0), 24), Route { kind: ROUTE_INTERFACE, node: DATA });
    w.edit(DATA, |i| i.flags |= IF_ANY_ADDRESS);
    let net = Net::new(&w);
    let (port, out) = net.send(APP, &tcp((APP_IP, 40_000), (INTERNET, 443), SYN, b"")).expect("out");
    assert_eq!((port, source(&out).0), (UPLINK, NAT_PUBLIC));
    let (port, inside) = net.send(UPLINK, &answer(&out, SYN | ACK)).expect("to the appliance");
    assert_eq!((port, destination(&inside).0), (DATA, NAT_IP));
    let back = tcp(source(&inside), destination(&inside), SYN | ACK, b"");
    let (port, inside) = net.send(DATA, &back).expect("through the NAT gateway");
    assert_eq!((port, destination(&inside)), (APP, (APP_IP, 40_000)));
}

#[test]
fn rt_7_the_gateway_s_table_is_seen() {
    let net = Net::new(&middlebox());
    let events = net.events(UPLINK, &to_data());
    let route = Route { kind: ROUTE_INTERFACE, node: WEB };
    assert!(events.iter().any(|e| {
        matches!(e, Event::RoutedByGateway { gateway: GATEWAY, table: TABLE, route: r, .. } if *r == route)
    }));
}
