//! `AWS::EC2::SubnetRouteTableAssociation` (row RT-3).

use super::live::Live;
use super::schema::{Kind, Shape, property};
use super::*;
use croft_control::{AssociateRouteTable, DisassociateRouteTable, ReplaceRouteTableAssociation};
use croft_model::{RouteTableId, SubnetId};
use serde::Deserialize;

pub struct SubnetRouteTableAssociation;

const PROPERTIES: &[Property] = &[
    property("RouteTableId", Kind::Id("rtb")).required(),
    property("SubnetId", Kind::Id("subnet")).required().replaces(),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    route_table_id: RouteTableId,
    subnet_id: SubnetId,
}

impl Handler for SubnetRouteTableAssociation {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::EC2::SubnetRouteTableAssociation",
        shape: Shape::free(PROPERTIES),
        attributes: &["Id"],
        refused_attributes: &[],
        which: Which::SubnetRouteTableAssociation,
    };

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let Properties { route_table_id, subnet_id } = new.read()?;
        Ok(account.run(AssociateRouteTable { route_table_id, subnet_id })?.to_string())
    }

    fn update<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>, new: &New) -> Result<String, Failure> {
        let Properties { route_table_id, .. } = new.read()?;
        let association_id = id.parse()?;
        Ok(account.run(ReplaceRouteTableAssociation { association_id, route_table_id })?.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        account.run(DisassociateRouteTable { association_id: id.parse()? })?;
        Ok(())
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        let of = |s: &&croft_model::subnet::Subnet| s.route_table.as_ref().is_some_and(|(a, _)| a.as_str() == id);
        let subnet = cloud.subnets.values().find(of)?;
        let (_, table) = subnet.route_table.as_ref()?;
        Live::beside(properties).is("RouteTableId", table.as_str()).is("SubnetId", subnet.id.as_str()).done()
    }

    fn attribute(_: &Cloud, id: &str, name: &str) -> Option<Known> {
        (name == "Id").then(|| Known::Text(id.to_string()))
    }
}
