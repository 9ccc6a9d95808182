//! What a run must have met before it counts as a proof.

use crate::report::Report;
use croft_engine::DropReason;

/// In a hundred packets.
const ACCEPTED: f64 = 30.0;
const KNOWN: f64 = 30.0;
const THROUGH_NAT: f64 = 15.0;
/// Packets that each reason must have dropped ...
const EACH_REASON: u64 = 100;
/// ... in a run of at least so many.
const FULL_RUN: u64 = 200_000;

/// Reasons that no packet of a run can meet, and why.
const UNREACHABLE: [(DropReason, &str); 3] = [
    (DropReason::RateLimited, "a budget in real time for what the kernel hands to user space; no row knows it"),
    (DropReason::Overload, "a machine that is too busy; no row knows it"),
    (DropReason::Internal, "a state that the engine holds impossible: the reference knows no such reason"),
];

/// Why no packet can meet the reason, if that is so.
pub fn unreachable(reason: DropReason) -> Option<&'static str> {
    UNREACHABLE.iter().find(|(r, _)| *r == reason).map(|(_, why)| *why)
}

impl Report {
    /// No mismatch, and every quota met; else a sentence that says what is missing.
    pub fn check(&self) -> Result<(), String> {
        if self.mismatch.is_some() {
            return Err("the judges differ".into());
        }
        for (name, share, least) in [
            ("accepted", self.accepted, ACCEPTED),
            ("of known flows", self.known, KNOWN),
            ("through NAT", self.through_nat, THROUGH_NAT),
        ] {
            if self.percent(share) < least {
                return Err(format!(
                    "only {:.1} % of the packets were {name}; {least} % are asked for",
                    self.percent(share)
                ));
            }
        }
        if self.packets < FULL_RUN {
            return Ok(());
        }
        for reason in DropReason::ALL {
            let count = self.drops.get(reason.name()).copied().unwrap_or(0);
            if unreachable(*reason).is_none() && count < EACH_REASON {
                let name = reason.name();
                return Err(format!("{name} dropped {count} packets only; {EACH_REASON} are asked for"));
            }
        }
        Ok(())
    }
}
