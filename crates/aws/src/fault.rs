//! Errors as they go over the wire.

use crate::model::Model;
use croft_model::MalformedId;
use std::borrow::Cow;

/// A refusal with AWS's code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Fault {
    pub code: Cow<'static, str>,
    pub message: String,
}

impl Fault {
    pub fn new(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Fault {
        Fault { code: code.into(), message: message.into() }
    }

    /// What AWS has and Croft has not. Never a made-up success.
    pub fn unsupported(what: impl std::fmt::Display) -> Fault {
        Fault::new("UnsupportedOperation", format!("{what} is not supported by Croft."))
    }

    pub fn invalid_value(message: impl Into<String>) -> Fault {
        Fault::new("InvalidParameterValue", message)
    }

    pub fn invalid_combination(message: impl Into<String>) -> Fault {
        Fault::new("InvalidParameterCombination", message)
    }

    /// `parameter` as it is written in a request.
    pub fn missing(parameter: &str) -> Fault {
        Fault::new("MissingParameter", format!("The request must contain the parameter {parameter}"))
    }

    /// Croft's own mistake.
    pub fn internal(what: impl std::fmt::Display) -> Fault {
        Fault::new("InternalError", format!("An internal error has occurred: {what}"))
    }

    /// The HTTP status: what the model says of the code, else what EC2 answers.
    pub fn status(&self, model: Option<&Model>) -> u16 {
        if let Some(error) = model.and_then(|m| m.error(&self.code)) {
            return error.status;
        }
        match &*self.code {
            "InternalError" | "InternalFailure" => 500,
            "Unavailable" | "ServiceUnavailable" | "RequestLimitExceeded" => 503,
            "DryRunOperation" => 412,
            "AuthFailure" => 401,
            "AccessDenied"
            | "AccessDeniedException"
            | "ExpiredToken"
            | "ExpiredTokenException"
            | "InvalidClientTokenId"
            | "InvalidSignatureException"
            | "MissingAuthenticationToken"
            | "MissingAuthenticationTokenException"
            | "OptInRequired"
            | "SignatureDoesNotMatch"
            | "UnauthorizedOperation"
            | "UnrecognizedClientException" => 403,
            _ => 400,
        }
    }
}

impl From<croft_control::Error> for Fault {
    fn from(error: croft_control::Error) -> Fault {
        Fault::new(error.code, error.message)
    }
}

impl From<MalformedId> for Fault {
    fn from(error: MalformedId) -> Fault {
        croft_control::Error::from(error).into()
    }
}
