//! Keeps a host true to the cloud.
//!
//! A reconciler has no input but the newest cloud: every pass compares what should be with what is, and does what is
//! missing. So it does not matter which change was seen, missed or repeated, and a pass after a crash is a pass like
//! any other. A pass begins when the cloud changes, when a job ends, and every second besides.
//!
//! Two things are apart because their speeds are:
//!
//! - [`network`]: the packets' rules. A change is compiled and in the kernel before [`Agent::desire`] returns, so a
//!   command that has been answered has taken effect. No process is waited for.
//! - [`instance`]: processes and their interfaces. Starting and stopping take their time, on threads of their own, one
//!   job an instance at most.
//!
//! What is seen goes back into the cloud through the [`Observer`]: desired, applied and observed stay three words.

mod agent;
mod ending;
mod host;
pub mod hosts;
pub mod instance;
mod job;
pub mod name;
pub mod network;
mod pass;

pub use agent::{Agent, AgentOptions, Observer};
pub use ending::{end_workloads, remove_workloads};

/// The name under which workloads see the built-in services and clients: the program that workloads are started from,
/// which is told by it what to be.
pub const SERVICE: &str = "croft-service";

/// What keeps the host from being as desired.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    #[error(transparent)]
    Fabric(#[from] croft_datapath::FabricError),
    #[error(transparent)]
    Workload(#[from] croft_workload::Error),
    #[error("{}: {source}", path.display())]
    Io { path: std::path::PathBuf, source: std::io::Error },
    #[error("interface {0} is not in the cloud")]
    NoInterface(croft_model::NetworkInterfaceId),
    /// A mistake of ours, told rather than hidden; the next pass tries again.
    #[error("a panic, which the daemon's log shows")]
    Panicked,
    #[error("a thread for {0} could not be started: {1}")]
    Thread(String, std::io::Error),
}
