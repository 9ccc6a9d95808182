//! Further blocks of a VPC (rows NET-1, NET-9).

use crate::Transaction;
use crate::error::{Error, Identified, Result};
use crate::request::{Request, request};
use crate::vpc::check_block;
use crate::{gateway_route_table, network_acl, security_group};
use croft_model::route::RouteDestination;
use croft_model::vpc::{CidrBlock, IPV6_BLOCK_BITS, Ipv6CidrBlock, overlap, overlap_ipv6};
use croft_model::*;
use ipnet::{Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, Ipv6Addr};

request! {
    /// Adds a block to a VPC: this one, or a /56 out of Amazon's.
    pub struct AssociateVpcCidrBlock {
        pub vpc_id: VpcId,
        pub cidr_block: Option<Ipv4Net>,
        #[serde(default)]
        pub amazon_provided_ipv6_cidr_block: bool,
    }

    pub struct DisassociateVpcCidrBlock {
        pub association_id: CidrAssociationId,
    }
}

/// A block of a VPC, of one family or the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AssociatedBlock {
    Ipv4(CidrBlock),
    Ipv6(Ipv6CidrBlock),
}

impl AssociatedBlock {
    pub fn association(&self) -> &CidrAssociationId {
        match self {
            AssociatedBlock::Ipv4(block) => &block.association,
            AssociatedBlock::Ipv6(block) => &block.association,
        }
    }
}

/// The range of RFC 1918 that a block lies in. A VPC's blocks are of one of them, or public.
fn private_range(block: Ipv4Net) -> Option<(Ipv4Addr, u8)> {
    const RANGES: [(Ipv4Addr, u8); 3] =
        [(Ipv4Addr::new(10, 0, 0, 0), 8), (Ipv4Addr::new(172, 16, 0, 0), 12), (Ipv4Addr::new(192, 168, 0, 0), 16)];
    RANGES.into_iter().find(|(network, bits)| Ipv4Net::new(*network, *bits).is_ok_and(|range| range.contains(&block)))
}

impl Request for AssociateVpcCidrBlock {
    type Response = AssociatedBlock;

    fn run(self, tx: &mut Transaction<'_>) -> Result<AssociatedBlock> {
        match (self.cidr_block, self.amazon_provided_ipv6_cidr_block) {
            (Some(block), false) => add_ipv4(tx, &self.vpc_id, block).map(AssociatedBlock::Ipv4),
            (None, true) => add_ipv6(tx, &self.vpc_id).map(AssociatedBlock::Ipv6),
            (None, false) => Err(Error::missing("cidrBlock")),
            (Some(_), true) => Err(Error::combination(
                "An IPv4 CIDR block and an Amazon-provided IPv6 CIDR block are associated in two requests.",
            )),
        }
    }
}

fn limit(vpc: &VpcId, quota: u32) -> Error {
    let message = format!("This network '{vpc}' has met its maximum number of allowed CIDRs: {quota}");
    Error::new("CidrLimitExceeded", message)
}

fn add_ipv4(tx: &mut Transaction<'_>, vpc_id: &VpcId, block: Ipv4Net) -> Result<CidrBlock> {
    let block = check_block(block)?;
    let quota = tx.quotas().cidr_blocks_per_vpc;
    let vpc = tx.vpc(vpc_id)?;
    if vpc.cidr_blocks.len() >= quota as usize {
        return Err(limit(vpc_id, quota));
    }
    if let Some(other) = vpc.cidr_blocks.iter().find(|b| overlap(b.block, block)) {
        return Err(Error::new(
            "InvalidVpc.Range",
            format!("The CIDR '{block}' conflicts with another block of the VPC, {}.", other.block),
        ));
    }
    let primary = vpc.cidr_blocks.first().and_then(|b| private_range(b.block));
    if private_range(block).is_some_and(|range| Some(range) != primary) {
        return Err(Error::new(
            "InvalidVpc.Range",
            format!(
                "The CIDR '{block}' is restricted. Use a CIDR from the same private address range as the current VPC CIDR, or use a publicly-routable CIDR."
            ),
        ));
    }
    for table in tx.route_tables().filter(|t| t.vpc == *vpc_id) {
        let covered = table.routes.iter().find_map(|route| match &route.destination {
            RouteDestination::Cidr(to) if block.contains(to) => Some(*to),
            _ => None,
        });
        if let Some(to) = covered {
            return Err(Error::new(
                "InvalidVpc.Range",
                format!(
                    "The CIDR '{block}' is the same as or larger than the destination {to} of a route in {}.",
                    table.id
                ),
            ));
        }
    }
    let added = CidrBlock { association: CidrAssociationId::from_bits(tx.bits.draw()), block };
    tx.vpc_mut(vpc_id)?.cidr_blocks.push(added.clone());
    Ok(added)
}

