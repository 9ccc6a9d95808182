//! Connections: what is known, for how long, and what is not tracked.

mod world;

use croft_engine::DropReason::*;
use croft_engine::tables::*;
use world::net::Net;
use world::packets::*;
use world::*;

fn syn() -> Vec<u8> {
    tcp((APP_IP, 40_000), (PEER_IP, 80), SYN, b"")
}

fn data() -> Vec<u8> {
    tcp((APP_IP, 40_000), (PEER_IP, 80), ACK, b"x")
}

/// `PEER` takes TCP 80 and UDP 53 from `APP`, and nothing may leave it.
fn one_way() -> World {
    let mut w = World::new();
    w.allow(ingress(PEER), APP_IP, 32, 6, 80);
    w.allow(ingress(PEER), APP_IP, 32, 17, 53);
    w.allow(ingress(PEER), APP_IP, 32, 1, 8 << 8);
    w.clear(egress(PEER));
    w.edit(PEER, |i| i.flags = 0);
    w
}

#[test]
fn sg_2_answers_need_no_rule() {
    let net = Net::new(&one_way());
    for packet in [syn(), udp((APP_IP, 1), (PEER_IP, 53), b""), echo(APP_IP, PEER_IP, 9)] {
        let back = answer(&packet, SYN | ACK);
        assert_eq!(net.to(PEER, &back), Err(SecurityGroupEgress), "nobody asked yet");
        assert_eq!(net.to(APP, &packet), Ok(PEER));
        assert_eq!(net.to(PEER, &back), Ok(APP));
        assert_eq!(net.to(PEER, &back), Ok(APP), "on the short way too");
    }
}

#[test]
fn sg_6_a_tracked_connection_survives_its_rule_until_it_idles_out() {
    let mut net = Net::new(&one_way());
    net.to(APP, &syn()).expect("opened");
    net.to(PEER, &answer(&syn(), SYN | ACK)).expect("answered");
    let mut closed = one_way();
    closed.clear(ingress(PEER));
    net.change(&closed);
    assert_eq!(net.to(APP, &data()), Ok(PEER));
    assert_eq!(net.to(APP, &tcp((APP_IP, 40_001), (PEER_IP, 80), SYN, b"")), Err(SecurityGroupIngress));
    net.seconds(432_000);
    assert_eq!(net.to(APP, &data()), Err(SecurityGroupIngress), "SG-7: five days");
}

/// Everything to everywhere, and TCP 80 from everywhere.
fn wide() -> World {
    let mut w = World::new();
    w.allow(ingress(PEER), 0, 0, 6, 80);
    w.allow(ingress(PEER), 0, 0, 1, 8 << 8);
    w
}

#[test]
fn sg_6_an_untracked_flow_is_cut_with_its_rule() {
    let mut net = Net::new(&wide());
    net.to(APP, &syn()).expect("opened");
    assert_eq!(net.to(PEER, &answer(&syn(), SYN | ACK)), Ok(APP));
    assert_eq!(net.to(APP, &data()), Ok(PEER));
    let mut closed = wide();
    closed.clear(ingress(PEER));
    net.change(&closed);
    assert_eq!(net.to(APP, &data()), Err(SecurityGroupIngress));
}

#[test]
fn sg_6_a_narrow_rule_or_a_narrow_way_back_makes_it_tracked() {
    let mut narrow_back = wide();
    narrow_back.edit(PEER, |i| i.flags = 0);
    let mut narrow_rule = World::new();
    narrow_rule.allow(ingress(PEER), ip(10, 0, 0, 0), 16, 6, 80);
    for w in [narrow_back, narrow_rule] {
        let mut net = Net::new(&w);
        net.to(APP, &syn()).expect("opened");
        net.to(PEER, &answer(&syn(), SYN | ACK)).expect("answered");
        let mut closed = w.clone();
        closed.clear(ingress(PEER));
        net.change(&closed);
        assert_eq!(net.to(APP, &data()), Ok(PEER));
    }
}

