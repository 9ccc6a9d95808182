//! What changes, as `croft diff --json` prints it. `docs/cloudformation.md` describes it.

use croft_model::NetworkInterfaceId;
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use crate::answer::{Direction, Kind};
use crate::code::Code;
use crate::question::Transport;

/// Paths that open and paths that close.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    pub opened: Vec<PathChange>,
    pub closed: Vec<PathChange>,
    pub examined: Examined,
}

impl Difference {
    /// No path opens and none closes.
    pub fn is_empty(&self) -> bool {
        self.opened.is_empty() && self.closed.is_empty()
    }

    /// Every sentence and identifier in it, to put names beside the identifiers.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let changes = self.opened.iter().chain(&self.closed);
        changes.filter_map(|change| change.because.as_ref()).flat_map(|because| {
            let refused = match &because.closed {
                Closed::Refused { component, message, .. } => [component.as_str(), message.as_str()],
                Closed::Absent { .. } => ["", ""],
            };
            let rules = because.rules.iter().flat_map(|rule| [rule.component.as_str(), rule.text.as_str()]);
            refused.into_iter().chain(rules)
        })
    }
}

/// Paths that change alike: from each of the sources to each of the destinations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathChange {
    pub sources: Vec<Party>,
    pub destinations: Vec<Party>,
    pub traffic: Vec<TrafficRange>,
    /// None only where more changes than [`Bounds::explanations`](super::Bounds::explanations) were found.
    pub because: Option<Because>,
}

/// One end of paths.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    Interface {
        name: String,
        /// Its identifier now; none if it is new.
        before: Option<NetworkInterfaceId>,
        /// Whether it is there afterwards.
        stays: bool,
    },
    /// A part of the internet.
    Internet {
        /// A public block that a rule, a route or a prefix list names, without the smaller ones in it; none: every
        /// address that none of them names.
        block: Option<Ipv4Net>,
        /// Of `block: none`: the named blocks for which it does not hold. Empty: it holds for the whole internet.
        except: Vec<Ipv4Net>,
    },
}

/// Ports of TCP or UDP, both ends belong to it; of ICMP (an echo) 0 to 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TrafficRange {
    pub protocol: Transport,
    pub from: u16,
    pub to: u16,
}

impl TrafficRange {
    /// The port that is asked for all of them. Nothing is sent to port 0 if there is another.
    pub(crate) fn probe(&self) -> u16 {
        if self.from == 0 && self.to > 0 { 1 } else { self.from }
    }

    pub(crate) fn joins(&self, next: &TrafficRange) -> bool {
        self.protocol == next.protocol && self.to.checked_add(1) == Some(next.from)
    }
}

/// Why paths change: what closes them in one version, and what opens them in the other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Because {
    /// In the version in which they are closed.
    pub closed: Closed,
    /// What the open version has on the way and the closed one has not. Empty: the ends or their place changed, not a
    /// rule.
    pub rules: Vec<OpeningRule>,
}

impl Because {
    /// What paths have in common that change for the same reason: everything but the sentence.
    pub(crate) fn key(&self) -> Because {
        let mut key = self.clone();
        if let Closed::Refused { message, .. } = &mut key.closed {
            message.clear();
        }
        key
    }
}

/// What closes a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closed {
    /// An end is not there: the source, else the destination.
    Absent { source: bool },
    /// The first gate that refuses; fields as in the blockers of `croft reach`.
    Refused { code: Code, direction: Direction, component: String, rule: Option<String>, message: String },
}

/// A rule or route that lets a path pass.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OpeningRule {
    pub kind: Kind,
    /// The group, network ACL or route table that holds it.
    pub component: String,
    /// `sgr-…`, the number of an entry, the destination of a route.
    pub rule: String,
    /// Such as `tcp 443 from 0.0.0.0/0`.
    pub text: String,
}

/// What was asked, and what was not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Examined {
    /// Interfaces of either version.
    pub interfaces: usize,
    /// Those that were asked: each stands for all that no gate can tell from it.
    pub representatives: usize,
    /// Addresses on the internet that were asked.
    pub internet: usize,
    /// Public blocks that were not asked, because there are more than [`Bounds::blocks`](super::Bounds::blocks).
    pub blocks_left_out: usize,
    /// Pairs of ends that were asked ...
    pub pairs: usize,
    /// ... and were not, because [`Bounds::questions`](super::Bounds::questions) was reached. Pairs at whose ends
    /// something changed come first.
    pub pairs_left_out: usize,
    /// Questions to the engine, each about both versions.
    pub questions: u64,
}

impl Examined {
    /// Nothing was left out.
    pub fn complete(&self) -> bool {
        self.blocks_left_out == 0 && self.pairs_left_out == 0
    }
}
