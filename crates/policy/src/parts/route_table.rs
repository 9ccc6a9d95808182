//! Route tables (rows RT-1…4).

use std::collections::BTreeMap;

use croft_engine::tables::*;
use croft_model::gateway::NatGatewayState;
use croft_model::route::{RouteDestination, RouteTarget};
use croft_model::{RouteTableId, VpcId};

use super::gateway;
use crate::fact::Reader;
use crate::name::{Node, Registry};
use crate::rows::PartRows;
use crate::set::Block;

pub(crate) fn rows(reader: &mut Reader, nodes: &Registry<Node>, id: &RouteTableId) -> Option<PartRows> {
    let table = reader.route_table(id)?;
    let number = nodes.number_of(&Node::RouteTable(id.clone()))?;
    let mut routes: BTreeMap<Block, Route> = BTreeMap::new();
    // On equal prefixes a CIDR route comes before a prefix list's (row RT-1), and of two lists the one that stands
    // first in the table (AWS leaves that open).
    for route in &table.routes {
        if let RouteDestination::PrefixList(list) = &route.destination {
            let target = resolve(reader, nodes, &table.vpc, &route.target);
            for block in reader.prefix_list(list).into_iter().flat_map(|list| list.ipv4()) {
                routes.entry(Block::from(block)).or_insert(target);
            }
        }
    }
    // `local` for every block of the VPC, unless the table leads just that block elsewhere (row RT-2).
    for block in &reader.vpc(&table.vpc)?.cidr_blocks {
        routes.insert(Block::from(block.block), Route { kind: ROUTE_LOCAL, node: 0 });
    }
    for route in &table.routes {
        if let RouteDestination::Cidr(cidr) = &route.destination {
            routes.insert(Block::from(*cidr), resolve(reader, nodes, &table.vpc, &route.target));
        }
    }
    let rows =
        routes.into_iter().map(|(block, route)| (RouteKey::v4(number, block.network, u32::from(block.length)), route));
    Some(PartRows { routes: rows.collect(), ..PartRows::default() })
}

/// Where a route leads now: a target that is gone, or of another VPC, is a blackhole (row RT-4).
fn resolve(reader: &mut Reader, nodes: &Registry<Node>, vpc: &VpcId, target: &RouteTarget) -> Route {
    const BLACKHOLE: Route = Route { kind: ROUTE_BLACKHOLE, node: 0 };
    match target {
        RouteTarget::Local => Route { kind: ROUTE_LOCAL, node: 0 },
        RouteTarget::InternetGateway(id) => match gateway(reader, nodes, vpc) {
            node if node != 0 && reader.gateway(vpc) == Some(id) => Route { kind: ROUTE_INTERNET, node },
            _ => BLACKHOLE,
        },
        RouteTarget::NatGateway(id) => {
            let there = reader.nat_gateway(id).filter(|n| n.state == NatGatewayState::Available && n.vpc == *vpc);
            match there.and_then(|_| nodes.number_of(&Node::NatGateway(id.clone()))) {
                Some(node) => Route { kind: ROUTE_NAT, node },
                None => BLACKHOLE,
            }
        }
        // An interface that is not plugged in, such as that of a stopped instance, takes no packets.
        RouteTarget::NetworkInterface(id) => {
            let there = reader.interface(id).filter(|i| i.vpc == *vpc && i.attachment.is_some());
            match there.and_then(|_| reader.port(id)) {
                Some(port) => Route { kind: ROUTE_INTERFACE, node: port },
                None => BLACKHOLE,
            }
        }
        // It carries IPv6 only, of which no packet gets this far (row NET-13).
        RouteTarget::EgressOnlyInternetGateway(_) => BLACKHOLE,
    }
}
