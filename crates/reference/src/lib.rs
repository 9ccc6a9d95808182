//! The judge of the tests: what a VPC does with a packet, as plain, slow code that can be checked by eye.
//!
//! Nothing here is shared with the engine or with the policy compiler: not a type, not a table, not a parser. Rules are
//! lists that are scanned, routes are compared one by one, every packet passes every gate. What the engine decides by
//! look-ups, epochs and flow entries must come out the same; where it does not, one of the two is wrong.
//!
//! Gates cite the rows of `docs/semantics.md`. Two things only are taken from the engine as hints, because the rows
//! leave them open: which free port a NAT gateway chose (row NAT-1), and whether an entry that has idled out still
//! took room in a full table (row SG-7). A hint outside of what the rows allow is refused.
#![forbid(unsafe_code)]

mod acl;
mod addresses;
mod arp;
mod checksum;
mod connections;
mod flow;
mod groups;
mod judge;
mod packet;
mod reason;
mod rewrite;
mod routes;
mod translations;
mod walk;
mod wiring;

pub use flow::{Detail, Flow};
pub use judge::{Hint, Judge, Outcome, Trace};
pub use packet::{Frame, Packet, parse};
pub use reason::Reason;
pub use wiring::{Limits, Plug, Uplink, Wiring};
