//! Network ACLs (rows ACL-1…5).

use crate::group::Direction;
use crate::protocol::*;
use crate::*;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkAcl {
    pub id: NetworkAclId,
    pub vpc: VpcId,
    pub is_default: bool,
    /// Without the closing `*` entries, which every ACL has. Ordered by direction and number.
    pub entries: Vec<NetworkAclEntry>,
    pub tags: Tags,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkAclEntry {
    /// 1 to 32766, numbered apart in each direction.
    pub number: u16,
    pub direction: Direction,
    pub protocol: Protocol,
    pub ports: Ports,
    pub cidr: IpNet,
    pub allow: bool,
}
