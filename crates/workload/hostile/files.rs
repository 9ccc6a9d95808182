//! Ways out by names of files.

use crate::Found;
use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, symlink},
        process::CommandExt,
    },
    path::Path,
    process::Command,
};

/// Closed if the kernel refuses; also if there is no such file.
fn refused<T>(result: io::Result<T>) -> Found {
    match result {
        Ok(_) => Err("worked".into()),
        Err(error) => match error.raw_os_error() {
            Some(libc::EPERM | libc::EACCES | libc::EROFS | libc::ENOENT | libc::ENOTDIR | libc::ENXIO) => {
                Ok(error.to_string())
            }
            _ => Err(format!("was allowed: {error}")),
        },
    }
}

fn write(path: &str) -> Found {
    refused(OpenOptions::new().write(true).open(path))
}

fn nothing_in(path: &str) -> Found {
    match fs::read(path) {
        Ok(content) if content.is_empty() => Ok("empty".into()),
        Ok(content) => Err(format!("{} bytes", content.len())),
        Err(error) if error.raw_os_error() == Some(libc::ENOTDIR) => Err(error.to_string()),
        Err(error) => refused::<()>(Err(error)),
    }
}

/// Every name in a directory is one of `expected`.
fn only(directory: &str, expected: &[&str]) -> Found {
    let names = fs::read_dir(directory).map_err(|error| error.to_string())?;
    let mut surplus: Vec<String> =
        names.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    surplus.retain(|name| !expected.contains(&name.as_str()));
    if surplus.is_empty() { Ok(format!("only {expected:?}")) } else { Err(format!("{surplus:?}")) }
}

pub fn ways(outside: &str) -> Vec<(String, Found)> {
    let mut ways: Vec<(String, Found)> = Vec::new();
    let mut way = |name: &str, found: Found| ways.push((name.to_owned(), found));
    for path in [
        "/proc/sys/kernel/core_pattern",
        "/proc/sys/kernel/hostname",
        "/proc/sys/kernel/sysrq",
        "/proc/sys/kernel/modprobe",
        "/proc/sys/net/ipv4/ip_forward",
        "/proc/sys/vm/drop_caches",
        "/proc/sysrq-trigger",
        "/proc/irq/0/smp_affinity",
        "/proc/mtrr",
        "/dev/mem",
        "/dev/kmem",
        "/dev/port",
        "/dev/kmsg",
        "/dev/kvm",
        "/dev/net/tun",
        "/dev/fuse",
        "/dev/loop-control",
        "/sys/fs/cgroup/release_agent",
        "/sys/fs/cgroup/memory/release_agent",
        "/sys/kernel/uevent_helper",
        "/etc/hosts",
    ] {
        way(&format!("write {path}"), write(path));
    }
    // A program that runs is busy for writers anyhow; its mode can be changed if its file system can be written to.
    for path in ["/proc/self/exe", "/usr/local/bin/croft", "/usr/local/bin/hostile"] {
        way(&format!("change {path}"), refused(fs::set_permissions(path, PermissionsExt::from_mode(0o755))));
    }
    for path in [
        "/proc/kcore",
        "/proc/kmsg",
        "/proc/keys",
        "/proc/key-users",
        "/proc/kallsyms",
        "/proc/config.gz",
        "/proc/cmdline",
        "/proc/iomem",
        "/proc/ioports",
        "/proc/modules",
        "/proc/timer_list",
        "/proc/slabinfo",
        "/proc/vmallocinfo",
        "/proc/partitions",
        "/etc/shadow",
        "/etc/gshadow",
        "/etc/sudoers",
        "/root/.ssh",
    ] {
        way(&format!("read {path}"), nothing_in(path));
    }
    for name in ["root/", "cwd/", "fd/0", "fd/1", "fdinfo", "mem", "environ", "exe", "maps", "map_files"] {
        let path = format!("/proc/1/{name}");
        let opened = match Path::new(&path).is_dir() {
            true => fs::read_dir(&path).and_then(|mut entries| entries.next().transpose()).map(drop),
            false => File::open(&path).and_then(|mut file| io::Read::read(&mut file, &mut [0])).map(drop),
        };
        way(&format!("open {path}"), refused(opened));
    }
    way("the outside file", refused(fs::metadata(outside)));
    way("the outside file from ..", refused(fs::metadata(format!("/../../../..{outside}"))));
    way("the outside file from pid 1", refused(fs::metadata(format!("/proc/1/root{outside}"))));
    let (root, above) = (fs::metadata("/").map(|found| found.ino()), fs::metadata("/..").map(|found| found.ino()));
    way(
        "above the root",
        match (root, above) {
            (Ok(root), Ok(above)) if root == above => Ok("the root again".into()),
            other => Err(format!("{other:?}")),
        },
    );
    way("the old way out of a changed root", leave_changed_root(outside));
    way("a file in the root", refused(File::create("/own")));
    way(
        "names in the root",
        only(
            "/",
            &[
                "bin", "dev", "etc", "home", "lib", "lib32", "lib64", "libx32", "opt", "proc", "root", "run", "sbin",
                "srv", "sys", "tmp", "usr", "var",
            ],
        ),
    );
    way("names in /sys", only("/sys", &[]));
    way("names in /home", only("/home", &["ec2-user"]));
    way("names in /usr/local/etc", nothing_in("/usr/local/etc"));
    way(
        "names in /dev",
        only(
            "/dev",
            &[
                "fd", "full", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin", "stdout", "tty", "urandom",
                "zero",
            ],
        ),
    );
    way("mounted file systems", mounts(outside));
    way("a device file on the disk", refused(File::open("/root/device")));
    way("a set-user-id program", set_user_id());
    ways
}

