//! `AWS::EC2::NetworkInterface` (rows NET-4, NET-9, SG-7).

mod addresses;

pub(super) use addresses::{IPV6_ADDRESS, Ipv6Address, PRIVATE_IP, PrivateIp, split};

use super::live::Live;
use super::schema::{Kind, Shape, TAGS, property, refused};
use super::*;
use croft_control::{CreateNetworkInterface, DeleteNetworkInterface, Ipv6Choice, ModifyNetworkInterfaceAttribute};
use croft_model::interface::IdleTimeouts;
use croft_model::{NetworkInterfaceId, SecurityGroupId, SubnetId};
use serde::Deserialize;
use serde_json::json;
use std::net::Ipv4Addr;

pub struct NetworkInterface;

const NO_PREFIXES: &str = "remove it: prefixes of an interface are not supported";

const TRACKING: Shape = Shape::free(&[
    property("TcpEstablishedTimeout", Kind::Integer(60, 432_000)),
    property("UdpStreamTimeout", Kind::Integer(60, 180)),
    property("UdpTimeout", Kind::Integer(30, 60)),
]);

const PROPERTIES: &[Property] = &[
    property("ConnectionTrackingSpecification", Kind::Object(TRACKING)),
    property("Description", Kind::Text),
    property("EnablePrimaryIpv6", Kind::Boolean).depends(primary_ipv6),
    property("GroupSet", Kind::List(&Kind::Id("sg"))),
    property("InterfaceType", Kind::OneOf(&["interface"])).replaces(),
    refused("Ipv4PrefixCount", NO_PREFIXES),
    refused("Ipv4Prefixes", NO_PREFIXES),
    property("Ipv6AddressCount", Kind::Integer(0, 50)),
    property("Ipv6Addresses", Kind::List(&Kind::Object(IPV6_ADDRESS))),
    refused("Ipv6PrefixCount", NO_PREFIXES),
    refused("Ipv6Prefixes", NO_PREFIXES),
    property("PrivateIpAddress", Kind::Ipv4Address).replaces(),
    property("PrivateIpAddresses", Kind::List(&Kind::Object(PRIVATE_IP))).depends(addresses::primary_change),
    refused("PublicIpDnsHostnameTypeSpecification", "remove it: public names of an interface are not chosen here"),
    property("SecondaryPrivateIpAddressCount", Kind::Integer(0, 49)),
    property("SourceDestCheck", Kind::Boolean),
    property("SubnetId", Kind::Id("subnet")).required().replaces(),
    TAGS,
];

/// A primary IPv6 address stays as long as its interface.
fn primary_ipv6(old: Option<&Json>, new: Option<&Json>) -> Update {
    let yes = |value: Option<&Json>| value.and_then(Json::as_bool) == Some(true);
    if yes(old) && !yes(new) { Update::Replacement } else { Update::InPlace }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    connection_tracking_specification: Option<Tracking>,
    description: Option<String>,
    enable_primary_ipv6: Option<bool>,
    #[serde(default)]
    group_set: Vec<SecurityGroupId>,
    ipv6_address_count: Option<u32>,
    #[serde(default)]
    ipv6_addresses: Vec<Ipv6Address>,
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

    fn ipv6(&self) -> Ipv6Choice {
        Ipv6Choice {
            addresses: self.ipv6_addresses.iter().map(|a| a.ipv6_address).collect(),
            count: self.ipv6_address_count,
            primary: self.enable_primary_ipv6.unwrap_or(false),
        }
    }

    fn secondary(&self) -> addresses::Secondary {
        addresses::Secondary {
            named: split(&self.private_ip_addresses).1,
            count: self.secondary_private_ip_address_count.unwrap_or(0),
            ipv6: self.ipv6_addresses.iter().map(|a| a.ipv6_address).collect(),
            ipv6_count: self.ipv6_address_count,
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
        shape: Shape {
            properties: PROPERTIES,
            exactly_one: &[],
            at_most_one: &[&["Ipv6AddressCount", "Ipv6Addresses"]],
        },
        attributes: &["Id", "PrimaryIpv6Address", "PrimaryPrivateIpAddress", "SecondaryPrivateIpAddresses", "VpcId"],
        refused_attributes: &[("PublicIpDnsNameOptions", "public names of an interface are not chosen here")],
        which: Which::NetworkInterface,
    };

    fn check(properties: &Map<String, Json>) -> Vec<Wrong> {
        addresses::check(properties)
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
            ipv6: properties.ipv6(),
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
        let groups = match to.group_set.is_empty() {
            false => Some(to.group_set.clone()),
            true => default_groups(&account.cloud(), &to.subnet_id),
        };
        account.run(to.attributes(interface.clone(), groups))?;
        to.secondary().bring(account, &interface, &from.secondary())?;
        if to.enable_primary_ipv6 == Some(true) {
            let enable_primary_ipv6 = true;
            let change = ModifyNetworkInterfaceAttribute::of(interface);
            account.run(ModifyNetworkInterfaceAttribute { enable_primary_ipv6, ..change })?;
        }
        tags::update(account, id, old, new.properties)?;
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        account.run(DeleteNetworkInterface { network_interface_id: id.parse()? })?;
        Ok(())
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        let interface = cloud.interfaces.get(&id.parse::<NetworkInterfaceId>().ok()?)?;
        let tracking = json!({
            "TcpEstablishedTimeout": interface.idle.tcp_established,
            "UdpStreamTimeout": interface.idle.udp_stream,
            "UdpTimeout": interface.idle.udp,
        });
        let live = Live::beside(properties)
            .is("ConnectionTrackingSpecification", tracking)
            .is("Description", interface.description.as_str())
            .is("EnablePrimaryIpv6", interface.primary_ipv6)
            .list("GroupSet", &interface.groups)
            .is("SourceDestCheck", interface.source_dest_check)
            .is("SubnetId", interface.subnet.as_str())
            .tags(&interface.tags);
        addresses::live(live, interface, properties).done()
    }

    fn attribute(cloud: &Cloud, id: &str, name: &str) -> Option<Known> {
        let interface = cloud.interfaces.get(&id.parse::<NetworkInterfaceId>().ok()?)?;
        Some(match name {
            "Id" => Known::Text(interface.id.to_string()),
            "PrimaryIpv6Address" => match interface.ipv6_addresses.first().filter(|_| interface.primary_ipv6) {
                Some(address) => Known::Text(address.to_string()),
                None => {
                    let what = format!("the interface {id} has no primary IPv6 address");
                    Known::Never(what, "give it EnablePrimaryIpv6 and an IPv6 address".to_string())
                }
            },
            "PrimaryPrivateIpAddress" => Known::Text(interface.private_ips.first()?.to_string()),
            "SecondaryPrivateIpAddresses" => {
                Known::List(interface.private_ips.iter().skip(1).map(ToString::to_string).collect())
            }
            "VpcId" => Known::Text(interface.vpc.to_string()),
            _ => return None,
        })
    }
}
