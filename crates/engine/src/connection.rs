//! Connections: is one known, is it still alive, and where does a new one find room.
//!
//! A connection has two entries, one for each direction, each kept under the port that the direction leaves from.
//! Each counts its own direction and names the other, so a look at both tells what state it is in. Nothing runs on
//! a timer: whether an entry still counts is judged when it is looked up, by the fabric's clock (row SG-7).

use crate::flow::cache::{CACHED_FROM, forget, settle};
use crate::lookup::{Inserted, Tables};
use crate::nat;
use crate::tables::*;

const SECOND: u64 = 1_000_000_000;

/// Slots that a new connection looks at before it goes without one.
const RECLAIM_PROBES: u32 = 8;
/// Slots that it looks at in any case: so dead connections go faster than new ones come, and the table is full only
/// of living ones.
const RECLAIM_ALWAYS: u32 = 2;

/// What the two entries of a connection say together.
#[repr(C)]
#[derive(Clone, Copy, Default, Debug)]
pub struct Status {
    /// When either direction last saw a packet.
    pub last: u64,
    /// The same, as the NAT gateway on the way has seen it: an answer that came by another way counts for it too.
    pub nat_last: u64,
    /// Packets of this direction, and of the other.
    pub packets: u32,
    pub peer_packets: u32,
    /// `CONN_*` of this entry; `CONN_CLOSING` also if the other one has it.
    pub flags: u8,
    /// 1: there is an entry.
    pub found: u32,
    /// 1: it has not idled out, and no SYN has opened it anew.
    pub alive: u32,
    /// The translation of this direction.
    pub nat: u32,
    pub nat_port: u16,
    pub nat_address: u16,
    pub pad: u32,
}

/// Idle time-outs of an interface, in seconds.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeOuts {
    pub tcp: u32,
    pub udp: u32,
    pub udp_stream: u32,
}

impl TimeOuts {
    pub const DEFAULT: TimeOuts = TimeOuts { tcp: TCP_IDLE, udp: UDP_IDLE, udp_stream: UDP_STREAM_IDLE };

    #[inline(always)]
    pub fn of(interface: &Interface) -> TimeOuts {
        let or = |value, default| if value == 0 { default } else { value };
        TimeOuts {
            tcp: or(interface.tcp_idle, TCP_IDLE),
            udp: or(interface.udp_idle, UDP_IDLE),
            udp_stream: or(interface.udp_stream_idle, UDP_STREAM_IDLE),
        }
    }
}

impl Status {
    /// Idle long enough to be forgotten by an interface with these time-outs.
    #[inline(always)]
    pub fn idled_out(&self, protocol: u8, now: u64, idle: TimeOuts) -> bool {
        let limit = match protocol {
            TCP if self.flags & CONN_CLOSING != 0 => TCP_CLOSING_IDLE,
            TCP if self.packets > 0 && self.peer_packets > 0 => idle.tcp,
            TCP => TCP_OPENING_IDLE,
            UDP if self.packets >= 2 && self.peer_packets >= 2 => idle.udp_stream,
            UDP => idle.udp,
            ICMP => ICMP_IDLE,
            _ => OTHER_IDLE,
        };
        self.idle_for(now) >= limit as u64 * SECOND
    }

    /// Idle long enough for a NAT gateway to forget the translation (row NAT-3).
    #[inline(always)]
    pub fn translation_idled_out(&self, now: u64) -> bool {
        now.saturating_sub(self.nat_last) >= NAT_IDLE as u64 * SECOND
    }

    #[inline(always)]
    fn idle_for(&self, now: u64) -> u64 {
        now.saturating_sub(self.last)
    }

    /// Known to the groups of the interface: they are not asked (row SG-2).
    #[inline(always)]
    pub fn known(&self) -> bool {
        self.alive != 0 && self.flags & CONN_TRACKED != 0
    }
}

/// What an entry says by itself.
#[repr(C)]
#[derive(Clone, Copy, Default, Debug)]
pub struct Sight {
    pub last: u64,
    pub packets: u32,
    pub flags: u8,
    /// `MISSING`, `STRAYED` or `MUTUAL`.
    pub found: u32,
    pub nat: u32,
    pub nat_port: u16,
    pub nat_address: u16,
    pub pad: u32,
}

/// There is no such entry.
pub const MISSING: u32 = 0;
/// An entry that names another one than that by which it was found: it has found another way, and speaks for another
/// connection.
pub const STRAYED: u32 = 1;
/// Two entries that name each other.
pub const MUTUAL: u32 = 2;

impl Sight {
    #[inline(always)]
    fn take(&mut self, c: &Conn, found: u32) {
        self.last = c.last;
        self.packets = c.packets;
        self.flags = c.flags;
        self.found = found;
        self.nat = c.nat;
        self.nat_port = c.nat_port;
        self.nat_address = c.nat_address;
    }
}

