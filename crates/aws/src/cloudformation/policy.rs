//! Stack policies: set and shown. What they hold against is `croft-cloudformation`'s.

use super::named::{invalid, known};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![SetStackPolicy, GetStackPolicy];

/// Of a policy that a URL leads to, in bytes; the model judges one in a request.
const LONGEST: usize = 16_384;

/// The text of a policy. None: the request has neither. `name`: of the parameter, without `Body` or `URL`.
///
/// # Errors
/// `ValidationError` for both at once, for a URL that leads nowhere and for a policy that is too long.
pub fn text(call: &Call<'_>, name: &str, body: Option<String>, url: Option<String>) -> Result<Option<String>, Fault> {
    let Some(url) = url else { return Ok(body) };
    if body.is_some() {
        return Err(invalid(format!("You cannot specify both {name}URL and {name}Body")));
    }
    let text = call.stacks()?.host().template(&url).map_err(invalid)?;
    match text.len() > LONGEST {
        true => Err(invalid(format!("Stack policy may not exceed {LONGEST} bytes in size."))),
        false => Ok(Some(text)),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SetStackPolicy {
    stack_name: String,
    stack_policy_body: Option<String>,
    #[serde(rename = "StackPolicyURL")]
    stack_policy_url: Option<String>,
}

impl Operation for SetStackPolicy {
    const NAME: &'static str = "SetStackPolicy";
    type Output = ();

    fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
        known(&call.cloud(), call.scope, &self.stack_name)?;
        let policy = text(call, "StackPolicy", self.stack_policy_body, self.stack_policy_url)?;
        let policy = policy.ok_or_else(|| invalid("Either StackPolicyURL or StackPolicyBody must be specified."))?;
        Ok(call.stacks()?.set_policy(call.scope, &self.stack_name, &policy)?)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GetStackPolicy {
    stack_name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetStackPolicyOutput {
    /// While an update is held against one of its own, that one.
    stack_policy_body: Option<String>,
}

impl Operation for GetStackPolicy {
    const NAME: &'static str = "GetStackPolicy";
    type Output = GetStackPolicyOutput;

    fn run(self, call: &mut Call<'_>) -> Result<GetStackPolicyOutput, Fault> {
        let cloud = call.cloud();
        let stack = known(&cloud, call.scope, &self.stack_name)?;
        Ok(GetStackPolicyOutput { stack_policy_body: stack.policy().map(String::from) })
    }
}
