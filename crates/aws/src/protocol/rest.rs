//! What `rest-json` and `rest-xml` share: operations told apart by method and path, and members that stand in the path,
//! the query, headers or the status.

use super::Misfit;
use crate::exchange::HttpRequest;
use crate::fault::Fault;
use crate::model::{Kind, Location, Member, Model, OperationModel, ShapeId, TimestampFormat};
use crate::violation::{Findings, Step, Wrong};
use crate::{scalar, timestamp};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// An operation with what the path says of it, by label.
pub(super) struct Routed<'a> {
    pub operation: &'a OperationModel,
    labels: BTreeMap<&'a str, String>,
}

/// Finds the operation that a method and path belong to: the one whose template has the most plain segments.
pub(super) fn route<'a>(model: &'a Model, request: &HttpRequest) -> Option<Routed<'a>> {
    let matching = model.operations().filter(|o| o.method == request.method).filter_map(|operation| {
        let (template, query) = operation.uri.split_once('?').unwrap_or((operation.uri, ""));
        let labels = labels(template, &request.path)?;
        let wanted = query.split('&').filter(|q| !q.is_empty());
        let mut wanted = wanted.map(|q| q.split_once('=').unwrap_or((q, "")));
        let asked = pairs(&request.query);
        wanted
            .all(|(name, value)| asked.iter().any(|(n, v)| n == name && (value.is_empty() || v == value)))
            .then_some((template.len() + query.len() * 2 - label_length(template), Routed { operation, labels }))
    });
    matching.max_by_key(|(plain, _)| *plain).map(|(_, routed)| routed)
}

fn label_length(template: &str) -> usize {
    template.split('/').filter(|s| s.starts_with('{')).map(str::len).sum()
}

/// The values of a template's labels in a path; none if they do not fit. `{Name+}` takes the rest of the path.
fn labels<'a>(template: &'a str, path: &str) -> Option<BTreeMap<&'a str, String>> {
    let mut labels = BTreeMap::new();
    let mut segments = path.trim_end_matches('/').split('/');
    for part in template.trim_end_matches('/').split('/') {
        match part.strip_prefix('{').and_then(|p| p.strip_suffix('}')) {
            Some(label) => match label.strip_suffix('+') {
                Some(greedy) => {
                    let rest: Vec<&str> = segments.by_ref().collect();
                    labels.insert(greedy, unescape(&rest.join("/"))?);
                }
                None => {
                    let value = unescape(segments.next()?)?;
                    (!value.is_empty()).then(|| labels.insert(label, value))?;
                }
            },
            None if segments.next()? == part => {}
            None => return None,
        }
    }
    segments.next().is_none().then_some(labels)
}

/// Name and value of everything in a query.
fn pairs(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.filter_map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((unescape(name)?, unescape(&value.replace('+', " "))?))
    });
    pairs.collect()
}

fn unescape(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let mut digit = || bytes.next().and_then(|b| char::from(b).to_digit(16));
                (digit()? * 16 + digit()?) as u8
            }
            other => other,
        });
    }
    String::from_utf8(out).ok()
}

/// The members that stand outside the body.
pub(super) fn read_outside(
    model: &Model,
    routed: &Routed<'_>,
    input: ShapeId,
    request: &HttpRequest,
    findings: &mut Findings,
) -> Map<String, Value> {
    let mut out = Map::new();
    let query = pairs(&request.query);
    for member in model.members(input) {
        let name = member.location_name.unwrap_or(member.name);
        let texts: Vec<&str> = match member.location {
            Location::Uri => routed.labels.get(name).map(String::as_str).into_iter().collect(),
            Location::QueryString => query.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str()).collect(),
            Location::Header => request.header(name).into_iter().collect(),
            Location::Headers => {
                let with = request.headers.iter().filter_map(|(n, v)| {
                    let key = n.get(..name.len()).filter(|p| p.eq_ignore_ascii_case(name)).map(|_| &n[name.len()..]);
                    Some((key?.to_string(), Value::from(v.as_str())))
                });
                let with: Map<String, Value> = with.collect();
                if !with.is_empty() {
                    out.insert(member.name.to_string(), Value::Object(with));
                }
                continue;
            }
            Location::Body | Location::StatusCode => continue,
        };
        if texts.is_empty() {
            if member.required {
                findings.missing(name);
            }
            continue;
        }
        let value = findings.within(Step::Member(name.to_string()), |f| read_texts(model, member, &texts, f));
        out.extend(value.map(|value| (member.name.to_string(), value)));
    }
    out
}

