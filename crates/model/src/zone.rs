//! Regions and Availability Zones (rows AZ-1, AZ-2).

use crate::RegionName;
use serde::{Deserialize, Serialize};

/// A zone of a region, such as `us-east-1a`. Every account sees the same ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    pub name: String,
    #[serde(default)]
    pub region: RegionName,
    /// Such as `use1-az1`.
    pub id: String,
    /// Failed on purpose: every packet from, to or through what lies in it is dropped.
    pub failed: bool,
}
