//! A route that leads on: by the internet gateway where the sender has a public address, else by a NAT gateway.

use std::net::Ipv4Addr;

use croft_control::Cloud;
use croft_model::gateway::{NatGateway, NatGatewayState};
use croft_model::route::{Route, RouteDestination, RouteTarget};
use croft_model::subnet::Subnet;
use croft_model::{NatGatewayId, RouteTableId};
use ipnet::Ipv4Net;

use super::{Case, NOT_CONNECTED, NoWay, Ways, internet_gateway, nothing};
use crate::answer::Direction;
use crate::change::{Change, Via};
use crate::path::Finding;
use crate::question::Endpoint;
use crate::router::Router;

/// Where a route has to lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// To the destination, whichever way.
    Onward,
    /// Through the internet gateway and no NAT gateway: the answer must keep its source.
    Internet,
}

/// The static route of a table with the longest prefix that covers an address, if `local` does not come before it;
/// names what the engine found.
pub(crate) fn matching<'a>(cloud: &'a Cloud, table: &RouteTableId, address: Ipv4Addr) -> Option<&'a Route> {
    let table = cloud.route_tables.get(table)?;
    let prefixes = |route: &Route| -> Vec<Ipv4Net> {
        match &route.destination {
            RouteDestination::Cidr(cidr) => vec![*cidr],
            RouteDestination::Ipv6Cidr(_) => vec![],
            RouteDestination::PrefixList(list) => {
                cloud.prefix_list(list).into_iter().flat_map(|list| list.ipv4()).collect()
            }
        }
    };
    let covering =
        |route: &Route| prefixes(route).into_iter().filter(|p| p.contains(&address)).map(|p| p.prefix_len()).max();
    let local = cloud.vpcs.get(&table.vpc).and_then(|vpc| {
        vpc.cidr_blocks.iter().map(|b| b.block).filter(|b| b.contains(&address)).map(|b| b.prefix_len()).max()
    });
    let found = table.routes.iter().rev().filter_map(|route| {
        let by_cidr = matches!(route.destination, RouteDestination::Cidr(_));
        Some((covering(route)?, by_cidr, route))
    });
    let longest = found.max_by_key(|&(length, by_cidr, _)| (length, by_cidr))?;
    // A route for just the VPC's block stands in the place of `local`.
    local.is_none_or(|local| longest.0 > local || (longest.0 == local && longest.1)).then_some(longest.2)
}

/// Mends the route that was taken last, or that is missing where the packet stands.
pub(super) fn ways(case: &Case, finding: &Finding, wish: Wish) -> Result<Ways, NoWay> {
    let place = &finding.place;
    let answer = finding.direction == Direction::Reply;
    // Behind a NAT gateway, and for an answer to the internet, there is one way out.
    let behind_nat = place.translated && !answer;
    let here = place.subnet.clone().map(|subnet| (Router::Subnet(subnet), finding.packet.destination));
    let look_up = match (finding.is_wrong_way(), wish) {
        // A NAT gateway that must not have the answer was chosen where that set out.
        (_, Wish::Internet) => place.routed.first(),
        (true, Wish::Onward) => place.routed.last(),
        (false, Wish::Onward) => here.as_ref().or(place.routed.last()),
    };
    mend(case, finding, look_up, wish == Wish::Internet || behind_nat || answer, &[])
}

/// A route leads back to where the packet stands, or to a NAT gateway that leads nowhere: another way.
pub(super) fn ways_around(case: &Case, finding: &Finding) -> Result<Ways, NoWay> {
    let (first, last) = (finding.place.routed.first(), finding.place.routed.last());
    let table = |look_up: Option<&LookUp>| Some(look_up?.0.table(case.cloud)?.id.clone());
    let nat = finding.place.nat.as_ref().and_then(|id| case.cloud.nat_gateways.get(id));
    match nat {
        // The gateway's own table is to blame, unless the sender uses it too.
        Some(nat) if finding.direction == Direction::Request && (!nat.public || table(first) == table(last)) => {
            mend(case, finding, first, false, std::slice::from_ref(&nat.id))
        }
        Some(_) => mend(case, finding, last, true, &[]),
        None => mend(case, finding, last, finding.direction == Direction::Reply, &[]),
    }
}

/// Whose table was asked, and the address that it was asked for.
type LookUp = (Router, Ipv4Addr);

