//! The way of a packet whose connection was walked before: one look-up.

use crate::Parsed;
use crate::lookup::Tables;
use crate::packet::*;
use crate::tables::*;
use crate::walk::fits;

/// A direction that was quiet for this long walks again, ns. No time-out is shorter, so a packet on the short way
/// never belongs to a connection that has idled out.
const PATIENCE: u64 = TCP_CLOSING_IDLE as u64 * 1_000_000_000;

/// The action of a known flow under the present policy. `None`: the packet must walk.
#[inline(always)]
pub fn short_way<T: Tables>(tables: &T, came: &Parsed, port: u32) -> Option<Action> {
    if came.flags & (F_ERROR | F_SYN | F_FRAGMENT) != 0 {
        return None;
    }
    let clock = tables.clock()?;
    let (now, epoch) = (tables.monotonic().wrapping_add(clock.offset), clock.epoch);
    tables.conn(&ConnKey { port, tuple: came.tuple }, |c| {
        if c.epoch != epoch || epoch == 0 || now.saturating_sub(c.last) >= PATIENCE || fits(came, &c.action).is_err() {
            return None;
        }
        if came.is(F_CLOSE) {
            c.flags |= CONN_CLOSING;
        }
        c.last = now;
        c.packets += 1;
        c.bytes += came.length as u64;
        Some(c.action)
    })?
}
