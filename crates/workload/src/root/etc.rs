//! `/etc`: written from scratch. Of the machine's own only what is public and needed to run its programs is in it.

use crate::{Error, Spec, directory::Files, error::During, mount, spec::hosts_text};
use std::{
    fs, io,
    os::fd::OwnedFd,
    os::unix::fs::{OpenOptionsExt, symlink},
    path::{Path, PathBuf},
};

/// Files of the machine that its programs read, none of them secret: the loader's, names of services and protocols.
const COPIED: [&str; 7] =
    ["ld.so.cache", "ld.so.conf", "protocols", "services", "ethertypes", "mime.types", "bash.bashrc"];
/// Links that are repeated as they are.
const LINKS: [&str; 2] = ["localtime", "os-release"];
/// Directories of the machine, seen read-only.
const PUBLIC: [&str; 6] =
    ["alternatives", "ssl/certs", "pki/tls/certs", "pki/ca-trust/extracted", "ld.so.conf.d", "perl"];

const PASSWD: &str = "\
root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
ec2-user:x:1000:1000:ec2-user:/home/ec2-user:/bin/bash
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
";
const GROUP: &str = "\
root:x:0:
daemon:x:1:
tty:x:5:
www-data:x:33:
ec2-user:x:1000:
nogroup:x:65534:
";
/// Names come from files first, then from the resolver of the VPC.
const NSSWITCH: &str = "\
passwd: files
group: files
hosts: files dns
networks: files
protocols: files
services: files
";

/// Writes the lower layer of `/etc` anew.
pub(super) fn write_base(base: &Path, spec: &Spec) -> Result<(), Error> {
    let write = || -> io::Result<()> {
        match fs::remove_dir_all(base) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => fs::create_dir_all(base)?,
        }
        let resolver = format!("nameserver {}\n", spec.resolver);
        let hostname = format!("{}\n", spec.hostname);
        for (name, text) in [
            ("passwd", PASSWD),
            ("group", GROUP),
            ("nsswitch.conf", NSSWITCH),
            ("resolv.conf", &resolver),
            ("hostname", &hostname),
            // Where the file of the disk is mounted.
            ("hosts", ""),
        ] {
            fs::write(base.join(name), text)?;
        }
        for name in COPIED {
            let original = Path::new("/etc").join(name);
            if original.is_file() {
                fs::copy(original, base.join(name))?;
            }
        }
        for name in LINKS {
            if let Ok(target) = fs::read_link(Path::new("/etc").join(name)) {
                symlink(target, base.join(name))?;
            }
        }
        symlink("/proc/mounts", base.join("mtab"))?;
        for name in PUBLIC {
            fs::create_dir_all(base.join(name))?;
        }
        Ok(())
    };
    write().during(|| "write /etc".into())
}

/// Writes the hosts file, in place if it exists.
pub(super) fn write_hosts(spec: &Spec) -> Result<(), Error> {
    let path = Files(&spec.dir).hosts();
    fs::write(&path, hosts_text(&spec.hosts)).during(|| format!("write {}", path.display()))?;
    // The mode is asked for, not left to the umask of whoever started us: services inside read it under other users.
    fs::OpenOptions::new()
        .write(true)
        .custom_flags(libc::O_NOFOLLOW)
        .open(&path)
        .and_then(|file| file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644)))
        .during(|| format!("open {} to all", path.display()))
}

/// The directories of [`PUBLIC`] that the machine has, each held by a descriptor, with its name below `/etc`.
pub(super) fn public_directories() -> Result<Vec<(PathBuf, OwnedFd)>, Error> {
    let present = PUBLIC.iter().map(|name| (Path::new("/etc").join(name), PathBuf::from(name)));
    present
        .filter(|(original, _)| original.is_dir())
        .map(|(original, name)| {
            let held = mount::copy(&original).during(|| format!("hand over {}", original.display()))?;
            Ok((name, held))
        })
        .collect()
}
