//! What was asked of a stack and is not done yet: whoever works on it may end at any moment, and another goes on.

use super::Status;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    pub phase: Phase,
    /// What becomes of the stack if a step fails.
    pub on_failure: OnFailure,
    /// The client's, shown with every event.
    pub client_request_token: Option<String>,
    /// When it has to be done, in milliseconds since 1970.
    pub deadline: Option<u64>,
    /// Why it is to end before it is done.
    pub cancelled: Option<String>,
    /// Logical ids: those that a deletion leaves alone, or those that a rollback goes on without.
    pub passed_over: BTreeSet<String>,
    /// What the stack was before it was to be deleted: that again, if it may not go.
    #[serde(default)]
    pub was: Option<Status>,
    /// The stack policy that holds for this update only.
    #[serde(default)]
    pub policy: Option<String>,
    /// The stack policy that is in force once the update has been done.
    #[serde(default)]
    pub next_policy: Option<String>,
}

/// What is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    Create,
    /// What a creation made goes.
    Rollback,
    Update,
    /// What an update has left over goes.
    Cleanup,
    UpdateRollback,
    /// What an update made goes.
    UpdateRollbackCleanup,
    Delete,
}

/// What becomes of a stack when a step fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OnFailure {
    #[serde(rename = "DO_NOTHING")]
    DoNothing,
    #[default]
    #[serde(rename = "ROLLBACK")]
    Rollback,
    /// Only of a creation.
    #[serde(rename = "DELETE")]
    Delete,
}
