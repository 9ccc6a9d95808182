//! How a command ends when it does not succeed.

use croft_daemon::error::Error;

/// Exit code of a question that was answered with no.
pub const NO: u8 = 1;
/// Exit code of an error.
pub const ERROR: u8 = 2;
/// Exit code of `reach` when prediction and probe disagree.
pub const DISAGREE: u8 = 3;

/// An error as the user sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// AWS's code, where AWS has one.
    pub code: Option<String>,
    pub message: String,
}

impl Failure {
    pub fn new(message: impl Into<String>) -> Failure {
        Failure { code: None, message: message.into() }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        let failure = error.failure();
        Failure { code: failure.code, message: failure.message }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        Failure::new(error.to_string())
    }
}
