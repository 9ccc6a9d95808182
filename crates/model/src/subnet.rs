//! Subnets (rows NET-1, NET-2, AZ-1).

use crate::*;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subnet {
    pub id: SubnetId,
    #[serde(default)]
    pub scope: Scope,
    pub vpc: VpcId,
    pub block: Ipv4Net,
    /// The zone's name.
    pub zone: String,
    pub map_public_ip_on_launch: bool,
    /// Kept and returned; no packet yet (row NET-13).
    #[serde(default)]
    pub ipv6_cidr_block: Option<SubnetIpv6CidrBlock>,
    #[serde(default)]
    pub assign_ipv6_address_on_creation: bool,
    /// Kept and returned.
    #[serde(default)]
    pub enable_dns64: bool,
    /// What instances launched here take over.
    #[serde(default)]
    pub private_dns: PrivateDnsNameOptions,
    /// The default subnet of its zone, where an instance goes that names no subnet (row NET-7).
    #[serde(default)]
    pub default_for_az: bool,
    /// Explicit association; none: the VPC's main table.
    pub route_table: Option<(RouteTableAssociationId, RouteTableId)>,
    /// A subnet always has one network ACL.
    pub network_acl: (NetworkAclAssociationId, NetworkAclId),
    pub tags: Tags,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubnetIpv6CidrBlock {
    pub association: SubnetCidrAssociationId,
    pub block: Ipv6Net,
}

/// Blocks of subnets are /44 to /64 in steps of four.
pub fn is_legal_ipv6_size(block: Ipv6Net) -> bool {
    (44..=64).contains(&block.prefix_len()) && block.prefix_len().is_multiple_of(4)
}

/// The names of an instance; kept and returned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivateDnsNameOptions {
    pub hostname_type: HostnameType,
    pub resource_name_a_record: bool,
    pub resource_name_aaaa_record: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HostnameType {
    #[default]
    IpName,
    ResourceName,
}

/// Addresses that are given out only where somebody names them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubnetCidrReservation {
    pub id: SubnetCidrReservationId,
    #[serde(default)]
    pub scope: Scope,
    pub subnet: SubnetId,
    pub block: IpNet,
    pub kind: ReservationType,
    pub description: Option<String>,
    pub tags: Tags,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReservationType {
    /// For prefixes that are assigned to interfaces.
    Prefix,
    /// For addresses that are named.
    Explicit,
}

/// Addresses at the start of every subnet that nothing may hold: network, router, resolver, future use. The last
/// one, for broadcast, makes five (row NET-2).
const RESERVED_AT_START: u32 = 4;

impl Subnet {
    /// The first and the last address that an interface may hold (row NET-2).
    pub fn usable_ends(&self) -> (Ipv4Addr, Ipv4Addr) {
        let (first, last) = (u32::from(self.block.network()), u32::from(self.block.broadcast()));
        (first.saturating_add(RESERVED_AT_START).into(), last.saturating_sub(1).into())
    }

    /// How many addresses that is: 251 of a /24.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn subnet(block: &str) -> Subnet {
        Subnet {
            id: SubnetId::from_bits(1),
            scope: Scope::default(),
            vpc: VpcId::from_bits(1),
            block: block.parse().unwrap(),
            zone: "us-east-1a".into(),
            map_public_ip_on_launch: false,
            ipv6_cidr_block: None,
            assign_ipv6_address_on_creation: false,
            enable_dns64: false,
            private_dns: PrivateDnsNameOptions::default(),
            default_for_az: false,
            route_table: None,
            network_acl: (NetworkAclAssociationId::from_bits(1), NetworkAclId::from_bits(1)),
            tags: Tags::new(),
        }
    }

    impl Subnet {
        fn all(&self) -> impl Iterator<Item = Ipv4Addr> {
            (u32::from(self.block.network())..=u32::from(self.block.broadcast())).map(Ipv4Addr::from)
        }
    }

    #[test]
    fn net_2_five_addresses_are_reserved() {
        for (block, count) in [("10.0.1.0/24", 251), ("10.0.1.0/28", 11), ("10.0.0.0/16", 65531)] {
            let subnet = subnet(block);
            assert_eq!(subnet.usable_count(), count);
            let reserved = subnet.all().filter(|a| subnet.is_reserved(*a)).count();
            assert_eq!(reserved, 5, "{block}");
            let (first, last) = subnet.usable_ends();
            assert_eq!(u32::from(last) - u32::from(first) + 1, count);
            assert!(!subnet.is_reserved(first) && !subnet.is_reserved(last));
        }
    }

    #[test]
    fn net_2_an_address_elsewhere_is_not_this_subnets_to_reserve() {
        assert!(!subnet("10.0.1.0/24").is_reserved("10.0.2.1".parse().unwrap()));
        assert_eq!(subnet("10.0.1.0/24").router(), Ipv4Addr::new(10, 0, 1, 1));
    }
}
