//! What happened to a stack and its resources.

use super::{Status, numbered};
use crate::Scope;
use serde::{Deserialize, Serialize};

/// One step of one resource, or of the stack itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackEvent {
    pub scope: Scope,
    pub stack_id: String,
    pub stack_name: String,
    /// From 1 on, in the order of the events of its stack.
    pub number: u64,
    pub event_id: String,
    /// Milliseconds since 1970.
    pub time: u64,
    /// The stack's own name for the stack itself.
    pub logical_id: String,
    pub physical_id: Option<String>,
    /// Such as `AWS::EC2::Subnet`; `AWS::CloudFormation::Stack` for the stack itself.
    #[serde(rename = "type")]
    pub kind: String,
    pub status: Status,
    pub reason: Option<String>,
    /// Where AWS puts a frame around a reason, what stands in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plain: Option<String>,
    /// Of a resource, its properties as JSON.
    pub properties: Option<String>,
    pub client_request_token: Option<String>,
}

impl StackEvent {
    /// What a cloud keeps it under.
    pub fn key(&self) -> String {
        numbered(&self.stack_id, self.number)
    }

    /// The reason without its frame.
    pub fn said(&self) -> Option<&str> {
        self.plain.as_deref().or(self.reason.as_deref())
    }
}
