//! Internet and NAT gateways.

mod world;

use croft_engine::DropReason::{self, *};
use croft_engine::Ip;
use croft_engine::memory::Limits;
use croft_engine::punt::Handling;
use croft_engine::tables::*;
use world::net::Net;
use world::packets::*;
use world::*;

fn query() -> Vec<u8> {
    udp((APP_IP, 5353), (INTERNET, 53), b"query")
}

fn ttl(mut f: Vec<u8>, ttl: u8) -> Vec<u8> {
    f[22] = ttl;
    seal_ip(&mut f);
    f
}

#[test]
fn igw_1_both_ways_between_private_and_public() {
    let mut w = World::new();
    w.allow(ingress(WEB), 0, 0, 6, 443);
    let net = Net::new(&w);
    let syn = tcp((INTERNET, 50_123), (WEB_PUBLIC, 443), SYN, b"");
    let (port, inside) = net.send(UPLINK, &syn).expect("delivered");
    assert_eq!((port, destination(&inside), source(&inside)), (WEB, (WEB_IP, 443), (INTERNET, 50_123)));
    assert_eq!(inside[22], 63, "one gateway");
    let (port, out) = net.send(WEB, &answer(&inside, SYN | ACK)).expect("answered");
    assert_eq!((port, source(&out)), (UPLINK, (WEB_PUBLIC, 443)));
    assert_eq!(net.to(UPLINK, &tcp((INTERNET, 50_123), (WEB_PUBLIC, 443), ACK, b"")), Ok(WEB), "the short way");
    assert_eq!(net.to(UPLINK, &tcp((INTERNET, 50_123), (WEB_PUBLIC, 80), SYN, b"")), Err(SecurityGroupIngress));
}

#[test]
fn igw_1_without_a_public_address_nothing_passes() {
    let mut w = World::new();
    w.route(DATA_SUBNET, 0, 0, ROUTE_INTERNET, GATEWAY);
    let net = Net::new(&w);
    assert_eq!(net.dropped(DATA, &udp((DATA_IP, 1), (INTERNET, 53), b"")), Some((NoPublicAddress, GATEWAY)));
    let nobody = udp((INTERNET, 1), (ip(198, 18, 0, 99), 53), b"");
    assert_eq!(net.dropped(UPLINK, &nobody), Some((UnknownPublicAddress, 0)));
    w.public(VPC, DATA_IP, ip(198, 18, 0, 6), 0);
    let detached = udp((INTERNET, 1), (ip(198, 18, 0, 6), 53), b"");
    assert_eq!(Net::new(&w).to(UPLINK, &detached), Err(NoInternetGateway));
}

#[test]
fn igw_2_inbound_ignores_the_route_table_and_the_answer_dies() {
    let mut w = World::new();
    w.public(VPC, DATA_IP, ip(198, 18, 0, 6), GATEWAY);
    w.allow(ingress(DATA), 0, 0, 17, 53);
    let net = Net::new(&w);
    let there = udp((INTERNET, 1), (ip(198, 18, 0, 6), 53), b"");
    let (port, inside) = net.send(UPLINK, &there).expect("delivered");
    assert_eq!(port, DATA);
    assert_eq!(net.dropped(DATA, &answer(&inside, 0)), Some((NoRoute, DATA_SUBNET)));
}

#[test]
fn igw_3_to_a_public_address_of_the_fabric_out_and_back() {
    let mut w = World::new();
    let second = ip(198, 18, 0, 7);
    w.interface(21, VPC, PUBLIC, ip(10, 0, 0, 21));
    w.public(VPC, ip(10, 0, 0, 21), second, GATEWAY);
    w.allow(ingress(21), WEB_IP, 32, 17, 7);
    let packet = udp((WEB_IP, 1), (second, 7), b"");
    assert_eq!(Net::new(&w).to(WEB, &packet), Err(SecurityGroupIngress), "SG-5: the private source matches nothing");
    w.allow(ingress(21), WEB_PUBLIC, 32, 17, 7);
    let net = Net::new(&w);
    let (port, inside) = net.send(WEB, &packet).expect("delivered");
    assert_eq!((port, source(&inside).0, destination(&inside).0), (21, WEB_PUBLIC, ip(10, 0, 0, 21)));
    let (port, back) = net.send(21, &answer(&inside, 0)).expect("answered");
    assert_eq!((port, source(&back), destination(&back)), (WEB, (second, 7), (WEB_IP, 1)));
}

