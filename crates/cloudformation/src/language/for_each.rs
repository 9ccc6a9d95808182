//! `Fn::ForEach`: a loop in the tree, written out before anything in the tree has a meaning.
//!
//! A key `Fn::ForEach::Name` in a map holds an identifier, a collection of texts and a map. For each text of the
//! collection the entries of the map stand in the loop's place, with `${Identifier}`, `&{Identifier}` and
//! `Ref: Identifier` replaced.

use super::diagnostic::{Position, Report};
use super::evaluate::Scope;
use super::expression::{Compiler, Dialect, Expression, Kind};
use super::function::FOR_EACH;
use super::node::{Entry, Name, Node, NodeKind};
use super::skip;
use super::source::Source;
use super::value::Data;
use std::collections::{BTreeSet, HashSet};

/// What all loops of a template may write out, in bytes of text; each value and each turn counts as some too.
const MOST_BYTES: usize = super::source::MOST_BYTES;
const BYTES_OF_A_NODE: usize = 6;

/// Sections in which loops may stand.
pub const SECTIONS: &[&str] = &["Conditions", "Outputs", "Resources"];

/// Does a loop stand anywhere in the tree?
pub fn any(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Null | NodeKind::Text(_) => false,
        NodeKind::List(items) => items.iter().any(any),
        NodeKind::Map(entries) => entries.iter().any(|e| e.key.text.starts_with(FOR_EACH) || any(&e.value)),
    }
}

/// What the loops of a section would write out, as it stands in them.
pub fn bodies(section: &Node) -> Vec<&Entry> {
    let mut found = Vec::new();
    gather(section, false, &mut found);
    found
}

fn gather<'n>(node: &'n Node, inside: bool, found: &mut Vec<&'n Entry>) {
    let NodeKind::Map(entries) = &node.kind else { return };
    for entry in entries {
        match &entry.value.kind {
            NodeKind::List(items) if entry.key.text.starts_with(FOR_EACH) => {
                items.iter().for_each(|item| gather(item, true, found));
            }
            _ if inside => found.push(entry),
            _ => {}
        }
    }
}

/// Writes loops out.
pub struct Unroller<'a> {
    source: &'a Source,
    scope: &'a Scope<'a>,
    report: &'a mut Report,
    /// Everything that can be known is.
    last: bool,
    left: usize,
    /// More would have been written than is taken, which is reported.
    pub exhausted: bool,
    /// A loop was left out: its collection is not known before the parameters are.
    pub open: bool,
}

/// An identifier with its text in this turn.
type Turn = (String, String);

