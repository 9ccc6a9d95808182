//! Mounts that Croft makes: one bpffs, and a bind mount per namespace that keeps it alive.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use nix::mount::{MntFlags, MsFlags, mount, umount2};

use crate::{FabricError, error::Doing};

/// Mount points at or under `dir`, the deepest and latest first: the order to take them down in.
pub(crate) fn mounts_under(dir: &Path) -> Result<Vec<PathBuf>, FabricError> {
    let text = fs::read_to_string("/proc/self/mountinfo").doing(|| "read /proc/self/mountinfo".into())?;
    let mut found: Vec<PathBuf> = text
        .lines()
        .filter_map(|line| line.split(' ').nth(4))
        .map(|point| PathBuf::from(unescape(point)))
        .filter(|point| point.starts_with(dir))
        .collect();
    found.reverse();
    Ok(found)
}

/// Whether something is mounted at exactly this path.
pub(crate) fn is_mount(path: &Path) -> Result<bool, FabricError> {
    Ok(mounts_under(path)?.iter().any(|p| p == path))
}

/// Mounts a bpffs of Croft's own, unless it is there already. Only root may look into it.
pub(crate) fn ensure_bpffs(dir: &Path) -> Result<(), FabricError> {
    fs::create_dir_all(dir).doing(|| format!("create {}", dir.display()))?;
    if is_mount(dir)? {
        return Ok(());
    }
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    mount(Some("croft"), dir, Some("bpf"), flags, Some("mode=0700"))
        .doing(|| format!("mount bpffs on {}", dir.display()))
}

/// Binds `source` (a namespace of the calling thread) over the file `target`, which is made.
pub(crate) fn bind(source: &Path, target: &Path) -> Result<(), FabricError> {
    fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(target)
        .doing(|| format!("create {}", target.display()))?;
    mount(Some(source), target, None::<&str>, MsFlags::MS_BIND, None::<&str>)
        .doing(|| format!("bind a namespace to {}", target.display()))
}

/// Takes a mount down (lazily: whoever still uses it keeps it). Nothing mounted there is no error.
pub(crate) fn detach(path: &Path) -> Result<(), FabricError> {
    match umount2(path, MntFlags::MNT_DETACH | MntFlags::UMOUNT_NOFOLLOW) {
        Ok(()) | Err(nix::Error::EINVAL | nix::Error::ENOENT) => Ok(()),
        Err(e) => Err(FabricError::System { what: format!("unmount {}", path.display()), error: io::Error::from(e) }),
    }
}

/// mountinfo writes space, tab, newline and backslash as `\ooo`.
fn unescape(s: &str) -> String {
    let mut out = Vec::with_capacity(s.len());
    let bytes = s.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        let octal = bytes.get(i + 1..i + 4).filter(|_| bytes[i] == b'\\');
        match octal.and_then(|o| u8::from_str_radix(std::str::from_utf8(o).ok()?, 8).ok()) {
            Some(byte) => {
                out.push(byte);
                i += 4;
            }
            None => {
                out.push(bytes[i]);
                i += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_mount_points_are_read_back() {
        assert_eq!(unescape(r"/a\040b\134c"), r"/a b\c");
        assert_eq!(unescape(r"/plain\04"), r"/plain\04");
    }
}
