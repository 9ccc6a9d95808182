//! The way of a packet whose connection was walked before: one look-up, and no copy of what it finds.

use crate::lookup::Tables;
use crate::packet::Known;
use crate::tables::*;

/// A direction that was quiet for this long walks again, ns. No time-out is shorter, so a packet on the short way
/// never belongs to a connection that has idled out.
const PATIENCE: u64 = TCP_CLOSING_IDLE as u64 * 1_000_000_000;

/// Sends a packet of a known flow on its way under the present policy: `go` is given the entry with its action and the key
/// that it was found under, and must not use the tables; where it refuses, nothing has changed. `segment` is
/// `Packet::segment`, which only a packet that looks too big is asked for. `None`: the packet must walk.
#[inline(always)]
pub fn short_way<T: Tables, R>(
    tables: &T,
    known: &Known,
    segment: impl FnOnce() -> u32,
    go: impl FnOnce(&ConnKey, &Conn) -> Option<R>,
) -> Option<R> {
    // Apart from the rest, which need not be in memory for it.
    let key = known.key;
    let clock = tables.clock()?;
    tables.conn(&key, |c| {
        let now = tables.now(&clock);
        if c.epoch != clock.epoch || c.epoch == 0 {
            return None;
        }
        if now >= c.last.wrapping_add(PATIENCE) {
            return None;
        }
        if known.length > c.mtu as u32 && known.size(segment()) > c.mtu as u32 {
            return None;
        }
        let gone = go(&key, c)?;
        if known.closing != 0 {
            c.flags |= CONN_CLOSING;
        }
        c.last = now;
        c.packets = c.packets.wrapping_add(1);
        c.bytes += known.length as u64;
        Some(gone)
    })?
}
