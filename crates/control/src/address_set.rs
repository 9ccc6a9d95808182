//! A set of addresses that are mostly neighbours.
//!
//! Addresses of a subnet are given out from its start, so what is held is a few long runs. Kept as runs, the lowest
//! free address is found in the time it takes to find the first run, however many addresses it has.

use imbl::OrdMap;
use std::net::Ipv4Addr;

/// First address of a run to its last. Runs neither overlap nor touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AddressSet(OrdMap<u32, u32>);

impl AddressSet {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many addresses.
    pub(crate) fn len(&self) -> u32 {
        let sizes = self.0.iter().map(|(first, last)| last - first);
        sizes.fold(0, |sum, size| size.saturating_add(1).saturating_add(sum))
    }

    /// The run that an address lies in.
    fn run(&self, address: u32) -> Option<(u32, u32)> {
        let (first, last) = self.0.get_prev(&address)?;
        (*last >= address).then_some((*first, *last))
    }

    pub(crate) fn contains(&self, address: Ipv4Addr) -> bool {
        self.run(address.into()).is_some()
    }

    /// False if it was there already.
    pub(crate) fn insert(&mut self, address: Ipv4Addr) -> bool {
        let address = u32::from(address);
        if self.run(address).is_some() {
            return false;
        }
        let before = address.checked_sub(1).and_then(|a| self.run(a));
        let after = address.checked_add(1).and_then(|a| self.run(a));
        if let Some((first, _)) = after {
            self.0.remove(&first);
        }
        let first = before.map_or(address, |(first, _)| first);
        self.0.insert(first, after.map_or(address, |(_, last)| last));
        true
    }

    /// All from the first to the last.
    pub(crate) fn insert_all(&mut self, first: Ipv4Addr, last: Ipv4Addr) {
        let (mut first, mut last) = (u32::from(first), u32::from(last));
        if let Some((start, _)) = first.checked_sub(1).and_then(|a| self.run(a)) {
            first = start;
        }
        if let Some((_, end)) = last.checked_add(1).and_then(|a| self.run(a)) {
            last = end;
        }
        // Runs that begin inside are swallowed; the last of them may reach out.
        let inside: Vec<_> = self.0.range(first..=last).map(|(start, end)| (*start, *end)).collect();
        for (start, end) in inside {
            self.0.remove(&start);
            last = last.max(end);
        }
        match self.run(first) {
            Some((start, end)) => self.0.insert(start, end.max(last)),
            None => self.0.insert(first, last),
        };
    }

    pub(crate) fn remove(&mut self, address: Ipv4Addr) {
        let address = u32::from(address);
        let Some((first, last)) = self.run(address) else { return };
        self.0.remove(&first);
        if first < address {
            self.0.insert(first, address - 1);
        }
        if address < last {
            self.0.insert(address + 1, last);
        }
    }

    /// The lowest address from `from` to `to` that is not in the set.
    pub(crate) fn lowest_missing(&self, from: Ipv4Addr, to: Ipv4Addr) -> Option<Ipv4Addr> {
        let candidate = match self.run(from.into()) {
            None => Some(u32::from(from)),
            Some((_, last)) => last.checked_add(1),
        };
        candidate.map(Ipv4Addr::from).filter(|a| *a <= to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn it_is_a_set() {
        let mut bits = 1_u32;
        let (mut set, mut plain) = (AddressSet::default(), BTreeSet::new());
        for _ in 0..20_000 {
            bits = bits.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let address = Ipv4Addr::from(10 + (bits >> 9) % 40);
            if bits >> 28 == 15 {
                let last = Ipv4Addr::from(u32::from(address) + (bits >> 5) % 5);
                set.insert_all(address, last);
                plain.extend((u32::from(address)..=u32::from(last)).map(Ipv4Addr::from));
            } else if bits >> 31 == 0 {
                assert_eq!(set.insert(address), plain.insert(address));
            } else {
                set.remove(address);
                plain.remove(&address);
            }
            assert_eq!(set.len() as usize, plain.len());
            for n in 8..57 {
                assert_eq!(set.contains(n.into()), plain.contains(&Ipv4Addr::from(n)));
            }
            let missing = (12..=30).map(Ipv4Addr::from).find(|a| !plain.contains(a));
            assert_eq!(set.lowest_missing(12.into(), 30.into()), missing);
            let runs: Vec<_> = set.0.iter().collect();
            assert!(runs.windows(2).all(|w| w[0].1 + 1 < *w[1].0), "runs touch: {runs:?}");
        }
    }

    #[test]
    fn both_ends_of_all_addresses_belong_to_it() {
        let mut set = AddressSet::default();
        let (first, last) = (Ipv4Addr::from(0), Ipv4Addr::from(u32::MAX));
        assert!(set.insert(first) && set.insert(last));
        assert_eq!(set.lowest_missing(last, last), None);
        set.remove(first);
        set.remove(last);
        assert!(set.is_empty());
    }
}
