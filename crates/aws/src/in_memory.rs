//! A [`Backend`] that keeps nothing: for tests, benchmarks and whoever wants the API without a daemon.

use crate::backend::{Backend, Refused};
use croft_cloudformation::stack::memory::observations;
use croft_cloudformation::stack::{Host, Options, Stacks};
use croft_control::{Bits, Cloud, Command, Context, Control, Error, Response, Transaction};
use croft_model::Scope;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Its clock stands still until it is set, or a stack waits for a time that never comes. What stacks wait for comes up
/// at once.
pub struct InMemory {
    shared: Arc<Shared>,
    stacks: Arc<Stacks>,
}

/// What the threads of stacks see too.
struct Shared {
    state: Mutex<State>,
    /// Milliseconds since 1970. Read while the state is held.
    now: AtomicI64,
}

struct State {
    control: Control,
    bits: Bits,
}

impl InMemory {
    /// `seed` decides the identifiers.
    pub fn new(seed: u64) -> InMemory {
        InMemory::with(Cloud::new(Scope::default()), seed)
    }

    /// Goes on from a state.
    pub fn with(cloud: Cloud, seed: u64) -> InMemory {
        let state = Mutex::new(State { control: Control::new(cloud), bits: Bits::from_seed(seed) });
        let shared = Arc::new(Shared { state, now: AtomicI64::new(1_700_000_000_000) });
        let stacks = Stacks::new(Arc::clone(&shared) as Arc<dyn Host>, Options::default());
        InMemory { shared, stacks }
    }

    /// Moves its clock.
    pub fn advance(&self, millis: i64) {
        self.shared.advance(millis);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }
}

impl Drop for InMemory {
    fn drop(&mut self) {
        self.stacks.stop();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> i64 {
        self.now.load(Ordering::Relaxed)
    }

    fn advance(&self, millis: i64) {
        self.now.fetch_add(millis, Ordering::Relaxed);
    }

    fn context(&self, scope: &Scope, bits: &Bits) -> Context {
        let now = u64::try_from(self.now()).unwrap_or_default() / 1000;
        Context { scope: scope.clone(), now, bits: bits.clone() }
    }
}

impl Host for Shared {
    fn cloud(&self) -> Cloud {
        self.state().control.cloud().clone()
    }

    fn transact(
        &self,
        scope: &Scope,
        work: &mut dyn FnMut(&mut Transaction<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut state = self.state();
        let mut context = self.context(scope, &state.bits);
        let prepared = state.control.prepare_with(work, &mut context)?;
        state.bits = context.bits;
        state.control.install(prepared);
        Ok(())
    }

    fn wait(&self, _version: u64, at_most: Duration) {
        let mut state = self.state();
        let observed = observations(state.control.cloud());
        if observed.is_empty() {
            self.advance(i64::try_from(at_most.as_millis()).unwrap_or(i64::MAX));
        }
        for (scope, command) in observed {
            let mut context = self.context(&scope, &state.bits);
            // It was there under the same lock.
            let _ = state.control.run(command, &mut context);
            state.bits = context.bits;
        }
    }

    fn now_millis(&self) -> u64 {
        u64::try_from(self.now()).unwrap_or_default()
    }
}

impl Backend for InMemory {
    fn cloud(&self) -> Cloud {
        self.state().control.cloud().clone()
    }

    fn run(&self, scope: &Scope, command: Command) -> Result<Response, Refused> {
        let mut state = self.state();
        let mut context = self.shared.context(scope, &state.bits);
        let response = state.control.run(command, &mut context)?;
        state.bits = context.bits;
        Ok(response)
    }

    fn judge(&self, scope: &Scope, command: Command) -> Result<(), Refused> {
        let state = self.state();
        let mut context = self.shared.context(scope, &state.bits);
        Ok(state.control.prepare(command, &mut context).map(drop)?)
    }

    fn now(&self) -> i64 {
        self.shared.now()
    }

    fn stacks(&self) -> Option<&Arc<Stacks>> {
        Some(&self.stacks)
    }
}
