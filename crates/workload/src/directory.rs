//! The directory of an instance: what is where in it.

use std::path::{Path, PathBuf};

/// Files of an instance's directory.
pub(crate) struct Files<'a>(pub(crate) &'a Path);

impl Files<'_> {
    pub(crate) fn spec(&self) -> PathBuf {
        self.0.join("spec.json")
    }
    pub(crate) fn state(&self) -> PathBuf {
        self.0.join("state.json")
    }
    pub(crate) fn exit(&self) -> PathBuf {
        self.0.join("exit.json")
    }
    pub(crate) fn log(&self) -> PathBuf {
        self.0.join("log")
    }
    /// Held by the supervisor for as long as it lives.
    pub(crate) fn lock(&self) -> PathBuf {
        self.0.join("lock")
    }
    /// Where the disk is mounted, a file system in memory that only the machine's root can enter.
    pub(crate) fn disk(&self) -> PathBuf {
        self.0.join("disk")
    }
    /// `/etc/hosts` of the instance: on the disk, where the instance sees only the file itself, read-only.
    pub(crate) fn hosts(&self) -> PathBuf {
        self.0.join("disk/hosts")
    }
    /// Empty; where pid 1 puts its new root together, seen by pid 1 only.
    pub(crate) fn root(&self) -> PathBuf {
        self.0.join("root")
    }
}
