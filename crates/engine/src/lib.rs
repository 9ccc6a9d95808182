//! Decides the fate of a packet. See `docs/architecture.md`, "One engine".
//!
//! The same code is compiled to eBPF and runs in the kernel on every packet, and runs in user space to explain,
//! to verify and to test. It knows ports, sets, classes, hops and verdicts; it has never heard of AWS.
//!
//! A packet is parsed (`packet`) into a tuple. If its connection was walked under the present policy, the
//! `short_way` gives the action; else a `walk` goes gate by gate and keeps the action in the connection. `rewrite`
//! applies it to the bytes. `decide` puts these together.
#![cfg_attr(not(any(feature = "memory", test)), no_std)]
#![forbid(unsafe_code)]

pub mod address;
pub mod arp;
pub mod connection;
pub mod decide;
pub mod drop_reason;
pub mod flow;
pub mod layout;
pub mod lookup;
#[cfg(feature = "memory")]
pub mod memory;
pub mod nat;
pub mod observer;
pub mod packet;
pub mod policy;
pub mod punt;
pub mod rewrite;
pub mod short_way;
pub mod tables;
pub mod walk;

pub use address::Ip;
pub use decide::{Fate, Refusal, decide};
pub use drop_reason::DropReason;
pub use layout::LAYOUT;
pub use lookup::{Inserted, Tables};
pub use observer::{Direction, Event, Tracking};
pub use packet::{Packet, Parsed, parse};
pub use rewrite::{apply, forward};
pub use short_way::short_way;
pub use walk::Walk;
