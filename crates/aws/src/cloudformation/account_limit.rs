//! Limits that hold for an account.

use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![DescribeAccountLimits];

/// Stacks of an account in a region.
const STACKS: u32 = 2000;
/// Outputs of a template.
const STACK_OUTPUTS: u32 = 200;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AccountLimit {
    name: &'static str,
    value: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeAccountLimits {
    #[serde(rename = "NextToken")]
    _next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeAccountLimitsOutput {
    account_limits: [AccountLimit; 2],
}

impl Operation for DescribeAccountLimits {
    const NAME: &'static str = "DescribeAccountLimits";
    type Output = DescribeAccountLimitsOutput;

    fn run(self, _: &mut Call<'_>) -> Result<DescribeAccountLimitsOutput, Fault> {
        let limit = |name, value| AccountLimit { name, value };
        Ok(DescribeAccountLimitsOutput {
            account_limits: [limit("StackLimit", STACKS), limit("StackOutputsLimit", STACK_OUTPUTS)],
        })
    }
}
