//! A template after its transform: what CloudFormation knows without `AWS::LanguageExtensions`, as JSON.
//!
//! Loops are written out. What only the extensions bring is replaced by its value: `Fn::Length`, `Fn::ToJsonString`,
//! `Fn::FindInMap` with a default or with computed keys, computed names in `Ref` and `Fn::GetAtt`, computed policies.
//! All else stays. No value of a parameter with `NoEcho` is written into it.

use super::bound::Bound;
use super::diagnostic::Report;
use super::evaluate::{Known, Scope, Unmade};
use super::expression::{Compiler, Dialect};
use super::function;
use super::node::{Entry, Name, Node, NodeKind};
use super::value::{Data, Value};
use std::collections::BTreeMap;

/// Of a template that is bound to its parameters, with the tree in which its loops are written out.
pub fn processed(bound: &Bound, tree: &Node) -> String {
    let hidden: Vec<&str> =
        bound.template.parameters.iter().filter(|p| p.no_echo).map(|p| p.name.text.as_str()).collect();
    let names: BTreeMap<String, Known> = bound
        .names
        .iter()
        .map(|(name, known)| match hidden.contains(&name.as_str()) {
            true => (name.clone(), Known::Later),
            false => (name.clone(), known.clone()),
        })
        .collect();
    let expander = Expander { bound, names };
    let NodeKind::Map(sections) = &tree.kind else { return tree.to_json_text() };
    let kept = sections.iter().filter(|section| section.key.text != "Transform");
    let entries = kept.map(|Entry { key, value }| {
        let value = match key.text.as_str() {
            "Resources" => expander.each(value, &|resource| expander.resource(resource)),
            "Conditions" | "Outputs" => expander.node(value),
            _ => value.clone(),
        };
        Entry { key: key.clone(), value }
    });
    Node { kind: NodeKind::Map(entries.collect()), ..*tree }.to_json_text()
}

struct Expander<'a> {
    bound: &'a Bound,
    names: BTreeMap<String, Known>,
}