/// Where IPv6 blocks come from: the range kept for documentation, so that they are never somebody's.
const IPV6_POOL: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32);

/// A /56 that no VPC of any account has.
pub(crate) fn add_ipv6(tx: &mut Transaction<'_>, vpc_id: &VpcId) -> Result<Ipv6CidrBlock> {
    let quota = tx.quotas().ipv6_cidr_blocks_per_vpc;
    if tx.vpc(vpc_id)?.ipv6_cidr_blocks.len() >= quota as usize {
        return Err(limit(vpc_id, quota));
    }
    let choices = 1_u128 << (IPV6_BLOCK_BITS - IPV6_POOL.1);
    let block = loop {
        let number = tx.bits.draw() % choices;
        let network = u128::from(IPV6_POOL.0) | (number << (128 - IPV6_BLOCK_BITS));
        let block = Ipv6Net::new(network.into(), IPV6_BLOCK_BITS).map_err(|e| Error::invalid(e.to_string()))?;
        let mut taken = tx.cloud.vpcs.values().flat_map(|v| &v.ipv6_cidr_blocks);
        if !taken.any(|other| overlap_ipv6(other.block, block)) {
            break block;
        }
    };
    let added = Ipv6CidrBlock { association: CidrAssociationId::from_bits(tx.bits.draw()), block };
    let vpc = tx.vpc_mut(vpc_id)?;
    vpc.ipv6_cidr_blocks.push(added.clone());
    let (acl, group) = (vpc.default_network_acl.clone(), vpc.default_security_group.clone());
    network_acl::allow_ipv6(tx, &acl)?;
    security_group::allow_ipv6(tx, &group)?;
    Ok(added)
}

impl Request for DisassociateVpcCidrBlock {
    /// The VPC, and the block that it had.
    type Response = (VpcId, AssociatedBlock);

    fn run(self, tx: &mut Transaction<'_>) -> Result<Self::Response> {
        let id = &self.association_id;
        let in_use = |vpc: &VpcId, block: &dyn std::fmt::Display, subnet: &SubnetId| {
            Error::new(
                "InvalidCidrBlock.InUse",
                format!("The vpc {vpc} currently has a subnet within CIDR block {block}: {subnet}"),
            )
        };
        let ipv4 = tx.vpcs().find_map(|vpc| {
            let at = vpc.cidr_blocks.iter().position(|b| b.association == *id)?;
            Some((vpc.id.clone(), at, vpc.cidr_blocks.get(at)?.block))
        });
        if let Some((vpc, at, block)) = ipv4 {
            if at == 0 {
                return Err(Error::not_permitted(format!(
                    "The vpc CIDR block with association ID {id} may not be disassociated. It is the primary IPv4 CIDR block of the VPC"
                )));
            }
            if let Some(subnet) = tx.subnets().find(|s| s.vpc == vpc && block.contains(&s.block)) {
                return Err(in_use(&vpc, &block, &subnet.id));
            }
            let routed = |to: &RouteDestination| matches!(to, RouteDestination::Cidr(to) if block.contains(to));
            gateway_route_table::check_block_unused(tx, &vpc, block, routed)?;
            let gone = tx.vpc_mut(&vpc)?.cidr_blocks.remove(at);
            return Ok((vpc, AssociatedBlock::Ipv4(gone)));
        }
        let ipv6 = tx.vpcs().find_map(|vpc| {
            let at = vpc.ipv6_cidr_blocks.iter().position(|b| b.association == *id)?;
            Some((vpc.id.clone(), at, vpc.ipv6_cidr_blocks.get(at)?.block))
        });
        let Some((vpc, at, block)) = ipv6 else { return Err(id.not_found()) };
        let inside =
            |s: &&subnet::Subnet| s.vpc == vpc && s.ipv6_cidr_block.as_ref().is_some_and(|b| block.contains(&b.block));
        if let Some(subnet) = tx.subnets().find(inside) {
            return Err(in_use(&vpc, &block, &subnet.id));
        }
        let routed = |to: &RouteDestination| matches!(to, RouteDestination::Ipv6Cidr(to) if block.contains(to));
        gateway_route_table::check_block_unused(tx, &vpc, block, routed)?;
        let gone = tx.vpc_mut(&vpc)?.ipv6_cidr_blocks.remove(at);
        Ok((vpc, AssociatedBlock::Ipv6(gone)))
    }
}