/// Nothing of the machine's state, control groups or pinned eBPF objects is mounted, and nothing mounted is the
/// machine's and writable.
fn mounts(outside: &str) -> Found {
    let table = fs::read_to_string("/proc/self/mountinfo").map_err(|error| error.to_string())?;
    let folder = Path::new(outside).parent().unwrap_or(Path::new("/")).to_string_lossy();
    for line in table.lines() {
        let kind = line.split(" - ").nth(1).and_then(|right| right.split(' ').next()).unwrap_or_default();
        let options = line.split(' ').nth(5).unwrap_or_default();
        let own = ["tmpfs", "overlay", "proc", "devpts"].contains(&kind);
        let read_only = options.split(',').any(|option| option == "ro");
        if (!own && !read_only) || line.contains(&*folder) {
            return Err(line.into());
        }
        if !options.contains("nosuid") {
            return Err(format!("set-user-id programs count: {line}"));
        }
        let devices = ["/dev", "/dev/pts"].contains(&line.split(' ').nth(4).unwrap_or_default());
        if !devices && !options.contains("nodev") {
            return Err(format!("device files count: {line}"));
        }
    }
    Ok(format!("{} mounts", table.lines().count()))
}

/// Keeps the root open, changes the root to below it, goes back by the open file and up past everything.
fn leave_changed_root(outside: &str) -> Found {
    let root = File::open("/").map_err(|error| error.to_string())?;
    // SAFETY: constant paths and an open file; the working directory is set back.
    unsafe {
        let changed = libc::chroot(c"/tmp".as_ptr()) == 0;
        libc::fchdir(std::os::fd::AsRawFd::as_raw_fd(&root));
        for _ in 0..64 {
            libc::chdir(c"..".as_ptr());
        }
        let found = fs::metadata(outside.trim_start_matches('/'));
        libc::chdir(c"/".as_ptr());
        if changed { Err("the root was changed".into()) } else { refused(found) }
    }
}

/// A copy of a program with the bit set, run as another user, must not make that user root.
fn set_user_id() -> Found {
    let path = "/var/tmp/id";
    let prepare = || {
        fs::copy("/usr/bin/id", path)?;
        fs::set_permissions(path, PermissionsExt::from_mode(0o4755))?;
        symlink("/nowhere", "/var/tmp/link").or(Ok(()))
    };
    prepare().map_err(|error: io::Error| error.to_string())?;
    let output = Command::new(path).arg("-u").uid(1000).gid(1000).output().map_err(|error| error.to_string())?;
    match String::from_utf8_lossy(&output.stdout).trim() {
        "1000" => Ok("still user 1000".into()),
        other => Err(format!("user {other}")),
    }
}
