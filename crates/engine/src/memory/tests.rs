use super::longest_prefix::Lengths;
use super::*;
use crate::Ip;
use crate::tables::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

#[test]
fn prefix_keys_are_cleared_behind_the_prefix() {
    assert_eq!(RouteKey::v4(7, 0x0a01_0203, 16), RouteKey::v4(7, 0x0a01_0000, 16));
    assert_eq!(RouteKey::v4(7, 0x0a01_0203, 16).0, 32 + 96 + 16);
    assert_eq!(ClassKey::v4(7, 0x0a01_0203, 0), ClassKey::v4(7, 0, 0));
    assert_eq!(ClassKey::v4(7, 1, 32).0, 32 + 128);
    assert_eq!(RuleKey::ports(7, 6, 0x1234, 8), RuleKey::ports(7, 6, 0x1200, 8));
    assert_eq!(RuleKey::ports(7, 6, 0x1234, 16).0, 64);
    assert_eq!(RuleKey::ports(7, 6, 0x1234, 0).1.port, 0);
}

proptest! {
    /// Against looking at every block.
    #[test]
    fn the_longest_prefix_is_found(
        blocks in prop::collection::vec((any::<u32>(), 0u32..=32), 0..40), asked: u32, near in any::<prop::sample::Index>(),
    ) {
        let table: BTreeMap<Prefix<RouteKey>, u32> =
            blocks.iter().map(|(network, length)| (RouteKey::v4(1, *network, *length), *length)).collect();
        let asked = if blocks.is_empty() { asked } else { blocks[near.index(blocks.len())].0 ^ (asked >> 16) };
        let matches = |network: u32, length: u32| (network ^ asked).checked_shr(32 - length).unwrap_or(0) == 0;
        let longest = blocks.iter().filter(|(n, l)| *l == 0 || matches(*n, *l)).map(|(_, l)| *l).max();
        let key = RouteKey { table: 1, destination: Ip::v4(asked) };
        prop_assert_eq!(Lengths::of(&table).find(&table, key), longest);
        prop_assert_eq!(Lengths::of(&table).find(&table, RouteKey { table: 2, ..key }), None);
    }

    #[test]
    fn a_port_falls_in_its_block(port: u16, first: u16, length in 0u32..=16) {
        let table = BTreeMap::from([(RuleKey::ports(1, 6, first, length), ())]);
        let key = RuleKey { class: 1, protocol: 6, port: port.to_be() };
        let within = length == 0 || (port ^ first) >> (16 - length) == 0;
        prop_assert_eq!(Lengths::of(&table).find(&table, key).is_some(), within);
    }
}