fn read_texts(model: &Model, member: &Member, texts: &[&str], findings: &mut Findings) -> Option<Value> {
    let shape = model.shape(member.shape);
    match &shape.kind {
        Kind::List(list) => {
            let element = model.shape(list.element);
            let texts: Vec<&str> = match member.location {
                Location::Header => texts.iter().flat_map(|text| text.split(',')).map(str::trim).collect(),
                _ => texts.to_vec(),
            };
            let elements = texts.iter().filter_map(|text| scalar::from_text(element, text, findings));
            Some(Value::Array(elements.collect()))
        }
        _ if member.json_value => {
            let text = texts.first().copied().unwrap_or_default();
            match STANDARD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok()) {
                Some(json) => Some(Value::String(json)),
                None => {
                    findings.add(Wrong::Type { value: text.to_string(), expected: "base64 text" });
                    None
                }
            }
        }
        _ => scalar::from_text(shape, texts.first().copied().unwrap_or_default(), findings),
    }
}

/// Status and headers that an output holds, and the operation's own.
pub(super) fn write_outside(
    model: &Model,
    operation: &OperationModel,
    output: &Value,
) -> Result<(u16, Vec<(String, String)>), Misfit> {
    let (mut status, mut headers) = (operation.status, Vec::new());
    let members = operation.output.map(|shape| model.members(shape)).unwrap_or_default();
    for member in members {
        let Some(value) = output.get(member.name).filter(|v| !v.is_null()) else { continue };
        let name = member.location_name.unwrap_or(member.name);
        let misfit = || Misfit { at: member.name.to_string(), what: format!("{value} fits no {:?}", member.location) };
        match member.location {
            Location::StatusCode => {
                status = value.as_u64().and_then(|n| u16::try_from(n).ok()).ok_or_else(misfit)?;
            }
            Location::Header => {
                let text = write_text(model, member, value).ok_or_else(misfit)?;
                headers.push((name.to_string(), text));
            }
            Location::Headers => {
                for (key, value) in value.as_object().ok_or_else(misfit)? {
                    headers.push((format!("{name}{key}"), value.as_str().ok_or_else(misfit)?.to_string()));
                }
            }
            Location::Body | Location::Uri | Location::QueryString => {}
        }
    }
    Ok((status, headers))
}

fn write_text(model: &Model, member: &Member, value: &Value) -> Option<String> {
    Some(match (&model.shape(member.shape).kind, value) {
        (Kind::String(_), Value::String(text)) if member.json_value => STANDARD.encode(text),
        (Kind::String(_) | Kind::Blob(_), Value::String(text)) => text.clone(),
        (Kind::Boolean, Value::Bool(yes)) => yes.to_string(),
        (Kind::Integer(_) | Kind::Long(_) | Kind::Float(_) | Kind::Double(_), Value::Number(n)) => n.to_string(),
        (Kind::Timestamp(format), Value::Number(n)) => match member.timestamp_format.or(*format) {
            Some(TimestampFormat::Iso8601) => timestamp::iso8601(n.as_i64()?),
            Some(TimestampFormat::UnixTimestamp) => n.as_i64()?.div_euclid(1000).to_string(),
            _ => timestamp::rfc822(n.as_i64()?),
        },
        (Kind::List(_), Value::Array(elements)) => {
            elements.iter().map(|e| e.as_str()).collect::<Option<Vec<_>>>()?.join(",")
        }
        _ => return None,
    })
}

/// What a path that no operation has is answered.
pub(super) fn no_such_path(model: &Model, request: &HttpRequest) -> Fault {
    // The names of others are known, their paths are not.
    Fault::unsupported(format!("{} {} of {}", request.method, request.path, model.service_id))
}

/// What stands in the payload member: the bytes as base64, or as text.
pub(super) fn raw_payload(model: &Model, member: &Member, body: &[u8], findings: &mut Findings) -> Option<Value> {
    match &model.shape(member.shape).kind {
        Kind::Blob(_) => Some(Value::String(STANDARD.encode(body))),
        _ => match std::str::from_utf8(body) {
            Ok(text) => scalar::from_text(model.shape(member.shape), text, findings),
            Err(_) => {
                findings.add(Wrong::Type { value: String::new(), expected: "text" });
                None
            }
        },
    }
}

/// The bytes of a payload that is a blob or text.
pub(super) fn write_raw_payload(model: &Model, member: &Member, value: &Value) -> Result<Vec<u8>, Misfit> {
    let misfit = || Misfit { at: member.name.to_string(), what: format!("{value} is no payload") };
    let text = value.as_str().ok_or_else(misfit)?;
    match &model.shape(member.shape).kind {
        Kind::Blob(_) => STANDARD.decode(text).map_err(|_| misfit()),
        _ => Ok(text.as_bytes().to_vec()),
    }
}

/// The member that is the whole body, if one is.
pub(super) fn payload(model: &Model, shape: ShapeId) -> Option<&Member> {
    match &model.shape(shape).kind {
        Kind::Structure(structure) => structure.member(structure.payload?),
        _ => None,
    }
}

/// Is a member's payload written as it is: no structure?
pub(super) fn is_raw(model: &Model, member: &Member) -> bool {
    matches!(model.shape(member.shape).kind, Kind::Blob(_) | Kind::String(_))
}
