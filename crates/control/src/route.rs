//! Routes (rows RT-1, RT-2, RT-4, RT-5).

use crate::error::{Error, Identified, Result};
use crate::request::{Request, request};
use crate::{Cloud, Transaction};
use croft_model::gateway::NatGatewayState;
use croft_model::route::{Route, RouteDestination, RouteTable, RouteTarget};
use croft_model::*;
use ipnet::Ipv4Net;
use std::fmt;
use std::net::Ipv4Addr;

request! {
    /// The same route again is no error, as on AWS.
    pub struct CreateRoute {
        pub route_table_id: RouteTableId,
        pub destination: RouteDestination,
        pub target: RouteTarget,
    }

    /// Gives an existing route another target; `Local` for the route of a whole subnet's block only.
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
            return Err(Error::unsupported("Another target for the local route"));
        }
        check_destination(tx, table, &destination, &self.target)?;
        check_target(tx, table, &self.target)?;
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
        list => list,
    }
}

struct Shown<'a>(&'a RouteDestination);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            RouteDestination::Cidr(block) => block.fmt(f),
            RouteDestination::PrefixList(id) => id.fmt(f),
        }
    }
}

fn no_route(table: &RouteTableId, destination: &RouteDestination) -> Error {
    let how = match destination {
        RouteDestination::Cidr(_) => "destination-cidr-block",
        RouteDestination::PrefixList(_) => "destination-prefix-list-id",
    };
    Error::new("InvalidRoute.NotFound", format!("no route with {how} {} in route table {table}", Shown(destination)))
}

/// Is it one of the `local` routes that every table of the VPC has?
fn is_local(tx: &Transaction<'_>, table: &RouteTable, destination: &RouteDestination) -> Result<bool> {
    let RouteDestination::Cidr(to) = destination else { return Ok(false) };
    Ok(tx.vpc(&table.vpc)?.cidr_blocks.iter().any(|b| b.block == *to))
}

/// AWS's own link-local range within which no route may point.
const LINK_LOCAL: (Ipv4Addr, u8) = (Ipv4Addr::new(169, 254, 168, 0), 22);

fn check_destination(
    tx: &Transaction<'_>,
    table: &RouteTable,
    destination: &RouteDestination,
    target: &RouteTarget,
) -> Result<()> {
    let to = match destination {
        RouteDestination::PrefixList(id) => {
            tx.prefix_list(id)?;
            None
        }
        RouteDestination::Cidr(to) => Some(*to),
    };
    if to.is_some_and(|to| Ipv4Net::new(LINK_LOCAL.0, LINK_LOCAL.1).is_ok_and(|link_local| link_local.contains(&to))) {
        return Err(Error::invalid(format!(
            "The destination CIDR block {} lies in the range of link-local services; no route may point there.",
            Shown(destination)
        )));
    }
    let in_vpc = to.filter(|to| {
        let vpc = tx.cloud.vpcs.get(&table.vpc);
        vpc.is_some_and(|vpc| vpc.cidr_blocks.iter().any(|b| b.block.contains(to)))
    });
    let Some(to) = in_vpc else {
        return match target {
            RouteTarget::Local => Err(Error::invalid(format!(
                "The target local is only for the block of a subnet of the VPC, not for {}.",
                Shown(destination)
            ))),
            _ => Ok(()),
        };
    };
    // Row RT-2.
    if !tx.cloud.subnets.values().any(|s| s.vpc == table.vpc && s.block == to) {
        return Err(Error::invalid(format!(
            "The destination CIDR block {to} is more specific than one of this VPC's CIDR blocks and does not match any subnet CIDR block. Use the block of a whole subnet."
        )));
    }
    match target {
        RouteTarget::InternetGateway(_) => Err(Error::invalid(format!(
            "The destination CIDR block {to} is equal to or more specific than one of this VPC's CIDR blocks. This route can target only an interface or a NAT gateway."
        ))),
        RouteTarget::NatGateway(_) | RouteTarget::NetworkInterface(_) | RouteTarget::Local => Ok(()),
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
            let gateway = tx.cloud.internet_gateways.get(id).ok_or_else(missing)?;
            network(format!("network gateway {id}"), gateway.vpc.as_ref())
        }
        RouteTarget::NatGateway(id) => {
            let missing =
                || Error::new("InvalidNatGatewayID.NotFound", format!("The natGateway ID '{id}' does not exist"));
            let gateway = tx.cloud.nat_gateways.get(id).ok_or_else(missing)?;
            match gateway.state {
                NatGatewayState::Pending | NatGatewayState::Available => {}
                _ => return Err(missing()),
            }
            network(format!("NAT gateway {id}"), Some(&gateway.vpc))
        }
        RouteTarget::NetworkInterface(id) => {
            let interface = tx.cloud.interfaces.get(id).ok_or_else(|| id.not_found())?;
            network(format!("interface {id}"), Some(&interface.vpc))
        }
    }
}

/// A route to a prefix list counts as the list's largest size (row RT-5).
pub(crate) fn check_route_quota(cloud: &Cloud, table: &RouteTable) -> Result<()> {
    let weight = |route: &Route| match &route.destination {
        RouteDestination::Cidr(_) => 1,
        RouteDestination::PrefixList(id) => cloud.prefix_lists.get(id).map_or(1, |list| u64::from(list.max_entries)),
    };
    let quota = cloud.quotas.routes_per_table;
    match table.routes.iter().map(weight).sum::<u64>() > u64::from(quota) {
        true => Err(Error::limit("RouteLimitExceeded", "routes in the route table", quota)),
        false => Ok(()),
    }
}

impl Cloud {
    /// The target that AWS derives from an instance: its one interface.
    pub fn route_target_of_instance(&self, id: &InstanceId) -> Result<RouteTarget> {
        let instance = self.instances.get(id).ok_or_else(|| id.not_found())?;
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
