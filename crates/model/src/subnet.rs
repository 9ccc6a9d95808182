//! Subnets (rows NET-1, NET-2, AZ-1).

use crate::*;
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subnet {
    pub id: SubnetId,
    pub vpc: VpcId,
    pub block: Ipv4Net,
    /// The zone's name.
    pub zone: String,
    pub map_public_ip_on_launch: bool,
    /// The default subnet of its zone, where an instance goes that names no subnet (row NET-7).
    #[serde(default)]
    pub default_for_az: bool,
    /// Explicit association; none: the VPC's main table.
    pub route_table: Option<(RouteTableAssociationId, RouteTableId)>,
    /// A subnet always has one network ACL.
    pub network_acl: (NetworkAclAssociationId, NetworkAclId),
    pub tags: Tags,
}

/// Addresses at the start of every subnet that nothing may hold: network, router, resolver, future use. The last
/// one, for broadcast, makes five (row NET-2).
const RESERVED_AT_START: u32 = 4;

impl Subnet {
    /// The addresses an interface may hold, lowest first (row NET-2).
    pub fn usable(&self) -> impl Iterator<Item = Ipv4Addr> + use<> {
        let (first, last) = (u32::from(self.block.network()), u32::from(self.block.broadcast()));
        (first.saturating_add(RESERVED_AT_START)..last).map(Ipv4Addr::from)
    }

    /// How many those are: 251 of a /24.
    pub fn usable_count(&self) -> u32 {
        let (first, last) = (u32::from(self.block.network()), u32::from(self.block.broadcast()));
        (last - first).saturating_sub(RESERVED_AT_START)
    }

    /// Does the address belong to the block and to nobody?
    pub fn is_reserved(&self, address: Ipv4Addr) -> bool {
        let offset = u32::from(address).wrapping_sub(u32::from(self.block.network()));
        self.block.contains(&address) && (offset < RESERVED_AT_START || address == self.block.broadcast())
    }

    /// The router's address in this subnet.
    pub fn router(&self) -> Ipv4Addr {
        u32::from(self.block.network()).wrapping_add(1).into()
    }
}
