//! `/dev`: devices that give nothing away, terminals of its own, shared memory.

use super::memory;
use crate::{Error, Limits, error::During};
use nix::{
    mount::{MsFlags, mount as mount_at},
    sys::stat::{Mode, SFlag, makedev, mknod},
};
use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
};

/// Name, major and minor number (the kernel's `Documentation/admin-guide/devices.txt`). `tty` is whatever terminal the
/// process already has.
const DEVICES: [(&str, u64, u64); 6] =
    [("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0)];
const LINKS: [(&str, &str); 5] = [
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
    ("ptmx", "pts/ptmx"),
];

/// Mounts `/dev`, `/dev/pts` and `/dev/shm`. This is the only file system inside that opens device files at all.
pub(super) fn mount_devices(limits: &Limits) -> Result<(), Error> {
    let dev = Path::new("/dev");
    let restricted = MsFlags::MS_NOSUID | MsFlags::MS_NOEXEC;
    mount_at(Some("tmpfs"), dev, Some("tmpfs"), restricted, Some("size=65536,nr_inodes=64,mode=755"))
        .during(|| "mount /dev".into())?;
    for (name, major, minor) in DEVICES {
        let path = dev.join(name);
        mknod(&path, SFlag::S_IFCHR, Mode::empty(), makedev(major, minor))
            .map_err(std::io::Error::from)
            .and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(0o666)))
            .during(|| format!("make /dev/{name}"))?;
    }
    for (name, target) in LINKS {
        symlink(target, dev.join(name)).during(|| format!("make /dev/{name}"))?;
    }
    for name in ["pts", "shm"] {
        fs::create_dir(dev.join(name)).during(|| format!("make /dev/{name}"))?;
    }
    let terminals = Some("newinstance,ptmxmode=0666,mode=620,gid=5,max=64");
    mount_at(Some("devpts"), &dev.join("pts"), Some("devpts"), restricted, terminals)
        .during(|| "mount /dev/pts".into())?;
    memory(&dev.join("shm"), limits.scratch(), 0o1777, MsFlags::MS_NOEXEC)
}
