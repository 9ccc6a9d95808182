//! Block public access: what internet gateways of a region may carry, whatever routes and groups say.

use crate::*;
use serde::{Deserialize, Serialize};

/// What is kept from internet gateways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InternetGatewayBlockMode {
    #[default]
    Off,
    /// Everything, both ways.
    BlockBidirectional,
    /// Everything but what goes out through NAT gateways.
    BlockIngress,
}

/// A region's setting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BlockPublicAccess {
    pub mode: InternetGatewayBlockMode,
    /// In seconds since 1970; none: as it was from the start.
    pub updated: Option<u64>,
}

/// A VPC or subnet that the region's setting does not apply to, or only inwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockPublicAccessExclusion {
    pub id: BlockPublicAccessExclusionId,
    #[serde(default)]
    pub scope: Scope,
    pub of: Excluded,
    pub mode: ExclusionMode,
    pub state: ExclusionState,
    /// In seconds since 1970, as the others.
    pub created: u64,
    pub updated: u64,
    pub deleted: Option<u64>,
    pub tags: Tags,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Excluded {
    Vpc(VpcId),
    Subnet(SubnetId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExclusionMode {
    AllowBidirectional,
    AllowEgress,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExclusionState {
    CreateComplete,
    UpdateComplete,
    /// It stays listed for a while and applies no more.
    DeleteComplete,
}

impl BlockPublicAccessExclusion {
    pub fn applies(&self) -> bool {
        self.state != ExclusionState::DeleteComplete
    }
}

impl InternetGatewayBlockMode {
    /// What an exclusion leaves of it.
    pub fn with(self, exclusion: ExclusionMode) -> InternetGatewayBlockMode {
        use InternetGatewayBlockMode::*;
        match (self, exclusion) {
            (BlockBidirectional, ExclusionMode::AllowEgress) => BlockIngress,
            (BlockIngress, ExclusionMode::AllowEgress) => BlockIngress,
            (Off, _) | (_, ExclusionMode::AllowBidirectional) => Off,
        }
    }
}
