//! A template as a tree, before anything in it has a meaning. YAML and JSON both end here.

use super::diagnostic::Position;

/// Deeper than this is refused, so that no reader of the tree can run out of stack.
pub const MOST_DEPTH: usize = 64;

/// A value with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub at: Position,
    /// Just behind it.
    pub end: Position,
    /// A number or a boolean, written without quotes.
    pub plain: bool,
    pub kind: NodeKind,
}

/// Numbers and booleans are kept as they are written: CloudFormation turns them into what the property wants.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    Null,
    Text(String),
    List(Vec<Node>),
    /// In the order of the file.
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub key: Name,
    pub value: Node,
}

/// A name with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    pub text: String,
    pub at: Position,
}

impl Node {
    /// `a map`, `a list`, …, for messages.
    pub fn what(&self) -> &'static str {
        match self.kind {
            NodeKind::Null => "null",
            NodeKind::Text(_) => "a text",
            NodeKind::List(_) => "a list",
            NodeKind::Map(_) => "a map",
        }
    }

    /// A text at a place.
    pub fn of_text(at: Position, text: impl Into<String>) -> Node {
        Node { at, end: at, plain: false, kind: NodeKind::Text(text.into()) }
    }

    /// The same as JSON, short tags written out, so that a template can be handed on in one form.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.kind {
            NodeKind::Null => serde_json::Value::Null,
            NodeKind::Text(text) => super::value::scalar(text, self.plain),
            NodeKind::List(items) => items.iter().map(Node::to_json).collect(),
            NodeKind::Map(entries) => entries.iter().map(|e| (e.key.text.clone(), e.value.to_json())).collect(),
        }
    }

    /// The value of a key, if this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.kind {
            NodeKind::Map(entries) => entries.iter().find(|e| e.key.text == key).map(|e| &e.value),
            _ => None,
        }
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Text(text) => Some(text),
            _ => None,
        }
    }
}
