use super::*;

#[test]
fn the_hand_comes_by_every_slot_in_turn() {
    for entries in [1, 2, 3, 64, 4_096] {
        let slots = u64::from(reclaim_slots(entries));
        let seen: Vec<u32> = (7..7 + slots).map(|count| slot_of(count, slots)).collect();
        assert_eq!(seen.iter().collect::<std::collections::BTreeSet<_>>().len() as u64, slots);
    }
}

#[test]
fn there_is_a_slot_for_every_connection_and_no_more() {
    for entries in [1, 2, 3, 64, 4_096, 1_000_000, u32::MAX] {
        assert_eq!(reclaim_slots(entries), (entries / 2).max(1));
    }
}

#[test]
fn sg_7_an_interface_without_time_outs_of_its_own_has_the_defaults() {
    assert_eq!(TimeOuts::of(&Interface::default()), TimeOuts::DEFAULT);
    let own = Interface { tcp_idle: 60, udp_idle: 31, udp_stream_idle: 61, ..Interface::default() };
    assert_eq!(TimeOuts::of(&own), TimeOuts { tcp: 60, udp: 31, udp_stream: 61 });
}

/// Idle limits to the nanosecond: alive just before, gone at the limit (row SG-7).
#[test]
fn sg_7_a_limit_is_reached_not_passed() {
    let status = |packets, peer_packets, flags| Status { packets, peer_packets, flags, last: 5, ..Status::default() };
    for (status, protocol, limit) in [
        (status(1, 0, 0), TCP, 60),
        (status(1, 1, 0), TCP, 432_000),
        (status(1, 1, CONN_CLOSING), TCP, 10),
        (status(1, 9, 0), UDP, 30),
        (status(2, 2, 0), UDP, 180),
        (status(9, 9, 0), ICMP, 30),
        (status(9, 9, 0), 47, 600),
    ] {
        let end = 5 + limit * SECOND;
        assert!(!status.idled_out(protocol, end - 1, TimeOuts::DEFAULT), "protocol {protocol}");
        assert!(status.idled_out(protocol, end, TimeOuts::DEFAULT), "protocol {protocol}");
        assert!(!status.idled_out(protocol, 0, TimeOuts::DEFAULT), "a clock that steps back ends nothing");
    }
}
