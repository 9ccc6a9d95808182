//! `AWS::EC2::SubnetCidrBlock`: the IPv6 block of a subnet (row NET-9).

use super::live::Live;
use super::schema::{Kind, Shape, property, refused};
use super::*;
use croft_control::{AssociateSubnetCidrBlock, DisassociateSubnetCidrBlock};
use croft_model::SubnetId;
use croft_model::subnet::Subnet;
use ipnet::Ipv6Net;
use serde::Deserialize;

pub struct SubnetCidrBlock;

const NO_IPAM: &str = "give Ipv6CidrBlock: there is no IPAM here";

const PROPERTIES: &[Property] = &[
    property("Ipv6CidrBlock", Kind::Ipv6Block).required_because(NO_IPAM).replaces(),
    refused("Ipv6IpamPoolId", NO_IPAM),
    refused("Ipv6NetmaskLength", NO_IPAM),
    property("SubnetId", Kind::Id("subnet")).required().replaces(),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    ipv6_cidr_block: Ipv6Net,
    subnet_id: SubnetId,
}

fn find<'a>(cloud: &'a Cloud, id: &str) -> Option<(&'a Subnet, Ipv6Net)> {
    cloud.subnets.values().find_map(|subnet| {
        let block = subnet.ipv6_cidr_block.as_ref().filter(|b| b.association.as_str() == id)?;
        Some((subnet, block.block))
    })
}

impl Handler for SubnetCidrBlock {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::EC2::SubnetCidrBlock",
        shape: Shape::free(PROPERTIES),
        attributes: &["Id", "IpSource", "Ipv6AddressAttribute"],
        refused_attributes: &[],
        which: Which::SubnetCidrBlock,
    };

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let Properties { ipv6_cidr_block, subnet_id } = new.read()?;
        Ok(account.run(AssociateSubnetCidrBlock { subnet_id, ipv6_cidr_block })?.association.to_string())
    }

    fn update<A: Account>(_: &mut A, id: &str, _: &Map<String, Json>, _: &New) -> Result<String, Failure> {
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        account.run(DisassociateSubnetCidrBlock { association_id: id.parse()? })?;
        Ok(())
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        let (subnet, block) = find(cloud, id)?;
        Live::beside(properties).is("Ipv6CidrBlock", block.to_string()).is("SubnetId", subnet.id.as_str()).done()
    }

    fn attribute(cloud: &Cloud, id: &str, name: &str) -> Option<Known> {
        find(cloud, id)?;
        Some(Known::Text(match name {
            "Id" => id.to_string(),
            "IpSource" => "amazon".to_string(),
            "Ipv6AddressAttribute" => "public".to_string(),
            _ => return None,
        }))
    }
}
