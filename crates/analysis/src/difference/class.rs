//! What tells interfaces apart: everything about one that a gate on any path may ask for.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use croft_model::interface::NetworkInterface;
use croft_model::route::RouteTarget;
use croft_model::{NetworkInterfaceId, SecurityGroupId, SubnetId};
use ipnet::Ipv4Net;

use super::block::Blocks;
use super::side::Side;

/// Interfaces with the same facet are alike in a version. The subnet brings its VPC, zone, route table and network ACL.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Facet {
    subnet: SubnetId,
    groups: BTreeSet<SecurityGroupId>,
    checked: bool,
    up: bool,
    /// The named blocks around its address, told by the smallest ...
    private: Option<Ipv4Net>,
    /// ... and around its public address, if it has one.
    public: Option<Option<Ipv4Net>>,
    /// Several addresses, or the target of a route: like no other.
    alone: Option<NetworkInterfaceId>,
}

impl Facet {
    pub(crate) fn of(side: &Side, blocks: &Blocks, interface: &NetworkInterface) -> Facet {
        let address = interface.private_ips.first().copied().unwrap_or(Ipv4Addr::UNSPECIFIED);
        let alone = interface.private_ips.len() > 1 || is_target(side, &interface.id);
        Facet {
            subnet: interface.subnet.clone(),
            groups: interface.groups.iter().cloned().collect(),
            checked: interface.source_dest_check,
            up: side.world.down(interface).is_none(),
            private: blocks.around(address),
            public: side.cloud().public_ip(interface, address).map(|public| blocks.around(public)),
            alone: alone.then(|| interface.id.clone()),
        }
    }
}

fn is_target(side: &Side, id: &NetworkInterfaceId) -> bool {
    let mut routes = side.cloud().route_tables.values().flat_map(|table| &table.routes);
    routes.any(|route| matches!(&route.target, RouteTarget::NetworkInterface(target) if target == id))
}
