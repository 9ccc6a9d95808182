//! Works expressions out. The same code runs before anything is made, when what resources will be is not known yet,
//! and while the stack is made, when it is.

mod budget;
mod choice;
mod cloud;
mod condition;
mod text;

pub use budget::Budget;

use super::diagnostic::{Position, Report};
use super::dynamic;
use super::expression::{Expression, Kind};
use super::mapping::Mapping;
use super::node::Name;
use super::parameter::Parameter;
use super::value::{Data, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use croft_control::Cloud;
use std::cell::Cell;
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

/// No resource is there yet, and what it will be is not asked for.
pub struct Unmade;

impl Made for Unmade {
    fn reference(&self, _: &str) -> Known {
        Known::Later
    }

    fn attribute(&self, _: &str, _: &str) -> Known {
        Known::Later
    }
}

/// Everything a template can name, at one moment.
pub struct Scope<'a> {
    mappings: &'a BTreeMap<String, Mapping>,
    parameters: &'a [Parameter],
    /// Pseudo parameters and parameters.
    names: &'a BTreeMap<String, Known>,
    /// Conditions that have been worked out.
    conditions: &'a BTreeMap<String, bool>,
    /// The cloud, and the account and region in it; without it, what it would tell comes later.
    cloud: Option<(&'a Cloud, &'a croft_model::Scope)>,
    made: &'a dyn Made,
    /// Bytes of text made so far.
    spent: Cell<usize>,
    /// Of all scopes together in which a template is judged.
    budget: Budget,
}

/// More text than this is not made in one scope: functions inside functions can double it with every level.
const MOST_BYTES: usize = 1 << 20;
/// A list is cut into no more items than this.
const MOST_ITEMS: usize = 10_000;

