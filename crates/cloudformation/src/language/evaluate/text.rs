//! Functions that make texts: `Fn::Sub`, `Fn::Join`, `Fn::ToJsonString`; and `Fn::Split`, which takes one apart.

use super::{MOST_BYTES, MOST_ITEMS, Scope, texts};
use crate::language::diagnostic::Report;
use crate::language::expression::{Expression, Kind, Part};
use crate::language::node::Name;
use crate::language::value::Data;
use std::collections::HashMap;

impl Scope<'_> {
    pub(super) fn sub(&self, parts: &[Part], variables: &[(Name, Expression)], report: &mut Report) -> Data {
        // Each name is worked out once, however often the text has it.
        let mut known: HashMap<&str, Option<String>> =
            variables.iter().map(|(name, e)| (name.text.as_str(), self.text(e, report))).collect();
        let mut text = Some(String::new());
        for part in parts {
            let piece = match part {
                Part::Text(piece) => Some(piece.as_str()),
                Part::Variable(name) => {
                    known.entry(&name.text).or_insert_with(|| self.variable(name, report)).as_deref()
                }
            };
            text = text.zip(piece).map(|(mut text, piece)| {
                text.push_str(piece);
                text
            });
            if text.as_ref().is_some_and(|text| text.len() > MOST_BYTES) {
                // Whoever takes the text reports its length.
                break;
            }
        }
        text.map_or(Data::Unknown, Data::Text)
    }

    /// A variable that names a parameter, a resource or an attribute.
    fn variable(&self, name: &Name, report: &mut Report) -> Option<String> {
        let kind = match name.text.split_once('.') {
            None => Kind::Ref(name.text.clone()),
            Some((resource, attribute)) => Kind::GetAtt {
                resource: resource.to_string(),
                attribute: Box::new(Expression { at: name.at, kind: Kind::Text(attribute.to_string()) }),
            },
        };
        self.text(&Expression { at: name.at, kind }, report)
    }

    pub(super) fn join(&self, separator: &str, list: &Expression, report: &mut Report) -> Data {
        let Some(items) = self.items(list, report) else { return Data::Unknown };
        let mut texts = Some(Vec::new());
        for item in items {
            let text = match item.data {
                Data::Text(text) => Some(text),
                Data::Unknown => None,
                _ => {
                    report.error(item.at, format!("Fn::Join joins texts, and this is {}", item.what()));
                    None
                }
            };
            texts = texts.zip(text).map(|(mut before, text)| {
                before.push(text);
                before
            });
        }
        texts.map_or(Data::Unknown, |texts| Data::Text(joined(&texts, separator)))
    }

    pub(super) fn split(&self, separator: &str, text: &Expression, report: &mut Report) -> Data {
        let Some(whole) = self.text(text, report) else { return Data::Unknown };
        if separator.is_empty() {
            report.error(text.at, "the separator of Fn::Split is empty");
            return Data::Unknown;
        }
        let items: Vec<String> = whole.split(separator).take(MOST_ITEMS + 1).map(str::to_string).collect();
        if items.len() > MOST_ITEMS {
            report.advise(text.at, format!("Fn::Split makes more than {MOST_ITEMS} items"), "split a shorter text");
            return Data::Unknown;
        }
        texts(items, text.at)
    }

    pub(super) fn json(&self, inner: &Expression, report: &mut Report) -> Data {
        let value = self.value(inner, report);
        match value.data {
            Data::Unknown => Data::Unknown,
            Data::List(_) | Data::Map(_) if value.has_unknown() => Data::Unknown,
            Data::List(_) | Data::Map(_) => Data::Text(value.to_json_text()),
            _ => {
                let what = format!("Fn::ToJsonString takes a map or a list, and this is {}", value.what());
                report.advise(inner.at, what, "a text needs no conversion");
                Data::Unknown
            }
        }
    }
}

/// The texts with the separator between them, up to what is too long: whoever takes the text reports its length.
fn joined(texts: &[String], separator: &str) -> String {
    let mut whole = String::new();
    for (index, text) in texts.iter().enumerate() {
        if whole.len() > MOST_BYTES {
            break;
        }
        if index > 0 {
            whole.push_str(separator);
        }
        whole.push_str(text);
    }
    whole
}
