//! Which subnets a route table routes.

use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_control::Cloud;
use croft_model::route::RouteTable;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![AssociateRouteTable, DisassociateRouteTable, ReplaceRouteTableAssociation];

/// With a subnet; gateways have no route tables of their own yet.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AssociateRouteTable {
    subnet_id: String,
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
        let association = call.run(croft_control::AssociateRouteTable {
            route_table_id: self.route_table_id.parse()?,
            subnet_id: self.subnet_id.parse()?,
        })?;
        Ok(AssociateRouteTableOutput { association_id: association.to_string(), association_state: ASSOCIATED })
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
    association_state: RouteTableAssociationState,
}

/// The associations of a table: with the VPC as its main table, with subnets.
pub fn of(cloud: &Cloud, table: &RouteTable) -> Vec<RouteTableAssociation> {
    let association = |id: &dyn ToString, subnet_id: Option<String>| RouteTableAssociation {
        main: subnet_id.is_none(),
        route_table_association_id: id.to_string(),
        route_table_id: table.id.to_string(),
        subnet_id,
        association_state: ASSOCIATED,
    };
    let main = cloud.vpcs.get(&table.vpc).filter(|v| v.main_route_table == table.id);
    let main = main.map(|v| association(&v.main_route_table_association, None));
    let subnets = cloud.subnets.values().filter_map(|s| {
        let (id, of) = s.route_table.as_ref()?;
        (*of == table.id).then(|| association(id, Some(s.id.to_string())))
    });
    main.into_iter().chain(subnets).collect()
}
