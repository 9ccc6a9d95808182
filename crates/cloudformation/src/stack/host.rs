//! Whoever holds the cloud that stacks are made in.

use croft_control::{Cloud, Error, Transaction};
use croft_model::Scope;
use std::time::Duration;

/// See the module. Called from many threads at once.
pub trait Host: Send + Sync {
    /// The state now. Cheap.
    fn cloud(&self) -> Cloud;

    /// Does what `work` does, in one commit; if `work` fails, nothing of it has happened. When this returns, it is
    /// durable. `work` is called once at most, and asks the host for nothing but [`Host::endpoint`] and
    /// [`Host::template`].
    fn transact(
        &self,
        scope: &Scope,
        work: &mut dyn FnMut(&mut Transaction<'_>) -> Result<(), Error>,
    ) -> Result<(), Error>;

    /// Waits until the cloud has another version than this one, or until the time is over.
    fn wait(&self, version: u64, at_most: Duration);

    /// Milliseconds since 1970.
    fn now_millis(&self) -> u64;

    /// Where handles take signals by HTTP: what their URLs begin with. None: nowhere.
    fn endpoint(&self) -> Option<String> {
        None
    }

    /// The template that a URL leads to, where the operator has mapped it to a folder; else why not.
    fn template(&self, url: &str) -> Result<String, String> {
        Err(format!("{url} leads nowhere from here: map it to a folder with --template-bucket URL=DIR"))
    }

    /// Says something to whoever runs this: a line for the log.
    fn say(&self, _what: &str) {}
}
