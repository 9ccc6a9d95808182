//! `AWS::EC2::NetworkInterface` (rows NET-4, SG-7).

use super::schema::{Kind, NO_IPV6, Shape, TAGS, property, refused};
use super::*;
use croft_control::{
    AssignPrivateIpAddresses, CreateNetworkInterface, DeleteNetworkInterface, ModifyNetworkInterfaceAttribute,
    UnassignPrivateIpAddresses,
};
use croft_model::interface::IdleTimeouts;
use croft_model::{NetworkInterfaceId, SecurityGroupId, SubnetId};
use serde::Deserialize;
use std::net::Ipv4Addr;

pub struct NetworkInterface;

const NO_PREFIXES: &str = "remove it: prefixes of an interface are not supported";

/// Of `PrivateIpAddresses`.
pub(super) const PRIVATE_IP: Shape = Shape::free(&[
    property("Primary", Kind::Boolean).required(),
    property("PrivateIpAddress", Kind::Ipv4Address).required(),
]);

const TRACKING: Shape = Shape::free(&[
    property("TcpEstablishedTimeout", Kind::Integer(60, 432_000)),
    property("UdpStreamTimeout", Kind::Integer(60, 180)),
    property("UdpTimeout", Kind::Integer(30, 60)),
]);

const PROPERTIES: &[Property] = &[
    property("ConnectionTrackingSpecification", Kind::Object(TRACKING)),
    property("Description", Kind::Text),
    refused("EnablePrimaryIpv6", NO_IPV6),
    property("GroupSet", Kind::List(&Kind::Id("sg"))),
    property("InterfaceType", Kind::OneOf(&["interface"])).replaces(),
    refused("Ipv4PrefixCount", NO_PREFIXES),
    refused("Ipv4Prefixes", NO_PREFIXES),
    refused("Ipv6AddressCount", NO_IPV6),
    refused("Ipv6Addresses", NO_IPV6),
    refused("Ipv6PrefixCount", NO_IPV6),
    refused("Ipv6Prefixes", NO_IPV6),
    property("PrivateIpAddress", Kind::Ipv4Address).replaces(),
    property("PrivateIpAddresses", Kind::List(&Kind::Object(PRIVATE_IP))),
    refused("PublicIpDnsHostnameTypeSpecification", "remove it: public names are not supported yet"),
    property("SecondaryPrivateIpAddressCount", Kind::Integer(1, 49)).replaces(),
    property("SourceDestCheck", Kind::Boolean),
    property("SubnetId", Kind::Id("subnet")).required().replaces(),
    TAGS,
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    connection_tracking_specification: Option<Tracking>,
    description: Option<String>,
    #[serde(default)]
    group_set: Vec<SecurityGroupId>,
    private_ip_address: Option<Ipv4Addr>,
    #[serde(default)]
    private_ip_addresses: Vec<PrivateIp>,
    secondary_private_ip_address_count: Option<u32>,
    source_dest_check: Option<bool>,
    subnet_id: SubnetId,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tracking {
    tcp_established_timeout: Option<u32>,
    udp_stream_timeout: Option<u32>,
    udp_timeout: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PrivateIp {
    primary: bool,
    private_ip_address: Ipv4Addr,
}

/// The address marked as primary, and the others.
pub(super) fn split(list: &[PrivateIp]) -> (Option<Ipv4Addr>, Vec<Ipv4Addr>) {
    let primary = list.iter().find(|ip| ip.primary).map(|ip| ip.private_ip_address);
    (primary, list.iter().filter(|ip| !ip.primary).map(|ip| ip.private_ip_address).collect())
}

impl Properties {
    fn idle(&self) -> IdleTimeouts {
        let default = IdleTimeouts::default();
        let Some(tracking) = &self.connection_tracking_specification else { return default };
        IdleTimeouts {
            tcp_established: tracking.tcp_established_timeout.unwrap_or(default.tcp_established),
            udp: tracking.udp_timeout.unwrap_or(default.udp),
            udp_stream: tracking.udp_stream_timeout.unwrap_or(default.udp_stream),
        }
    }

    /// What a request of creation does not take. `groups`: those that are to be there now, if it says so.
    fn attributes(
        &self,
        id: NetworkInterfaceId,
        groups: Option<Vec<SecurityGroupId>>,
    ) -> ModifyNetworkInterfaceAttribute {
        ModifyNetworkInterfaceAttribute {
            description: Some(self.description.clone().unwrap_or_default()),
            groups,
            source_dest_check: Some(self.source_dest_check.unwrap_or(true)),
            connection_tracking: self.idle().into(),
            ..ModifyNetworkInterfaceAttribute::of(id)
        }
    }
}

/// The groups of an interface that names none.
fn default_groups(cloud: &Cloud, subnet: &SubnetId) -> Option<Vec<SecurityGroupId>> {
    let vpc = cloud.vpcs.get(&cloud.subnets.get(subnet)?.vpc)?;
    Some(vec![vpc.default_security_group.clone()])
}

impl Handler for NetworkInterface {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::EC2::NetworkInterface",
        shape: Shape::free(PROPERTIES),
        attributes: &["Id", "PrimaryPrivateIpAddress", "SecondaryPrivateIpAddresses", "VpcId"],
        refused_attributes: &[("PrimaryIpv6Address", "IPv6 is not supported yet")],
        which: Which::NetworkInterface,
    };

    fn check(properties: &Map<String, Json>) -> Vec<Wrong> {
        let list = properties.get("PrivateIpAddresses").and_then(Json::as_array);
        let list = list.map(Vec::as_slice).unwrap_or_default();
        let primaries = list.iter().filter(|ip| ip.get("Primary").and_then(Json::as_bool) == Some(true)).count();
        match primaries + usize::from(properties.contains_key("PrivateIpAddress")) {
            0 | 1 => Vec::new(),
            more => {
                let what = format!("an interface has one primary private address, and {more} are given");
                vec![("PrivateIpAddresses", what)]
            }
        }
    }

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let properties: Properties = new.read()?;
        let (primary, secondary) = split(&properties.private_ip_addresses);
        let interface = account.run(CreateNetworkInterface {
            description: properties.description.clone(),
            groups: properties.group_set.clone(),
            private_ip_address: properties.private_ip_address.or(primary),
            private_ip_addresses: secondary,
            secondary_private_ip_address_count: properties.secondary_private_ip_address_count,
            tags: new.tags(),
            ..CreateNetworkInterface::in_subnet(properties.subnet_id.clone())
        })?;
        if let Err(error) = account.run(properties.attributes(interface.id.clone(), None)) {
            account.run(DeleteNetworkInterface { network_interface_id: interface.id })?;
            return Err(error.into());
        }
        Ok(interface.id.to_string())
    }

    fn update<A: Account>(account: &mut A, id: &str, old: &Map<String, Json>, new: &New) -> Result<String, Failure> {
        let (from, to): (Properties, Properties) = (read(old)?, new.read()?);
        let interface: NetworkInterfaceId = id.parse()?;
        let ((old_primary, before), (new_primary, after)) =
            (split(&from.private_ip_addresses), split(&to.private_ip_addresses));
        if new_primary.is_some() && old_primary != new_primary {
            let what = "the primary private address of an interface cannot change: give the resource another name";
            return Err(Failure::Properties(what.to_string()));
        }
        let groups = match to.group_set.is_empty() {
            false => Some(to.group_set.clone()),
            true => default_groups(&account.cloud(), &to.subnet_id),
        };
        account.run(to.attributes(interface.clone(), groups))?;
        let held = account.cloud().interfaces.get(&interface).map(|i| i.private_ips.clone()).unwrap_or_default();
        let gone: Vec<_> = before.iter().filter(|ip| !after.contains(ip) && held.contains(ip)).copied().collect();
        if !gone.is_empty() {
            let (network_interface_id, private_ip_addresses) = (interface.clone(), gone);
            account.run(UnassignPrivateIpAddresses { network_interface_id, private_ip_addresses })?;
        }
        let added: Vec<_> = after.into_iter().filter(|ip| !held.contains(ip)).collect();
        if !added.is_empty() {
            account.run(AssignPrivateIpAddresses {
                network_interface_id: interface,
                private_ip_addresses: added,
                secondary_private_ip_address_count: None,
                allow_reassignment: false,
            })?;
        }
        tags::update(account, id, old, new.properties)?;
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        account.run(DeleteNetworkInterface { network_interface_id: id.parse()? })?;
        Ok(())
    }

    fn attribute(cloud: &Cloud, id: &str, name: &str) -> Option<Known> {
        let interface = cloud.interfaces.get(&id.parse::<NetworkInterfaceId>().ok()?)?;
        Some(match name {
            "Id" => Known::Text(interface.id.to_string()),
            "PrimaryPrivateIpAddress" => Known::Text(interface.private_ips.first()?.to_string()),
            "SecondaryPrivateIpAddresses" => {
                Known::List(interface.private_ips.iter().skip(1).map(ToString::to_string).collect())
            }
            "VpcId" => Known::Text(interface.vpc.to_string()),
            _ => return None,
        })
    }
}
