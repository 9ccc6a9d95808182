//! What stands behind the API: the state and its one writer.

use crate::fault::Fault;
use croft_cloudformation::stack::Stacks;
use croft_control::{Cloud, Command, Response};
use croft_model::{InstanceId, Scope};
use std::sync::Arc;

/// The state, seen from the API. A server gives one that is durable; tests take [`InMemory`](crate::InMemory).
pub trait Backend: Send + Sync {
    /// The state now. Cheap.
    fn cloud(&self) -> Arc<Cloud>;

    /// Judges a command and does it. When this returns, what it changed is durable.
    fn run(&self, scope: &Scope, command: Command) -> Result<Response, Refused>;

    /// Judges a command and does nothing.
    fn judge(&self, scope: &Scope, command: Command) -> Result<(), Refused>;

    /// Milliseconds since 1970.
    fn now(&self) -> i64;

    /// Who makes and changes stacks of templates. None: nobody does.
    fn stacks(&self) -> Option<&Arc<Stacks>> {
        None
    }

    /// The newest of what the workload of an instance wrote. Where no workloads run there is none.
    fn console(&self, _scope: &Scope, _instance: &InstanceId) -> Option<Vec<u8>> {
        None
    }
}

/// Why a command was not done.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// By a rule of the state.
    #[error(transparent)]
    Rule(#[from] croft_control::Error),
    /// The state could not be kept. Nothing has changed.
    #[error("the state could not be kept: {0}")]
    Failed(String),
}

impl From<Refused> for Fault {
    fn from(refused: Refused) -> Fault {
        match refused {
            Refused::Rule(error) => error.into(),
            Refused::Failed(_) => Fault::internal(refused),
        }
    }
}
