//! The cloud as a resource type sees it, while it makes, changes or deletes one.

use croft_control::{Cloud, Error, Request};
use croft_model::Scope;

/// One step of a stack's work. All that is done with it is committed together with the stack's record, or not at all.
pub trait Account {
    /// The stack's account and region: every look-up is in it.
    fn scope(&self) -> &Scope;

    /// As it is now, with what this step has done.
    fn cloud(&self) -> Cloud;

    /// Runs a command as a part of the step.
    fn run<R: Request>(&mut self, request: R) -> Result<R::Response, Error>;

    /// Milliseconds since 1970.
    fn now_millis(&self) -> u64;

    /// What a URL of a template leads to, where the operator has said so ([`Host::template`](super::Host::template)).
    fn template(&self, url: &str) -> Result<String, String>;

    /// Where handles take signals ([`Host::endpoint`](super::Host::endpoint)).
    fn endpoint(&self) -> Option<String>;

    /// This step has given a stack work (its head's `work`): once the step is committed, it is begun.
    fn begins(&mut self, stack_id: String);
}
