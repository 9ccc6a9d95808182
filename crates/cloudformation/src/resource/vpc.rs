//! `AWS::EC2::VPC` (rows NET-1, NET-3).

use super::live::Live;
use super::schema::{Kind, Shape, TAGS, property, refused};
use super::*;
use croft_control::{CreateVpc, DeleteVpc, ModifyVpcAttribute, ModifyVpcTenancy};
use croft_model::VpcId;
use ipnet::Ipv4Net;
use serde::Deserialize;

pub struct Vpc;

const NO_IPAM: &str = "give CidrBlock: there is no IPAM here";

const PROPERTIES: &[Property] = &[
    property("CidrBlock", Kind::Ipv4Block).required_because(NO_IPAM).replaces(),
    property("EnableDnsHostnames", Kind::Boolean),
    property("EnableDnsSupport", Kind::Boolean),
    property("InstanceTenancy", Kind::OneOf(&["default", "dedicated"])).depends(tenancy),
    refused("Ipv4IpamPoolId", NO_IPAM),
    refused("Ipv4NetmaskLength", NO_IPAM),
    refused("VpcEncryptionControl", "remove it: encryption controls are not supported"),
    TAGS,
];

/// Back to `default` it goes in place; the other way it takes a new VPC.
fn tenancy(old: Option<&Json>, new: Option<&Json>) -> Update {
    let dedicated = |value: Option<&Json>| value.and_then(Json::as_str) == Some("dedicated");
    match (dedicated(old), dedicated(new)) {
        (false, true) => Update::Replacement,
        _ => Update::InPlace,
    }
}

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
            "EnableDnsHostnames",
            "EnableDnsSupport",
            "InstanceTenancy",
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
        let (from, to): (Properties, Properties) = (read(old)?, new.read()?);
        let vpc_id: VpcId = id.parse()?;
        set_dns(account, vpc_id.clone(), &to)?;
        let tenancy = |properties: &Properties| properties.instance_tenancy.clone().unwrap_or("default".to_string());
        if tenancy(&from) != tenancy(&to) {
            account.run(ModifyVpcTenancy { vpc_id, instance_tenancy: tenancy(&to) })?;
        }
        tags::update(account, id, old, new.properties)?;
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        account.run(DeleteVpc { vpc_id: id.parse()? })?;
        Ok(())
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        let vpc = cloud.vpcs.get(&id.parse::<VpcId>().ok()?)?;
        Live::beside(properties)
            .may_be("CidrBlock", vpc.cidr_blocks.first().map(|b| b.block.to_string()))
            .is("EnableDnsHostnames", vpc.enable_dns_hostnames)
            .is("EnableDnsSupport", vpc.enable_dns_support)
            .is("InstanceTenancy", vpc.instance_tenancy.as_str())
            .tags(&vpc.tags)
            .done()
    }

    fn attribute(cloud: &Cloud, id: &str, name: &str) -> Option<Known> {
        let vpc = cloud.vpcs.get(&id.parse::<VpcId>().ok()?)?;
        Some(match name {
            "CidrBlock" => Known::Text(vpc.cidr_blocks.first()?.block.to_string()),
            "CidrBlockAssociations" => Known::List(vpc.cidr_blocks.iter().map(|b| b.association.to_string()).collect()),
            "DefaultNetworkAcl" => Known::Text(vpc.default_network_acl.to_string()),
            "DefaultSecurityGroup" => Known::Text(vpc.default_security_group.to_string()),
            "EnableDnsHostnames" => Known::Text(vpc.enable_dns_hostnames.to_string()),
            "EnableDnsSupport" => Known::Text(vpc.enable_dns_support.to_string()),
            "InstanceTenancy" => Known::Text(vpc.instance_tenancy.clone()),
            "Ipv6CidrBlocks" => Known::List(vpc.ipv6_cidr_blocks.iter().map(|b| b.block.to_string()).collect()),
            "VpcId" => Known::Text(vpc.id.to_string()),
            _ => return None,
        })
    }
}
