//! Network ACLs (rows ACL-1…5).

use crate::group::Direction;
use crate::protocol::*;
use crate::*;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkAcl {
    pub id: NetworkAclId,
    #[serde(default)]
    pub scope: Scope,
    pub vpc: VpcId,
    pub is_default: bool,
    /// Without the closing `*` entries, which every ACL has. Ordered by direction and number.
    pub entries: Vec<NetworkAclEntry>,
    pub tags: Tags,
}

/// Numbers of the closing entries, which deny what no other entry matched (row ACL-2).
pub const CLOSING_IPV4: u16 = 32767;
pub const CLOSING_IPV6: u16 = 32768;

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
