//! The region as a state machine: a command gives a new state and its changes, or an error and nothing changed.
//!
//! One writer, all reads from memory. No I/O, no clock, no randomness of its own: time and bits are handed in, so a
//! test can drive the whole machine by a seed.
#![forbid(unsafe_code)]

pub mod region;

pub use region::Region;
