//! A packet on its way, hop by hop: leave an interface, cross a gateway, enter an interface.
//!
//! A hop turns the tuple and never touches the packet's bytes. The walk ends in an `Action`, which is applied once
//! and kept: the connection's entry is the flow entry. The order of the gates is that of section 1 of the semantics.
//!
//! In the kernel a walk stands in per-CPU memory, because the verifier does not track what is in there; on the stack
//! it would track every field, at many times the cost. So what a hop needs room for is a field here.

mod depart;
mod enter;
mod finish;
mod igw;
mod leave;
mod nat_in;
mod nat_out;
mod precedent;

use crate::connection::{MUTUAL, Reclaim, Sight, Status, TimeOuts, look};
use crate::lookup::Tables;
use crate::packet::*;
use crate::tables::*;
use crate::{DropReason, Event, Ip, Parsed};

/// Ends in the reason of a drop. `Walk::gate` then says where it fell.
pub type Hop = Result<(), DropReason>;

pub(crate) const LEAVE: u32 = 1;
pub(crate) const NAT_OUT: u32 = 2;
pub(crate) const IGW_OUT: u32 = 3;
pub(crate) const IGW_IN: u32 = 4;
pub(crate) const NAT_IN: u32 = 5;
pub(crate) const ENTER: u32 = 6;
pub(crate) const DONE: u32 = 7;

/// A packet on its way. Written by the engine; for observers and for tests that look at it afterwards.
#[repr(C)]
#[derive(Clone, Copy, Default, Debug)]
pub struct Walk {
    /// The reason of the drop, 0 = none. Set by the driver; first, so that a test finds it in the kernel's scratch.
    pub reason: u32,
    /// The gate where it fell, as in a `DropKey`.
    pub gate: u32,
    /// The port that the packet came from.
    pub port: u32,
    /// The next hop, and the interface's port or the gateway's node it goes to.
    pub(crate) hop: u32,
    pub node: u32,
    pub vpc: u32,
    /// The subnet where the packet stands; 0 = outside.
    pub subnet: u32,
    pub epoch: u32,
    /// Fabric clock, ns.
    pub now: u64,
    /// The packet as it came.
    pub came: Parsed,
    /// The tuple as it is now.
    pub tuple: Tuple,
    /// The source that the IP header would bear now. Not the tuple's in an ICMP error of a router.
    pub outer_source: Ip,
    /// What the walk comes to.
    pub action: Action,
    /// The connection as the source's port and as the destination's knows it.
    pub source: Status,
    pub destination: Status,
    /// 1: the groups of this end do not track the flow (row SG-6).
    pub(crate) source_untracked: u32,
    pub(crate) destination_untracked: u32,
    /// The destination is an address that the interface is known to hold.
    pub(crate) owned: u32,
    /// 1: `owner` is who holds the destination; kind 0 = nobody.
    pub(crate) owner_asked: u32,
    pub(crate) owner: Owner,
    /// The membership of `outer_source`, if `sender_known` is 1: it is that of the interface that sent the packet.
    pub(crate) sender_membership: u32,
    pub(crate) sender_known: u32,
    /// The packet stands at a NAT gateway.
    pub(crate) at_nat: u32,
    /// The NAT gateway on the way, 0 = none ...
    pub nat: u32,
    /// ... and if it is the source that it translates: to this.
    pub nat_port: u16,
    pub nat_address: u16,
    /// 1: `claim` was taken by this walk, and goes back if it fails.
    pub(crate) claimed: u32,
    pub(crate) interface_connections: u32,
    /// Ports that the network ACLs on the way let pass with this one.
    pub(crate) alike_first: u16,
    pub(crate) alike_last: u16,
    /// 1: the answer goes back with these MACs.
    pub(crate) answer_known: u32,
    pub(crate) answer_destination_mac: [u8; 6],
    pub(crate) answer_source_mac: [u8; 6],
    pub(crate) nat_key: NatKey,
    pub(crate) claim: NatClaim,
    pub(crate) key: ConnKey,
    /// The entry under which the packet came, and the one that it names, whose key this is.
    pub(crate) peer: ConnKey,
    pub(crate) near: Sight,
    pub(crate) far: Sight,
    pub(crate) conn: Conn,
    pub(crate) reclaim: Reclaim,
}

impl Walk {
    /// Judges a packet that came from `port`, all the way. On success `action` says what to do with it, and the
    /// connection is kept; else nothing is, and `gate` says where the packet fell.
    ///
    /// Fragments are judged like whole packets: the caller has seen to it that `came` is the first one's.
    pub fn judge<T: Tables>(&mut self, tables: &T, came: Parsed, port: u32) -> Hop {
        self.came = came;
        self.judge_came(tables, port)
    }

    /// `judge` for who has read the packet into `came` already.
    #[inline(always)]
    pub fn judge_came<T: Tables>(&mut self, tables: &T, port: u32) -> Hop {
        self.start(tables, port)?;
        let followed = self.may_follow() && self.hop == LEAVE && self.follow(tables);
        let result = if followed { self.finish(tables) } else { self.run_and_remember(tables) };
        if result.is_err() && self.claimed != 0 {
            tables.nat_release(&self.nat_key);
        }
        result
    }

