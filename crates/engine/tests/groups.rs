//! Rules that name groups: who carries them may pass, whoever else shares the block.

mod world;

use croft_engine::DropReason::*;
use croft_engine::tables::*;
use world::net::Net;
use world::packets::*;
use world::*;

/// Stands for some groups that APP carries.
const BAND: u32 = 71;
const OTHERS: u32 = 72;

/// PEER lets in 7/udp from those of BAND.
fn named() -> World {
    let mut w = World::new();
    w.carry(APP, BAND);
    w.carry(WEB, OTHERS);
    w.allow_members(ingress(PEER), BAND, 17, 7);
    w
}

fn datagram(from: u32, port: u16) -> Vec<u8> {
    udp((from, 40_000), (PEER_IP, port), b"")
}

#[test]
fn sg_3_a_reference_lets_in_those_who_carry_the_group() {
    let net = Net::new(&named());
    assert_eq!(net.to(APP, &datagram(APP_IP, 7)), Ok(PEER));
    assert_eq!(net.to(APP, &datagram(APP_IP, 8)), Err(SecurityGroupIngress));
    assert_eq!(net.to(WEB, &datagram(WEB_IP, 7)), Err(SecurityGroupIngress), "other groups");
    assert_eq!(net.to(DATA, &datagram(DATA_IP, 7)), Err(SecurityGroupIngress), "none");
}

#[test]
fn sg_1_what_a_block_or_a_group_allows_is_allowed() {
    let mut w = named();
    w.allow(ingress(PEER), ip(10, 0, 1, 0), 24, 17, 8);
    w.allow_members(ingress(PEER), BAND, 17, 7);
    let net = Net::new(&w);
    for port in [7, 8] {
        assert_eq!(net.to(APP, &datagram(APP_IP, port)), Ok(PEER), "{port}");
    }
    assert_eq!(net.to(APP, &datagram(APP_IP, 9)), Err(SecurityGroupIngress));
    assert_eq!(net.to(WEB, &datagram(WEB_IP, 8)), Err(SecurityGroupIngress), "not of the block");
}

#[test]
fn sg_3_a_reference_in_egress_means_the_destination() {
    let mut w = named();
    w.clear(egress(APP));
    let to_peer = datagram(APP_IP, 7);
    assert_eq!(Net::new(&w).to(APP, &to_peer), Err(SecurityGroupEgress));
    w.carry(PEER, OTHERS);
    w.allow_members(egress(APP), OTHERS, 17, 7);
    assert_eq!(Net::new(&w).to(APP, &to_peer), Ok(PEER));
    w.carry(PEER, BAND);
    assert_eq!(Net::new(&w).to(APP, &to_peer), Err(SecurityGroupEgress));
}

#[test]
fn sg_3_an_address_that_nobody_answers_at_carries_its_groups() {
    let mut w = named();
    w.clear(egress(APP));
    w.allow_members(egress(APP), OTHERS, 17, 7);
    let address = VpcAddress { vpc: VPC, address: croft_engine::Ip::v4(ip(10, 0, 1, 99)) };
    let away = Owner { kind: OWNER_UNPLUGGED, node: 0, subnet: PRIVATE, membership: OTHERS };
    w.tables.owners.insert(address, away);
    let packet = udp((APP_IP, 1), (ip(10, 0, 1, 99), 7), b"");
    assert_eq!(Net::new(&w).to(APP, &packet), Err(NoAddress));
    w.tables.owners.insert(address, Owner { membership: BAND, ..away });
    assert_eq!(Net::new(&w).to(APP, &packet), Err(SecurityGroupEgress));
}

#[test]
fn net_4_a_secondary_address_carries_the_groups_too() {
    let mut w = named();
    let second = ip(10, 0, 1, 77);
    let address = VpcAddress { vpc: VPC, address: croft_engine::Ip::v4(second) };
    let owner = Owner { kind: OWNER_INTERFACE, node: APP, subnet: PRIVATE, membership: BAND };
    w.tables.owners.insert(address, owner);
    assert_eq!(Net::new(&w).to(APP, &datagram(second, 7)), Ok(PEER));
}

#[test]
fn sg_3_who_sends_from_an_address_that_is_not_its_own_carries_that_address_s_groups() {
    let mut w = named();
    w.edit(APP, |i| i.flags |= IF_ANY_ADDRESS);
    let net = Net::new(&w);
    assert_eq!(net.to(APP, &datagram(WEB_IP, 7)), Err(SecurityGroupIngress));
    assert_eq!(net.to(APP, &datagram(ip(10, 0, 1, 99), 7)), Err(SecurityGroupIngress));
}

/// From a public address of the fabric to another the packet comes from outside, and carries no group (row IGW-3).
#[test]
fn sg_5_a_translated_source_carries_no_groups() {
    let mut w = World::new();
    w.carry(APP, BAND);
    w.carry(WEB, OTHERS);
    w.allow_members(ingress(WEB), BAND, 17, 7);
    w.allow_members(ingress(WEB), OTHERS, 17, 7);
    let net = Net::new(&w);
    assert_eq!(net.to(APP, &udp((APP_IP, 1), (WEB_IP, 7), b"")), Ok(WEB));
    assert_eq!(net.to(APP, &udp((APP_IP, 2), (WEB_PUBLIC, 7), b"")), Err(SecurityGroupIngress), "by the NAT gateway");
    w.public(VPC, APP_IP, ip(198, 18, 0, 77), GATEWAY);
    w.route(PRIVATE, 0, 0, ROUTE_INTERNET, GATEWAY);
    let net = Net::new(&w);
    assert_eq!(
        net.to(APP, &udp((APP_IP, 3), (WEB_PUBLIC, 7), b"")),
        Err(SecurityGroupIngress),
        "by its public address"
    );
    w.allow(ingress(WEB), ip(198, 18, 0, 77), 32, 17, 7);
    w.allow_members(ingress(WEB), BAND, 17, 7);
    assert_eq!(Net::new(&w).to(APP, &udp((APP_IP, 3), (WEB_PUBLIC, 7), b"")), Ok(WEB));
}

/// A public address of its own VPC means nothing for groups, whoever holds the private one behind it.
#[test]
fn sg_5_egress_by_reference_never_means_a_public_address() {
    let mut w = World::new();
    w.clear(egress(APP));
    w.carry(WEB, BAND);
    w.allow_members(egress(APP), BAND, 17, 7);
    let net = Net::new(&w);
    assert_eq!(net.to(APP, &udp((APP_IP, 1), (WEB_PUBLIC, 7), b"")), Err(SecurityGroupEgress));
}

/// Allowed for all addresses and by a reference: taking the first away cuts the flow (row SG-6), the second keeps it.
#[test]
fn sg_6_a_flow_that_a_reference_allows_is_tracked() {
    for (wide, kept) in [(false, true), (true, false)] {
        let mut w = named();
        if wide {
            w.allow(ingress(PEER), 0, 0, 17, 7);
            w.allow_members(ingress(PEER), BAND, 17, 7);
        }
        let mut net = Net::new(&w);
        assert_eq!(net.to(APP, &datagram(APP_IP, 7)), Ok(PEER));
        w.clear(ingress(PEER));
        net.change(&w);
        let after = if kept { Ok(PEER) } else { Err(SecurityGroupIngress) };
        assert_eq!(net.to(APP, &datagram(APP_IP, 7)), after, "wide: {wide}");
    }
}
