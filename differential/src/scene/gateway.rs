//! Route tables of internet gateways, and the routes that they may have (row RT-7).

use super::build::Builder;
use crate::random::Random;
use croft_control::Cloud;
use croft_model::gateway::InternetGateway;
use croft_model::interface::{InterfaceKind, NetworkInterface};
use croft_model::route::{Route, RouteDestination, RouteTable, RouteTarget};
use croft_model::*;
use ipnet::Ipv4Net;

impl Builder<'_> {
    /// A table for the gateway of a VPC, which uses it every other time.
    pub(super) fn gateway_table(&mut self, vpc: &VpcId) {
        let Some(gateway) = self.cloud.internet_gateway_of(vpc).map(|g| g.id.clone()) else { return };
        let id = RouteTableId::from_bits(self.id());
        let mut routes: Vec<Route> = Vec::new();
        for _ in 0..self.random.between(1, 2) {
            let route = gateway_route(self.random, &self.cloud, vpc);
            routes.extend(route.filter(|route| routes.iter().all(|r| r.destination != route.destination)));
        }
        let (scope, vpc, tags) = (Scope::default(), vpc.clone(), Tags::new());
        self.cloud.route_tables.insert(id.clone(), RouteTable { id: id.clone(), scope, vpc, routes, tags });
        let association = RouteTableAssociationId::from_bits(self.id());
        if let Some(gateway) = self.cloud.internet_gateways.get_mut(&gateway)
            && self.random.percent(50)
        {
            gateway.route_table = Some((association, id));
        }
    }
}

/// A route that the table of a gateway may have: within the VPC, mostly to an interface that has what an
/// appliance needs.
pub fn gateway_route(random: &mut Random, cloud: &Cloud, vpc: &VpcId) -> Option<Route> {
    let held = |i: &&NetworkInterface| i.vpc == *vpc && i.kind == InterfaceKind::Interface;
    let all: Vec<&NetworkInterface> = cloud.interfaces.values().filter(held).collect();
    let public = |i: &NetworkInterface| i.private_ips.iter().any(|a| cloud.public_ip(i, *a).is_some());
    let fit: Vec<&NetworkInterface> = all.iter().copied().filter(|i| !i.source_dest_check && public(i)).collect();
    let appliances = if fit.is_empty() || random.percent(25) { &all } else { &fit };
    let target = match random.percent(85) {
        true => RouteTarget::NetworkInterface(random.pick(appliances)?.id.clone()),
        false => RouteTarget::Local,
    };
    let subnets: Vec<Ipv4Net> = cloud.subnets.values().filter(|s| s.vpc == *vpc).map(|s| s.block).collect();
    let blocks: Vec<Ipv4Net> = cloud.vpcs.get(vpc)?.cidr_blocks.iter().map(|b| b.block).collect();
    let of_vpc = target != RouteTarget::Local && random.percent(15);
    let destination = *random.pick(if of_vpc { &blocks } else { &subnets })?;
    Some(Route { destination: RouteDestination::Cidr(destination), target })
}

/// May a gateway use the table as it is?
pub fn fits_gateway(cloud: &Cloud, table: &RouteTable) -> bool {
    let Some(vpc) = cloud.vpcs.get(&table.vpc) else { return false };
    table.routes.iter().all(|route| {
        let RouteDestination::Cidr(to) = &route.destination else { return false };
        let inside = vpc.cidr_blocks.iter().any(|b| b.block.contains(to));
        inside && matches!(route.target, RouteTarget::Local | RouteTarget::NetworkInterface(_))
    })
}

/// The gateway that uses a table.
pub fn gateway_with<'a>(cloud: &'a Cloud, table: &RouteTableId) -> Option<&'a InternetGateway> {
    cloud.internet_gateways.values().find(|g| g.route_table.as_ref().is_some_and(|(_, of)| of == table))
}
