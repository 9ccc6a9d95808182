//! Who owns a fabric: one process at a time, by a lock on a file in the fabric's directory.
//!
//! The lock ends with the process, however that ends. It is of the kind that can be asked about without being taken
//! (`F_OFD_GETLK`), so whoever looks is in nobody's way. A fabric that is removed goes with its lock file: who gets a
//! lock on a file that is no longer there has nothing.
//!
//! The owner holds a `flock` beside it, by which other versions of this program know one: neither removes a fabric of the
//! other's.

use std::{
    fs::{self, File},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::Path,
};

use nix::fcntl::{FcntlArg, Flock, FlockArg, fcntl};

use crate::{FabricError, error::Doing};

/// The ownership of a fabric, until this is dropped.
#[derive(Debug)]
pub(crate) struct Ownership {
    _file: Flock<File>,
}

/// What came of an attempt to take it.
#[derive(Debug)]
pub(crate) enum Attempt {
    Taken(Ownership),
    /// Somebody else has it.
    Owned,
    /// There is no such fabric, or no longer.
    Gone,
}

/// Takes the ownership if nobody has it. The file is made if its directory is there.
pub(crate) fn take(path: &Path) -> Result<Attempt, FabricError> {
    let doing = || format!("lock {}", path.display());
    let mut options = fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    let file = match options.open(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Attempt::Gone),
        other => other.doing(doing)?,
    };
    match fcntl(&file, FcntlArg::F_OFD_SETLK(&whole())) {
        Err(nix::Error::EAGAIN | nix::Error::EACCES) => return Ok(Attempt::Owned),
        other => other.doing(doing)?,
    };
    let mut file = match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(file) => file,
        Err((_, nix::Error::EWOULDBLOCK)) => return Ok(Attempt::Owned),
        Err((_, error)) => return Err(error).doing(doing),
    };
    // Whoever had it before may have removed the fabric.
    let mine = file.metadata().doing(doing)?;
    let there = fs::metadata(path).is_ok_and(|m| (m.dev(), m.ino()) == (mine.dev(), mine.ino()));
    if !there {
        return Ok(Attempt::Gone);
    }
    // Who owns it, for whoever looks; the lock is what counts.
    let _ = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
    Ok(Attempt::Taken(Ownership { _file: file }))
}

/// Whether somebody has it; `None`: there is no such fabric.
pub(crate) fn is_owned(path: &Path) -> Result<Option<bool>, FabricError> {
    let doing = || format!("look who owns {}", path.display());
    let file = match File::open(path) {
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Ok(None),
        other => other.doing(doing)?,
    };
    let mut lock = whole();
    fcntl(&file, FcntlArg::F_OFD_GETLK(&mut lock)).doing(doing)?;
    Ok(Some(lock.l_type != libc::F_UNLCK as i16))
}

/// A lock for writing on the whole file.
fn whole() -> libc::flock {
    libc::flock { l_type: libc::F_WRLCK as i16, l_whence: libc::SEEK_SET as i16, l_start: 0, l_len: 0, l_pid: 0 }
}

#[cfg(test)]
mod tests {
    use std::{
        path::PathBuf,
        sync::atomic::{AtomicBool, Ordering},
    };

    use super::*;

    /// A folder of a test's own, removed with it.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Scratch {
            let path = std::env::temp_dir().join(format!("croft-owner-{name}-{}", std::process::id()));
            fs::create_dir(&path).unwrap();
            Scratch(path)
        }

        fn lock(&self) -> PathBuf {
            self.0.join("owner.lock")
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn one_at_a_time_and_looking_tells() {
        let folder = Scratch::new("one");
        assert_eq!(is_owned(&folder.lock()).unwrap(), None);
        let Attempt::Taken(first) = take(&folder.lock()).unwrap() else { panic!("it is free") };
        assert!(matches!(take(&folder.lock()).unwrap(), Attempt::Owned));
        assert_eq!(is_owned(&folder.lock()).unwrap(), Some(true));
        assert_eq!(fs::read_to_string(folder.lock()).unwrap(), format!("{}\n", std::process::id()));
        drop(first);
        assert_eq!(is_owned(&folder.lock()).unwrap(), Some(false));
        assert!(matches!(take(&folder.lock()).unwrap(), Attempt::Taken(_)));
    }

    #[test]
    fn a_fabric_of_another_version_is_not_taken() {
        let folder = Scratch::new("other");
        let theirs = Flock::lock(File::create(folder.lock()).unwrap(), FlockArg::LockExclusive).unwrap();
        assert!(matches!(take(&folder.lock()).unwrap(), Attempt::Owned));
        drop(theirs);
        let Attempt::Taken(_mine) = take(&folder.lock()).unwrap() else { panic!("it is free") };
        let theirs = Flock::lock(File::open(folder.lock()).unwrap(), FlockArg::LockExclusiveNonblock);
        assert!(matches!(theirs, Err((_, nix::Error::EWOULDBLOCK))));
    }

    #[test]
    fn whoever_looks_is_in_nobodys_way() {
        let folder = Scratch::new("look");
        fs::write(folder.lock(), "").unwrap();
        let done = AtomicBool::new(false);
        std::thread::scope(|s| {
            for _ in 0..2 {
                s.spawn(|| {
                    while !done.load(Ordering::Relaxed) {
                        is_owned(&folder.lock()).unwrap();
                    }
                });
            }
            let refused = (0..2000).filter(|_| !matches!(take(&folder.lock()), Ok(Attempt::Taken(_)))).count();
            done.store(true, Ordering::Relaxed);
            assert_eq!(refused, 0);
        });
    }

    #[test]
    fn what_was_removed_meanwhile_is_gone() {
        let folder = Scratch::new("gone");
        let Attempt::Taken(before) = take(&folder.lock()).unwrap() else { panic!("it is free") };
        let opened = File::open(folder.lock()).unwrap();
        fs::remove_file(folder.lock()).unwrap();
        // A lock file of the next fabric is another one.
        assert!(matches!(take(&folder.lock()).unwrap(), Attempt::Taken(_)));
        drop((before, opened));
        assert!(matches!(take(&folder.0.join("nowhere/owner.lock")).unwrap(), Attempt::Gone));
    }
}
