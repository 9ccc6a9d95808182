//! What an operation answers, between its struct and the wire.
//!
//! As good as a JSON value for whoever reads it, and cheaper to make and to drop: a structure is one list, the names of its
//! fields are the struct's own, and all texts stand in one string.

mod serializer;

use serde::Serialize;
use serde_json::{Number, Value};
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

/// An output, by the model's names.
#[derive(Clone, Debug)]
pub struct Document {
    root: Node,
    text: String,
}

#[derive(Clone, Debug)]
enum Node {
    Null,
    Bool(bool),
    Number(Number),
    /// Where it stands in the document's text.
    Text(Range<usize>),
    List(Vec<Node>),
    /// Sorted by name.
    Fields(Vec<(Cow<'static, str>, Node)>),
}

/// A place in a document.
#[derive(Clone, Copy)]
pub struct Part<'d> {
    node: &'d Node,
    text: &'d str,
}

/// The output is of a type that no answer has, such as bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no answer is made of this: {0}")]
pub struct NoDocument(String);

impl Document {
    /// # Errors
    /// If there is something in it that no answer has.
    pub fn of<T: Serialize + ?Sized>(output: &T) -> Result<Document, NoDocument> {
        let mut text = String::with_capacity(1024);
        let root = output.serialize(serializer::Serializer { text: &mut text })?;
        Ok(Document { root, text })
    }

    /// All of it.
    pub fn root(&self) -> Part<'_> {
        Part { node: &self.root, text: &self.text }
    }
}

impl<'d> Part<'d> {
    fn at(self, node: &'d Node) -> Part<'d> {
        Part { node, text: self.text }
    }

    pub fn is_null(self) -> bool {
        matches!(self.node, Node::Null)
    }

    pub fn boolean(self) -> Option<bool> {
        if let Node::Bool(yes) = self.node { Some(*yes) } else { None }
    }

    pub fn number(self) -> Option<&'d Number> {
        if let Node::Number(number) = self.node { Some(number) } else { None }
    }

    pub fn text(self) -> Option<&'d str> {
        if let Node::Text(range) = self.node { self.text.get(range.clone()) } else { None }
    }

    pub fn elements(self) -> Option<impl Iterator<Item = Part<'d>>> {
        let Node::List(elements) = self.node else { return None };
        Some(elements.iter().map(move |node| self.at(node)))
    }

    /// Of a structure or a map, sorted by name.
    pub fn fields(self) -> Option<impl Iterator<Item = (&'d str, Part<'d>)>> {
        let Node::Fields(fields) = self.node else { return None };
        Some(fields.iter().map(move |(name, node)| (&**name, self.at(node))))
    }

    /// The field of a name.
    pub fn get(self, name: &str) -> Option<Part<'d>> {
        let Node::Fields(fields) = self.node else { return None };
        let at = fields.binary_search_by(|(known, _)| (**known).cmp(name)).ok()?;
        fields.get(at).map(|(_, node)| self.at(node))
    }

    /// The same as a JSON value.
    pub fn value(self) -> Value {
        match self.node {
            Node::Null => Value::Null,
            Node::Bool(yes) => Value::Bool(*yes),
            Node::Number(number) => Value::Number(number.clone()),
            Node::Text(range) => Value::from(self.text.get(range.clone()).unwrap_or_default()),
            Node::List(elements) => elements.iter().map(|node| self.at(node).value()).collect(),
            Node::Fields(fields) => {
                fields.iter().map(|(name, node)| (name.to_string(), self.at(node).value())).collect()
            }
        }
    }
}

/// As JSON.
impl fmt::Display for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::collections::BTreeMap;

    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer {
        tags: BTreeMap<u8, &'static str>,
        name: Option<String>,
        none: Option<String>,
        numbers: (i64, u64, f64),
        kind: Kind,
        parts: Vec<Inner>,
        open: Value,
        nothing: (),
    }

    #[derive(Serialize)]
    struct Inner {
        b: bool,
        a: char,
    }

    #[derive(Serialize)]
    #[serde(rename_all = "kebab-case")]
    enum Kind {
        OnDemand,
    }

    fn answer() -> Answer {
        Answer {
            tags: BTreeMap::from([(2, "two"), (10, "ten")]),
            name: Some("ü".into()),
            none: None,
            numbers: (-1, u64::MAX, 0.5),
            kind: Kind::OnDemand,
            parts: vec![Inner { b: true, a: 'x' }, Inner { b: false, a: '"' }],
            open: json!({"z": [null], "a": {}}),
            nothing: (),
        }
    }

    #[test]
    fn it_says_what_json_says() {
        let document = Document::of(&answer()).unwrap();
        assert_eq!(document.root().value(), serde_json::to_value(answer()).unwrap());
        assert_eq!(document.root().to_string(), serde_json::to_value(answer()).unwrap().to_string());
    }

    #[test]
    fn fields_are_sorted_and_found() {
        let document = Document::of(&answer()).unwrap();
        let names: Vec<&str> = document.root().fields().unwrap().map(|(name, _)| name).collect();
        assert_eq!(names, ["Kind", "Name", "None", "Nothing", "Numbers", "Open", "Parts", "Tags"]);
        let part = |name| document.root().get(name).unwrap();
        assert_eq!(part("Name").text(), Some("ü"));
        assert_eq!(part("Tags").get("10").and_then(Part::text), Some("ten"));
        assert!(part("None").is_null() && document.root().get("Other").is_none());
        let second = part("Parts").elements().unwrap().nth(1).unwrap();
        assert_eq!(
            (second.get("b").and_then(Part::boolean), second.get("a").and_then(Part::text)),
            (Some(false), Some("\""))
        );
    }

    #[test]
    fn what_no_answer_has_is_refused() {
        #[derive(Serialize)]
        enum Either {
            One(u8),
        }
        assert!(Document::of(&Either::One(1)).is_err());
        assert!(Document::of(&BTreeMap::from([(vec![1], 2)])).is_err());
    }
}