#[test]
fn nat_1_two_senders_with_one_port_get_two() {
    let net = Net::new(&World::new());
    let (_, a) = net.send(APP, &query()).expect("out");
    let (_, b) = net.send(PEER, &udp((PEER_IP, 5353), (INTERNET, 53), b"query")).expect("out");
    assert_eq!((source(&a).0, source(&b).0), (NAT_PUBLIC, NAT_PUBLIC));
    assert_ne!(source(&a).1, source(&b).1);
    assert!(source(&a).1 >= NAT_FIRST_PORT && a[22] == 62, "two gateways");
    assert_eq!(net.send(UPLINK, &answer(&a, 0)).map(|d| (d.0, destination(&d.1))), Ok((APP, (APP_IP, 5353))));
    assert_eq!(net.send(UPLINK, &answer(&b, 0)).map(|d| (d.0, destination(&d.1))), Ok((PEER, (PEER_IP, 5353))));
    assert_eq!(net.send(APP, &query()).map(|d| source(&d.1)), Ok(source(&a)), "and keeps it");
}

#[test]
fn nat_1_tcp_udp_and_echo_only() {
    let net = Net::new(&World::new());
    assert_eq!(net.dropped(APP, &ipv4(APP_IP, INTERNET, 47, &[0; 8])), Some((NatProtocol, NAT)));
    assert_eq!(net.to(APP, &icmp(APP_IP, INTERNET, 13, 0, [0; 4], &[0; 12])), Err(NatProtocol));
    assert_eq!(net.to(APP, &echo_reply(APP_IP, INTERNET, 1)), Err(NatProtocol));
    assert_eq!(net.to(APP, &echo(APP_IP, INTERNET, 1)), Ok(UPLINK));
}

#[test]
fn nat_1_fifty_five_thousand_ports_to_one_destination() {
    let net = Net::new(&World::new());
    let flow = |n: u32| udp((APP_IP, n as u16), (INTERNET + (n >> 16), 53), b"");
    let mut ports = std::collections::BTreeSet::new();
    for n in 0..NAT_PORTS {
        let (_, out) = net.send(APP, &flow(n)).expect("a port");
        assert!(ports.insert(source(&out).1), "never twice");
    }
    assert_eq!(net.dropped(APP, &flow(NAT_PORTS)), Some((NatPortAllocation, NAT)));
    assert_eq!(net.to(APP, &udp((APP_IP, 1), (INTERNET, 54), b"")), Ok(UPLINK), "another destination");
    net.seconds(350);
    assert_eq!(net.to(APP, &flow(NAT_PORTS)), Ok(UPLINK), "a dead claim is taken over without a sweep");
}

#[test]
fn nat_1_several_addresses_are_taken_in_turn() {
    let mut w = World::new();
    let second = ip(10, 0, 0, 12);
    let nat = w.tables.nats.get_mut(&NAT).expect("nat");
    nat.count = 2;
    nat.addresses[1] = Ip::v4(second);
    let owner = Owner { kind: OWNER_NAT, node: NAT, subnet: PUBLIC, membership: 0 };
    w.tables.owners.insert(VpcAddress { vpc: VPC, address: Ip::v4(second) }, owner);
    w.public(VPC, second, ip(198, 18, 0, 12), GATEWAY);
    let net = Net::new(&w);
    let mut seen = std::collections::BTreeMap::<u32, u32>::new();
    for n in 0..10 {
        let (_, out) = net.send(APP, &udp((APP_IP, n), (INTERNET, 53), b"")).expect("out");
        *seen.entry(source(&out).0).or_default() += 1;
        assert_eq!(net.to(UPLINK, &answer(&out, 0)), Ok(APP));
    }
    assert_eq!(seen, [(NAT_PUBLIC, 5), (ip(198, 18, 0, 12), 5)].into());
}

#[test]
fn nat_2_nothing_comes_in_unasked() {
    let net = Net::new(&World::new());
    let (_, out) = net.send(APP, &query()).expect("out");
    let stray = |from: (u32, u16), port| udp(from, (NAT_PUBLIC, port), b"");
    let port = source(&out).1;
    assert_eq!(net.dropped(UPLINK, &stray((INTERNET, 54), port)), Some((NatUnsolicited, NAT)), "another port");
    assert_eq!(net.to(UPLINK, &stray((INTERNET + 1, 53), port)), Err(NatUnsolicited), "another host");
    assert_eq!(net.to(UPLINK, &stray((INTERNET, 53), port + 1)), Err(NatUnsolicited));
    assert_eq!(net.to(UPLINK, &echo(INTERNET, NAT_PUBLIC, 1)), Err(NatUnsolicited), "NAT-3: no ping");
    assert_eq!(net.to(APP, &echo(APP_IP, NAT_IP, 1)), Err(NatUnsolicited), "nor from inside");
}

