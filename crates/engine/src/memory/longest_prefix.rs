//! Longest-prefix look-up in a snapshot's ordered maps: one look-up for each prefix length that occurs.

use std::collections::{BTreeMap, BTreeSet};

use super::Prefix;
use crate::Ip;
use crate::tables::*;

/// A key whose last bits may not count.
pub(super) trait Masked: Copy + Ord {
    /// The key with only its first `bits` bits.
    fn masked(self, bits: u32) -> Self;
}

impl Masked for RouteKey {
    fn masked(self, bits: u32) -> RouteKey {
        RouteKey { table: self.table, destination: mask(self.destination, bits.saturating_sub(ROUTE_FIXED_BITS)) }
    }
}

impl Masked for ClassKey {
    fn masked(self, bits: u32) -> ClassKey {
        ClassKey { set: self.set, address: mask(self.address, bits.saturating_sub(CLASS_FIXED_BITS)) }
    }
}

impl Masked for RuleKey {
    fn masked(self, bits: u32) -> RuleKey {
        let keep = u16::MAX.checked_shl(16 - bits.saturating_sub(RULE_FIXED_BITS).min(16)).unwrap_or(0);
        RuleKey { port: self.port & keep.to_be(), ..self }
    }
}

fn mask(address: Ip, bits: u32) -> Ip {
    let word = |i: u32| {
        let keep = bits.saturating_sub(i * 32).min(32);
        address.0[i as usize] & u32::MAX.checked_shl(32 - keep).unwrap_or(0).to_be()
    };
    Ip([word(0), word(1), word(2), word(3)])
}

/// The prefix lengths of a table, longest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Lengths(Vec<u32>);

impl Lengths {
    pub(super) fn of<K, V>(table: &BTreeMap<Prefix<K>, V>) -> Lengths {
        let lengths: BTreeSet<u32> = table.keys().map(|k| k.0).collect();
        Lengths(lengths.into_iter().rev().collect())
    }

    pub(super) fn find<K: Masked, V: Copy>(&self, table: &BTreeMap<Prefix<K>, V>, key: K) -> Option<V> {
        self.0.iter().find_map(|&bits| table.get(&(bits, key.masked(bits))).copied())
    }
}
