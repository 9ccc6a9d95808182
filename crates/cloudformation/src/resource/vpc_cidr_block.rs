//! `AWS::EC2::VPCCidrBlock`: one more block of a VPC (row NET-1).

use super::schema::{Kind, NO_IPV6, Shape, property, refused};
use super::*;
use croft_control::{AssociateVpcCidrBlock, DisassociateVpcCidrBlock};
use croft_model::VpcId;
use ipnet::Ipv4Net;
use serde::Deserialize;

pub struct VpcCidrBlock;

const NO_IPAM: &str = "give CidrBlock: there is no IPAM here";

const PROPERTIES: &[Property] = &[
    refused("AmazonProvidedIpv6CidrBlock", NO_IPV6),
    property("CidrBlock", Kind::Ipv4Block).required().replaces(),
    refused("Ipv4IpamPoolId", NO_IPAM),
    refused("Ipv4NetmaskLength", NO_IPAM),
    refused("Ipv6CidrBlock", NO_IPV6),
    refused("Ipv6CidrBlockNetworkBorderGroup", NO_IPV6),
    refused("Ipv6IpamPoolId", NO_IPV6),
    refused("Ipv6NetmaskLength", NO_IPV6),
    refused("Ipv6Pool", NO_IPV6),
    property("VpcId", Kind::Id("vpc")).required().replaces(),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    cidr_block: Ipv4Net,
    vpc_id: VpcId,
}

impl Handler for VpcCidrBlock {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::EC2::VPCCidrBlock",
        shape: Shape::free(PROPERTIES),
        attributes: &["Id"],
        refused_attributes: &[],
        which: Which::VpcCidrBlock,
    };

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let Properties { cidr_block, vpc_id } = new.read()?;
        let request =
            AssociateVpcCidrBlock { vpc_id, cidr_block: Some(cidr_block), amazon_provided_ipv6_cidr_block: false };
        Ok(account.run(request)?.association().to_string())
    }

    fn update<A: Account>(_: &mut A, id: &str, _: &Map<String, Json>, _: &New) -> Result<String, Failure> {
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        account.run(DisassociateVpcCidrBlock { association_id: id.parse()? })?;
        Ok(())
    }

    fn attribute(_: &Cloud, id: &str, name: &str) -> Option<Known> {
        (name == "Id").then(|| Known::Text(id.to_string()))
    }
}
