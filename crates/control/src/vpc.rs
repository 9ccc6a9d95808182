//! VPCs and their address blocks (rows NET-1, NET-3, NET-7).

use crate::error::{Error, Result};
use crate::request::{Request, request};
use crate::tag::check_tags;
use crate::{Transaction, dhcp_options, security_group, vpc_cidr_block};
use croft_model::block_public_access::Excluded;
use croft_model::group::SecurityGroup;
use croft_model::network_acl::{NetworkAcl, NetworkAclEntry};
use croft_model::protocol::{Ports, Protocol};
use croft_model::route::RouteTable;
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
        /// A /56 as well.
        #[serde(default)]
        pub amazon_provided_ipv6_cidr_block: bool,
        #[serde(default)]
        pub tags: Tags,
    }

    pub struct DeleteVpc {
        pub vpc_id: VpcId,
    }

    pub struct ModifyVpcAttribute {
        pub vpc_id: VpcId,
        pub enable_dns_support: Option<bool>,
        pub enable_dns_hostnames: Option<bool>,
        #[serde(default)]
        pub enable_network_address_usage_metrics: Option<bool>,
    }

    /// Back to `default`, which is all that AWS allows.
    pub struct ModifyVpcTenancy {
        pub vpc_id: VpcId,
        pub instance_tenancy: String,
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

pub(crate) fn check_block(block: Ipv4Net) -> Result<Ipv4Net> {
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
        check_quota(tx)?;
        let vpc = create(tx, block, tenancy, false, self.tags)?;
        if self.amazon_provided_ipv6_cidr_block {
            vpc_cidr_block::add_ipv6(tx, &vpc.id)?;
        }
        tx.vpc(&vpc.id).cloned()
    }
}

pub(crate) fn check_quota(tx: &Transaction<'_>) -> Result<()> {
    tx.room_for_one("VpcLimitExceeded", "VPCs", tx.vpcs().count(), tx.quotas().vpcs_per_region)
}

/// A VPC with what every VPC has from the start.
pub(crate) fn create(
    tx: &mut Transaction<'_>,
    block: Ipv4Net,
    tenancy: String,
    is_default: bool,
    tags: Tags,
) -> Result<Vpc> {
    let id = tx.fresh(|r| &r.vpcs, VpcId::from_bits);
    let table = tx.fresh(|r| &r.route_tables, RouteTableId::from_bits);
    let acl = tx.fresh(|r| &r.network_acls, NetworkAclId::from_bits);
    let group = security_group::create_default(tx, &id)?;
    let dhcp_options = dhcp_options::default_set(tx);
    let main =
        RouteTable { id: table.clone(), scope: tx.scope.clone(), vpc: id.clone(), routes: vec![], tags: Tags::new() };
    let default_acl = NetworkAcl {
        id: acl.clone(),
        scope: tx.scope.clone(),
        vpc: id.clone(),
        is_default: true,
        entries: allow_all(),
        tags: Tags::new(),
    };
    let vpc = Vpc {
        id: id.clone(),
        scope: tx.scope.clone(),
        cidr_blocks: vec![CidrBlock { association: CidrAssociationId::from_bits(tx.bits.draw()), block }],
        ipv6_cidr_blocks: vec![],
        is_default,
        enable_dns_support: true,
        enable_dns_hostnames: is_default,
        enable_network_address_usage_metrics: false,
        dhcp_options,
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
                let gateways = &mut cloud.egress_only_internet_gateways.values();
                gateways.find(|g| own(&g.vpc)).map(|g| g.id.to_string())
            })
            .or_else(|| {
                let groups = &mut cloud.security_groups.values();
                let made_here = |g: &SecurityGroup| own(&g.vpc) && g.id != vpc.default_security_group;
                groups.find(|g| made_here(g) || g.associated_vpcs.contains(&vpc.id)).map(|g| g.id.to_string())
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
        tx.forget_exclusion(&Excluded::Vpc(vpc.id));
        Ok(())
    }
}

impl Request for ModifyVpcAttribute {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let vpc = tx.vpc_mut(&self.vpc_id)?;
        vpc.enable_dns_support = self.enable_dns_support.unwrap_or(vpc.enable_dns_support);
        vpc.enable_dns_hostnames = self.enable_dns_hostnames.unwrap_or(vpc.enable_dns_hostnames);
        vpc.enable_network_address_usage_metrics =
            self.enable_network_address_usage_metrics.unwrap_or(vpc.enable_network_address_usage_metrics);
        Ok(())
    }
}

impl Request for ModifyVpcTenancy {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let vpc = tx.vpc_mut(&self.vpc_id)?;
        if self.instance_tenancy != "default" {
            return Err(Error::invalid_value("instanceTenancy", self.instance_tenancy, "Only default is allowed."));
        }
        vpc.instance_tenancy = self.instance_tenancy;
        Ok(())
    }
}
