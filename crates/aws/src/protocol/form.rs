//! Forms: `A=1&B.1.C=2` as a tree of names.

use crate::exchange::HttpRequest;
use crate::fault::Fault;
use crate::model::{Model, OperationModel, Protocol};
use std::collections::BTreeMap;

/// A request as a form: in its body, in its query, or in both.
#[derive(Debug)]
pub(super) struct Form {
    pub action: Option<String>,
    pub version: Option<String>,
    pub parameters: Node,
}

/// What belongs to the signature of an address that carries it, and to no operation.
const OF_THE_SIGNATURE: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
    "X-Amz-Security-Token",
];

impl Form {
    /// # Errors
    /// `MalformedQueryString`, `UnknownParameter` for names nested beyond reason, `InvalidParameterValue` for a name
    /// given twice.
    pub fn read(request: &HttpRequest) -> Result<Form, Fault> {
        let mut parameters = Node::default();
        parameters.parse(request.query.as_bytes())?;
        parameters.parse(&request.body)?;
        for name in OF_THE_SIGNATURE {
            parameters.take(name);
        }
        Ok(Form { action: parameters.take("Action"), version: parameters.take("Version"), parameters })
    }

    /// The operation that the form asks for, named as soon as it is known.
    ///
    /// # Errors
    /// `MissingAction`, `InvalidAction`; `UnsupportedOperation` for an operation that Croft has not.
    pub fn operation<'a>(
        &self,
        model: &'a Model,
        named: &mut Option<&'static str>,
    ) -> Result<&'a OperationModel, Fault> {
        let missing = || Fault::new("MissingAction", "The request is missing an action");
        let action = self.action.as_ref().ok_or_else(missing)?;
        if let Some(operation) = model.operation(action) {
            *named = Some(operation.name);
            return Ok(operation);
        }
        *named = model.other(action);
        Err(match (*named, model.protocol) {
            (Some(_), _) => Fault::unsupported(format!("{}:{action}", model.signing_name)),
            (None, Protocol::Ec2) => {
                Fault::new("InvalidAction", format!("The action {action} is not valid for this web service."))
            }
            (None, _) => {
                let message = format!("Could not find operation {action} for version {}", model.api_version);
                Fault::new("InvalidAction", message)
            }
        })
    }
}

/// What stands under one name.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub value: Option<String>,
    pub below: BTreeMap<String, Node>,
}

/// No request of AWS's nests deeper.
const DEEPEST: usize = 24;

impl Node {
    /// Adds the body of a form or the query of an address.
    fn parse(&mut self, text: &[u8]) -> Result<(), Fault> {
        for pair in text.split(|b| *b == b'&').filter(|pair| !pair.is_empty()) {
            let at = pair.iter().position(|b| *b == b'=').unwrap_or(pair.len());
            let key = unescape(&pair[..at])?;
            let value = unescape(pair.get(at + 1..).unwrap_or_default())?;
            if key.split('.').count() > DEEPEST {
                return Err(Fault::new("UnknownParameter", format!("The parameter {key} is not recognized")));
            }
            let mut node = &mut *self;
            for name in key.split('.') {
                node = node.below.entry(name.to_string()).or_default();
            }
            if node.value.replace(value).is_some() {
                return Err(Fault::invalid_value(format!("The parameter {key} is given more than once")));
            }
        }
        Ok(())
    }

    /// The value of a name at the top, such as `Action`.
    fn take(&mut self, name: &str) -> Option<String> {
        self.below.remove(name)?.value
    }

    /// The elements of a list by their number, in order. None if a name among them is no number.
    pub fn elements(self) -> Option<Vec<(usize, Node)>> {
        let elements = self.below.into_iter().map(|(name, node)| Some((number(&name)?, node)));
        let mut elements: Vec<(usize, Node)> = elements.collect::<Option<_>>()?;
        elements.sort_by_key(|(n, _)| *n);
        Some(elements)
    }
}

fn number(name: &str) -> Option<usize> {
    (name.bytes().all(|b| b.is_ascii_digit()) && name.len() < 10).then(|| name.parse().ok())?
}

/// `%41+B` as `A B`.
fn unescape(text: &[u8]) -> Result<String, Fault> {
    let malformed = || Fault::new("MalformedQueryString", "The query string contains a syntax error");
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || bytes.next().and_then(|b| char::from(*b).to_digit(16)).ok_or_else(malformed);
                (digit()? * 16 + digit()?) as u8
            }
            other => *other,
        });
    }
    String::from_utf8(out).map_err(|_| malformed())
}
