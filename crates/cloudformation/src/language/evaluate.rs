//! Works expressions out. The same code runs before anything is made, when what resources will be is not known yet,
//! and while the stack is made, when it is.

use super::condition::{self, Condition};
use super::diagnostic::{Position, Report, Said};
use super::expression::{Expression, Kind, Part};
use super::mapping::{Mapped, Mapping};
use super::nearest::listed;
use super::node::Name;
use super::parameter::Parameter;
use super::value::{Data, Value};
use super::{cidr, dynamic, existing, parameter_type};
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
        }
    }

    /// A scope for what is worked out before a cloud is known.
    pub fn without_cloud(
        mappings: &'a BTreeMap<String, Mapping>,
        parameters: &'a [Parameter],
        names: &'a BTreeMap<String, Known>,
        conditions: &'a BTreeMap<String, bool>,
        made: &'a dyn Made,
    ) -> Scope<'a> {
        Scope { mappings, parameters, names, conditions, cloud: None, made, spent: Cell::new(0) }
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
        let value = self.raw(expression, report);
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
                Some(text) => Data::Text(crate::base64::encode(text.as_bytes())),
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

    /// Does a condition hold?
    pub fn holds(&self, condition: &Condition, report: &mut Report) -> bool {
        match &condition.kind {
            condition::Kind::Named(name) => self.conditions.get(&name.text).copied().unwrap_or(false),
            condition::Kind::Not(inner) => !self.holds(inner, report),
            condition::Kind::And(all) => all.iter().all(|c| self.holds(c, report)),
            condition::Kind::Or(all) => all.iter().any(|c| self.holds(c, report)),
            condition::Kind::Equals(operands) => {
                let [one, other] = self.both(operands, report);
                plain(&one.data) == plain(&other.data)
            }
            condition::Kind::Contains(operands) => {
                let [list, value] = self.both(operands, report);
                self.each(&list, report).iter().any(|item| plain(&item.data) == plain(&value.data))
            }
            condition::Kind::EachMemberEquals(operands) => {
                let [list, value] = self.both(operands, report);
                self.each(&list, report).iter().all(|item| plain(&item.data) == plain(&value.data))
            }
            condition::Kind::EachMemberIn(operands) => {
                let [few, many] = self.both(operands, report);
                let many: Vec<_> = self.each(&many, report).iter().map(|item| plain(&item.data)).collect();
                self.each(&few, report).iter().all(|item| many.contains(&plain(&item.data)))
            }
        }
    }

    fn both(&self, operands: &[Expression; 2], report: &mut Report) -> [Value; 2] {
        let [one, other] = operands;
        [self.value(one, report), self.value(other, report)]
    }

    /// The items of a list that is compared item by item.
    fn each<'v>(&self, list: &'v Value, report: &mut Report) -> &'v [Value] {
        match &list.data {
            Data::List(items) => items,
            Data::Unknown => &[],
            _ => {
                report.error(list.at, format!("a list should be here, and this is {}", list.what()));
                &[]
            }
        }
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

    fn sub(&self, parts: &[Part], variables: &[(Name, Expression)], report: &mut Report) -> Data {
        // Each variable is worked out once, however often the text names it.
        let variables: BTreeMap<&str, Option<String>> =
            variables.iter().map(|(name, e)| (name.text.as_str(), self.text(e, report))).collect();
        let mut text = Some(String::new());
        for part in parts {
            let piece = match part {
                Part::Text(piece) => Some(std::borrow::Cow::Borrowed(piece.as_str())),
                Part::Variable(name) => match variables.get(name.text.as_str()) {
                    Some(known) => known.as_deref().map(Into::into),
                    None => self.variable(name, report).map(Into::into),
                },
            };
            text = text.zip(piece).map(|(mut text, piece)| {
                text.push_str(&piece);
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

    fn select(&self, index: &Expression, list: &Expression, at: Position, report: &mut Report) -> Value {
        let unknown = Value::new(at, Data::Unknown);
        let (index_at, index) = (index.at, self.number(index, "the index of Fn::Select", report));
        let (Some(index), Some(mut items)) = (index, self.items(list, report)) else { return unknown };
        match usize::try_from(index).ok().filter(|i| *i < items.len()) {
            Some(index) => items.swap_remove(index),
            None => {
                let what = format!("Fn::Select asks for item {index}, and the list has {}", items.len());
                let said = format!("Template error: Fn::Select cannot select nonexistent value at index {index}");
                report.say(Said::whole(said), index_at, what, "the first item is number 0");
                unknown
            }
        }
    }

    fn zones(&self, region: &Expression, report: &mut Report) -> Data {
        let (Some(name), Some((cloud, scope))) = (self.text(region, report), self.cloud) else { return Data::Unknown };
        if name.is_empty() {
            return texts(cloud.zones_of(&scope.region), region.at);
        }
        match name.parse() {
            Ok(name) => texts(cloud.zones_of(&name), region.at),
            Err(_) => {
                let what = format!("{name:?} is no region");
                report.advise(region.at, what, "write '' for the zones of this region");
                Data::Unknown
            }
        }
    }

    fn import(&self, name: &Expression, report: &mut Report) -> Data {
        let (Some(text), Some((cloud, scope))) = (self.text(name, report), self.cloud) else { return Data::Unknown };
        let exports = super::export::all(cloud, scope);
        match exports.get(text.as_str()) {
            Some(value) => Data::Text(value.to_string()),
            None => {
                let said = Said::whole(format!("No export named {text} found."));
                let what = format!("no stack exports {text}");
                report.suggest_said(said, name.at, what, &text, exports.keys().copied());
                Data::Unknown
            }
        }
    }

    fn json(&self, inner: &Expression, report: &mut Report) -> Data {
        let value = self.value(inner, report);
        match value.data {
            Data::Unknown => Data::Unknown,
            Data::List(_) | Data::Map(_) => match value.to_json() {
                Some(json) => Data::Text(json.to_string()),
                None => Data::Unknown,
            },
            _ => {
                let what = format!("Fn::ToJsonString takes a map or a list, and this is {}", value.what());
                report.advise(inner.at, what, "a text needs no conversion");
                Data::Unknown
            }
        }
    }

    /// Of what a parameter names, an attribute: a text, or a list of a list.
    fn value_of(&self, name: &Name, attribute: &str, at: Position, report: &mut Report) -> Data {
        let Some(parameter) = self.parameters.iter().find(|p| p.name.text == name.text) else {
            let known = self.parameters.iter().map(|p| p.name.text.as_str());
            report.suggest(name.at, format!("there is no parameter {}", name.text), &name.text, known);
            return Data::Unknown;
        };
        let (Some(known), Some((cloud, scope))) = (self.names.get(&name.text), self.cloud) else {
            return Data::Unknown;
        };
        let of = parameter.kind.of;
        let one = |item: &str, report: &mut Report| {
            let found = existing::attribute(of, item, attribute, cloud, scope);
            if found.is_none() && !attribute.starts_with("Tags.") {
                let what = format!("{item} has no attribute {attribute}");
                report.suggest(at, what, attribute, existing::attributes(of).iter().copied());
            }
            found
        };
        match known {
            Known::Text(item) => one(item, report).map_or(Data::Absent, Data::Text),
            Known::List(items) => {
                let values: Vec<String> = items.iter().filter_map(|item| one(item, report)).collect();
                texts(values, at)
            }
            _ => Data::Unknown,
        }
    }

    /// All that is there of a parameter type, or an attribute of each.
    fn all(&self, of: &str, attribute: Option<&str>, at: Position, report: &mut Report) -> Data {
        let Some((cloud, scope)) = self.cloud else { return Data::Unknown };
        let found = parameter_type::find(of).and_then(|t| Some((t.of, existing::of(t.of, cloud, scope)?)));
        let Some((kind, items)) = found else {
            let names = parameter_type::TYPES.iter().filter(|t| !t.list && !t.stored && t.name.contains("EC2"));
            let what = format!("{of} is no parameter type of what can be listed");
            report.suggest(at, what, of, names.map(|t| t.name));
            return Data::Unknown;
        };
        match attribute {
            None => texts(items, at),
            Some(name) => {
                let values = items.iter().filter_map(|item| existing::attribute(kind, item, name, cloud, scope));
                texts(values.collect::<Vec<_>>(), at)
            }
        }
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
        let items: Vec<String> = whole.split(separator).take(MOST_ITEMS + 1).map(str::to_string).collect();
        if items.len() > MOST_ITEMS {
            report.advise(text.at, format!("Fn::Split makes more than {MOST_ITEMS} items"), "split a shorter text");
            return Data::Unknown;
        }
        texts(items, text.at)
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
            Ok(blocks) => texts(blocks, at),
            Err(error) => {
                report.advise(at, error.to_string(), "8 host bits make blocks of a /24 each, 64 of an IPv6 /64");
                Data::Unknown
            }
        }
    }

    fn find(
        &self,
        map: &Expression,
        first: &Expression,
        second: &Expression,
        default: Option<&Expression>,
        at: Position,
        report: &mut Report,
    ) -> Value {
        let unknown = Value::new(at, Data::Unknown);
        let names = (self.text(map, report), self.text(first, report), self.text(second, report));
        let (Some(map), Some(first), Some(second)) = names else { return unknown };
        let mapping = self.mappings.get(&map);
        let level = mapping.and_then(|mapping| mapping.get(&first));
        match (level.and_then(|level| level.get(&second)), default) {
            (Some(Mapped::Text(text)), _) => return Value::new(at, Data::Text(text.clone())),
            (Some(Mapped::List(items)), _) => return Value::new(at, texts(items.iter().cloned(), at)),
            (None, Some(default)) => return self.value(default, report),
            (None, None) => {}
        }
        let said = Said::whole(format!("Template error: Unable to get mapping for {map}::{first}::{second}"));
        let (what, keys): (String, Vec<&String>) = match (mapping, level) {
            (None, _) => (format!("there is no mapping {map}"), self.mappings.keys().collect()),
            (Some(mapping), None) => (format!("the mapping {map} has no key {first}"), mapping.keys().collect()),
            (_, Some(level)) => {
                (format!("the key {first} of the mapping {map} has no key {second}"), level.keys().collect())
            }
        };
        let shown = listed(&keys[..keys.len().min(24)]);
        report.say(said, at, what, format!("its keys are {shown}"));
        unknown
    }
}

fn texts(items: impl IntoIterator<Item = String>, at: Position) -> Data {
    Data::List(items.into_iter().map(|text| Value::new(at, Data::Text(text))).collect())
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
