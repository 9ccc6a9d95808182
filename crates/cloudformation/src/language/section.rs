//! A map with known keys: a parameter, a resource, an output, the template itself.

use super::diagnostic::{Position, Report, Said};
use super::node::{Entry, Node, NodeKind};

/// Hands out the values of known keys and reports the rest.
pub struct Section<'n, 'r> {
    pub at: Position,
    entries: &'n [Entry],
    pub report: &'r mut Report,
}

/// AWS's words for a key that a section has not.
fn invalid(what: &str, key: &str) -> Option<Said> {
    match what {
        "a template" => {
            Some(Said::Gathered("Template format error: Invalid template property or properties ", key.to_string(), ""))
        }
        "a parameter" => Said::whole(format!("Template format error: Invalid template parameter property '{key}'")),
        "a resource" => Said::whole(format!("Template format error: Invalid template resource property '{key}'")),
        "an output" => Said::whole(format!("Template format error: Invalid outputs property : [{key}]")),
        _ => None,
    }
}

impl<'n, 'r> Section<'n, 'r> {
    /// `what` is the section in a message, such as `a parameter`. None: it is no map.
    pub fn open(
        node: &'n Node,
        at: Position,
        what: &str,
        keys: &[&str],
        report: &'r mut Report,
    ) -> Option<Section<'n, 'r>> {
        let NodeKind::Map(entries) = &node.kind else {
            report.error(at, format!("{what} is a map, and this is {}", node.what()));
            return None;
        };
        for Entry { key, .. } in entries {
            if !keys.contains(&key.text.as_str()) {
                let said = format!("{what} has no {}", key.text);
                report.suggest_said(invalid(what, &key.text), key.at, said, &key.text, keys.iter().copied());
            }
        }
        Some(Section { at, entries, report })
    }

    /// The value of a key that may be missing.
    pub fn optional(&self, key: &str) -> Option<&'n Node> {
        let entry = self.entries.iter().find(|e| e.key.text == key)?;
        (entry.value.kind != NodeKind::Null).then_some(&entry.value)
    }

    /// The value of a key that has to be there.
    pub fn required(&mut self, key: &str) -> Option<&'n Node> {
        if !self.entries.iter().any(|e| e.key.text == key) {
            self.report.error(self.at, format!("{key} is missing"));
        }
        self.optional(key)
    }

    /// A text that may be missing.
    pub fn text(&mut self, key: &str) -> Option<String> {
        let node = self.optional(key)?;
        if node.text().is_none() {
            self.report.error(node.at, format!("{key} is a text, and this is {}", node.what()));
        }
        node.text().map(str::to_string)
    }

    /// Texts; one alone is a list of one.
    pub fn texts(&mut self, key: &str) -> Vec<String> {
        self.places(key).into_iter().map(|(text, _)| text).collect()
    }

    /// Texts with their places; one alone is a list of one.
    pub fn places(&mut self, key: &str) -> Vec<(String, Position)> {
        let Some(node) = self.optional(key) else { return Vec::new() };
        let items = match &node.kind {
            NodeKind::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let mut texts = Vec::new();
        for item in items {
            match item.text() {
                Some(text) => texts.push((text.to_string(), item.at)),
                None => self.report.error(item.at, format!("{key} holds texts, and this is {}", item.what())),
            }
        }
        texts
    }

    /// A number that may be missing.
    pub fn number<T: std::str::FromStr>(&mut self, key: &str) -> Option<T> {
        let text = self.text(key)?;
        let number = text.parse().ok();
        if number.is_none() {
            let at = self.optional(key).map_or(self.at, |n| n.at);
            self.report.error(at, format!("{key} is a number, and this is {text:?}"));
        }
        number
    }

    /// The entries of a map that may be missing.
    pub fn map(&mut self, key: &str) -> &'n [Entry] {
        match self.optional(key).map(|node| (node, &node.kind)) {
            None => &[],
            Some((_, NodeKind::Map(entries))) => entries,
            Some((node, _)) => {
                self.report.error(node.at, format!("{key} is a map, and this is {}", node.what()));
                &[]
            }
        }
    }
}
