//! Stacks: what the template engine remembers of a template it has applied (row CFN-1).
//!
//! The cloud keeps the record so that it survives with the resources it describes; what it means is the template
//! engine's affair.

use crate::{Scope, Tags};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stack {
    /// Unique in its scope.
    pub name: String,
    #[serde(default)]
    pub scope: Scope,
    /// Such as `arn:aws:cloudformation:us-east-1:000000000000:stack/web/5e0f…`; another one for a stack made anew
    /// under an old name.
    pub id: String,
    /// Such as `CREATE_COMPLETE`.
    pub status: String,
    pub status_reason: Option<String>,
    /// The template as it was given.
    pub template: String,
    pub parameters: BTreeMap<String, String>,
    /// In the order in which they were made.
    pub resources: Vec<StackResource>,
    pub outputs: Vec<StackOutput>,
    pub tags: Tags,
    /// Seconds since 1970.
    pub created: u64,
    pub updated: Option<u64>,
}

impl Stack {
    /// What a cloud keeps it under: its scope and name.
    pub fn key(&self) -> String {
        stack_key(&self.scope, &self.name)
    }
}

/// Where a cloud keeps the stack of this name.
pub fn stack_key(scope: &Scope, name: &str) -> String {
    format!("{scope}/{name}")
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackResource {
    pub logical_id: String,
    /// Such as `AWS::EC2::Subnet`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What `Ref` gives: the resource's identifier. None before it is made.
    pub physical_id: Option<String>,
    /// The resolved properties as JSON: an update is told from them.
    pub properties: serde_json::Value,
    /// Such as `CREATE_COMPLETE`.
    pub status: String,
    pub status_reason: Option<String>,
    /// `Delete`, `Retain`; what becomes of it when it leaves the stack.
    pub deletion_policy: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackOutput {
    pub key: String,
    pub value: String,
    pub description: Option<String>,
    pub export: Option<String>,
}
