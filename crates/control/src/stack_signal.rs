//! Signals that stacks wait for (row CFN-1): kept, so that a restart forgets none.

use crate::error::{Error, Result};
use crate::request::{Request, request};
use crate::{Cloud, Transaction};
use croft_model::stack::{StackSignal, StackSignals};
use std::collections::BTreeMap;

request! {
    /// From now on signals under this key are kept. The key of a handle is a secret, drawn outside.
    pub struct OpenStackSignals {
        pub key: String,
        pub stack_id: String,
        pub logical_id: String,
    }

    /// Forgets what was told under a key. One that is not there is no error.
    pub struct CloseStackSignals {
        pub key: String,
    }

    /// Tells something. What was told before under the same unique id counts, and this does not.
    pub struct SendStackSignal {
        pub key: String,
        pub unique_id: String,
        pub success: bool,
        #[serde(default)]
        pub data: String,
        #[serde(default)]
        pub reason: String,
    }

    /// Tells something to a resource of a stack that is not deleted; AWS's `SignalResource`.
    pub struct SignalStackResource {
        /// Or the stack's identifier.
        pub stack_name: String,
        pub logical_resource_id: String,
        pub unique_id: String,
        pub success: bool,
    }
}

/// More that are told apart are refused.
pub const MOST_STACK_SIGNALS: usize = 1000;
/// Bytes of a signal's data, reason or unique id.
pub const LONGEST_STACK_SIGNAL: usize = 4096;

impl Cloud {
    /// What has been told to a resource of a stack that has no handle.
    pub fn signals_of(&self, stack_id: &str, logical_id: &str, physical_id: &str) -> Option<&StackSignals> {
        self.stack_signals.get(&StackSignals::key_of(stack_id, logical_id, physical_id))
    }
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new("ValidationError", message)
}

fn receive(tx: &mut Transaction<'_>, key: &str, unique_id: String, signal: StackSignal) -> Result<()> {
    for (what, text) in [("UniqueId", &unique_id), ("Data", &signal.data), ("Reason", &signal.reason)] {
        if text.len() > LONGEST_STACK_SIGNAL {
            return Err(invalid(format!("{what} of a signal has at most {LONGEST_STACK_SIGNAL} bytes")));
        }
    }
    if unique_id.is_empty() {
        return Err(invalid("UniqueId of a signal is empty"));
    }
    let Transaction { cloud, scope, .. } = tx;
    let held = cloud.stack_signals.get_mut(key).filter(|held| held.scope == *scope);
    let held = held.ok_or_else(|| invalid("Nothing waits for this signal"))?;
    if held.received.contains_key(&unique_id) {
        return Ok(());
    }
    if held.received.len() >= MOST_STACK_SIGNALS {
        return Err(invalid(format!("{MOST_STACK_SIGNALS} signals are the most that one resource is told")));
    }
    held.received.insert(unique_id, signal);
    Ok(())
}

impl Request for OpenStackSignals {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let scope = tx.scope.clone();
        if tx.cloud.stacks.get(&self.stack_id).is_none_or(|stack| stack.scope != scope) {
            return Err(invalid(format!("Stack with id {} does not exist", self.stack_id)));
        }
        if tx.cloud.stack_signals.contains_key(&self.key) {
            return Err(invalid("Signals are kept under this key already"));
        }
        let Self { key, stack_id, logical_id } = self;
        let signals = StackSignals { key: key.clone(), scope, stack_id, logical_id, received: BTreeMap::new() };
        tx.cloud.stack_signals.insert(key, signals);
        Ok(())
    }
}

impl Request for CloseStackSignals {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        if tx.cloud.stack_signals.get(&self.key).is_some_and(|held| held.scope == tx.scope) {
            tx.cloud.stack_signals.remove(&self.key);
        }
        Ok(())
    }
}

impl Request for SendStackSignal {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let Self { key, unique_id, success, data, reason } = self;
        let signal = StackSignal { success, data, reason, time: tx.now };
        receive(tx, &key, unique_id, signal)
    }
}

impl Request for SignalStackResource {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let (scope, name) = (tx.scope.clone(), self.stack_name);
        let by_id = tx.cloud.stacks.get(&name).filter(|stack| stack.scope == scope && !stack.is_deleted());
        let stack = by_id.or_else(|| tx.cloud.stack(&scope, &name));
        let stack_id = stack.map(|s| s.id.clone()).ok_or_else(|| invalid(format!("Stack {name} does not exist")))?;
        let logical_id = self.logical_resource_id;
        let resource = tx.cloud.stack_resource(&stack_id, &logical_id);
        let physical_id = resource.filter(|r| r.is_there()).and_then(|r| r.physical_id.clone()).ok_or_else(|| {
            invalid(format!("Resource {logical_id} does not exist for stack {name}, or is not made yet"))
        })?;
        let key = StackSignals::key_of(&stack_id, &logical_id, &physical_id);
        if !tx.cloud.stack_signals.contains_key(&key) {
            OpenStackSignals { key: key.clone(), stack_id, logical_id }.run(tx)?;
        }
        let signal = StackSignal { success: self.success, data: String::new(), reason: String::new(), time: tx.now };
        receive(tx, &key, self.unique_id, signal)
    }
}
