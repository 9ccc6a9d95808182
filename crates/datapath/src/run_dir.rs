//! The directory of one fabric: what is in it, who owns it, and how everything in it is taken down.
//!
//! ```text
//! RUN_DIR/owner.lock     locked by the process that owns the fabric
//!         ephemeral      present: may be removed once nobody owns it
//!         layout         what the pinned tables look like;  program  which object the pinned program comes from
//!         services       pid, start time and version of the process that serves the internet, and services.log
//!         signals.sock   where the owner takes signals that came to the internet
//!         own/fabric     the namespace of all host ends;  own/internet  the one that plays the internet
//!         ns/NAME        the namespace of a workload
//!         bpf/           a bpffs: maps/NAME, links/DEVICE, program
//! ```

use std::{
    fs,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use crate::{
    FabricError,
    error::Doing,
    internet::services,
    mount,
    owner::{self, Attempt, Ownership},
};

/// The paths of one fabric.
#[derive(Clone, Debug)]
pub(crate) struct RunDir {
    root: PathBuf,
}

/// Fabrics that this process has removed.
static GONE: AtomicU64 = AtomicU64::new(0);

/// How long an owner is waited for that may be about to go.
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

    /// Takes the ownership, which ends with the process or with what is returned. Who is about to let go of it is waited
    /// for. Directories that somebody has removed meanwhile are made again.
    pub(crate) fn lock(&self) -> Result<Ownership, FabricError> {
        loop {
            match self.take()? {
                Attempt::Taken(ownership) => return Ok(ownership),
                Attempt::Gone => drop(RunDir::create(&self.root)?),
                Attempt::Owned => return Err(FabricError::Owned(self.root.clone())),
            }
        }
    }

    /// One attempt at the ownership, with the grace for who has it.
    fn take(&self) -> Result<Attempt, FabricError> {
        let start = Instant::now();
        loop {
            // Looked at first: after the grace there is a last attempt.
            let late = start.elapsed() > GRACE;
            match owner::take(&self.owner())? {
                Attempt::Owned if !late => thread::sleep(GRACE / 10),
                attempt => return Ok(attempt),
            }
        }
    }

    fn owner(&self) -> PathBuf {
        self.root.join("owner.lock")
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
        // Under another name, so that whoever makes the fabric anew meanwhile has a directory of their own.
        let mut name = self.root.clone().into_os_string();
        name.push(format!(".gone-{}-{}", std::process::id(), GONE.fetch_add(1, Ordering::Relaxed)));
        let gone = fs::rename(&self.root, &name).and_then(|()| fs::remove_dir_all(&name));
        match gone {
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
        let dir = RunDir { root: run_dir };
        let Some(owned) = owner::is_owned(&dir.owner())? else { continue };
        found.push(Found { owned, ephemeral: dir.root.join("ephemeral").exists(), run_dir: dir.root });
    }
    found.sort_by(|a, b| a.run_dir.cmp(&b.run_dir));
    Ok(found)
}

/// Removes the ephemeral fabrics in a directory whose owner is gone; says which.
pub fn clean(base: &Path) -> Result<Vec<PathBuf>, FabricError> {
    let mut gone = Vec::new();
    for found in fabrics(base)?.into_iter().filter(|f| f.ephemeral && !f.owned) {
        match Abandoned::take(&found.run_dir) {
            Ok(Some(abandoned)) => {
                abandoned.destroy()?;
                gone.push(found.run_dir);
            }
            // Somebody took it over since, to go on with it or to remove it.
            Ok(None) | Err(FabricError::Owned(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(gone)
}

/// Removes the fabric in a directory, which nobody may own.
pub fn destroy_by_run_dir(path: &Path) -> Result<(), FabricError> {
    Abandoned::take(path)?.map_or(Ok(()), Abandoned::destroy)
}

/// A fabric that nobody owned, and that nobody else can own as long as this is held.
#[derive(Debug)]
pub struct Abandoned {
    dir: RunDir,
    _ownership: Ownership,
}

impl Abandoned {
    /// `None`: there is no fabric in the directory. One that somebody owns is refused.
    pub fn take(path: &Path) -> Result<Option<Abandoned>, FabricError> {
        let root = match path.canonicalize() {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            other => other.doing(|| format!("resolve {}", path.display()))?,
        };
        let dir = RunDir { root };
        match dir.take()? {
            Attempt::Taken(ownership) => Ok(Some(Abandoned { dir, _ownership: ownership })),
            Attempt::Gone => Ok(None),
            Attempt::Owned => Err(FabricError::Owned(dir.root)),
        }
    }

    /// Takes it down.
    pub fn destroy(self) -> Result<(), FabricError> {
        self.dir.destroy()
    }
}
