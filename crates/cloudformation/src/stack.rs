//! Stacks: a template with its parameters, and what has been made of it.
//!
//! [`Stacks`] is the way in. What is asked of a stack is judged and written into its head, and answered at once; a
//! thread of its own then works until it is done. Each step of the work is one commit: the resources that it makes,
//! changes or deletes, their records in the stack and the events that tell of it. So what is written down and what is
//! there never differ, and work that ended halfway goes on from where it was.

pub mod account;
pub mod asked;
pub mod awaited;
pub mod begin;
pub mod change_set;
pub mod dependency;
pub mod design;
pub mod drift;
pub mod error;
pub mod event;
pub mod exports;
pub mod follow;
pub mod graph;
pub mod host;
pub mod identity;
pub mod memory;
pub mod nested;
pub mod plan;
pub mod policy;
pub mod present;
pub mod resume;
pub mod service;
pub mod step;

mod delete;
mod failing;
mod finish;
mod history;
mod make;
mod protect;
mod reason;
mod run;
mod undo;
pub mod version;

#[cfg(test)]
pub(crate) mod tests;

pub use account::Account;
pub use asked::{Asked, Begun, Deletion, Given};
pub use awaited::awaited;
pub use croft_model::stack::Status;
pub use design::{Design, Frame};
pub use error::StackError;
pub use event::STACK_TYPE;
pub use follow::Outcome;
pub use host::Host;
pub use memory::Memory;
pub use plan::{Plan, plan};
pub use service::{Options, Stacks};
pub use step::Step;

use std::time::Duration;

/// How long a resource may take to become what it should, or to be gone.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// How far a phase of a stack's work is.
enum Turn {
    /// Something was done: there may be more to do.
    Moved,
    /// Nothing can be done before the cloud changes, or before a time in milliseconds since 1970.
    Waits(Option<u64>),
    /// The phase is over.
    Ended,
}
