//! `/proc`: of the instance's own processes, and of the rest only what programs read to run.

use super::PRIVATE;
use crate::{
    Error,
    error::During,
    mount::{self, NO_DEVICES, NO_EXEC, NO_SUID, READ_ONLY},
};
use nix::mount::{MsFlags, mount as mount_at};
use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// What stays beside the processes. Everything else is covered, so that what a newer kernel adds is covered too.
const KEPT: [&str; 13] = [
    "cpuinfo",
    "filesystems",
    "loadavg",
    "meminfo",
    "mounts",
    "net",
    "self",
    "stat",
    "sys",
    "thread-self",
    "uptime",
    "version",
    "vmstat",
];
const LOCKED: u64 = READ_ONLY | NO_SUID | NO_DEVICES | NO_EXEC;

// What covers: made in the instance's `/sys`, which is then covered itself.
const EMPTY_DIRECTORY: &str = "/sys/directory";
const EMPTY_FILE: &str = "/sys/file";

/// Mounts `/proc` for the pid namespace of the caller, covered and with a read-only `/proc/sys`; leaves `/sys` empty.
pub(super) fn mount_proc() -> Result<(), Error> {
    mount_at(Some("proc"), "/proc", Some("proc"), PRIVATE | MsFlags::MS_NOEXEC, None::<&str>)
        .during(|| "mount /proc".into())?;
    let settings = Path::new("/proc/sys");
    let held = mount::copy(settings).during(|| "hand over /proc/sys".into())?;
    mount::restrict(&held, LOCKED).during(|| "make /proc/sys read-only".into())?;
    mount::attach(&held, settings).during(|| "mount /proc/sys".into())?;
    fs::create_dir(EMPTY_DIRECTORY)
        .and_then(|()| fs::write(EMPTY_FILE, ""))
        .and_then(|()| fs::set_permissions(EMPTY_FILE, fs::Permissions::from_mode(0o444)))
        .during(|| "make what covers /proc".into())?;
    for path in to_cover().during(|| "list /proc".into())? {
        cover(&path)?;
    }
    lay(EMPTY_DIRECTORY, Path::new("/sys")).during(|| "empty /sys".into())
}

fn to_cover() -> io::Result<Vec<PathBuf>> {
    let mut covered = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let process = name.bytes().all(|byte| byte.is_ascii_digit());
        // A link leads somewhere that is judged by itself.
        if !process && !KEPT.contains(&name.as_ref()) && !entry.file_type()?.is_symlink() {
            covered.push(entry.path());
        }
    }
    Ok(covered)
}

/// Lays an empty directory or an empty file over `path`.
fn cover(path: &Path) -> Result<(), Error> {
    let source = if path.is_dir() { EMPTY_DIRECTORY } else { EMPTY_FILE };
    lay(source, path).during(|| format!("cover {}", path.display()))
}

fn lay(source: &str, target: &Path) -> io::Result<()> {
    let held = mount::copy(Path::new(source))?;
    mount::restrict(&held, LOCKED)?;
    mount::attach(&held, target)
}
