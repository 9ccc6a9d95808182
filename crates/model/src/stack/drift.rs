//! What differs between a template and what is there.

use crate::Scope;
use serde::{Deserialize, Serialize};

/// Of a stack `InSync`, `Drifted`, `NotChecked`; of a resource `InSync`, `Modified`, `Deleted`, `NotChecked`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DriftStatus {
    #[serde(rename = "IN_SYNC")]
    InSync,
    #[serde(rename = "DRIFTED")]
    Drifted,
    #[serde(rename = "MODIFIED")]
    Modified,
    #[serde(rename = "DELETED")]
    Deleted,
    #[serde(rename = "NOT_CHECKED")]
    NotChecked,
}

impl DriftStatus {
    /// As AWS words it.
    pub fn as_str(self) -> &'static str {
        match self {
            DriftStatus::InSync => "IN_SYNC",
            DriftStatus::Drifted => "DRIFTED",
            DriftStatus::Modified => "MODIFIED",
            DriftStatus::Deleted => "DELETED",
            DriftStatus::NotChecked => "NOT_CHECKED",
        }
    }
}

/// What the last detection said of a stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    pub status: DriftStatus,
    /// Milliseconds since 1970.
    pub checked: u64,
}

/// What the last detection said of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceDrift {
    pub status: DriftStatus,
    /// Milliseconds since 1970.
    pub checked: u64,
    /// As JSON: the properties that the template gives, and what they are.
    pub expected: Option<String>,
    pub actual: Option<String>,
    pub differences: Vec<PropertyDifference>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PropertyDifference {
    /// Such as `/Tags/0/Value`.
    pub path: String,
    pub expected: String,
    pub actual: String,
    /// `ADD`, `REMOVE` or `NOT_EQUAL`.
    pub kind: String,
}

/// One detection, to be asked after by its identifier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DriftDetection {
    pub id: String,
    pub scope: Scope,
    pub stack_id: String,
    /// `DETECTION_IN_PROGRESS`, `DETECTION_COMPLETE` or `DETECTION_FAILED`.
    pub status: String,
    pub reason: Option<String>,
    pub drift: Option<DriftStatus>,
    pub drifted_resources: u64,
    /// When it began, in milliseconds since 1970.
    pub time: u64,
}