/// Reads the entry of `key` and the one that it names, whose key goes to `peer`.
#[inline(never)]
pub fn look<T: Tables>(tables: &T, key: &ConnKey, peer: &mut ConnKey, near: &mut Sight, far: &mut Sight) {
    near.found = MISSING;
    far.found = MISSING;
    tables.conn(key, |c| {
        near.take(c, STRAYED);
        *peer = c.peer(key);
    });
    if near.found == MISSING {
        return;
    }
    if near.packets >= CACHED_FROM && settle(tables, key) {
        tables.conn(key, |c| near.take(c, STRAYED));
    }
    let named = &*peer;
    tables.conn(named, |c| {
        let mutual = c.peer(named) == *key;
        far.take(c, if mutual { MUTUAL } else { STRAYED });
    });
    if far.found != MISSING && far.packets >= CACHED_FROM && settle(tables, named) {
        let found = far.found;
        tables.conn(named, |c| far.take(c, found));
    }
}

impl Status {
    /// What two entries say of the direction of `near`, together. `far` is the one that `near` names, or one that names
    /// `near`.
    #[inline(always)]
    pub fn read(&mut self, near: &Sight, far: &Sight) {
        *self = Status::default();
        if near.found == MISSING {
            return;
        }
        self.found = 1;
        self.last = near.last;
        self.nat_last = near.last;
        self.packets = near.packets;
        self.flags = near.flags;
        self.nat = near.nat;
        self.nat_port = near.nat_port;
        self.nat_address = near.nat_address;
        if far.found == MISSING {
            return;
        }
        if far.nat == self.nat && far.last > self.nat_last {
            self.nat_last = far.last;
        }
        if far.found != MUTUAL {
            return;
        }
        if far.last > self.last {
            self.last = far.last;
        }
        self.peer_packets = far.packets;
        self.flags |= far.flags & CONN_CLOSING;
        if self.nat == 0 {
            self.nat = far.nat;
            self.nat_last = self.last;
        }
    }
}

/// Nobody needs the connection any more: both ends have forgotten it, and the NAT gateway on its way has too.
/// `status` is left with what both entries say.
#[inline(always)]
pub fn dead<T: Tables>(tables: &T, key: &ConnKey, now: u64, peer: &mut ConnKey, status: &mut Status) -> bool {
    let (mut near, mut far) = (Sight::default(), Sight::default());
    look(tables, key, peer, &mut near, &mut far);
    status.read(&near, &far);
    if status.found == 0 {
        return true;
    }
    if status.idle_for(now) < TCP_CLOSING_IDLE as u64 * SECOND {
        return false;
    }
    if status.nat != 0 && !status.translation_idled_out(now) {
        return false;
    }
    let (own, far) = (time_outs(tables, key.port()), time_outs(tables, peer.port()));
    let protocol = key.protocol();
    let default = TimeOuts::DEFAULT;
    match (own, far) {
        (None, None) => status.idled_out(protocol, now, default),
        (own, far) => {
            let own = own.or(far).unwrap_or(default);
            status.idled_out(protocol, now, own) && status.idled_out(protocol, now, far.unwrap_or(own))
        }
    }
}

#[inline(always)]
fn time_outs<T: Tables>(tables: &T, port: u32) -> Option<TimeOuts> {
    tables.interface(port).map(|i| TimeOuts::of(&i))
}

/// Room for what a search for a slot needs, so that it stands in the walk and not on the kernel's small stack.
#[repr(C)]
#[derive(Clone, Copy, Default, Debug)]
pub struct Reclaim {
    key: ConnKey,
    peer: ConnKey,
    status: Status,
    /// A stretch of the ring: the next slot, by its count, and how many there are.
    at: u64,
    slots: u64,
}

/// Adds an entry, counted to the interface of `key`.
#[inline(always)]
pub fn insert<T: Tables>(tables: &T, key: &ConnKey, conn: &Conn, counted: bool) -> Inserted {
    let inserted = tables.conn_insert(key, conn);
    if inserted == Inserted::Done && counted {
        tables.count(key.port(), true);
    }
    inserted
}

/// Takes an entry away again.
#[inline(always)]
pub fn remove<T: Tables>(tables: &T, key: &ConnKey, counted: bool) {
    forget(tables, key);
    if tables.conn_remove(key) && counted {
        tables.count(key.port(), false);
    }
}

/// How many slots a ring has for a table with so many entries: a connection has one slot and two entries, so slots and
/// entries run out together, and then the hand stands at the oldest.
pub const fn reclaim_slots(entries: u32) -> u32 {
    if entries < 2 { 1 } else { entries / 2 }
}

