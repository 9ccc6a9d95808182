//! Works expressions out. The same code runs before anything is made, when what resources will be is not known yet,
//! and while the stack is made, when it is.

use super::cidr;
use super::condition::{self, Condition};
use super::diagnostic::{Position, Report};
use super::expression::{Expression, Kind, Part};
use super::nearest::listed;
use super::node::Name;
use super::template::{Mapped, Template};
use super::value::{Data, Value};
use std::collections::BTreeMap;

/// What a name comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Known {
    Text(String),
    List(Vec<String>),
    /// Known only once the resource has been made.
    Later,
    /// Why it will never be known, and what to do.
    Never(String, String),
}

/// What resources have become so far.
pub trait Made {
    /// `Ref` of a resource.
    fn reference(&self, logical_id: &str) -> Known;
    /// `Fn::GetAtt` of a resource.
    fn attribute(&self, logical_id: &str, attribute: &str) -> Known;
}

/// Everything a template can name, at one moment.
pub struct Scope<'a> {
    pub template: &'a Template,
    /// Pseudo parameters and parameters.
    pub names: &'a BTreeMap<String, Known>,
    pub cloud: &'a str,
    /// For `Fn::GetAZs`.
    pub zones: &'a [String],
    /// Conditions that have been worked out.
    pub conditions: &'a BTreeMap<String, bool>,
    pub made: &'a dyn Made,
}

