//! Who holds an address (rows NET-3, NET-4, NET-6, IGW-1).

use crate::Wiring;
use croft_control::Cloud;
use croft_model::gateway::{NatGateway, NatGatewayState};
use croft_model::interface::{InterfaceKind, NetworkInterface};
use croft_model::{NatGatewayId, NetworkInterfaceId, VpcId};
use std::net::Ipv4Addr;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    Interface(NetworkInterfaceId),
    Nat(NatGatewayId),
}

/// A NAT gateway carries packets only while it is available (row NAT-4).
pub fn nat_works(nat: &NatGateway) -> bool {
    nat.state == NatGatewayState::Available
}

/// Who answers for a private address of a VPC: a plugged-in interface, or a NAT gateway that works.
pub fn holder(cloud: &Cloud, wiring: &Wiring, vpc: &VpcId, address: Ipv4Addr) -> Option<Holder> {
    let interface = cloud.interfaces.values().find(|i| i.vpc == *vpc && i.private_ips.contains(&address))?;
    match &interface.kind {
        InterfaceKind::NatGateway(nat) => {
            cloud.nat_gateways.get(nat).filter(|nat| nat_works(nat)).map(|nat| Holder::Nat(nat.id.clone()))
        }
        InterfaceKind::Interface => {
            wiring.plugs.contains_key(&interface.id).then(|| Holder::Interface(interface.id.clone()))
        }
    }
}

/// The interface that holds a private address of a VPC, plugged in or not.
fn interface_of<'a>(cloud: &'a Cloud, vpc: &VpcId, address: Ipv4Addr) -> Option<&'a NetworkInterface> {
    cloud.interfaces.values().find(|i| i.vpc == *vpc && i.private_ips.contains(&address))
}

/// The public address that an internet gateway gives to a private one (row IGW-1).
pub fn public_of(cloud: &Cloud, vpc: &VpcId, private: Ipv4Addr) -> Option<Ipv4Addr> {
    cloud.public_ip(interface_of(cloud, vpc, private)?, private)
}

/// The VPC and private address behind a public one.
pub fn private_of(cloud: &Cloud, public: Ipv4Addr) -> Option<(VpcId, Ipv4Addr)> {
    for interface in cloud.interfaces.values() {
        for private in &interface.private_ips {
            if cloud.public_ip(interface, *private) == Some(public) {
                return Some((interface.vpc.clone(), *private));
            }
        }
    }
    None
}

/// Base of the first block plus two (row NET-15).
pub fn resolver(cloud: &Cloud, vpc: &VpcId) -> Option<Ipv4Addr> {
    let first = cloud.vpcs.get(vpc)?.cidr_blocks.first()?;
    Some(Ipv4Addr::from(u32::from(first.block.network()) + 2))
}
