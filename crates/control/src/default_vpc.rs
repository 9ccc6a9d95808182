//! The default VPC (row NET-7).

use crate::error::{Error, Result};
use crate::internet_gateway::AttachInternetGateway;
use crate::request::{Request, request};
use crate::route::CreateRoute;
use crate::subnet::{CreateSubnet, zone_named};
use crate::{Cloud, Transaction, dhcp_options, internet_gateway, vpc};
use croft_model::route::{RouteDestination, RouteTarget};
use croft_model::subnet::Subnet;
use croft_model::vpc::{Vpc, overlap};
use croft_model::*;
use ipnet::Ipv4Net;
use std::net::Ipv4Addr;

request! {
    /// 172.31.0.0/16 with a public /20 in every zone, an internet gateway and a route to it.
    pub struct CreateDefaultVpc {}

    /// A public /20 of the default VPC, in a zone that has none.
    pub struct CreateDefaultSubnet {
        /// Its name or identifier.
        pub availability_zone: String,
    }

    /// The first use of a region by an account: it gets its default VPC. Nothing happens a second time, nor where
    /// there is one already.
    pub struct OpenRegion {}
}

const BLOCK: (Ipv4Addr, u8) = (Ipv4Addr::new(172, 31, 0, 0), 16);
const SUBNET_BITS: u8 = 20;

fn block((network, bits): (Ipv4Addr, u8)) -> Result<Ipv4Net> {
    Ipv4Net::new(network, bits).map_err(|e| Error::invalid(e.to_string()))
}

impl Request for OpenRegion {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        if tx.cloud.is_open(&tx.scope) {
            return Ok(());
        }
        let settings = tx.settings_mut();
        settings.opened = true;
        if settings.default_dhcp_options.is_none() {
            dhcp_options::make_default_set(tx);
        }
        if tx.default_vpc().is_err() {
            create(tx)?;
        }
        Ok(())
    }
}

impl Request for CreateDefaultVpc {
    type Response = Vpc;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Vpc> {
        if let Ok(vpc) = tx.default_vpc() {
            let message = format!("A Default VPC already exists for this account in this region: {}.", vpc.id);
            return Err(Error::new("DefaultVpcAlreadyExists", message));
        }
        vpc::check_quota(tx)?;
        create(tx)
    }
}

/// Whatever the quotas: a region that is opened has one.
fn create(tx: &mut Transaction<'_>) -> Result<Vpc> {
    let whole = block(BLOCK)?;
    let vpc = vpc::create(tx, whole, "default".into(), true, Tags::new())?;
    let zones: Vec<_> = tx.cloud.zones_in(&tx.scope.region).map(|z| z.name.clone()).collect();
    for zone in zones {
        create_subnet(tx, &vpc.id, zone)?;
    }
    let gateway = internet_gateway::insert(tx, Tags::new()).id;
    AttachInternetGateway { internet_gateway_id: gateway.clone(), vpc_id: vpc.id.clone() }.run(tx)?;
    let out = CreateRoute {
        route_table_id: vpc.main_route_table.clone(),
        destination: RouteDestination::Cidr(Ipv4Net::default()),
        target: RouteTarget::InternetGateway(gateway),
    };
    out.run(tx)?;
    tx.vpc(&vpc.id).cloned()
}

/// The first /20 of the default VPC that no subnet shares an address with.
fn create_subnet(tx: &mut Transaction<'_>, vpc_id: &VpcId, zone: String) -> Result<Subnet> {
    let vpc = tx.vpc(vpc_id)?;
    let taken: Vec<_> = tx.subnets().filter(|s| s.vpc == *vpc_id).map(|s| s.block).collect();
    let whole = vpc.cidr_blocks.first().map(|b| b.block).unwrap_or(block(BLOCK)?);
    let mut blocks = whole.subnets(SUBNET_BITS).map_err(|e| Error::invalid(e.to_string()))?;
    let cidr_block = blocks.find(|b| !taken.iter().any(|t| overlap(*t, *b))).ok_or_else(|| {
        Error::new("InsufficientCidrBlocks", format!("The default VPC '{vpc_id}' has no /{SUBNET_BITS} left."))
    })?;
    let create = CreateSubnet {
        vpc_id: vpc_id.clone(),
        cidr_block,
        availability_zone: Some(zone),
        ipv6_cidr_block: None,
        tags: Tags::new(),
    };
    let id = create.run(tx)?.id;
    let subnet = tx.subnet_mut(&id)?;
    subnet.map_public_ip_on_launch = true;
    subnet.default_for_az = true;
    Ok(subnet.clone())
}

impl Request for CreateDefaultSubnet {
    type Response = Subnet;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Subnet> {
        let zone = zone_named(tx, Some(&self.availability_zone))?;
        let vpc = tx.default_vpc().map_err(|_| {
            Error::new(
                "DefaultVpcDoesNotExist",
                "There is no default VPC in this region. Create the default VPC first.",
            )
        })?;
        let vpc = vpc.id.clone();
        if let Some(there) = tx.subnets().find(|s| s.default_for_az && s.zone == zone) {
            return Err(Error::new(
                "DefaultSubnetAlreadyExistsInAvailabilityZone",
                format!("'{}' is already the default subnet in {zone}.", there.id),
            ));
        }
        create_subnet(tx, &vpc, zone)
    }
}

impl Cloud {
    /// Has the account used the region?
    pub fn is_open(&self, scope: &Scope) -> bool {
        self.settings.get(scope).is_some_and(|s| s.opened)
    }

    /// The default VPC of a scope, where a request goes that names none.
    pub fn default_vpc(&self, scope: &Scope) -> Result<&Vpc> {
        self.vpcs.values().find(|v| v.is_default && v.scope == *scope).ok_or_else(|| {
            Error::new(
                "VPCIdNotSpecified",
                "No default VPC for this user. Name a VPC or subnet, or create the default VPC.",
            )
        })
    }
}

impl Transaction<'_> {
    pub(crate) fn default_vpc(&self) -> Result<&Vpc> {
        self.cloud.default_vpc(&self.scope)
    }

    /// The default subnet of the first zone that has one.
    pub(crate) fn default_subnet(&self) -> Result<Subnet> {
        let vpc = &self.default_vpc()?.id;
        let subnets = self.subnets().filter(|s| s.vpc == *vpc && s.default_for_az);
        subnets.min_by_key(|s| &s.zone).cloned().ok_or_else(|| {
            Error::new(
                "MissingInput",
                format!("No subnets found for the default VPC '{vpc}'. Please specify a subnet."),
            )
        })
    }
}
