//! Regions and Availability Zones (rows AZ-1, AZ-2).

use serde::{Deserialize, Serialize};

/// A zone of the region, such as `us-east-1a`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    pub name: String,
    /// Such as `use1-az1`.
    pub id: String,
    /// Failed on purpose: every packet from, to or through what lies in it is dropped.
    pub failed: bool,
}
