//! What can go wrong, in sentences that say what to do next.

use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: std::io::Error },
    #[error("a daemon (process {pid}) already holds {}: use it, or end it with `croft stop --state {}`", state.display(), state.display())]
    AlreadyHeld { state: PathBuf, pid: String },
    #[error("no daemon holds {}: start one with `croft serve` or `croft up TEMPLATE`", state.display())]
    NoDaemon { state: PathBuf },
    #[error("the fabric in {} belongs to {}: end that one (`croft stop`, `croft doctor --clean`), or use another --state", run_dir.display(), state.display())]
    ForeignFabric { run_dir: PathBuf, state: PathBuf },
    #[error("neither $CROFT_HOME nor $HOME is set: name a state directory with --state DIR")]
    NoStateDirectory,
    #[error("{0}")]
    Fabric(#[from] croft_datapath::FabricError),
    #[error("{0}")]
    Store(#[from] croft_store::Error),
    #[error("{0}")]
    Workload(#[from] croft_workload::Error),
    #[error("{0}")]
    Agent(#[from] croft_agent::AgentError),
    /// The cloud refused a command; nothing changed.
    #[error("{} ({})", .0.message, .0.code)]
    Control(#[from] croft_control::Error),
    #[error("nothing is called {name:?}{}", nearest.as_ref().map(|n| format!(": did you mean {n:?}?")).unwrap_or_else(|| ": `croft ps` lists the names".into()))]
    UnknownName { name: String, nearest: Option<String> },
    #[error("{name:?} may be {}: say which one", candidates.join(" or "))]
    AmbiguousName { name: String, candidates: Vec<String> },
    #[error("this daemon runs with --api-only: there are no packets and no workloads")]
    NoPackets,
    #[error("{0:?} is an interface without a workload")]
    NoWorkload(String),
    #[error("{name} is {state}: `croft ps` shows when it runs")]
    NotRunning { name: String, state: String },
    #[error("there is no stack {name:?}{}", if existing.is_empty() { ": none exists".to_string() } else { format!(": the stacks are {}", existing.join(", ")) })]
    UnknownStack { name: String, existing: Vec<String> },
    /// What is wrong with a template (file, line and column of each error), or how a stack was left.
    #[error("{0}")]
    Template(#[from] croft_cloudformation::stack::StackError),
    /// On a copy of the cloud; the cloud is as it was.
    #[error("nothing was changed; tried on a copy this fails: {0}")]
    Rehearsal(croft_cloudformation::stack::StackError),
    #[error("{0}")]
    Stack(String),
    #[error("{0}")]
    Invalid(String),
    #[error("{0}")]
    Reach(#[from] croft_analysis::ReachError),
    #[error("cancelled")]
    Cancelled,
    #[error(
        "the daemon ended before it had answered; what it had written down stands, and the next one (croft serve) goes on with a \
         stack that was under way: see croft ps"
    )]
    Ended,
    #[error("the daemon's answer makes no sense ({0}): are the daemon and this command of one version?")]
    Protocol(String),
    #[error("{} holds {found}: --ephemeral keeps nothing and needs a directory of its own, name one with --state", state.display())]
    NotForEphemeral { state: PathBuf, found: String },
    #[error("{0}")]
    Listener(#[from] croft_api::Error),
    #[error("the operating system gives no random numbers: {0}")]
    Random(getrandom::Error),
    /// Said by a daemon over the socket.
    #[error("{}", .0.message)]
    Remote(Failure),
}

/// An error as the socket carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// AWS's code, where AWS has one.
    pub code: Option<String>,
    pub message: String,
}

impl Error {
    pub fn io(path: &Path, source: std::io::Error) -> Error {
        Error::Io { path: path.to_path_buf(), source }
    }

    pub fn failure(&self) -> Failure {
        let code = match self {
            Error::Control(error) => Some(error.code.to_string()),
            Error::Template(error) | Error::Rehearsal(error) => Some(error.code().to_string()),
            Error::Remote(failure) => failure.code.clone(),
            _ => None,
        };
        Failure { code, message: self.to_string() }
    }
}
