//! The rest-json protocol: the operation in method and path, JSON bodies.

use super::json_value::Json;
use super::rest::{is_raw, no_such_path, payload, raw_payload, read_outside, route, write_outside, write_raw_payload};
use super::{Decoded, Misfit, json, validation};
use crate::exchange::{HttpRequest, HttpResponse};
use crate::fault::Fault;
use crate::model::{Location, Model, OperationModel};
use crate::violation::Findings;
use serde_json::{Map, Value, json};

/// Reads a request, judged by the model.
///
/// # Errors
/// `SerializationException`, `ValidationException`; `UnsupportedOperation` for a path that belongs to no operation that
/// Croft has.
pub fn decode<'a>(
    model: &'a Model,
    request: &HttpRequest,
    named: &mut Option<&'static str>,
) -> Result<Decoded<'a>, Fault> {
    let routed = route(model, request).ok_or_else(|| no_such_path(model, request))?;
    let operation = routed.operation;
    *named = Some(operation.name);
    let Some(input) = operation.input else { return Ok(Decoded { operation, parameters: Value::Object(Map::new()) }) };
    let mut findings = Findings::default();
    let mut parameters = read_outside(model, &routed, input, request, &mut findings);
    let json = Json { model, located: true };
    match payload(model, input) {
        Some(member) if is_raw(model, member) => {
            let value = raw_payload(model, member, &request.body, &mut findings);
            parameters.extend(value.map(|value| (member.name.to_string(), value)));
        }
        Some(member) => {
            let fields = Value::Object(json::body(&request.body)?);
            let value = json.read(member.shape, fields, &mut findings);
            parameters.extend(value.map(|value| (member.name.to_string(), value)));
        }
        None => {
            let fields = json::body(&request.body)?;
            parameters.extend(json.read_members(input, fields, |m| m.location == Location::Body, &mut findings));
        }
    }
    match validation::fault(&findings.violations, "ValidationException", "ValidationException") {
        Some(fault) => Err(fault),
        None => Ok(Decoded { operation, parameters: Value::Object(parameters) }),
    }
}

/// Writes an answer.
pub fn encode(
    model: &Model,
    operation: &OperationModel,
    output: &Value,
    request_id: &str,
) -> Result<HttpResponse, Misfit> {
    let (status, headers) = write_outside(model, operation, output)?;
    let json = Json { model, located: true };
    let body = match operation.output.map(|shape| (shape, payload(model, shape))) {
        None => Vec::new(),
        Some((_, Some(member))) => match &output[member.name] {
            Value::Null => Vec::new(),
            value if is_raw(model, member) => write_raw_payload(model, member, value)?,
            value => Value::Object(json.write_members(member.shape, value, |_| true)?).to_string().into_bytes(),
        },
        Some((shape, None)) => {
            let fields = json.write_members(shape, output, |m| m.location == Location::Body)?;
            Value::Object(fields).to_string().into_bytes()
        }
    };
    Ok(answer(status, headers, body, request_id))
}

/// Writes a refusal.
pub fn encode_fault(model: Option<&Model>, fault: &Fault, status: u16, request_id: &str) -> HttpResponse {
    let kind = json::error_type(model, fault);
    let side = if status < 500 { "User" } else { "Service" };
    let body = json!({"Type": side, "Message": fault.message, "message": fault.message}).to_string();
    answer(status, vec![("x-amzn-ErrorType".into(), kind.to_string())], body.into_bytes(), request_id)
}

fn answer(status: u16, mut headers: Vec<(String, String)>, body: Vec<u8>, request_id: &str) -> HttpResponse {
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
        headers.push(("Content-Type".into(), "application/json".into()));
    }
    headers.push(("x-amzn-RequestId".into(), request_id.to_string()));
    HttpResponse { status, headers, body }
}
