//! Route tables (rows RT-1…4, RT-7).

use crate::Wiring;
use crate::addresses::nat_works;
use croft_control::Cloud;
use croft_model::route::{RouteDestination, RouteTable, RouteTarget};
use croft_model::subnet::Subnet;
use croft_model::{InternetGatewayId, NatGatewayId, NetworkInterfaceId, VpcId};
use std::net::{IpAddr, Ipv4Addr};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Local,
    Internet(InternetGatewayId),
    Nat(NatGatewayId),
    Interface(NetworkInterfaceId),
    Blackhole,
}

/// Where the table of a subnet leads (row RT-3).
pub fn from_subnet(cloud: &Cloud, wiring: &Wiring, subnet: &Subnet, destination: Ipv4Addr) -> Option<Target> {
    lookup(cloud, wiring, cloud.route_table_of(subnet)?, destination)
}

/// The longest prefix wins; of equal ones a CIDR route before a prefix list's (row RT-1). Nothing matches: `None`.
pub fn lookup(cloud: &Cloud, wiring: &Wiring, table: &RouteTable, destination: Ipv4Addr) -> Option<Target> {
    let vpc = cloud.vpcs.get(&table.vpc)?;
    let mut best: Option<(u8, bool, Target)> = None;
    let mut consider = |prefix: u8, by_cidr: bool, target: Target| {
        if best.as_ref().is_none_or(|(p, c, _)| (prefix, by_cidr) > (*p, *c)) {
            best = Some((prefix, by_cidr, target));
        }
    };
    for route in &table.routes {
        let target = resolve(cloud, wiring, &table.vpc, &route.target);
        match &route.destination {
            RouteDestination::Cidr(block) if block.contains(&destination) => consider(block.prefix_len(), true, target),
            RouteDestination::Cidr(_) | RouteDestination::Ipv6Cidr(_) => {}
            RouteDestination::PrefixList(list) => {
                for entry in cloud.prefix_list(list).iter().flat_map(|l| &l.entries) {
                    if entry.cidr.contains(&IpAddr::V4(destination)) {
                        consider(entry.cidr.prefix_len(), false, target.clone());
                    }
                }
            }
        }
    }
    // Row RT-2: every block of the VPC is local, unless a route for just that block leads elsewhere.
    for block in vpc.cidr_blocks.iter().filter(|b| b.block.contains(&destination)) {
        consider(block.block.prefix_len(), true, Target::Local);
    }
    best.map(|(_, _, target)| target)
}

/// A route whose target is gone is a black hole (row RT-4), and so is one to what does not carry packets (yet).
fn resolve(cloud: &Cloud, wiring: &Wiring, vpc: &VpcId, target: &RouteTarget) -> Target {
    match target {
        RouteTarget::Local => Target::Local,
        RouteTarget::InternetGateway(id) => match cloud.internet_gateways.get(id) {
            Some(gateway) if gateway.vpc.as_ref() == Some(vpc) => Target::Internet(id.clone()),
            _ => Target::Blackhole,
        },
        RouteTarget::NatGateway(id) => match cloud.nat_gateways.get(id) {
            Some(nat) if nat_works(nat) && nat.vpc == *vpc => Target::Nat(id.clone()),
            _ => Target::Blackhole,
        },
        RouteTarget::NetworkInterface(id) => match cloud.interfaces.get(id) {
            Some(i) if i.attachment.is_some() && wiring.plugs.contains_key(id) => Target::Interface(id.clone()),
            _ => Target::Blackhole,
        },
        RouteTarget::EgressOnlyInternetGateway(_) => Target::Blackhole,
    }
}
