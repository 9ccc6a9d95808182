//! The directory of one fabric: what is in it, who owns it, and how everything in it is taken down.
//!
//! ```text
//! RUN_DIR/owner.lock     flock'd by the process that owns the fabric
//!         ephemeral      present: may be removed once nobody owns it
//!         layout         what the pinned tables look like;  program  which object the pinned program comes from
//!         services       pid and start time of the process that serves the internet, and services.log
//!         own/fabric     the namespace of all host ends;  own/internet  the one that plays the internet
//!         ns/NAME        the namespace of a workload
//!         bpf/           a bpffs: maps/NAME, links/DEVICE, program
//! ```

use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use nix::fcntl::{Flock, FlockArg};

use crate::{FabricError, error::Doing, internet::services, mount};

/// The paths of one fabric.
#[derive(Clone, Debug)]
pub(crate) struct RunDir {
    root: PathBuf,
}

/// How long a lock that somebody holds is waited for.
const GRACE: Duration = Duration::from_millis(100);

/// A fabric found by [`fabrics`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub run_dir: PathBuf,
    /// A living process owns it.
    pub owned: bool,
    /// Made for a test or a lab: nobody misses it once its owner is gone.
    pub ephemeral: bool,
}

impl RunDir {
    /// Makes the directories. The path is made absolute and free of symbolic links, as the mount table shows it.
    pub(crate) fn create(path: &Path) -> Result<RunDir, FabricError> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true).mode(0o711);
        builder.create(path).doing(|| format!("create {}", path.display()))?;
        let root = path.canonicalize().doing(|| format!("resolve {}", path.display()))?;
        for dir in ["own", "ns"] {
            builder.create(root.join(dir)).doing(|| format!("create {}/{dir}", root.display()))?;
        }
        Ok(RunDir { root })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn fabric_namespace(&self) -> PathBuf {
        self.root.join("own/fabric")
    }

    pub(crate) fn internet_namespace(&self) -> PathBuf {
        self.root.join("own/internet")
    }

    /// The namespace of a workload, by a name that stays inside the directory.
    pub(crate) fn namespace(&self, name: &str) -> Result<PathBuf, FabricError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.is_empty() || name.len() > 200 || name.starts_with('.') || !name.chars().all(plain) {
            return Err(FabricError::Invalid {
                what: "the namespace name",
                value: name.into(),
                why: "names are letters, digits, '-', '_' and '.', and do not start with a dot",
            });
        }
        Ok(self.root.join("ns").join(name))
    }

    pub(crate) fn namespaces(&self) -> PathBuf {
        self.root.join("ns")
    }

    pub(crate) fn bpf(&self) -> PathBuf {
        self.root.join("bpf")
    }

    pub(crate) fn map(&self, name: &str) -> PathBuf {
        self.root.join("bpf/maps").join(name)
    }

    pub(crate) fn links(&self) -> PathBuf {
        self.root.join("bpf/links")
    }

    pub(crate) fn program(&self) -> PathBuf {
        self.root.join("bpf/program")
    }

    /// Which object the pinned program comes from.
    pub(crate) fn program_version(&self) -> PathBuf {
        self.root.join("program")
    }

    pub(crate) fn layout(&self) -> PathBuf {
        self.root.join("layout")
    }

    pub(crate) fn services(&self) -> PathBuf {
        self.root.join("services")
    }

    pub(crate) fn services_log(&self) -> PathBuf {
        self.root.join("services.log")
    }

    /// Marks the fabric as one that may be removed once nobody owns it, or takes the mark away.
    pub(crate) fn set_ephemeral(&self, ephemeral: bool) -> Result<(), FabricError> {
        let path = self.root.join("ephemeral");
        if ephemeral {
            return fs::write(&path, "").doing(|| format!("write {}", path.display()));
        }
        match fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e).doing(|| format!("remove {}", path.display())),
            _ => Ok(()),
        }
    }

    /// Takes the ownership, which ends with the process or with the lock. Somebody who only looks whether it is free
    /// holds it for a moment, which is waited for.
    pub(crate) fn lock(&self) -> Result<Flock<File>, FabricError> {
        let start = Instant::now();
        loop {
            match self.try_lock()? {
                Some(mut lock) => {
                    // Who owns it, for whoever looks; the lock is what counts.
                    let _ = lock.set_len(0).and_then(|()| writeln!(lock, "{}", std::process::id()));
                    return Ok(lock);
                }
                None if start.elapsed() > GRACE => return Err(FabricError::Owned(self.root.clone())),
                None => thread::sleep(GRACE / 10),
            }
        }
    }

    /// `None`: somebody else has it.
    fn try_lock(&self) -> Result<Option<Flock<File>>, FabricError> {
        let path = self.root.join("owner.lock");
        let file = fs::OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .doing(|| format!("open {}", path.display()))?;
        match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(lock) => Ok(Some(lock)),
            Err((_, nix::Error::EWOULDBLOCK)) => Ok(None),
            Err((_, e)) => Err(e).doing(|| format!("lock {}", path.display())),
        }
    }

    /// Takes everything down: the services' process, the mounts (with them the pins and the namespaces), the files.
    pub(crate) fn destroy(&self) -> Result<(), FabricError> {
        services::stop(self)?;
        // The pins go first: a detached bpffs would live on, and the program with it, as long as anyone has it open.
        for dir in [self.links(), self.bpf().join("maps"), self.bpf()] {
            remove_files(&dir);
        }
        for point in mount::mounts_under(&self.root)? {
            mount::detach(&point)?;
        }
        match fs::remove_dir_all(&self.root) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e),
            _ => Ok(()),
        }
        .doing(|| format!("remove {}", self.root.display()))
    }
}

/// Removes the files of a directory that may not exist.
fn remove_files(dir: &Path) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let _ = fs::remove_file(entry.path());
    }
}

/// The fabrics in a directory: each folder in it that has an `owner.lock`.
pub fn fabrics(base: &Path) -> Result<Vec<Found>, FabricError> {
    let entries = match fs::read_dir(base) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.doing(|| format!("read {}", base.display()))?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let run_dir = entry.doing(|| format!("read {}", base.display()))?.path();
        if !run_dir.join("owner.lock").exists() {
            continue;
        }
        let owned = RunDir { root: run_dir.clone() }.try_lock()?.is_none();
        found.push(Found { owned, ephemeral: run_dir.join("ephemeral").exists(), run_dir });
    }
    found.sort_by(|a, b| a.run_dir.cmp(&b.run_dir));
    Ok(found)
}

/// Removes the ephemeral fabrics in a directory whose owner is gone; says which.
pub fn clean(base: &Path) -> Result<Vec<PathBuf>, FabricError> {
    let mut gone = Vec::new();
    for found in fabrics(base)?.into_iter().filter(|f| f.ephemeral && !f.owned) {
        match destroy_by_run_dir(&found.run_dir) {
            // Somebody took it over since.
            Err(FabricError::Owned(_)) => {}
            other => {
                other?;
                gone.push(found.run_dir);
            }
        }
    }
    Ok(gone)
}

/// Removes the fabric in a directory, which nobody may own.
pub fn destroy_by_run_dir(path: &Path) -> Result<(), FabricError> {
    if !path.exists() {
        return Ok(());
    }
    let dir = RunDir { root: path.canonicalize().doing(|| format!("resolve {}", path.display()))? };
    let lock = dir.lock()?;
    let result = dir.destroy();
    drop(lock);
    result
}
