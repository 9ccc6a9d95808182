//! Which ports and addresses a question means.

use std::net::Ipv4Addr;

use croft_control::{Cloud, SIGNALS_ADDRESS};
use croft_model::NetworkInterfaceId;
use croft_model::interface::{InterfaceKind, NetworkInterface};

use crate::answer::End;
use crate::path::Finding;
use crate::question::{Endpoint, INTERNET_ADDRESS, ReachError, ReachQuestion, SOURCE_PORT, Transport};

/// Both ends, and the VPC whose addresses the source's packets bear.
#[derive(Clone, Debug)]
pub(crate) struct Ends {
    pub(crate) source: End,
    pub(crate) destination: End,
    /// The interface that has to be reached; none: whoever holds the address.
    pub(crate) wanted: Option<NetworkInterfaceId>,
    pub(crate) to_internet: bool,
    /// The VPCs of the two interfaces differ, and the destination has no public address.
    pub(crate) disconnected: bool,
}

impl Ends {
    /// The ends that are interfaces.
    pub(crate) fn interfaces(&self) -> Vec<&NetworkInterfaceId> {
        [&self.source.interface, &self.destination.interface].into_iter().flatten().collect()
    }
}

pub(crate) fn resolve(cloud: &Cloud, question: &ReachQuestion) -> Result<Ends, ReachError> {
    let (port, icmp) = (question.port, question.protocol == Transport::Icmp);
    let from = source(cloud, &question.source)?;
    let mut ends = Ends {
        source: End { interface: None, address: INTERNET_ADDRESS, port: SOURCE_PORT },
        destination: End { interface: None, address: INTERNET_ADDRESS, port: if icmp { 0 } else { port } },
        wanted: None,
        to_internet: false,
        disconnected: false,
    };
    match &from {
        From::Interface(interface, address) => {
            ends.source.interface = Some(interface.id.clone());
            ends.source.address = *address;
        }
        From::Internet(address) => ends.source.address = *address,
    }
    match &question.destination {
        Endpoint::Internet(address) => {
            ends.destination.address = on_the_internet(cloud, *address)?;
            ends.to_internet = true;
            if matches!(from, From::Internet(_)) {
                return Err(ReachError::BothOutside);
            }
        }
        Endpoint::Interface(id) => {
            let to = cloud.interfaces.get(id).ok_or_else(|| ReachError::NoInterface(id.clone()))?;
            let primary = *to.private_ips.first().ok_or_else(|| ReachError::NoAddress(id.clone()))?;
            let public = cloud.public_ip(to, primary);
            let neighbours = from.interface().is_some_and(|from| from.vpc == to.vpc);
            ends.destination.address = if neighbours { primary } else { public.unwrap_or(primary) };
            ends.destination.interface = Some(id.clone());
            ends.wanted = Some(id.clone());
            ends.disconnected = from.interface().is_some() && !neighbours && public.is_none();
        }
        Endpoint::Address(address) => {
            ends.destination.address = *address;
            let here = from.interface().and_then(|from| {
                cloud.interfaces.values().find(|i| i.vpc == from.vpc && i.private_ips.contains(address))
            });
            let holder = here.or_else(|| holder_of_public(cloud, *address));
            ends.destination.interface = holder.map(|i| i.id.clone());
        }
    }
    if let Some(from) = from.interface()
        && from.kind != InterfaceKind::Interface
    {
        return Err(ReachError::NatGateway(from.id.clone()));
    }
    match (&ends.source.interface, &ends.destination.interface) {
        (Some(source), Some(destination)) if source == destination => Err(ReachError::SameInterface(source.clone())),
        _ => Ok(ends),
    }
}

enum From<'a> {
    Interface(&'a NetworkInterface, Ipv4Addr),
    Internet(Ipv4Addr),
}

impl From<'_> {
    fn interface(&self) -> Option<&NetworkInterface> {
        match self {
            From::Interface(interface, _) => Some(interface),
            From::Internet(_) => None,
        }
    }
}

fn source<'a>(cloud: &'a Cloud, endpoint: &Endpoint) -> Result<From<'a>, ReachError> {
    match endpoint {
        Endpoint::Internet(address) => Ok(From::Internet(on_the_internet(cloud, *address)?)),
        Endpoint::Interface(id) => {
            let interface = cloud.interfaces.get(id).ok_or_else(|| ReachError::NoInterface(id.clone()))?;
            let primary = *interface.private_ips.first().ok_or_else(|| ReachError::NoAddress(id.clone()))?;
            Ok(From::Interface(interface, primary))
        }
        Endpoint::Address(address) => {
            let holders: Vec<_> = cloud.interfaces.values().filter(|i| i.private_ips.contains(address)).collect();
            match holders[..] {
                [only] => Ok(From::Interface(only, *address)),
                [] => {
                    let holder = holder_of_public(cloud, *address).ok_or(ReachError::NotHeld(*address))?;
                    let private = holder.private_ips.iter().find(|a| cloud.public_ip(holder, **a) == Some(*address));
                    let private = private.ok_or_else(|| ReachError::NoAddress(holder.id.clone()))?;
                    Ok(From::Interface(holder, *private))
                }
                _ => {
                    let interfaces = holders.iter().map(|i| i.id.clone()).collect();
                    Err(ReachError::Ambiguous { address: *address, interfaces })
                }
            }
        }
    }
}

/// The interface that sends the packet to the internet gateway, if block public access keeps it from there.
pub(crate) fn blocked_source<'a>(cloud: &'a Cloud, finding: &Finding) -> Option<&'a NetworkInterface> {
    let vpc = finding.place.vpc(cloud)?;
    let holds = |i: &&NetworkInterface| i.vpc == *vpc && i.private_ips.contains(&finding.packet.source);
    cloud.interfaces.values().find(holds).filter(|i| cloud.is_internet_blocked(i))
}

/// The interface that a public address leads to.
pub(crate) fn holder_of_public(cloud: &Cloud, public: Ipv4Addr) -> Option<&NetworkInterface> {
    let elastic = cloud.addresses.values().find(|a| a.public_ip == public);
    match elastic.and_then(|a| a.association.as_ref()) {
        Some(on) => cloud.interfaces.get(&on.interface),
        None => cloud.interfaces.values().find(|i| {
            i.auto_public_ip == Some(public)
                && i.private_ips.first().is_some_and(|&a| cloud.public_ip(i, a) == Some(public))
        }),
    }
}

pub(crate) fn on_the_internet(cloud: &Cloud, address: Option<Ipv4Addr>) -> Result<Ipv4Addr, ReachError> {
    let Some(address) = address else { return Ok(INTERNET_ADDRESS) };
    let of_the_fabric = is_of_the_fabric(address) || holder_of_public(cloud, address).is_some();
    match of_the_fabric || is_private(address) || address.is_multicast() || address.is_unspecified() {
        true => Err(ReachError::NotOnTheInternet(address)),
        false => Ok(address),
    }
}

/// 198.18.0.0/15: where the fabric's public addresses come from. One of it is the internet's own (row EXT-2).
pub(crate) fn is_of_the_fabric(address: Ipv4Addr) -> bool {
    u32::from(address) & 0xfffe_0000 == 0xc612_0000 && address != SIGNALS_ADDRESS
}

/// RFC 1918, RFC 6598, link-local and loopback.
fn is_private(address: Ipv4Addr) -> bool {
    let shared = u32::from(address) & 0xffc0_0000 == 0x6440_0000;
    address.is_private() || shared || address.is_link_local() || address.is_loopback() || address.is_broadcast()
}
