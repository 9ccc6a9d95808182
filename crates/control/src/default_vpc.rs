//! The default VPC (row NET-7).

use crate::error::{Error, Result};
use crate::internet_gateway::{AttachInternetGateway, CreateInternetGateway};
use crate::request::{Request, request};
use crate::route::CreateRoute;
use crate::subnet::CreateSubnet;
use crate::{Cloud, Transaction, vpc};
use croft_model::route::{RouteDestination, RouteTarget};
use croft_model::subnet::Subnet;
use croft_model::vpc::Vpc;
use croft_model::*;
use ipnet::Ipv4Net;
use std::net::Ipv4Addr;

request! {
    /// 172.31.0.0/16 with a public /20 in every zone, an internet gateway and a route to it.
    pub struct CreateDefaultVpc {}
}

const BLOCK: (Ipv4Addr, u8) = (Ipv4Addr::new(172, 31, 0, 0), 16);
const SUBNET_BITS: u8 = 20;

fn block((network, bits): (Ipv4Addr, u8)) -> Result<Ipv4Net> {
    Ipv4Net::new(network, bits).map_err(|e| Error::invalid(e.to_string()))
}

impl Request for CreateDefaultVpc {
    type Response = Vpc;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Vpc> {
        if let Ok(vpc) = tx.cloud.default_vpc() {
            let message = format!("A Default VPC already exists for this account in this region: {}.", vpc.id);
            return Err(Error::new("DefaultVpcAlreadyExists", message));
        }
        let whole = block(BLOCK)?;
        let vpc = vpc::create(tx, whole, "default".into(), true, Tags::new())?;
        let zones: Vec<_> = tx.cloud.zones.iter().map(|z| z.name.clone()).collect();
        let blocks = whole.subnets(SUBNET_BITS).map_err(|e| Error::invalid(e.to_string()))?;
        for (zone, cidr_block) in zones.into_iter().zip(blocks) {
            let create =
                CreateSubnet { vpc_id: vpc.id.clone(), cidr_block, availability_zone: Some(zone), tags: Tags::new() };
            let id = create.run(tx)?.id;
            let subnet = tx.subnet_mut(&id)?;
            subnet.map_public_ip_on_launch = true;
            subnet.default_for_az = true;
        }
        let gateway = CreateInternetGateway { tags: Tags::new() }.run(tx)?.id;
        AttachInternetGateway { internet_gateway_id: gateway.clone(), vpc_id: vpc.id.clone() }.run(tx)?;
        let out = CreateRoute {
            route_table_id: vpc.main_route_table.clone(),
            destination: RouteDestination::Cidr(Ipv4Net::default()),
            target: RouteTarget::InternetGateway(gateway),
        };
        out.run(tx)?;
        Ok(vpc)
    }
}

impl Cloud {
    /// The default VPC, where a request goes that names none.
    pub fn default_vpc(&self) -> Result<&Vpc> {
        self.vpcs.values().find(|v| v.is_default).ok_or_else(|| {
            Error::new(
                "VPCIdNotSpecified",
                "No default VPC for this user. Name a VPC or subnet, or create the default VPC.",
            )
        })
    }
}

impl Transaction<'_> {
    /// The default subnet of the first zone that has one.
    pub(crate) fn default_subnet(&self) -> Result<Subnet> {
        let vpc = &self.cloud.default_vpc()?.id;
        let subnets = self.cloud.subnets.values().filter(|s| s.vpc == *vpc && s.default_for_az);
        subnets.min_by_key(|s| &s.zone).cloned().ok_or_else(|| {
            Error::new(
                "MissingInput",
                format!("No subnets found for the default VPC '{vpc}'. Please specify a subnet."),
            )
        })
    }
}
