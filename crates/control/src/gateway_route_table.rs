//! Route tables of gateways: where what comes in from the internet goes within the VPC (row RT-7).

use crate::Transaction;
use crate::error::{Error, Result};
use crate::request::{Request, request};
use crate::route::Shown;
use croft_model::gateway::InternetGateway;
use croft_model::route::{Route, RouteDestination, RouteTable, RouteTarget};
use croft_model::vpc::Vpc;
use croft_model::*;
use std::fmt;

request! {
    /// AWS's `AssociateRouteTable` with a gateway. The same table again is no error.
    pub struct AssociateGatewayRouteTable {
        pub route_table_id: RouteTableId,
        pub gateway_id: InternetGatewayId,
    }
}

impl Request for AssociateGatewayRouteTable {
    type Response = RouteTableAssociationId;

    fn run(self, tx: &mut Transaction<'_>) -> Result<RouteTableAssociationId> {
        let table = tx.route_table(&self.route_table_id)?;
        let id = &self.gateway_id;
        let missing = || Error::new("InvalidGatewayID.NotFound", format!("The gateway ID '{id}' does not exist"));
        let gateway = tx.internet_gateway(id).map_err(|_| missing())?;
        if gateway.vpc.as_ref() != Some(&table.vpc) {
            return Err(Error::different_networks(
                format!("route table {}", table.id),
                format!("network gateway {}", gateway.id),
            ));
        }
        match &gateway.route_table {
            Some((association, own)) if *own == table.id => return Ok(association.clone()),
            Some((association, own)) => {
                return Err(Error::new(
                    "Resource.AlreadyAssociated",
                    format!(
                        "the specified association for route table {} conflicts with an existing association: {association} with {own}",
                        table.id
                    ),
                ));
            }
            None => {}
        }
        replace(tx, &self.gateway_id, self.route_table_id)
    }
}

/// Gives a gateway a table in the place of the one that it may have.
pub(crate) fn replace(
    tx: &mut Transaction<'_>,
    gateway: &InternetGatewayId,
    table: RouteTableId,
) -> Result<RouteTableAssociationId> {
    let routes = tx.route_table(&table)?;
    let vpc = tx.vpc(&routes.vpc)?;
    if let Some((route, unfit)) = routes.routes.iter().find_map(|route| Some((route, unfit(vpc, route)?))) {
        return Err(not_supported(route, unfit));
    }
    let association = RouteTableAssociationId::from_bits(tx.bits.draw());
    tx.internet_gateway_mut(gateway)?.route_table = Some((association.clone(), table));
    Ok(association)
}

/// What is wrong with a route in the table of a gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// It does not lead into the VPC, or names a prefix list.
    Destination,
    /// Neither `local` nor a network interface.
    Target,
}

/// A gateway's table leads into the VPC only, and there to interfaces only.
pub(crate) fn unfit(vpc: &Vpc, route: &Route) -> Option<Unfit> {
    let inside = match &route.destination {
        RouteDestination::Cidr(to) => vpc.cidr_blocks.iter().any(|b| b.block.contains(to)),
        RouteDestination::Ipv6Cidr(to) => vpc.ipv6_cidr_blocks.iter().any(|b| b.block.contains(to)),
        RouteDestination::PrefixList(_) => false,
    };
    match &route.target {
        _ if !inside => Some(Unfit::Destination),
        RouteTarget::Local | RouteTarget::NetworkInterface(_) => None,
        RouteTarget::InternetGateway(_) | RouteTarget::NatGateway(_) | RouteTarget::EgressOnlyInternetGateway(_) => {
            Some(Unfit::Target)
        }
    }
}

fn not_supported(route: &Route, unfit: Unfit) -> Error {
    let message = match unfit {
        Unfit::Destination => format!(
            "Route table contains unsupported route destination: {}. The table of a gateway has routes to blocks of its VPC only.",
            Shown(&route.destination)
        ),
        Unfit::Target => format!(
            "Route table contains unsupported route target: {}. The table of a gateway leads to network interfaces only, or is local.",
            Target(&route.target)
        ),
    };
    Error::new("RouteNotSupported", message)
}

struct Target<'a>(&'a RouteTarget);

impl fmt::Display for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            RouteTarget::Local => f.write_str("local"),
            RouteTarget::InternetGateway(id) => id.fmt(f),
            RouteTarget::NatGateway(id) => id.fmt(f),
            RouteTarget::NetworkInterface(id) => id.fmt(f),
            RouteTarget::EgressOnlyInternetGateway(id) => id.fmt(f),
        }
    }
}

/// Refuses a route that the table may not have while a gateway uses it.
pub(crate) fn check_route(
    tx: &Transaction<'_>,
    table: &RouteTable,
    destination: &RouteDestination,
    target: &RouteTarget,
) -> Result<()> {
    let Some(gateway) = user(tx, &table.id) else { return Ok(()) };
    let route = Route { destination: destination.clone(), target: target.clone() };
    match unfit(tx.vpc(&table.vpc)?, &route) {
        None => Ok(()),
        Some(_) => Err(Error::new(
            "RouteConflict",
            format!("Route table has a conflicting association with the gateway {}", gateway.id),
        )),
    }
}

/// The gateway that uses a table.
pub(crate) fn user<'a>(tx: &'a Transaction<'_>, table: &RouteTableId) -> Option<&'a InternetGateway> {
    tx.internet_gateways().find(|g| g.route_table.as_ref().is_some_and(|(_, of)| of == table))
}

/// A block that the table of the VPC's gateway has routes to stays: outside of the VPC they could not be.
pub(crate) fn check_block_unused(
    tx: &Transaction<'_>,
    vpc: &VpcId,
    block: impl fmt::Display,
    inside: impl Fn(&RouteDestination) -> bool,
) -> Result<()> {
    let gateway = tx.internet_gateways().find(|g| g.vpc.as_ref() == Some(vpc));
    let Some((_, table)) = gateway.and_then(|g| g.route_table.as_ref()) else { return Ok(()) };
    match tx.route_table(table)?.routes.iter().find(|route| inside(&route.destination)) {
        None => Ok(()),
        Some(route) => Err(Error::new(
            "InvalidCidrBlock.InUse",
            format!(
                "The vpc {vpc} currently has a route within CIDR block {block} in the route table of its gateway: {} in {table}",
                Shown(&route.destination)
            ),
        )),
    }
}
