//! Virtual private clouds (rows NET-1, NET-3).

use crate::*;
use ipnet::{Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vpc {
    pub id: VpcId,
    #[serde(default)]
    pub scope: Scope,
    /// The first is the primary block.
    pub cidr_blocks: Vec<CidrBlock>,
    /// Kept and returned; no packet yet (row NET-13).
    #[serde(default)]
    pub ipv6_cidr_blocks: Vec<Ipv6CidrBlock>,
    pub is_default: bool,
    pub enable_dns_support: bool,
    pub enable_dns_hostnames: bool,
    #[serde(default)]
    pub enable_network_address_usage_metrics: bool,
    /// None is AWS's `default`: no options.
    #[serde(default)]
    pub dhcp_options: Option<DhcpOptionsId>,
    /// `default`, `dedicated`; kept and returned.
    pub instance_tenancy: String,
    pub main_route_table: RouteTableId,
    /// What `ReplaceRouteTableAssociation` takes to make another table the main one.
    pub main_route_table_association: RouteTableAssociationId,
    pub default_network_acl: NetworkAclId,
    pub default_security_group: SecurityGroupId,
    pub tags: Tags,
}

/// Blocks of VPCs and subnets are /16 to /28 (row NET-1).
pub fn is_legal_size(block: Ipv4Net) -> bool {
    (16..=28).contains(&block.prefix_len())
}

/// Do two blocks share an address?
pub fn overlap(one: Ipv4Net, other: Ipv4Net) -> bool {
    one.contains(&other.network()) || other.contains(&one.network())
}

impl Vpc {
    /// Does an address lie in one of its blocks?
    pub fn contains(&self, address: std::net::Ipv4Addr) -> bool {
        self.cidr_blocks.iter().any(|b| b.block.contains(&address))
    }

    /// The resolver: base of the primary block plus two.
    pub fn resolver(&self) -> Option<std::net::Ipv4Addr> {
        let base = self.cidr_blocks.first()?.block.network();
        Some(u32::from(base).wrapping_add(2).into())
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CidrBlock {
    pub association: CidrAssociationId,
    pub block: Ipv4Net,
}

/// A /56 out of AWS's own addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ipv6CidrBlock {
    pub association: CidrAssociationId,
    pub block: Ipv6Net,
}

/// The size of a VPC's IPv6 block.
pub const IPV6_BLOCK_BITS: u8 = 56;

/// Do two blocks share an address?
pub fn overlap_ipv6(one: Ipv6Net, other: Ipv6Net) -> bool {
    one.contains(&other.network()) || other.contains(&one.network())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(text: &str) -> Ipv4Net {
        text.parse().unwrap()
    }

    #[test]
    fn net_1_sizes() {
        for (block, legal) in
            [("10.0.0.0/15", false), ("10.0.0.0/16", true), ("10.0.0.0/28", true), ("10.0.0.0/29", false)]
        {
            assert_eq!(is_legal_size(net(block)), legal, "{block}");
        }
    }

    #[test]
    fn net_1_overlap_goes_both_ways() {
        for (one, other, expected) in [
            ("10.0.0.0/16", "10.0.255.0/24", true),
            ("10.0.0.0/16", "10.0.0.0/16", true),
            ("10.0.0.0/24", "10.0.1.0/24", false),
        ] {
            assert_eq!(overlap(net(one), net(other)), expected);
            assert_eq!(overlap(net(other), net(one)), expected);
        }
    }
}
