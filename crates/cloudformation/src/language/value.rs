//! What an expression comes to.

use super::diagnostic::Position;
use super::node::Name;

/// A value with the place it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    pub at: Position,
    /// A number or a boolean that the template writes without quotes.
    pub plain: bool,
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
    /// Anything but an unquoted number or boolean.
    pub fn new(at: Position, data: Data) -> Value {
        Value { at, plain: false, data }
    }

    /// The same as JSON. None: some part of it is not known yet.
    pub fn to_json(&self) -> Option<serde_json::Value> {
        match &self.data {
            Data::Text(text) => Some(scalar(text, self.plain)),
            Data::List(items) => items.iter().map(Value::to_json).collect::<Option<Vec<_>>>().map(Into::into),
            Data::Map(entries) => {
                let entries = entries.iter().map(|(name, v)| Some((name.text.clone(), v.to_json()?)));
                entries.collect::<Option<serde_json::Map<_, _>>>().map(Into::into)
            }
            Data::Absent => Some(serde_json::Value::Null),
            Data::Unknown => None,
        }
    }

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

/// Is a text a number or a boolean as JSON writes them?
pub fn is_literal(text: &str) -> bool {
    matches!(text, "true" | "false") || serde_json::from_str::<serde_json::Number>(text).is_ok()
}

/// A scalar as JSON: a number or a boolean if it was written without quotes, else a text.
pub fn scalar(text: &str, plain: bool) -> serde_json::Value {
    match text {
        "true" if plain => true.into(),
        "false" if plain => false.into(),
        _ if plain => match serde_json::from_str::<serde_json::Number>(text) {
            Ok(number) => number.into(),
            Err(_) => text.into(),
        },
        _ => text.into(),
    }
}
