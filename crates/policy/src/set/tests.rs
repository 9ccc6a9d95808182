//! Atoms and contents against the rules read one by one.

use super::*;
use croft_engine::tables::*;
use croft_model::protocol::{Ports, Protocol};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// What of a packet a rule looks at.
#[derive(Clone, Copy, Debug)]
struct Probe {
    address: u32,
    protocol: u8,
    port: u16,
}

fn covers(clause: &Clause, probe: Probe) -> bool {
    match (clause.protocol, clause.ports) {
        (Protocol::All, _) => true,
        (Protocol::Number(number), _) if number != probe.protocol => false,
        (_, Ports::All) => true,
        (_, Ports::Range { from, to }) => matches!(probe.protocol, TCP | UDP) && from <= probe.port && probe.port <= to,
        (_, Ports::Icmp { kind, code }) => {
            probe.protocol == ICMP
                && u16::from(kind) == probe.port >> 8
                && code.is_none_or(|code| u16::from(code) == probe.port & 0xff)
        }
    }
}

/// Reads every rule: allowed, and allowed by a rule for all addresses.
fn naive(rules: &Rules, probe: Probe) -> (bool, bool) {
    let mut answer = (false, false);
    for (number, bundle) in rules.bundles.iter().enumerate() {
        let blocks = rules.named.iter().filter(|&&(_, named)| named as usize == number);
        if blocks.filter(|(block, _)| block.contains(&Block::new(probe.address, 32))).count() == 0 {
            continue;
        }
        for clause in bundle.clauses.iter().filter(|clause| covers(clause, probe)) {
            match rules.combine {
                Combine::FirstMatch => return (clause.allow, false),
                Combine::Union => {
                    answer.0 |= clause.allow;
                    answer.1 |= clause.allow && bundle.wide && matches!(probe.protocol, TCP | UDP);
                }
            }
        }
    }
    answer
}

/// The same by the rows: the longest prefix gives the content, `open` or the rows of the content the verdict.
fn by_rows(atoms: &[Atom], probe: Probe) -> (bool, bool) {
    let holds = |(block, _): &&Atom| block.contains(&Block::new(probe.address, 32));
    let Some((_, content)) = atoms.iter().filter(holds).max_by_key(|(block, _)| block.length) else {
        return (false, false);
    };
    let open = content.open();
    let (all, wide) = match probe.protocol {
        ICMP => (OPEN_ICMP, 0),
        TCP => (OPEN_TCP, OPEN_TCP_WIDE),
        UDP => (OPEN_UDP, OPEN_UDP_WIDE),
        _ => (OPEN_REST, 0),
    };
    if open & all != 0 {
        return (true, open & wide != 0);
    }
    let class = content.class(1);
    let rows: BTreeMap<_, _> = content.rules(1).into_iter().collect();
    if class.open & IN_SPANS != 0 {
        assert!(rows.is_empty());
        let holds = |s: &&Span| s.protocol == probe.protocol && s.first <= probe.port && probe.port <= s.last;
        let bits = class.spans.iter().find(holds).map_or(0, |s| u32::from(s.bits));
        return (bits & VERDICT_ALLOW != 0, bits & VERDICT_WIDE != 0);
    }
    let find = |protocol| (0..=16).rev().find_map(|n| rows.get(&RuleKey::ports(1, protocol, probe.port, n)));
    let named = find(u16::from(probe.protocol));
    let verdict = match probe.protocol {
        ICMP | TCP | UDP => named,
        _ => named.or_else(|| find(PROTOCOL_REST)),
    };
    let bits = verdict.map_or(0, |verdict| verdict.bits);
    (bits & VERDICT_ALLOW != 0, bits & VERDICT_WIDE != 0)
}

fn protocol() -> impl Strategy<Value = u8> {
    prop_oneof![Just(ICMP), Just(TCP), Just(UDP), Just(47), Just(50)]
}

/// Few values, so that rules and probes meet.
fn port() -> impl Strategy<Value = u16> {
    prop_oneof![0u16..10, Just(80), Just(443), 1020u16..1030, 0x300u16..0x310, 0x800u16..0x803, 65530u16..=65535]
}

fn address() -> impl Strategy<Value = u32> {
    prop_oneof![0x0a00_0000u32..0x0a00_0010, 0x0a00_0100u32..0x0a00_0104, Just(0x0808_0808), any::<u32>()]
}

fn clause() -> impl Strategy<Value = Clause> {
    let ports = prop_oneof![
        2 => Just(Ports::All),
        4 => (port(), port()).prop_map(|(a, b)| Ports::Range { from: a.min(b), to: a.max(b) }),
        1 => (port(), any::<bool>())
            .prop_map(|(p, code)| Ports::Icmp { kind: (p >> 8) as u8, code: code.then_some(p as u8) }),
    ];
    let protocol = prop_oneof![1 => Just(Protocol::All), 5 => protocol().prop_map(Protocol::Number)];
    (protocol, ports, prop::bool::weighted(0.7)).prop_map(|(protocol, ports, allow)| Clause { protocol, ports, allow })
}

