//! The query protocol: forms with `.member.` lists in, XML in a `…Result` out.

use super::form::Form;
use super::form_reader::FormReader;
use super::xml_writer::{Dialect, XmlWriter, escape, xml_answer};
use super::{Decoded, Misfit, validation};
use crate::document::Part;
use crate::exchange::{HttpRequest, HttpResponse};
use crate::fault::Fault;
use crate::model::{Model, OperationModel};
use crate::violation::Findings;

/// Reads a request, judged by the model.
///
/// # Errors
/// `MissingAction`, `InvalidAction`, `InvalidQueryParameter` for what the model does not know, `ValidationError`;
/// `UnsupportedOperation` for an operation that Croft has not.
pub fn decode<'a>(
    model: &'a Model,
    request: &HttpRequest,
    named: &mut Option<&'static str>,
) -> Result<Decoded<'a>, Fault> {
    let form = Form::read(request)?;
    let operation = form.operation(model, named)?;
    let mut findings = Findings::default();
    let reader = FormReader { model, dialect: Dialect::Query };
    let parameters = reader.input(operation, form.parameters, &mut findings);
    match validation::fault(&findings.violations, "InvalidQueryParameter", "ValidationError") {
        Some(fault) => Err(fault),
        None => Ok(Decoded { operation, parameters }),
    }
}

/// Writes an answer.
pub fn encode(
    model: &Model,
    operation: &OperationModel,
    output: Part<'_>,
    request_id: &str,
) -> Result<HttpResponse, Misfit> {
    let mut xml = XmlWriter::new(model, Dialect::Query);
    let name = operation.name;
    xml.raw(&format!("<{name}Response xmlns=\"{}\">", model.xml_namespace));
    if let Some(shape) = operation.output {
        xml.raw(&format!("<{name}Result>"));
        xml.members(shape, output)?;
        xml.raw(&format!("</{name}Result>"));
    }
    let request_id = escape(request_id);
    xml.raw(&format!("<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{name}Response>"));
    Ok(xml_answer(operation.status, xml.finish()))
}

/// Writes a refusal.
pub fn encode_fault(model: Option<&Model>, fault: &Fault, status: u16, request_id: &str) -> HttpResponse {
    let known = model.and_then(|m| m.error(&fault.code));
    let sender = known.map_or(status < 500, |error| error.sender);
    let namespace = model.map(|m| format!(" xmlns=\"{}\"", m.xml_namespace)).unwrap_or_default();
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ErrorResponse{namespace}><Error><Type>{}</Type><Code>{}</Code><Message>{}</Message></Error><RequestId>{}</RequestId></ErrorResponse>",
        if sender { "Sender" } else { "Receiver" },
        escape(&fault.code),
        escape(&fault.message),
        escape(request_id)
    );
    xml_answer(status, body)
}
