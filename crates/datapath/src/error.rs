//! What can go wrong on the host, with the values in it and what to do next.

use std::{io, path::PathBuf};

/// An error of the fabric.
#[derive(Debug, thiserror::Error)]
pub enum FabricError {
    /// A system call failed; `what` says which and on what.
    #[error("{what}: {error}. Run `croft doctor` to see what this machine allows")]
    System { what: String, error: io::Error },
    /// The kernel refused a netlink request.
    #[error("the kernel refused to {what}: {error}")]
    Netlink { what: String, error: io::Error },
    /// Netlink answered with something that cannot be read.
    #[error("netlink answered {what} with a message that cannot be read: {detail}")]
    NetlinkAnswer { what: String, detail: String },
    /// A bpf system call failed.
    #[error("bpf {call} on {object}: {error}. Run `croft doctor` to see what this machine allows")]
    Bpf { call: &'static str, object: String, error: io::Error },
    /// The embedded program does not load.
    #[error("the packet program does not load: {0}. Run `croft doctor` to see what this machine allows")]
    Program(String),
    /// A name or value in the options or a specification that cannot be used.
    #[error("{what} {value:?} cannot be used: {why}")]
    Invalid { what: &'static str, value: String, why: &'static str },
    /// Another process owns this fabric.
    #[error("the fabric in {0} is owned by another process; end that one first")]
    Owned(PathBuf),
    /// The fabric was made by another version whose tables are laid out differently.
    #[error(
        "the fabric in {run_dir} has the layout {found}, this program has {expected}: \
         remove it with the version that made it, or with `croft doctor --clean` when its owner is gone"
    )]
    Layout { run_dir: PathBuf, found: String, expected: String },
    /// There is no namespace of that name; `ensure_namespace` makes one.
    #[error("there is no namespace {0:?} in this fabric")]
    NoNamespace(String),
    /// There is no interface of that name.
    #[error("there is no interface {0:?} in this fabric")]
    NoInterface(String),
    /// The kernel numbers devices ever onwards, and tables have room for `MAX_PORT` numbers.
    #[error("no number is left for the interface {0:?}: this fabric has made all it can; remove it and make it anew")]
    NoPortLeft(String),
    /// A table has no room for what policy wants in it.
    #[error("the table {table} holds at most {capacity} entries and {wanted} are needed")]
    TableTooSmall { table: &'static str, capacity: u32, wanted: usize },
    /// A table's entries have another size than this program expects.
    #[error(
        "the table {table} has keys of {key} and values of {value} bytes, this program expects {expected_key} and {expected_value}"
    )]
    TableShape { table: String, key: u32, value: u32, expected_key: usize, expected_value: usize },
    /// The internet's services ended as soon as they were started.
    #[error("the internet's services ended at once; {0} says why")]
    Services(PathBuf),
    /// Code that was run in a namespace panicked.
    #[error("the code that ran in the namespace {0} panicked")]
    Panicked(PathBuf),
}

impl FabricError {
    /// Whether the system said that the thing is not there.
    pub(crate) fn is_not_found(&self) -> bool {
        let (FabricError::System { error, .. } | FabricError::Netlink { error, .. } | FabricError::Bpf { error, .. }) =
            self
        else {
            return false;
        };
        matches!(error.raw_os_error(), Some(libc::ENOENT | libc::ENODEV | libc::ESRCH | libc::EADDRNOTAVAIL))
    }
}

/// Says what was being done when a system call failed.
pub(crate) trait Doing<T> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, FabricError>;
}

impl<T> Doing<T> for Result<T, io::Error> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, FabricError> {
        self.map_err(|error| FabricError::System { what: what(), error })
    }
}

impl<T> Doing<T> for Result<T, nix::Error> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, FabricError> {
        self.map_err(|e| FabricError::System { what: what(), error: e.into() })
    }
}
