//! The process that holds a region: its state, the fabric that carries its packets, and the socket that others speak
//! to it by.
//!
//! A [`Daemon`] is one region in one state directory. `croft serve` runs one as a process of its own; a lab or a test
//! starts one inside its own process. Both go through the same methods, so what the socket offers and what a test
//! calls cannot differ: [`socket`] only decodes a request, calls the method, and encodes what it gave.
//!
//! Three words are kept apart. *Desired* is what the region says; it is on disk before a command is answered.
//! *Applied* is the version of the region that the kernel's tables show. *Observed* is what was seen of processes and
//! gateways and reported back into the region.

mod answer;
mod changes;
pub mod client;
pub mod daemon;
pub mod doctor;
pub mod drops;
mod endpoint;
pub mod error;
mod http;
pub mod keeper;
mod listing;
pub mod naming;
pub mod options;
pub mod probe;
pub mod protocol;
pub mod reach;
pub mod socket;
pub mod stacks;
pub mod state_dir;
mod streams;
pub mod wire;
