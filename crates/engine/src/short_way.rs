//! The way of a packet whose connection was walked before: one look-up, and no copy of what it finds.

use crate::lookup::Tables;
use crate::packet::Known;
use crate::tables::*;
use crate::walk::fits;

/// A direction that was quiet for this long walks again, ns. No time-out is shorter, so a packet on the short way
/// never belongs to a connection that has idled out.
const PATIENCE: u64 = TCP_CLOSING_IDLE as u64 * 1_000_000_000;

/// Sends a packet of a known flow on its way under the present policy: `go` is given the entry with its action, and must
/// not use the tables. `None`: the packet must walk.
#[inline(always)]
pub fn short_way<T: Tables, R>(tables: &T, known: &Known, go: impl FnOnce(&Conn) -> Option<R>) -> Option<R> {
    let clock = tables.clock()?;
    let (now, epoch) = (tables.monotonic().wrapping_add(clock.offset), clock.epoch);
    tables.conn(&known.key, |c| {
        let quiet = now >= c.last.wrapping_add(PATIENCE);
        let fits = fits(known.ttl, known.size, c.ttl_cost(), c.mtu).is_ok();
        if c.epoch != epoch || epoch == 0 || quiet || !fits {
            return None;
        }
        if known.closes {
            c.flags |= CONN_CLOSING;
        }
        c.last = now;
        c.packets = c.packets.wrapping_add(1);
        c.bytes += known.length as u64;
        go(c)
    })?
}
