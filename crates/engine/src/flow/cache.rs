//! The flow cache: a copy of the entries of busy flows, found by the flow's hash alone, so that the short way need not
//! search the table of connections. That table stays the truth (docs/adr/0015-flow-cache.md).
//!
//! A slot counts for itself what its flow sends, and whoever looks at the entry has it settled first: what the slot has
//! counted goes to the entry, and the slot holds nothing until the flow fills it again. So nobody ever sees an entry that lags behind.

use core::sync::atomic::{Ordering, compiler_fence};

use crate::lookup::Tables;
use crate::tables::*;

/// Packets of a flow before it gets a slot: a short connection has none. An entry that counts fewer has no slot.
pub const CACHED_FROM: u32 = 8;

/// How long a slot is good for, ns. Then its flow passes by its entry again, which so never lags behind by more.
const FRESH: u64 = 1_000_000_000;

/// A slot whose flow was quiet for this long may be another's, ns. Longer than `FRESH`: a processor that has found a slot
/// good has long done with it when another one gives it away.
const QUIET: u64 = 2 * FRESH;

/// Where a flow's slot is in a cache of `mask` + 1 slots, which is a power of two and at most 2^24. Flows that differ in a
/// port lie as far apart as their ports: an end that opens one connection after the other takes its ports in turn, and so finds
/// the next slot on the page of the last one.
#[inline(always)]
pub fn place(key: &ConnKey, mask: u32) -> u32 {
    let ports = key.ends().ports;
    let start = key.without_ports().mixed() >> 40;
    (start as u32).wrapping_add(ports >> 16).wrapping_add(ports & 0xffff) & mask
}

/// How many slots there are in a cache for so many entries.
pub const fn slots_for(entries: u32) -> u32 {
    const MOST: u32 = 65_536;
    if entries >= MOST { MOST } else { entries.next_power_of_two() }
}

impl FlowSlot {
    #[inline(always)]
    pub(crate) fn is_fresh(&self, now: u64) -> bool {
        now < self.synced.wrapping_add(FRESH)
    }

    #[inline(always)]
    pub(crate) fn is_quiet(&self, now: u64) -> bool {
        now >= self.conn.last.wrapping_add(QUIET)
    }

    /// Takes over an entry. That it holds one is written last.
    #[inline(always)]
    fn fill(&mut self, key: &ConnKey, conn: &Conn, now: u64) {
        self.key = *key;
        self.conn = *conn;
        self.conn.packets = 0;
        self.conn.bytes = 0;
        self.conn.flags = 0;
        compiler_fence(Ordering::SeqCst);
        self.synced = now;
    }

    /// Holds nothing from now on, if it holds this flow's. What it has counted stands there still.
    #[inline(always)]
    fn leave(&mut self, key: &ConnKey) -> bool {
        let its = self.key == *key && self.synced != 0;
        if its {
            self.synced = 0;
        }
        its
    }

    /// Adds what it has counted to the entry.
    #[inline(always)]
    fn add_to(&self, conn: &mut Conn) {
        // An entry that begins anew has left its slot behind.
        if conn.packets < CACHED_FROM {
            return;
        }
        if self.conn.last > conn.last {
            conn.last = self.conn.last;
        }
        conn.packets = conn.packets.wrapping_add(self.conn.packets);
        conn.bytes = conn.bytes.wrapping_add(self.conn.bytes);
        conn.flags |= self.conn.flags & CONN_CLOSING;
    }
}

/// Brings the entry of a flow up to date and empties its slot. False: it had none.
#[inline(never)]
pub fn settle<T: Tables>(tables: &T, key: &ConnKey) -> bool {
    let settled = tables.flow_slot(key, |slot| {
        let its = slot.leave(key);
        if its {
            tables.conn(key, |c| slot.add_to(c));
        }
        its
    });
    settled == Some(true)
}

/// Empties the slot of a flow whose entry goes.
#[inline(always)]
pub fn forget<T: Tables>(tables: &T, key: &ConnKey) {
    tables.flow_slot(key, |slot| slot.leave(key));
}

/// Gives a flow the slot where it belongs, if that is the flow's or whose it is is quiet.
#[inline(never)]
pub(crate) fn keep<T: Tables>(tables: &T, key: &ConnKey, now: u64) {
    if !tables.flow_lock(key) {
        return;
    }
    let mut other = ConnKey::default();
    let may = tables.flow_slot(key, |slot| {
        other = slot.key;
        slot.key == *key || slot.is_quiet(now)
    });
    if may == Some(true) {
        settle(tables, &other);
        tables.flow_slot(key, |slot| tables.conn(key, |c| slot.fill(key, c, now)));
    }
    tables.flow_unlock(key);
}

#[cfg(test)]
mod tests;
