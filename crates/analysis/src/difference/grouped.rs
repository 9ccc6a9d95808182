//! Paths that change alike in one row: first the sources of the same destination, then the destinations of the same
//! sources.

use std::collections::{BTreeMap, BTreeSet};

use super::party::Parties;
use super::report::{Because, Party, PathChange, TrafficRange};

/// What changes between two classes.
pub(crate) struct Row<T> {
    pub(crate) opened: bool,
    pub(crate) source: usize,
    pub(crate) destination: usize,
    pub(crate) traffic: T,
    pub(crate) because: Option<Because>,
}

impl<T> Row<T> {
    pub(crate) fn with<U>(&self, traffic: U) -> Row<U> {
        let Row { opened, source, destination, .. } = *self;
        Row { opened, source, destination, traffic, because: self.because.clone() }
    }
}

/// Classes of sources and destinations, and the first reason that was found.
type Joined = (BTreeSet<usize>, BTreeSet<usize>, Option<Because>);

/// What opens, and what closes.
pub(crate) fn grouped(rows: Vec<Row<Vec<TrafficRange>>>, parties: &Parties) -> (Vec<PathChange>, Vec<PathChange>) {
    let mut by_destination: BTreeMap<_, Joined> = BTreeMap::new();
    for row in rows {
        let key = (row.opened, row.destination, row.traffic, row.because.as_ref().map(Because::key));
        let joined = by_destination.entry(key).or_insert_with(|| (BTreeSet::new(), BTreeSet::new(), row.because));
        joined.0.insert(row.source);
        joined.1.insert(row.destination);
    }
    let mut by_source: BTreeMap<_, Joined> = BTreeMap::new();
    for ((opened, _, traffic, reason), (sources, destinations, because)) in by_destination {
        let key = (opened, sources.clone(), traffic, reason);
        let joined = by_source.entry(key).or_insert_with(|| (sources, BTreeSet::new(), because));
        joined.1.extend(destinations);
    }
    let (mut opens, mut closes) = (Vec::new(), Vec::new());
    for ((opened, _, traffic, _), (sources, destinations, because)) in by_source {
        let change = PathChange {
            sources: named(&sources, parties),
            destinations: named(&destinations, parties),
            traffic,
            because,
        };
        if opened { opens.push(change) } else { closes.push(change) }
    }
    (opens, closes)
}

fn named(classes: &BTreeSet<usize>, parties: &Parties) -> Vec<Party> {
    let (here, elsewhere): (Vec<_>, Vec<_>) = parties.blocks().partition(|(class, _)| classes.contains(class));
    let rest = here.iter().any(|(_, block)| block.is_none());
    let except: Vec<_> = elsewhere.iter().filter_map(|(_, block)| *block).collect();
    let internet = here.iter().filter(|(_, block)| block.is_none() || !rest || !except.is_empty());
    let internet = internet.map(|(_, block)| Party::Internet {
        block: *block,
        except: if block.is_none() { except.clone() } else { Vec::new() },
    });
    let mut parties: Vec<Party> = internet.chain(classes.iter().flat_map(|class| parties.members(*class))).collect();
    parties.sort();
    parties.dedup();
    parties
}
