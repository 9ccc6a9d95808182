//! `AWS::EC2::EgressOnlyInternetGateway` (row NET-9).

use super::live::Live;
use super::schema::{Kind, Shape, TAGS, property};
use super::*;
use croft_control::{CreateEgressOnlyInternetGateway, DeleteEgressOnlyInternetGateway};
use croft_model::{EgressOnlyInternetGatewayId, VpcId};
use serde::Deserialize;

pub struct EgressOnlyInternetGateway;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    vpc_id: VpcId,
}

impl Handler for EgressOnlyInternetGateway {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::EC2::EgressOnlyInternetGateway",
        shape: Shape::free(&[TAGS, property("VpcId", Kind::Id("vpc")).required().replaces()]),
        attributes: &["Id"],
        refused_attributes: &[],
        which: Which::EgressOnlyInternetGateway,
    };

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let Properties { vpc_id } = new.read()?;
        Ok(account.run(CreateEgressOnlyInternetGateway { vpc_id, tags: new.tags() })?.id.to_string())
    }

    fn update<A: Account>(account: &mut A, id: &str, old: &Map<String, Json>, new: &New) -> Result<String, Failure> {
        tags::update(account, id, old, new.properties)?;
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        account.run(DeleteEgressOnlyInternetGateway { egress_only_internet_gateway_id: id.parse()? })?;
        Ok(())
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        let id: EgressOnlyInternetGatewayId = id.parse().ok()?;
        let gateway = cloud.egress_only_internet_gateways.get(&id)?;
        Live::beside(properties).is("VpcId", gateway.vpc.as_str()).tags(&gateway.tags).done()
    }

    fn attribute(_: &Cloud, id: &str, name: &str) -> Option<Known> {
        (name == "Id").then(|| Known::Text(id.to_string()))
    }
}