impl Scope<'_> {
    /// What an expression comes to. What cannot be worked out is reported, and comes to `Unknown`.
    pub fn value(&self, expression: &Expression, report: &mut Report) -> Value {
        let data = match &expression.kind {
            Kind::Text(text) => Data::Text(text.clone()),
            Kind::List(items) => self.list(items, report),
            Kind::Map(entries) => Data::Map(self.map(entries, report)),
            Kind::Ref(name) => return self.reference(name, expression.at, report),
            Kind::GetAtt { resource, attribute } => match self.text(attribute, report) {
                Some(attribute) => return self.known(self.made.attribute(resource, &attribute), expression.at, report),
                None => Data::Unknown,
            },
            Kind::Sub { parts, variables } => self.sub(parts, variables, report),
            Kind::Select { index, list } => return self.select(index, list, expression.at, report),
            Kind::GetAzs(cloud) => self.zones(cloud, report),
            Kind::Join { separator, list } => self.join(separator, list, report),
            Kind::Split { separator, text } => self.split(separator, text, report),
            Kind::Cidr { block, count, bits } => self.cidr(block, count, bits, expression.at, report),
            Kind::If { condition, then, otherwise } => {
                let holds = self.conditions.get(&condition.text).copied().unwrap_or(false);
                return self.value(if holds { then } else { otherwise }, report);
            }
            Kind::FindInMap { map, first, second } => self.find(map, first, second, expression.at, report),
            Kind::Base64(inner) => match self.text(inner, report) {
                Some(text) => Data::Text(crate::base64::encode(text.as_bytes())),
                None => Data::Unknown,
            },
        };
        Value { at: expression.at, data }
    }

    /// The entries of a map, without those that are `AWS::NoValue`.
    pub fn map(&self, entries: &[(Name, Expression)], report: &mut Report) -> Vec<(Name, Value)> {
        let values = entries.iter().map(|(name, e)| (name.clone(), self.value(e, report)));
        values.filter(|(_, value)| value.data != Data::Absent).collect()
    }

    /// Does a condition hold?
    pub fn holds(&self, condition: &Condition, report: &mut Report) -> bool {
        match &condition.kind {
            condition::Kind::Named(name) => self.conditions.get(&name.text).copied().unwrap_or(false),
            condition::Kind::Not(inner) => !self.holds(inner, report),
            condition::Kind::And(all) => all.iter().all(|c| self.holds(c, report)),
            condition::Kind::Or(all) => all.iter().any(|c| self.holds(c, report)),
            condition::Kind::Equals(operands) => {
                let [one, other] = operands.as_ref();
                plain(&self.value(one, report).data) == plain(&self.value(other, report).data)
            }
        }
    }

    fn list(&self, items: &[Expression], report: &mut Report) -> Data {
        let values = items.iter().map(|item| self.value(item, report));
        Data::List(values.filter(|v| v.data != Data::Absent).collect())
    }

    fn reference(&self, name: &str, at: Position, report: &mut Report) -> Value {
        if name == "AWS::NoValue" {
            return Value { at, data: Data::Absent };
        }
        let known = match self.names.get(name) {
            Some(known) => known.clone(),
            None => self.made.reference(name),
        };
        self.known(known, at, report)
    }

    fn known(&self, known: Known, at: Position, report: &mut Report) -> Value {
        let data = match known {
            Known::Text(text) => Data::Text(text),
            Known::List(items) => Data::List(items.into_iter().map(|t| Value { at, data: Data::Text(t) }).collect()),
            Known::Later => Data::Unknown,
            Known::Never(why, advice) => {
                report.advise(at, why, advice);
                Data::Unknown
            }
        };
        Value { at, data }
    }

    /// None: it is not known yet, or no text, which is reported.
    fn text(&self, expression: &Expression, report: &mut Report) -> Option<String> {
        let value = self.value(expression, report);
        match value.data {
            Data::Text(text) => Some(text),
            Data::Unknown => None,
            _ => {
                let advice = match value.data {
                    Data::List(_) => "make one text of it with Fn::Join, or pick one with Fn::Select",
                    _ => "write a text",
                };
                report.advise(expression.at, format!("a text should be here, and this is {}", value.what()), advice);
                None
            }
        }
    }

    fn number(&self, expression: &Expression, what: &str, report: &mut Report) -> Option<i64> {
        let text = self.text(expression, report)?;
        let number = text.trim().parse().ok();
        if number.is_none() {
            report.error(expression.at, format!("{what} is a whole number, and this is {text:?}"));
        }
        number
    }

    /// The items of a list. None: it is not known yet, or no list, which is reported.
    fn items(&self, expression: &Expression, report: &mut Report) -> Option<Vec<Value>> {
        let value = self.value(expression, report);
        match value.data {
            Data::List(items) => Some(items),
            Data::Unknown => None,
            _ => {
                report.error(expression.at, format!("a list should be here, and this is {}", value.what()));
                None
            }
        }
    }

    fn sub(&self, parts: &[Part], variables: &[(Name, Expression)], report: &mut Report) -> Data {
        let mut text = Some(String::new());
        for part in parts {
            let piece = match part {
                Part::Text(piece) => Some(piece.clone()),
                Part::Variable(name) => self.variable(name, variables, report),
            };
            text = text.zip(piece).map(|(before, piece)| before + &piece);
        }
        text.map_or(Data::Unknown, Data::Text)
    }

    fn variable(&self, name: &Name, variables: &[(Name, Expression)], report: &mut Report) -> Option<String> {
        if let Some((_, expression)) = variables.iter().find(|(n, _)| n.text == name.text) {
            return self.text(expression, report);
        }
        let kind = match name.text.split_once('.') {
            None => Kind::Ref(name.text.clone()),
            Some((resource, attribute)) => Kind::GetAtt {
                resource: resource.to_string(),
                attribute: Box::new(Expression { at: name.at, kind: Kind::Text(attribute.to_string()) }),
            },
        };
        self.text(&Expression { at: name.at, kind }, report)
    }

    fn select(&self, index: &Expression, list: &Expression, at: Position, report: &mut Report) -> Value {
        let unknown = Value { at, data: Data::Unknown };
        let (index_at, index) = (index.at, self.number(index, "the index of Fn::Select", report));
        let (Some(index), Some(mut items)) = (index, self.items(list, report)) else { return unknown };
        match usize::try_from(index).ok().filter(|i| *i < items.len()) {
            Some(index) => items.swap_remove(index),
            None => {
                let what = format!("Fn::Select asks for item {index}, and the list has {}", items.len());
                report.advise(index_at, what, "the first item is number 0");
                unknown
            }
        }
    }

    fn zones(&self, cloud: &Expression, report: &mut Report) -> Data {
        let Some(name) = self.text(cloud, report) else { return Data::Unknown };
        if !name.is_empty() && name != self.cloud {
            let what = format!("Fn::GetAZs asks for the zones of {name}, and this is {}", self.cloud);
            report.advise(cloud.at, what, "write '' for the zones of this region");
            return Data::Unknown;
        }
        let text = |zone: &String| Value { at: cloud.at, data: Data::Text(zone.clone()) };
        Data::List(self.zones.iter().map(text).collect())
    }

    fn join(&self, separator: &str, list: &Expression, report: &mut Report) -> Data {
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
        texts.map_or(Data::Unknown, |texts| Data::Text(texts.join(separator)))
    }

    fn split(&self, separator: &str, text: &Expression, report: &mut Report) -> Data {
        let Some(whole) = self.text(text, report) else { return Data::Unknown };
        if separator.is_empty() {
            report.error(text.at, "the separator of Fn::Split is empty");
            return Data::Unknown;
        }
        let item = |piece: &str| Value { at: text.at, data: Data::Text(piece.to_string()) };
        Data::List(whole.split(separator).map(item).collect())
    }

    fn cidr(
        &self,
        block: &Expression,
        count: &Expression,
        bits: &Expression,
        at: Position,
        report: &mut Report,
    ) -> Data {
        let block = self.text(block, report);
        let count = self.number(count, "the count of Fn::Cidr", report);
        let bits = self.number(bits, "the host bits of Fn::Cidr", report);
        let (Some(block), Some(count), Some(bits)) = (block, count, bits) else { return Data::Unknown };
        match cidr::cut(&block, count, bits) {
            Ok(blocks) => Data::List(blocks.into_iter().map(|b| Value { at, data: Data::Text(b) }).collect()),
            Err(error) => {
                report.advise(at, error.to_string(), "8 host bits make blocks of a /24 each");
                Data::Unknown
            }
        }
    }

    fn find(
        &self,
        map: &Expression,
        first: &Expression,
        second: &Expression,
        at: Position,
        report: &mut Report,
    ) -> Data {
        let names = (self.text(map, report), self.text(first, report), self.text(second, report));
        let (Some(map), Some(first), Some(second)) = names else { return Data::Unknown };
        let found = self.template.mappings.get(&map).map(|m| m.get(&first).map(|inner| inner.get(&second)));
        let missing = match found {
            Some(Some(Some(Mapped::Text(text)))) => return Data::Text(text.clone()),
            Some(Some(Some(Mapped::List(items)))) => {
                let item = |text: &String| Value { at, data: Data::Text(text.clone()) };
                return Data::List(items.iter().map(item).collect());
            }
            Some(Some(None)) => format!("the key {first} of the mapping {map} has no key {second}"),
            Some(None) => format!("the mapping {map} has no key {first}"),
            None => format!("there is no mapping {map}"),
        };
        let keys: Vec<&String> = self.template.mappings.get(&map).map(|m| m.keys().collect()).unwrap_or_default();
        report.advise(at, missing, format!("its keys are {}", listed(&keys)));
        Data::Unknown
    }
}

/// Without places, for comparing.
fn plain(data: &Data) -> serde_json::Value {
    match data {
        Data::Text(text) => text.clone().into(),
        Data::List(items) => items.iter().map(|i| plain(&i.data)).collect(),
        Data::Map(entries) => entries.iter().map(|(n, v)| (n.text.clone(), plain(&v.data))).collect(),
        Data::Absent | Data::Unknown => serde_json::Value::Null,
    }
}
