//! Every gate of section 1, each with a twin that passes.

mod world;

use croft_engine::DropReason::*;
use croft_engine::tables::*;
use world::net::Net;
use world::packets::*;
use world::*;

fn app_to_data() -> Vec<u8> {
    tcp((APP_IP, 40_000), (DATA_IP, 5432), SYN, b"")
}

/// The data subnet takes 5432 from `APP`.
fn open() -> World {
    let mut w = World::new();
    w.allow(ingress(DATA), APP_IP, 32, 6, 5432);
    w
}

#[test]
fn sg_1_nothing_enters_until_a_rule_says_so() {
    assert_eq!(Net::new(&World::new()).dropped(APP, &app_to_data()), Some((SecurityGroupIngress, node(DATA))));
    let net = Net::new(&open());
    assert_eq!(net.to(APP, &app_to_data()), Ok(DATA));
    assert_eq!(net.to(APP, &tcp((APP_IP, 40_000), (DATA_IP, 5433), SYN, b"")), Err(SecurityGroupIngress), "its port");
    assert_eq!(net.to(PEER, &tcp((PEER_IP, 1), (DATA_IP, 5432), SYN, b"")), Err(SecurityGroupIngress), "its source");
    assert_eq!(net.to(APP, &udp((APP_IP, 1), (DATA_IP, 5432), b"")), Err(SecurityGroupIngress), "its protocol");
}

#[test]
fn sg_1_egress_is_judged_by_destination_and_port() {
    let mut w = open();
    w.clear(egress(APP));
    assert_eq!(Net::new(&w).dropped(APP, &app_to_data()), Some((SecurityGroupEgress, node(APP))));
    w.allow(egress(APP), DATA_IP, 32, 6, 5432);
    let net = Net::new(&w);
    assert_eq!(net.to(APP, &app_to_data()), Ok(DATA));
    assert_eq!(net.to(APP, &tcp((APP_IP, 1), (PEER_IP, 5432), SYN, b"")), Err(SecurityGroupEgress));
}

#[test]
fn ord_1_both_groups_are_required_in_both_orders() {
    for (from, to, from_ip, to_ip) in [(APP, PEER, APP_IP, PEER_IP), (PEER, APP, PEER_IP, APP_IP)] {
        let packet = udp((from_ip, 1), (to_ip, 7), b"");
        let mut w = World::new();
        w.allow(ingress(to), from_ip, 32, 17, 7);
        assert_eq!(Net::new(&w).to(from, &packet), Ok(to));
        w.clear(egress(from));
        assert_eq!(Net::new(&w).to(from, &packet), Err(SecurityGroupEgress));
        let mut w = World::new();
        assert_eq!(Net::new(&w).to(from, &packet), Err(SecurityGroupIngress));
        w.clear(egress(from));
        assert_eq!(Net::new(&w).to(from, &packet), Err(SecurityGroupEgress), "the first gate says so");
    }
}

#[test]
fn sg_1_icmp_is_judged_by_type_and_code() {
    let mut w = World::new();
    w.allow(ingress(PEER), APP_IP, 32, 1, 8 << 8);
    let net = Net::new(&w);
    assert_eq!(net.to(APP, &echo(APP_IP, PEER_IP, 1)), Ok(PEER));
    assert_eq!(net.to(APP, &icmp(APP_IP, PEER_IP, 13, 0, [0; 4], &[0; 12])), Err(SecurityGroupIngress));
}

#[test]
fn acl_5_other_protocols_match_exactly_or_by_the_rest() {
    let mut w = World::new();
    let class = w.class(ingress(PEER), APP_IP, 32, 0);
    let allow = Verdict { bits: VERDICT_ALLOW };
    w.tables.rules.insert(RuleKey::ports(class, 47, 0, 0), allow);
    let packet = |protocol| ipv4(APP_IP, PEER_IP, protocol, &[0; 8]);
    assert_eq!(Net::new(&w).to(APP, &packet(47)), Ok(PEER));
    assert_eq!(Net::new(&w).to(APP, &packet(50)), Err(SecurityGroupIngress));
    w.tables.rules.insert(RuleKey::ports(class, PROTOCOL_REST, 0, 0), allow);
    w.tables.rules.insert(RuleKey::ports(class, 51, 0, 0), Verdict { bits: 0 });
    let net = Net::new(&w);
    assert_eq!(net.to(APP, &packet(50)), Ok(PEER));
    assert_eq!(net.to(APP, &packet(51)), Err(SecurityGroupIngress), "named and denied");
    assert_eq!(net.to(APP, &udp((APP_IP, 1), (PEER_IP, 1), b"")), Err(SecurityGroupIngress), "UDP is not of the rest");
}

