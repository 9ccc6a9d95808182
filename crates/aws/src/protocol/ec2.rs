//! EC2's protocol: forms with flat lists in, XML out.

use super::form::Form;
use super::form_reader::FormReader;
use super::xml_writer::{Dialect, XmlWriter, escape, xml_answer};
use super::{Decoded, Misfit};
use crate::document::Part;
use crate::exchange::{HttpRequest, HttpResponse};
use crate::fault::Fault;
use crate::model::{Model, OperationModel};
use crate::violation::{Findings, Violation, Wrong};

/// Reads a request, judged by the model.
///
/// # Errors
/// With EC2's codes: `MissingAction`, `InvalidAction`, `UnknownParameter`, `MissingParameter`, `InvalidParameterValue`,
/// `InvalidCharacter`; `UnsupportedOperation` for an operation that Croft has not.
pub fn decode<'a>(
    model: &'a Model,
    request: &HttpRequest,
    named: &mut Option<&'static str>,
) -> Result<Decoded<'a>, Fault> {
    let form = Form::read(request)?;
    let operation = form.operation(model, named)?;
    let mut findings = Findings::default();
    let reader = FormReader { model, dialect: Dialect::Ec2 };
    let parameters = reader.input(operation, form.parameters, &mut findings);
    match worst(&findings.violations) {
        Some(violation) => Err(fault(violation)),
        None => Ok(Decoded { operation, parameters }),
    }
}

/// AWS answers one error: parameters it does not know first, then what is missing, then what is wrong.
fn worst(violations: &[Violation]) -> Option<&Violation> {
    violations.iter().min_by_key(|v| match v.what {
        Wrong::Unknown => 0,
        Wrong::Missing => 1,
        _ => 2,
    })
}

fn fault(violation: &Violation) -> Fault {
    let parameter = violation.dotted();
    match &violation.what {
        Wrong::Unknown => Fault::new("UnknownParameter", format!("The parameter {parameter} is not recognized")),
        Wrong::Missing => Fault::missing(&parameter),
        Wrong::Character => {
            Fault::new("InvalidCharacter", format!("The parameter {parameter} holds a character that is not valid"))
        }
        Wrong::Type { value, expected } => Fault::invalid_value(format!(
            "Value ({value}) for parameter {parameter} is invalid. It is not a valid {expected}."
        )),
        Wrong::NotInEnum { value, allowed } => Fault::invalid_value(format!(
            "Value ({value}) for parameter {parameter} is invalid. Valid values: {}",
            allowed.join(", ")
        )),
        Wrong::OutOfBounds { value, min, max, length } => Fault::invalid_value(format!(
            "Value ( {value} ) for parameter {parameter} is invalid. Expecting a {} {}",
            if *length { "length" } else { "value" },
            match (min, max) {
                (Some(min), Some(max)) => format!("between {min} and {max}"),
                (Some(min), None) => format!("greater or equal to {min}"),
                (None, max) => format!("less or equal to {}", max.unwrap_or_default()),
            }
        )),
        Wrong::Pattern { value, pattern } => Fault::invalid_value(format!(
            "Value ({value}) for parameter {parameter} is invalid. It must match {pattern}"
        )),
    }
}

/// Writes an answer.
pub fn encode(
    model: &Model,
    operation: &OperationModel,
    output: Part<'_>,
    request_id: &str,
) -> Result<HttpResponse, Misfit> {
    let mut xml = XmlWriter::new(model, Dialect::Ec2);
    let name = operation.name;
    xml.raw(&format!(
        "<{name}Response xmlns=\"{}\"><requestId>{}</requestId>",
        model.xml_namespace,
        escape(request_id)
    ));
    match operation.output {
        Some(shape) => xml.members(shape, output)?,
        // AWS says so where the model has no answer.
        None => xml.raw("<return>true</return>"),
    }
    xml.raw(&format!("</{name}Response>"));
    Ok(xml_answer(operation.status, xml.finish()))
}

/// Writes a refusal.
pub fn encode_fault(fault: &Fault, status: u16, request_id: &str) -> HttpResponse {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>{}</Code><Message>{}</Message></Error></Errors><RequestID>{}</RequestID></Response>",
        escape(&fault.code),
        escape(&fault.message),
        escape(request_id)
    );
    xml_answer(status, body)
}
