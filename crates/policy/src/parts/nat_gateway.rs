//! NAT gateways (rows NAT-1…5). One that is not available is not there: routes to it drop what they match.
//! Its Elastic IPs are mapped where its interface is compiled.

use croft_engine::Ip;
use croft_engine::tables::*;
use croft_model::NatGatewayId;
use croft_model::gateway::NatGatewayState;

use crate::fact::Reader;
use crate::name::{Node, Registry};
use crate::rows::PartRows;

pub(crate) fn rows(reader: &mut Reader, nodes: &Registry<Node>, id: &NatGatewayId) -> Option<PartRows> {
    let gateway = reader.nat_gateway(id)?;
    if gateway.state != NatGatewayState::Available {
        return None;
    }
    let node = nodes.number_of(&Node::NatGateway(id.clone()))?;
    let vpc = nodes.number_of(&Node::Vpc(gateway.vpc.clone()))?;
    let subnet = nodes.number_of(&Node::Subnet(gateway.subnet.clone()))?;
    let zone = &reader.subnet(&gateway.subnet)?.zone;
    let mut row = NatGateway { vpc, subnet, ..NatGateway::default() };
    if !gateway.public {
        row.flags |= NAT_PRIVATE;
    }
    if reader.zone_failed(zone) {
        row.flags |= NAT_ZONE_FAILED;
    }
    let mut rows = PartRows::default();
    for (slot, held) in row.addresses.iter_mut().zip(&gateway.addresses) {
        *slot = Ip::from(held.private_ip);
        row.count += 1;
        let owner = Owner { kind: OWNER_NAT, node, subnet, membership: 0 };
        rows.owners.push((VpcAddress { vpc, address: *slot }, owner));
    }
    rows.nats.push((node, row));
    Some(rows)
}
