//! A world of its own for an interface's share of the table (row SG-7): full of dead connections it has room for new ones,
//! though nobody else opens any. The judge leaves it to the engine when a dead entry goes, so here more is asked for.

use crate::arena::Arena;
use crate::compare::Fate;
use crate::exhaust::{open_scene, opening};
use crate::kernel::Kernel;
use crate::report::{Failure, Mismatch, Report};
use crate::run::ORDINARY;
use crate::step::Step;
use croft_engine::DropReason;
use croft_reference::{Limits, Outcome};

const SHARE: u16 = 8;
/// Longer than any translation is kept.
const LONG: u64 = 1_000_000_000_000;

pub fn world(report: &mut Report, ports: &[u32], kernel: Option<&mut Kernel>) -> Result<(), Failure> {
    let Some((scene, senders)) = open_scene(ports) else { return Ok(()) };
    let limits = Limits { entries: ORDINARY, entries_per_interface: SHARE.into() };
    let mut arena = Arena::new(scene, limits, kernel)?;
    report.worlds += 1;
    let mut steps = Vec::new();
    for round in 0..4 {
        for n in 0..=SHARE {
            let packet = opening(senders[0], round * 100 + n);
            steps.push(packet.clone());
            let Some(result) = arena.step(&packet)? else { continue };
            report.count(&result.judged, result.trace);
            report.in_kernel += u64::from(result.in_kernel);
            let refused = Fate::Drop { reason: DropReason::InterfaceTableFull };
            let delivered = matches!(result.judged, Outcome::Deliver { .. });
            let mismatch = result.mismatch.or((delivered != (n < SHARE)).then_some(("share of the engine", refused)));
            if let Some((subject, got)) = mismatch {
                let cloud = "the world of an interface's share: 8 flows, idle, and 8 more".into();
                let (seed, judged) = (report.seed, result.judged);
                report.mismatch = Some(Box::new(Mismatch { seed, world: 0, subject, judged, got, steps, cloud }));
                return Ok(());
            }
        }
        arena.step(&Step::Advance(LONG))?;
    }
    Ok(())
}
