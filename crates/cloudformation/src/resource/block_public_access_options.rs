//! `AWS::EC2::VPCBlockPublicAccessOptions`: the setting of an account in a region. There is one; deleting the resource
//! turns it off.

use super::live::Live;
use super::schema::{Kind, Shape, property};
use super::*;
use croft_control::ModifyVpcBlockPublicAccessOptions;
use croft_model::block_public_access::InternetGatewayBlockMode;
use serde::Deserialize;

pub struct BlockPublicAccessOptions;

const PROPERTIES: &[Property] =
    &[property("InternetGatewayBlockMode", Kind::OneOf(&["block-bidirectional", "block-ingress"])).required()];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    internet_gateway_block_mode: InternetGatewayBlockMode,
}

/// As AWS writes a mode.
pub(super) fn word(mode: InternetGatewayBlockMode) -> &'static str {
    match mode {
        InternetGatewayBlockMode::Off => "off",
        InternetGatewayBlockMode::BlockBidirectional => "block-bidirectional",
        InternetGatewayBlockMode::BlockIngress => "block-ingress",
    }
}

fn mode(cloud: &Cloud) -> InternetGatewayBlockMode {
    cloud.settings.get(&cloud.home).map(|s| s.block_public_access.mode).unwrap_or_default()
}

fn set<A: Account>(account: &mut A, mode: InternetGatewayBlockMode) -> Result<(), Failure> {
    account.run(ModifyVpcBlockPublicAccessOptions { internet_gateway_block_mode: mode })?;
    Ok(())
}

impl Handler for BlockPublicAccessOptions {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::EC2::VPCBlockPublicAccessOptions",
        shape: Shape::free(PROPERTIES),
        attributes: &["AccountId", "ExclusionsAllowed"],
        refused_attributes: &[],
        which: Which::BlockPublicAccessOptions,
    };

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let properties: Properties = new.read()?;
        let cloud = account.cloud();
        if mode(&cloud) != InternetGatewayBlockMode::Off {
            let what = format!("block public access is {} in this region already", word(mode(&cloud)));
            return Err(Failure::Properties(what));
        }
        set(account, properties.internet_gateway_block_mode)?;
        Ok(cloud.home.account.to_string())
    }

    fn update<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>, new: &New) -> Result<String, Failure> {
        let properties: Properties = new.read()?;
        set(account, properties.internet_gateway_block_mode)?;
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, _: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        set(account, InternetGatewayBlockMode::Off)
    }

    fn live(cloud: &Cloud, _: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        match mode(cloud) {
            InternetGatewayBlockMode::Off => None,
            mode => Live::beside(properties).is("InternetGatewayBlockMode", word(mode)).done(),
        }
    }

    fn attribute(_: &Cloud, id: &str, name: &str) -> Option<Known> {
        match name {
            "AccountId" => Some(Known::Text(id.to_string())),
            "ExclusionsAllowed" => Some(Known::Text("allowed".to_string())),
            _ => None,
        }
    }
}
