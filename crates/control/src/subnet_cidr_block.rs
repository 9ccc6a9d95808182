//! The IPv6 block of a subnet (row NET-9).

use crate::Transaction;
use crate::error::{Error, Identified, Result};
use crate::request::{Request, request};
use croft_model::subnet::{SubnetIpv6CidrBlock, is_legal_ipv6_size};
use croft_model::vpc::overlap_ipv6;
use croft_model::*;
use ipnet::Ipv6Net;

request! {
    /// A subnet has one at most.
    pub struct AssociateSubnetCidrBlock {
        pub subnet_id: SubnetId,
        pub ipv6_cidr_block: Ipv6Net,
    }

    pub struct DisassociateSubnetCidrBlock {
        pub association_id: SubnetCidrAssociationId,
    }
}

impl Request for AssociateSubnetCidrBlock {
    type Response = SubnetIpv6CidrBlock;

    fn run(self, tx: &mut Transaction<'_>) -> Result<SubnetIpv6CidrBlock> {
        add(tx, &self.subnet_id, self.ipv6_cidr_block)
    }
}

pub(crate) fn add(tx: &mut Transaction<'_>, id: &SubnetId, block: Ipv6Net) -> Result<SubnetIpv6CidrBlock> {
    let block = block.trunc();
    let subnet = tx.subnet(id)?;
    if let Some(there) = &subnet.ipv6_cidr_block {
        return Err(Error::invalid(format!("The subnet '{id}' already has an IPv6 CIDR block: {}.", there.block)));
    }
    let vpc = tx.vpc(&subnet.vpc)?;
    if !is_legal_ipv6_size(block) || !vpc.ipv6_cidr_blocks.iter().any(|b| b.block.contains(&block)) {
        return Err(Error::new(
            "InvalidSubnet.Range",
            format!(
                "The CIDR '{block}' is invalid: it must be a /44 to /64 in steps of four inside an IPv6 block of {}.",
                vpc.id
            ),
        ));
    }
    let other = tx.subnets().filter(|s| s.vpc == vpc.id).find_map(|s| {
        let there = s.ipv6_cidr_block.as_ref()?.block;
        overlap_ipv6(there, block).then(|| format!("{} ({there})", s.id))
    });
    if let Some(other) = other {
        let message = format!("The CIDR '{block}' conflicts with another subnet, {other}");
        return Err(Error::new("InvalidSubnet.Conflict", message));
    }
    let added = SubnetIpv6CidrBlock { association: SubnetCidrAssociationId::from_bits(tx.bits.draw()), block };
    tx.subnet_mut(id)?.ipv6_cidr_block = Some(added.clone());
    Ok(added)
}

impl Request for DisassociateSubnetCidrBlock {
    /// The subnet, and the block that it had.
    type Response = (SubnetId, SubnetIpv6CidrBlock);

    fn run(self, tx: &mut Transaction<'_>) -> Result<Self::Response> {
        let found = tx.subnets().find_map(|s| {
            let there = s.ipv6_cidr_block.as_ref().filter(|b| b.association == self.association_id)?;
            Some((s.id.clone(), there.clone()))
        });
        let (id, gone) = found.ok_or_else(|| self.association_id.not_found())?;
        let in_use = tx.interfaces().find(|i| i.subnet == id && !i.ipv6_addresses.is_empty());
        if let Some(interface) = in_use {
            return Err(Error::new(
                "InvalidCidrBlock.InUse",
                format!("The subnet {id} has addresses of {} in use: by {}", gone.block, interface.id),
            ));
        }
        let reserved = |r: &&subnet::SubnetCidrReservation| r.subnet == id && matches!(r.block, ipnet::IpNet::V6(_));
        if let Some(reservation) = tx.subnet_cidr_reservations().find(reserved) {
            return Err(Error::new(
                "InvalidCidrBlock.InUse",
                format!("The subnet {id} has addresses of {} reserved: by {}", gone.block, reservation.id),
            ));
        }
        let subnet = tx.subnet_mut(&id)?;
        subnet.ipv6_cidr_block = None;
        subnet.assign_ipv6_address_on_creation = false;
        subnet.private_dns.resource_name_aaaa_record = false;
        Ok((id, gone))
    }
}
