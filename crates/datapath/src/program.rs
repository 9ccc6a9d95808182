//! The packet program: loaded from the object that is part of this binary, pinned, and put in the place of its
//! predecessor while packets flow.

use std::{
    fs,
    os::fd::{AsFd, OwnedFd},
};

use aya::{EbpfLoader, programs::SchedClassifier};

use croft_engine::tables::Clock;

use crate::{
    FabricError,
    bpf::{self, Map, Plain},
    error::Doing,
    interface::hash,
    run_dir::RunDir,
    tables,
};

/// The object, as built from `crates/datapath-ebpf`.
pub(crate) static OBJECT: &[u8] = aya::include_bytes_aligned!(concat!(env!("CARGO_MANIFEST_DIR"), "/ebpf/croft.bpf.o"));

/// Name of the clock in the object.
const CLOCK_SYMBOL: &str = "CLOCK";

/// Name of the program in the object.
const PROGRAM: &str = "croft";

/// How large the tables are that grow with traffic.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub(crate) connections: u32,
}

/// Loads the program of this binary.
pub(crate) fn load(dir: &RunDir, sizes: Sizes) -> Result<OwnedFd, FabricError> {
    load_object(OBJECT, dir, sizes)
}

/// Loads a program over the pinned maps; maps that are not pinned yet are made and pinned.
///
/// The loader writes a section's first value, also where it finds the map; so it is given the clock as it is. The caller sees to it
/// that nobody changes it meanwhile.
pub(crate) fn load_object(object: &[u8], dir: &RunDir, sizes: Sizes) -> Result<OwnedFd, FabricError> {
    let clock = running_clock(dir)?;
    let mut loader = EbpfLoader::new();
    loader.override_global(CLOCK_SYMBOL, clock.bytes(), true);
    for name in tables::NAMES {
        loader.map_pin_path(name, dir.map(name));
    }
    let (section, pin) = tables::CLOCK;
    loader.map_pin_path(section, dir.map(pin));
    sizes.set(&mut loader);
    load_with(&mut loader, object)
}

/// The clock of the fabric that runs, or of one that begins.
fn running_clock(dir: &RunDir) -> Result<Clock, FabricError> {
    let (_, pin) = tables::CLOCK;
    match Map::<u32, Clock>::open(&dir.map(pin), pin) {
        Ok(map) => Ok(map.get(&0)?.unwrap_or_default()),
        Err(e) if e.is_not_found() => Ok(Clock::default()),
        Err(e) => Err(e),
    }
}

/// Loads the program with tables of its own that end with it: to see whether it loads.
pub(crate) fn load_unpinned() -> Result<OwnedFd, FabricError> {
    let mut loader = EbpfLoader::new();
    Sizes { connections: 64 }.set(&mut loader);
    load_with(&mut loader, OBJECT)
}

impl Sizes {
    fn set(self, loader: &mut EbpfLoader<'_>) {
        let n = self.connections;
        loader.map_max_entries("CONNS", n);
        loader.map_max_entries("FLOW_CACHE", croft_engine::flow::cache::slots_for(n));
        loader.map_max_entries("RECLAIM", croft_engine::connection::reclaim_slots(n));
        // A translated connection has two entries in CONNS.
        loader.map_max_entries("NAT_CLAIMS", (n / 2).max(1));
    }
}

fn load_with(loader: &mut EbpfLoader<'_>, object: &[u8]) -> Result<OwnedFd, FabricError> {
    let refused = |e: &dyn std::error::Error| FabricError::Program(with_causes(e));
    let mut object = loader.load(object).map_err(|e| refused(&e))?;
    let program = object.program_mut(PROGRAM).ok_or_else(|| FabricError::Program(format!("it has no {PROGRAM}")))?;
    let program: &mut SchedClassifier = program.try_into().map_err(|e| refused(&e))?;
    program.load().map_err(|e| refused(&e))?;
    let fd = program.fd().map_err(|e| refused(&e))?;
    fd.as_fd().try_clone_to_owned().doing(|| "keep the packet program".into())
}

/// What the object is, in a form to compare.
pub(crate) fn version() -> String {
    format!("{:016x}", hash(OBJECT))
}

/// Pins the program in the place of what is pinned there.
pub(crate) fn pin(dir: &RunDir, program: &OwnedFd) -> Result<(), FabricError> {
    let path = dir.program();
    let new = path.with_file_name("program-new");
    // Left behind by a process that was killed here.
    let _ = fs::remove_file(&new);
    bpf::pin(program, &new)?;
    fs::rename(&new, &path).doing(|| format!("rename {} to {}", new.display(), path.display()))
}

/// The error with its causes. Of the verifier's log, which is long, the end is what says why.
fn with_causes(e: &dyn std::error::Error) -> String {
    let mut text = e.to_string();
    let mut cause = e.source();
    while let Some(c) = cause {
        text = format!("{text}: {c}");
        cause = c.source();
    }
    let lines: Vec<&str> = text.lines().collect();
    match lines.as_slice() {
        [first, .., _] if lines.len() > 2 * LOG_LINES => {
            let first: String = first.chars().take(200).collect();
            format!("{first} … {}", lines[lines.len() - LOG_LINES..].join("\n"))
        }
        _ => text,
    }
}

/// Lines of the verifier's log that are shown.
const LOG_LINES: usize = 8;
