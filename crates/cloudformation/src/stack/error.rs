//! Why a stack did not come to what was asked for.

use crate::language::diagnostic::Diagnostics;
use croft_control::Error;

/// What went wrong, and how the stack was left.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StackError {
    /// Nothing was made.
    #[error("{0}")]
    Template(Diagnostics),
    /// The name is none. Nothing was made.
    #[error(
        "{name:?} cannot be the name of a stack: it begins with a letter and has letters, digits and dashes, at most 128; give another one"
    )]
    Name { name: String },
    /// There is no such stack.
    #[error("there is no stack {name}; {advice}")]
    NotFound { name: String, advice: String },
    /// A step failed, and what had been done was undone.
    #[error("{failures}\nthe stack {name} was rolled back ({status})")]
    RolledBack { name: String, failures: Diagnostics, status: &'static str },
    /// A step failed, and so did undoing what had been done.
    #[error(
        "{failures}\nthe stack {name} could not be rolled back wholly ({status}): {remains}; remove what holds it and delete the stack"
    )]
    Stuck { name: String, failures: Diagnostics, status: &'static str, remains: String },
    /// Some resources could not be deleted.
    #[error(
        "the stack {name} could not be deleted wholly (DELETE_FAILED): {remains}; remove what holds it and delete the stack again"
    )]
    NotDeleted { name: String, remains: String },
    /// The record could not be written.
    #[error("the record of the stack could not be written: {0}")]
    Record(#[from] Error),
}

impl From<Diagnostics> for StackError {
    fn from(diagnostics: Diagnostics) -> StackError {
        StackError::Template(diagnostics)
    }
}
