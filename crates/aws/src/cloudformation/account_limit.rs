//! Limits that hold for an account.

use super::page::page;
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
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeAccountLimitsOutput {
    account_limits: Vec<AccountLimit>,
    next_token: Option<String>,
}

impl Operation for DescribeAccountLimits {
    const NAME: &'static str = "DescribeAccountLimits";
    type Output = DescribeAccountLimitsOutput;

    fn run(self, _: &mut Call<'_>) -> Result<DescribeAccountLimitsOutput, Fault> {
        let limit = |name, value| AccountLimit { name, value };
        let limits = [limit("StackLimit", STACKS), limit("StackOutputsLimit", STACK_OUTPUTS)];
        let page = page(limits.into_iter(), self.next_token.as_deref(), |limit| limit.name.to_string())?;
        Ok(DescribeAccountLimitsOutput { account_limits: page.items, next_token: page.next_token })
    }
}
