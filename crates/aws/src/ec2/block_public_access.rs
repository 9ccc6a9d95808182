//! Block public access: a region's setting.

use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_model::block_public_access::{BlockPublicAccess, InternetGatewayBlockMode};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![DescribeVpcBlockPublicAccessOptions, ModifyVpcBlockPublicAccessOptions];

/// What a VPC or subnet shows of it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BlockPublicAccessStates {
    internet_gateway_block_mode: InternetGatewayBlockMode,
}

impl BlockPublicAccessStates {
    pub fn of(internet_gateway_block_mode: InternetGatewayBlockMode) -> BlockPublicAccessStates {
        BlockPublicAccessStates { internet_gateway_block_mode }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct OptionsOutput {
    vpc_block_public_access_options: VpcBlockPublicAccessOptions,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct VpcBlockPublicAccessOptions {
    aws_account_id: String,
    aws_region: String,
    state: &'static str,
    internet_gateway_block_mode: InternetGatewayBlockMode,
    last_update_timestamp: Option<i64>,
    managed_by: &'static str,
    exclusions_allowed: &'static str,
}

impl OptionsOutput {
    fn of(call: &Call<'_>, options: &BlockPublicAccess) -> OptionsOutput {
        let vpc_block_public_access_options = VpcBlockPublicAccessOptions {
            aws_account_id: call.scope.account.to_string(),
            aws_region: call.scope.region.to_string(),
            state: if options.updated.is_some() { "update-complete" } else { "default-state" },
            internet_gateway_block_mode: options.mode,
            last_update_timestamp: options.updated.map(millis),
            managed_by: "account",
            exclusions_allowed: "allowed",
        };
        OptionsOutput { vpc_block_public_access_options }
    }
}

/// From seconds.
pub fn millis(seconds: u64) -> i64 {
    i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeVpcBlockPublicAccessOptions {}

impl Operation for DescribeVpcBlockPublicAccessOptions {
    const NAME: &'static str = "DescribeVpcBlockPublicAccessOptions";
    type Output = OptionsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<OptionsOutput, Fault> {
        let settings = call.cloud().settings.get(call.scope).cloned().unwrap_or_default();
        Ok(OptionsOutput::of(call, &settings.block_public_access))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ModifyVpcBlockPublicAccessOptions {
    internet_gateway_block_mode: InternetGatewayBlockMode,
}

impl Operation for ModifyVpcBlockPublicAccessOptions {
    const NAME: &'static str = "ModifyVpcBlockPublicAccessOptions";
    type Output = OptionsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<OptionsOutput, Fault> {
        let options = call.run(croft_control::ModifyVpcBlockPublicAccessOptions {
            internet_gateway_block_mode: self.internet_gateway_block_mode,
        })?;
        Ok(OptionsOutput::of(call, &options))
    }
}
