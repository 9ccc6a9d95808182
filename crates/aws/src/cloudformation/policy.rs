//! Stack policies. Croft takes none, so no stack has one.

use super::named::known;
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![GetStackPolicy];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GetStackPolicy {
    stack_name: String,
}

/// The policy, if there were one.
#[derive(Serialize)]
pub struct GetStackPolicyOutput {}

impl Operation for GetStackPolicy {
    const NAME: &'static str = "GetStackPolicy";
    type Output = GetStackPolicyOutput;

    fn run(self, call: &mut Call<'_>) -> Result<GetStackPolicyOutput, Fault> {
        known(&call.cloud(), call.scope, &self.stack_name)?;
        Ok(GetStackPolicyOutput {})
    }
}
