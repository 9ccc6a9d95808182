//! Trees and values as JSON whose members stand in the order of the template.

use super::node::{Node, NodeKind};
use super::value::{Data, Value, scalar};
use serde::{Serialize, Serializer};

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.kind {
            NodeKind::Null => serializer.serialize_unit(),
            NodeKind::Text(text) => scalar(text, self.plain).serialize(serializer),
            NodeKind::List(items) => serializer.collect_seq(items),
            NodeKind::Map(entries) => serializer.collect_map(entries.iter().map(|e| (&e.key.text, &e.value))),
        }
    }
}

impl Serialize for Value {
    /// What is not known is null.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.data {
            Data::Text(text) => scalar(text, self.plain).serialize(serializer),
            Data::List(items) => serializer.collect_seq(items),
            Data::Map(entries) => serializer.collect_map(entries.iter().map(|(name, value)| (&name.text, value))),
            Data::Absent | Data::Unknown => serializer.serialize_unit(),
        }
    }
}

/// Nothing in a tree or a value is refused by JSON.
fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

impl Node {
    /// The same as the text of JSON.
    pub fn to_json_text(&self) -> String {
        text(self)
    }
}

impl Value {
    /// The same as the text of JSON.
    pub fn to_json_text(&self) -> String {
        text(self)
    }
}