#[test]
fn sg_6_icmp_is_always_tracked() {
    let mut net = Net::new(&wide());
    net.to(APP, &echo(APP_IP, PEER_IP, 5)).expect("opened");
    let mut closed = wide();
    closed.clear(ingress(PEER));
    net.change(&closed);
    assert_eq!(net.to(APP, &echo(APP_IP, PEER_IP, 5)), Ok(PEER));
}

/// Opens with `packets` there and back, waits, removes the rule and sends once more.
fn alive_after(packet: &[u8], there: u32, back: u32, seconds: u64) -> bool {
    let mut net = Net::new(&one_way());
    for i in 0..there.max(back) {
        if i < there {
            net.to(APP, packet).expect("there");
        }
        if i < back {
            net.to(PEER, &answer(packet, ACK)).expect("back");
        }
    }
    net.seconds(seconds);
    let mut closed = one_way();
    closed.clear(ingress(PEER));
    net.change(&closed);
    let next = if packet[23] == 6 { data() } else { packet.to_vec() };
    net.to(APP, &next).is_ok()
}

#[test]
fn sg_7_idle_time_outs() {
    let (udp, echo) = (udp((APP_IP, 1), (PEER_IP, 53), b""), echo(APP_IP, PEER_IP, 1));
    for (packet, there, back, limit, name) in [
        (syn(), 1, 0, 60, "TCP in one direction"),
        (syn(), 1, 1, 432_000, "TCP established"),
        (udp.clone(), 1, 1, 30, "UDP"),
        (udp.clone(), 2, 1, 30, "UDP, one answer"),
        (udp, 2, 2, 180, "UDP stream"),
        (echo, 3, 3, 30, "ICMP"),
    ] {
        assert!(alive_after(&packet, there, back, limit - 1), "{name} before {limit} s");
        assert!(!alive_after(&packet, there, back, limit), "{name} after {limit} s");
    }
}

#[test]
fn sg_7_an_interface_s_own_time_out() {
    let mut w = one_way();
    w.edit(PEER, |i| i.udp_idle = 60);
    let packet = udp((APP_IP, 1), (PEER_IP, 53), b"");
    for (seconds, alive) in [(59, true), (60, false)] {
        let mut net = Net::new(&w);
        net.to(APP, &packet).expect("there");
        net.seconds(seconds);
        let mut closed = w.clone();
        closed.clear(ingress(PEER));
        net.change(&closed);
        assert_eq!(net.to(APP, &packet).is_ok(), alive, "{seconds} s");
    }
}

#[test]
fn a_connection_is_idle_only_when_both_directions_are() {
    let net = Net::new(&one_way());
    let there = udp((APP_IP, 1), (PEER_IP, 53), b"");
    net.to(APP, &there).expect("there");
    for _ in 0..10 {
        net.seconds(20);
        assert_eq!(net.to(PEER, &answer(&there, 0)), Ok(APP));
    }
    net.seconds(30);
    assert_eq!(net.to(PEER, &answer(&there, 0)), Err(SecurityGroupEgress), "30 s: one packet there, so no stream");
}

#[test]
fn a_closed_connection_ends_after_ten_seconds_and_a_syn_opens_another() {
    for (side, closing) in [(APP, FIN | ACK), (PEER, FIN | ACK), (APP, RST), (PEER, RST)] {
        let mut net = Net::new(&one_way());
        net.to(APP, &syn()).expect("opened");
        net.to(PEER, &answer(&syn(), SYN | ACK)).expect("answered");
        net.to(APP, &data()).expect("data");
        let end = if side == APP {
            tcp((APP_IP, 40_000), (PEER_IP, 80), closing, b"")
        } else {
            tcp((PEER_IP, 80), (APP_IP, 40_000), closing, b"")
        };
        net.to(side, &end).expect("closing");
        assert_eq!(net.to(APP, &data()), Ok(PEER), "still known");
        let mut closed = one_way();
        closed.clear(ingress(PEER));
        net.change(&closed);
        assert_eq!(net.to(APP, &data()), Ok(PEER), "still tracked");
        assert_eq!(net.to(APP, &syn()), Err(SecurityGroupIngress), "another connection is judged");
        net.seconds(10);
        assert_eq!(net.to(APP, &data()), Err(SecurityGroupIngress));
        net.change(&one_way());
        assert_eq!(net.to(APP, &syn()), Ok(PEER));
        net.seconds(11);
        assert_eq!(net.to(PEER, &answer(&syn(), SYN | ACK)), Ok(APP), "the new one is not closing");
    }
}

