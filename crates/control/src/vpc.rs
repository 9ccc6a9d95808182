//! VPCs and their address blocks (rows NET-1, NET-3, NET-7).

use crate::error::{Error, Identified, Result};
use crate::request::{Request, request};
use crate::tag::check_tags;
use crate::{Transaction, security_group};
use croft_model::network_acl::{NetworkAcl, NetworkAclEntry};
use croft_model::protocol::{Ports, Protocol};
use croft_model::route::{RouteDestination, RouteTable};
use croft_model::vpc::{CidrBlock, Vpc, is_legal_size, overlap};
use croft_model::*;
use ipnet::{IpNet, Ipv4Net};
use std::net::Ipv4Addr;

request! {
    /// Makes a VPC with its main route table, default network ACL and default security group.
    pub struct CreateVpc {
        pub cidr_block: Ipv4Net,
        /// `default` or `dedicated`; it changes nothing in the network.
        pub instance_tenancy: Option<String>,
        #[serde(default)]
        pub tags: Tags,
    }

    pub struct DeleteVpc {
        pub vpc_id: VpcId,
    }

    /// Adds a block to a VPC.
    pub struct AssociateVpcCidrBlock {
        pub vpc_id: VpcId,
        pub cidr_block: Ipv4Net,
    }

    pub struct DisassociateVpcCidrBlock {
        pub association_id: CidrAssociationId,
    }

    pub struct ModifyVpcAttribute {
        pub vpc_id: VpcId,
        pub enable_dns_support: Option<bool>,
        pub enable_dns_hostnames: Option<bool>,
    }
}

/// No VPC lies here: this host, loopback, link-local, multicast and up, and the range from which Croft gives public
/// addresses.
const FORBIDDEN: [(Ipv4Addr, u8); 5] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(224, 0, 0, 0), 3),
    crate::public_address::POOL,
];

fn check_block(block: Ipv4Net) -> Result<Ipv4Net> {
    let block = block.trunc();
    let forbidden = FORBIDDEN
        .iter()
        .any(|(network, bits)| Ipv4Net::new(*network, *bits).is_ok_and(|forbidden| overlap(block, forbidden)));
    if !is_legal_size(block) {
        return Err(Error::new(
            "InvalidVpc.Range",
            format!("The CIDR '{block}' is invalid: the block size must be between a /16 netmask and /28 netmask."),
        ));
    }
    match forbidden {
        true => Err(Error::new("InvalidVpc.Range", format!("The CIDR '{block}' is invalid: the range is reserved."))),
        false => Ok(block),
    }
}

impl Request for CreateVpc {
    type Response = Vpc;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Vpc> {
        let block = check_block(self.cidr_block)?;
        check_tags(&self.tags)?;
        let tenancy = self.instance_tenancy.unwrap_or_else(|| "default".into());
        if !["default", "dedicated"].contains(&tenancy.as_str()) {
            return Err(Error::invalid_value("instanceTenancy", tenancy, "Use default or dedicated."));
        }
        create(tx, block, tenancy, false, self.tags)
    }
}

/// A VPC with what every VPC has from the start.
pub(crate) fn create(
    tx: &mut Transaction<'_>,
    block: Ipv4Net,
    tenancy: String,
    is_default: bool,
    tags: Tags,
) -> Result<Vpc> {
    tx.room_for_one("VpcLimitExceeded", "VPCs", tx.cloud.vpcs.len(), tx.cloud.quotas.vpcs_per_region)?;
    let id = tx.fresh(|r| &r.vpcs, VpcId::from_bits);
    let table = tx.fresh(|r| &r.route_tables, RouteTableId::from_bits);
    let acl = tx.fresh(|r| &r.network_acls, NetworkAclId::from_bits);
    let group = security_group::create_default(tx, &id)?;
    let main = RouteTable { id: table.clone(), vpc: id.clone(), routes: vec![], tags: Tags::new() };
    let default_acl =
        NetworkAcl { id: acl.clone(), vpc: id.clone(), is_default: true, entries: allow_all(), tags: Tags::new() };
    let vpc = Vpc {
        id: id.clone(),
        cidr_blocks: vec![CidrBlock { association: CidrAssociationId::from_bits(tx.bits.draw()), block }],
        is_default,
        enable_dns_support: true,
        enable_dns_hostnames: is_default,
        instance_tenancy: tenancy,
        main_route_table: table.clone(),
        main_route_table_association: RouteTableAssociationId::from_bits(tx.bits.draw()),
        default_network_acl: acl.clone(),
        default_security_group: group,
        tags,
    };
    tx.cloud.route_tables.insert(table, main);
    tx.cloud.network_acls.insert(acl, default_acl);
    tx.cloud.vpcs.insert(id, vpc.clone());
    Ok(vpc)
}

