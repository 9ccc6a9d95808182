//! `AWS::EC2::VPC` (rows NET-1, NET-3).

use super::schema::{Kind, Shape, TAGS, property, refused};
use super::*;
use croft_control::{CreateVpc, DeleteVpc, ModifyVpcAttribute};
use croft_model::VpcId;
use ipnet::Ipv4Net;
use serde::Deserialize;

pub struct Vpc;

const NO_IPAM: &str = "give CidrBlock: there is no IPAM here";

const PROPERTIES: &[Property] = &[
    property("CidrBlock", Kind::Ipv4Block).required().replaces(),
    property("EnableDnsHostnames", Kind::Boolean),
    property("EnableDnsSupport", Kind::Boolean),
    property("InstanceTenancy", Kind::OneOf(&["default", "dedicated"])).replaces(),
    refused("Ipv4IpamPoolId", NO_IPAM),
    refused("Ipv4NetmaskLength", NO_IPAM),
    refused("VpcEncryptionControl", "remove it: encryption controls are not supported"),
    TAGS,
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    cidr_block: Ipv4Net,
    enable_dns_hostnames: Option<bool>,
    enable_dns_support: Option<bool>,
    instance_tenancy: Option<String>,
}

/// What a template gets that does not say: names on, host names off.
const DNS_SUPPORT: bool = true;
const DNS_HOSTNAMES: bool = false;

fn set_dns<A: Account>(account: &mut A, vpc_id: VpcId, properties: &Properties) -> Result<(), Failure> {
    account.run(ModifyVpcAttribute {
        vpc_id,
        enable_dns_support: Some(properties.enable_dns_support.unwrap_or(DNS_SUPPORT)),
        enable_dns_hostnames: Some(properties.enable_dns_hostnames.unwrap_or(DNS_HOSTNAMES)),
        enable_network_address_usage_metrics: None,
    })?;
    Ok(())
}

impl Handler for Vpc {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::EC2::VPC",
        shape: Shape::free(PROPERTIES),
        attributes: &[
            "CidrBlock",
            "CidrBlockAssociations",
            "DefaultNetworkAcl",
            "DefaultSecurityGroup",
            "Ipv6CidrBlocks",
            "VpcId",
        ],
        refused_attributes: &[],
        which: Which::Vpc,
    };

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let properties: Properties = new.read()?;
        let vpc = account.run(CreateVpc {
            cidr_block: properties.cidr_block,
            instance_tenancy: properties.instance_tenancy.clone(),
            amazon_provided_ipv6_cidr_block: false,
            tags: new.tags(),
        })?;
        if let Err(failure) = set_dns(account, vpc.id.clone(), &properties) {
            account.run(DeleteVpc { vpc_id: vpc.id })?;
            return Err(failure);
        }
        Ok(vpc.id.to_string())
    }

    fn update<A: Account>(account: &mut A, id: &str, old: &Map<String, Json>, new: &New) -> Result<String, Failure> {
        set_dns(account, id.parse()?, &new.read()?)?;
        tags::update(account, id, old, new.properties)?;
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        account.run(DeleteVpc { vpc_id: id.parse()? })?;
        Ok(())
    }

    fn attribute(cloud: &Cloud, id: &str, name: &str) -> Option<Known> {
        let vpc = cloud.vpcs.get(&id.parse::<VpcId>().ok()?)?;
        Some(match name {
            "CidrBlock" => Known::Text(vpc.cidr_blocks.first()?.block.to_string()),
            "CidrBlockAssociations" => Known::List(vpc.cidr_blocks.iter().map(|b| b.association.to_string()).collect()),
            "DefaultNetworkAcl" => Known::Text(vpc.default_network_acl.to_string()),
            "DefaultSecurityGroup" => Known::Text(vpc.default_security_group.to_string()),
            // A VPC has no IPv6 blocks yet (row NET-13).
            "Ipv6CidrBlocks" => Known::List(Vec::new()),
            "VpcId" => Known::Text(vpc.id.to_string()),
            _ => return None,
        })
    }
}
