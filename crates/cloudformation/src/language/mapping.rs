//! The Mappings section: key → key → text or texts.

use super::diagnostic::{Report, Said};
use super::node::{Entry, Node, NodeKind};
use std::collections::BTreeMap;

/// Key → key → leaf.
pub type Mapping = BTreeMap<String, BTreeMap<String, Mapped>>;

/// A leaf of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mapped {
    Text(String),
    List(Vec<String>),
}

/// AWS's limit of keys on one level.
const MOST_KEYS: usize = 200;

/// Reads one entry of the section.
pub fn read(node: &Node, report: &mut Report) -> Mapping {
    let mut mapping = Mapping::new();
    for Entry { key, value } in level(node, "a mapping", report) {
        let mut inner = BTreeMap::new();
        for Entry { key, value } in level(value, "each key of a mapping", report) {
            let leaf = match &value.kind {
                NodeKind::Text(text) => Some(Mapped::Text(text.clone())),
                NodeKind::List(items) => {
                    items.iter().map(|i| i.text().map(str::to_string)).collect::<Option<Vec<_>>>().map(Mapped::List)
                }
                // Reported where the tree is looked through.
                NodeKind::Null => continue,
                NodeKind::Map(_) => None,
            };
            if leaf.is_none() {
                let said = Said::whole("Template format error: Every Mappings attribute must be a String or a List.");
                let what = format!("a mapping ends in a text or a list of texts, and this is {}", value.what());
                report.say(said, value.at, what, "write it out: functions do not work in mappings");
            }
            inner.extend(leaf.map(|leaf| (key.text.clone(), leaf)));
        }
        mapping.insert(key.text.clone(), inner);
    }
    mapping
}

fn level<'n>(node: &'n Node, what: &str, report: &mut Report) -> &'n [Entry] {
    match &node.kind {
        NodeKind::Map(entries) => {
            if entries.len() > MOST_KEYS {
                let message = format!("{what} has {} keys, and {MOST_KEYS} are the most", entries.len());
                report.advise(node.at, message, "split it into several mappings");
            }
            entries
        }
        NodeKind::Null => &[],
        _ => {
            report.error(node.at, format!("{what} is a map, and this is {}", node.what()));
            &[]
        }
    }
}
