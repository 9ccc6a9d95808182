//! A [`Backend`] that keeps nothing: for tests, benchmarks and whoever wants the API without a daemon.

use crate::backend::{Backend, Refused};
use croft_control::{Bits, Cloud, Command, Context, Control, Response};
use croft_model::Scope;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Its clock stands still until it is set.
pub struct InMemory {
    state: Mutex<State>,
}

struct State {
    control: Control,
    bits: Bits,
    now: i64,
}

impl InMemory {
    /// `seed` decides the identifiers.
    pub fn new(seed: u64) -> InMemory {
        InMemory::with(Cloud::new(Scope::default()), seed)
    }

    /// Goes on from a state.
    pub fn with(cloud: Cloud, seed: u64) -> InMemory {
        let now = 1_700_000_000_000;
        InMemory { state: Mutex::new(State { control: Control::new(cloud), bits: Bits::from_seed(seed), now }) }
    }

    /// Moves its clock.
    pub fn advance(&self, millis: i64) {
        self.state().now += millis;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn context(&self, scope: &Scope) -> Context {
        let now = u64::try_from(self.now).unwrap_or_default() / 1000;
        Context { scope: scope.clone(), now, bits: self.bits.clone() }
    }
}

impl Backend for InMemory {
    fn cloud(&self) -> Cloud {
        self.state().control.cloud().clone()
    }

    fn run(&self, scope: &Scope, command: Command) -> Result<Response, Refused> {
        let mut state = self.state();
        let mut context = state.context(scope);
        let response = state.control.run(command, &mut context)?;
        state.bits = context.bits;
        Ok(response)
    }

    fn judge(&self, scope: &Scope, command: Command) -> Result<(), Refused> {
        let state = self.state();
        let mut context = state.context(scope);
        Ok(state.control.prepare(command, &mut context).map(drop)?)
    }

    fn now(&self) -> i64 {
        self.state().now
    }
}