impl<'a> Unroller<'a> {
    /// The scope knows what collections may name: parameters, mappings, pseudo parameters. `last`: it knows them all.
    pub fn new(source: &'a Source, scope: &'a Scope<'a>, last: bool, report: &'a mut Report) -> Unroller<'a> {
        Unroller { source, scope, report, last, left: MOST_BYTES, exhausted: false, open: false }
    }

    /// A section with its loops written out.
    pub fn section(&mut self, node: &Node) -> Node {
        self.node(node, &mut Vec::new())
    }

    fn node(&mut self, node: &Node, turns: &mut Vec<Turn>) -> Node {
        self.spend(BYTES_OF_A_NODE, node.at);
        let kind = match &node.kind {
            NodeKind::Null => NodeKind::Null,
            NodeKind::Text(text) => NodeKind::Text(self.text(text, node.at, turns)),
            NodeKind::List(items) => NodeKind::List(items.iter().map(|item| self.node(item, turns)).collect()),
            NodeKind::Map(entries) => match entries.as_slice() {
                [Entry { key, value }] if key.text == "Ref" => match self.turn(value, turns) {
                    Some(text) => NodeKind::Text(text),
                    None => NodeKind::Map(vec![Entry { key: key.clone(), value: self.node(value, turns) }]),
                },
                entries => NodeKind::Map(self.entries(entries, turns)),
            },
        };
        Node { kind, ..*node }
    }

    fn turn(&self, name: &Node, turns: &[Turn]) -> Option<String> {
        turns
            .iter()
            .rev()
            .find(|(identifier, _)| Some(identifier.as_str()) == name.text())
            .map(|(_, text)| text.clone())
    }

    fn entries(&mut self, entries: &[Entry], turns: &mut Vec<Turn>) -> Vec<Entry> {
        let mut written = Vec::with_capacity(entries.len());
        let mut looped = false;
        for Entry { key, value } in entries {
            if self.exhausted {
                return written;
            }
            if key.text.starts_with(FOR_EACH) {
                looped = true;
                self.unroll(key, value, turns, &mut written);
                continue;
            }
            let text = self.text(&key.text, key.at, turns);
            written.push(Entry { key: Name { text, at: key.at }, value: self.node(value, turns) });
        }
        if looped {
            let mut seen = HashSet::new();
            for entry in &written {
                if !seen.insert(entry.key.text.as_str()) {
                    let what = format!("the loop writes {} twice", entry.key.text);
                    self.report.advise(entry.key.at, what, "let the key hold ${Identifier} of the loop");
                    break;
                }
            }
        }
        written
    }

    fn unroll(&mut self, key: &Name, node: &Node, turns: &mut Vec<Turn>, written: &mut Vec<Entry>) {
        let wanted = format!("{} takes an identifier, a collection and a map", key.text);
        let NodeKind::List(items) = &node.kind else {
            self.report.error(node.at, format!("{wanted}, and this is {}", node.what()));
            return;
        };
        let [identifier, collection, body] = items.as_slice() else {
            self.report.error(node.at, format!("{wanted}, and this list has {}", items.len()));
            return;
        };
        let (Some(identifier), NodeKind::Map(body)) = (identifier.text(), &body.kind) else {
            self.report.error(node.at, wanted);
            return;
        };
        if turns.iter().any(|(outer, _)| outer == identifier) {
            let what = format!("the identifier {identifier} belongs to a loop around this one");
            self.report.advise(node.at, what, "give each loop an identifier of its own");
            return;
        }
        let collection = self.node(collection, turns);
        let Some(texts) = self.collection(&collection) else { return };
        for text in texts {
            self.spend(BYTES_OF_A_NODE, key.at);
            if self.exhausted {
                return;
            }
            turns.push((identifier.to_string(), text));
            written.extend(self.entries(body, turns));
            turns.pop();
        }
    }

    /// None: it is not known yet, or none, which is reported.
    fn collection(&mut self, node: &Node) -> Option<Vec<String>> {
        let found = self.report.len();
        let dialect = Dialect { extended: true, rules: false };
        let expression = Compiler { source: self.source, report: self.report, dialect }.expression(node);
        if let Some(at) = condition(&expression) {
            let what = "a loop's collection cannot depend on a condition";
            self.report.advise(at, what, "put the condition on what the loop makes");
            return None;
        }
        let mut named = BTreeSet::new();
        skip::names(&expression, &mut named);
        if let Some(name) = named.into_iter().find(|name| !self.scope.takes(name)) {
            let what = format!("a loop's collection names {name}, which is no parameter");
            let known = self.scope.parameter_names();
            self.report.suggest(expression.at, what, name, known);
            return None;
        }
        let value = self.scope.value(&expression, self.report);
        if self.report.len() > found {
            return None;
        }
        if value.has_unknown() {
            self.open = true;
            if self.last {
                let advice = "it can name parameters and mappings only";
                self.report.advise(expression.at, "a loop's collection is not known before anything is made", advice);
            }
            return None;
        }
        let texts = match &value.data {
            Data::List(items) => items.iter().map(|item| match &item.data {
                Data::Text(text) => Some(text.clone()),
                _ => None,
            }),
            _ => {
                let what = format!("a loop's collection is a list of texts, and this is {}", value.what());
                self.report.error(node.at, what);
                return None;
            }
        };
        let texts = texts.collect::<Option<Vec<String>>>();
        if texts.is_none() {
            let advice = "name a list by itself, not inside another one";
            self.report.advise(node.at, "a loop's collection is a list of texts", advice);
        }
        texts
    }

    /// The text with the identifiers replaced.
    fn text(&mut self, text: &str, at: Position, turns: &[Turn]) -> String {
        if turns.is_empty() || !text.contains('{') {
            self.spend(text.len(), at);
            return text.to_string();
        }
        let mut whole = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(['$', '&']) {
            whole.push_str(&rest[..start]);
            let mark = &rest[start..];
            let name = mark[1..].strip_prefix('{').and_then(|inner| Some(&inner[..inner.find('}')?]));
            let turn = name.and_then(|name| turns.iter().rev().find(|(identifier, _)| identifier == name));
            match (name, turn) {
                (Some(name), Some((_, text))) => {
                    match mark.starts_with('&') {
                        true => whole.extend(text.chars().filter(char::is_ascii_alphanumeric)),
                        false => whole.push_str(text),
                    }
                    rest = &mark[name.len() + 3..];
                }
                _ => {
                    whole.push_str(&mark[..1]);
                    rest = &mark[1..];
                }
            }
            if whole.len() > self.left {
                self.spend(whole.len(), at);
                return String::new();
            }
        }
        whole.push_str(rest);
        self.spend(whole.len(), at);
        whole
    }

    fn spend(&mut self, bytes: usize, at: Position) {
        if self.exhausted {
            return;
        }
        match self.left.checked_sub(bytes) {
            Some(left) => self.left = left,
            None => {
                self.exhausted = true;
                let what = format!("the loops of the template write out more than {MOST_BYTES} bytes");
                self.report.advise(at, what, "make the collections shorter, or split the template");
            }
        }
    }
}

/// Where an expression depends on a condition.
fn condition(expression: &Expression) -> Option<Position> {
    match &expression.kind {
        Kind::If { .. } => Some(expression.at),
        _ => expression.inner().into_iter().find_map(condition),
    }
}
