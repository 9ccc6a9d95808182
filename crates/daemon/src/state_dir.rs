//! Where a cloud lives on disk, and the rule that one daemon at a time holds it.
//!
//! | file | holds |
//! |---|---|
//! | `daemon.lock` | locked while a daemon holds the directory; its process id |
//! | `croft.sock` | the socket, 0660, of the directory's owner |
//! | `daemon.log` | what a daemon that `croft up` started had to say |
//! | `api-token` | 0600: what writes under `/_croft/` must bring |
//! | `instances/ID/` | a workload: what it was started with, its log, its exit status |
//!
//! The cloud itself is the store's business (`croft_store`). The directory is 0700.

use crate::error::Error;
use croft_model::credential::Secret;
use nix::fcntl::{Flock, FlockArg};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The socket's name in the directory.
pub const SOCKET: &str = "croft.sock";
/// What a daemon that another command started has to say.
pub const LOG: &str = "daemon.log";

/// What writes under `/_croft/` must bring.
pub const TOKEN: &str = "api-token";

/// Marks a directory that goes with its daemon: a lab's world that was kept.
pub const TEMPORARY: &str = "temporary";

/// A state directory that this process holds.
#[derive(Debug)]
pub struct StateDir {
    path: PathBuf,
    /// Held for as long as this lives.
    _lock: Flock<File>,
}

impl StateDir {
    /// Makes the directory if it is absent and takes it, or says which process has it.
    pub fn take(path: &Path) -> Result<StateDir, Error> {
        make(path)?;
        let path = path.canonicalize().map_err(|e| Error::io(path, e))?;
        let lock = path.join("daemon.lock");
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC)
            .open(&lock)
            .map_err(|e| Error::io(&lock, e))?;
        let mut file = lock_or_holder(file).map_err(|pid| Error::AlreadyHeld { state: path.clone(), pid })?;
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(|e| Error::io(&lock, e))?;
        Ok(StateDir { path, _lock: file })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn instances(&self) -> PathBuf {
        self.path.join("instances")
    }

    /// Goes with its daemon.
    pub fn is_temporary(&self) -> bool {
        self.path.join(TEMPORARY).exists()
    }

    /// Who owns the directory: its user and group may speak to the daemon beside root.
    pub fn owner(&self) -> Result<(u32, u32), Error> {
        let data = fs::metadata(&self.path).map_err(|e| Error::io(&self.path, e))?;
        Ok((data.uid(), data.gid()))
    }

    /// What writes under `/_croft/` must bring. Made when it is first asked for.
    pub fn token(&self) -> Result<Secret, Error> {
        let path = self.path.join(TOKEN);
        let mut open = OpenOptions::new();
        open.read(true).write(true).create(true).truncate(false).mode(0o600).custom_flags(libc::O_NOFOLLOW);
        let mut file = open.open(&path).map_err(|e| Error::io(&path, e))?;
        let mut token = String::new();
        file.read_to_string(&mut token).map_err(|e| Error::io(&path, e))?;
        if token.trim().is_empty() {
            token = Secret::access_key(random()?).reveal().to_string();
            writeln!(file, "{token}").map_err(|e| Error::io(&path, e))?;
        }
        Ok(Secret::new(token.trim()))
    }

    /// A name for the fabric, the same whenever this directory is used: eight hexadecimal digits.
    pub fn fabric_id(&self) -> String {
        fabric_id(&self.path)
    }
}

/// The lock, or the process id of the daemon that has it. One that is dying is waited for.
fn lock_or_holder(mut file: File) -> Result<Flock<File>, String> {
    let began = Instant::now();
    loop {
        match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(lock) => return Ok(lock),
            Err((mut held, _)) => {
                let mut pid = String::new();
                let _ = held.rewind().and_then(|()| held.read_to_string(&mut pid));
                let pid = pid.trim().to_string();
                if lives(&pid) || began.elapsed() > Duration::from_secs(30) {
                    return Err(pid);
                }
                std::thread::sleep(Duration::from_millis(10));
                file = held;
            }
        }
    }
}

