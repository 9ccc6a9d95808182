//! Routes (rows RT-1, RT-2, RT-4, RT-5, RT-7).

use crate::error::{Error, Identified, Result};
use crate::request::{Request, request};
use crate::{Cloud, Transaction, gateway_route_table};
use croft_model::gateway::NatGatewayState;
use croft_model::prefix_list::AddressFamily;
use croft_model::route::{Route, RouteDestination, RouteTable, RouteTarget};
use croft_model::subnet::Subnet;
use croft_model::*;
use ipnet::{Ipv4Net, Ipv6Net};
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

request! {
    /// The same route again is no error, as on AWS.
    pub struct CreateRoute {
        pub route_table_id: RouteTableId,
        pub destination: RouteDestination,
        pub target: RouteTarget,
    }

    /// Gives an existing route another target; `Local` for the block of a whole subnet or of the VPC only.
    pub struct ReplaceRoute {
        pub route_table_id: RouteTableId,
        pub destination: RouteDestination,
        pub target: RouteTarget,
    }

    pub struct DeleteRoute {
        pub route_table_id: RouteTableId,
        pub destination: RouteDestination,
    }
}

impl Request for CreateRoute {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let destination = canonical(self.destination);
        let table = tx.route_table(&self.route_table_id)?;
        let there = table.routes.iter().find(|r| r.destination == destination);
        if there.is_some_and(|r| r.target == self.target) {
            return Ok(());
        }
        if there.is_some() || is_local(tx, table, &destination)? {
            return Err(Error::new(
                "RouteAlreadyExists",
                format!("The route identified by {} already exists.", Shown(&destination)),
            ));
        }
        if self.target == RouteTarget::Local {
            return Err(Error::invalid("A route cannot be created with the target local; every table has its own."));
        }
        check_destination(tx, table, &destination, &self.target)?;
        check_target(tx, table, &self.target)?;
        gateway_route_table::check_route(tx, table, &destination, &self.target)?;
        let table = tx.route_table_mut(&self.route_table_id)?;
        table.routes.push(Route { destination, target: self.target });
        check_route_quota(&tx.cloud, tx.route_table(&self.route_table_id)?)
    }
}

impl Request for ReplaceRoute {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let destination = canonical(self.destination);
        let table = tx.route_table(&self.route_table_id)?;
        if is_local(tx, table, &destination)? {
            return replace_local(tx, &self.route_table_id, destination, self.target);
        }
        check_destination(tx, table, &destination, &self.target)?;
        check_target(tx, table, &self.target)?;
        gateway_route_table::check_route(tx, table, &destination, &self.target)?;
        let table = tx.route_table_mut(&self.route_table_id)?;
        match table.routes.iter_mut().find(|r| r.destination == destination) {
            Some(route) => {
                route.target = self.target;
                Ok(())
            }
            None => Err(Error::invalid(format!(
                "There is no route defined for '{}' in the route table. Use CreateRoute instead.",
                Shown(&destination)
            ))),
        }
    }
}

/// Sends a whole block of the VPC elsewhere, or puts it back (row RT-2). The route is kept only while it leads
/// elsewhere.
fn replace_local(
    tx: &mut Transaction<'_>,
    id: &RouteTableId,
    destination: RouteDestination,
    target: RouteTarget,
) -> Result<()> {
    match (&target, &destination) {
        (RouteTarget::Local | RouteTarget::NetworkInterface(_), _)
        | (RouteTarget::NatGateway(_), RouteDestination::Cidr(_)) => {}
        _ => {
            return Err(Error::invalid(format!(
                "The local route {} can target only an interface or a NAT gateway, or be put back to local.",
                Shown(&destination)
            )));
        }
    }
    let table = tx.route_table(id)?;
    check_target(tx, table, &target)?;
    gateway_route_table::check_route(tx, table, &destination, &target)?;
    let table = tx.route_table_mut(id)?;
    table.routes.retain(|r| r.destination != destination);
    if target != RouteTarget::Local {
        table.routes.push(Route { destination, target });
    }
    Ok(())
}

impl Request for DeleteRoute {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let destination = canonical(self.destination);
        let table = tx.route_table(&self.route_table_id)?;
        if is_local(tx, table, &destination)? {
            return Err(Error::invalid(format!(
                "cannot remove local route {} in route table {}",
                Shown(&destination),
                table.id
            )));
        }
        let Some(at) = table.routes.iter().position(|r| r.destination == destination) else {
            return Err(no_route(&self.route_table_id, &destination));
        };
        tx.route_table_mut(&self.route_table_id)?.routes.remove(at);
        Ok(())
    }
}

