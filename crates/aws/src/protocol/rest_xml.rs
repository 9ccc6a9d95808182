//! The rest-xml protocol: the operation in method and path, XML bodies.

use super::rest::{is_raw, no_such_path, payload, raw_payload, read_outside, route, write_outside, write_raw_payload};
use super::xml_reader::XmlReader;
use super::xml_writer::{Dialect, XmlWriter, escape};
use super::{Decoded, Misfit, validation};
use crate::document::Part;
use crate::exchange::{HttpRequest, HttpResponse};
use crate::fault::Fault;
use crate::model::{Location, Model, OperationModel};
use crate::violation::Findings;
use serde_json::{Map, Value};

/// Reads a request, judged by the model.
///
/// # Errors
/// `MalformedXML`, `InvalidInput`; `UnsupportedOperation` for a path that belongs to no operation that Croft has.
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
    let reader = XmlReader { model };
    let in_body = model.members(input).iter().any(|m| m.location == Location::Body);
    match payload(model, input) {
        Some(member) if is_raw(model, member) => {
            let value = raw_payload(model, member, &request.body, &mut findings);
            parameters.extend(value.map(|value| (member.name.to_string(), value)));
        }
        Some(member) => {
            let value = reader.read(&request.body, member.shape, |_| true, &mut findings)?;
            parameters.extend(value.map(|value| (member.name.to_string(), Value::Object(value))));
        }
        None if in_body => {
            let value = reader.read(&request.body, input, |m| m.location == Location::Body, &mut findings)?;
            parameters.extend(value.unwrap_or_default());
        }
        None => {}
    }
    match validation::fault(&findings.violations, "MalformedXML", "InvalidInput") {
        Some(fault) => Err(fault),
        None => Ok(Decoded { operation, parameters: Value::Object(parameters) }),
    }
}

/// Writes an answer.
pub fn encode(
    model: &Model,
    operation: &OperationModel,
    output: Part<'_>,
    request_id: &str,
) -> Result<HttpResponse, Misfit> {
    let (status, headers) = write_outside(model, operation, &output.value())?;
    let mut xml = XmlWriter::new(model, Dialect::Rest);
    let body = match operation.output.map(|shape| (shape, payload(model, shape))) {
        None => Vec::new(),
        Some((_, Some(member))) => match output.get(member.name).filter(|part| !part.is_null()) {
            None => Vec::new(),
            Some(part) if is_raw(model, member) => write_raw_payload(model, member, &part.value())?,
            Some(part) => {
                let name = member.location_name.unwrap_or(model.shape(member.shape).name);
                xml.element(name, member.shape, Some(member), part)?;
                xml.finish().into_bytes()
            }
        },
        Some((shape, None)) => {
            let name = model.shape(shape).name;
            xml.raw(&format!("<{name}{}>", namespace(model)));
            xml.members(shape, output)?;
            xml.raw(&format!("</{name}>"));
            xml.finish().into_bytes()
        }
    };
    Ok(answer(status, headers, body, request_id))
}

/// Writes a refusal.
pub fn encode_fault(model: Option<&Model>, fault: &Fault, status: u16, request_id: &str) -> HttpResponse {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ErrorResponse{}><Error><Type>{}</Type><Code>{}</Code><Message>{}</Message></Error><RequestId>{}</RequestId></ErrorResponse>",
        model.map(namespace).unwrap_or_default(),
        if status < 500 { "Sender" } else { "Receiver" },
        escape(&fault.code),
        escape(&fault.message),
        escape(request_id)
    );
    answer(status, Vec::new(), body.into_bytes(), request_id)
}

fn namespace(model: &Model) -> String {
    match model.xml_namespace {
        "" => String::new(),
        uri => format!(" xmlns=\"{uri}\""),
    }
}

fn answer(status: u16, mut headers: Vec<(String, String)>, body: Vec<u8>, request_id: &str) -> HttpResponse {
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
        headers.push(("Content-Type".into(), "text/xml".into()));
    }
    headers.push(("x-amzn-RequestId".into(), request_id.to_string()));
    HttpResponse { status, headers, body }
}
