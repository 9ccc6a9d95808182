//! Why a service or client ended, and the exit code that tells it.

use std::{fmt, io};

/// See [`USAGE`](super::USAGE) for the exit codes.
#[derive(Debug)]
pub(super) enum Failure {
    Status { url: String, status: u16 },
    Usage(String),
    Refused { target: String },
    TimedOut { target: String },
    Unreachable { target: String, reason: String },
    Unresolved { host: String, reason: String },
    Broken { target: String, reason: String },
    Listen { port: u16, reason: String },
}

impl Failure {
    pub(super) fn exit_code(&self) -> i32 {
        match self {
            Self::Status { .. } => 1,
            Self::Usage(_) => 2,
            Self::Refused { .. } => 3,
            Self::TimedOut { .. } => 4,
            Self::Unreachable { .. } => 5,
            Self::Unresolved { .. } => 6,
            Self::Broken { .. } => 7,
            Self::Listen { .. } => 8,
        }
    }

    /// The failure that an error of a socket means. A timeout of a read is `WouldBlock` to the library.
    pub(super) fn of(error: &io::Error, target: String) -> Self {
        let reason = error.to_string();
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused { target },
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Self::TimedOut { target },
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown => {
                Self::Unreachable { target, reason }
            }
            _ => Self::Broken { target, reason },
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status { url, status } => write!(f, "{url}: answered with status {status}"),
            Self::Usage(reason) => write!(f, "{reason}\n{}", super::USAGE),
            Self::Refused { target } => write!(f, "{target}: refused"),
            Self::TimedOut { target } => write!(f, "{target}: no answer in time"),
            Self::Unreachable { target, reason } => write!(f, "{target}: unreachable: {reason}"),
            Self::Unresolved { host, reason } => write!(f, "{host}: no such name: {reason}"),
            Self::Broken { target, reason } => write!(f, "{target}: {reason}"),
            Self::Listen { port, reason } => write!(f, "port {port} cannot be listened on: {reason}"),
        }
    }
}
