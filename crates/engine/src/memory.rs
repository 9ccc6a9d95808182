//! The engine's tables in memory, for user space: to explain, to verify, to test, and to know what a host must hold.

mod bytes;
pub mod delta;
mod longest_prefix;
mod recorder;
pub mod snapshot;
mod tables;

#[cfg(test)]
mod tests;

pub use delta::{Changes, Delta};
pub use recorder::{Recorder, Step};
pub use snapshot::{Prefix, Snapshot};
pub use tables::{Limits, MemoryTables};
