//! Scalars: read from text, and judged by what the model says of them. The same for every protocol.

use crate::model::{Bounds, Kind, Shape, Text};
use crate::timestamp;
use crate::violation::{Findings, Wrong};
use serde_json::{Number, Value};

/// Shapes whose enumeration is a catalogue that grows by the week; whether Croft has a value of one is for
/// `croft-model` to say, with the code that belongs to the operation. And one that lacks a value that AWS documents.
const CATALOGUES: [&str; 2] = ["InstanceType", "NetworkInterfaceCreationType"];

/// Reads a scalar that is written as text: in a form, in XML, in a header. None if it was wrong, which is then among
/// the findings.
pub fn from_text(shape: &Shape, text: &str, findings: &mut Findings) -> Option<Value> {
    let wrong = |expected| Wrong::Type { value: text.to_string(), expected };
    let value = match &shape.kind {
        Kind::String(_) | Kind::Blob(_) => Value::String(text.to_string()),
        Kind::Boolean => match text {
            t if t.eq_ignore_ascii_case("true") => Value::Bool(true),
            t if t.eq_ignore_ascii_case("false") => Value::Bool(false),
            _ => {
                findings.add(wrong("boolean"));
                return None;
            }
        },
        Kind::Integer(_) | Kind::Long(_) => match text.parse::<i64>() {
            Ok(number) => Value::from(number),
            Err(_) => {
                findings.add(wrong("integer"));
                return None;
            }
        },
        Kind::Float(_) | Kind::Double(_) => match text.parse::<f64>().ok().and_then(Number::from_f64) {
            Some(number) => Value::Number(number),
            None => {
                findings.add(wrong("number"));
                return None;
            }
        },
        Kind::Timestamp(_) => match timestamp::parse(text) {
            Some(millis) => Value::from(millis),
            None => {
                findings.add(wrong("timestamp"));
                return None;
            }
        },
        Kind::Structure(_) => {
            findings.add(wrong("structure"));
            return None;
        }
        Kind::List(_) => {
            findings.add(wrong("list"));
            return None;
        }
        Kind::Map(_) => {
            findings.add(wrong("map"));
            return None;
        }
    };
    judge(shape, &value, findings).then_some(value)
}

/// Is a scalar of the right type what the model allows?
pub fn judge(shape: &Shape, value: &Value, findings: &mut Findings) -> bool {
    let before = findings.violations.len();
    match (&shape.kind, value) {
        (Kind::String(text), Value::String(value)) => judge_text(shape.name, text, value, findings),
        (Kind::Integer(bounds), Value::Number(number)) => match number.as_i64() {
            Some(n) if i32::try_from(n).is_ok() => judge_bounds(bounds, n as f64, n, false, findings),
            _ => findings.add(Wrong::Type { value: number.to_string(), expected: "integer" }),
        },
        (Kind::Long(bounds) | Kind::Float(bounds) | Kind::Double(bounds), Value::Number(number)) => {
            judge_bounds(bounds, number.as_f64().unwrap_or_default(), number, false, findings);
        }
        (Kind::Blob(bounds), Value::String(value)) => {
            use base64::Engine;
            match base64::engine::general_purpose::STANDARD.decode(value) {
                Ok(bytes) => judge_bounds(bounds, bytes.len() as f64, bytes.len(), true, findings),
                Err(_) => findings.add(Wrong::Type { value: value.clone(), expected: "base64 text" }),
            }
        }
        _ => {}
    }
    findings.violations.len() == before
}

/// Does a list or map have as many elements as the model allows?
pub fn judge_count(bounds: &Bounds, count: usize, findings: &mut Findings) {
    judge_bounds(bounds, count as f64, count, true, findings);
}

fn judge_text(name: &str, text: &Text, value: &str, findings: &mut Findings) {
    if value.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r') && c < '\u{20}')
        || value.contains(['\u{fffe}', '\u{ffff}'])
    {
        findings.add(Wrong::Character);
    }
    if !text.values.is_empty() && !text.values.contains(&value) && !CATALOGUES.contains(&name) {
        findings.add(Wrong::NotInEnum { value: value.to_string(), allowed: text.values.clone() });
        return;
    }
    judge_bounds(&text.bounds, value.chars().count() as f64, value, true, findings);
    if let Some(pattern) = text.pattern.as_ref().filter(|p| !p.matches(value)) {
        findings.add(Wrong::Pattern { value: value.to_string(), pattern: pattern.as_str().to_string() });
    }
}

fn judge_bounds(bounds: &Bounds, size: f64, value: impl ToString, length: bool, findings: &mut Findings) {
    if !bounds.hold(size) {
        let Bounds { min, max } = *bounds;
        findings.add(Wrong::OutOfBounds { value: value.to_string(), min, max, length });
    }
}