    #[inline(never)]
    fn start<T: Tables>(&mut self, tables: &T, port: u32) -> Hop {
        self.gate = 0;
        self.port = port;
        self.tuple = self.came.tuple;
        self.outer_source = self.came.outer_source;
        self.node = port;
        self.vpc = 0;
        self.subnet = 0;
        self.source = Status::default();
        self.destination = Status::default();
        self.source_untracked = 0;
        self.destination_untracked = 0;
        self.owned = 0;
        self.owner_asked = 0;
        self.sender_known = 0;
        self.at_nat = 0;
        self.nat = 0;
        self.nat_port = 0;
        self.nat_address = 0;
        self.claimed = 0;
        self.alike_first = 0;
        self.alike_last = u16::MAX;
        self.answer_known = 0;
        self.action.mtu = MTU_VPC;
        self.action.ttl_cost = 0;
        self.action.flags = 0;
        let clock = tables.clock().ok_or(DropReason::Internal)?;
        self.now = tables.monotonic().wrapping_add(clock.offset);
        self.epoch = clock.epoch;
        self.interface_connections = clock.interface_connections;
        let from_internet = tables.uplink().is_some_and(|u| u.port == port && port != 0);
        self.hop = if from_internet { IGW_IN } else { LEAVE };
        if from_internet {
            tables.saw(self, Event::FromInternet { port });
            self.look_at_source(tables);
        }
        Ok(())
    }

    #[inline(always)]
    fn run_and_remember<T: Tables>(&mut self, tables: &T) -> Hop {
        self.run(tables)?;
        if self.may_lead() {
            self.remember(tables);
        } else if self.may_answer() {
            self.remember_answer(tables);
        }
        Ok(())
    }

    /// The hops come in this order, each at most once, so no path is a loop.
    #[inline(always)]
    fn run<T: Tables>(&mut self, tables: &T) -> Hop {
        if self.hop == LEAVE {
            self.leave(tables)?;
            self.depart(tables)?;
        }
        if self.hop == NAT_OUT {
            self.nat_out(tables)?;
            self.depart(tables)?;
        }
        if self.hop == IGW_OUT {
            self.igw_out(tables)?;
        }
        if self.hop == IGW_IN {
            self.igw_in(tables)?;
        }
        if self.hop == NAT_IN {
            self.nat_in(tables)?;
            self.depart(tables)?;
        }
        if self.hop == ENTER {
            self.enter(tables)?;
        }
        if self.hop == DONE {
            return self.finish(tables);
        }
        self.drop_at(0, DropReason::TooManyHops)
    }

    /// The entry under which the packet itself came.
    #[inline(always)]
    fn look_at_source<T: Tables>(&mut self, tables: &T) {
        self.key = ConnKey::new(self.port, &self.came.tuple);
        look(tables, &self.key, &mut self.peer, &mut self.near, &mut self.far);
        self.source.read(&self.near, &self.far);
    }

    /// The entry of the answer, whose key is in `key`. Where it is the one that the packet's own names, both have been
    /// read.
    #[inline(always)]
    pub(crate) fn look_at_destination<T: Tables>(&mut self, tables: &T) {
        if self.far.found == MUTUAL && self.peer == self.key {
            self.near.found = MUTUAL;
            self.destination.read(&self.far, &self.near);
            return;
        }
        let (mut near, mut far) = (Sight::default(), Sight::default());
        look(tables, &self.key, &mut self.peer, &mut near, &mut far);
        self.destination.read(&near, &far);
    }

    /// Who holds the destination; asked once, however often it is wanted.
    #[inline(always)]
    pub(crate) fn ask_owner<T: Tables>(&mut self, tables: &T) {
        if self.owner_asked == 0 {
            let address = VpcAddress { vpc: self.vpc, address: self.tuple.destination };
            self.owner = tables.owner(&address).map_or(Owner::default(), |o| *o);
            self.owner_asked = 1;
        }
    }

    /// Is the connection alive for an interface with these time-outs? A SYN on one that is closing opens another.
    #[inline(always)]
    fn alive(&self, status: &Status, idle: TimeOuts) -> bool {
        let reopened = self.came.is(F_SYN) && !self.came.is(F_ERROR) && status.flags & CONN_CLOSING != 0;
        status.found != 0 && !reopened && !status.idled_out(self.tuple.protocol, self.now, idle)
    }

    /// A gate that has a way on refuses: the observer may want to see what lies behind it.
    #[inline(always)]
    fn refuse<T: Tables>(&mut self, tables: &T, gate: u32, reason: DropReason) -> Hop {
        self.gate = gate;
        if tables.refused(self, reason) { Ok(()) } else { Err(reason) }
    }

    /// Ends the walk at a gate.
    #[inline(always)]
    fn drop_at<R>(&mut self, gate: u32, reason: DropReason) -> Result<R, DropReason> {
        self.gate = gate;
        Err(reason)
    }

    /// The source that the IP header shall bear: see `crate::apply`.
    #[inline(always)]
    pub fn source_address(&self) -> Ip {
        if self.came.is(F_ERROR) { self.outer_source } else { self.action.tuple.source }
    }

    /// One gateway more on the way.
    #[inline(always)]
    fn crossed(&mut self, mtu: u16) {
        self.action.ttl_cost += 1;
        if mtu < self.action.mtu {
            self.action.mtu = mtu;
        }
    }
}
