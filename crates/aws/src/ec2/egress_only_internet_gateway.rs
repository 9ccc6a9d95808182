//! Egress-only internet gateways: kept and returned; no packet yet.

use super::filter::{FilterOf, Filters};
use super::internet_gateway::InternetGatewayAttachment;
use super::listing::{Listed, Query, identifiers, select};
use super::tag::{self, Tag, TagSpecifications};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_control::Cloud;
use croft_model::gateway::EgressOnlyInternetGateway;
use croft_model::{EgressOnlyInternetGatewayId, Scoped, Tags};
use imbl::OrdMap;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] =
    operations![CreateEgressOnlyInternetGateway, DeleteEgressOnlyInternetGateway, DescribeEgressOnlyInternetGateways,];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateEgressOnlyInternetGateway {
    vpc_id: String,
    #[serde(default)]
    tag_specifications: TagSpecifications,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateEgressOnlyInternetGatewayOutput {
    client_token: Option<String>,
    egress_only_internet_gateway: GatewayOutput,
}

impl Operation for CreateEgressOnlyInternetGateway {
    const NAME: &'static str = "CreateEgressOnlyInternetGateway";
    type Output = CreateEgressOnlyInternetGatewayOutput;

    fn run(self, call: &mut Call<'_>) -> Result<CreateEgressOnlyInternetGatewayOutput, Fault> {
        let gateway = call.run(croft_control::CreateEgressOnlyInternetGateway {
            vpc_id: self.vpc_id.parse()?,
            tags: self.tag_specifications.of("egress-only-internet-gateway")?,
        })?;
        Ok(CreateEgressOnlyInternetGatewayOutput {
            client_token: call.client_token().map(String::from),
            egress_only_internet_gateway: GatewayOutput::of(&gateway),
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteEgressOnlyInternetGateway {
    egress_only_internet_gateway_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteEgressOnlyInternetGatewayOutput {
    return_code: bool,
}

impl Operation for DeleteEgressOnlyInternetGateway {
    const NAME: &'static str = "DeleteEgressOnlyInternetGateway";
    type Output = DeleteEgressOnlyInternetGatewayOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DeleteEgressOnlyInternetGatewayOutput, Fault> {
        let egress_only_internet_gateway_id = self.egress_only_internet_gateway_id.parse()?;
        call.run(croft_control::DeleteEgressOnlyInternetGateway { egress_only_internet_gateway_id })?;
        Ok(DeleteEgressOnlyInternetGatewayOutput { return_code: true })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeEgressOnlyInternetGateways {
    #[serde(default)]
    egress_only_internet_gateway_ids: Vec<String>,
    #[serde(default)]
    filters: Filters,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeEgressOnlyInternetGatewaysOutput {
    egress_only_internet_gateways: Vec<GatewayOutput>,
    next_token: Option<String>,
}

impl Operation for DescribeEgressOnlyInternetGateways {
    const NAME: &'static str = "DescribeEgressOnlyInternetGateways";
    type Output = DescribeEgressOnlyInternetGatewaysOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeEgressOnlyInternetGatewaysOutput, Fault> {
        let cloud = call.cloud();
        // AWS answers a list without those that do not exist.
        let asked: Vec<EgressOnlyInternetGatewayId> = identifiers(&self.egress_only_internet_gateway_ids)?;
        let there = |id: &&EgressOnlyInternetGatewayId| {
            cloud.egress_only_internet_gateways.get(*id).is_some_and(|g| g.scope() == call.scope)
        };
        let ids: Vec<String> = asked.iter().filter(there).map(ToString::to_string).collect();
        if ids.is_empty() && !asked.is_empty() {
            return Ok(DescribeEgressOnlyInternetGatewaysOutput {
                egress_only_internet_gateways: vec![],
                next_token: None,
            });
        }
        let query = Query {
            ids: &ids,
            filters: &self.filters,
            max_results: self.max_results,
            next_token: self.next_token.as_deref(),
        };
        let page = select::<EgressOnlyInternetGateway>(&cloud, call.scope, query)?;
        let egress_only_internet_gateways = page.items.into_iter().map(GatewayOutput::of).collect();
        Ok(DescribeEgressOnlyInternetGatewaysOutput { egress_only_internet_gateways, next_token: page.next_token })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GatewayOutput {
    attachments: Vec<InternetGatewayAttachment>,
    egress_only_internet_gateway_id: String,
    tags: Vec<Tag>,
}

impl GatewayOutput {
    fn of(gateway: &EgressOnlyInternetGateway) -> GatewayOutput {
        GatewayOutput {
            attachments: vec![InternetGatewayAttachment { state: "attached", vpc_id: gateway.vpc.to_string() }],
            egress_only_internet_gateway_id: gateway.id.to_string(),
            tags: tag::shown(&gateway.tags),
        }
    }
}

impl Listed for EgressOnlyInternetGateway {
    type Id = EgressOnlyInternetGatewayId;
    /// AWS documents none but those of tags.
    const FILTERS: &'static [FilterOf<EgressOnlyInternetGateway>] = &[];

    fn all(cloud: &Cloud) -> &OrdMap<EgressOnlyInternetGatewayId, EgressOnlyInternetGateway> {
        &cloud.egress_only_internet_gateways
    }
    fn id(&self) -> &EgressOnlyInternetGatewayId {
        &self.id
    }
    fn tags(&self) -> &Tags {
        &self.tags
    }
}