fn block() -> impl Strategy<Value = Block> {
    let length = prop_oneof![Just(0u8), Just(8), Just(16), Just(24), 28u8..=32];
    (address(), length).prop_map(|(address, length)| Block::new(address, length))
}

fn rules() -> impl Strategy<Value = Rules> {
    let bundle = (prop::collection::vec(clause(), 1..4), prop::collection::vec(block(), 1..4));
    (prop::collection::vec(bundle, 0..8), any::<bool>()).prop_map(|(bundles, union)| {
        let mut rules = Rules::new(if union { Combine::Union } else { Combine::FirstMatch });
        for (number, (clauses, blocks)) in bundles.into_iter().enumerate() {
            let wide = union && blocks[0] == Block::ALL;
            let blocks = if wide { vec![Block::ALL] } else { blocks };
            rules.named.extend(blocks.into_iter().map(|block| (block, number as u32)));
            rules.bundles.push(Bundle { clauses, wide });
        }
        rules
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Rows SG-1, SG-6, ACL-2, ACL-5.
    #[test]
    fn the_rows_say_what_the_rules_say(
        rules in rules(),
        probes in prop::collection::vec((address(), protocol(), port()), 40),
    ) {
        let atoms = atoms(&rules);
        for (address, protocol, port) in probes {
            let port = if matches!(protocol, ICMP | TCP | UDP) { port } else { 0 };
            let probe = Probe { address, protocol, port };
            prop_assert_eq!(by_rows(&atoms, probe), naive(&rules, probe), "{:?}\n{:?}", probe, atoms);
        }
    }

    #[test]
    fn sg_1_the_order_of_rules_changes_nothing(
        (mut rules, order) in rules().prop_flat_map(|rules| {
            let order = Just((0..rules.bundles.len()).collect::<Vec<_>>()).prop_shuffle();
            (Just(rules), order)
        }),
    ) {
        rules.combine = Combine::Union;
        let mut shuffled = Rules::new(Combine::Union);
        for (new, &old) in order.iter().enumerate() {
            let mut bundle = Bundle { wide: rules.bundles[old].wide, clauses: rules.bundles[old].clauses.clone() };
            bundle.clauses.reverse();
            shuffled.bundles.push(bundle);
            let named = rules.named.iter().filter(|&&(_, bundle)| bundle as usize == old);
            shuffled.named.extend(named.map(|&(block, _)| (block, new as u32)));
        }
        prop_assert_eq!(atoms(&rules), atoms(&shuffled));
    }

    /// Numbers are hashes of contents, so an atom that says what the one around it says would only cost memory.
    #[test]
    fn no_atom_repeats_the_one_around_it(rules in rules()) {
        let atoms = atoms(&rules);
        for (n, (block, content)) in atoms.iter().enumerate() {
            let around = atoms[..n].iter().rev().find(|(outer, _)| outer.contains(block));
            match around {
                Some((_, outer)) => prop_assert_ne!(outer, content),
                None => prop_assert_ne!(&**content, &Content::default()),
            }
        }
    }
}

fn allow(protocol: u8, from: u16, to: u16) -> Clause {
    Clause { protocol: Protocol::Number(protocol), ports: Ports::Range { from, to }, allow: true }
}

#[test]
fn a_rule_on_a_wider_block_holds_in_the_narrower_one() {
    let mut rules = Rules::new(Combine::Union);
    rules.bundles.push(Bundle { clauses: vec![allow(TCP, 443, 443)], wide: true });
    rules.bundles.push(Bundle { clauses: vec![allow(TCP, 22, 22)], wide: false });
    rules.named = vec![(Block::ALL, 0), (Block::new(0x0a00_0000, 8), 1)];
    let atoms = atoms(&rules);
    assert_eq!(atoms.len(), 2);
    let inside = |port| by_rows(&atoms, Probe { address: 0x0a01_0203, protocol: TCP, port });
    assert_eq!((inside(443), inside(22)), ((true, true), (true, false)));
    let outside = |port| by_rows(&atoms, Probe { address: 0x0b01_0203, protocol: TCP, port });
    assert_eq!((outside(443), outside(22)), ((true, true), (false, false)));
}

#[test]
fn acl_2_a_denied_block_within_an_allowed_one_is_an_atom_that_allows_nothing() {
    let mut rules = Rules::new(Combine::FirstMatch);
    let all = |allow| Clause { protocol: Protocol::All, ports: Ports::All, allow };
    rules.bundles =
        vec![Bundle { clauses: vec![all(false)], wide: false }, Bundle { clauses: vec![all(true)], wide: false }];
    rules.named = vec![(Block::new(0x0a00_0000, 24), 0), (Block::ALL, 1)];
    let atoms = atoms(&rules);
    assert!(atoms[0].1.is_everything());
    assert_eq!((atoms[1].0, &*atoms[1].1), (Block::new(0x0a00_0000, 24), &Content::default()));
}
