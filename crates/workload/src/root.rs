//! The file system that an instance sees.
//!
//! ```text
//! /            fresh at every start, read-only: only the directories below
//! /usr …       the machine's, read-only, under a writable layer on the disk (/bin, /lib … likewise where they are
//!              directories of their own; symbolic links are repeated)
//! /etc         made from scratch, under a writable layer on the disk; a few public directories of the machine in it
//! /home /opt /root /srv /var   on the disk
//! /tmp /run /dev/shm           in memory until the stop
//! /proc        of its own, reduced to what programs read; /proc/sys read-only
//! /dev         a few harmless devices; /sys is empty
//! ```
//!
//! The disk is a file system in memory, mounted where only the machine's root enters. What an instance wrote there it
//! may have written to deceive: its layers are therefore only ever handed to the kernel, and every path below them is
//! resolved after the machine's root is out of reach.

mod devices;
mod disk;
mod etc;
mod proc;

pub(crate) use disk::mount_disk;

use crate::{
    Error, Spec,
    directory::Files,
    error::During,
    mount::{self, NO_DEVICES, NO_EXEC, NO_SUID, READ_ONLY},
};
use nix::mount::{MntFlags, MsFlags, mount as mount_at, umount2};
use std::{
    fs, io,
    os::fd::OwnedFd,
    os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink},
    path::{Path, PathBuf},
};

/// Top-level directories of programs and libraries.
const PROGRAMS: [&str; 7] = ["usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32"];
/// Directories of the disk.
const ON_DISK: [&str; 5] = ["home", "opt", "root", "srv", "var"];
const PRIVATE: MsFlags = MsFlags::MS_NOSUID.union(MsFlags::MS_NODEV);

/// Moves the calling process, in a mount and pid namespace of its own, into the instance's root. Nothing of the
/// machine's root is reachable afterwards.
pub(crate) fn enter(spec: &Spec) -> Result<(), Error> {
    mount_at(None::<&str>, "/", None::<&str>, MsFlags::MS_REC | MsFlags::MS_PRIVATE, None::<&str>)
        .during(|| "keep mounts to this instance".into())?;
    let (files, tools) = (Files(&spec.dir), sources(spec)?);
    let hosts = mount::copy(&files.hosts()).during(|| format!("hand over {}", files.hosts().display()))?;

    let root = files.root();
    memory(&root, 1 << 20, 0o755, MsFlags::empty())?;
    for name in PROGRAMS {
        repeat_programs(&files.disk(), &root, name)?;
    }
    for name in ON_DISK {
        let target = directory(&root, name)?;
        let held = mount::copy(&files.disk().join(name)).during(|| format!("hand over /{name} of the disk"))?;
        // Set-user-id programs and device files count for nothing here, as on the disk itself.
        mount::attach(&held, &target).during(|| format!("mount /{name}"))?;
    }
    layered(&files.disk().join("etc/base"), &files.disk().join("etc"), &directory(&root, "etc")?)?;
    for name in ["dev", "proc", "run", "sys", "tmp"] {
        directory(&root, name)?;
    }
    let public = etc::public_directories()?;
    exchange_root(&root)?;

    // From here on every path is the instance's own.
    proc::mount_proc()?;
    devices::mount_devices(&spec.limits)?;
    memory(Path::new("/tmp"), spec.limits.scratch(), 0o1777, MsFlags::empty())?;
    memory(Path::new("/run"), spec.limits.run(), 0o755, MsFlags::empty())?;
    for (name, held) in &public {
        let target = Path::new("/etc").join(name);
        // The instance may have removed the place from its layer; then it does without.
        if fs::symlink_metadata(&target).is_ok_and(|found| found.is_dir()) {
            attach_read_only(held, &target, NO_EXEC)?;
        }
    }
    attach_file(&hosts, Path::new("/etc/hosts"), NO_EXEC)?;
    for (held, name) in &tools {
        fs::create_dir_all("/usr/local/bin").during(|| "make /usr/local/bin".into())?;
        attach_file(held, &Path::new("/usr/local/bin").join(name), 0)?;
    }
    mount::restrict_at(Path::new("/"), READ_ONLY).during(|| "make / read-only".into())
}

