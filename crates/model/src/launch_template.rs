//! Launch templates: numbered versions of the parameters of a launch.

use crate::*;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaunchTemplate {
    pub id: LaunchTemplateId,
    #[serde(default)]
    pub scope: Scope,
    /// Unique in its scope.
    pub name: String,
    /// Seconds since 1970.
    pub created: u64,
    /// Who made it, as an ARN.
    pub created_by: String,
    pub default_version: u64,
    /// The highest number that was ever given; numbers are not used twice.
    pub latest_version: u64,
    pub versions: BTreeMap<u64, LaunchTemplateVersion>,
    pub tags: Tags,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaunchTemplateVersion {
    pub description: Option<String>,
    pub created: u64,
    pub created_by: String,
    /// AWS's `LaunchTemplateData`, its members by name. It is not judged before something is launched from it.
    pub data: Map<String, Value>,
}
