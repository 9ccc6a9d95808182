//! `AWS::EC2::InternetGateway` (row IGW-1).

use super::live::Live;
use super::schema::{Shape, TAGS};
use super::*;
use croft_control::{CreateInternetGateway, DeleteInternetGateway};
use croft_model::InternetGatewayId;

pub struct InternetGateway;

impl Handler for InternetGateway {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::EC2::InternetGateway",
        shape: Shape::free(&[TAGS]),
        attributes: &["InternetGatewayId"],
        refused_attributes: &[],
        which: Which::InternetGateway,
    };

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        Ok(account.run(CreateInternetGateway { tags: new.tags() })?.id.to_string())
    }

    fn update<A: Account>(account: &mut A, id: &str, old: &Map<String, Json>, new: &New) -> Result<String, Failure> {
        tags::update(account, id, old, new.properties)?;
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        account.run(DeleteInternetGateway { internet_gateway_id: id.parse()? })?;
        Ok(())
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        let gateway = cloud.internet_gateways.get(&id.parse::<InternetGatewayId>().ok()?)?;
        Live::beside(properties).tags(&gateway.tags).done()
    }

    fn attribute(_: &Cloud, id: &str, name: &str) -> Option<Known> {
        (name == "InternetGatewayId").then(|| Known::Text(id.to_string()))
    }
}
