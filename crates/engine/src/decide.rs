//! The one entrance for whoever has the bytes of a packet in user space. The kernel's program composes the same
//! parts: `Known::read` and `short_way` with `forward`; else `parse`, `Walk::judge`, `apply`, `arp::answer`.

use crate::lookup::Tables;
use crate::packet::*;
use crate::punt::Handling;
use crate::tables::*;
use crate::{DropReason, Walk, arp, rewrite, short_way};

/// A packet that goes somewhere. Its bytes have been rewritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// To `Action::port`.
    Deliver(Action),
    /// ARP: back to where it came from.
    Answer,
}

/// A packet that does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub reason: DropReason,
    /// As in a `DropKey`.
    pub gate: u32,
    /// The packet's tuple as it came, as far as it could be read.
    pub tuple: Tuple,
    /// What is left to do.
    pub handling: Handling,
    /// `TooBig`: the largest packet that the path takes.
    pub mtu: u32,
}

/// Decides a packet that came from `port`, and rewrites it. Fragments are refused with `DropReason::Fragment`, as
/// the kernel does; who has collected them calls `Walk::judge` with the first one and `apply` for each.
pub fn decide<T: Tables, P: Packet + ?Sized>(
    tables: &T,
    packet: &mut P,
    port: u32,
    walk: &mut Walk,
) -> Result<Fate, Refusal> {
    walk.reason = 0;
    walk.gate = 0;
    let refusal = |reason: DropReason, gate, tuple, flags: u16, mtu| Refusal {
        reason,
        gate,
        tuple,
        handling: reason.handling(flags & F_DONT_FRAGMENT != 0),
        mtu,
    };
    if let Some(known) = Known::read(&*packet, port) {
        let segment = packet.segment();
        let go = |key: &ConnKey, conn: &Conn| rewrite::forward(packet, key, conn).map(|()| conn.action(key));
        if let Some(action) = short_way(tables, &known, || segment, go) {
            return Ok(Fate::Deliver(action));
        }
    }
    let came = match parse(packet) {
        Ok(came) if came.is(F_FRAGMENT) => {
            return Err(refusal(DropReason::Fragment, 0, came.tuple, came.flags, 0));
        }
        Ok(came) => came,
        Err(DropReason::Arp) => {
            return match arp::answer(tables, packet, port) {
                Ok(()) => Ok(Fate::Answer),
                Err(reason) => Err(refusal(reason, 0, Tuple::default(), 0, 0)),
            };
        }
        Err(reason) => return Err(refusal(reason, 0, Tuple::default(), 0, 0)),
    };
    walk.judge(tables, came, port).map_err(|reason| {
        walk.reason = reason as u32;
        refusal(reason, walk.gate, came.tuple, came.flags, walk.action.mtu.into())
    })?;
    match rewrite::apply(packet, &came, &walk.action, walk.source_address()) {
        Some(()) => Ok(Fate::Deliver(walk.action)),
        None => Err(refusal(DropReason::Malformed, 0, came.tuple, came.flags, 0)),
    }
}
