//! Who holds an address (rows NET-3, NET-4, NET-6, IGW-1).

use crate::Wiring;
use croft_control::Cloud;
use croft_model::block_public_access::{Excluded, ExclusionMode, ExclusionState, InternetGatewayBlockMode};
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
pub fn interface_of<'a>(cloud: &'a Cloud, vpc: &VpcId, address: Ipv4Addr) -> Option<&'a NetworkInterface> {
    cloud.interfaces.values().find(|i| i.vpc == *vpc && i.private_ips.contains(&address))
}

/// The public address that an internet gateway gives to a private one (row IGW-1).
pub fn public_of(cloud: &Cloud, vpc: &VpcId, private: Ipv4Addr) -> Option<Ipv4Addr> {
    let interface = interface_of(cloud, vpc, private)?;
    if is_blocked(cloud, interface) {
        return None;
    }
    cloud.public_ip(interface, private)
}

/// Does block public access keep an interface from the internet gateway?
pub fn is_blocked(cloud: &Cloud, interface: &NetworkInterface) -> bool {
    let exclusion = |of: Excluded| {
        let mut all = cloud.block_public_access_exclusions.values();
        all.find(|e| e.of == of && e.state != ExclusionState::DeleteComplete).map(|e| e.mode)
    };
    // That of the subnet counts before that of the VPC.
    let exclusion = exclusion(Excluded::Subnet(interface.subnet.clone()))
        .or_else(|| exclusion(Excluded::Vpc(interface.vpc.clone())));
    let is_nat = interface.kind != InterfaceKind::Interface;
    let mode = cloud.settings.get(&interface.scope).map(|s| s.block_public_access.mode);
    match (mode.unwrap_or_default(), exclusion) {
        (InternetGatewayBlockMode::Off, _) | (_, Some(ExclusionMode::AllowBidirectional)) => false,
        (InternetGatewayBlockMode::BlockIngress, _) | (_, Some(ExclusionMode::AllowEgress)) => !is_nat,
        (InternetGatewayBlockMode::BlockBidirectional, None) => true,
    }
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
