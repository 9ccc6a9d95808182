//! `AWS::EC2::VPCCidrBlock`: one more block of a VPC (rows NET-1, NET-9).

use super::live::Live;
use super::schema::{Kind, Shape, property, refused};
use super::*;
use croft_control::{AssociateVpcCidrBlock, DisassociateVpcCidrBlock};
use croft_model::VpcId;
use ipnet::Ipv4Net;
use serde::Deserialize;

pub struct VpcCidrBlock;

const NO_IPAM: &str = "give CidrBlock or AmazonProvidedIpv6CidrBlock: there is no IPAM here";
const NO_BLOCK_OF_ONES_OWN: &str = "give AmazonProvidedIpv6CidrBlock: IPv6 blocks of one's own are not supported";

const PROPERTIES: &[Property] = &[
    property("AmazonProvidedIpv6CidrBlock", Kind::Boolean).replaces(),
    property("CidrBlock", Kind::Ipv4Block).replaces(),
    refused("Ipv4IpamPoolId", NO_IPAM),
    refused("Ipv4NetmaskLength", NO_IPAM),
    refused("Ipv6CidrBlock", NO_BLOCK_OF_ONES_OWN),
    refused("Ipv6CidrBlockNetworkBorderGroup", "remove it: Local Zones are not supported"),
    refused("Ipv6IpamPoolId", NO_IPAM),
    refused("Ipv6NetmaskLength", NO_IPAM),
    refused("Ipv6Pool", NO_BLOCK_OF_ONES_OWN),
    property("VpcId", Kind::Id("vpc")).required().replaces(),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    amazon_provided_ipv6_cidr_block: Option<bool>,
    cidr_block: Option<Ipv4Net>,
    vpc_id: VpcId,
}

/// The VPC, and its block of this association.
fn find<'a>(cloud: &'a Cloud, id: &str) -> Option<(&'a VpcId, String, bool)> {
    cloud.vpcs.values().find_map(|vpc| {
        let ipv4 = vpc.cidr_blocks.iter().find(|b| b.association.as_str() == id).map(|b| (b.block.to_string(), false));
        let ipv6 = || {
            let block = vpc.ipv6_cidr_blocks.iter().find(|b| b.association.as_str() == id)?;
            Some((block.block.to_string(), true))
        };
        ipv4.or_else(ipv6).map(|(block, is_ipv6)| (&vpc.id, block, is_ipv6))
    })
}

impl Handler for VpcCidrBlock {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::EC2::VPCCidrBlock",
        shape: Shape {
            properties: PROPERTIES,
            exactly_one: &[&["CidrBlock", "AmazonProvidedIpv6CidrBlock"]],
            at_most_one: &[],
        },
        attributes: &["Id", "IpSource", "Ipv6AddressAttribute"],
        refused_attributes: &[],
        which: Which::VpcCidrBlock,
    };

    fn check(properties: &Map<String, Json>) -> Vec<Wrong> {
        let no = properties.get("AmazonProvidedIpv6CidrBlock") == Some(&Json::Bool(false));
        let wrong = || ("AmazonProvidedIpv6CidrBlock", "false asks for no block: give CidrBlock, or true".to_string());
        no.then(wrong).into_iter().collect()
    }

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let Properties { amazon_provided_ipv6_cidr_block, cidr_block, vpc_id } = new.read()?;
        let amazon_provided_ipv6_cidr_block = amazon_provided_ipv6_cidr_block.unwrap_or(false);
        let request = AssociateVpcCidrBlock { vpc_id, cidr_block, amazon_provided_ipv6_cidr_block };
        Ok(account.run(request)?.association().to_string())
    }

    fn update<A: Account>(_: &mut A, id: &str, _: &Map<String, Json>, _: &New) -> Result<String, Failure> {
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        account.run(DisassociateVpcCidrBlock { association_id: id.parse()? })?;
        Ok(())
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        let (vpc, block, is_ipv6) = find(cloud, id)?;
        let live = Live::beside(properties).is("VpcId", vpc.as_str()).is("AmazonProvidedIpv6CidrBlock", is_ipv6);
        live.may_be("CidrBlock", (!is_ipv6).then_some(block)).done()
    }

    fn attribute(cloud: &Cloud, id: &str, name: &str) -> Option<Known> {
        let (_, _, is_ipv6) = find(cloud, id)?;
        let of_ipv6 = |text: &str| match is_ipv6 {
            true => Known::Text(text.to_string()),
            false => Known::Never(format!("{id} is an IPv4 block and has no {name}"), "take Id".to_string()),
        };
        match name {
            "Id" => Some(Known::Text(id.to_string())),
            "IpSource" => Some(of_ipv6("amazon")),
            "Ipv6AddressAttribute" => Some(of_ipv6("public")),
            _ => None,
        }
    }
}
