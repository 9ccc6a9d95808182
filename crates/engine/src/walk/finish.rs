//! The end of a walk: does the packet fit the path, and is there room to keep the connection.

use super::*;
use crate::connection::{insert, remove, take_own, take_slot};
use crate::lookup::Inserted;
use crate::rewrite::lasts;
use core::sync::atomic::{Ordering, compiler_fence};

impl Walk {
    #[inline(never)]
    pub(crate) fn finish<T: Tables>(&mut self, tables: &T) -> Hop {
        self.gate = 0;
        if self.tuple != self.came.tuple {
            self.action.flags |= ACT_TRANSLATE;
        }
        self.action.tuple = self.tuple;
        fits(self.came.ttl, self.came.size, self.action.ttl_cost, self.action.mtu)?;
        if self.came.is(F_ERROR) {
            return Ok(());
        }
        if tables.uplink().is_some_and(|u| u.port == self.port) {
            self.source.alive = self.destination.alive;
        }
        if self.came.is(F_CLOSE) && self.source.alive == 0 {
            return Err(DropReason::NoConnection);
        }
        if self.source.found == 0 {
            self.check_share(tables, self.port)?;
        }
        if self.destination.found == 0 {
            self.check_share(tables, self.action.port)?;
        }
        self.keep(tables)
    }

    /// Keeps the connection: an entry for each direction, and a slot in the ring of connections if it is new. Where
    /// the table is full a dead connection makes room, if one is found.
    #[inline(always)]
    fn keep<T: Tables>(&mut self, tables: &T) -> Hop {
        let counted = self.interface_connections != 0;
        let full = !self.keep_both(tables, counted);
        if self.source.found != 0 && self.destination.found != 0 {
            return Ok(());
        }
        let slot = take_slot(tables, self.now, &mut self.reclaim, counted, !full);
        if full && (slot.is_none() || !self.keep_in_its_place(tables, counted)) {
            let node = tables.interface(self.port).map_or(0, |i| i.node);
            return self.drop_at(node, DropReason::TableFull);
        }
        if let Some(slot) = slot {
            // The entry that is new: each has a slot that leads to it, also when the other one finds another way.
            let key = if self.destination.found == 0 {
                ConnKey::new(self.action.port, &self.tuple.reversed())
            } else {
                ConnKey::new(self.port, &self.came.tuple)
            };
            tables.reclaim_slot(slot, |k| *k = key);
        }
        Ok(())
    }

    /// Once more, after a dead connection has gone. It may have been this flow's own last one.
    #[inline(never)]
    fn keep_in_its_place<T: Tables>(&mut self, tables: &T, counted: bool) -> bool {
        self.look_again(tables);
        self.keep_both(tables, counted)
    }

    /// Are the entries of this flow still there?
    #[inline(never)]
    fn look_again<T: Tables>(&mut self, tables: &T) {
        self.key = ConnKey::new(self.port, &self.came.tuple);
        self.source.found = tables.conn(&self.key, |_| 1).unwrap_or(0);
        self.key = ConnKey::new(self.action.port, &self.tuple.reversed());
        self.destination.found = tables.conn(&self.key, |_| 1).unwrap_or(0);
    }

    /// Both entries or none. False: the table is full. What is there already is written last, so that a packet that
    /// is dropped for want of room changes nothing.
    #[inline(never)]
    fn keep_both<T: Tables>(&mut self, tables: &T, counted: bool) -> bool {
        let source_is_new = self.source.found == 0;
        if source_is_new && !self.keep_source(tables, counted) {
            return false;
        }
        if !self.keep_destination(tables, counted) {
            if source_is_new {
                self.key = ConnKey::new(self.port, &self.came.tuple);
                remove(tables, &self.key, counted);
            }
            return false;
        }
        source_is_new || self.keep_source(tables, counted)
    }

    /// Each interface has its share of the table. Where it is full, a dead connection of its own makes room, if one is
    /// found.
    #[inline(never)]
    fn check_share<T: Tables>(&mut self, tables: &T, port: u32) -> Hop {
        let limit = self.interface_connections;
        if limit == 0 || tables.used(port) < limit as u64 {
            return Ok(());
        }
        // Only interfaces have a share: the way to the internet has none.
        let Some(node) = tables.interface(port).map(|i| i.node) else { return Ok(()) };
        if !take_own(tables, self.now, port, &mut self.reclaim) || tables.used(port) >= limit as u64 {
            return self.drop_at(node, DropReason::InterfaceTableFull);
        }
        self.look_again(tables);
        Ok(())
    }

