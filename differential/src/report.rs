//! What a run found.

use crate::compare::{Fate, reason};
use crate::quota::unreachable;
use crate::step::Step;
use croft_engine::DropReason;
use croft_reference::Outcome;
use std::collections::BTreeMap;
use std::fmt;

/// Counts over all packets, as the reference judged them, and the first mismatch if there was one.
#[derive(Debug, Default)]
pub struct Report {
    pub seed: u64,
    pub worlds: u64,
    pub packets: u64,
    pub changes: u64,
    pub clock_jumps: u64,
    pub accepted: u64,
    /// Of a connection that was known.
    pub known: u64,
    /// Through a NAT gateway.
    pub through_nat: u64,
    /// Judged by the engine in the kernel too.
    pub in_kernel: u64,
    pub drops: BTreeMap<&'static str, u64>,
    pub mismatch: Option<Box<Mismatch>>,
}

/// Two judges that differ, and the fewest steps that show it.
#[derive(Debug)]
pub struct Mismatch {
    pub seed: u64,
    pub world: u64,
    /// `engine` or `kernel`.
    pub subject: &'static str,
    pub judged: Outcome,
    pub got: Fate,
    pub steps: Vec<Step>,
    /// The cloud that is left, and its ports.
    pub cloud: String,
}

/// Why a run could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The kernel refused something that the run needs.
    #[error("{0}; the difference needs root and a kernel with eBPF")]
    Kernel(String),
    /// The object has not the tables that the run expects.
    #[error("{0}; is the committed object that of this source?")]
    Tables(String),
}

impl Report {
    pub(crate) fn count(&mut self, outcome: &Outcome, trace: croft_reference::Trace) {
        self.packets += 1;
        self.known += u64::from(trace.known);
        self.through_nat += u64::from(trace.nat);
        match outcome {
            Outcome::Drop { reason: why } => {
                let name = DropReason::ALL.iter().find(|r| reason(**r) == Some(*why)).map_or("?", |r| r.name());
                *self.drops.entry(name).or_default() += 1;
            }
            _ => self.accepted += 1,
        }
    }

    /// Share in a hundred packets.
    pub fn percent(&self, count: u64) -> f64 {
        100.0 * count as f64 / self.packets.max(1) as f64
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "seed {}: {} packets in {} worlds, {} changes, {} clock jumps",
            self.seed, self.packets, self.worlds, self.changes, self.clock_jumps
        )?;
        for (name, count) in [
            ("accepted", self.accepted),
            ("known flows", self.known),
            ("through NAT", self.through_nat),
            ("in the kernel", self.in_kernel),
        ] {
            writeln!(f, "  {name:<24}{count:>9}  {:5.1} %", self.percent(count))?;
        }
        for reason in DropReason::ALL {
            let count = self.drops.get(reason.name()).copied().unwrap_or(0);
            match unreachable(*reason) {
                Some(why) => writeln!(f, "  drop {:<24}{count:>6}  (cannot occur: {why})", reason.name())?,
                None => writeln!(f, "  drop {:<24}{count:>6}", reason.name())?,
            }
        }
        if let Some(mismatch) = &self.mismatch {
            write!(f, "{mismatch}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "MISMATCH in world {} of seed {}, after {} steps", self.world, self.seed, self.steps.len())?;
        writeln!(f, "{}", self.cloud)?;
        for step in &self.steps {
            writeln!(f, "  {step:?}")?;
        }
        writeln!(f, "reference: {}", outcome(&self.judged))?;
        writeln!(f, "{}: {}", self.subject, fate(&self.got))
    }
}

fn bytes(bytes: &[u8]) -> String {
    let shown: String = bytes.iter().take(110).map(|b| format!("{b:02x}")).collect();
    let packet = Step::Packet { port: 0, frame: bytes.to_vec() };
    format!("{packet:?}\n    {} bytes {shown}", bytes.len())
}

fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Deliver { port, bytes: b } => format!("deliver to port {port}: {}", bytes(b)),
        Outcome::Answer { bytes: b } => format!("answer {}", bytes(b)),
        Outcome::Drop { reason } => format!("drop: {reason:?}"),
    }
}

fn fate(fate: &Fate) -> String {
    match fate {
        Fate::Deliver { port, bytes: b } => format!("deliver to port {port:?}: {}", bytes(b)),
        Fate::Answer { bytes: b } => format!("answer {}", bytes(b)),
        Fate::Drop { reason } => format!("drop: {reason:?}"),
    }
}
