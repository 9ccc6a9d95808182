//! VPCs.

pub mod output;

use super::filter::Filters;
use super::listing::{Query, select};
use super::tag::TagSpecifications;
use super::vpc_cidr_block::{is_amazon_provided, own_border_group};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_model::vpc::Vpc;
use ipnet::Ipv4Net;
use output::VpcOutput;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![CreateVpc, CreateDefaultVpc, DeleteVpc, DescribeVpcs];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateVpc {
    cidr_block: String,
    instance_tenancy: Option<String>,
    amazon_provided_ipv6_cidr_block: Option<bool>,
    ipv6_cidr_block_network_border_group: Option<String>,
    #[serde(default)]
    tag_specifications: TagSpecifications,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateVpcOutput {
    vpc: VpcOutput,
}

/// # Errors
/// `InvalidParameterValue` for what is no block.
pub fn ipv4_block(text: &str) -> Result<Ipv4Net, Fault> {
    text.parse().map_err(|_| {
        Fault::invalid_value(format!(
            "Value ({text}) for parameter cidrBlock is invalid. This is not a valid CIDR block."
        ))
    })
}

impl Operation for CreateVpc {
    const NAME: &'static str = "CreateVpc";
    type Output = CreateVpcOutput;

    fn run(self, call: &mut Call<'_>) -> Result<CreateVpcOutput, Fault> {
        let amazon_provided_ipv6_cidr_block = is_amazon_provided(self.amazon_provided_ipv6_cidr_block);
        own_border_group(call, self.ipv6_cidr_block_network_border_group.as_deref(), amazon_provided_ipv6_cidr_block)?;
        let vpc = call.run(croft_control::CreateVpc {
            cidr_block: ipv4_block(&self.cidr_block)?,
            instance_tenancy: self.instance_tenancy,
            amazon_provided_ipv6_cidr_block,
            tags: self.tag_specifications.of("vpc")?,
        })?;
        Ok(CreateVpcOutput { vpc: VpcOutput::made(&call.cloud(), &vpc) })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateDefaultVpc {}

impl Operation for CreateDefaultVpc {
    const NAME: &'static str = "CreateDefaultVpc";
    type Output = CreateVpcOutput;

    fn run(self, call: &mut Call<'_>) -> Result<CreateVpcOutput, Fault> {
        let vpc = call.run(croft_control::CreateDefaultVpc {})?;
        Ok(CreateVpcOutput { vpc: VpcOutput::made(&call.cloud(), &vpc) })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteVpc {
    vpc_id: String,
}

impl Operation for DeleteVpc {
    const NAME: &'static str = "DeleteVpc";
    type Output = ();

    fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
        call.run(croft_control::DeleteVpc { vpc_id: self.vpc_id.parse()? })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeVpcs {
    #[serde(default)]
    vpc_ids: Vec<String>,
    #[serde(default)]
    filters: Filters,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeVpcsOutput {
    vpcs: Vec<VpcOutput>,
    next_token: Option<String>,
}

impl Operation for DescribeVpcs {
    const NAME: &'static str = "DescribeVpcs";
    type Output = DescribeVpcsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeVpcsOutput, Fault> {
        let cloud = call.cloud();
        let query = Query {
            ids: &self.vpc_ids,
            filters: &self.filters,
            max_results: self.max_results,
            next_token: self.next_token.as_deref(),
        };
        let page = select::<Vpc>(&cloud, call.scope, query)?;
        let vpcs = page.items.into_iter().map(|vpc| VpcOutput::of(&cloud, vpc)).collect();
        Ok(DescribeVpcsOutput { vpcs, next_token: page.next_token })
    }
}
