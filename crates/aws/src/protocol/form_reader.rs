//! Forms by the model: for `ec2` and `query`.

use super::form::Node;
use super::xml_writer::Dialect;
use crate::model::{Kind, List, Map, Member, Model, OperationModel, ShapeId};
use crate::scalar;
use crate::violation::{Findings, Step, Wrong};
use serde_json::{Map as Object, Value};
use std::borrow::Cow;

pub(super) struct FormReader<'a> {
    pub model: &'a Model,
    pub dialect: Dialect,
}

impl FormReader<'_> {
    /// The parameters of an operation; what is wrong with them is among the findings.
    pub fn input(&self, operation: &OperationModel, form: Node, findings: &mut Findings) -> Value {
        match operation.input {
            Some(input) => self.structure(input, form, findings),
            None => {
                unknown(form, findings);
                Value::Object(Object::new())
            }
        }
    }

    /// How a parameter is written. In `ec2`: its own name for queries, else the location name with a capital.
    fn name(&self, member: &Member) -> Cow<'static, str> {
        match (self.dialect, member.query_name, member.location_name) {
            (Dialect::Ec2, Some(name), _) => name.into(),
            (Dialect::Ec2, None, Some(name)) if !name.starts_with(char::is_uppercase) => {
                let mut letters = name.chars();
                letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
            }
            (_, _, name) => name.unwrap_or(member.name).into(),
        }
    }

    fn structure(&self, shape: ShapeId, mut node: Node, findings: &mut Findings) -> Value {
        let mut out = Object::new();
        for member in self.model.members(shape) {
            // Of most structures little is given.
            if node.below.is_empty() && !member.required {
                continue;
            }
            let name = self.name(member);
            // A flattened list whose elements have a name stands under that name.
            let found = match &self.model.shape(member.shape).kind {
                Kind::List(list) if self.dialect == Dialect::Query && (list.flattened || member.flattened) => {
                    node.below.remove(list.element_name.unwrap_or(&name))
                }
                _ => node.below.remove(&*name),
            };
            match found {
                Some(below) => {
                    let value = findings.within(Step::Member(name.into_owned()), |f| self.value(member, below, f));
                    if let Some(value) = value {
                        out.insert(member.name.to_string(), value);
                    }
                }
                None if member.required => findings.missing(&name),
                None => {}
            }
        }
        unknown(node, findings);
        Value::Object(out)
    }

    fn value(&self, member: &Member, node: Node, findings: &mut Findings) -> Option<Value> {
        match &self.model.shape(member.shape).kind {
            Kind::List(list) => self.list(list, member.flattened, node, findings),
            Kind::Map(map) => self.map(map, member.flattened, node, findings),
            _ => self.element(member.shape, node, findings),
        }
    }

    fn element(&self, id: ShapeId, node: Node, findings: &mut Findings) -> Option<Value> {
        let shape = self.model.shape(id);
        match &shape.kind {
            Kind::Structure(_) => match node.value {
                Some(text) if !text.is_empty() || node.below.is_empty() => {
                    findings.add(Wrong::Type { value: text, expected: "structure" });
                    None
                }
                _ => Some(self.structure(id, node, findings)),
            },
            Kind::List(list) => self.list(list, false, node, findings),
            Kind::Map(map) => self.map(map, false, node, findings),
            _ => {
                let value = node.value.as_deref().map(|text| scalar::from_text(shape, text, findings));
                unknown(Node { value: None, ..node }, findings);
                value.flatten()
            }
        }
    }

    fn list(&self, list: &List, flattened: bool, mut node: Node, findings: &mut Findings) -> Option<Value> {
        let elements = match self.dialect {
            Dialect::Query if !(flattened || list.flattened) => list.element_name.unwrap_or("member"),
            _ => "",
        };
        let elements = numbered(&mut node, elements, "list", findings)?;
        let mut out = Vec::with_capacity(elements.len());
        for (n, node) in elements {
            out.extend(findings.within(Step::Element(n), |f| self.element(list.element, node, f)));
        }
        scalar::judge_count(&list.bounds, out.len(), findings);
        Some(Value::Array(out))
    }

    fn map(&self, map: &Map, flattened: bool, mut node: Node, findings: &mut Findings) -> Option<Value> {
        let entries = if flattened || map.flattened { "" } else { "entry" };
        let mut out = Object::new();
        for (n, mut node) in numbered(&mut node, entries, "map", findings)? {
            findings.within(Step::Element(n), |findings| {
                let key = node.below.remove(map.key_name.unwrap_or("key"));
                let value = node.below.remove(map.value_name.unwrap_or("value"));
                let key = key.and_then(|key| self.element(map.key, key, findings));
                let value = value.and_then(|value| self.element(map.value, value, findings));
                match (key, value) {
                    (Some(Value::String(key)), Some(value)) => drop(out.insert(key, value)),
                    _ => findings.add(Wrong::Missing),
                }
            });
        }
        scalar::judge_count(&map.bounds, out.len(), findings);
        Some(Value::Object(out))
    }
}

/// The numbered elements under a name, or right under a node if the name is empty. An empty list is written as a name
/// without a value.
fn numbered(
    node: &mut Node,
    name: &str,
    expected: &'static str,
    findings: &mut Findings,
) -> Option<Vec<(usize, Node)>> {
    if let Some(value) = node.value.take().filter(|text| !text.is_empty()) {
        findings.add(Wrong::Type { value, expected });
        return None;
    }
    let mut node = std::mem::take(node);
    let elements = match name {
        "" => node,
        name => {
            let elements = node.below.remove(name).unwrap_or_default();
            unknown(node, findings);
            elements
        }
    };
    let elements = elements.elements();
    if elements.is_none() {
        findings.add(Wrong::Unknown);
    }
    elements
}

/// What is left once everything that the model knows has been taken.
fn unknown(node: Node, findings: &mut Findings) {
    for name in node.below.into_keys() {
        findings.within(Step::Member(name), |f| f.add(Wrong::Unknown));
    }
}
