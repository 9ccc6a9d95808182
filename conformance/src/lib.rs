//! The rows of `docs/semantics.md`, each shown by packets.
//!
//! A test builds a [`World`]: a region through `control`'s commands, compiled by `policy`, in a fabric of its own. It
//! sends frames into an interface and is told where each came out, or at which gate it was dropped and why. There is no
//! third outcome and no waiting for silence: a packet that is not delivered raises a counter.
//!
//! Every expectation has a twin that must come out the other way, so that no test can pass because nothing works.

pub mod frame;
pub mod outcome;
pub mod socket;
pub mod world;

pub use frame::Packet;
pub use outcome::Outcome;
pub use world::{End, World};