#[test]
fn nat_3_an_idle_translation_ends_with_an_rst() {
    let net = Net::new(&World::new());
    let syn = tcp((APP_IP, 40_000), (INTERNET, 80), SYN, b"");
    let data = tcp((APP_IP, 40_000), (INTERNET, 80), ACK, b"x");
    assert_eq!(net.to(APP, &data), Err(NatIdle), "never opened");
    let (_, out) = net.send(APP, &syn).expect("opened");
    net.to(UPLINK, &answer(&out, SYN | ACK)).expect("answered");
    net.seconds(349);
    assert_eq!(net.to(APP, &data), Ok(UPLINK));
    net.seconds(350);
    assert_eq!(net.to(UPLINK, &answer(&out, ACK)), Err(NatUnsolicited));
    let refusal = net.decide(APP, &data).expect_err("idle");
    assert_eq!((refusal.reason, refusal.gate, refusal.handling), (NatIdle, NAT, Handling::Answer));
    assert_eq!(net.to(APP, &syn), Ok(UPLINK), "a SYN opens another");
}

#[test]
fn nat_3_its_subnet_s_acl_applies_both_ways() {
    for (ingress, egress, reason) in [(77, 0, NetworkAclIngress), (0, 78, NetworkAclEgress)] {
        let mut w = World::new();
        w.acl(PUBLIC, ingress, egress);
        assert_eq!(Net::new(&w).dropped(APP, &query()), Some((reason, PUBLIC)));
    }
    let mut w = World::new();
    w.acl(PUBLIC, 77, 0);
    w.allow(77, APP_IP, 32, 17, 53);
    let net = Net::new(&w);
    let (_, out) = net.send(APP, &query()).expect("out");
    assert_eq!(net.dropped(UPLINK, &answer(&out, 0)), Some((NetworkAclIngress, PUBLIC)), "the way back");
}

#[test]
fn nat_3_fragments_of_datagrams_only() {
    let tables = Net::new(&World::new()).tables;
    let fragment = |f: Vec<u8>| {
        let mut parsed = croft_engine::parse(f.as_slice()).expect("parsed");
        parsed.flags |= croft_engine::packet::F_FRAGMENT;
        parsed
    };
    let tcp = fragment(tcp((APP_IP, 1), (INTERNET, 80), SYN, b""));
    assert_eq!(tables.walk(APP, tcp).0.map(|a| a.port), Err(NatProtocol));
    assert_eq!(tables.walk(APP, fragment(query())).0.map(|a| a.port), Ok(UPLINK));
}

#[test]
fn nat_5_a_private_gateway_never_reaches_the_internet() {
    let mut w = World::new();
    w.tables.publics.remove(&VpcAddress { vpc: VPC, address: Ip::v4(NAT_IP) });
    w.tables.nats.get_mut(&NAT).expect("nat").flags |= NAT_PRIVATE;
    assert_eq!(Net::new(&w).dropped(APP, &query()), Some((NoPublicAddress, GATEWAY)));
    w.route(PRIVATE, ip(10, 0, 2, 0), 24, ROUTE_NAT, NAT);
    w.allow(ingress(DATA), NAT_IP, 32, 17, 7);
    let net = Net::new(&w);
    let (port, inside) = net.send(APP, &udp((APP_IP, 1), (DATA_IP, 7), b"")).expect("within the VPC");
    assert_eq!((port, source(&inside).0), (DATA, NAT_IP));
    assert_eq!(net.send(DATA, &answer(&inside, 0)).map(|d| (d.0, destination(&d.1))), Ok((APP, (APP_IP, 1))));
}

#[test]
fn nat_6_a_claim_goes_back_when_a_later_gate_refuses() {
    let mut w = World::new();
    w.acl(PUBLIC, 0, 78);
    let net = Net::new(&w);
    assert_eq!(net.to(APP, &query()), Err(NetworkAclEgress));
    assert_eq!(net.to(APP, &ttl(query(), 1)), Err(NetworkAclEgress));
    assert!(net.tables.claims().is_empty());
    let net = Net::new(&World::new());
    assert_eq!(net.to(APP, &ttl(query(), 1)), Err(TtlExpired));
    assert!(net.tables.claims().is_empty() && net.tables.connections().is_empty());
}

#[test]
fn nat_6_without_its_route_a_translation_lets_nothing_in() {
    let mut net = Net::new(&World::new());
    let (_, out) = net.send(APP, &query()).expect("out");
    let mut moved = World::new();
    moved.route(PRIVATE, 0, 0, ROUTE_BLACKHOLE, 0);
    net.change(&moved);
    assert_eq!(net.to(UPLINK, &answer(&out, 0)), Err(NatUnsolicited));
}

