//! The interfaces of an instance as AWS shows them there.

use super::super::group_identifier::{GroupIdentifier, group_identifiers};
use super::super::network_interface::output::ConnectionTrackingConfiguration;
use super::output::{OperatorOutput, millis};
use croft_control::Cloud;
use croft_model::Scope;
use croft_model::hostname::{private_hostname, public_hostname};
use croft_model::interface::{AttachmentStatus, NetworkInterface};
use croft_model::vpc::Vpc;
use serde::Serialize;
use std::net::{Ipv4Addr, Ipv6Addr};

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InterfaceOutput {
    pub association: Option<AssociationOutput>,
    pub attachment: Option<AttachmentOutput>,
    pub connection_tracking_configuration: Option<ConnectionTrackingConfiguration>,
    pub description: String,
    pub groups: Vec<GroupIdentifier>,
    pub ipv6_addresses: Vec<Ipv6AddressOutput>,
    pub mac_address: String,
    pub network_interface_id: String,
    pub owner_id: String,
    pub private_dns_name: Option<String>,
    pub private_ip_address: Option<String>,
    pub private_ip_addresses: Vec<PrivateIpOutput>,
    pub source_dest_check: bool,
    pub status: &'static str,
    pub subnet_id: String,
    pub vpc_id: String,
    pub interface_type: &'static str,
    pub operator: OperatorOutput,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Ipv6AddressOutput {
    pub ipv6_address: String,
    pub is_primary_ipv6: bool,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssociationOutput {
    /// `amazon` of an address given at launch, else the account.
    pub ip_owner_id: String,
    pub public_dns_name: String,
    pub public_ip: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AttachmentOutput {
    pub attach_time: u64,
    pub attachment_id: String,
    pub delete_on_termination: bool,
    pub device_index: u16,
    pub status: &'static str,
    pub network_card_index: u16,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PrivateIpOutput {
    pub association: Option<AssociationOutput>,
    pub primary: bool,
    pub private_dns_name: Option<String>,
    pub private_ip_address: String,
}

/// The name of an address inside its VPC, where the VPC gives names.
pub fn private_name(vpc: Option<&Vpc>, scope: &Scope, address: Ipv4Addr) -> Option<String> {
    vpc.filter(|v| v.enable_dns_support).map(|_| private_hostname(&scope.region, address))
}

/// The name of a public address; empty where the VPC gives none.
pub fn public_name(vpc: Option<&Vpc>, scope: &Scope, address: Ipv4Addr) -> String {
    let named = vpc.is_some_and(|v| v.enable_dns_support && v.enable_dns_hostnames);
    if named { public_hostname(&scope.region, address) } else { String::new() }
}

pub(super) fn interface(cloud: &Cloud, interface: &NetworkInterface) -> InterfaceOutput {
    let vpc = cloud.vpcs.get(&interface.vpc);
    let scope = &interface.scope;
    let association = |address: Ipv4Addr| {
        let public = cloud.public_ip(interface, address)?;
        Some(AssociationOutput {
            ip_owner_id: match interface.auto_public_ip == Some(public) {
                true => "amazon".into(),
                false => scope.account.to_string(),
            },
            public_dns_name: public_name(vpc, scope, public),
            public_ip: public.to_string(),
        })
    };
    let primary = interface.private_ips.first().copied();
    let address = |(n, ip): (usize, &Ipv4Addr)| PrivateIpOutput {
        association: association(*ip),
        primary: n == 0,
        private_dns_name: private_name(vpc, scope, *ip),
        private_ip_address: ip.to_string(),
    };
    let ipv6 = |(n, ip): (usize, &Ipv6Addr)| Ipv6AddressOutput {
        ipv6_address: ip.to_string(),
        is_primary_ipv6: n == 0 && interface.primary_ipv6,
    };
    InterfaceOutput {
        association: primary.and_then(association),
        attachment: interface.attachment.as_ref().map(|a| AttachmentOutput {
            attach_time: millis(a.attached),
            attachment_id: a.id.to_string(),
            delete_on_termination: a.delete_on_termination,
            device_index: a.device_index,
            status: match a.status {
                AttachmentStatus::Attaching => "attaching",
                AttachmentStatus::Attached => "attached",
            },
            network_card_index: 0,
        }),
        connection_tracking_configuration: ConnectionTrackingConfiguration::of(interface),
        description: interface.description.clone(),
        groups: group_identifiers(cloud, &interface.groups),
        ipv6_addresses: interface.ipv6_addresses.iter().enumerate().map(ipv6).collect(),
        mac_address: interface.mac.map(|b| format!("{b:02x}")).join(":"),
        network_interface_id: interface.id.to_string(),
        owner_id: scope.account.to_string(),
        private_dns_name: primary.and_then(|ip| private_name(vpc, scope, ip)),
        private_ip_address: primary.map(|ip| ip.to_string()),
        private_ip_addresses: interface.private_ips.iter().enumerate().map(address).collect(),
        source_dest_check: interface.source_dest_check,
        status: "in-use",
        subnet_id: interface.subnet.to_string(),
        vpc_id: interface.vpc.to_string(),
        interface_type: "interface",
        operator: OperatorOutput { managed: false },
    }
}