    /// The entry of the direction that the packet goes gets the action. False: the table is full.
    #[inline(never)]
    fn keep_source<T: Tables>(&mut self, tables: &T, counted: bool) -> bool {
        self.key = ConnKey::new(self.port, &self.came.tuple);
        let tracked = if self.source_untracked == 0 || self.nat != 0 { CONN_TRACKED } else { 0 };
        if self.source.found == 0 {
            self.conn.set_action(&self.action, self.action.port, Ends::of(&self.tuple));
            self.conn.last = self.now;
            self.conn.packets = 1;
            self.conn.bytes = self.came.length as u64;
            self.conn.epoch = self.epoch;
            self.conn.flags = tracked;
            self.conn.nat = self.nat;
            self.conn.nat_port = self.nat_port;
            self.conn.nat_address = self.nat_address;
            match insert(tables, &self.key, &self.conn, counted) {
                Inserted::Done => return true,
                Inserted::Full => return false,
                Inserted::Exists => self.source.alive = 1,
            }
            if let Some(action) = self.winner(tables) {
                self.tuple = action.tuple;
                self.action = action;
                return true;
            }
        }
        let closing = if self.came.is(F_CLOSE) { CONN_CLOSING } else { 0 };
        let walk = &*self;
        tables.conn(&walk.key, |c| {
            if walk.source.alive == 0 {
                c.packets = 0;
                c.bytes = 0;
                c.flags = tracked;
            } else if walk.nat != 0 {
                c.flags |= CONN_TRACKED;
            }
            c.flags |= closing;
            c.nat = walk.nat;
            c.nat_port = walk.nat_port;
            c.nat_address = walk.nat_address;
            c.packets += 1;
            c.bytes += walk.came.length as u64;
            c.last = walk.now;
            turn(c, &walk.action, walk.action.port, Ends::of(&walk.tuple), walk.epoch);
        });
        true
    }

    /// Another processor has written this entry since the walk began: its action goes, and a port that this walk
    /// has claimed goes back.
    #[inline(always)]
    fn winner<T: Tables>(&mut self, tables: &T) -> Option<Action> {
        let (epoch, nat_port, key) = (self.epoch, self.nat_port, &self.key);
        let won = tables.conn(key, |c| (c.epoch == epoch).then_some((c.action(key), c.nat_port)))??;
        if self.claimed != 0 && won.1 != nat_port {
            tables.nat_release(&self.nat_key);
        }
        self.claimed = 0;
        Some(won.0)
    }

    /// The entry of the way back: its packets are known, but walk once before they take the short way, unless a precedent
    /// says where they go. False: the table is full.
    #[inline(never)]
    fn keep_destination<T: Tables>(&mut self, tables: &T, counted: bool) -> bool {
        // Where a living direction goes is for its own packets to say.
        if self.destination.found != 0 && self.destination.alive != 0 {
            return true;
        }
        let back = Ends::of(&self.came.tuple).reversed(self.came.tuple.protocol);
        self.key = ConnKey::new(self.action.port, &self.tuple.reversed());
        let tracked = if self.destination_untracked == 0 || self.nat != 0 { CONN_TRACKED } else { 0 };
        if self.destination.found == 0 {
            self.conn.set_action(&self.action, self.port, back);
            self.conn.last = self.now;
            self.conn.packets = 0;
            self.conn.bytes = 0;
            self.conn.epoch = 0;
            if self.answer_known != 0 {
                self.conn.set_macs(&self.answer_destination_mac, &self.answer_source_mac);
                self.conn.epoch = self.epoch;
            }
            self.conn.flags = tracked;
            self.conn.nat = self.nat;
            self.conn.nat_port = 0;
            self.conn.nat_address = 0;
            match insert(tables, &self.key, &self.conn, counted) {
                Inserted::Done => return true,
                Inserted::Full => return false,
                // Somebody's of this moment.
                Inserted::Exists => return true,
            }
        }
        let walk = &*self;
        tables.conn(&walk.key, |c| {
            c.packets = 0;
            c.bytes = 0;
            c.flags = tracked;
            c.last = walk.now;
            // A translation outlives what the groups know of its connection (row NAT-3).
            if c.nat != walk.nat {
                c.nat = walk.nat;
                c.nat_port = 0;
            }
            turn(c, &walk.action, walk.port, back, 0);
        });
        true
    }
}

/// Does the packet survive the path: its time to live, and its size (row NET-8).
#[inline(always)]
fn fits(ttl: u8, size: u32, ttl_cost: u8, mtu: u16) -> Hop {
    if !lasts(ttl, ttl_cost) {
        return Err(DropReason::TtlExpired);
    }
    if size > mtu as u32 {
        return Err(DropReason::TooBig);
    }
    Ok(())
}

/// Changes an entry that another processor may be reading: it is out of use meanwhile.
#[inline(always)]
fn turn(conn: &mut Conn, action: &Action, port: u32, ends: Ends, epoch: u32) {
    conn.epoch = 0;
    compiler_fence(Ordering::SeqCst);
    conn.set_action(action, port, ends);
    compiler_fence(Ordering::SeqCst);
    conn.epoch = epoch;
}
