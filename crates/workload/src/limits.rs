//! How much of the machine an instance may use, and which of it the machine enforces.

use serde::{Deserialize, Serialize};
use std::fmt;

const MEBIBYTE: u64 = 1 << 20;

/// Upper bounds of one instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Processes and threads at one time.
    pub processes: u32,
    /// Bytes of memory, files in memory (disk, `/tmp`, `/run`, `/dev/shm`) included.
    pub memory: u64,
    /// Share of processors in percent of one processor: 150 is one and a half.
    pub cpu_percent: u32,
    /// Bytes that the instance may write to its disk.
    pub disk: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { processes: 256, memory: 512 * MEBIBYTE, cpu_percent: 100, disk: 256 * MEBIBYTE }
    }
}

impl Limits {
    /// Bytes of `/tmp` and, again, of `/dev/shm`.
    pub(crate) fn scratch(&self) -> u64 {
        self.disk / 4
    }

    /// Bytes of `/run`.
    pub(crate) fn run(&self) -> u64 {
        self.disk / 16
    }

    /// Files of a file system of `bytes`: each costs the kernel about a kilobyte that is not counted in `bytes`.
    pub(crate) fn files(bytes: u64) -> u64 {
        (bytes / 4096).max(256)
    }

    /// Why these limits cannot hold together, if they cannot.
    pub(crate) fn contradiction(&self) -> Option<String> {
        let files = self.disk + 2 * self.scratch() + self.run();
        if self.processes < 8 {
            return Some("an instance needs at least 8 processes".into());
        }
        if self.cpu_percent == 0 {
            return Some("an instance needs some processor time: at least 1 percent".into());
        }
        if self.disk < MEBIBYTE {
            return Some("a disk has at least 1 MiB".into());
        }
        if self.memory < files.saturating_add(16 * MEBIBYTE) {
            return Some(format!(
                "memory must exceed the {files} bytes that its file systems can fill by 16 MiB, or a full disk ends the instance"
            ));
        }
        None
    }
}

/// How one limit is enforced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Applied {
    /// By a controller of control groups version 1.
    Version1,
    /// By a controller of control groups version 2.
    Version2,
    /// By the size of a file system in memory.
    FileSystem,
    /// Not enforced, and why.
    Absent(String),
}

impl fmt::Display for Applied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version1 => f.write_str("cgroup v1"),
            Self::Version2 => f.write_str("cgroup v2"),
            Self::FileSystem => f.write_str("file system size"),
            Self::Absent(reason) => write!(f, "not enforced: {reason}"),
        }
    }
}

/// How each of the [`Limits`] is enforced on this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppliedLimits {
    pub processes: Applied,
    pub memory: Applied,
    pub cpu: Applied,
    pub disk: Applied,
}