#[test]
fn a_nat_gateway_behind_a_nat_gateway_is_a_loop() {
    let mut w = World::new();
    w.route(PUBLIC, 0, 0, ROUTE_NAT, NAT);
    assert_eq!(Net::new(&w).dropped(APP, &query()), Some((Loop, NAT)));
}

#[test]
fn icmp_errors_find_their_way_through_nat_both_ways() {
    let net = Net::new(&World::new());
    let (_, out) = net.send(APP, &query()).expect("out");
    let router = ip(192, 0, 2, 1);
    for from in [INTERNET, router] {
        let (port, error) = net.send(UPLINK, &unreachable(from, &out)).expect("related");
        assert_eq!((port, destination(&error).0, source(&error).0), (APP, APP_IP, from));
        assert_eq!(&error[54..58], &APP_IP.to_be_bytes(), "the embedded packet is the one that APP sent");
        assert_eq!(&error[62..64], &5353u16.to_be_bytes());
    }
    let (_, back) = net.send(UPLINK, &answer(&out, 0)).expect("answered");
    let (port, error) = net.send(APP, &unreachable(APP_IP, &back)).expect("related");
    assert_eq!((port, source(&error).0), (UPLINK, NAT_PUBLIC));
    assert_eq!(&error[58..62], &NAT_PUBLIC.to_be_bytes());
    let unrelated = unreachable(INTERNET, &udp((NAT_PUBLIC, 9), (INTERNET, 9), b""));
    assert_eq!(net.to(UPLINK, &unrelated), Err(NatUnsolicited));
}

#[test]
fn time_to_live_counts_gateways_only() {
    let mut w = World::new();
    w.allow(ingress(PEER), 0, 0, 17, 7);
    let net = Net::new(&w);
    let (_, f) = net.send(APP, &ttl(udp((APP_IP, 1), (PEER_IP, 7), b""), 1)).expect("within the VPC");
    assert_eq!(f[22], 1);
    let out = |n| ttl(udp((WEB_IP, 1), (INTERNET, 7), b""), n);
    let refusal = net.decide(WEB, &out(1)).expect_err("expired");
    assert_eq!((refusal.reason, refusal.handling), (TtlExpired, Handling::Answer));
    assert_eq!(net.send(WEB, &out(2)).map(|d| d.1[22]), Ok(1));
    assert_eq!(net.to(WEB, &out(1)), Err(TtlExpired), "of a known flow too");
}

fn size(mut f: Vec<u8>, dont_fragment: bool) -> Vec<u8> {
    f[20] = if dont_fragment { 0x40 } else { 0 };
    seal_ip(&mut f);
    f
}

#[test]
fn net_8_mtu_of_the_path() {
    let mut w = World::new();
    w.allow(ingress(PEER), 0, 0, 17, 7);
    w.allow(ingress(DATA), 0, 0, 17, 7);
    w.route(PRIVATE, ip(10, 0, 2, 0), 24, ROUTE_NAT, NAT);
    let net = Net::new(&w);
    for (to, mtu) in [(PEER_IP, 9001), (DATA_IP, 8500), (INTERNET, 1500)] {
        let of = |length: usize, df| size(udp((APP_IP, 1), (to, 7), &vec![0; length - 28]), df);
        for known in [false, true] {
            net.to(APP, &of(mtu, true)).expect("just fits");
            let refusal = net.decide(APP, &of(mtu + 1, true)).expect_err("too big");
            assert_eq!((refusal.reason, refusal.mtu as usize, refusal.handling), (TooBig, mtu, Handling::Answer));
            let refusal = net.decide(APP, &of(mtu + 1, false)).expect_err("too big");
            assert_eq!((refusal.reason, refusal.handling, known), (TooBig, Handling::Carry, known));
        }
    }
}

fn new_flows(net: &Net, count: u16) -> Vec<Result<u32, DropReason>> {
    (0..count).map(|n| net.to(APP, &udp((APP_IP, n), (PEER_IP, 7), b""))).collect()
}

fn small(connections: usize) -> (World, Limits) {
    let mut w = World::new();
    w.allow(ingress(PEER), 0, 0, 17, 7);
    let reclaim_slots = croft_engine::connection::reclaim_slots(connections as u32);
    (w, Limits { connections, reclaim_slots, nat_claims: connections, flow_slots: 4 })
}

