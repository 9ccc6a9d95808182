//! Decides the fate of a packet. See `docs/architecture.md`, "One engine".
//!
//! The same code is compiled to eBPF and runs in the kernel on every packet, and runs in user space to explain,
//! to verify and to test. It knows ports, sets, classes, hops and verdicts; it has never heard of AWS.
#![cfg_attr(not(feature = "memory"), no_std)]
#![forbid(unsafe_code)]

pub mod address;
pub mod drop_reason;
pub mod tables;

pub use address::Ip;
pub use drop_reason::DropReason;
