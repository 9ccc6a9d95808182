//! The mount calls that are needed and no wrapper has: detached mounts, held by a descriptor.

use crate::{Error, error::During};
use nix::mount::{MntFlags, umount2};
use std::{
    ffi::CString,
    fs, io,
    os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd},
    os::unix::{ffi::OsStrExt, fs::MetadataExt},
    path::Path,
};

// From <linux/mount.h>.
const OPEN_TREE_CLONE: libc::c_uint = 1;
const OPEN_TREE_CLOEXEC: libc::c_uint = libc::O_CLOEXEC as libc::c_uint;
const MOVE_MOUNT_F_EMPTY_PATH: libc::c_uint = 4;
pub(crate) const READ_ONLY: u64 = 1;
pub(crate) const NO_SUID: u64 = 2;
pub(crate) const NO_DEVICES: u64 = 4;
pub(crate) const NO_EXEC: u64 = 8;

/// `struct mount_attr` of <linux/mount.h>.
#[repr(C)]
#[derive(Default)]
struct MountAttributes {
    set: u64,
    clear: u64,
    propagation: u64,
    user_namespace: u64,
}

/// A copy of the mount at `path` (a bind mount) that is attached nowhere.
pub(crate) fn copy(path: &Path) -> io::Result<OwnedFd> {
    let path = c_path(path)?;
    // SAFETY: `path` is a C string that outlives the call; the result is a new descriptor or -1.
    let fd = unsafe {
        libc::syscall(libc::SYS_open_tree, libc::AT_FDCWD, path.as_ptr(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC)
    };
    match fd {
        0.. => {
            // SAFETY: the kernel just handed this descriptor to us alone.
            Ok(unsafe { OwnedFd::from_raw_fd(fd as i32) })
        }
        _ => Err(io::Error::last_os_error()),
    }
}

/// Adds attributes to a mount held by a descriptor.
pub(crate) fn restrict(mount: &OwnedFd, attributes: u64) -> io::Result<()> {
    set_attributes(mount.as_raw_fd(), c"", libc::AT_EMPTY_PATH, attributes)
}

/// Adds attributes to the mount at `path`.
pub(crate) fn restrict_at(path: &Path, attributes: u64) -> io::Result<()> {
    set_attributes(libc::AT_FDCWD, &c_path(path)?, libc::AT_SYMLINK_NOFOLLOW, attributes)
}

fn set_attributes(fd: i32, path: &std::ffi::CStr, flags: i32, attributes: u64) -> io::Result<()> {
    let wanted = MountAttributes { set: attributes, ..Default::default() };
    // SAFETY: `path` and `wanted` outlive the call, and the size given is that of `wanted`.
    let done = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            fd,
            path.as_ptr(),
            flags,
            &wanted as *const MountAttributes,
            size_of::<MountAttributes>(),
        )
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Attaches a detached mount at `target`, which is not followed if it is a symbolic link.
pub(crate) fn attach(mount: &OwnedFd, target: &Path) -> io::Result<()> {
    let target = c_path(target)?;
    // SAFETY: both paths are C strings that outlive the call.
    let done = unsafe {
        libc::syscall(
            libc::SYS_move_mount,
            mount.as_fd().as_raw_fd(),
            c"".as_ptr(),
            libc::AT_FDCWD,
            target.as_ptr(),
            MOVE_MOUNT_F_EMPTY_PATH,
        )
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Whether something is mounted at the directory `path`.
pub(crate) fn is_mounted(path: &Path) -> io::Result<bool> {
    let Some(parent) = path.parent() else { return Ok(true) };
    Ok(fs::symlink_metadata(path)?.dev() != fs::symlink_metadata(parent)?.dev())
}

/// Unmounts whatever is mounted at `path`, if it exists.
pub(crate) fn unmount_all(path: &Path) -> Result<(), Error> {
    while path.exists() && is_mounted(path).during(|| format!("look at {}", path.display()))? {
        umount2(path, MntFlags::MNT_DETACH | MntFlags::UMOUNT_NOFOLLOW)
            .during(|| format!("unmount {}", path.display()))?;
    }
    Ok(())
}

fn c_path(path: &Path) -> io::Result<CString> {
    CString::new(path.as_os_str().as_bytes()).map_err(io::Error::from)
}
