//! `AWS::EC2::Subnet` (rows NET-1, NET-2, NET-6, NET-9, AZ-1).

use super::live::Live;
use super::schema::{Kind, Shape, TAGS, property, refused};
use super::*;
use croft_control::{
    AssociateSubnetCidrBlock, CreateSubnet, DeleteSubnet, DisassociateSubnetCidrBlock, ModifySubnetAttribute,
    SubnetAttributes,
};
use croft_model::subnet::HostnameType;
use croft_model::{SubnetId, VpcId};
use ipnet::{Ipv4Net, Ipv6Net};
use serde::Deserialize;
use serde_json::json;

pub struct Subnet;

const NO_IPAM: &str = "give CidrBlock: there is no IPAM here";
const NO_OUTPOSTS: &str = "remove it: Outposts are not supported";

/// Of an instance too.
pub(super) const PRIVATE_DNS_NAMES: Shape = Shape::free(&[
    property("EnableResourceNameDnsAAAARecord", Kind::Boolean),
    property("EnableResourceNameDnsARecord", Kind::Boolean),
    property("HostnameType", Kind::OneOf(&["ip-name", "resource-name"])),
]);

const PROPERTIES: &[Property] = &[
    property("AssignIpv6AddressOnCreation", Kind::Boolean),
    property("AvailabilityZone", Kind::Text).replaces(),
    property("AvailabilityZoneId", Kind::Text).replaces(),
    property("CidrBlock", Kind::Ipv4Block).required_because(NO_IPAM).replaces(),
    property("EnableDns64", Kind::Boolean),
    refused("EnableLniAtDeviceIndex", NO_OUTPOSTS),
    refused("Ipv4IpamPoolId", NO_IPAM),
    refused("Ipv4NetmaskLength", NO_IPAM),
    property("Ipv6CidrBlock", Kind::Ipv6Block),
    refused("Ipv6IpamPoolId", "give Ipv6CidrBlock: there is no IPAM here"),
    refused("Ipv6Native", "remove it: a subnet without IPv4 is not supported"),
    refused("Ipv6NetmaskLength", "give Ipv6CidrBlock: there is no IPAM here"),
    property("MapPublicIpOnLaunch", Kind::Boolean),
    refused("OutpostArn", NO_OUTPOSTS),
    property("PrivateDnsNameOptionsOnLaunch", Kind::Object(PRIVATE_DNS_NAMES)),
    TAGS,
    property("VpcId", Kind::Id("vpc")).required().replaces(),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    assign_ipv6_address_on_creation: Option<bool>,
    availability_zone: Option<String>,
    availability_zone_id: Option<String>,
    cidr_block: Ipv4Net,
    enable_dns64: Option<bool>,
    ipv6_cidr_block: Option<Ipv6Net>,
    map_public_ip_on_launch: Option<bool>,
    private_dns_name_options_on_launch: Option<PrivateDnsNames>,
    vpc_id: VpcId,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PrivateDnsNames {
    #[serde(rename = "EnableResourceNameDnsAAAARecord")]
    aaaa_record: Option<bool>,
    #[serde(rename = "EnableResourceNameDnsARecord")]
    a_record: Option<bool>,
    hostname_type: Option<HostnameType>,
}

impl Properties {
    /// All of them: what a template no longer says goes back to what a new subnet has.
    fn attributes(&self) -> SubnetAttributes {
        let names = self.private_dns_name_options_on_launch.unwrap_or_default();
        SubnetAttributes {
            map_public_ip_on_launch: Some(self.map_public_ip_on_launch.unwrap_or(false)),
            assign_ipv6_address_on_creation: Some(self.assign_ipv6_address_on_creation.unwrap_or(false)),
            enable_dns64: Some(self.enable_dns64.unwrap_or(false)),
            private_dns_hostname_type_on_launch: Some(names.hostname_type.unwrap_or_default()),
            enable_resource_name_dns_a_record_on_launch: Some(names.a_record.unwrap_or(false)),
            enable_resource_name_dns_aaaa_record_on_launch: Some(names.aaaa_record.unwrap_or(false)),
        }
    }

    fn set_attributes<A: Account>(&self, account: &mut A, subnet_id: SubnetId) -> Result<(), Failure> {
        account.run(ModifySubnetAttribute { subnet_id, attributes: self.attributes() })?;
        Ok(())
    }
}

fn hostname_type(kind: HostnameType) -> &'static str {
    match kind {
        HostnameType::IpName => "ip-name",
        HostnameType::ResourceName => "resource-name",
    }
}

