//! Subnets (rows NET-1, NET-2, AZ-1).

use crate::*;
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subnet {
    pub id: SubnetId,
    pub vpc: VpcId,
    pub block: Ipv4Net,
    /// The zone's name.
    pub zone: String,
    pub map_public_ip_on_launch: bool,
    /// Explicit association; none: the VPC's main table.
    pub route_table: Option<(RouteTableAssociationId, RouteTableId)>,
    /// A subnet always has one network ACL.
    pub network_acl: (NetworkAclAssociationId, NetworkAclId),
    pub tags: Tags,
}