/// A process that has ended, though its parent has not asked about it yet, is gone.
pub fn lives(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The state stands behind the name, which is in parentheses and may hold anything.
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

/// Bytes of the operating system's randomness: for what must not be guessed.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(Error::Random)?;
    Ok(bytes)
}

/// What a daemon that keeps nothing may find in its directory: what another one left that was killed.
const OF_EPHEMERAL: &[&str] = &["daemon.lock", "instances", TOKEN, SOCKET, LOG, TEMPORARY];

/// Makes a directory that goes with its daemon. One that holds anything of anybody's is refused: it would go too.
pub(crate) fn make_ephemeral(path: &Path) -> Result<(), Error> {
    make(path)?;
    for entry in fs::read_dir(path).map_err(|e| Error::io(path, e))? {
        let found = entry.map_err(|e| Error::io(path, e))?.file_name().to_string_lossy().into_owned();
        if !OF_EPHEMERAL.contains(&found.as_str()) {
            return Err(Error::NotForEphemeral { state: path.to_path_buf(), found });
        }
    }
    let mark = path.join(TEMPORARY);
    fs::write(&mark, "").map_err(|e| Error::io(&mark, e))
}

/// Makes a state directory, 0700, where there is none. Under `sudo` it belongs to the user who asked, whose commands may
/// then speak to the daemon without asking again.
pub fn make(path: &Path) -> Result<(), Error> {
    let missing: Vec<&Path> = path.ancestors().take_while(|p| !p.as_os_str().is_empty() && !p.exists()).collect();
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|e| Error::io(path, e))?;
    let number = |name: &str| std::env::var(name).ok()?.parse::<u32>().ok();
    if let (true, Some(user), Some(group)) = (nix::unistd::geteuid().is_root(), number("SUDO_UID"), number("SUDO_GID"))
    {
        for made in missing {
            std::os::unix::fs::lchown(made, Some(user), Some(group)).map_err(|e| Error::io(made, e))?;
        }
    }
    Ok(())
}

/// The name of the fabric of a state directory (its canonical path).
pub fn fabric_id(path: &Path) -> String {
    use std::os::unix::ffi::OsStrExt;
    // FNV-1a: the name only has to be stable and to differ between the few directories of one machine.
    let hash = path
        .as_os_str()
        .as_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325u64, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x0000_0100_0000_01b3));
    format!("{:08x}", (hash >> 32) as u32 ^ hash as u32)
}

/// The directory that commands use: the one named, else `$CROFT_HOME`, else the usual place for a root service
/// (`/var/lib/croft`) or for a user (`$XDG_STATE_HOME/croft`, `~/.local/state/croft`).
pub fn usual(named: Option<&Path>) -> Result<PathBuf, Error> {
    if let Some(path) = named {
        return Ok(path.to_path_buf());
    }
    let from = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    if let Some(path) = from("CROFT_HOME") {
        return Ok(path);
    }
    if nix::unistd::geteuid().is_root() {
        return Ok(PathBuf::from("/var/lib/croft"));
    }
    from("XDG_STATE_HOME")
        .map(|p| p.join("croft"))
        .or_else(|| from("HOME").map(|p| p.join(".local/state/croft")))
        .ok_or(Error::NoStateDirectory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_daemon_is_refused_by_name() {
        let home = tempfile::tempdir().unwrap();
        let first = StateDir::take(home.path()).unwrap();
        let refused = StateDir::take(home.path()).unwrap_err().to_string();
        assert!(refused.contains(&std::process::id().to_string()), "{refused}");
        assert!(refused.contains(&first.path().display().to_string()), "{refused}");
        drop(first);
        StateDir::take(home.path()).unwrap();
    }

    #[test]
    fn a_fabric_is_named_after_its_directory() {
        assert_eq!(fabric_id(Path::new("/var/lib/croft")).len(), 8);
        assert_eq!(fabric_id(Path::new("/var/lib/croft")), fabric_id(Path::new("/var/lib/croft")));
        assert_ne!(fabric_id(Path::new("/var/lib/croft")), fabric_id(Path::new("/var/lib/croft2")));
    }
}
