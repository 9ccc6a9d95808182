//! Network interfaces: what they may send and take, and the addresses they hold (rows NET-4, NET-6, RT-7, SG-1).

use croft_engine::Ip;
use croft_engine::tables::*;
use croft_model::NetworkInterfaceId;
use croft_model::group::Direction;
use croft_model::interface::InterfaceKind;
use croft_model::vpc::Vpc;

use crate::compiler::CompiledSet;
use crate::fact::Reader;
use crate::name::{Node, Registry, SetName};
use crate::rows::PartRows;

/// The router's hardware address in every subnet. Subnets never share a wire, so one does for all; locally
/// administered, and below those that interfaces are given.
pub const ROUTER_MAC: [u8; 6] = [0x02, 0, 0, 0, 0, 1];

/// The sets by which a plugged interface's packets are judged: egress, ingress.
pub(crate) fn sets(reader: &mut Reader, id: &NetworkInterfaceId) -> Option<(SetName, SetName)> {
    let interface = reader.interface(id)?;
    // A NAT gateway's interface has no groups and no port: its addresses are the gateway's (row NAT-3).
    if interface.kind != InterfaceKind::Interface {
        return None;
    }
    reader.port(id)?;
    let of = |direction| SetName::groups(&interface.vpc, &interface.groups, direction);
    Some((of(Direction::Egress), of(Direction::Ingress)))
}

/// `sets`: as [`sets`] asked for, compiled. None: it is not plugged in, or a NAT gateway's.
pub(crate) fn rows(
    reader: &mut Reader,
    nodes: &Registry<Node>,
    id: &NetworkInterfaceId,
    sets: Option<(CompiledSet, CompiledSet)>,
) -> Option<PartRows> {
    let interface = reader.interface(id)?;
    let mut rows = PartRows::default();
    super::map_public_addresses(reader, nodes, interface, &mut rows);
    if interface.kind != InterfaceKind::Interface {
        return Some(rows);
    }
    let vpc = nodes.number_of(&Node::Vpc(interface.vpc.clone()))?;
    let subnet = nodes.number_of(&Node::Subnet(interface.subnet.clone()))?;
    let membership = reader.membership(interface);
    let mut hold = |kind, node| {
        let owner = Owner { kind, node, subnet, membership };
        rows.owners.extend(interface.private_ips.iter().map(|&a| (VpcAddress { vpc, address: Ip::from(a) }, owner)));
    };
    let Some((egress, ingress)) = sets else {
        // Rules that name its groups still mean its addresses (row SG-3).
        if membership != 0 {
            hold(OWNER_UNPLUGGED, 0);
        }
        return Some(rows);
    };
    let port = reader.port(id)?;
    hold(OWNER_INTERFACE, port);

    let zone = &reader.subnet(&interface.subnet)?.zone;
    let mut flags = 0;
    for (set, is_open, flag) in [
        (egress, OPEN_TCP_WIDE, IF_EGRESS_OPEN_TCP),
        (egress, OPEN_UDP_WIDE, IF_EGRESS_OPEN_UDP),
        (ingress, OPEN_TCP_WIDE, IF_INGRESS_OPEN_TCP),
        (ingress, OPEN_UDP_WIDE, IF_INGRESS_OPEN_UDP),
    ] {
        if set.open_to_all & is_open != 0 {
            flags |= flag;
        }
    }
    if !interface.source_dest_check {
        flags |= IF_ANY_ADDRESS;
    }
    if !rows.publics.is_empty() {
        flags |= IF_PUBLIC;
    }
    if reader.zone_failed(zone) {
        flags |= IF_ZONE_FAILED;
    }
    let row = Interface {
        vpc,
        subnet,
        node: nodes.number_of(&Node::Interface(id.clone()))?,
        egress_set: egress.number,
        ingress_set: ingress.number,
        flags,
        address: interface.private_ips.first().map_or(Ip::UNSPECIFIED, |&a| Ip::from(a)),
        resolver: reader.vpc(&interface.vpc).map_or(Ip::UNSPECIFIED, resolver),
        mac: interface.mac,
        router_mac: ROUTER_MAC,
        tcp_idle: interface.idle.tcp_established,
        udp_idle: interface.idle.udp,
        udp_stream_idle: interface.idle.udp_stream,
        membership,
    };
    rows.interfaces.push((port, row));
    Some(rows)
}

/// The base of the first block plus two (row NET-15).
fn resolver(vpc: &Vpc) -> Ip {
    vpc.cidr_blocks.first().map_or(Ip::UNSPECIFIED, |b| Ip::v4(u32::from(b.block.network()).saturating_add(2)))
}