fn mend(
    case: &Case,
    finding: &Finding,
    look_up: Option<&LookUp>,
    only_internet: bool,
    avoid: &[NatGatewayId],
) -> Result<Ways, NoWay> {
    let (router, destination) = look_up.ok_or_else(|| nothing("the packet stands in no subnet"))?;
    let table = router.table(case.cloud).ok_or_else(|| nothing("nothing there has a route table"))?;
    let destination = *destination;
    let vpc = case.cloud.vpcs.get(&table.vpc).ok_or_else(|| nothing("the VPC is gone"))?;
    let matched = matching(case.cloud, &table.id, destination);
    if vpc.cidr_blocks.iter().any(|b| b.block.contains(&destination)) {
        // Within the VPC `local` leads there: another route is in the way, or stands in the place of `local`.
        let route = matched.ok_or_else(|| nothing("the VPC's own route leads there already"))?;
        let (table, destination) = (table.id.clone(), route.destination.clone());
        let own = vpc.cidr_blocks.iter().any(|b| RouteDestination::Cidr(b.block) == destination);
        return Ok(vec![vec![match own {
            true => Change::Route { table, destination, to: Via::Local, replace: true },
            false => Change::DeleteRoute { table, destination },
        }]]);
    }
    let Router::Subnet(subnet) = router else {
        return Err(nothing("an internet gateway takes in what is for its VPC only"));
    };
    let subnet = case.cloud.subnets.get(subnet).ok_or_else(|| nothing("the subnet is gone"))?;
    if case.ends.disconnected {
        return Err(nothing(NOT_CONNECTED));
    }
    let destination = aim(case, table, matched, destination, finding.direction);
    let replace = table.routes.iter().any(|route| route.destination == destination);
    let mut by_internet = case.attached_gateway(&subnet.vpc);
    by_internet.push(internet_gateway(&table.id, destination.clone(), replace));
    if only_internet {
        return Ok(vec![by_internet]);
    }

    let mut ways = Ways::new();
    if let Some(Route { target: RouteTarget::NatGateway(id), .. }) = matched
        && case.cloud.nat_gateways.get(id).is_some_and(|nat| nat.state == NatGatewayState::Pending)
    {
        ways.push(vec![Change::WaitForNatGateway { nat_gateway: id.clone() }]);
    }
    let sender = finding.place.interface.as_ref().and_then(|id| case.cloud.interfaces.get(id));
    if sender.is_some_and(|sender| case.cloud.public_ip(sender, finding.packet.source).is_some()) {
        ways.push(by_internet.clone());
    }
    for nat in nat_gateways(case, subnet, &table.id, avoid) {
        let mut way = Vec::new();
        if nat.state == NatGatewayState::Pending {
            way.push(Change::WaitForNatGateway { nat_gateway: nat.id.clone() });
        }
        let to = Via::NatGateway(nat.id.clone());
        way.push(Change::Route { table: table.id.clone(), destination: destination.clone(), to, replace });
        ways.push(way);
    }
    if let Some(public) = public_subnet(case.cloud, subnet, &table.id) {
        let (subnet, table, destination) = (public.id.clone(), table.id.clone(), destination);
        ways.push(vec![Change::CreateNatGateway { subnet, table, destination, replace }]);
    }
    ways.push(by_internet);
    Ok(ways)
}

/// What the route is for: the route that was taken if the question is about the internet at large, everything if there
/// is no such route yet, else the one address.
fn aim(
    case: &Case,
    table: &croft_model::route::RouteTable,
    matched: Option<&Route>,
    address: Ipv4Addr,
    direction: Direction,
) -> RouteDestination {
    let everything = RouteDestination::Cidr(Ipv4Net::default());
    let other_end = match direction {
        Direction::Request => &case.question.destination,
        Direction::Reply => &case.question.source,
    };
    match matched {
        None if table.routes.iter().all(|route| route.destination != everything) => everything,
        // A route that drops is in nobody's use.
        Some(route) if !case.cloud.target_is_active(&table.vpc, &route.target) => route.destination.clone(),
        Some(route) if *other_end == Endpoint::Internet(None) => route.destination.clone(),
        _ => RouteDestination::Cidr(Ipv4Net::from(address)),
    }
}

/// Public NAT gateways of the VPC that are there or on their way, those of the subnet's own zone first. One whose
/// subnet uses the same table would send to itself.
fn nat_gateways<'a>(
    case: &Case<'a>,
    subnet: &Subnet,
    table: &RouteTableId,
    avoid: &[NatGatewayId],
) -> Vec<&'a NatGateway> {
    let cloud = case.cloud;
    let usable = |nat: &&NatGateway| {
        // One that an earlier step would make has no identifier yet.
        if !case.before.nat_gateways.contains_key(&nat.id) {
            return false;
        }
        let there = matches!(nat.state, NatGatewayState::Available | NatGatewayState::Pending);
        let place = cloud.subnets.get(&nat.subnet);
        let elsewhere = place.and_then(|s| cloud.route_table_of(s)).is_some_and(|t| t.id != *table);
        let well = place.is_some_and(|s| !cloud.zone_failed(&s.zone));
        nat.vpc == subnet.vpc && nat.public && there && elsewhere && well && !avoid.contains(&nat.id)
    };
    let zone = |nat: &NatGateway| cloud.subnets.get(&nat.subnet).map(|s| s.zone.clone());
    let mut found: Vec<_> = cloud.nat_gateways.values().filter(usable).collect();
    found.sort_by_key(|nat| {
        (zone(nat).as_ref() != Some(&subnet.zone), nat.state == NatGatewayState::Pending, nat.id.clone())
    });
    found
}

/// A subnet for a new NAT gateway: one that is routed to the internet gateway, in the same zone if there is one.
fn public_subnet<'a>(cloud: &'a Cloud, subnet: &Subnet, table: &RouteTableId) -> Option<&'a Subnet> {
    cloud.internet_gateway_of(&subnet.vpc)?;
    let leads_out = |s: &&Subnet| {
        let Some(own) = cloud.route_table_of(s) else { return false };
        let everything = RouteDestination::Cidr(Ipv4Net::default());
        let route = own.routes.iter().find(|route| route.destination == everything);
        let out = route.is_some_and(|route| {
            matches!(route.target, RouteTarget::InternetGateway(_)) && cloud.target_is_active(&own.vpc, &route.target)
        });
        s.vpc == subnet.vpc && own.id != *table && out && !cloud.zone_failed(&s.zone)
    };
    cloud.subnets.values().filter(leads_out).min_by_key(|s| (s.zone != subnet.zone, s.id.clone()))
}
