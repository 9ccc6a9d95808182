//! What can go wrong, with the values in it and what to do next.

use std::{io, path::PathBuf};

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A [`Spec`](crate::Spec) that cannot be run.
    #[error("workload {name}: {field} {value:?} is not usable: {reason}")]
    Invalid { name: String, field: &'static str, value: String, reason: String },
    /// A step failed that the machine should allow.
    #[error("{action}: {source}; `croft doctor` lists what this machine allows")]
    Step { action: String, source: io::Error },
    /// A file of the workload's directory does not hold what Croft writes there.
    #[error("{path} is not readable as {what}: {reason}; remove the workload and start it again")]
    Corrupt { path: PathBuf, what: &'static str, reason: String },
    /// The supervisor refused or failed to bring the workload up.
    #[error("workload {name} did not start: {reason}")]
    NotStarted { name: String, reason: String },
    /// Another supervisor holds the directory.
    #[error("workload in {dir} already runs; stop it first, or adopt it")]
    AlreadyRunning { dir: PathBuf },
    /// The workload does not run.
    #[error("workload {name} is not running ({status}); start it first")]
    NotRunning { name: String, status: String },
    /// The kernel did not let go of a process that was killed.
    #[error(
        "workload {name} (process {pid}) still lives {seconds} s after SIGKILL; look for a process in uninterruptible sleep"
    )]
    WillNotDie { name: String, pid: i32, seconds: u64 },
}

/// Adds to an I/O error what was being done.
pub(crate) trait During<T> {
    /// Wraps the error as [`Error::Step`] with `action`, a phrase such as `mount /proc`.
    fn during(self, action: impl FnOnce() -> String) -> Result<T, Error>;
}

impl<T, E: Into<io::Error>> During<T> for Result<T, E> {
    fn during(self, action: impl FnOnce() -> String) -> Result<T, Error> {
        self.map_err(|source| Error::Step { action: action(), source: source.into() })
    }
}