/// The entries of a default network ACL: rule 100 allows everything, both ways (row ACL-3).
fn allow_all() -> Vec<NetworkAclEntry> {
    use croft_model::group::Direction::*;
    let entry = |direction| NetworkAclEntry {
        number: 100,
        direction,
        protocol: Protocol::All,
        ports: Ports::All,
        cidr: IpNet::V4(Ipv4Net::default()),
        allow: true,
    };
    vec![entry(Ingress), entry(Egress)]
}

impl Request for DeleteVpc {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let vpc = tx.vpc(&self.vpc_id)?.clone();
        let cloud = &tx.cloud;
        let own = |id: &VpcId| *id == vpc.id;
        let dependent = cloud
            .subnets
            .values()
            .find(|s| own(&s.vpc))
            .map(|s| s.id.to_string())
            .or_else(|| cloud.internet_gateway_of(&vpc.id).map(|g| g.id.to_string()))
            .or_else(|| {
                let groups = &mut cloud.security_groups.values();
                groups.find(|g| own(&g.vpc) && g.id != vpc.default_security_group).map(|g| g.id.to_string())
            })
            .or_else(|| {
                let acls = &mut cloud.network_acls.values();
                acls.find(|a| own(&a.vpc) && !a.is_default).map(|a| a.id.to_string())
            })
            .or_else(|| {
                let tables = &mut cloud.route_tables.values();
                tables.find(|t| own(&t.vpc) && t.id != vpc.main_route_table).map(|t| t.id.to_string())
            });
        if let Some(by) = dependent {
            return Err(Error::in_use("vpc", &vpc.id, by));
        }
        tx.cloud.route_tables.remove(&vpc.main_route_table);
        tx.cloud.network_acls.remove(&vpc.default_network_acl);
        tx.cloud.security_groups.remove(&vpc.default_security_group);
        tx.cloud.vpcs.remove(&vpc.id);
        Ok(())
    }
}

/// The range of RFC 1918 that a block lies in. A VPC's blocks are of one of them, or public.
fn private_range(block: Ipv4Net) -> Option<(Ipv4Addr, u8)> {
    const RANGES: [(Ipv4Addr, u8); 3] =
        [(Ipv4Addr::new(10, 0, 0, 0), 8), (Ipv4Addr::new(172, 16, 0, 0), 12), (Ipv4Addr::new(192, 168, 0, 0), 16)];
    RANGES.into_iter().find(|(network, bits)| Ipv4Net::new(*network, *bits).is_ok_and(|range| range.contains(&block)))
}

impl Request for AssociateVpcCidrBlock {
    type Response = CidrBlock;

    fn run(self, tx: &mut Transaction<'_>) -> Result<CidrBlock> {
        let block = check_block(self.cidr_block)?;
        let quota = tx.cloud.quotas.cidr_blocks_per_vpc;
        let vpc = tx.vpc(&self.vpc_id)?;
        if vpc.cidr_blocks.len() >= quota as usize {
            return Err(Error::new(
                "CidrLimitExceeded",
                format!("This network '{}' has met its maximum number of allowed CIDRs: {quota}", vpc.id),
            ));
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
        for table in tx.cloud.route_tables.values().filter(|t| t.vpc == self.vpc_id) {
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
        tx.vpc_mut(&self.vpc_id)?.cidr_blocks.push(added.clone());
        Ok(added)
    }
}

impl Request for DisassociateVpcCidrBlock {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let id = &self.association_id;
        let found = tx.cloud.vpcs.values().find_map(|vpc| {
            let at = vpc.cidr_blocks.iter().position(|b| b.association == *id)?;
            Some((vpc.id.clone(), at, vpc.cidr_blocks.get(at)?.block))
        });
        let Some((vpc, at, block)) = found else { return Err(id.not_found()) };
        if at == 0 {
            return Err(Error::not_permitted(format!(
                "The vpc CIDR block with association ID {id} may not be disassociated. It is the primary IPv4 CIDR block of the VPC"
            )));
        }
        if let Some(subnet) = tx.cloud.subnets.values().find(|s| s.vpc == vpc && block.contains(&s.block)) {
            return Err(Error::new(
                "InvalidCidrBlock.InUse",
                format!("The vpc {vpc} currently has a subnet within CIDR block {block}: {}", subnet.id),
            ));
        }
        tx.vpc_mut(&vpc)?.cidr_blocks.remove(at);
        Ok(())
    }
}

impl Request for ModifyVpcAttribute {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let vpc = tx.vpc_mut(&self.vpc_id)?;
        vpc.enable_dns_support = self.enable_dns_support.unwrap_or(vpc.enable_dns_support);
        vpc.enable_dns_hostnames = self.enable_dns_hostnames.unwrap_or(vpc.enable_dns_hostnames);
        Ok(())
    }
}
