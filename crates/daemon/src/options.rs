//! How a daemon is started.

use crate::api::ApiOptions;
use crate::error::Error;
use crate::template_bucket::TemplateBucket;
use croft_workload::Launcher;
use std::path::PathBuf;

/// Where the fabrics of this machine have their directories.
pub const RUN_BASE: &str = "/run/croft";

/// One interface may have one part in so many of the table of connections: what it opens starves nobody else.
pub const SHARE: u32 = 8;

/// Where the state is kept, and what a commit waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// On disk, before it is answered.
    Durable,
    /// On disk soon: a loss of power may undo the last commits, a killed process none.
    Relaxed,
    /// Nowhere: it ends with the process, and may be reset.
    Memory,
}

#[derive(Clone, Debug)]
pub struct Options {
    pub state_dir: PathBuf,
    /// Where the fabric's directory is made; [`RUN_BASE`] but for tests.
    pub run_base: PathBuf,
    /// Nobody misses the fabric once this process is gone: labs and tests.
    pub ephemeral: bool,
    /// No fabric, no workloads, no rights needed: the state alone.
    pub api_only: bool,
    /// Size of the table of connections.
    pub connections: u32,
    /// Most of them that one interface may have, 0 = no limit.
    pub interface_connections: u32,
    pub storage: Storage,
    /// AWS's API; none: it is not served.
    pub api: Option<ApiOptions>,
    /// What URLs of templates lead to.
    pub template_buckets: Vec<TemplateBucket>,
    /// Answer on the state directory's socket.
    pub socket: bool,
    /// The program that workloads and internet services are started from: `croft` itself.
    pub program: PathBuf,
}

/// The name under which workloads see the built-in services and clients.
pub use croft_agent::SERVICE;

/// The hidden arguments by which [`Options::program`] becomes something else.
pub mod hidden {
    /// First process of a workload, and what enters one.
    pub const INIT: &str = "internal-init";
    /// The internet's services.
    pub const INTERNET: &str = "internal-internet";
}

impl Options {
    /// The usual ones, with this very program.
    pub fn new(state_dir: impl Into<PathBuf>) -> Result<Options, Error> {
        let program = std::env::current_exe().map_err(|e| Error::io("/proc/self/exe".as_ref(), e))?;
        Ok(Options {
            state_dir: state_dir.into(),
            run_base: PathBuf::from(RUN_BASE),
            ephemeral: false,
            api_only: false,
            connections: 1_000_000,
            interface_connections: 1_000_000 / SHARE,
            storage: Storage::Durable,
            api: None,
            template_buckets: Vec::new(),
            socket: true,
            program,
        })
    }

    pub(crate) fn launcher(&self) -> Launcher {
        Launcher { program: self.program.clone(), args: vec![hidden::INIT.to_string()] }
    }

    pub(crate) fn services(&self) -> Vec<String> {
        vec![self.program.display().to_string(), hidden::INTERNET.to_string()]
    }
}