#[test]
fn sg_11_a_segment_without_a_connection() {
    let net = Net::new(&one_way());
    let segment = |flags, port| tcp((APP_IP, 40_000), (PEER_IP, port), flags, b"");
    assert_eq!(net.to(APP, &segment(RST, 80)), Err(NoConnection));
    assert_eq!(net.to(APP, &segment(FIN | ACK, 80)), Err(NoConnection));
    assert_eq!(net.to(APP, &segment(RST, 81)), Err(SecurityGroupIngress), "the groups speak first");
    assert!(net.tables.connections().is_empty());
    assert_eq!(net.to(APP, &segment(ACK, 80)), Ok(PEER), "judged like a new flow");
    assert_eq!(net.to(APP, &segment(RST, 80)), Ok(PEER));
}

#[test]
fn sg_10_icmp_errors_of_a_tracked_connection_pass() {
    let net = Net::new(&one_way());
    let there = udp((APP_IP, 1), (PEER_IP, 53), b"");
    let error = unreachable(PEER_IP, &there);
    assert_eq!(net.to(PEER, &error), Err(Unrelated), "nobody asked");
    net.to(APP, &there).expect("there");
    assert_eq!(net.to(PEER, &error), Ok(APP));
    net.seconds(30);
    assert_eq!(net.to(PEER, &error), Err(Unrelated), "idled out");
    let other = unreachable(PEER_IP, &udp((APP_IP, 2), (PEER_IP, 53), b""));
    assert_eq!(net.to(PEER, &other), Err(Unrelated));
}

#[test]
fn sg_10_icmp_errors_of_an_untracked_flow_are_judged_as_themselves() {
    let mut w = wide();
    w.clear(egress(PEER));
    w.class(egress(PEER), 0, 0, OPEN_TCP | OPEN_UDP | OPEN_TCP_WIDE | OPEN_UDP_WIDE);
    let mut net = Net::new(&w);
    net.to(APP, &syn()).expect("opened");
    let error = unreachable(PEER_IP, &syn());
    assert_eq!(net.to(PEER, &error), Err(SecurityGroupEgress), "no ICMP may leave, and PEER knows of no connection");
    w.allow(egress(PEER), APP_IP, 32, 1, 3 << 8 | 3);
    w.allow(egress(PEER), APP_IP, 32, 6, ALL);
    net.change(&w);
    assert_eq!(net.to(PEER, &error), Ok(APP), "APP tracks it, its ingress is not open");
}

#[test]
fn nothing_is_kept_of_a_refused_packet() {
    let mut w = one_way();
    w.clear(ingress(PEER));
    let net = Net::new(&w);
    assert_eq!(net.to(APP, &syn()), Err(SecurityGroupIngress));
    assert_eq!(net.tables.connections().len(), 0);
    assert_eq!(net.tables.claims().len(), 0);
}

#[test]
fn a_connection_s_two_entries_and_nothing_else() {
    let net = Net::new(&one_way());
    net.to(APP, &syn()).expect("opened");
    let entries = net.tables.connections();
    let ports: Vec<u32> = entries.keys().map(|k| k.port()).collect();
    assert_eq!(ports, [APP, PEER]);
    let [near, far] = entries.values().collect::<Vec<_>>()[..] else { panic!("two entries") };
    assert_eq!((near.packets, near.bytes, near.epoch, near.flags), (1, 40, 1, CONN_TRACKED));
    assert_eq!((far.packets, far.epoch, far.port), (0, 0, APP), "the way back walks once");
}
