//! Stacks: a template with its parameters, and what has been made of it.
//!
//! A stack's record lives in the cloud's state and is written before and after each step, so that it survives
//! whoever works on it. One run at a time works on a stack: whoever holds the cloud sees to that.

pub mod dependency;
pub mod design;
pub mod error;
pub mod event;
pub mod graph;
pub mod identity;
pub mod plan;
pub mod present;

mod delete;
mod recover;
mod rollback;
mod up;
mod work;

#[cfg(test)]
pub(crate) mod tests;

pub use delete::down;
pub use design::Design;
pub use error::StackError;
pub use event::{Event, Status};
pub use plan::{Plan, plan};
pub use up::{Done, Request, up};

use croft_control::{Cloud, Error};
use std::time::Duration;

/// The cloud as a stack sees it: whoever holds it runs the commands and knows when it has changed.
pub trait Account {
    /// As it is now.
    fn cloud(&self) -> Cloud;

    /// Runs a command; what it answers has been committed.
    fn run<R: croft_control::Request>(&mut self, request: R) -> Result<R::Response, Error>;

    /// Waits until the cloud has another version than this one (a NAT gateway came up, an instance runs), until the
    /// work is cancelled, or until the time is over.
    fn wait(&mut self, version: u64, at_most: Duration);

    /// Seconds since 1970.
    fn now(&self) -> u64;

    /// Has whoever asked for the work withdrawn? What is under way is then rolled back.
    fn cancelled(&self) -> bool {
        false
    }
}

/// How long a resource may take to become what it should, or to be gone.
pub const PATIENCE: Duration = Duration::from_secs(300);
