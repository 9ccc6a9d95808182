//! One world: a region, what is compiled from it, and the judges side by side.

use crate::compare::{Fate, agrees, reason};
use crate::engine::InMemory;
use crate::kernel::Kernel;
use crate::report::Failure;
use crate::scene::Scene;
use crate::step::Step;
use croft_engine::tables::Uplink;
use croft_policy::{Compiler, Ports};
use croft_reference::{Hint, Judge, Limits, Outcome, Plug, Trace, Wiring};

/// Where the fabric's clock starts, ns. Later than any time-out, so that nothing is old by accident.
pub const START: u64 = 1_000_000_000_000_000;

/// MACs of the uplink: of the far end, and the router's own.
const FAR: [u8; 6] = [2, 0, 0, 0, 0, 9];
const NEAR: [u8; 6] = [2, 0, 0, 0, 0, 8];

pub struct Arena<'k> {
    pub scene: Scene,
    limits: Limits,
    judge: Judge,
    compiler: Compiler,
    memory: InMemory,
    kernel: Option<&'k mut Kernel>,
    now: u64,
}

/// What a step came to.
#[derive(Debug)]
pub struct Result {
    pub judged: Outcome,
    pub trace: Trace,
    /// Who saw it otherwise, and how.
    pub mismatch: Option<(&'static str, Fate)>,
    pub in_kernel: bool,
}

impl<'k> Arena<'k> {
    pub fn new(
        scene: Scene,
        limits: Limits,
        kernel: Option<&'k mut Kernel>,
    ) -> std::result::Result<Arena<'k>, Failure> {
        let compiler = Compiler::with_interface_connections(limits.entries_per_interface as u32);
        let judge = Judge::new(scene.cloud.clone(), Wiring::default(), START);
        let memory = InMemory::new(limits.entries, START);
        let mut arena = Arena { scene, limits, judge, compiler, memory, kernel, now: START };
        if let Some(kernel) = &mut arena.kernel {
            kernel.clear()?;
            arena.now = kernel.set_clock(START)?;
            arena.judge.advance(arena.now - START);
            arena.memory.set_clock(arena.now);
        }
        arena.install()?;
        Ok(arena)
    }

    /// Brings all judges to the scene as it is.
    fn install(&mut self) -> std::result::Result<(), Failure> {
        let uplink = Uplink { port: self.scene.uplink, mac: FAR, router_mac: NEAR };
        let ports = Ports { interfaces: self.scene.ports.iter().map(|(id, p)| (id.clone(), *p)).collect(), uplink };
        self.compiler.update(&self.scene.cloud, &ports);
        let snapshot = self.compiler.snapshot();
        self.memory.install(snapshot);
        if let Some(kernel) = &mut self.kernel {
            kernel.install(snapshot)?;
        }
        let plug = |port: u32| Plug { port, router_mac: croft_policy::ROUTER_MAC };
        let wiring = Wiring {
            plugs: self.scene.ports.iter().map(|(id, port)| (id.clone(), plug(*port))).collect(),
            uplink: croft_reference::Uplink { port: self.scene.uplink, mac: FAR, router_mac: NEAR },
            limits: self.limits,
        };
        self.judge.change(self.scene.cloud.clone(), wiring);
        Ok(())
    }

    /// Takes one step. `None` for one that is no packet.
    pub fn step(&mut self, step: &Step) -> std::result::Result<Option<Result>, Failure> {
        match step {
            Step::Packet { port, frame } => self.packet(*port, frame).map(Some),
            Step::Advance(by) => {
                if let Some(kernel) = &mut self.kernel {
                    kernel.advance(*by)?;
                }
                self.move_clock(self.now + by);
                Ok(None)
            }
            Step::Change(edit) => {
                edit.apply(&mut self.scene);
                self.install()?;
                Ok(None)
            }
        }
    }

    fn move_clock(&mut self, now: u64) {
        self.judge.advance(now - self.now);
        self.memory.set_clock(now);
        self.now = now;
    }

    fn packet(&mut self, port: u32, frame: &[u8]) -> std::result::Result<Result, Failure> {
        // The kernel's clock runs; the others follow it.
        let by_kernel = match &mut self.kernel {
            Some(kernel) if kernel.takes(frame) => Some(kernel.packet(port, frame)?),
            _ => None,
        };
        if let Some((now, _)) = &by_kernel {
            self.move_clock((*now).max(self.now));
        }
        let by_engine = self.memory.packet(port, frame);
        let hint = match &by_engine {
            Fate::Deliver { bytes, .. } | Fate::Answer { bytes } => Hint::delivered(bytes),
            Fate::Drop { reason: why } => reason(*why).map_or_else(Hint::default, Hint::dropped),
        };
        let (judged, trace) = self.judge.packet(port, frame, &hint);
        let in_kernel = by_kernel.is_some();
        let mismatch = if !agrees(&judged, &by_engine) {
            Some(("engine", by_engine))
        } else {
            by_kernel.filter(|(_, fate)| !agrees(&judged, fate)).map(|(_, fate)| ("kernel", fate))
        };
        Ok(Result { judged, trace, mismatch, in_kernel })
    }
}
