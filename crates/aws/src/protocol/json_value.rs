//! JSON by the model, both ways: for `json` and `rest-json`.

use super::Misfit;
use crate::model::{Kind, Member, Model, ShapeId, TimestampFormat};
use crate::violation::{Findings, Step, Wrong};
use crate::{scalar, timestamp};
use serde_json::{Map, Value};

pub(super) struct Json<'a> {
    pub model: &'a Model,
    /// Members are named by their location name, as `rest-json` does.
    pub located: bool,
}

impl Json<'_> {
    fn name<'m>(&self, member: &'m Member) -> &'m str {
        match self.located {
            true => member.location_name.unwrap_or(member.name),
            false => member.name,
        }
    }

    /// The members of a structure that `wanted` stand in this body.
    pub fn read_members(
        &self,
        shape: ShapeId,
        fields: Map<String, Value>,
        wanted: impl Fn(&Member) -> bool,
        findings: &mut Findings,
    ) -> Map<String, Value> {
        let mut fields = fields;
        let mut out = Map::new();
        for member in self.model.members(shape).iter().filter(|m| wanted(m)) {
            let name = self.name(member);
            match fields.remove(name).filter(|value| !value.is_null()) {
                Some(value) => {
                    let step = Step::Member(name.to_string());
                    let value = findings.within(step, |f| self.read(member.shape, value, f));
                    if let Some(value) = value {
                        out.insert(member.name.to_string(), value);
                    }
                }
                None if member.required => findings.missing(name),
                None => {}
            }
        }
        for name in fields.into_iter().filter(|(_, value)| !value.is_null()).map(|(name, _)| name) {
            findings.within(Step::Member(name), |f| f.add(Wrong::Unknown));
        }
        out
    }

    /// None if it was wrong, which is then among the findings.
    pub fn read(&self, id: ShapeId, value: Value, findings: &mut Findings) -> Option<Value> {
        let shape = self.model.shape(id);
        let wrong = |value: &Value, expected| Wrong::Type { value: value.to_string(), expected };
        let value = match (&shape.kind, value) {
            (Kind::Structure(_), Value::Object(fields)) => {
                return Some(Value::Object(self.read_members(id, fields, |_| true, findings)));
            }
            (Kind::List(list), Value::Array(elements)) => {
                scalar::judge_count(&list.bounds, elements.len(), findings);
                let elements = elements.into_iter().enumerate().filter_map(|(n, element)| {
                    findings.within(Step::Element(n + 1), |f| self.read(list.element, element, f))
                });
                return Some(Value::Array(elements.collect()));
            }
            (Kind::Map(map), Value::Object(entries)) => {
                scalar::judge_count(&map.bounds, entries.len(), findings);
                let mut out = Map::new();
                for (key, value) in entries.into_iter().filter(|(_, value)| !value.is_null()) {
                    findings.within(Step::Key(key.clone()), |findings| {
                        scalar::judge(self.model.shape(map.key), &Value::from(key.as_str()), findings);
                        out.extend(self.read(map.value, value, findings).map(|value| (key, value)));
                    });
                }
                return Some(Value::Object(out));
            }
            (Kind::Timestamp(_), Value::Number(number)) => match number.as_f64().and_then(timestamp::from_seconds) {
                Some(millis) => return Some(Value::from(millis)),
                None => {
                    findings.add(Wrong::Type { value: number.to_string(), expected: "timestamp" });
                    return None;
                }
            },
            (Kind::Timestamp(_), Value::String(text)) => return scalar::from_text(shape, &text, findings),
            (Kind::String(_) | Kind::Blob(_), value @ Value::String(_)) => value,
            (Kind::Boolean, value @ Value::Bool(_)) => value,
            (Kind::Integer(_) | Kind::Long(_), Value::Number(number)) => match whole(&number) {
                Some(whole) => Value::from(whole),
                None => {
                    findings.add(Wrong::Type { value: number.to_string(), expected: "integer" });
                    return None;
                }
            },
            (Kind::Float(_) | Kind::Double(_), value @ Value::Number(_)) => value,
            (kind, value) => {
                findings.add(wrong(&value, expected(kind)));
                return None;
            }
        };
        scalar::judge(shape, &value, findings).then_some(value)
    }

    /// The members of an output that `wanted` stand in this body.
    pub fn write_members(
        &self,
        shape: ShapeId,
        value: &Value,
        wanted: impl Fn(&Member) -> bool,
    ) -> Result<Map<String, Value>, Misfit> {
        let misfit = |at: &str, what: String| Misfit { at: at.to_string(), what };
        let name = self.model.shape(shape).name;
        let fields = match value {
            Value::Null => return Ok(Map::new()),
            Value::Object(fields) => fields,
            other => return Err(misfit("", format!("{other} is no structure ({name})"))),
        };
        let mut out = Map::new();
        for (field, value) in fields {
            let member = self.model.members(shape).iter().find(|m| m.name == field);
            let Some(member) = member else { return Err(misfit("", format!("{name} has no member {field}"))) };
            if value.is_null() || !wanted(member) {
                continue;
            }
            let value = self.write(member.shape, member.timestamp_format, value);
            let value = value.map_err(|m| misfit(&format!("{field}.{}", m.at), m.what))?;
            out.insert(self.name(member).to_string(), value);
        }
        Ok(out)
    }

    fn write(&self, id: ShapeId, format: Option<TimestampFormat>, value: &Value) -> Result<Value, Misfit> {
        let shape = self.model.shape(id);
        Ok(match (&shape.kind, value) {
            (Kind::Structure(_), Value::Object(_)) => Value::Object(self.write_members(id, value, |_| true)?),
            (Kind::List(list), Value::Array(elements)) => {
                elements.iter().map(|e| self.write(list.element, None, e)).collect::<Result<_, _>>()?
            }
            (Kind::Map(map), Value::Object(entries)) => {
                let entries = entries.iter().map(|(k, v)| Ok((k.clone(), self.write(map.value, None, v)?)));
                Value::Object(entries.collect::<Result<_, Misfit>>()?)
            }
            (Kind::Timestamp(own), Value::Number(number)) if number.is_i64() => {
                let millis = number.as_i64().unwrap_or_default();
                match format.or(*own) {
                    Some(TimestampFormat::Iso8601) => timestamp::iso8601(millis).into(),
                    Some(TimestampFormat::Rfc822) => timestamp::rfc822(millis).into(),
                    _ if millis % 1000 == 0 => Value::from(millis / 1000),
                    _ => Value::from(millis as f64 / 1000.0),
                }
            }
            (Kind::String(_) | Kind::Blob(_), Value::String(_)) | (Kind::Boolean, Value::Bool(_)) => value.clone(),
            (Kind::Integer(_) | Kind::Long(_), Value::Number(n)) if n.is_i64() || n.is_u64() => value.clone(),
            (Kind::Float(_) | Kind::Double(_), Value::Number(_)) => value.clone(),
            _ => return Err(Misfit { at: String::new(), what: format!("{value} is no {}", shape.name) }),
        })
    }
}

/// A number without a fraction: some clients write `5.0`.
fn whole(number: &serde_json::Number) -> Option<i64> {
    let float = || number.as_f64().filter(|n| n.fract() == 0.0 && n.abs() < 9e15).map(|n| n as i64);
    number.as_i64().or_else(float)
}

fn expected(kind: &Kind) -> &'static str {
    match kind {
        Kind::Structure(_) => "structure",
        Kind::List(_) => "list",
        Kind::Map(_) => "map",
        Kind::String(_) => "string",
        Kind::Integer(_) | Kind::Long(_) => "integer",
        Kind::Float(_) | Kind::Double(_) => "number",
        Kind::Boolean => "boolean",
        Kind::Timestamp(_) => "timestamp",
        Kind::Blob(_) => "base64 text",
    }
}
