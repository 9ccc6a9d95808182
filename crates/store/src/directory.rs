//! The directory of a store: made with care, and held by one process at a time.

use crate::error::{Error, Result};
use std::fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

const LOCK: &str = "lock";
const DATABASE: &str = "region.db";

#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
    /// Locked. The kernel unlocks it when the process ends, however it ends.
    _lock: File,
}

fn io(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_path_buf();
    move |source| Error::Io { what, path, source }
}

/// Opens or makes a file that only its owner may read, whatever the umask.
fn private_file(path: &Path) -> Result<File> {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path);
    let file = file.map_err(io("cannot open", path))?;
    file.set_permissions(Permissions::from_mode(0o600)).map_err(io("cannot protect", path))?;
    Ok(file)
}

impl Directory {
    /// Makes the directory for its owner only (one that exists keeps its rights) and locks it.
    pub(crate) fn take(path: &Path) -> Result<Directory> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.map_err(io("cannot make the directory", path))?;
        let file = path.join(LOCK);
        let mut lock = private_file(&file)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut process = String::new();
                let known = lock.read_to_string(&mut process).is_ok() && !process.trim().is_empty();
                let holder = if known { format!("process {}", process.trim()) } else { "another process".into() };
                return Err(Error::InUse { directory: path.into(), holder });
            }
            Err(TryLockError::Error(e)) => return Err(io("cannot lock", &file)(e)),
        }
        let mine = lock.set_len(0).and_then(|()| writeln!(lock, "{}", std::process::id()));
        mine.map_err(io("cannot write", &file))?;
        Ok(Directory { path: path.into(), _lock: lock })
    }

    /// The database file, made private before SQLite sees it: its journal takes over the file's rights.
    pub(crate) fn database(&self) -> Result<PathBuf> {
        let path = self.path.join(DATABASE);
        private_file(&path)?;
        // The name must survive a loss of power as the content does.
        let directory = File::open(&self.path).and_then(|d| d.sync_all());
        directory.map_err(io("cannot sync", &self.path))?;
        Ok(path)
    }
}
