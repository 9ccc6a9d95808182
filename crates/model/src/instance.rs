//! Instances: a program behind an interface (row EC2-1).

use crate::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    pub id: InstanceId,
    pub image: String,
    pub instance_type: String,
    /// By device index; the first is the primary one.
    pub interfaces: Vec<NetworkInterfaceId>,
    /// Decoded; run as a script at first start.
    pub user_data: Option<String>,
    pub key_name: Option<String>,
    pub instance_profile: Option<String>,
    pub desired: DesiredState,
    pub state: InstanceState,
    /// As AWS words it, such as `User initiated (2026-11-21 10:00:00 GMT)`.
    pub state_reason: Option<String>,
    /// Seconds since 1970.
    pub launched: u64,
    /// When it was terminated: it stays listed for about an hour.
    #[serde(default)]
    pub terminated: Option<u64>,
    /// Rises with every start: a workload of an older one is not this instance's.
    pub generation: u64,
    pub tags: Tags,
}

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DesiredState {
    Running,
    Stopped,
    Terminated,
}

/// What was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InstanceState {
    Pending,
    Running,
    Stopping,
    Stopped,
    ShuttingDown,
    Terminated,
}
