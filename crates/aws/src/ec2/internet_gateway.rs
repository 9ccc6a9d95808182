//! Internet gateways.

use super::filter::{FilterOf, Filters};
use super::listing::{Listed, Query, select};
use super::tag::{self, Tag, TagSpecifications};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_control::Cloud;
use croft_model::gateway::InternetGateway;
use croft_model::{InternetGatewayId, Tags};
use imbl::OrdMap;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![
    AttachInternetGateway,
    CreateInternetGateway,
    DeleteInternetGateway,
    DescribeInternetGateways,
    DetachInternetGateway,
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateInternetGateway {
    #[serde(default)]
    tag_specifications: TagSpecifications,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateInternetGatewayOutput {
    internet_gateway: InternetGatewayOutput,
}

impl Operation for CreateInternetGateway {
    const NAME: &'static str = "CreateInternetGateway";
    type Output = CreateInternetGatewayOutput;

    fn run(self, call: &mut Call<'_>) -> Result<CreateInternetGatewayOutput, Fault> {
        let tags = self.tag_specifications.of("internet-gateway")?;
        let gateway = call.run(croft_control::CreateInternetGateway { tags })?;
        Ok(CreateInternetGatewayOutput { internet_gateway: InternetGatewayOutput::of(&gateway) })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteInternetGateway {
    internet_gateway_id: String,
}

impl Operation for DeleteInternetGateway {
    const NAME: &'static str = "DeleteInternetGateway";
    type Output = ();

    fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
        call.run(croft_control::DeleteInternetGateway { internet_gateway_id: self.internet_gateway_id.parse()? })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AttachInternetGateway {
    internet_gateway_id: String,
    vpc_id: String,
}

impl Operation for AttachInternetGateway {
    const NAME: &'static str = "AttachInternetGateway";
    type Output = ();

    fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
        let internet_gateway_id = self.internet_gateway_id.parse()?;
        call.run(croft_control::AttachInternetGateway { internet_gateway_id, vpc_id: self.vpc_id.parse()? })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DetachInternetGateway {
    internet_gateway_id: String,
    vpc_id: String,
}

impl Operation for DetachInternetGateway {
    const NAME: &'static str = "DetachInternetGateway";
    type Output = ();

    fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
        let internet_gateway_id = self.internet_gateway_id.parse()?;
        call.run(croft_control::DetachInternetGateway { internet_gateway_id, vpc_id: self.vpc_id.parse()? })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeInternetGateways {
    #[serde(default)]
    internet_gateway_ids: Vec<String>,
    #[serde(default)]
    filters: Filters,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInternetGatewaysOutput {
    internet_gateways: Vec<InternetGatewayOutput>,
    next_token: Option<String>,
}

impl Operation for DescribeInternetGateways {
    const NAME: &'static str = "DescribeInternetGateways";
    type Output = DescribeInternetGatewaysOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeInternetGatewaysOutput, Fault> {
        let cloud = call.cloud();
        let query = Query {
            ids: &self.internet_gateway_ids,
            filters: &self.filters,
            max_results: self.max_results,
            next_token: self.next_token.as_deref(),
        };
        let page = select::<InternetGateway>(&cloud, call.scope, query)?;
        let internet_gateways = page.items.into_iter().map(InternetGatewayOutput::of).collect();
        Ok(DescribeInternetGatewaysOutput { internet_gateways, next_token: page.next_token })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct InternetGatewayOutput {
    attachments: Vec<InternetGatewayAttachment>,
    internet_gateway_id: String,
    owner_id: String,
    tags: Vec<Tag>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InternetGatewayAttachment {
    pub state: &'static str,
    pub vpc_id: String,
}

/// AWS says so of an internet gateway, and `attached` of an egress-only one.
const AVAILABLE: &str = "available";

impl InternetGatewayOutput {
    fn of(gateway: &InternetGateway) -> InternetGatewayOutput {
        let attachment = gateway.vpc.iter();
        InternetGatewayOutput {
            attachments: attachment
                .map(|vpc| InternetGatewayAttachment { state: AVAILABLE, vpc_id: vpc.to_string() })
                .collect(),
            internet_gateway_id: gateway.id.to_string(),
            owner_id: gateway.scope.account.to_string(),
            tags: tag::shown(&gateway.tags),
        }
    }
}

impl Listed for InternetGateway {
    type Id = InternetGatewayId;
    const FILTERS: &'static [FilterOf<InternetGateway>] = &[
        ("attachment.state", |_, gateway, found| gateway.vpc.iter().for_each(|_| found.text(AVAILABLE))),
        ("attachment.vpc-id", |_, gateway, found| gateway.vpc.iter().for_each(|vpc| found.text(vpc.as_str()))),
        ("internet-gateway-id", |_, gateway, found| found.text(gateway.id.as_str())),
        ("owner-id", |_, gateway, found| found.text(gateway.scope.account.as_str())),
    ];

    fn all(cloud: &Cloud) -> &OrdMap<InternetGatewayId, InternetGateway> {
        &cloud.internet_gateways
    }
    fn id(&self) -> &InternetGatewayId {
        &self.id
    }
    fn tags(&self) -> &Tags {
        &self.tags
    }
}
