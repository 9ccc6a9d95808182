//! What this machine allows, what is enforced, what stands still without a daemon, and what was left behind.

use crate::error::Error;
use crate::host::{KEPT_MARK, STATE_MARK};
use crate::protocol::DropLine;
use croft_engine::DropReason;
use nix::fcntl::{Flock, FlockArg};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::path::{Path, PathBuf};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// Nothing is missing.
    pub ok: bool,
    pub checks: Vec<Check>,
    /// What enforces the rules: always the kernel's program, never anything in its place.
    pub enforcement: String,
    /// The daemon that was asked has no packets at all.
    #[serde(default)]
    pub api_only: bool,
    /// Work on stacks that an earlier daemon left undone and the one that was asked took up, in sentences.
    #[serde(default)]
    pub resumed: Vec<String>,
    /// What a dead daemon cannot do, and the drop reason that counts it meanwhile.
    pub without_daemon: Vec<StandsStill>,
    /// What the API keeps and returns and no packet knows of.
    #[serde(default)]
    pub kept_only: Vec<StandsStill>,
    /// None: only root may look.
    pub fabrics: Option<Vec<FoundFabric>>,
    /// Fabrics that were removed because their owner is gone.
    pub removed: Vec<PathBuf>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Check {
    pub name: String,
    pub ok: bool,
    pub detail: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StandsStill {
    pub what: String,
    pub counted_as: Vec<String>,
    /// Packets that were counted so, in the fabric of the daemon that was asked; none if none answers.
    pub packets: Option<u64>,
}

impl Report {
    /// Puts in what a fabric's drop counters say.
    pub fn count(&mut self, drops: &[DropLine]) {
        let lines = self.without_daemon.iter_mut().chain(&mut self.kept_only);
        for still in lines.filter(|still| !still.counted_as.is_empty()) {
            let counted = drops.iter().filter(|line| still.counted_as.contains(&line.reason));
            still.packets = Some(counted.map(|line| line.packets).sum());
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FoundFabric {
    pub run_dir: PathBuf,
    pub state_dir: Option<PathBuf>,
    pub owned: bool,
    pub ephemeral: bool,
    /// Left on purpose, by `croft stop --keep-fabric`.
    pub kept: bool,
}

impl FoundFabric {
    /// Its owner is gone, and nobody said that it should stay.
    pub fn ownerless(&self) -> bool {
        !self.owned && !self.kept
    }
}

/// Looks at the machine; with `clean` removes every fabric whose owner is gone.
pub fn doctor(run_base: &Path, clean: bool) -> Result<Report, Error> {
    let checks: Vec<Check> = croft_datapath::doctor()
        .into_iter()
        .map(|c| Check { name: c.name.to_string(), ok: c.ok, detail: c.detail })
        .collect();
    let mut removed = Vec::new();
    if clean {
        for found in fabrics(run_base)?.into_iter().filter(FoundFabric::ownerless) {
            remove_fabric(&found.run_dir)?;
            removed.push(found.run_dir);
        }
    }
    let program = checks.iter().any(|c| c.name == "packet program" && c.ok);
    Ok(Report {
        ok: checks.iter().all(|c| c.ok),
        enforcement: match program {
            true => "every packet is judged by the eBPF program at each interface (tcx); nothing else is ever used",
            false => "none: the eBPF program cannot be attached here, so no fabric starts",
        }
        .to_string(),
        api_only: false,
        resumed: Vec::new(),
        checks,
        without_daemon: stands_still(),
        kept_only: kept_only(),
        fabrics: match nix::unistd::geteuid().is_root() {
            true => Some(fabrics(run_base)?),
            false => None,
        },
        removed,
    })
}

/// What AWS's API has and the wire has not yet.
fn kept_only() -> Vec<StandsStill> {
    let what =
        "IPv6 blocks, addresses, rules, routes and egress-only internet gateways: no IPv6 packet passes (row NET-13)";
    let counted_as = vec![DropReason::Ipv6.name().to_string()];
    let ipv6 = StandsStill { what: what.to_string(), counted_as, packets: None };
    let what = "DHCP options: workloads get address and resolver from Croft itself";
    vec![ipv6, StandsStill { what: what.to_string(), counted_as: vec![], packets: None }]
}

/// Known and new flows, ARP, NAT and every time-out go on in the kernel. These do not.
fn stands_still() -> Vec<StandsStill> {
    let line = |what: &str, reasons: &[DropReason]| StandsStill {
        what: what.to_string(),
        counted_as: reasons.iter().map(|r| r.name().to_string()).collect(),
        packets: None,
    };
    vec![
        line("fragments are not put beside their first one", &[DropReason::Fragment]),
        line(
            "packets that are too large are neither cut nor answered with fragmentation needed",
            &[DropReason::TooBig],
        ),
        line("no time exceeded is sent for a packet that ends at a gateway", &[DropReason::TtlExpired]),
        line("no RST is sent for an idle translation (row NAT-3)", &[DropReason::NatIdle]),
        line("Amazon's services do not refuse at once (resolver, metadata)", &[DropReason::NoService]),
        line("signals to wait conditions are answered 503, so that whoever sends them tries again (row EXT-2)", &[]),
        line("the cloud takes no change; observations wait for the next daemon", &[]),
    ]
}

/// The fabrics of this machine.
pub fn fabrics(run_base: &Path) -> Result<Vec<FoundFabric>, Error> {
    let found = croft_datapath::fabrics(run_base)?;
    Ok(found
        .into_iter()
        .map(|f| FoundFabric {
            state_dir: state_of(&f.run_dir),
            owned: f.owned,
            ephemeral: f.ephemeral,
            // Of a cloud that is gone there is nothing to keep it for.
            kept: f.run_dir.join(KEPT_MARK).exists() && state_of(&f.run_dir).is_some_and(|state| state.exists()),
            run_dir: f.run_dir,
        })
        .collect())
}

/// Removes a fabric that nobody owns, with the workloads that run in it; of an ephemeral one the state too.
pub fn remove_fabric(run_dir: &Path) -> Result<(), Error> {
    let _alone = alone(run_dir)?;
    // Nobody goes on with it from here on; who did since it was found keeps it.
    let Some(fabric) = croft_datapath::Abandoned::take(run_dir)? else { return Ok(()) };
    let ephemeral = run_dir.join("ephemeral").exists();
    if let Some(state) = state_of(run_dir) {
        let instances = state.join("instances");
        match ephemeral {
            true => croft_agent::remove_workloads(&instances)?,
            false => croft_agent::end_workloads(&instances)?,
        }
    }
    let state = state_of(run_dir).filter(|_| ephemeral);
    fabric.destroy()?;
    match state.map(|state| (std::fs::remove_dir_all(&state), state)) {
        Some((Err(error), state)) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::io(&state, error)),
        _ => Ok(()),
    }
}

/// Several processes may find the same dead fabric; one after the other looks after it. The lock is on the directory of
/// all fabrics, so nothing is left of it.
fn alone(run_dir: &Path) -> Result<Flock<File>, Error> {
    let base = run_dir.parent().unwrap_or(run_dir);
    let directory = File::open(base).map_err(|e| Error::io(base, e))?;
    Flock::lock(directory, FlockArg::LockExclusive).map_err(|(_, e)| Error::io(base, e.into()))
}

/// The state directory that a fabric says it belongs to.
pub(crate) fn state_of(run_dir: &Path) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    let bytes = std::fs::read(run_dir.join(STATE_MARK)).ok()?;
    Some(PathBuf::from(std::ffi::OsString::from_vec(bytes)))
}
