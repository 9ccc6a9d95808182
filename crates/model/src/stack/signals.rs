//! Signals: what something outside tells a stack that waits for it.

use crate::Scope;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What has been told to one resource of a stack: to the handle of a wait condition, or to a resource whose creation
/// policy waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackSignals {
    /// What a cloud keeps it under: of a handle the secret in its URL, else stack, logical id and physical id.
    pub key: String,
    pub scope: Scope,
    pub stack_id: String,
    pub logical_id: String,
    /// By what tells one signal from another.
    pub received: BTreeMap<String, StackSignal>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackSignal {
    pub success: bool,
    pub data: String,
    pub reason: String,
    /// Seconds since 1970.
    pub time: u64,
}

impl StackSignals {
    /// The key of what is told to a resource that has no handle.
    pub fn key_of(stack_id: &str, logical_id: &str, physical_id: &str) -> String {
        format!("{stack_id}/{logical_id}/{physical_id}")
    }
}
