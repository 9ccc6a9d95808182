//! A [`Backend`] that keeps nothing: for tests, benchmarks and whoever wants the API without a daemon.

use crate::backend::{Backend, Refused};
use croft_cloudformation::stack::{Host, Memory, Options, Stacks};
use croft_control::{Cloud, Command, Response};
use croft_model::Scope;
use std::sync::Arc;
use std::time::Duration;

/// Its clock stands still until it is set, or a stack waits for a time that never comes. What stacks wait for comes up
/// at once.
pub struct InMemory {
    memory: Arc<Memory>,
    stacks: Arc<Stacks>,
}

impl InMemory {
    /// `seed` decides the identifiers.
    pub fn new(seed: u64) -> InMemory {
        InMemory::with(Cloud::new(Scope::default()), seed)
    }

    /// Goes on from a state.
    pub fn with(cloud: Cloud, seed: u64) -> InMemory {
        let memory = Arc::new(Memory::new(cloud, seed));
        let stacks = Stacks::new(Arc::clone(&memory) as Arc<dyn Host>, Options::default());
        InMemory { memory, stacks }
    }

    /// Moves its clock.
    pub fn advance(&self, time: Duration) {
        self.memory.advance(time);
    }

    /// Lets a URL lead to a template.
    pub fn put_template(&self, url: &str, text: &str) {
        self.memory.put_template(url, text);
    }
}

impl Drop for InMemory {
    fn drop(&mut self) {
        self.stacks.stop();
    }
}

impl Backend for InMemory {
    fn cloud(&self) -> Arc<Cloud> {
        Arc::new(self.memory.cloud())
    }

    fn run(&self, scope: &Scope, command: Command) -> Result<Response, Refused> {
        Ok(self.memory.run(scope, command)?)
    }

    fn judge(&self, scope: &Scope, command: Command) -> Result<(), Refused> {
        Ok(self.memory.judge(scope, command)?)
    }

    fn now(&self) -> i64 {
        i64::try_from(self.memory.now_millis()).unwrap_or(i64::MAX)
    }

    fn stacks(&self) -> Option<&Arc<Stacks>> {
        Some(&self.stacks)
    }
}