impl Handler for Subnet {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::EC2::Subnet",
        shape: Shape {
            properties: PROPERTIES,
            exactly_one: &[],
            at_most_one: &[&["AvailabilityZone", "AvailabilityZoneId"]],
        },
        attributes: &[
            "AssignIpv6AddressOnCreation",
            "AvailabilityZone",
            "AvailabilityZoneId",
            "BlockPublicAccessStates.InternetGatewayBlockMode",
            "CidrBlock",
            "EnableDns64",
            "Ipv6CidrBlock",
            "Ipv6CidrBlocks",
            "MapPublicIpOnLaunch",
            "NetworkAclAssociationId",
            "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsAAAARecord",
            "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsARecord",
            "PrivateDnsNameOptionsOnLaunch.HostnameType",
            "SubnetId",
            "VpcId",
        ],
        refused_attributes: &[("OutpostArn", "Outposts are not supported")],
        which: Which::Subnet,
    };

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let mut properties: Properties = new.read()?;
        let zone = properties.availability_zone.take().or(properties.availability_zone_id.take());
        let subnet = account.run(CreateSubnet {
            vpc_id: properties.vpc_id.clone(),
            cidr_block: properties.cidr_block,
            availability_zone: zone,
            ipv6_cidr_block: properties.ipv6_cidr_block,
            tags: new.tags(),
        })?;
        if let Err(failure) = properties.set_attributes(account, subnet.id.clone()) {
            account.run(DeleteSubnet { subnet_id: subnet.id })?;
            return Err(failure);
        }
        Ok(subnet.id.to_string())
    }

    fn update<A: Account>(account: &mut A, id: &str, old: &Map<String, Json>, new: &New) -> Result<String, Failure> {
        let (from, to): (Properties, Properties) = (read(old)?, new.read()?);
        let subnet_id: SubnetId = id.parse()?;
        if from.ipv6_cidr_block != to.ipv6_cidr_block {
            let held = account.cloud().subnets.get(&subnet_id).and_then(|s| s.ipv6_cidr_block.clone());
            if let Some(held) = held.filter(|held| from.ipv6_cidr_block.is_some_and(|b| b.trunc() == held.block)) {
                account.run(DisassociateSubnetCidrBlock { association_id: held.association })?;
            }
            if let Some(ipv6_cidr_block) = to.ipv6_cidr_block {
                account.run(AssociateSubnetCidrBlock { subnet_id: subnet_id.clone(), ipv6_cidr_block })?;
            }
        }
        to.set_attributes(account, subnet_id)?;
        tags::update(account, id, old, new.properties)?;
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        account.run(DeleteSubnet { subnet_id: id.parse()? })?;
        Ok(())
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        let subnet = cloud.subnets.get(&id.parse::<SubnetId>().ok()?)?;
        let names = subnet.private_dns;
        let names = json!({
            "EnableResourceNameDnsAAAARecord": names.resource_name_aaaa_record,
            "EnableResourceNameDnsARecord": names.resource_name_a_record,
            "HostnameType": hostname_type(names.hostname_type),
        });
        Live::beside(properties)
            .is("AssignIpv6AddressOnCreation", subnet.assign_ipv6_address_on_creation)
            .is("CidrBlock", subnet.block.to_string())
            .is("EnableDns64", subnet.enable_dns64)
            .may_be("Ipv6CidrBlock", subnet.ipv6_cidr_block.as_ref().map(|b| b.block.to_string()))
            .is("MapPublicIpOnLaunch", subnet.map_public_ip_on_launch)
            .is("PrivateDnsNameOptionsOnLaunch", names)
            .is("VpcId", subnet.vpc.as_str())
            .tags(&subnet.tags)
            .done()
    }

    fn attribute(cloud: &Cloud, id: &str, name: &str) -> Option<Known> {
        let subnet = cloud.subnets.get(&id.parse::<SubnetId>().ok()?)?;
        let ipv6 = subnet.ipv6_cidr_block.as_ref().map(|b| b.block.to_string());
        let names = subnet.private_dns;
        Some(Known::Text(match name {
            "AssignIpv6AddressOnCreation" => subnet.assign_ipv6_address_on_creation.to_string(),
            "AvailabilityZone" => subnet.zone.clone(),
            "AvailabilityZoneId" => cloud.zones.get(&subnet.zone)?.id.clone(),
            "BlockPublicAccessStates.InternetGatewayBlockMode" => {
                block_public_access_options::word(cloud.internet_gateway_block_mode(subnet)).to_string()
            }
            "CidrBlock" => subnet.block.to_string(),
            "EnableDns64" => subnet.enable_dns64.to_string(),
            "Ipv6CidrBlock" => match ipv6 {
                Some(block) => block,
                None => {
                    let what = format!("the subnet {id} has no IPv6 block");
                    return Some(Known::Never(what, "give it Ipv6CidrBlock".to_string()));
                }
            },
            "Ipv6CidrBlocks" => return Some(Known::List(ipv6.into_iter().collect())),
            "MapPublicIpOnLaunch" => subnet.map_public_ip_on_launch.to_string(),
            "NetworkAclAssociationId" => subnet.network_acl.0.to_string(),
            "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsAAAARecord" => {
                names.resource_name_aaaa_record.to_string()
            }
            "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsARecord" => names.resource_name_a_record.to_string(),
            "PrivateDnsNameOptionsOnLaunch.HostnameType" => hostname_type(names.hostname_type).to_string(),
            "SubnetId" => subnet.id.to_string(),
            "VpcId" => subnet.vpc.to_string(),
            _ => return None,
        }))
    }
}