#[test]
fn net_4_source_check() {
    let spoofed = udp((DATA_IP, 1), (PEER_IP, 7), b"");
    let mut w = World::new();
    w.allow(ingress(PEER), 0, 0, 17, 7);
    assert_eq!(Net::new(&w).dropped(APP, &spoofed), Some((SourceCheck, node(APP))));
    w.edit(APP, |i| i.flags |= IF_ANY_ADDRESS);
    assert_eq!(Net::new(&w).to(APP, &spoofed), Ok(PEER));
}

#[test]
fn net_4_a_secondary_address_is_the_interface_s_own() {
    let mut w = World::new();
    w.allow(ingress(PEER), 0, 0, 17, 7);
    let second = ip(10, 0, 1, 77);
    let packet = udp((second, 1), (PEER_IP, 7), b"");
    assert_eq!(Net::new(&w).to(APP, &packet), Err(SourceCheck));
    let address = VpcAddress { vpc: VPC, address: croft_engine::Ip::v4(second) };
    w.tables.owners.insert(address, Owner { kind: OWNER_INTERFACE, node: APP, subnet: PRIVATE, membership: 0 });
    assert_eq!(Net::new(&w).to(APP, &packet), Ok(PEER));
}

#[test]
fn net_4_destination_check_at_a_middlebox() {
    let mut w = World::new();
    w.route(PRIVATE, 0, 0, ROUTE_INTERFACE, DATA);
    w.allow(ingress(DATA), 0, 0, 17, ALL);
    let packet = udp((APP_IP, 1), (INTERNET, 53), b"");
    assert_eq!(Net::new(&w).dropped(APP, &packet), Some((DestinationCheck, node(DATA))));
    w.edit(DATA, |i| i.flags |= IF_ANY_ADDRESS);
    assert_eq!(Net::new(&w).to(APP, &packet), Ok(DATA));
}

#[test]
fn acl_1_neighbours_meet_no_acl_and_no_route() {
    let mut w = World::new();
    w.acl(PRIVATE, 77, 78); // deny everything
    w.tables.routes.retain(|k, _| k.1.table != PRIVATE + 500);
    w.allow(ingress(PEER), APP_IP, 32, 17, 7);
    w.allow(ingress(DATA), APP_IP, 32, 17, 7);
    let net = Net::new(&w);
    assert_eq!(net.to(APP, &udp((APP_IP, 1), (PEER_IP, 7), b"")), Ok(PEER));
    assert_eq!(net.dropped(APP, &udp((APP_IP, 1), (DATA_IP, 7), b"")), Some((NetworkAclEgress, PRIVATE)));
}

#[test]
fn acl_1_both_edges_are_judged_and_replies_too() {
    let mut w = open();
    w.acl(DATA_SUBNET, 77, 78);
    assert_eq!(Net::new(&w).dropped(APP, &app_to_data()), Some((NetworkAclIngress, DATA_SUBNET)));
    w.allow(77, ip(10, 0, 1, 0), 24, 6, 5432);
    let net = Net::new(&w);
    assert_eq!(net.to(APP, &app_to_data()), Ok(DATA));
    let answer = answer(&app_to_data(), SYN | ACK);
    assert_eq!(net.dropped(DATA, &answer), Some((NetworkAclEgress, DATA_SUBNET)), "ACL-4: replies need a rule");
    w.allow(78, ip(10, 0, 1, 0), 24, 6, 40_000);
    let mut net = net;
    net.change(&w);
    assert_eq!(net.to(DATA, &answer), Ok(APP));
}

#[test]
fn rt_1_the_longest_prefix_wins() {
    let mut w = World::new();
    w.route(PRIVATE, ip(203, 0, 0, 0), 8, ROUTE_BLACKHOLE, 0);
    w.route(PRIVATE, INTERNET, 32, ROUTE_NAT, NAT);
    let net = Net::new(&w);
    assert_eq!(net.to(APP, &udp((APP_IP, 1), (INTERNET, 53), b"")), Ok(UPLINK));
    let beside = udp((APP_IP, 1), (INTERNET + 1, 53), b"");
    assert_eq!(net.dropped(APP, &beside), Some((Blackhole, PRIVATE)), "RT-4");
}

