//! New flows that take the way of one before them, which memory makes walk: both must do the same with them.

#[path = "kernel/mod.rs"]
mod kernel;
#[path = "../../engine/tests/world/mod.rs"]
mod world;

use croft_engine::DropReason;
use croft_engine::parse;
use croft_engine::tables::*;
use kernel::both::Both;
use world::packets::*;
use world::*;

impl Both {
    fn change(&mut self, world: &World) {
        self.kernel.install(&world.tables);
        self.memory.change(world.tables.clone());
    }
}

fn query(from: u16) -> Vec<u8> {
    udp((APP_IP, from), (PEER_IP, 7), b"query")
}

fn open() -> World {
    let mut world = World::new();
    world.allow(ingress(PEER), APP_IP, 32, 17, 7);
    world.allow(ingress(DATA), APP_IP, 32, 6, 5432);
    world
}

#[test]
fn a_new_flow_takes_the_way_of_one_like_it() {
    let mut both = Both::new(&open());
    for from in 40_000..40_010 {
        assert_eq!(both.send(APP, &query(from)).map(|d| d.0), Ok(PEER));
        assert_eq!(both.send(PEER, &answer(&query(from), 0)).map(|d| d.0), Ok(APP));
        let syn = tcp((APP_IP, from), (DATA_IP, 5432), SYN, b"");
        assert_eq!(both.send(APP, &syn).map(|d| d.0), Ok(DATA));
        assert_eq!(both.send(DATA, &answer(&syn, SYN | ACK)).map(|d| d.0), Ok(APP));
    }
    assert_eq!(both.kernel.precedents().len(), 2, "one for the queries, one for the connections");
    assert_eq!(both.kernel.connections().len(), 40, "and each has both its entries");
}

/// SG-2: what follows from a flow that is known does not hold for a new one.
#[test]
fn sg_2_a_known_flow_is_no_precedent() {
    let mut world = open();
    let mut both = Both::new(&world);
    both.send(APP, &query(40_000)).expect("allowed");
    both.send(PEER, &answer(&query(40_000), 0)).expect("an answer");
    world.clear(ingress(PEER));
    both.change(&world);
    assert_eq!(both.send(APP, &query(40_001)), Err(DropReason::SecurityGroupIngress), "of the policy before");
    assert_eq!(both.send(APP, &query(40_000)).map(|d| d.0), Ok(PEER), "known");
    assert_eq!(both.send(APP, &query(40_002)), Err(DropReason::SecurityGroupIngress), "of the known flow");
}

#[test]
fn a_precedent_is_of_one_sender_one_address_and_one_port() {
    let mut both = Both::new(&open());
    both.send(APP, &query(40_000)).expect("allowed");
    let refused = [
        (APP, udp((APP_IP, 40_001), (PEER_IP, 8), b"")),
        (APP, udp((PEER_IP, 40_001), (PEER_IP, 7), b"")),
        (DATA, udp((DATA_IP, 40_001), (PEER_IP, 7), b"")),
        (STRANGER, udp((APP_IP, 40_001), (PEER_IP, 7), b"")),
        (APP, tcp((APP_IP, 40_001), (PEER_IP, 7), SYN, b"")),
    ];
    for (port, frame) in refused {
        both.send(port, &frame).expect_err("another flow");
    }
    assert_eq!(both.kernel.precedents().len(), 1);
}

/// SG-6: what leads untracked flows is untracked, at either end or at both.
#[test]
fn sg_6_an_untracked_flow_leads_untracked_ones() {
    for ends in [&[APP][..], &[PEER], &[APP, PEER]] {
        let mut world = open();
        for port in ends {
            world.clear(ingress(*port));
            world.class(ingress(*port), 0, 0, OPEN_UDP | OPEN_UDP_WIDE);
        }
        let mut both = Both::new(&world);
        for from in 40_000..40_003 {
            assert_eq!(both.send(APP, &query(from)).map(|d| d.0), Ok(PEER));
        }
        let memory = both.memory.connections();
        let untracked = memory.values().filter(|c| c.flags & CONN_TRACKED == 0).count();
        assert_eq!((memory.len(), untracked), (6, 3 * ends.len()), "in memory");
        for (key, conn) in both.kernel.connections() {
            assert_eq!(Some(conn.flags), memory.get(&key).map(|c| c.flags), "{key:?}");
        }
    }
}

/// What a gateway does with a flow is that flow's own.
#[test]
fn a_translated_flow_is_no_precedent() {
    let mut both = Both::new(&open());
    for from in 40_000..40_004 {
        both.send(APP, &udp((APP_IP, from), (INTERNET, 53), b"")).expect("through the NAT gateway");
        both.send(WEB, &udp((WEB_IP, from), (INTERNET, 53), b"")).expect("through the internet gateway");
    }
    assert_eq!(both.kernel.precedents().len(), 0);
}

/// Under the policy that holds, or none yet: what the entry of the answers to a SYN from this port says before there is one.
fn answer_is_known(both: &mut Both, from: u16) -> bool {
    let syn = tcp((APP_IP, from), (DATA_IP, 5432), SYN, b"");
    both.send(APP, &syn).expect("allowed");
    let tuple = parse(&syn[..]).expect("a SYN").tuple.reversed();
    both.kernel.connections()[&ConnKey::new(DATA, &tuple)].epoch != 0
}

fn answer_to(both: &mut Both, from: u16) -> Result<u32, DropReason> {
    let syn = tcp((APP_IP, from), (DATA_IP, 5432), SYN, b"");
    both.send(DATA, &answer(&syn, SYN | ACK)).map(|d| d.0)
}

