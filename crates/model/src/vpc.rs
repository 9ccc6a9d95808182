//! Virtual private clouds (rows NET-1, NET-3).

use crate::*;
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vpc {
    pub id: VpcId,
    /// The first is the primary block.
    pub cidr_blocks: Vec<CidrBlock>,
    pub is_default: bool,
    pub enable_dns_support: bool,
    pub enable_dns_hostnames: bool,
    /// `default`, `dedicated`; kept and returned.
    pub instance_tenancy: String,
    pub main_route_table: RouteTableId,
    pub default_network_acl: NetworkAclId,
    pub default_security_group: SecurityGroupId,
    pub tags: Tags,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CidrBlock {
    pub association: CidrAssociationId,
    pub block: Ipv4Net,
}
