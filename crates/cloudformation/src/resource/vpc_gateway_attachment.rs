//! `AWS::EC2::VPCGatewayAttachment`: an internet gateway on its VPC (row IGW-1).

use super::schema::{Kind, Shape, property, refused};
use super::*;
use croft_control::{AttachInternetGateway, DetachInternetGateway};
use croft_model::{InternetGatewayId, VpcId};
use serde::Deserialize;

pub struct VpcGatewayAttachment;

const PROPERTIES: &[Property] = &[
    property("InternetGatewayId", Kind::Id("igw")).required(),
    property("VpcId", Kind::Id("vpc")).required().replaces(),
    refused("VpnGatewayId", "give InternetGatewayId: virtual private gateways are not supported"),
];

#[derive(Deserialize)]
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
        if read::<Properties>(old)?.internet_gateway_id == properties.internet_gateway_id {
            return Ok(id.to_string());
        }
        // A VPC has one gateway at a time: the old one has to go first.
        detach(account, old)?;
        attach(account, properties).or_else(|failure| {
            attach(account, read(old)?)?;
            Err(failure)
        })
    }

    fn delete<A: Account>(account: &mut A, _: &str, properties: &Map<String, Json>) -> Result<(), Failure> {
        match detach(account, properties) {
            Err(Failure::Refused(e)) if e.code == "Gateway.NotAttached" => Ok(()),
            result => result,
        }
    }

    fn attribute(_: &Cloud, _: &str, name: &str) -> Option<Known> {
        (name == "AttachmentType").then(|| Known::Text("IGW".to_string()))
    }
}
