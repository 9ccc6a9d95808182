//! A network interface as AWS shows it.

use super::super::group_identifier::{GroupIdentifier, group_identifiers};
use super::super::tag::{self, Tag};
use croft_control::Cloud;
use croft_model::hostname::{private_hostname, public_hostname};
use croft_model::interface::{Attachment, AttachmentStatus, IdleTimeouts, InterfaceKind, NetworkInterface};
use serde::Serialize;
use std::net::Ipv4Addr;

/// Who asks for the interfaces of AWS's own services, and whose the instances behind them are.
pub const SERVICE: &str = "amazon-aws";
/// Whose the public addresses are that belong to no account.
const AMAZON: &str = "amazon";

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkInterfaceOutput {
    association: Option<AssociationOutput>,
    attachment: Option<AttachmentOutput>,
    availability_zone: Option<String>,
    availability_zone_id: Option<String>,
    connection_tracking_configuration: Option<ConnectionTrackingConfiguration>,
    description: String,
    groups: Vec<GroupIdentifier>,
    interface_type: &'static str,
    ipv6_address: Option<String>,
    ipv6_addresses: Vec<Ipv6AddressOutput>,
    mac_address: String,
    network_interface_id: String,
    operator: Operator,
    owner_id: String,
    private_dns_name: Option<String>,
    private_ip_address: Option<String>,
    private_ip_addresses: Vec<PrivateIpAddressOutput>,
    requester_id: String,
    requester_managed: bool,
    source_dest_check: bool,
    status: &'static str,
    subnet_id: String,
    tag_set: Vec<Tag>,
    vpc_id: String,
}

/// A public address on a private one.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssociationOutput {
    pub allocation_id: Option<String>,
    pub association_id: Option<String>,
    pub ip_owner_id: String,
    /// Empty where the VPC gives no public names.
    pub public_dns_name: String,
    pub public_ip: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AttachmentOutput {
    attach_time: Option<u64>,
    attachment_id: String,
    delete_on_termination: bool,
    device_index: u16,
    network_card_index: Option<u32>,
    instance_id: Option<String>,
    instance_owner_id: String,
    status: &'static str,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ConnectionTrackingConfiguration {
    tcp_established_timeout: u32,
    udp_stream_timeout: u32,
    udp_timeout: u32,
}

