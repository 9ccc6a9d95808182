//! The parts of the tables: each turns one thing of the cloud into rows.

pub(crate) mod interface;
pub(crate) mod nat_gateway;
pub(crate) mod route_table;
pub(crate) mod rule_set;
pub(crate) mod subnet;

pub use interface::ROUTER_MAC;

use croft_engine::Ip;
use croft_engine::tables::{Private, Public, VpcAddress};
use croft_model::VpcId;
use croft_model::interface::NetworkInterface;

use crate::fact::Reader;
use crate::name::{Node, Registry};
use crate::rows::PartRows;

/// Maps an interface's private addresses to its public ones and back (row IGW-1). Without an internet gateway at its
/// VPC the mapping is there, but leads nowhere. So does one that block public access keeps from the gateway; and it has
/// no way out either.
fn map_public_addresses(
    reader: &mut Reader,
    nodes: &Registry<Node>,
    interface: &NetworkInterface,
    rows: &mut PartRows,
) {
    let Some(vpc) = nodes.number_of(&Node::Vpc(interface.vpc.clone())) else { return };
    let blocked = reader.internet_blocked(interface);
    let (gateway, route_table) = match blocked {
        true => (0, 0),
        false => (gateway(reader, nodes, &interface.vpc), gateway_route_table(reader, nodes, &interface.vpc)),
    };
    for (private, public) in reader.public_addresses(interface) {
        let (private, public) = (Ip::from(private), Ip::from(public));
        if !blocked {
            rows.publics.push((VpcAddress { vpc, address: private }, Public { address: public, gateway }));
        }
        rows.privates.push((public, Private { address: private, vpc, gateway, route_table }));
    }
}

/// The node of the internet gateway of a VPC; 0 = none is attached.
fn gateway(reader: &mut Reader, nodes: &Registry<Node>, vpc: &VpcId) -> u32 {
    let gateway = reader.gateway(vpc).and_then(|id| nodes.number_of(&Node::InternetGateway(id.clone())));
    gateway.unwrap_or(0)
}

/// The number of the table of a VPC's internet gateway; 0 = it has none (row RT-7).
fn gateway_route_table(reader: &mut Reader, nodes: &Registry<Node>, vpc: &VpcId) -> u32 {
    let table = reader.gateway_route_table(vpc).and_then(|id| nodes.number_of(&Node::RouteTable(id.clone())));
    table.unwrap_or(0)
}