fn canonical(destination: RouteDestination) -> RouteDestination {
    match destination {
        RouteDestination::Cidr(block) => RouteDestination::Cidr(block.trunc()),
        RouteDestination::Ipv6Cidr(block) => RouteDestination::Ipv6Cidr(block.trunc()),
        list => list,
    }
}

/// A destination as messages name it.
pub(crate) struct Shown<'a>(pub(crate) &'a RouteDestination);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            RouteDestination::Cidr(block) => block.fmt(f),
            RouteDestination::Ipv6Cidr(block) => block.fmt(f),
            RouteDestination::PrefixList(id) => id.fmt(f),
        }
    }
}

fn no_route(table: &RouteTableId, destination: &RouteDestination) -> Error {
    let how = match destination {
        RouteDestination::Cidr(_) => "destination-cidr-block",
        RouteDestination::Ipv6Cidr(_) => "destination-ipv6-cidr-block",
        RouteDestination::PrefixList(_) => "destination-prefix-list-id",
    };
    Error::new("InvalidRoute.NotFound", format!("no route with {how} {} in route table {table}", Shown(destination)))
}

/// Is it one of the `local` routes that every table of the VPC has?
fn is_local(tx: &Transaction<'_>, table: &RouteTable, destination: &RouteDestination) -> Result<bool> {
    let vpc = tx.vpc(&table.vpc)?;
    Ok(match destination {
        RouteDestination::Cidr(to) => vpc.cidr_blocks.iter().any(|b| b.block == *to),
        RouteDestination::Ipv6Cidr(to) => vpc.ipv6_cidr_blocks.iter().any(|b| b.block == *to),
        RouteDestination::PrefixList(_) => false,
    })
}

/// AWS's own link-local range within which no route may point.
const LINK_LOCAL: (Ipv4Addr, u8) = (Ipv4Addr::new(169, 254, 168, 0), 22);

fn check_destination(
    tx: &Transaction<'_>,
    table: &RouteTable,
    destination: &RouteDestination,
    target: &RouteTarget,
) -> Result<()> {
    let vpc = tx.vpc(&table.vpc)?;
    let (in_vpc, of_subnet) = match destination {
        RouteDestination::PrefixList(id) => {
            check_family(tx.any_prefix_list(id)?.family, destination, target)?;
            (false, false)
        }
        RouteDestination::Ipv6Cidr(to) => {
            check_family(AddressFamily::Ipv6, destination, target)?;
            let of = |s: &Subnet| s.vpc == vpc.id && s.ipv6_cidr_block.as_ref().is_some_and(|b| b.block == *to);
            (vpc.ipv6_cidr_blocks.iter().any(|b| b.block.contains(to)), tx.subnets().any(of))
        }
        RouteDestination::Cidr(to) => {
            check_family(AddressFamily::Ipv4, destination, target)?;
            if Ipv4Net::new(LINK_LOCAL.0, LINK_LOCAL.1).is_ok_and(|link_local| link_local.contains(to)) {
                return Err(Error::invalid(format!(
                    "The destination CIDR block {to} lies in the range of link-local services; no route may point there."
                )));
            }
            let of = |s: &Subnet| s.vpc == vpc.id && s.block == *to;
            (vpc.cidr_blocks.iter().any(|b| b.block.contains(to)), tx.subnets().any(of))
        }
    };
    if !in_vpc {
        return match target {
            RouteTarget::Local => Err(Error::invalid(format!(
                "The target local is only for the block of a subnet of the VPC, not for {}.",
                Shown(destination)
            ))),
            _ => Ok(()),
        };
    }
    // Row RT-2.
    let to = Shown(destination);
    if !of_subnet {
        return Err(Error::invalid(format!(
            "The destination CIDR block {to} is more specific than one of this VPC's CIDR blocks and does not match any subnet CIDR block. Use the block of a whole subnet."
        )));
    }
    match target {
        RouteTarget::InternetGateway(_) | RouteTarget::EgressOnlyInternetGateway(_) => Err(Error::invalid(format!(
            "The destination CIDR block {to} is equal to or more specific than one of this VPC's CIDR blocks. This route can target only an interface or a NAT gateway."
        ))),
        RouteTarget::NatGateway(_) | RouteTarget::NetworkInterface(_) | RouteTarget::Local => Ok(()),
    }
}

