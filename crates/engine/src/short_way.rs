//! The way of a packet whose connection was walked before: one look-up, and no copy of what it finds.

use crate::flow::cache::{CACHED_FROM, keep, settle};
use crate::lookup::Tables;
use crate::packet::Known;
use crate::tables::*;

/// A direction that was quiet for this long walks again, ns. No time-out is shorter, so a packet on the short way
/// never belongs to a connection that has idled out.
const PATIENCE: u64 = TCP_CLOSING_IDLE as u64 * 1_000_000_000;

/// What the flow cache has for a packet.
enum Slot<R> {
    Gone(R),
    /// The flow's own, but of no use for it.
    Stale,
    /// Another flow's or nobody's, which this one may have ...
    Free,
    /// ... and which it may not.
    Taken,
}

/// Sends a packet of a known flow on its way under the present policy: `go` is given the entry (or its copy in the flow
/// cache) with its action and the key that it was found under, and must not use the tables; where it refuses, nothing has
/// changed. `segment` is `Packet::segment`, which only a packet that looks too big is asked for. `None`: the packet must walk.
#[inline(always)]
pub fn short_way<T: Tables, R>(
    tables: &T,
    known: &Known,
    segment: impl Fn() -> u32,
    mut go: impl FnMut(&ConnKey, &Conn) -> Option<R>,
) -> Option<R> {
    // Apart from the rest, which need not be in memory for it.
    let key = known.key;
    let clock = tables.clock()?;
    let now = tables.now(&clock);
    let mut send = |c: &mut Conn| {
        if c.epoch != clock.epoch || c.epoch == 0 {
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
    };
    let slot = tables.flow_slot(&key, |slot| {
        if slot.key != key {
            return if slot.is_quiet(now) { Slot::Free } else { Slot::Taken };
        }
        if !slot.is_fresh(now) {
            return Slot::Stale;
        }
        send(&mut slot.conn).map_or(Slot::Stale, Slot::Gone)
    });
    match slot {
        Some(Slot::Gone(gone)) => return Some(gone),
        Some(Slot::Stale) => {
            settle(tables, &key);
        }
        _ => {}
    }
    let (gone, many) = tables.conn(&key, |c| {
        if now >= c.last.wrapping_add(PATIENCE) {
            return None;
        }
        Some((send(c)?, c.packets >= CACHED_FROM))
    })??;
    if many && matches!(slot, Some(Slot::Stale | Slot::Free)) {
        keep(tables, &key, now);
    }
    Some(gone)
}