#[test]
fn rt_6_without_a_route_there_is_no_way_out() {
    let net = Net::new(&World::new());
    assert_eq!(net.dropped(DATA, &udp((DATA_IP, 1), (INTERNET, 53), b"")), Some((NoRoute, DATA_SUBNET)));
    assert_eq!(net.to(WEB, &udp((WEB_IP, 1), (INTERNET, 53), b"")), Ok(UPLINK));
}

#[test]
fn an_address_that_nobody_holds_is_named() {
    let net = Net::new(&World::new());
    let nobody = |last| udp((APP_IP, 1), (ip(10, 0, last, 99), 53), b"");
    assert_eq!(net.dropped(APP, &nobody(1)), Some((NoAddress, PRIVATE)), "same subnet");
    assert_eq!(net.dropped(APP, &nobody(2)), Some((NoAddress, PRIVATE)), "routed");
}

#[test]
fn net_3_vpcs_with_one_block_never_meet() {
    let mut w = World::new();
    w.allow(ingress(STRANGER), 0, 0, 17, ALL);
    w.allow(ingress(WEB), 0, 0, 17, ALL);
    let net = Net::new(&w);
    assert_eq!(net.to(APP, &udp((APP_IP, 1), (WEB_IP, 7), b"")), Ok(WEB));
    assert_eq!(net.to(STRANGER, &udp((WEB_IP, 1), (ip(10, 0, 0, 10), 7), b"")), Err(NoAddress), "not the other's NAT");
}

#[test]
fn az_2_a_failed_zone_is_silent_both_ways() {
    let packet = udp((APP_IP, 1), (PEER_IP, 7), b"");
    for failed in [APP, PEER] {
        let mut w = World::new();
        w.allow(ingress(PEER), 0, 0, 17, 7);
        w.edit(failed, |i| i.flags |= IF_ZONE_FAILED);
        assert_eq!(Net::new(&w).dropped(APP, &packet), Some((ZoneFailed, node(failed))));
    }
    let mut w = World::new();
    w.tables.nats.get_mut(&NAT).expect("nat").flags |= NAT_ZONE_FAILED;
    assert_eq!(Net::new(&w).dropped(APP, &udp((APP_IP, 1), (INTERNET, 7), b"")), Some((ZoneFailed, NAT)));
}

#[test]
fn link_local_services_are_exempt_and_not_there_yet() {
    let mut w = World::new();
    w.clear(egress(APP));
    w.acl(PRIVATE, 77, 78);
    let net = Net::new(&w);
    for service in [ip(169, 254, 169, 254), ip(10, 0, 0, 2)] {
        let refusal = net.decide(APP, &udp((APP_IP, 1), (service, 53), b"")).expect_err("no service");
        assert_eq!(refusal.reason, NoService);
        assert_eq!(refusal.handling, croft_engine::punt::Handling::Answer, "the sender is told");
    }
}

#[test]
fn packets_of_no_interface_and_to_itself() {
    let mut w = World::new();
    let net = Net::new(&w);
    assert_eq!(net.to(99, &udp((APP_IP, 1), (PEER_IP, 7), b"")), Err(NoInterface));
    w.route(PRIVATE, 0, 0, ROUTE_INTERFACE, APP);
    assert_eq!(Net::new(&w).to(APP, &udp((APP_IP, 1), (INTERNET, 7), b"")), Err(Loop));
}

#[test]
fn fragments_wait_for_user_space() {
    let net = Net::new(&World::new());
    let mut first = udp((APP_IP, 1), (PEER_IP, 7), b"12345678");
    first[20] = 0x20;
    seal_ip(&mut first);
    let refusal = net.decide(APP, &first).expect_err("a fragment");
    assert_eq!((refusal.reason, refusal.handling), (Fragment, croft_engine::punt::Handling::Carry));
}

#[test]
fn delivery_bears_the_macs_of_receiver_and_router() {
    let mut w = World::new();
    w.allow(ingress(PEER), 0, 0, 17, 7);
    let (_, f) = Net::new(&w).send(APP, &udp((APP_IP, 1), (PEER_IP, 7), b"")).expect("delivered");
    assert_eq!((&f[..6], &f[6..12]), (&mac(PEER)[..], &ROUTER[..]));
}
