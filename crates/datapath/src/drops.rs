//! What was dropped: counters by reason, gate and interface, and events as they happen.

use std::{
    collections::BTreeSet,
    os::fd::{AsFd, AsRawFd, BorrowedFd},
    sync::PoisonError,
    time::{Duration, Instant},
};

use aya::maps::{Map as AyaMap, MapData, RingBuf};
use croft_engine::tables::{DropCount, DropEvent, DropKey};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::{
    Fabric, FabricError,
    bpf::{MapKind, Plain},
    error::Doing,
    slow::Events,
};

impl Fabric {
    /// The drop counters, summed over the processors, with what the slow path of this process has dropped. They only
    /// grow as long as the process lives.
    pub fn drops(&self) -> Result<Vec<(DropKey, DropCount)>, FabricError> {
        let map = &self.maps().drops;
        let mut found = self.slow().as_ref().map(|s| s.drops()).unwrap_or_default();
        let processors = processors()?;
        // A walk over keys starts anew where one goes away meanwhile: each counts once.
        for key in map.keys()?.into_iter().collect::<BTreeSet<_>>() {
            let values = match map.kind() {
                MapKind::PerCpuHash => map.get_per_cpu(&key, processors)?.unwrap_or_default(),
                _ => map.get(&key)?.into_iter().collect(),
            };
            let sum = found.entry(key).or_default();
            for value in values {
                sum.packets += value.packets;
                sum.bytes += value.bytes;
            }
        }
        Ok(found.into_iter().filter(|(_, sum)| sum.packets > 0).collect())
    }

    /// The drops as they happen, from now on and for one reader at a time. Events are lost where nobody reads; the
    /// counters are not.
    pub fn drop_events(&self) -> Result<DropEvents, FabricError> {
        let failed = |e: &dyn std::error::Error| FabricError::Program(format!("the ring of drop events: {e}"));
        let data = MapData::from_pin(self.dir().map("EVENTS")).map_err(|e| failed(&e))?;
        let ring = RingBuf::try_from(AyaMap::RingBuf(data)).map_err(|e| failed(&e))?;
        let slow = self.slow().as_ref().map(|s| s.events());
        Ok(DropEvents { ring, slow })
    }
}

/// Reads drop events.
pub struct DropEvents {
    ring: RingBuf<MapData>,
    /// Those of the slow path.
    slow: Option<Events>,
}

/// How long an event of the slow path may wait for the reader to look.
const GRAIN: Duration = Duration::from_millis(50);

impl DropEvents {
    /// The next event; `None`: none came within `timeout`.
    pub fn next(&mut self, timeout: Duration) -> Result<Option<DropEvent>, FabricError> {
        let end = Instant::now() + timeout;
        loop {
            if let Some(event) = self.ring.next().and_then(|item| DropEvent::read(&item)) {
                return Ok(Some(event));
            }
            if let Some(event) =
                self.slow.as_ref().and_then(|s| s.lock().unwrap_or_else(PoisonError::into_inner).pop_front())
            {
                return Ok(Some(event));
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            // SAFETY: the ring, and with it the descriptor, outlives the call.
            let fd = unsafe { BorrowedFd::borrow_raw(self.ring.as_raw_fd()) };
            let timeout = PollTimeout::try_from(left.min(GRAIN)).unwrap_or(PollTimeout::MAX);
            match poll(&mut [PollFd::new(fd.as_fd(), PollFlags::POLLIN)], timeout) {
                Ok(_) | Err(nix::Error::EINTR) => {}
                Err(e) => return Err(e).doing(|| "wait for drop events".into()),
            }
        }
    }
}

/// Processors that a per-CPU map has values for.
fn processors() -> Result<usize, FabricError> {
    aya::util::nr_cpus().map_err(|(what, error)| FabricError::System { what: what.into(), error })
}
