//! Why something was not done with a stack, in AWS's words and codes.

use crate::language::diagnostic::Diagnostics;
use croft_control::Error;
use croft_model::stack::Status;

/// What went wrong, and how the stack was left.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StackError {
    /// The template is wrong, or its parameters are. Nothing was made.
    #[error("{0}")]
    Template(Diagnostics),
    /// Refused before anything was done.
    #[error("{message}")]
    Refused {
        /// AWS's, such as `AlreadyExistsException`.
        code: &'static str,
        message: String,
    },
    /// A step failed; the stack was rolled back, or left as it was where that was asked for.
    #[error("{failures}\nthe stack {name} ended as {status}")]
    Failed { name: String, failures: Diagnostics, status: Status },
    /// A step failed, and so did undoing what had been done, or deleting.
    #[error(
        "{failures}\nthe stack {name} ended as {status}: {remains}; remove what holds it and delete the stack, or go on with its rollback"
    )]
    Stuck { name: String, failures: Diagnostics, status: Status, remains: String },
    /// The record could not be written, or whoever holds the cloud refused it.
    #[error("the record of the stack could not be written: {0}")]
    Record(#[from] Error),
}

impl StackError {
    pub(super) fn refused(code: &'static str, message: impl Into<String>) -> StackError {
        StackError::Refused { code, message: message.into() }
    }

    /// AWS's `ValidationError`.
    pub(super) fn invalid(message: impl Into<String>) -> StackError {
        StackError::refused("ValidationError", message)
    }

    /// AWS's code.
    pub fn code(&self) -> &'static str {
        match self {
            StackError::Template(_) => "ValidationError",
            StackError::Refused { code, .. } => code,
            StackError::Failed { .. } | StackError::Stuck { .. } => "StackFailed",
            StackError::Record(error) => error.code,
        }
    }
}

impl From<Diagnostics> for StackError {
    fn from(diagnostics: Diagnostics) -> StackError {
        StackError::Template(diagnostics)
    }
}
