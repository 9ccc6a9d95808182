//! The wire: requests into values by the model, values into answers by the model. Nothing outside this folder sees a
//! form, an element or a header.
//!
//! A decoded request is a [`serde_json::Value`] whose keys are the model's member names: booleans, integers and floats
//! as JSON has them, timestamps as integer milliseconds since 1970, blobs as base64 text. It has been judged by the
//! model: what is required is there, and types, enumerations, lengths, ranges and patterns hold. An answer is a
//! [`Document`] of the same kinds; a member that the model does not know is an internal error.

mod ec2;
mod form;
mod form_reader;
mod intent;
mod json;
mod json_value;
mod query;
mod rest;
mod rest_json;
mod rest_xml;
mod validation;
mod xml_reader;
mod xml_writer;

#[cfg(test)]
mod tests;

pub use intent::only_reads;

use crate::document::Document;
use crate::exchange::{HttpRequest, HttpResponse};
use crate::fault::Fault;
use crate::model::{Model, OperationModel, Protocol};
use serde_json::Value;

/// A request of an operation that the model knows.
#[derive(Debug)]
pub struct Decoded<'a> {
    pub operation: &'a OperationModel,
    pub parameters: Value,
}

/// An answer does not fit the model: Croft's own mistake.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the answer does not fit the model at {at}: {what}")]
pub struct Misfit {
    pub at: String,
    pub what: String,
}

/// Reads a request by the protocol of its service. The operation is named as soon as it is known, also of a request that
/// is then refused.
///
/// # Errors
/// The protocol's codes for a request that the model does not allow.
pub fn decode<'a>(
    model: &'a Model,
    request: &HttpRequest,
    named: &mut Option<&'static str>,
) -> Result<Decoded<'a>, Fault> {
    match model.protocol {
        Protocol::Ec2 => ec2::decode(model, request, named),
        Protocol::Query => query::decode(model, request, named),
        Protocol::Json { .. } => json::decode(model, request, named),
        Protocol::RestJson => rest_json::decode(model, request, named),
        Protocol::RestXml => rest_xml::decode(model, request, named),
    }
}

/// Writes an answer by the protocol of its service.
///
/// # Errors
/// The output is not what the model says.
pub fn encode(
    model: &Model,
    operation: &OperationModel,
    output: &Document,
    request_id: &str,
) -> Result<HttpResponse, Misfit> {
    match model.protocol {
        Protocol::Ec2 => ec2::encode(model, operation, output.root(), request_id),
        Protocol::Query => query::encode(model, operation, output.root(), request_id),
        Protocol::Json { version } => json::encode(model, operation, &output.root().value(), version, request_id),
        Protocol::RestJson => rest_json::encode(model, operation, &output.root().value(), request_id),
        Protocol::RestXml => rest_xml::encode(model, operation, output.root(), request_id),
    }
}

/// Writes a refusal by the protocol of its service.
pub fn encode_fault(model: &Model, fault: &Fault, request_id: &str) -> HttpResponse {
    let status = fault.status(Some(model));
    match model.protocol {
        Protocol::Ec2 => ec2::encode_fault(fault, status, request_id),
        Protocol::Query => query::encode_fault(Some(model), fault, status, request_id),
        Protocol::Json { version } => json::encode_fault(Some(model), fault, status, version, request_id),
        Protocol::RestJson => rest_json::encode_fault(Some(model), fault, status, request_id),
        Protocol::RestXml => rest_xml::encode_fault(Some(model), fault, status, request_id),
    }
}

/// Writes a refusal to a request of a service that Croft has no model of, in the form that the request has itself, so
/// that its client can read it.
pub fn encode_fault_of_unknown(
    request: &HttpRequest,
    service: Option<&str>,
    fault: &Fault,
    request_id: &str,
) -> HttpResponse {
    let status = fault.status(None);
    let content = request.header("content-type").unwrap_or_default();
    if request.header("x-amz-target").is_some() {
        let version = if content.ends_with("1.0") { "1.0" } else { "1.1" };
        return json::encode_fault(None, fault, status, version, request_id);
    }
    let form = content.starts_with("application/x-www-form-urlencoded");
    match service {
        _ if form || request.query.contains("Action=") => query::encode_fault(None, fault, status, request_id),
        Some("s3" | "route53" | "cloudfront") => rest_xml::encode_fault(None, fault, status, request_id),
        Some(_) => rest_json::encode_fault(None, fault, status, request_id),
        None => ec2::encode_fault(fault, status, request_id),
    }
}

/// The operation that a target or a form names, of whatever service.
pub fn named(request: &HttpRequest) -> Option<String> {
    match request.header("x-amz-target").and_then(|target| target.rsplit_once('.')) {
        Some((_, operation)) => Some(operation.to_string()),
        None => form::Form::read(request).ok()?.action,
    }
}

/// The version of the API that a form names: with it services can be told apart.
pub fn version(request: &HttpRequest) -> Option<String> {
    form::Form::read(request).ok()?.version
}
