//! A new flow like one before it: from the same interface, between the same addresses, to the same port, under the same
//! policy. What the gates say of it hangs on nothing else, so they are not asked once more.
//!
//! That holds for what can begin a conversation and has ports, goes through no gateway, and has no entry yet: what is known
//! of a connection is for the gates to see.
//!
//! With the way of a flow stands that of its answers, once one has walked. Groups let answers pass: those of whom they track, and
//! all of whom they do not (rows SG-2, SG-6). So it hangs on the network ACLs alone to which ports answers may go, and those to a
//! flow that follows need not walk.

use super::*;
use crate::policy::PortRange;

/// The groups of the source (the destination) do not track such flows.
const SOURCE_UNTRACKED: u32 = 1;
const DESTINATION_UNTRACKED: u32 = 2;

impl Walk {
    /// A packet that may follow takes the way of a flow like its own. False: there was none, and it must walk.
    #[inline(never)]
    pub(crate) fn follow<T: Tables>(&mut self, tables: &T) -> bool {
        if self.find_precedent(tables) && !self.has_entries(tables) {
            return true;
        }
        self.source_untracked = 0;
        self.destination_untracked = 0;
        self.answer_known = 0;
        false
    }

    #[inline(always)]
    fn find_precedent<T: Tables>(&mut self, tables: &T) -> bool {
        self.key = self.like();
        let walk = &mut *self;
        let found = tables.precedent(place(&walk.key), |p| {
            if p.key != walk.key || p.epoch != walk.epoch || p.epoch == 0 {
                return false;
            }
            walk.action.port = p.port;
            walk.action.destination_mac = p.destination_mac;
            walk.action.source_mac = p.source_mac;
            walk.source_untracked = p.untracked & SOURCE_UNTRACKED;
            walk.destination_untracked = p.untracked & DESTINATION_UNTRACKED;
            let answers = PortRange { first: p.answer_first, last: p.answer_last };
            walk.answer_known = answers.holds(walk.came.tuple.source_port) as u32;
            walk.answer_destination_mac = p.answer_destination_mac;
            walk.answer_source_mac = p.answer_source_mac;
            true
        });
        found == Some(true)
    }

    #[inline(always)]
    fn has_entries<T: Tables>(&mut self, tables: &T) -> bool {
        self.look_at_source(tables);
        if self.source.found != 0 {
            return true;
        }
        self.key = ConnKey::new(self.action.port, &self.tuple.reversed());
        self.look_at_destination(tables);
        self.destination.found != 0
    }

    /// May the way of this packet, which has walked to its end, be another's? Who was alive was not asked by the gates.
    #[inline(always)]
    pub(crate) fn may_lead(&self) -> bool {
        self.source.alive == 0 && self.destination.alive == 0 && self.may_follow()
    }

    /// Remembers the way of a packet that may lead.
    #[inline(never)]
    pub(crate) fn remember<T: Tables>(&mut self, tables: &T) {
        if self.through_gateway() {
            return;
        }
        self.key = self.like();
        let walk = &*self;
        tables.precedent(place(&walk.key), |p| {
            p.key = walk.key;
            p.epoch = walk.epoch;
            p.port = walk.action.port;
            p.destination_mac = walk.action.destination_mac;
            p.source_mac = walk.action.source_mac;
            let source = if walk.source_untracked != 0 { SOURCE_UNTRACKED } else { 0 };
            let destination = if walk.destination_untracked != 0 { DESTINATION_UNTRACKED } else { 0 };
            p.untracked = source | destination;
            (p.answer_first, p.answer_last) = (1, 0);
        });
    }

    /// May this packet, which has walked to its end, show the way of answers?
    #[inline(always)]
    pub(crate) fn may_answer(&self) -> bool {
        matches!(self.came.protocol, TCP | UDP) && self.came.flags & (F_ERROR | F_FRAGMENT) == 0
    }

    /// Remembers the way of a packet that answers, with that of the flow that it answers, if that has led.
    #[inline(never)]
    pub(crate) fn remember_answer<T: Tables>(&mut self, tables: &T) {
        if self.through_gateway() {
            return;
        }
        let asked = Ends::of(&self.came.tuple).reversed(self.came.protocol);
        self.key =
            ConnKey::between(self.action.port, self.came.protocol, Ends { ports: asked.ports & 0xffff, ..asked });
        let walk = &*self;
        tables.precedent(place(&walk.key), |p| {
            if p.key != walk.key || p.epoch != walk.epoch || p.port != walk.port {
                return;
            }
            (p.answer_first, p.answer_last) = (walk.alike_first, walk.alike_last);
            p.answer_destination_mac = walk.action.destination_mac;
            p.answer_source_mac = walk.action.source_mac;
        });
    }

    #[inline(always)]
    fn through_gateway(&self) -> bool {
        self.action.ttl_cost != 0 || self.nat != 0 || self.tuple != self.came.tuple
    }

    #[inline(always)]
    pub(crate) fn may_follow(&self) -> bool {
        let opens = match self.came.protocol {
            TCP => self.came.is(F_SYN),
            UDP => true,
            _ => false,
        };
        opens && self.came.flags & (F_ERROR | F_FRAGMENT) == 0
    }

    /// The key of all flows like this one.
    #[inline(always)]
    fn like(&self) -> ConnKey {
        let ends = Ends::of(&self.came.tuple);
        ConnKey::between(self.port, self.came.protocol, Ends { ports: ends.ports & 0xffff, ..ends })
    }
}

/// Where the precedent of these flows stands.
#[inline(always)]
fn place(key: &ConnKey) -> u32 {
    (key.mixed() >> (u64::BITS - PRECEDENTS.trailing_zeros())) as u32
}
