//! `AWS::EC2::RouteTable` (row RT-3).

use super::live::Live;
use super::schema::{Kind, Shape, TAGS, property};
use super::*;
use croft_control::{CreateRouteTable, DeleteRouteTable};
use croft_model::{RouteTableId, VpcId};
use serde::Deserialize;

pub struct RouteTable;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    vpc_id: VpcId,
}

impl Handler for RouteTable {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::EC2::RouteTable",
        shape: Shape::free(&[TAGS, property("VpcId", Kind::Id("vpc")).required().replaces()]),
        attributes: &["RouteTableId"],
        refused_attributes: &[],
        which: Which::RouteTable,
    };

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let Properties { vpc_id } = new.read()?;
        Ok(account.run(CreateRouteTable { vpc_id, tags: new.tags() })?.id.to_string())
    }

    fn update<A: Account>(account: &mut A, id: &str, old: &Map<String, Json>, new: &New) -> Result<String, Failure> {
        tags::update(account, id, old, new.properties)?;
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        account.run(DeleteRouteTable { route_table_id: id.parse()? })?;
        Ok(())
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        let table = cloud.route_tables.get(&id.parse::<RouteTableId>().ok()?)?;
        Live::beside(properties).is("VpcId", table.vpc.as_str()).tags(&table.tags).done()
    }

    fn attribute(_: &Cloud, id: &str, name: &str) -> Option<Known> {
        (name == "RouteTableId").then(|| Known::Text(id.to_string()))
    }
}
