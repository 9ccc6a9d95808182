//! Change sets: an update that has been worked out and waits for its word.

use super::{OnFailure, StackVersion};
use crate::Scope;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeSet {
    /// Such as `arn:aws:cloudformation:us-east-1:000000000000:changeSet/first/5e0f…`. What a cloud keeps it under.
    pub id: String,
    pub scope: Scope,
    /// Unique in its stack.
    pub name: String,
    pub stack_id: String,
    pub stack_name: String,
    pub kind: ChangeSetKind,
    pub description: Option<String>,
    /// `CREATE_PENDING`, `CREATE_IN_PROGRESS`, `CREATE_COMPLETE`, `FAILED` …
    pub status: String,
    pub status_reason: Option<String>,
    pub execution_status: ExecutionStatus,
    /// What the stack is to become; its outputs are not known yet.
    pub version: StackVersion,
    pub on_failure: Option<OnFailure>,
    /// What would change, as the template engine worked it out.
    pub changes: serde_json::Value,
    /// The stack as it was then: executed on another, a change set would lie. Number of its last event.
    pub base: u64,
    /// Milliseconds since 1970.
    pub created: u64,
    pub client_token: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChangeSetKind {
    #[serde(rename = "CREATE")]
    Create,
    #[serde(rename = "UPDATE")]
    Update,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExecutionStatus {
    #[serde(rename = "UNAVAILABLE")]
    Unavailable,
    #[serde(rename = "AVAILABLE")]
    Available,
    #[serde(rename = "EXECUTE_IN_PROGRESS")]
    ExecuteInProgress,
    #[serde(rename = "EXECUTE_COMPLETE")]
    ExecuteComplete,
    #[serde(rename = "EXECUTE_FAILED")]
    ExecuteFailed,
    #[serde(rename = "OBSOLETE")]
    Obsolete,
}

impl ExecutionStatus {
    /// As AWS words it.
    pub fn as_str(self) -> &'static str {
        match self {
            ExecutionStatus::Unavailable => "UNAVAILABLE",
            ExecutionStatus::Available => "AVAILABLE",
            ExecutionStatus::ExecuteInProgress => "EXECUTE_IN_PROGRESS",
            ExecutionStatus::ExecuteComplete => "EXECUTE_COMPLETE",
            ExecutionStatus::ExecuteFailed => "EXECUTE_FAILED",
            ExecutionStatus::Obsolete => "OBSOLETE",
        }
    }
}