impl ConnectionTrackingConfiguration {
    /// Shown where it is not the usual one.
    pub fn of(interface: &NetworkInterface) -> Option<ConnectionTrackingConfiguration> {
        let idle = interface.idle;
        (idle != IdleTimeouts::default()).then_some(ConnectionTrackingConfiguration {
            tcp_established_timeout: idle.tcp_established,
            udp_stream_timeout: idle.udp_stream,
            udp_timeout: idle.udp,
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Ipv6AddressOutput {
    ipv6_address: String,
    is_primary_ipv6: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Operator {
    managed: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PrivateIpAddressOutput {
    association: Option<AssociationOutput>,
    primary: bool,
    private_dns_name: Option<String>,
    private_ip_address: String,
}

impl NetworkInterfaceOutput {
    pub fn of(cloud: &Cloud, interface: &NetworkInterface) -> NetworkInterfaceOutput {
        let primary = interface.private_ips.first().copied();
        let own = interface.kind == InterfaceKind::Interface;
        let zone = zone_of(cloud, interface);
        NetworkInterfaceOutput {
            association: primary.and_then(|ip| AssociationOutput::of(cloud, interface, ip)),
            attachment: AttachmentOutput::of(interface),
            availability_zone: zone.map(|(name, _)| name.to_string()),
            availability_zone_id: zone.map(|(_, id)| id.to_string()),
            connection_tracking_configuration: ConnectionTrackingConfiguration::of(interface),
            description: interface.description.clone(),
            groups: group_identifiers(cloud, &interface.groups),
            interface_type: interface_type(interface),
            ipv6_address: interface.ipv6_addresses.first().map(ToString::to_string),
            ipv6_addresses: ipv6_addresses(interface),
            mac_address: mac(interface),
            network_interface_id: interface.id.to_string(),
            operator: Operator { managed: false },
            owner_id: interface.scope.account.to_string(),
            private_dns_name: primary.and_then(|ip| private_name(cloud, interface, ip)),
            private_ip_address: primary.map(|ip| ip.to_string()),
            private_ip_addresses: private_ip_addresses(cloud, interface),
            requester_id: requester(interface).to_string(),
            requester_managed: !own,
            source_dest_check: source_dest_check(interface),
            status: status(interface),
            subnet_id: interface.subnet.to_string(),
            tag_set: tag::shown(&interface.tags),
            vpc_id: interface.vpc.to_string(),
        }
    }
}

impl AssociationOutput {
    /// The public address of a private one, if it has any: an Elastic IP, else the one given at launch.
    pub fn of(cloud: &Cloud, interface: &NetworkInterface, private: Ipv4Addr) -> Option<AssociationOutput> {
        let name = |ip| public_name(cloud, interface, ip).unwrap_or_default();
        let elastic = cloud.addresses.values().find_map(|address| {
            let on = address.association.as_ref()?;
            (on.interface == interface.id && on.private_ip == private).then_some((address, on))
        });
        if let Some((address, on)) = elastic {
            return Some(AssociationOutput {
                allocation_id: Some(address.id.to_string()),
                association_id: Some(on.id.to_string()),
                ip_owner_id: address.scope.account.to_string(),
                public_dns_name: name(address.public_ip),
                public_ip: address.public_ip.to_string(),
            });
        }
        let given = cloud.public_ip(interface, private)?;
        Some(AssociationOutput {
            allocation_id: None,
            association_id: None,
            ip_owner_id: AMAZON.to_string(),
            public_dns_name: name(given),
            public_ip: given.to_string(),
        })
    }
}

impl AttachmentOutput {
    pub fn of(interface: &NetworkInterface) -> Option<AttachmentOutput> {
        let Attachment { id, instance, device_index, delete_on_termination, attached, .. } = match &interface.kind {
            InterfaceKind::NatGateway(_) => return Some(AttachmentOutput::of_service(interface)),
            InterfaceKind::Interface => interface.attachment.as_ref()?,
        };
        Some(AttachmentOutput {
            attach_time: Some(attached * 1000),
            attachment_id: id.to_string(),
            delete_on_termination: *delete_on_termination,
            device_index: *device_index,
            network_card_index: Some(0),
            instance_id: Some(instance.to_string()),
            instance_owner_id: interface.scope.account.to_string(),
            status: attachment_status(interface)?,
        })
    }

    /// Behind the interface of a service there is an instance of AWS's own.
    fn of_service(interface: &NetworkInterface) -> AttachmentOutput {
        AttachmentOutput {
            attach_time: None,
            attachment_id: service_attachment(interface),
            delete_on_termination: false,
            device_index: 1,
            network_card_index: None,
            instance_id: None,
            instance_owner_id: SERVICE.to_string(),
            status: "attached",
        }
    }
}

/// `02:1c:a9:…`
pub fn mac(interface: &NetworkInterface) -> String {
    // By hand: a filter may ask a hundred thousand interfaces.
    let mut text = String::with_capacity(17);
    for (at, byte) in interface.mac.iter().enumerate() {
        if at > 0 {
            text.push(':');
        }
        text.extend([byte >> 4, byte & 15].map(|half| char::from_digit(half.into(), 16).unwrap_or_default()));
    }
    text
}

/// The name of one of its private addresses, where the VPC gives names.
pub fn private_name(cloud: &Cloud, interface: &NetworkInterface, address: Ipv4Addr) -> Option<String> {
    gives_names(cloud, interface).then(|| private_hostname(&interface.scope.region, address))
}

/// The name of one of its public addresses, where the VPC gives names.
pub fn public_name(cloud: &Cloud, interface: &NetworkInterface, address: Ipv4Addr) -> Option<String> {
    gives_names(cloud, interface).then(|| public_hostname(&interface.scope.region, address))
}

fn gives_names(cloud: &Cloud, interface: &NetworkInterface) -> bool {
    cloud.vpcs.get(&interface.vpc).is_some_and(|vpc| vpc.enable_dns_support && vpc.enable_dns_hostnames)
}

/// Name and identifier of its zone.
pub(super) fn zone_of<'a>(cloud: &'a Cloud, interface: &NetworkInterface) -> Option<(&'a str, &'a str)> {
    let zone = &cloud.subnets.get(&interface.subnet)?.zone;
    Some((zone, cloud.zones.get(zone).map_or("", |z| &z.id)))
}

pub(super) fn interface_type(interface: &NetworkInterface) -> &'static str {
    match interface.kind {
        InterfaceKind::Interface => "interface",
        InterfaceKind::NatGateway(_) => "nat_gateway",
    }
}

pub(super) fn requester(interface: &NetworkInterface) -> &str {
    match interface.kind {
        InterfaceKind::Interface => interface.scope.account.as_str(),
        InterfaceKind::NatGateway(_) => SERVICE,
    }
}

/// What a gateway forwards is not its own.
pub fn source_dest_check(interface: &NetworkInterface) -> bool {
    interface.kind == InterfaceKind::Interface && interface.source_dest_check
}

pub(super) fn status(interface: &NetworkInterface) -> &'static str {
    match (&interface.kind, &interface.attachment) {
        (InterfaceKind::Interface, None) => "available",
        _ => "in-use",
    }
}

pub(super) fn attachment_status(interface: &NetworkInterface) -> Option<&'static str> {
    if interface.kind != InterfaceKind::Interface {
        return Some("attached");
    }
    Some(match interface.attachment.as_ref()?.status {
        AttachmentStatus::Attaching => "attaching",
        AttachmentStatus::Attached => "attached",
    })
}

pub(super) fn service_attachment(interface: &NetworkInterface) -> String {
    let digits = interface.id.as_str().trim_start_matches("eni-");
    format!("ela-attach-{digits}")
}

fn ipv6_addresses(interface: &NetworkInterface) -> Vec<Ipv6AddressOutput> {
    let all = interface.ipv6_addresses.iter().enumerate();
    all.map(|(at, address)| Ipv6AddressOutput {
        ipv6_address: address.to_string(),
        is_primary_ipv6: interface.primary_ipv6 && at == 0,
    })
    .collect()
}

fn private_ip_addresses(cloud: &Cloud, interface: &NetworkInterface) -> Vec<PrivateIpAddressOutput> {
    let all = interface.private_ips.iter().enumerate();
    all.map(|(at, ip)| PrivateIpAddressOutput {
        association: AssociationOutput::of(cloud, interface, *ip),
        primary: at == 0,
        private_dns_name: private_name(cloud, interface, *ip),
        private_ip_address: ip.to_string(),
    })
    .collect()
}
