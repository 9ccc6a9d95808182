//! The disk: what outlives a stop.

use super::{ON_DISK, PROGRAMS, etc, memory};
use crate::{Error, Spec, directory::Files, error::During, mount::is_mounted};
use nix::{
    mount::MsFlags,
    sys::stat::{Mode, SFlag, mknod},
};
use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, PermissionsExt, chown, symlink},
    path::Path,
};

/// Mounts the instance's disk if it is not, and lays it out; then writes what every start writes anew: the lower layer
/// of `/etc` and the hosts file, neither of which the instance can name. Run outside, before the instance is.
pub(crate) fn mount_disk(spec: &Spec) -> Result<(), Error> {
    let files = Files(&spec.dir);
    let disk = files.disk();
    for path in [files.root(), disk.clone()] {
        make(&path, 0o700).during(|| format!("make {}", path.display()))?;
    }
    if !is_mounted(&disk).during(|| format!("look at {}", disk.display()))? {
        memory(&disk, spec.limits.disk, 0o700, MsFlags::empty())?;
        lay_out(&disk).during(|| format!("lay out {}", disk.display()))?;
    }
    etc::write_base(&disk.join("etc/base"), spec)?;
    etc::write_hosts(spec)
}

fn lay_out(disk: &Path) -> io::Result<()> {
    for name in PROGRAMS.iter().chain(["etc"].iter()) {
        for part in ["upper", "work"] {
            make(&disk.join(name).join(part), 0o755)?;
        }
    }
    for name in ON_DISK {
        make(&disk.join(name), 0o755)?;
    }
    for name in ["var/cache", "var/lib", "var/log", "var/spool", "home/ec2-user"] {
        make(&disk.join(name), 0o755)?;
    }
    make(&disk.join("var/tmp"), 0o1777)?;
    fs::set_permissions(disk.join("var/tmp"), fs::Permissions::from_mode(0o1777))?;
    fs::set_permissions(disk.join("root"), fs::Permissions::from_mode(0o700))?;
    symlink("../run", disk.join("var/run"))?;
    chown(disk.join("home/ec2-user"), Some(1000), Some(1000))?;
    // What an administrator configured for the machine's own programs is none of the instance's business: a device
    // file 0/0 in the writable layer hides the name in the layer below.
    make(&disk.join("usr/upper/local"), 0o755)?;
    mknod(&disk.join("usr/upper/local/etc"), SFlag::S_IFCHR, Mode::empty(), 0)?;
    Ok(())
}

fn make(path: &Path, mode: u32) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(mode).create(path)
}
