//! Updates cancelled, rollbacks asked for and gone on with.

use super::stack::{OneStack, refuse_retain_except_on_create};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

pub const OPERATIONS: &[Entry] = operations![CancelUpdateStack, ContinueUpdateRollback, RollbackStack];

/// An answer that says nothing.
#[derive(Serialize)]
pub struct Nothing {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CancelUpdateStack {
    stack_name: String,
    #[serde(rename = "ClientRequestToken")]
    _client_request_token: Option<String>,
}

impl Operation for CancelUpdateStack {
    const NAME: &'static str = "CancelUpdateStack";
    type Output = ();

    fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
        call.stacks()?.cancel_update(call.scope, &self.stack_name)?;
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ContinueUpdateRollback {
    stack_name: String,
    #[serde(default)]
    resources_to_skip: BTreeSet<String>,
    client_request_token: Option<String>,
}

impl Operation for ContinueUpdateRollback {
    const NAME: &'static str = "ContinueUpdateRollback";
    type Output = Nothing;

    fn run(self, call: &mut Call<'_>) -> Result<Nothing, Fault> {
        let ContinueUpdateRollback { stack_name, resources_to_skip, client_request_token } = self;
        let stacks = call.stacks()?;
        stacks.continue_update_rollback(call.scope, &stack_name, &resources_to_skip, client_request_token)?;
        Ok(Nothing {})
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct RollbackStack {
    stack_name: String,
    client_request_token: Option<String>,
    #[serde(default)]
    retain_except_on_create: bool,
}

impl Operation for RollbackStack {
    const NAME: &'static str = "RollbackStack";
    type Output = OneStack;

    fn run(self, call: &mut Call<'_>) -> Result<OneStack, Fault> {
        refuse_retain_except_on_create(self.retain_except_on_create)?;
        let begun = call.stacks()?.roll_back(call.scope, &self.stack_name, self.client_request_token)?;
        Ok(OneStack::of(begun.stack_id))
    }
}
