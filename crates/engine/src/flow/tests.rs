use super::*;
use proptest::prelude::*;

fn ip() -> impl Strategy<Value = Ip> {
    any::<u32>().prop_map(Ip::v4)
}

fn tuple() -> impl Strategy<Value = Tuple> {
    let others = any::<u8>().prop_filter("has ports or a kind", |p| ![ICMP, TCP, UDP].contains(p));
    let what = prop_oneof![
        (prop_oneof![Just(TCP), Just(UDP)], any::<u16>(), any::<u16>()).prop_map(|(p, s, d)| (p, KIND_NONE, s, d)),
        (prop_oneof![Just(KIND_ECHO), Just(KIND_TIMESTAMP)], any::<u16>()).prop_map(|(k, id)| (ICMP, k, id, 0)),
        (prop_oneof![Just(KIND_ECHO_REPLY), Just(KIND_TIMESTAMP_REPLY)], any::<u16>())
            .prop_map(|(k, id)| (ICMP, k, 0, id)),
        Just((ICMP, KIND_OTHER, 0, 0)),
        others.prop_map(|p| (p, KIND_NONE, 0, 0)),
    ];
    (ip(), ip(), what).prop_map(|(source, destination, (protocol, kind, source_port, destination_port))| Tuple {
        source,
        destination,
        source_port,
        destination_port,
        protocol,
        kind,
        pad: 0,
    })
}

proptest! {
    /// Nothing is lost: so different flows have different keys.
    #[test]
    fn a_key_says_its_port_and_its_tuple(port in 0..=MAX_PORT, tuple in tuple()) {
        let key = ConnKey::new(port, &tuple);
        prop_assert_eq!((key.port(), key.tuple()), (port, tuple));
    }

    #[test]
    fn the_ends_of_the_answer_are_those_of_its_tuple(tuple in tuple()) {
        prop_assert_eq!(Ends::of(&tuple).reversed(tuple.protocol), Ends::of(&tuple.reversed()));
    }

    #[test]
    fn an_entry_gives_back_its_action_and_names_its_peer(
        from in tuple(), source in ip(), destination in ip(), identifier in 1u16.., ports in 0..=MAX_PORT,
        mtu: u16, ttl_cost in 0u8..8, translated: bool, macs: [[u8; 6]; 2],
    ) {
        let mut to = Tuple { source, destination, ..from };
        if to.source_port != 0 {
            to.source_port = identifier;
        }
        let flags = if translated { ACT_TRANSLATE } else { 0 };
        let [destination_mac, source_mac] = macs;
        let action = Action { tuple: to, port: ports, mtu, flags, ttl_cost, destination_mac, source_mac };
        let mut conn = Conn::default();
        conn.set_action(&action, action.port, Ends::of(&action.tuple));
        let key = ConnKey::new(9, &from);
        prop_assert_eq!(conn.action(&key), action);
        prop_assert_eq!(conn.peer(&key), ConnKey::new(ports, &to.reversed()));
    }
}

/// With the 48 bytes that the kernel puts before it: two lines of the cache.
#[test]
fn an_entry_fills_two_lines_of_the_cache() {
    assert_eq!(size_of::<ConnKey>() + size_of::<Conn>(), 128 - 48);
}
