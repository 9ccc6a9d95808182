//! Change sets: made, carried out, thrown away.

pub mod describe;

use super::parameter::{self, ParameterInput};
use super::rollback::Nothing;
use super::stack::{RollbackConfiguration, check_name, of_update, refuse_retain_except_on_create};
use super::tag::{self, Tag};
use super::{capability, named};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_cloudformation::stack::Asked;
use croft_cloudformation::stack::change_set::{Execution, Proposal};
use croft_model::stack::{ChangeSetKind, OnFailure};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

pub const OPERATIONS: &[Entry] = operations![CreateChangeSet, ExecuteChangeSet, DeleteChangeSet];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateChangeSet {
    stack_name: String,
    template_body: Option<String>,
    #[serde(rename = "TemplateURL")]
    template_url: Option<String>,
    #[serde(default)]
    use_previous_template: bool,
    #[serde(default)]
    parameters: Vec<ParameterInput>,
    #[serde(default)]
    capabilities: BTreeSet<String>,
    #[serde(rename = "RoleARN")]
    role_arn: Option<String>,
    rollback_configuration: Option<RollbackConfiguration>,
    #[serde(rename = "NotificationARNs")]
    notification_arns: Option<Vec<String>>,
    tags: Option<Vec<Tag>>,
    change_set_name: String,
    description: Option<String>,
    change_set_type: Option<String>,
    #[serde(default)]
    include_nested_stacks: bool,
    on_stack_failure: Option<OnFailure>,
    #[serde(default)]
    import_existing_resources: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateChangeSetOutput {
    id: String,
    stack_id: String,
}

impl Operation for CreateChangeSet {
    const NAME: &'static str = "CreateChangeSet";
    type Output = CreateChangeSetOutput;

    fn run(self, call: &mut Call<'_>) -> Result<CreateChangeSetOutput, Fault> {
        RollbackConfiguration::check(self.rollback_configuration)?;
        if self.include_nested_stacks {
            return Err(Fault::unsupported("IncludeNestedStacks"));
        }
        if self.import_existing_resources {
            return Err(Fault::unsupported("ImportExistingResources"));
        }
        let kind = match self.change_set_type.as_deref() {
            None | Some("UPDATE") => ChangeSetKind::Update,
            Some("CREATE") => ChangeSetKind::Create,
            Some(other) => return Err(Fault::unsupported(format!("The ChangeSetType {other}"))),
        };
        let template = of_update(call, self.template_body, self.template_url, self.use_previous_template)?;
        let cloud = call.cloud();
        let stack = named::find(&cloud, call.scope, &self.stack_name);
        if kind == ChangeSetKind::Create && stack.is_none() {
            check_name(&self.stack_name)?;
        }
        let proposal = Proposal {
            name: self.change_set_name,
            kind,
            description: self.description,
            client_token: call.client_token().map(String::from),
            asked: Asked {
                template,
                parameters: parameter::read(self.parameters)?,
                tags: self.tags.map(tag::read).transpose()?,
                capabilities: self.capabilities,
                notification_arns: self.notification_arns,
                role_arn: self.role_arn,
                on_failure: self.on_stack_failure,
                ..Asked::default()
            },
        };
        capability::check(call, &self.stack_name, &proposal.asked, true)?;
        let made = call.stacks()?.create_change_set(call.scope, &self.stack_name, &proposal)?;
        Ok(CreateChangeSetOutput { id: made.id, stack_id: made.stack_id })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ExecuteChangeSet {
    change_set_name: String,
    stack_name: Option<String>,
    client_request_token: Option<String>,
    disable_rollback: Option<bool>,
    #[serde(default)]
    retain_except_on_create: bool,
}

impl Operation for ExecuteChangeSet {
    const NAME: &'static str = "ExecuteChangeSet";
    type Output = Nothing;

    fn run(self, call: &mut Call<'_>) -> Result<Nothing, Fault> {
        refuse_retain_except_on_create(self.retain_except_on_create)?;
        let cloud = call.cloud();
        let set = named::change_set(&cloud, call.scope, &self.change_set_name, self.stack_name.as_deref())?;
        if set.on_failure.is_some() && self.disable_rollback.is_some() {
            let both = "DisableRollback cannot be specified when OnStackFailure was specified for the change set.";
            return Err(named::invalid(both));
        }
        let execution = Execution {
            client_request_token: self.client_request_token,
            on_failure: self.disable_rollback.map(|disabled| match disabled {
                true => OnFailure::DoNothing,
                false => OnFailure::Rollback,
            }),
        };
        call.stacks()?.execute_change_set(call.scope, &set.id, &execution)?;
        Ok(Nothing {})
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteChangeSet {
    change_set_name: String,
    stack_name: Option<String>,
}

impl Operation for DeleteChangeSet {
    const NAME: &'static str = "DeleteChangeSet";
    type Output = Nothing;

    fn run(self, call: &mut Call<'_>) -> Result<Nothing, Fault> {
        let cloud = call.cloud();
        // One that is not there is deleted; its stack has to be there.
        match named::change_set(&cloud, call.scope, &self.change_set_name, self.stack_name.as_deref()) {
            Ok(set) => call.stacks()?.delete_change_set(call.scope, &set.id)?,
            Err(fault) if fault.code == "ChangeSetNotFound" => {}
            Err(fault) => return Err(fault),
        }
        Ok(Nothing {})
    }
}
