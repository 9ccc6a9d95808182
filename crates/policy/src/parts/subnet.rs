//! Subnets: their block, their route table, their network ACL (rows NET-1, RT-3, ACL-1).

use croft_engine::Ip;
use croft_engine::tables::Subnet;
use croft_model::SubnetId;
use croft_model::group::Direction;

use crate::compiler::CompiledSet;
use crate::fact::Reader;
use crate::name::{Node, Registry, SetName};
use crate::rows::PartRows;

/// The sets of its network ACL: egress, ingress.
pub(crate) fn sets(reader: &mut Reader, id: &SubnetId) -> Option<(SetName, SetName)> {
    let (_, acl) = &reader.subnet(id)?.network_acl;
    let of = |direction| SetName::NetworkAcl { acl: acl.clone(), direction };
    Some((of(Direction::Egress), of(Direction::Ingress)))
}

pub(crate) fn rows(
    reader: &mut Reader,
    nodes: &Registry<Node>,
    id: &SubnetId,
    (egress, ingress): (CompiledSet, CompiledSet),
) -> Option<PartRows> {
    let subnet = reader.subnet(id)?;
    let main = &reader.vpc(&subnet.vpc)?.main_route_table;
    let table = subnet.route_table.as_ref().map_or(main, |(_, table)| table);
    let row = Subnet {
        network: Ip::from(subnet.block.network()),
        mask: Ip([u32::MAX, u32::MAX, u32::MAX, u32::from(subnet.block.netmask()).to_be()]),
        egress_acl: egress.number,
        ingress_acl: ingress.number,
        route_table: nodes.number_of(&Node::RouteTable(table.clone()))?,
        vpc: nodes.number_of(&Node::Vpc(subnet.vpc.clone()))?,
    };
    let node = nodes.number_of(&Node::Subnet(id.clone()))?;
    Some(PartRows { subnets: vec![(node, row)], ..PartRows::default() })
}
