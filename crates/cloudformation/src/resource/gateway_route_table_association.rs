//! `AWS::EC2::GatewayRouteTableAssociation` (row RT-7).

use super::live::Live;
use super::schema::{Kind, Shape, property};
use super::*;
use croft_control::{AssociateGatewayRouteTable, DisassociateRouteTable, ReplaceRouteTableAssociation};
use croft_model::{InternetGatewayId, RouteTableAssociationId, RouteTableId};
use serde::Deserialize;

pub struct GatewayRouteTableAssociation;

const PROPERTIES: &[Property] = &[
    property("GatewayId", Kind::Id("igw")).required().replaces(),
    property("RouteTableId", Kind::Id("rtb")).required(),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    gateway_id: InternetGatewayId,
    route_table_id: RouteTableId,
}

/// The association that a gateway has now.
fn association(cloud: &Cloud, gateway: &str) -> Option<(RouteTableAssociationId, RouteTableId)> {
    let gateway: InternetGatewayId = gateway.parse().ok()?;
    cloud.internet_gateways.get(&gateway)?.route_table.clone()
}

impl Handler for GatewayRouteTableAssociation {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::EC2::GatewayRouteTableAssociation",
        shape: Shape::free(PROPERTIES),
        attributes: &["AssociationId"],
        refused_attributes: &[],
        which: Which::GatewayRouteTableAssociation,
    };

    /// Its identifier is the gateway's, as on AWS.
    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let Properties { gateway_id, route_table_id } = new.read()?;
        let id = gateway_id.to_string();
        account.run(AssociateGatewayRouteTable { route_table_id, gateway_id })?;
        Ok(id)
    }

    fn update<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>, new: &New) -> Result<String, Failure> {
        let Properties { gateway_id, route_table_id } = new.read()?;
        match association(&account.cloud(), id) {
            Some((association_id, _)) => {
                account.run(ReplaceRouteTableAssociation { association_id, route_table_id })?;
            }
            None => {
                account.run(AssociateGatewayRouteTable { route_table_id, gateway_id })?;
            }
        }
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, properties: &Map<String, Json>) -> Result<(), Failure> {
        let Properties { route_table_id, .. } = read(properties)?;
        // Another table that somebody gave the gateway is not this resource's.
        if let Some((association_id, _)) = association(&account.cloud(), id).filter(|(_, of)| *of == route_table_id) {
            account.run(DisassociateRouteTable { association_id })?;
        }
        Ok(())
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        let (_, table) = association(cloud, id)?;
        Live::beside(properties).is("GatewayId", id).is("RouteTableId", table.as_str()).done()
    }

    fn attribute(cloud: &Cloud, id: &str, name: &str) -> Option<Known> {
        let (association, _) = association(cloud, id).filter(|_| name == "AssociationId")?;
        Some(Known::Text(association.to_string()))
    }
}