/// The slot that a hand's count stands for: one after the other, so that the oldest connection is looked at first.
#[inline(always)]
pub fn slot_of(count: u64, slots: u64) -> u32 {
    count.checked_rem(slots).unwrap_or(0) as u32
}

/// A slot for a new connection in the ring of connections: one whose connection is dead, or with `free_will_do` a free
/// one. The dead connection goes, both entries of it, so a table of dead connections needs no sweep. `None`: all that
/// it looked at are alive, or there is no ring; then only a sweep will find the new connection when it is dead.
#[inline(never)]
pub fn take_slot<T: Tables>(
    tables: &T,
    now: u64,
    room: &mut Reclaim,
    counted: bool,
    free_will_do: bool,
) -> Option<u32> {
    let mut taken = None;
    let mut i = 0;
    while i < RECLAIM_PROBES && (taken.is_none() || i < RECLAIM_ALWAYS) {
        let slot = tables.reclaim_next()?;
        let found = visit(tables, slot, now, room, counted);
        if found == CLEARED || (found == FREE && free_will_do) {
            taken = Some(slot);
        }
        i += 1;
    }
    taken
}

/// Slots that are looked at for a dead connection of a port whose share is full: so many stretches, each as long as this or up
/// to a connection of the port that has been idle. A share is an eighth of the table where nobody says otherwise, and so
/// a full one is in every fourth slot.
const OWN_STRETCHES: u32 = 4;
const OWN_STRETCH: u32 = 16;

/// Where a port's share is full: a dead connection of its own goes, if one is found; the port remembers where it got to. So
/// a share of dead connections needs no sweep and no other port's new connections.
#[inline(never)]
pub fn take_own<T: Tables>(tables: &T, now: u64, port: u32, room: &mut Reclaim) -> bool {
    let mut i = 0;
    while i < OWN_STRETCHES {
        let Some((at, slots)) = tables.reclaim_own(port, 0) else { return false };
        if slots == 0 {
            return false;
        }
        room.at = at;
        room.slots = slots;
        let found = idle_own(tables, now, port, room);
        tables.reclaim_own(port, (room.at - at) as u32);
        if found && visit(tables, slot_of(room.at - 1, slots), now, room, true) == CLEARED {
            return true;
        }
        i += 1;
    }
    false
}

/// Passes slots up to one whose connection may be a dead one of the port. False: there was none.
#[inline(never)]
fn idle_own<T: Tables>(tables: &T, now: u64, port: u32, room: &mut Reclaim) -> bool {
    let mut i = 0;
    while i < OWN_STRETCH {
        if may_be_dead(tables, now, port, room) {
            return true;
        }
        i += 1;
    }
    false
}

/// Passes one slot. Apart, so that the loop above has nothing to count by but what the kernel's verifier can follow.
#[inline(never)]
fn may_be_dead<T: Tables>(tables: &T, now: u64, port: u32, room: &mut Reclaim) -> bool {
    let slot = slot_of(room.at, room.slots);
    room.at += 1;
    if tables.reclaim_slot(slot, |k| room.key = *k).is_none() || room.key.port() == 0 {
        return false;
    }
    let near = room.key.port() == port;
    let long = TCP_CLOSING_IDLE as u64 * SECOND;
    let may = |c: &mut Conn| (near || c.port == port) && now.saturating_sub(c.last) >= long;
    if tables.conn(&room.key, may) != Some(true) {
        return false;
    }
    // As far as the entry knows.
    !settle(tables, &room.key) || tables.conn(&room.key, may) == Some(true)
}

const ALIVE: u32 = 0;
const FREE: u32 = 1;
const CLEARED: u32 = 2;

#[inline(never)]
fn visit<T: Tables>(tables: &T, slot: u32, now: u64, room: &mut Reclaim, counted: bool) -> u32 {
    if tables.reclaim_slot(slot, |k| room.key = *k).is_none() {
        return ALIVE;
    }
    if room.key.port() == 0 {
        return FREE;
    }
    if !dead(tables, &room.key, now, &mut room.peer, &mut room.status) {
        return ALIVE;
    }
    tables.reclaim_slot(slot, |k| *k = ConnKey::default());
    if room.status.found == 0 {
        return FREE;
    }
    clear(tables, room, counted);
    CLEARED
}

/// Both entries go, and the port at a NAT gateway; the other one only if it is this connection's and no other's.
#[inline(never)]
fn clear<T: Tables>(tables: &T, room: &Reclaim, counted: bool) {
    if tables.conn(&room.peer, |c| c.peer(&room.peer) == room.key) == Some(true) {
        nat::release_port_of(tables, &room.peer);
        remove(tables, &room.peer, counted);
    }
    nat::release_port_of(tables, &room.key);
    remove(tables, &room.key, counted);
}

#[cfg(test)]
mod tests;
