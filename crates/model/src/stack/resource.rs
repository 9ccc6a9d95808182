//! One resource of a stack.

use super::{ResourceDrift, Status, numbered};
use crate::Scope;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What stands for what is never shown.
pub const HIDDEN: &str = "****";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackResource {
    #[serde(default)]
    pub scope: Scope,
    pub stack_id: String,
    /// Unique in the stack, in the order of their making.
    pub number: u64,
    pub logical_id: String,
    /// Such as `AWS::EC2::Subnet`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What `Ref` gives: the resource's identifier. None before it is made.
    pub physical_id: Option<String>,
    pub status: Status,
    pub status_reason: Option<String>,
    /// When its status changed, in milliseconds since 1970.
    #[serde(default)]
    pub changed: u64,
    /// The resolved properties as JSON: an update is told from them.
    pub properties: serde_json::Value,
    /// Names of properties that hold what is never shown.
    #[serde(default)]
    pub hidden: BTreeSet<String>,
    /// `Delete`, `Retain` …; what becomes of it when it leaves the stack.
    pub deletion_policy: Option<String>,
    /// The same, when another takes its place.
    #[serde(default)]
    pub update_replace_policy: Option<String>,
    /// Logical ids that it needs: it is deleted before them.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Made by what is being done now, and so undone with it.
    #[serde(default)]
    pub made: bool,
    /// Another has taken its place, or the template has it no more; it is deleted once nothing needs it.
    #[serde(default)]
    pub replaced: bool,
    /// As it was before what is being done now.
    #[serde(default)]
    pub before: Option<Box<ResourceVersion>>,
    /// When what is under way with it has to be done, in milliseconds since 1970.
    #[serde(default)]
    pub until: Option<u64>,
    #[serde(default)]
    pub drift: Option<ResourceDrift>,
}

/// What an update may change of a resource's record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceVersion {
    pub physical_id: Option<String>,
    pub status: Status,
    pub properties: serde_json::Value,
    pub deletion_policy: Option<String>,
    pub update_replace_policy: Option<String>,
    pub needs: Vec<String>,
    /// The number of the event with which the change began: what changed last is changed back first.
    pub at: u64,
}

impl StackResource {
    /// What a cloud keeps it under.
    pub fn key(&self) -> String {
        numbered(&self.stack_id, self.number)
    }

    /// Its properties as they are shown.
    pub fn shown_properties(&self) -> serde_json::Value {
        let mut shown = self.properties.clone();
        for name in &self.hidden {
            if let Some(value) = shown.get_mut(name) {
                *value = HIDDEN.into();
            }
        }
        shown
    }

    /// Is it there, or about to be? If not, it is only remembered.
    pub fn is_there(&self) -> bool {
        !matches!(self.status, Status::DeleteComplete | Status::DeleteSkipped)
    }

    /// Of what an update may change, what is now; `at`: the number of the event with which the change begins.
    pub fn version(&self, at: u64) -> ResourceVersion {
        ResourceVersion {
            physical_id: self.physical_id.clone(),
            status: self.status,
            properties: self.properties.clone(),
            deletion_policy: self.deletion_policy.clone(),
            update_replace_policy: self.update_replace_policy.clone(),
            needs: self.needs.clone(),
            at,
        }
    }
}