#[test]
fn answers_take_the_way_of_the_answer_before_them() {
    let mut both = Both::new(&open());
    assert!(!answer_is_known(&mut both, 40_000), "nothing led");
    assert_eq!(answer_to(&mut both, 40_000), Ok(APP));
    assert!(answer_is_known(&mut both, 50_000), "the first answer leads");
    assert_eq!(answer_to(&mut both, 50_000), Ok(APP));
    let walked = both.kernel.scratch().came.tuple;
    assert_eq!((walked.source_port, walked.destination_port), (50_000, 5432), "the last that walked is the SYN");
}

/// ACL-1, ACL-4: a network ACL judges answers by the port that they go to.
#[test]
fn acl_4_answers_follow_within_the_ports_of_one_rule() {
    let mut world = open();
    let (outward, inward) = (7_001, 7_002);
    world.acl(DATA_SUBNET, 0, outward);
    world.acl(PRIVATE, inward, 0);
    let span = |first, last| Span { first, last, protocol: 6, bits: VERDICT_ALLOW as u8 };
    for (set, spans) in
        [(outward, [span(1_024, 49_999), span(50_000, 60_000)]), (inward, [span(40_000, 65_535), span(1, 2)])]
    {
        let spans = [spans[0], spans[1], Span::default(), Span::default()];
        let id = world.class(set, 0, 0, IN_SPANS);
        world.tables.classes.insert(ClassKey::v4(set, 0, 0), Class { id, open: IN_SPANS, spans });
    }
    let mut both = Both::new(&world);
    assert!(!answer_is_known(&mut both, 45_000));
    assert_eq!(answer_to(&mut both, 45_000), Ok(APP));
    for (from, known) in [(40_000, true), (49_999, true), (50_000, false), (39_999, false), (60_001, false)] {
        assert_eq!(answer_is_known(&mut both, from), known, "{from}");
    }
    assert_eq!(answer_to(&mut both, 49_999), Ok(APP));
    assert_eq!(answer_to(&mut both, 60_001), Err(DropReason::NetworkAclEgress));
    assert_eq!(answer_to(&mut both, 39_999), Err(DropReason::NetworkAclIngress));
    assert_eq!(answer_to(&mut both, 50_000), Ok(APP), "by the other rule");
    assert!(answer_is_known(&mut both, 55_000), "which leads now");
    assert!(!answer_is_known(&mut both, 45_001), "instead of the first");
}

/// ACL-4: a table of rules says nothing of the ports beside the one that was asked.
#[test]
fn acl_4_a_single_port_leads_no_other() {
    let mut world = open();
    let outward = 7_001;
    world.acl(DATA_SUBNET, 0, outward);
    for port in [40_000, 40_001] {
        world.allow(outward, 0, 0, 6, port);
    }
    let mut both = Both::new(&world);
    assert!(!answer_is_known(&mut both, 40_000));
    assert_eq!(answer_to(&mut both, 40_000), Ok(APP));
    assert!(!answer_is_known(&mut both, 40_001));
    assert!(!answer_is_known(&mut both, 40_002));
    assert_eq!(answer_to(&mut both, 40_001), Ok(APP));
    assert_eq!(answer_to(&mut both, 40_002), Err(DropReason::NetworkAclEgress));
}

/// SG-2: a change of policy ends what answers led; the connection is known all the same.
#[test]
fn sg_2_an_answer_leads_under_its_own_policy_only() {
    let mut world = open();
    let mut both = Both::new(&world);
    answer_is_known(&mut both, 40_000);
    assert_eq!(answer_to(&mut both, 40_000), Ok(APP));
    assert!(answer_is_known(&mut both, 40_001));
    let outward = 7_001;
    world.acl(DATA_SUBNET, 0, outward);
    both.change(&world);
    assert_eq!(answer_to(&mut both, 40_001), Err(DropReason::NetworkAclEgress), "which nothing passes");
    assert!(!answer_is_known(&mut both, 40_002));
}

/// SG-6: groups that do not track a flow let its answers pass all the same.
#[test]
fn sg_6_answers_of_an_untracked_flow_lead_too() {
    let mut world = open();
    world.clear(ingress(DATA));
    world.class(ingress(DATA), 0, 0, OPEN_TCP | OPEN_TCP_WIDE);
    let mut both = Both::new(&world);
    for from in 40_000..40_003 {
        assert_eq!(answer_is_known(&mut both, from), from > 40_000);
        assert_eq!(answer_to(&mut both, from), Ok(APP));
    }
}

/// ACL-4: what comes in the name of the one that was asked, but from another subnet, passed other network ACLs.
#[test]
fn acl_4_who_was_not_asked_leads_no_answers() {
    let mut world = open();
    let outward = 7_001;
    world.acl(DATA_SUBNET, 0, outward);
    world.allow(outward, 0, 0, 6, 40_000);
    world.edit(WEB, |i| i.flags |= IF_ANY_ADDRESS);
    let mut both = Both::new(&world);
    assert!(!answer_is_known(&mut both, 40_001));
    let syn = tcp((APP_IP, 40_001), (DATA_IP, 5432), SYN, b"");
    assert_eq!(both.send(WEB, &answer(&syn, SYN | ACK)).map(|d| d.0), Ok(APP), "out of a subnet without an ACL");
    assert!(!answer_is_known(&mut both, 40_002));
    assert_eq!(answer_to(&mut both, 40_002), Err(DropReason::NetworkAclEgress));
}
