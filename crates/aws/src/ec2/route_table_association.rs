//! Which subnets a route table routes, and which gateway.

use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_control::Cloud;
use croft_model::route::RouteTable;
use croft_model::{InternetGatewayId, RouteTableAssociationId};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![AssociateRouteTable, DisassociateRouteTable, ReplaceRouteTableAssociation];

/// With a subnet or a gateway.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AssociateRouteTable {
    subnet_id: Option<String>,
    gateway_id: Option<String>,
    route_table_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssociateRouteTableOutput {
    association_id: String,
    association_state: RouteTableAssociationState,
}

/// An association is there at once.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RouteTableAssociationState {
    state: &'static str,
}

const ASSOCIATED: RouteTableAssociationState = RouteTableAssociationState { state: "associated" };

impl Operation for AssociateRouteTable {
    const NAME: &'static str = "AssociateRouteTable";
    type Output = AssociateRouteTableOutput;

    fn run(self, call: &mut Call<'_>) -> Result<AssociateRouteTableOutput, Fault> {
        let route_table_id = self.route_table_id.parse()?;
        let association = match (self.subnet_id, self.gateway_id) {
            (Some(subnet), None) => {
                call.run(croft_control::AssociateRouteTable { route_table_id, subnet_id: subnet.parse()? })?
            }
            (None, Some(gateway)) => {
                let gateway_id = internet_gateway(&gateway)?;
                call.run(croft_control::AssociateGatewayRouteTable { route_table_id, gateway_id })?
            }
            (None, None) => return Err(Fault::new("MissingParameter", ONE)),
            (Some(_), Some(_)) => return Err(Fault::invalid_combination(ONE)),
        };
        Ok(AssociateRouteTableOutput { association_id: association.to_string(), association_state: ASSOCIATED })
    }
}

const ONE: &str = "The request must contain exactly one of subnetId, gatewayId";

fn internet_gateway(id: &str) -> Result<InternetGatewayId, Fault> {
    match id.starts_with("vgw-") {
        // No virtual private gateway can be made yet, so none exists.
        true => Err(Fault::new("InvalidGatewayID.NotFound", format!("The gateway ID '{id}' does not exist"))),
        false => Ok(id.parse()?),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DisassociateRouteTable {
    association_id: String,
}

impl Operation for DisassociateRouteTable {
    const NAME: &'static str = "DisassociateRouteTable";
    type Output = ();

    fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
        call.run(croft_control::DisassociateRouteTable { association_id: self.association_id.parse()? })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ReplaceRouteTableAssociation {
    association_id: String,
    route_table_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReplaceRouteTableAssociationOutput {
    new_association_id: String,
    association_state: RouteTableAssociationState,
}

impl Operation for ReplaceRouteTableAssociation {
    const NAME: &'static str = "ReplaceRouteTableAssociation";
    type Output = ReplaceRouteTableAssociationOutput;

    fn run(self, call: &mut Call<'_>) -> Result<ReplaceRouteTableAssociationOutput, Fault> {
        let association = call.run(croft_control::ReplaceRouteTableAssociation {
            association_id: self.association_id.parse()?,
            route_table_id: self.route_table_id.parse()?,
        })?;
        Ok(ReplaceRouteTableAssociationOutput {
            new_association_id: association.to_string(),
            association_state: ASSOCIATED,
        })
    }
}

/// An association as AWS shows it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RouteTableAssociation {
    pub main: bool,
    pub route_table_association_id: String,
    pub route_table_id: String,
    pub subnet_id: Option<String>,
    pub gateway_id: Option<String>,
    association_state: RouteTableAssociationState,
}

/// The associations of a table: with the VPC as its main table, with subnets, with the VPC's gateway.
pub fn of(cloud: &Cloud, table: &RouteTable) -> Vec<RouteTableAssociation> {
    let association = |id: &RouteTableAssociationId| RouteTableAssociation {
        main: false,
        route_table_association_id: id.to_string(),
        route_table_id: table.id.to_string(),
        subnet_id: None,
        gateway_id: None,
        association_state: ASSOCIATED,
    };
    let mut all = Vec::new();
    if let Some(vpc) = cloud.vpcs.get(&table.vpc).filter(|v| v.main_route_table == table.id) {
        all.push(RouteTableAssociation { main: true, ..association(&vpc.main_route_table_association) });
    }
    for subnet in cloud.subnets.values() {
        if let Some((id, _)) = subnet.route_table.as_ref().filter(|(_, of)| *of == table.id) {
            all.push(RouteTableAssociation { subnet_id: Some(subnet.id.to_string()), ..association(id) });
        }
    }
    for gateway in cloud.internet_gateways.values() {
        if let Some((id, _)) = gateway.route_table.as_ref().filter(|(_, of)| *of == table.id) {
            all.push(RouteTableAssociation { gateway_id: Some(gateway.id.to_string()), ..association(id) });
        }
    }
    all
}