/// The tools, taken hold of while the machine's paths can still be named.
fn sources(spec: &Spec) -> Result<Vec<(OwnedFd, &str)>, Error> {
    let hold = |(path, name): &'_ (PathBuf, String)| {
        let found = fs::metadata(path).and_then(|found| match found.is_file() {
            true => mount::copy(path),
            false => Err(io::Error::other("not a file")),
        });
        found.during(|| format!("hand over the tool {name}, {}", path.display()))
    };
    spec.tools.iter().map(|tool| Ok((hold(tool)?, tool.1.as_str()))).collect()
}

/// `/usr` and its like: a symbolic link is repeated, a directory gets a writable layer.
fn repeat_programs(disk: &Path, root: &Path, name: &str) -> Result<(), Error> {
    let original = Path::new("/").join(name);
    match fs::symlink_metadata(&original) {
        Err(_) => Ok(()),
        Ok(found) if found.is_symlink() => fs::read_link(&original)
            .and_then(|target| symlink(target, root.join(name)))
            .during(|| format!("repeat the link {}", original.display())),
        Ok(_) => layered(&original, &disk.join(name), &directory(root, name)?),
    }
}

/// Mounts `lower` at `target` with the writable layer `layer/upper`.
fn layered(lower: &Path, layer: &Path, target: &Path) -> Result<(), Error> {
    // Relative names: a comma or colon in the path of the instance's directory would be read as a separator.
    let action = || format!("mount {} with a writable layer", target.display());
    let back = std::env::current_dir().during(action)?;
    let lower_name = lower.strip_prefix(layer).unwrap_or(lower);
    let options = format!("lowerdir={},upperdir=upper,workdir=work", lower_name.display());
    std::env::set_current_dir(layer).during(action)?;
    let mounted = mount_at(Some("overlay"), target, Some("overlay"), PRIVATE, Some(options.as_str()));
    std::env::set_current_dir(back).during(action)?;
    mounted.during(action)
}

/// Mounts an empty file system in memory of at most `size` bytes.
fn memory(target: &Path, size: u64, mode: u32, flags: MsFlags) -> Result<(), Error> {
    let options = format!("size={size},nr_inodes={},mode={mode:o}", crate::Limits::files(size));
    mount_at(Some("tmpfs"), target, Some("tmpfs"), PRIVATE | flags, Some(options.as_str()))
        .during(|| format!("mount {}", target.display()))
}

fn directory(root: &Path, name: &str) -> Result<PathBuf, Error> {
    let path = root.join(name);
    let made = fs::create_dir(&path).and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(0o755)));
    made.during(|| format!("make /{name}"))?;
    Ok(path)
}

/// Makes `root` the root and lets go of the one before.
fn exchange_root(root: &Path) -> Result<(), Error> {
    let action = || "exchange the root".to_owned();
    std::env::set_current_dir(root).during(action)?;
    // With two equal names the old root ends up stacked on the new one, from where it is taken away.
    nix::unistd::pivot_root(".", ".").during(action)?;
    umount2(".", MntFlags::MNT_DETACH).during(action)?;
    std::env::set_current_dir("/").during(action)
}

fn attach_read_only(held: &OwnedFd, target: &Path, more: u64) -> Result<(), Error> {
    mount::restrict(held, READ_ONLY | NO_SUID | NO_DEVICES | more)
        .and_then(|()| mount::attach(held, target))
        .during(|| format!("mount {}", target.display()))
}

/// Mounts a file read-only. The place is made; what else the instance put there gives way.
fn attach_file(held: &OwnedFd, target: &Path, more: u64) -> Result<(), Error> {
    let make = || {
        if fs::symlink_metadata(target).is_ok_and(|found| !found.is_file()) {
            fs::remove_file(target)?;
        }
        let mut place = fs::OpenOptions::new();
        place.write(true).create(true).custom_flags(libc::O_NOFOLLOW).mode(0o755).open(target)
    };
    make().during(|| format!("make {}", target.display()))?;
    attach_read_only(held, target, more)
}
