use super::*;
use proptest::prelude::*;

proptest! {
    /// By chance a slot is missed by a hand that has looked `slots` times with probability 1/e, by one that has
    /// looked thirty times as often practically never.
    #[test]
    fn the_hand_comes_by_every_slot(slots in 1u64..200, start in 0u64..u64::MAX / 2) {
        let mut seen = vec![false; slots as usize];
        for count in start..start + slots * 30 {
            seen[slot_of(count, slots) as usize] = true;
        }
        prop_assert!(seen.iter().all(|s| *s));
    }
}

#[test]
fn there_are_slots_for_every_connection_and_half_as_many_again() {
    for entries in [1, 2, 3, 64, 4_096, 1_000_000, u32::MAX] {
        let connections = (entries / 2).max(1) as u64;
        let slots = reclaim_slots(entries) as u64;
        assert!(slots >= connections && slots <= connections * 3 / 2 + 4, "{slots} for {entries}");
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
