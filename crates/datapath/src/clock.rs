//! The clock of a fabric: the kernel's monotonic clock plus an offset, so that a test moves time instead of waiting.

use std::time::Duration;

use croft_engine::tables::Clock;
use nix::time::{ClockId, clock_getres, clock_gettime};

use crate::{Fabric, FabricError, error::Doing};

impl Fabric {
    /// Fabric time since some start, ns.
    pub fn clock_now(&self) -> Result<u64, FabricError> {
        Ok(monotonic()?.wrapping_add(self.clock_value()?.offset))
    }

    /// Moves the fabric's time forward. Time-outs of connections and translations run by it; nothing else does.
    pub fn advance_clock(&self, by: Duration) -> Result<(), FabricError> {
        let by = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        // Under the lock of the tables: the epoch is in the same value.
        let _state = self.state();
        self.change_clock(|clock| clock.offset = clock.offset.saturating_add(by)).map(drop)
    }

    /// Changes the value that holds clock, epoch and limits; says the epoch. The caller holds the lock of the tables.
    pub(crate) fn change_clock(&self, change: impl FnOnce(&mut Clock)) -> Result<u32, FabricError> {
        let mut clock = self.clock_value()?;
        change(&mut clock);
        self.maps().clock.set(&0, &clock)?;
        Ok(clock.epoch)
    }
}

/// The kernel's monotonic clock, ns: what `bpf_ktime_get_ns` says.
pub(crate) fn monotonic() -> Result<u64, FabricError> {
    let now = clock_gettime(ClockId::CLOCK_MONOTONIC).doing(|| "read the clock".into())?;
    Ok(now.tv_sec() as u64 * 1_000_000_000 + now.tv_nsec() as u64)
}

/// How long a tick of the kernel is, ns: the grain of its coarse clock.
pub(crate) fn tick() -> Result<u32, FabricError> {
    let grain = clock_getres(ClockId::CLOCK_MONOTONIC_COARSE).doing(|| "read the clock's grain".into())?;
    // A clock without ticks is read by call.
    Ok(u32::try_from(grain.tv_nsec()).unwrap_or(0))
}
