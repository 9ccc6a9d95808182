//! What an account has set for one of its regions.

use crate::block_public_access::BlockPublicAccess;
use crate::instance::MetadataDefaults;
use crate::quota::Quotas;
use crate::{DhcpOptionsId, Scope};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RegionSettings {
    pub scope: Scope,
    pub quotas: Quotas,
    /// Has the account used the region? Then it has been given its default VPC there (row NET-7).
    pub opened: bool,
    /// What a new VPC gets; made when the region is opened.
    pub default_dhcp_options: Option<DhcpOptionsId>,
    pub block_public_access: BlockPublicAccess,
    pub metadata_defaults: MetadataDefaults,
}