/// The one block of IPv6 that a NAT gateway translates.
const NAT64: (Ipv6Addr, u8) = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// An egress-only internet gateway is for IPv6, a NAT gateway for IPv4 and NAT64.
fn check_family(family: AddressFamily, destination: &RouteDestination, target: &RouteTarget) -> Result<()> {
    let nat64 = |to: &Ipv6Net| Ipv6Net::new(NAT64.0, NAT64.1).is_ok_and(|nat64| nat64.contains(to));
    let fits = match (family, target) {
        (AddressFamily::Ipv4, RouteTarget::EgressOnlyInternetGateway(_)) => false,
        (AddressFamily::Ipv6, RouteTarget::NatGateway(_)) => {
            matches!(destination, RouteDestination::Ipv6Cidr(to) if nat64(to))
        }
        _ => true,
    };
    match fits {
        true => Ok(()),
        false => Err(Error::invalid(format!(
            "The destination {} is not of an address family that the target carries: an egress-only internet gateway is for IPv6, a NAT gateway for IPv4 and 64:ff9b::/96.",
            Shown(destination)
        ))),
    }
}

fn check_target(tx: &Transaction<'_>, table: &RouteTable, target: &RouteTarget) -> Result<()> {
    let network = |what: String, vpc: Option<&VpcId>| match vpc == Some(&table.vpc) {
        true => Ok(()),
        false => Err(Error::different_networks(format!("route table {}", table.id), what)),
    };
    match target {
        RouteTarget::Local => Ok(()),
        RouteTarget::InternetGateway(id) => {
            let missing = || Error::new("InvalidGatewayID.NotFound", format!("The gateway ID '{id}' does not exist"));
            let gateway = tx.internet_gateway(id).map_err(|_| missing())?;
            network(format!("network gateway {id}"), gateway.vpc.as_ref())
        }
        RouteTarget::NatGateway(id) => {
            let missing =
                || Error::new("InvalidNatGatewayID.NotFound", format!("The natGateway ID '{id}' does not exist"));
            let gateway = tx.nat_gateway(id).map_err(|_| missing())?;
            match gateway.state {
                NatGatewayState::Pending | NatGatewayState::Available => {}
                _ => return Err(missing()),
            }
            network(format!("NAT gateway {id}"), Some(&gateway.vpc))
        }
        RouteTarget::NetworkInterface(id) => {
            let interface = tx.interface(id)?;
            network(format!("interface {id}"), Some(&interface.vpc))
        }
        RouteTarget::EgressOnlyInternetGateway(id) => {
            let missing = || Error::new("InvalidGatewayID.NotFound", format!("The eigw ID '{id}' does not exist"));
            let gateway = tx.egress_only_internet_gateway(id).map_err(|_| missing())?;
            network(format!("egress-only internet gateway {id}"), Some(&gateway.vpc))
        }
    }
}

/// A route to a prefix list counts as the list's largest size (row RT-5).
pub(crate) fn check_route_quota(cloud: &Cloud, table: &RouteTable) -> Result<()> {
    let weight = |route: &Route| match &route.destination {
        RouteDestination::Cidr(_) | RouteDestination::Ipv6Cidr(_) => 1,
        RouteDestination::PrefixList(id) => cloud.prefix_list(id).map_or(1, |list| u64::from(list.max_entries)),
    };
    let quota = cloud.quotas(&table.scope).routes_per_table;
    match table.routes.iter().map(weight).sum::<u64>() > u64::from(quota) {
        true => Err(Error::limit("RouteLimitExceeded", "routes in the route table", quota)),
        false => Ok(()),
    }
}

impl Cloud {
    /// The target that AWS derives from an instance: its one interface.
    pub fn route_target_of_instance(&self, scope: &Scope, id: &InstanceId) -> Result<RouteTarget> {
        let instance = self.instances.get(id).filter(|i| i.scope == *scope).ok_or_else(|| id.not_found())?;
        match instance.interfaces.as_slice() {
            [one] => Ok(RouteTarget::NetworkInterface(one.clone())),
            several => Err(Error::new(
                "InvalidInstanceID",
                format!(
                    "There are {} interfaces attached to instance '{id}'. Please specify an interface ID for the operation instead.",
                    several.len()
                ),
            )),
        }
    }
}