#[test]
fn sg_7_a_full_table_refuses_new_flows_and_forgets_none() {
    let (w, limits) = small(64);
    let net = Net::with_limits(&w, limits);
    let results = new_flows(&net, 40);
    assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 32, "two entries each");
    assert_eq!(results[32], Err(TableFull));
    assert_eq!(net.tables.connections().len(), 64);
    assert_eq!(net.to(APP, &udp((APP_IP, 0), (PEER_IP, 7), b"")), Ok(PEER), "an old one goes on");
}

#[test]
fn a_full_table_of_dead_connections_needs_no_sweep() {
    let (w, limits) = small(256);
    let net = Net::with_limits(&w, limits);
    for round in 0..20 {
        let opened = new_flows(&net, 120).iter().filter(|r| r.is_ok()).count();
        assert!(opened >= 118, "round {round}: {opened}");
        net.seconds(31);
    }
}

#[test]
fn nat_claims_of_reclaimed_connections_go_too() {
    let (w, limits) = small(64);
    let net = Net::with_limits(&w, limits);
    for n in 0..2_000u16 {
        net.to(APP, &udp((APP_IP, n), (INTERNET, 53), b"")).expect("a dead one makes room");
        net.seconds(50);
    }
    assert!(net.tables.claims().len() <= 32, "{} claims", net.tables.claims().len());
}

/// Nobody else opens anything, and nothing sweeps: the kernel alone finds the room of dead connections.
#[test]
fn a_share_of_dead_connections_makes_room_for_new_ones() {
    let (mut w, limits) = small(4_096);
    w.tables.interface_connections = 10;
    let net = Net::with_limits(&w, limits);
    // Others' connections stand in the ring before, between and after them.
    let others = |from: u16| {
        for n in from..from + 20 {
            net.to(WEB, &udp((WEB_IP, n), (INTERNET, 7), b"")).ok();
        }
    };
    others(0);
    for (round, results) in [0u16, 100, 200, 300].map(|first| {
        let open = |n| net.to(APP, &udp((APP_IP, n), (PEER_IP, 7), b""));
        // A search is bounded: it may take a few packets.
        let results: Vec<_> = (first..first + 12).map(|n| open(n).or_else(|_| open(n)).or_else(|_| open(n))).collect();
        others(first + 20);
        net.seconds(400);
        (first, results)
    }) {
        let (room, none) = results.split_at(10);
        assert!(room.iter().all(Result::is_ok), "{round}: {room:?}");
        assert!(none.iter().all(|r| *r == Err(InterfaceTableFull)), "{round}: {none:?}");
    }
}

#[test]
fn a_full_share_s_search_is_bounded_and_goes_on_where_it_stopped() {
    let (mut w, limits) = small(4_096);
    let net = Net::with_limits(&w, limits);
    // Living connections of another's fill the ring before the dead ones of APP.
    w.edit(DATA, |i| i.udp_idle = 4_000_000);
    w.edit(WEB, |i| i.udp_idle = 4_000_000);
    w.allow(ingress(WEB), 0, 0, 17, 7);
    w.tables.interface_connections = 0;
    let mut net = net;
    net.change(&w);
    for n in 0..300 {
        net.to(DATA, &udp((DATA_IP, n), (WEB_IP, 7), b"")).expect("there is room");
    }
    w.tables.interface_connections = 10;
    net.change(&w);
    for n in 0..10 {
        net.to(APP, &udp((APP_IP, n), (PEER_IP, 7), b"")).expect("its share");
    }
    net.seconds(400);
    let tries = (0..40).take_while(|_| net.to(APP, &udp((APP_IP, 99), (PEER_IP, 7), b"")).is_err()).count();
    assert!((1..20).contains(&tries), "{tries} tries");
}

#[test]
fn an_interface_has_its_share_of_the_table() {
    let (mut w, limits) = small(4_096);
    w.tables.interface_connections = 10;
    let net = Net::with_limits(&w, limits);
    let results = new_flows(&net, 11);
    assert!(results[..10].iter().all(Result::is_ok));
    assert_eq!(results[10], Err(InterfaceTableFull));
    assert_eq!(net.dropped(APP, &udp((APP_IP, 99), (PEER_IP, 7), b"")), Some((InterfaceTableFull, node(APP))));
    assert_eq!(
        net.dropped(DATA, &udp((DATA_IP, 99), (PEER_IP, 7), b"")),
        Some((InterfaceTableFull, node(PEER))),
        "the receiver's share"
    );
    assert_eq!(net.to(WEB, &udp((WEB_IP, 1), (INTERNET, 7), b"")), Ok(UPLINK), "others have theirs");
}
