//! What an expression comes to.

use super::diagnostic::Position;
use super::node::Name;

/// A value with the place it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    pub at: Position,
    pub data: Data,
}

/// Scalars are texts: what a property wants is made of them when its kind is known.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    Text(String),
    List(Vec<Value>),
    Map(Vec<(Name, Value)>),
    /// `AWS::NoValue`: as if the key were not there.
    Absent,
    /// Known only once a resource has been made.
    Unknown,
}

impl Value {
    /// For messages.
    pub fn what(&self) -> String {
        match &self.data {
            Data::Text(text) if text.chars().count() > 60 => "a long text".to_string(),
            Data::Text(text) => format!("{text:?}"),
            Data::List(_) => "a list".to_string(),
            Data::Map(_) => "a map".to_string(),
            Data::Absent => "AWS::NoValue".to_string(),
            Data::Unknown => "a value not known yet".to_string(),
        }
    }

    /// Does any part of it wait for a resource?
    pub fn has_unknown(&self) -> bool {
        match &self.data {
            Data::Unknown => true,
            Data::List(items) => items.iter().any(Value::has_unknown),
            Data::Map(entries) => entries.iter().any(|(_, v)| v.has_unknown()),
            Data::Text(_) | Data::Absent => false,
        }
    }
}