impl<'a> Scope<'a> {
    /// A scope in which resources are what `made` says.
    pub fn new(
        bound: &'a super::bound::Bound,
        conditions: &'a BTreeMap<String, bool>,
        made: &'a dyn Made,
    ) -> Scope<'a> {
        Scope {
            mappings: &bound.template.mappings,
            parameters: &bound.template.parameters,
            names: &bound.names,
            conditions,
            cloud: Some((&bound.cloud, &bound.scope)),
            made,
            spent: Cell::new(0),
            budget: Budget::default(),
        }
    }

    /// The same with a budget that others share.
    pub fn within(self, budget: &Budget) -> Scope<'a> {
        Scope { budget: budget.clone(), ..self }
    }

    /// The same with other values of parameters.
    pub fn named(bound: &'a super::bound::Bound, names: &'a BTreeMap<String, Known>, made: &'a dyn Made) -> Scope<'a> {
        Scope { names, ..Scope::new(bound, &bound.conditions, made) }
    }

    /// A scope for what is worked out before a cloud is known.
    pub fn without_cloud(
        mappings: &'a BTreeMap<String, Mapping>,
        parameters: &'a [Parameter],
        names: &'a BTreeMap<String, Known>,
        conditions: &'a BTreeMap<String, bool>,
        made: &'a dyn Made,
    ) -> Scope<'a> {
        Scope {
            mappings,
            parameters,
            names,
            conditions,
            cloud: None,
            made,
            spent: Cell::new(0),
            budget: Budget::default(),
        }
    }

    /// Is it a parameter or a pseudo parameter?
    pub fn takes(&self, name: &str) -> bool {
        super::pseudo::is_pseudo(name) || self.parameters.iter().any(|p| p.name.text == name)
    }

    /// Names of the parameters.
    pub fn parameter_names(&self) -> impl Iterator<Item = &'a str> + Clone + use<'a> {
        self.parameters.iter().map(|p| p.name.text.as_str())
    }

    /// What an expression comes to. What cannot be worked out is reported, and comes to `Unknown`.
    pub fn value(&self, expression: &Expression, report: &mut Report) -> Value {
        if self.budget.is_exhausted() {
            return Value::new(expression.at, Data::Unknown);
        }
        let value = self.raw(expression, report);
        let (bytes, items) = match &value.data {
            Data::Text(text) => (text.len(), 0),
            Data::List(items) => (0, items.len()),
            _ => (0, 0),
        };
        if !self.budget.spend(bytes, items, expression.at) {
            self.budget.report(report);
            return Value::new(value.at, Data::Unknown);
        }
        let Data::Text(text) = &value.data else { return value };
        let spent = self.spent.get().saturating_add(text.len());
        self.spent.set(spent);
        if spent > MOST_BYTES {
            let what = format!("the functions here make more than {MOST_BYTES} bytes of text");
            report.advise(expression.at, what, "make it shorter");
            return Value::new(value.at, Data::Unknown);
        }
        if text.contains("{{resolve:") {
            let resolved = dynamic::resolve(text, expression.at, report);
            return Value::new(value.at, resolved.map_or(Data::Unknown, Data::Text));
        }
        value
    }

    fn raw(&self, expression: &Expression, report: &mut Report) -> Value {
        let at = expression.at;
        let data = match &expression.kind {
            Kind::Text(text) => Data::Text(text.clone()),
            Kind::Plain(text) => return Value { at, plain: true, data: Data::Text(text.clone()) },
            Kind::List(items) => self.list(items, report),
            Kind::Map(entries) => Data::Map(self.map(entries, report)),
            Kind::Ref(name) => return self.reference(name, at, report),
            Kind::RefTo(name) => match self.text(name, report) {
                Some(name) => return self.reference(&name, at, report),
                None => Data::Unknown,
            },
            Kind::GetAtt { resource, attribute } => match self.text(attribute, report) {
                Some(attribute) => return self.known(self.made.attribute(resource, &attribute), at, report),
                None => Data::Unknown,
            },
            Kind::GetAttOf { resource, attribute } => {
                match (self.text(resource, report), self.text(attribute, report)) {
                    (Some(resource), Some(attribute)) => {
                        return self.known(self.made.attribute(&resource, &attribute), at, report);
                    }
                    _ => Data::Unknown,
                }
            }
            Kind::Sub { parts, variables } => self.sub(parts, variables, report),
            Kind::Select { index, list } => return self.select(index, list, at, report),
            Kind::GetAzs(region) => self.zones(region, report),
            Kind::Join { separator, list } => self.join(separator, list, report),
            Kind::Split { separator, text } => self.split(separator, text, report),
            Kind::Cidr { block, count, bits } => self.cidr(block, count, bits, at, report),
            Kind::If { condition, then, otherwise } => {
                let holds = self.conditions.get(&condition.text).copied().unwrap_or(false);
                return self.value(if holds { then } else { otherwise }, report);
            }
            Kind::FindInMap { map, first, second, default } => {
                return self.find(map, first, second, default.as_deref(), at, report);
            }
            Kind::Base64(inner) => match self.text(inner, report) {
                Some(text) => Data::Text(STANDARD.encode(text)),
                None => Data::Unknown,
            },
            Kind::ImportValue(name) => self.import(name, report),
            Kind::Length(list) => match self.items(list, report) {
                Some(items) => return Value { at, plain: true, data: Data::Text(items.len().to_string()) },
                None => Data::Unknown,
            },
            Kind::ToJsonString(inner) => self.json(inner, report),
            Kind::ValueOf { parameter, attribute } => self.value_of(parameter, attribute, at, report),
            Kind::All { of, attribute } => self.all(of, attribute.as_deref(), at, report),
        };
        Value::new(at, data)
    }

    /// The entries of a map, without those that are `AWS::NoValue`.
    pub fn map(&self, entries: &[(Name, Expression)], report: &mut Report) -> Vec<(Name, Value)> {
        let values = entries.iter().map(|(name, e)| (name.clone(), self.value(e, report)));
        values.filter(|(_, value)| value.data != Data::Absent).collect()
    }

    fn list(&self, items: &[Expression], report: &mut Report) -> Data {
        let values = items.iter().map(|item| self.value(item, report));
        Data::List(values.filter(|v| v.data != Data::Absent).collect())
    }

    fn reference(&self, name: &str, at: Position, report: &mut Report) -> Value {
        if name == "AWS::NoValue" {
            return Value::new(at, Data::Absent);
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
            Known::List(items) => texts(items, at),
            Known::Later => Data::Unknown,
            Known::Never(why, advice) => {
                report.advise(at, why, advice);
                Data::Unknown
            }
        };
        Value::new(at, data)
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
}

fn texts(items: impl IntoIterator<Item = String>, at: Position) -> Data {
    Data::List(items.into_iter().map(|text| Value::new(at, Data::Text(text))).collect())
}
