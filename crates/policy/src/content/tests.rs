use super::*;

fn clause(protocol: Protocol, ports: Ports, allow: bool) -> Clause {
    Clause { protocol, ports, allow }
}

fn range(from: u16, to: u16) -> Ports {
    Ports::Range { from, to }
}

const TCP_: Protocol = Protocol::Number(TCP);

#[test]
fn ranges_become_the_fewest_prefixes() {
    assert_eq!(blocks(0, u16::MAX), [(0, 0)]);
    assert_eq!(blocks(443, 443), [(443, 16)]);
    assert_eq!(blocks(1024, u16::MAX), [(1024, 6), (2048, 5), (4096, 4), (8192, 3), (16384, 2), (32768, 1)]);
    assert_eq!(blocks(1, 3), [(1, 16), (2, 15)]);
    for (first, last) in [(0, 0), (7, 900), (1023, 32769), (65535, 65535), (1, 65535)] {
        let covered: u32 = blocks(first, last).iter().map(|&(_, length)| 1 << (16 - length)).sum();
        assert_eq!(covered, u32::from(last - first) + 1);
    }
}

#[test]
fn sg_1_rules_add_up_and_neighbours_melt_together() {
    let mut painter = Painter::default();
    painter.add(&clause(TCP_, range(80, 90), true), false);
    painter.add(&clause(TCP_, range(91, 100), true), false);
    painter.add(&clause(TCP_, range(85, 95), true), false);
    assert_eq!(painter.content().tcp, [Stretch { first: 80, last: 100, bits: VERDICT_ALLOW }]);
}

#[test]
fn sg_6_ports_allowed_to_all_addresses_are_told_apart() {
    let mut painter = Painter::default();
    painter.add(&clause(TCP_, Ports::All, true), false);
    assert_eq!(painter.content().open(), OPEN_TCP);
    painter.add(&clause(TCP_, range(443, 443), true), true);
    let content = painter.content();
    // All of TCP is allowed, but a look-up has to say whether by a rule for all addresses.
    assert_eq!(content.open(), 0);
    assert_eq!(content.tcp[1], Stretch { first: 443, last: 443, bits: VERDICT_ALLOW | VERDICT_WIDE });
    painter.add(&clause(TCP_, Ports::All, true), true);
    assert_eq!(painter.content().open(), OPEN_TCP | OPEN_TCP_WIDE);
}

#[test]
fn acl_2_the_rule_painted_last_stands() {
    let mut painter = Painter::default();
    painter.cover(&clause(Protocol::All, Ports::All, true));
    painter.cover(&clause(TCP_, range(22, 22), false));
    let content = painter.content();
    assert!(!content.is_everything());
    assert_eq!(content.tcp.len(), 2);
    assert_eq!(content.open(), OPEN_ICMP | OPEN_UDP | OPEN_REST);
    painter.cover(&clause(Protocol::All, Ports::All, true));
    assert!(painter.content().is_everything());
}

#[test]
fn acl_5_other_protocols_match_exactly() {
    let mut painter = Painter::default();
    painter.cover(&clause(Protocol::All, Ports::All, true));
    painter.cover(&clause(Protocol::Number(47), Ports::All, false));
    let content = painter.content();
    assert_eq!(content.open(), OPEN_ICMP | OPEN_TCP | OPEN_UDP);
    let rows = content.rules(5);
    assert_eq!(
        rows,
        [
            (RuleKey::ports(5, 47, 0, 0), Verdict { bits: 0 }),
            (RuleKey::ports(5, PROTOCOL_REST, 0, 0), Verdict { bits: VERDICT_ALLOW })
        ]
    );
}

#[test]
fn icmp_rules_name_types_and_codes() {
    let mut painter = Painter::default();
    painter.add(&clause(Protocol::Number(ICMP), Ports::Icmp { kind: 8, code: None }, true), true);
    painter.add(&clause(Protocol::Number(ICMP), Ports::Icmp { kind: 3, code: Some(4) }, true), true);
    let allow = VERDICT_ALLOW;
    assert_eq!(
        painter.content().icmp,
        [Stretch { first: 0x304, last: 0x304, bits: allow }, Stretch { first: 0x800, last: 0x8ff, bits: allow }]
    );
}

#[test]
fn a_combination_that_the_api_refuses_covers_nothing() {
    let mut painter = Painter::default();
    painter.add(&clause(Protocol::Number(ICMP), range(0, 100), true), false);
    painter.add(&clause(TCP_, Ports::Icmp { kind: 8, code: None }, true), false);
    painter.add(&clause(TCP_, range(9, 3), true), false);
    assert_eq!(painter.content(), Content::default());
}

#[test]
fn equal_contents_have_equal_numbers_and_others_do_not() {
    let mut one = Painter::default();
    one.add(&clause(TCP_, range(1, 10), true), false);
    let mut two = Painter::default();
    two.add(&clause(TCP_, range(6, 10), true), false);
    two.add(&clause(TCP_, range(1, 5), true), false);
    assert_eq!(one.content().number(|_| false), two.content().number(|_| false));
    two.add(&clause(TCP_, range(11, 11), true), false);
    assert_ne!(one.content().number(|_| false), two.content().number(|_| false));
}

#[test]
fn a_small_class_needs_no_rules_of_its_own_and_a_larger_one_has_them_all() {
    let mut painter = Painter::default();
    for n in 0..4u16 {
        painter.add(&clause(TCP_, range(10 * n, 10 * n + 5), true), false);
    }
    let four = painter.content();
    assert_eq!((four.class(9).open, four.rules(9)), (IN_SPANS, vec![]));
    let last = Span { first: 30, last: 35, protocol: TCP, bits: VERDICT_ALLOW as u8 };
    assert_eq!(four.class(9).spans[3], last);
    painter.add(&clause(Protocol::Number(UDP), range(53, 53), true), false);
    let five = painter.content();
    assert_eq!(five.class(9), Class { id: 9, ..Class::default() });
    assert_eq!(five.rules(9).iter().filter(|((_, key), _)| key.protocol == u16::from(UDP)).count(), 1);
    // What is open takes no span.
    painter.add(&clause(TCP_, Ports::All, true), false);
    assert_eq!(painter.content().class(9).open, OPEN_TCP | IN_SPANS);
    // Protocols without ports do not fit into spans.
    painter.add(&clause(Protocol::Number(47), Ports::All, true), false);
    assert_eq!(painter.content().class(9).open, OPEN_TCP);
}
