//! `AWS::EC2::Subnet` (rows NET-1, NET-2, NET-6, AZ-1).

use super::schema::{Kind, NO_IPV6, Shape, TAGS, property, refused};
use super::*;
use croft_control::{CreateSubnet, DeleteSubnet, ModifySubnetAttribute, SubnetAttributes};
use croft_model::{SubnetId, VpcId};
use ipnet::Ipv4Net;
use serde::Deserialize;

pub struct Subnet;

const NO_IPAM: &str = "give CidrBlock: there is no IPAM here";

const PROPERTIES: &[Property] = &[
    refused("AssignIpv6AddressOnCreation", NO_IPV6),
    property("AvailabilityZone", Kind::Text).replaces(),
    property("AvailabilityZoneId", Kind::Text).replaces(),
    property("CidrBlock", Kind::Ipv4Block).required().replaces(),
    refused("EnableDns64", NO_IPV6),
    refused("EnableLniAtDeviceIndex", "remove it: Outposts are not supported"),
    refused("Ipv4IpamPoolId", NO_IPAM),
    refused("Ipv4NetmaskLength", NO_IPAM),
    refused("Ipv6CidrBlock", NO_IPV6),
    refused("Ipv6IpamPoolId", NO_IPV6),
    refused("Ipv6Native", NO_IPV6),
    refused("Ipv6NetmaskLength", NO_IPV6),
    property("MapPublicIpOnLaunch", Kind::Boolean),
    refused("OutpostArn", "remove it: Outposts are not supported"),
    refused("PrivateDnsNameOptionsOnLaunch", "remove it: instances have no names in the resolver yet"),
    TAGS,
    property("VpcId", Kind::Id("vpc")).required().replaces(),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    availability_zone: Option<String>,
    availability_zone_id: Option<String>,
    cidr_block: Ipv4Net,
    map_public_ip_on_launch: Option<bool>,
    vpc_id: VpcId,
}

fn set_public<A: Account>(account: &mut A, id: &str, public: Option<bool>) -> Result<(), Failure> {
    let public = public.unwrap_or(false);
    let attributes = SubnetAttributes { map_public_ip_on_launch: Some(public), ..SubnetAttributes::default() };
    account.run(ModifySubnetAttribute { subnet_id: id.parse()?, attributes })?;
    Ok(())
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
            "AvailabilityZone",
            "AvailabilityZoneId",
            "CidrBlock",
            "Ipv6CidrBlocks",
            "NetworkAclAssociationId",
            "SubnetId",
            "VpcId",
        ],
        refused_attributes: &[("OutpostArn", "Outposts are not supported")],
        which: Which::Subnet,
    };

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let properties: Properties = new.read()?;
        let subnet = account.run(CreateSubnet {
            vpc_id: properties.vpc_id,
            cidr_block: properties.cidr_block,
            availability_zone: properties.availability_zone.or(properties.availability_zone_id),
            ipv6_cidr_block: None,
            tags: new.tags(),
        })?;
        let id = subnet.id.to_string();
        if let Err(failure) = set_public(account, &id, properties.map_public_ip_on_launch) {
            account.run(DeleteSubnet { subnet_id: subnet.id })?;
            return Err(failure);
        }
        Ok(id)
    }

    fn update<A: Account>(account: &mut A, id: &str, old: &Map<String, Json>, new: &New) -> Result<String, Failure> {
        let properties: Properties = new.read()?;
        set_public(account, id, properties.map_public_ip_on_launch)?;
        tags::update(account, id, old, new.properties)?;
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        account.run(DeleteSubnet { subnet_id: id.parse()? })?;
        Ok(())
    }

    fn attribute(cloud: &Cloud, id: &str, name: &str) -> Option<Known> {
        let subnet = cloud.subnets.get(&id.parse::<SubnetId>().ok()?)?;
        Some(match name {
            "AvailabilityZone" => Known::Text(subnet.zone.clone()),
            "AvailabilityZoneId" => Known::Text(cloud.zones.get(&subnet.zone)?.id.clone()),
            "CidrBlock" => Known::Text(subnet.block.to_string()),
            // A subnet has no IPv6 blocks yet (row NET-13).
            "Ipv6CidrBlocks" => Known::List(Vec::new()),
            "NetworkAclAssociationId" => Known::Text(subnet.network_acl.0.to_string()),
            "SubnetId" => Known::Text(subnet.id.to_string()),
            "VpcId" => Known::Text(subnet.vpc.to_string()),
            _ => return None,
        })
    }
}
