//! The JSON protocol: the operation in `X-Amz-Target`, JSON both ways.

use super::json_value::Json;
use super::{Decoded, Misfit, validation};
use crate::exchange::{HttpRequest, HttpResponse};
use crate::fault::Fault;
use crate::model::{Model, OperationModel};
use crate::violation::Findings;
use serde_json::{Map, Value, json};

/// Reads a request, judged by the model.
///
/// # Errors
/// `UnknownOperationException`, `SerializationException`, `ValidationException`; `UnsupportedOperation` for an operation
/// that Croft has not.
pub fn decode<'a>(
    model: &'a Model,
    request: &HttpRequest,
    named: &mut Option<&'static str>,
) -> Result<Decoded<'a>, Fault> {
    let name = request.header("x-amz-target").and_then(|target| target.rsplit_once('.')).map(|(_, name)| name);
    let operation = match name.map(|name| (name, model.operation(name))) {
        Some((_, Some(operation))) => operation,
        Some((name, None)) => {
            *named = model.other(name);
            return Err(match *named {
                Some(_) => Fault::unsupported(format!("{}:{name}", model.signing_name)),
                None => Fault::new("UnknownOperationException", ""),
            });
        }
        None => return Err(Fault::new("UnknownOperationException", "")),
    };
    *named = Some(operation.name);
    let mut findings = Findings::default();
    let json = Json { model, located: false };
    let fields = body(&request.body)?;
    let parameters = match operation.input {
        Some(input) => json.read_members(input, fields, |_| true, &mut findings),
        None => Map::new(),
    };
    match validation::fault(&findings.violations, "ValidationException", "ValidationException") {
        Some(fault) => Err(fault),
        None => Ok(Decoded { operation, parameters: Value::Object(parameters) }),
    }
}

/// A body that holds a JSON object, or nothing.
pub(super) fn body(bytes: &[u8]) -> Result<Map<String, Value>, Fault> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Map::new());
    }
    serde_json::from_slice(bytes).map_err(|e| Fault::new("SerializationException", e.to_string()))
}

/// Writes an answer.
pub fn encode(
    model: &Model,
    operation: &OperationModel,
    output: &Value,
    version: &str,
    request_id: &str,
) -> Result<HttpResponse, Misfit> {
    let json = Json { model, located: false };
    let body = match operation.output {
        Some(shape) => Value::Object(json.write_members(shape, output, |_| true)?).to_string(),
        None => "{}".to_string(),
    };
    Ok(answer(operation.status, version, body, request_id))
}

/// Writes a refusal.
pub fn encode_fault(
    model: Option<&Model>,
    fault: &Fault,
    status: u16,
    version: &str,
    request_id: &str,
) -> HttpResponse {
    let body = json!({"__type": error_type(model, fault), "message": fault.message}).to_string();
    answer(status, version, body, request_id)
}

/// What an error is called in JSON: its shape's name where the model has one.
pub(super) fn error_type<'a>(model: Option<&Model>, fault: &'a Fault) -> &'a str {
    model.and_then(|m| m.error(&fault.code)).map_or(&fault.code, |error| error.shape)
}

fn answer(status: u16, version: &str, body: String, request_id: &str) -> HttpResponse {
    let headers = vec![
        ("Content-Type".into(), format!("application/x-amz-json-{version}")),
        ("x-amzn-RequestId".into(), request_id.to_string()),
    ];
    HttpResponse { status, headers, body: body.into_bytes() }
}
