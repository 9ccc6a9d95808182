//! Difference: which paths open and which close between two versions of a cloud (row WHY-5)?
//!
//! Both versions are compiled, and the engine is asked the same questions about each. Nobody can ask about every packet,
//! so questions are asked of representatives, and they stand for the rest exactly:
//!
//! - Interfaces that no gate can tell apart form a class: same subnet, same groups, the same named blocks around their
//!   addresses. One of them speaks for all, and two of them for the paths inside the class.
//! - The internet is an address in each public block that a rule, a route or a list names, and one that none names.
//! - Ports are cut where a rule of either version cuts them: one port answers for each range, and ports that no rule
//!   names are a range of their own. TCP and UDP are asked by ports, ICMP by an echo.
//!
//! The work is bounded by [`Bounds`]; what was left out is said in [`Examined`].

mod because;
mod block;
mod class;
mod grouped;
mod party;
mod port;
mod report;
mod side;

pub use report::{Because, Closed, Difference, Examined, OpeningRule, Party, PathChange, TrafficRange};

use std::collections::BTreeMap;

use croft_control::Cloud;
use croft_model::NetworkInterfaceId;

use crate::question::Transport;
use because::because;
use block::Blocks;
use grouped::{Row, grouped};
use party::{Asked, Parties};
use port::Cuts;
use side::Side;

/// An interface in both versions: the same one, or one that takes the other's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// What people call it.
    pub name: String,
    /// None: it is new.
    pub before: Option<NetworkInterfaceId>,
    /// None: it goes.
    pub after: Option<NetworkInterfaceId>,
}

/// How much may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Questions to the engine, each about both versions.
    pub questions: u64,
    /// Public blocks that the internet is asked by.
    pub blocks: usize,
    /// Changes that are explained one by one.
    pub explanations: usize,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds { questions: 3_000_000, blocks: 64, explanations: 10_000 }
    }
}

/// Compares two versions for these interfaces and the internet. `progress` is told how many of how many pairs are done.
pub fn difference(
    before: &Cloud,
    after: &Cloud,
    subjects: &[Subject],
    bounds: Bounds,
    progress: &mut dyn FnMut(usize, usize),
) -> Difference {
    let blocks = Blocks::of([before, after], bounds.blocks);
    let (before, after) = (Side::new(before), Side::new(after));
    let parties = Parties::of(subjects, &blocks, &before, &after);
    let pairs = parties.pairs();
    let cuts = Cuts::of(&parties, &before, &after);
    let (mut asked, mut done, mut explained) = (0, 0, 0);
    let mut rows = Vec::new();
    for (source, destination) in &pairs {
        if asked >= bounds.questions {
            break;
        }
        progress(done, pairs.len());
        let changes = ask(&before, &after, &parties.ends(source, destination), &cuts, &mut asked);
        for (opened, traffic) in changes {
            let why = (explained < bounds.explanations).then(|| {
                explained += 1;
                because(&before, &after, &parties.ends(source, destination), opened, &traffic)
            });
            rows.push(Row { opened, source: source.class, destination: destination.class, traffic, because: why });
        }
        done += 1;
    }
    progress(done, pairs.len());
    let (opened, closed) = grouped(merged(rows), &parties);
    Difference {
        opened,
        closed,
        examined: Examined {
            interfaces: subjects.len(),
            representatives: parties.representatives(),
            internet: parties.internet(),
            blocks_left_out: blocks.left_out,
            pairs: done,
            pairs_left_out: pairs.len() - done,
            questions: asked,
        },
    }
}

/// Asks about one pair: what opens (true) and what closes, each range with its neighbours of the same answer.
fn ask(before: &Side, after: &Side, asked: &Asked, cuts: &Cuts, count: &mut u64) -> Vec<(bool, TrafficRange)> {
    let (was, is) = (before.ends(&asked.before), after.ends(&asked.after));
    let mut found: Vec<(bool, TrafficRange)> = Vec::new();
    if was.is_none() && is.is_none() {
        return found;
    }
    for protocol in [Transport::Tcp, Transport::Udp, Transport::Icmp] {
        for range in cuts.ranges(asked, protocol) {
            *count += 1;
            let open = |side: &Side, ends: &Option<crate::ends::Ends>| {
                ends.as_ref().is_some_and(|ends| side.open(ends, protocol, range.probe()))
            };
            let (was, is) = (open(before, &was), open(after, &is));
            if was == is {
                continue;
            }
            match found.last_mut() {
                Some((opened, last)) if *opened == is && last.joins(&range) => last.to = range.to,
                _ => found.push((is, range)),
            }
        }
    }
    found
}

/// Ranges of one pair that open or close for the same reason stand in one row.
fn merged(rows: Vec<Row<TrafficRange>>) -> Vec<Row<Vec<TrafficRange>>> {
    let mut by_reason: BTreeMap<_, Row<Vec<TrafficRange>>> = BTreeMap::new();
    for row in rows {
        let key = (row.opened, row.source, row.destination, row.because.as_ref().map(Because::key));
        by_reason.entry(key).or_insert_with(|| row.with(Vec::new())).traffic.push(row.traffic);
    }
    by_reason.into_values().collect()
}
