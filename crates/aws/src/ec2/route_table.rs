//! Route tables.

use super::filter::{FilterOf, Filters};
use super::listing::{Listed, Query, select};
use super::route::{self, RouteOutput};
use super::route_table_association::{self, RouteTableAssociation};
use super::tag::{self, Tag, TagSpecifications};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_control::{Cloud, Identified};
use croft_model::route::RouteTable;
use croft_model::{RouteTableId, Tags};
use imbl::OrdMap;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![
    CreateRouteTable,
    DeleteRouteTable,
    DescribeRouteTables,
    EnableVgwRoutePropagation,
    DisableVgwRoutePropagation,
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateRouteTable {
    vpc_id: String,
    #[serde(default)]
    tag_specifications: TagSpecifications,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateRouteTableOutput {
    route_table: RouteTableOutput,
    client_token: Option<String>,
}

impl Operation for CreateRouteTable {
    const NAME: &'static str = "CreateRouteTable";
    type Output = CreateRouteTableOutput;

    fn run(self, call: &mut Call<'_>) -> Result<CreateRouteTableOutput, Fault> {
        let table = call.run(croft_control::CreateRouteTable {
            vpc_id: self.vpc_id.parse()?,
            tags: self.tag_specifications.of("route-table")?,
        })?;
        let client_token = call.client_token().map(String::from);
        Ok(CreateRouteTableOutput { route_table: RouteTableOutput::of(&call.cloud(), &table), client_token })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteRouteTable {
    route_table_id: String,
}

impl Operation for DeleteRouteTable {
    const NAME: &'static str = "DeleteRouteTable";
    type Output = ();

    fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
        call.run(croft_control::DeleteRouteTable { route_table_id: self.route_table_id.parse()? })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeRouteTables {
    #[serde(default)]
    route_table_ids: Vec<String>,
    #[serde(default)]
    filters: Filters,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeRouteTablesOutput {
    route_tables: Vec<RouteTableOutput>,
    next_token: Option<String>,
}

impl Operation for DescribeRouteTables {
    const NAME: &'static str = "DescribeRouteTables";
    type Output = DescribeRouteTablesOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeRouteTablesOutput, Fault> {
        let cloud = call.cloud();
        let query = Query {
            ids: &self.route_table_ids,
            filters: &self.filters,
            max_results: self.max_results,
            next_token: self.next_token.as_deref(),
        };
        let page = select::<RouteTable>(&cloud, call.scope, query)?;
        Ok(DescribeRouteTablesOutput {
            route_tables: page.items.into_iter().map(|table| RouteTableOutput::of(&cloud, table)).collect(),
            next_token: page.next_token,
        })
    }
}

/// A filter by one member of the associations, of the routes.
macro_rules! each {
    (association.$member:ident) => {
        |cloud, table, found| {
            let all = route_table_association::of(cloud, table);
            all.iter().filter_map(|a| a.$member.as_ref()).for_each(|value| found.text(value));
        }
    };
    (route.$member:ident) => {
        |cloud, table, found| {
            let all = route::all(cloud, table);
            all.iter().filter_map(|r| r.$member.as_ref()).for_each(|value| found.text(value));
        }
    };
}

impl Listed for RouteTable {
    type Id = RouteTableId;
    const FILTERS: &'static [FilterOf<RouteTable>] = &[
        ("association.gateway-id", each!(association.gateway_id)),
        ("association.main", |cloud, table, found| {
            route_table_association::of(cloud, table).iter().for_each(|a| found.flag(a.main));
        }),
        ("association.route-table-association-id", |cloud, table, found| {
            let all = route_table_association::of(cloud, table);
            all.iter().for_each(|a| found.text(&a.route_table_association_id));
        }),
        ("association.route-table-id", |cloud, table, found| {
            let all = route_table_association::of(cloud, table);
            all.iter().for_each(|a| found.text(&a.route_table_id));
        }),
        ("association.subnet-id", each!(association.subnet_id)),
        ("owner-id", |_, table, found| found.text(table.scope.account.as_str())),
        ("route-table-id", |_, table, found| found.text(table.id.as_str())),
        ("route.destination-cidr-block", each!(route.destination_cidr_block)),
        ("route.destination-ipv6-cidr-block", each!(route.destination_ipv6_cidr_block)),
        ("route.destination-prefix-list-id", each!(route.destination_prefix_list_id)),
        ("route.egress-only-internet-gateway-id", each!(route.egress_only_internet_gateway_id)),
        ("route.gateway-id", each!(route.gateway_id)),
        ("route.instance-id", each!(route.instance_id)),
        ("route.nat-gateway-id", each!(route.nat_gateway_id)),
        ("route.origin", |cloud, table, found| {
            route::all(cloud, table).iter().for_each(|r| found.text(r.origin));
        }),
        ("route.state", |cloud, table, found| {
            route::all(cloud, table).iter().for_each(|r| found.text(r.state));
        }),
        ("route.transit-gateway-id", |_, _, _| {}),
        ("route.vpc-peering-connection-id", |_, _, _| {}),
        ("vpc-id", |_, table, found| found.text(table.vpc.as_str())),
    ];

    fn all(cloud: &Cloud) -> &OrdMap<RouteTableId, RouteTable> {
        &cloud.route_tables
    }
    fn id(&self) -> &RouteTableId {
        &self.id
    }
    fn tags(&self) -> &Tags {
        &self.tags
    }
}

/// A route table as AWS shows it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RouteTableOutput {
    associations: Vec<RouteTableAssociation>,
    /// There are no virtual private gateways yet.
    propagating_vgws: [(); 0],
    route_table_id: String,
    routes: Vec<RouteOutput>,
    tags: Vec<Tag>,
    vpc_id: String,
    owner_id: String,
}

impl RouteTableOutput {
    pub fn of(cloud: &Cloud, table: &RouteTable) -> RouteTableOutput {
        RouteTableOutput {
            associations: route_table_association::of(cloud, table),
            propagating_vgws: [],
            route_table_id: table.id.to_string(),
            routes: route::all(cloud, table),
            tags: tag::shown(&table.tags),
            vpc_id: table.vpc.to_string(),
            owner_id: table.scope.account.to_string(),
        }
    }
}

macro_rules! propagation { ($($name:ident)*) => { $(
    /// There are no virtual private gateways yet: whichever is named is not found.
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase", deny_unknown_fields)]
    pub struct $name {
        gateway_id: String,
        route_table_id: String,
    }

    impl Operation for $name {
        const NAME: &'static str = stringify!($name);
        type Output = ();

        fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
            let cloud = call.cloud();
            let id: RouteTableId = self.route_table_id.parse()?;
            cloud.route_tables.get(&id).filter(|t| t.scope == *call.scope).ok_or_else(|| id.not_found())?;
            let message = format!("The vpnGateway ID '{}' does not exist", self.gateway_id);
            Err(Fault::new("InvalidVpnGatewayID.NotFound", message))
        }
    }
)* } }

propagation! { EnableVgwRoutePropagation DisableVgwRoutePropagation }
