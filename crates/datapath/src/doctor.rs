//! What this machine allows. Where a thing can be tried without leaving a trace, it is tried and not guessed.

use std::{fs, path::Path, thread};

use nix::{
    sched::{CloneFlags, unshare},
    unistd::Uid,
};

use crate::{FabricError, bpf, error::Doing, link::VethEnd, netlink::Netlink, program};

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    pub name: &'static str,
    pub ok: bool,
    /// What was found, and where it is not well, what to do.
    pub detail: String,
}

/// Oldest kernel with tcx links.
const KERNEL: (u32, u32) = (6, 6);

/// Looks at everything a fabric needs.
pub fn doctor() -> Vec<Check> {
    vec![
        rights(),
        kernel(),
        btf(),
        jit(),
        filesystem("bpffs", "bpf", "programs, links and maps are pinned in one"),
        filesystem("overlayfs", "overlay", "workloads see /usr through one"),
        cgroups(),
        namespaces_and_veth(),
        packet_program(),
    ]
}

fn rights() -> Check {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let effective = status
        .lines()
        .find_map(|l| l.strip_prefix("CapEff:"))
        .and_then(|v| u64::from_str_radix(v.trim(), 16).ok())
        .unwrap_or(0);
    // Numbers of linux/capability.h.
    let needed = [("CAP_NET_ADMIN", 12), ("CAP_NET_RAW", 13), ("CAP_SYS_ADMIN", 21), ("CAP_BPF", 39)];
    let missing: Vec<_> = needed.iter().filter(|(_, bit)| effective >> bit & 1 == 0).map(|(name, _)| *name).collect();
    let root = Uid::effective().is_root();
    let detail = match (root, missing.is_empty()) {
        (true, true) => "root, with the capabilities that are needed".into(),
        (false, true) => "not root, with the capabilities that are needed".into(),
        (_, false) => format!("missing {}: run it as root", missing.join(", ")),
    };
    Check { name: "rights", ok: missing.is_empty(), detail }
}

fn kernel() -> Check {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim().to_owned();
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map_while(|n| n.parse().ok());
    let version: (u32, u32) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    let ok = version >= KERNEL;
    let detail = if ok { release } else { format!("{release}; {}.{} or newer is needed for tcx", KERNEL.0, KERNEL.1) };
    Check { name: "kernel", ok, detail }
}

fn btf() -> Check {
    let ok = Path::new("/sys/kernel/btf/vmlinux").exists();
    let detail =
        if ok { "/sys/kernel/btf/vmlinux" } else { "/sys/kernel/btf/vmlinux is missing: CONFIG_DEBUG_INFO_BTF" };
    Check { name: "btf", ok, detail: detail.into() }
}

fn jit() -> Check {
    match fs::read_to_string("/proc/sys/net/core/bpf_jit_enable") {
        Ok(v) if v.trim() == "0" => Check {
            name: "jit",
            ok: false,
            detail: "net.core.bpf_jit_enable is 0: packets are interpreted, slowly but rightly".into(),
        },
        Ok(_) => Check { name: "jit", ok: true, detail: "on".into() },
        Err(_) => Check { name: "jit", ok: false, detail: "this kernel has no BPF compiler".into() },
    }
}

fn filesystem(name: &'static str, kind: &str, why: &str) -> Check {
    let known = fs::read_to_string("/proc/filesystems").unwrap_or_default();
    let ok = known.lines().any(|l| l.split_whitespace().last() == Some(kind));
    let detail =
        if ok { "known to the kernel".into() } else { format!("unknown to the kernel (load its module?); {why}") };
    Check { name, ok, detail }
}

fn cgroups() -> Check {
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let kinds: Vec<(&str, &str)> = mounts
        .lines()
        .filter_map(|l| {
            let (before, after) = l.split_once(" - ")?;
            let kind = after.split(' ').next()?;
            kind.starts_with("cgroup").then_some((kind, before.split(' ').nth(4)?))
        })
        .collect();
    let v1: Vec<_> = kinds.iter().filter(|k| k.0 == "cgroup").filter_map(|k| k.1.rsplit('/').next()).collect();
    let unified = kinds.iter().find(|k| k.0 == "cgroup2").map(|k| k.1);
    let (ok, detail) = match (unified, v1.is_empty()) {
        (Some(path), true) => (true, format!("version 2 at {path}")),
        (Some(_), false) => (true, format!("versions 1 and 2; version 1 controllers: {}", v1.join(", "))),
        (None, false) => (true, format!("version 1: {}", v1.join(", "))),
        (None, true) => (false, "no cgroup is mounted: workloads would run without limits".into()),
    };
    Check { name: "cgroups", ok, detail }
}

/// Makes a namespace with a veth pair, which ends with the thread.
fn namespaces_and_veth() -> Check {
    let result = in_scratch(|netlink| scratch_veth(netlink).map(drop));
    let detail = match &result {
        Ok(()) => "made a network namespace and a veth pair in it".into(),
        Err(e) => e.to_string(),
    };
    Check { name: "namespaces", ok: result.is_ok(), detail }
}

/// Loads the program and attaches it to a device in a namespace that ends with the thread.
fn packet_program() -> Check {
    let result = in_scratch(|netlink| {
        let device = scratch_veth(netlink)?;
        let program = program::load_unpinned()?;
        bpf::attach_tcx_ingress(&program, device).map(drop)
    });
    let detail = match &result {
        Ok(()) => "loaded, and attached with tcx".into(),
        Err(e) => e.to_string(),
    };
    Check { name: "packet program", ok: result.is_ok(), detail }
}

fn in_scratch(work: impl FnOnce(&mut Netlink) -> Result<(), FabricError> + Send) -> Result<(), FabricError> {
    let joined = thread::scope(|s| {
        s.spawn(|| {
            unshare(CloneFlags::CLONE_NEWNET).doing(|| "make a network namespace".into())?;
            work(&mut Netlink::here()?)
        })
        .join()
    });
    joined.unwrap_or_else(|_| Err(FabricError::Panicked("a namespace for trying".into())))
}

fn scratch_veth(netlink: &mut Netlink) -> Result<u32, FabricError> {
    let end = |name, last| VethEnd { name, mac: [2, 0, 0, 0, 0, last], mtu: 1500, namespace: None };
    netlink.add_veth(&end("a", 1), &end("b", 2))?;
    netlink.link("a")?.map(|l| l.index).ok_or_else(|| FabricError::NoInterface("a".into()))
}
