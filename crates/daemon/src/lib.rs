//! The process that holds a region: its state, the fabric that carries its packets, and the socket that others speak
//! to it by.
//!
//! A [`Daemon`] is one region in one state directory. `croft serve` runs one as a process of its own; a lab or a test
//! starts one inside its own process. Both go through the same methods, so what the socket offers and what a test
//! calls cannot differ: [`socket`] only decodes a request, calls the method, and encodes what it gave.
//!
//! AWS's API is a third way in: [`api`] puts `croft_aws` behind the listener of `croft_api`, over the same keeper. Without
//! rights to make a fabric the API can be served alone ([`api_only`]), and says so wherever it matters.
//!
//! Three words are kept apart. *Desired* is what the cloud says; it is on disk before a command is answered.
//! *Applied* is the version of the cloud that the kernel's tables show. *Observed* is what was seen of processes and
//! gateways and reported back into the cloud.

mod answer;
pub mod api;
pub mod api_only;
mod changes;
pub mod client;
pub mod credentials;
pub mod daemon;
pub mod doctor;
pub mod drops;
mod endpoint;
pub mod error;
pub mod host;
mod http;
pub mod keeper;
mod listing;
pub mod naming;
pub mod options;
pub mod probe;
pub mod protocol;
pub mod reach;
mod signals;
pub mod socket;
pub mod stacks;
pub mod state_dir;
mod streams;
pub mod template_bucket;
pub mod transfer;
pub mod wire;