impl Expander<'_> {
    /// A map with something done to each of its values.
    fn each(&self, node: &Node, with: &dyn Fn(&Node) -> Node) -> Node {
        let NodeKind::Map(entries) = &node.kind else { return node.clone() };
        let entries = entries.iter().map(|Entry { key, value }| Entry { key: key.clone(), value: with(value) });
        Node { kind: NodeKind::Map(entries.collect()), ..*node }
    }

    fn resource(&self, node: &Node) -> Node {
        let NodeKind::Map(entries) = &node.kind else { return node.clone() };
        let entries = entries.iter().map(|Entry { key, value }| {
            let computed = matches!(key.text.as_str(), "DeletionPolicy" | "UpdateReplacePolicy");
            let value = match self.value(value).filter(|_| computed) {
                Some(known) => of_value(&known, value),
                None => self.node(value),
            };
            Entry { key: key.clone(), value }
        });
        Node { kind: NodeKind::Map(entries.collect()), ..*node }
    }

    fn node(&self, node: &Node) -> Node {
        match &node.kind {
            NodeKind::Null | NodeKind::Text(_) => node.clone(),
            NodeKind::List(items) => self.list(node, items),
            NodeKind::Map(entries) => match entries.as_slice() {
                [Entry { key, value }] if function::is_function(&key.text) => self.function(node, key, value),
                _ => self.each(node, &|value| self.node(value)),
            },
        }
    }

    fn list(&self, node: &Node, items: &[Node]) -> Node {
        Node { kind: NodeKind::List(items.iter().map(|item| self.node(item)).collect()), ..*node }
    }

    fn function(&self, node: &Node, key: &Name, argument: &Node) -> Node {
        let known = || self.value(node).map(|value| of_value(&value, node));
        let replaced = match key.text.as_str() {
            "Fn::Length" => known(),
            "Fn::FindInMap" if is_extended_lookup(argument) => known(),
            "Fn::ToJsonString" => known().or_else(|| Some(self.joined(argument))),
            "Ref" if matches!(argument.kind, NodeKind::Map(_)) => {
                self.value(argument).map(|name| of_function(node, key, of_value(&name, argument)))
            }
            "Fn::GetAtt" => match &argument.kind {
                NodeKind::List(items) if items.iter().any(|item| matches!(item.kind, NodeKind::Map(_))) => {
                    let part = |item: &Node| match self.value(item) {
                        Some(known) => of_value(&known, item),
                        None => self.node(item),
                    };
                    let items = NodeKind::List(items.iter().map(part).collect());
                    Some(of_function(node, key, Node { kind: items, ..*argument }))
                }
                // `Resource.Attribute` is YAML's: in JSON it is a list.
                NodeKind::Text(text) => text.split_once('.').map(|(resource, attribute)| {
                    let items = [resource, attribute].map(|part| Node::of_text(argument.at, part)).into();
                    of_function(node, key, Node { kind: NodeKind::List(items), ..*argument })
                }),
                _ => None,
            },
            _ => None,
        };
        replaced.unwrap_or_else(|| of_function(node, key, self.node(argument)))
    }

    /// What a value comes to before anything is made. None: it waits for a resource, or is hidden.
    fn value(&self, node: &Node) -> Option<Value> {
        let mut report = Report::default();
        let dialect = Dialect { extended: true, rules: false };
        let source = &self.bound.template.source;
        let expression = Compiler { source, report: &mut report, dialect }.expression(node);
        let value = Scope::named(self.bound, &self.names, &Unmade).value(&expression, &mut report);
        (report.is_empty() && !value.has_unknown()).then_some(value)
    }

    /// `Fn::ToJsonString` of something that is not known yet: its text in pieces.
    fn joined(&self, argument: &Node) -> Node {
        let mut pieces = Vec::new();
        self.pieces(argument, &mut pieces);
        let separator = Node::of_text(argument.at, "");
        let pieces = Node { kind: NodeKind::List(pieces), ..*argument };
        let list = Node { kind: NodeKind::List(vec![separator, pieces]), ..*argument };
        of_function(argument, &Name { text: "Fn::Join".to_string(), at: argument.at }, list)
    }

    fn pieces(&self, node: &Node, pieces: &mut Vec<Node>) {
        if let Some(known) = self.value(node) {
            return push(pieces, node, &known.to_json_text());
        }
        match &node.kind {
            NodeKind::Map(entries) => match entries.as_slice() {
                [Entry { key, value }] if key.text == "Fn::If" => self.pieces(self.branch(value), pieces),
                [Entry { key, .. }] if function::is_function(&key.text) => {
                    push(pieces, node, "\"");
                    pieces.push(self.node(node));
                    push(pieces, node, "\"");
                }
                entries => {
                    let left = |entry: &&Entry| !self.is_absent(&entry.value);
                    for (index, Entry { key, value }) in entries.iter().filter(left).enumerate() {
                        let opens = if index == 0 { "{" } else { "," };
                        let name = Node::of_text(key.at, key.text.as_str()).to_json_text();
                        push(pieces, node, &format!("{opens}{name}:"));
                        self.pieces(value, pieces);
                    }
                    push(pieces, node, "}");
                }
            },
            NodeKind::List(items) => {
                for (index, item) in items.iter().filter(|item| !self.is_absent(item)).enumerate() {
                    push(pieces, node, if index == 0 { "[" } else { "," });
                    self.pieces(item, pieces);
                }
                push(pieces, node, "]");
            }
            NodeKind::Null | NodeKind::Text(_) => push(pieces, node, &node.to_json_text()),
        }
    }

    /// The branch of an `Fn::If` that is taken.
    fn branch<'n>(&self, argument: &'n Node) -> &'n Node {
        let NodeKind::List(items) = &argument.kind else { return argument };
        let [condition, then, otherwise] = items.as_slice() else { return argument };
        let holds = condition.text().and_then(|name| self.bound.conditions.get(name)).copied();
        if holds.unwrap_or(false) { then } else { otherwise }
    }

    fn is_absent(&self, node: &Node) -> bool {
        self.value(node).is_some_and(|value| value.data == Data::Absent)
    }
}

/// Does CloudFormation need the extensions for an `Fn::FindInMap`?
fn is_extended_lookup(argument: &Node) -> bool {
    let is_plain = |item: &Node| match &item.kind {
        NodeKind::Map(entries) => {
            entries.iter().all(|entry| matches!(entry.key.text.as_str(), "Ref" | "Fn::FindInMap"))
        }
        _ => true,
    };
    matches!(&argument.kind, NodeKind::List(items) if items.len() > 3 || !items.iter().all(is_plain))
}

fn of_function(node: &Node, key: &Name, argument: Node) -> Node {
    Node { kind: NodeKind::Map(vec![Entry { key: key.clone(), value: argument }]), plain: false, ..*node }
}

/// A value as it would be written.
fn of_value(value: &Value, node: &Node) -> Node {
    let kind = match &value.data {
        Data::Text(text) => NodeKind::Text(text.clone()),
        Data::List(items) => NodeKind::List(items.iter().map(|item| of_value(item, node)).collect()),
        Data::Map(entries) => {
            let entry = |(name, value): &(Name, Value)| Entry { key: name.clone(), value: of_value(value, node) };
            NodeKind::Map(entries.iter().map(entry).collect())
        }
        Data::Absent => {
            let name = Node::of_text(node.at, "AWS::NoValue");
            let key = Name { text: "Ref".to_string(), at: node.at };
            NodeKind::Map(vec![Entry { key, value: name }])
        }
        Data::Unknown => NodeKind::Null,
    };
    Node { kind, plain: value.plain, ..*node }
}

/// Another piece of a text, at the end of the last one where that is a text too.
fn push(pieces: &mut Vec<Node>, node: &Node, text: &str) {
    match pieces.last_mut().map(|last| &mut last.kind) {
        Some(NodeKind::Text(last)) => last.push_str(text),
        _ => pieces.push(Node::of_text(node.at, text)),
    }
}
