//! `AWS::EC2::VPCGatewayAttachment`: an internet gateway on its VPC (row IGW-1).

use super::live::Live;
use super::schema::{Kind, Shape, property, refused};
use super::*;
use croft_control::{AttachInternetGateway, DetachInternetGateway};
use croft_model::{InternetGatewayId, VpcId};
use serde::Deserialize;

pub struct VpcGatewayAttachment;

const NO_VPN: &str = "give InternetGatewayId: virtual private gateways are not supported";

const PROPERTIES: &[Property] = &[
    property("InternetGatewayId", Kind::Id("igw")).required_because(NO_VPN),
    property("VpcId", Kind::Id("vpc")).required().replaces(),
    refused("VpnGatewayId", NO_VPN),
];

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    internet_gateway_id: InternetGatewayId,
    vpc_id: VpcId,
}

fn attach<A: Account>(account: &mut A, properties: Properties) -> Result<String, Failure> {
    let Properties { internet_gateway_id, vpc_id } = properties;
    let id = format!("IGW|{vpc_id}");
    account.run(AttachInternetGateway { internet_gateway_id, vpc_id })?;
    Ok(id)
}

fn detach<A: Account>(account: &mut A, properties: &Map<String, Json>) -> Result<(), Failure> {
    let Properties { internet_gateway_id, vpc_id } = read(properties)?;
    account.run(DetachInternetGateway { internet_gateway_id, vpc_id })?;
    Ok(())
}

impl Handler for VpcGatewayAttachment {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::EC2::VPCGatewayAttachment",
        shape: Shape::free(PROPERTIES),
        attributes: &["AttachmentType"],
        refused_attributes: &[],
        which: Which::VpcGatewayAttachment,
    };

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        attach(account, new.read()?)
    }

    fn update<A: Account>(account: &mut A, id: &str, old: &Map<String, Json>, new: &New) -> Result<String, Failure> {
        let properties: Properties = new.read()?;
        if read::<Properties>(old)? == properties {
            return Ok(id.to_string());
        }
        // A VPC has one gateway at a time, and a gateway one VPC: the old attachment has to go first.
        Self::delete(account, id, old)?;
        attach(account, properties)
    }

    fn moves(old: &Map<String, Json>, new: &Map<String, Json>) -> bool {
        old.get("InternetGatewayId") == new.get("InternetGatewayId")
    }

    fn delete<A: Account>(account: &mut A, _: &str, properties: &Map<String, Json>) -> Result<(), Failure> {
        match detach(account, properties) {
            // The gateway is attached no more, or to another VPC: either is gone from here.
            Err(Failure::Refused(e)) if e.code == "Gateway.NotAttached" => Ok(()),
            result => result,
        }
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        let vpc: VpcId = id.strip_prefix("IGW|")?.parse().ok()?;
        let gateway = cloud.internet_gateway_of(&vpc)?;
        Live::beside(properties).is("InternetGatewayId", gateway.id.as_str()).is("VpcId", vpc.as_str()).done()
    }

    fn attribute(_: &Cloud, _: &str, name: &str) -> Option<Known> {
        (name == "AttachmentType").then(|| Known::Text("IGW".to_string()))
    }
}
