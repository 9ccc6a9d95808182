//! Stacks made, changed, rolled back and deleted.

use super::named::{find, invalid, known};
use super::parameter::{self, ParameterInput};
use super::tag::{self, Tag};
use super::{capability, policy, source};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_cloudformation::stack::{Asked, Deletion};
use croft_model::stack::OnFailure;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

pub const OPERATIONS: &[Entry] = operations![CreateStack, UpdateStack, DeleteStack, UpdateTerminationProtection];

/// Alarms that a stack would be rolled back for. Croft watches none: only an empty one is taken.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct RollbackConfiguration {
    #[serde(default)]
    rollback_triggers: Vec<serde_json::Value>,
    #[serde(default)]
    monitoring_time_in_minutes: u32,
}

impl RollbackConfiguration {
    /// # Errors
    /// `UnsupportedOperation` for one that asks for something.
    pub fn check(configuration: Option<RollbackConfiguration>) -> Result<(), Fault> {
        let RollbackConfiguration { rollback_triggers, monitoring_time_in_minutes } = configuration.unwrap_or_default();
        match rollback_triggers.is_empty() && monitoring_time_in_minutes == 0 {
            true => Ok(()),
            false => Err(Fault::unsupported("A RollbackConfiguration with triggers or a time")),
        }
    }
}

/// Croft keeps what a failed update made new as AWS does by default.
///
/// # Errors
/// `UnsupportedOperation` for the other way.
pub fn refuse_retain_except_on_create(asked: bool) -> Result<(), Fault> {
    match asked {
        true => Err(Fault::unsupported("RetainExceptOnCreate (set it as a DeletionPolicy in the template)")),
        false => Ok(()),
    }
}

/// Is this the name of a stack? In AWS's words.
pub fn check_name(name: &str) -> Result<(), Fault> {
    let fails = |what: &str| {
        invalid(format!(
            "1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: Member must {what}"
        ))
    };
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !name.chars().all(legal) {
        return Err(fails("satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"));
    }
    match name.len() > 128 {
        true => Err(fails("have length less than or equal to 128")),
        false => Ok(()),
    }
}

/// What becomes of a stack whose creation fails.
fn on_failure(disable_rollback: Option<bool>, on_failure: Option<OnFailure>) -> Result<Option<OnFailure>, Fault> {
    match (disable_rollback, on_failure) {
        (Some(_), Some(_)) => Err(invalid("You can specify either DisableRollback or OnFailure, but not both.")),
        (Some(true), None) => Ok(Some(OnFailure::DoNothing)),
        (Some(false), None) => Ok(Some(OnFailure::Rollback)),
        (None, on_failure) => Ok(on_failure),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateStack {
    stack_name: String,
    template_body: Option<String>,
    #[serde(rename = "TemplateURL")]
    template_url: Option<String>,
    #[serde(default)]
    parameters: Vec<ParameterInput>,
    disable_rollback: Option<bool>,
    rollback_configuration: Option<RollbackConfiguration>,
    timeout_in_minutes: Option<u64>,
    #[serde(rename = "NotificationARNs", default)]
    notification_arns: Vec<String>,
    #[serde(default)]
    capabilities: BTreeSet<String>,
    #[serde(rename = "RoleARN")]
    role_arn: Option<String>,
    on_failure: Option<OnFailure>,
    #[serde(default)]
    tags: Vec<Tag>,
    client_request_token: Option<String>,
    #[serde(default)]
    enable_termination_protection: bool,
    #[serde(default)]
    retain_except_on_create: bool,
    stack_policy_body: Option<String>,
    #[serde(rename = "StackPolicyURL")]
    stack_policy_url: Option<String>,
}

/// The stack that the request was about.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct OneStack {
    stack_id: String,
}

impl OneStack {
    pub fn of(stack_id: String) -> OneStack {
        OneStack { stack_id }
    }
}

impl Operation for CreateStack {
    const NAME: &'static str = "CreateStack";
    type Output = OneStack;

    fn run(self, call: &mut Call<'_>) -> Result<OneStack, Fault> {
        check_name(&self.stack_name)?;
        if find(&call.cloud(), call.scope, &self.stack_name).is_some() && self.client_request_token.is_none() {
            let message = format!("Stack [{}] already exists", self.stack_name);
            return Err(Fault::new("AlreadyExistsException", message));
        }
        RollbackConfiguration::check(self.rollback_configuration)?;
        refuse_retain_except_on_create(self.retain_except_on_create)?;
        let template = source::needed(call, self.template_body, self.template_url)?;
        let asked = Asked {
            policy: policy::text(call, "StackPolicy", self.stack_policy_body, self.stack_policy_url)?,
            template: Some(template),
            parameters: parameter::read(self.parameters)?,
            tags: Some(tag::read(self.tags)?),
            capabilities: self.capabilities,
            notification_arns: Some(self.notification_arns),
            role_arn: self.role_arn,
            on_failure: on_failure(self.disable_rollback, self.on_failure)?,
            timeout_in_minutes: self.timeout_in_minutes,
            termination_protection: self.enable_termination_protection,
            client_request_token: self.client_request_token,
            ..Asked::default()
        };
        capability::check(call, &self.stack_name, &asked, false)?;
        let begun = call.stacks()?.create(call.scope, &self.stack_name, &asked)?;
        Ok(OneStack::of(begun.stack_id))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct UpdateStack {
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
    disable_rollback: Option<bool>,
    client_request_token: Option<String>,
    #[serde(default)]
    retain_except_on_create: bool,
    stack_policy_body: Option<String>,
    #[serde(rename = "StackPolicyURL")]
    stack_policy_url: Option<String>,
    stack_policy_during_update_body: Option<String>,
    #[serde(rename = "StackPolicyDuringUpdateURL")]
    stack_policy_during_update_url: Option<String>,
}

/// The template of an update. None: the one in force.
///
/// # Errors
/// `ValidationError` for none at all, and for another one beside the one in force.
pub fn of_update(
    call: &Call<'_>,
    body: Option<String>,
    url: Option<String>,
    previous: bool,
) -> Result<Option<String>, Fault> {
    match (source::text(call, body, url)?, previous) {
        (Some(_), true) => Err(invalid("Cannot specify a template and UsePreviousTemplate as true.")),
        (None, false) => Err(invalid("Either Template URL or Template Body must be specified.")),
        (template, _) => Ok(template),
    }
}

impl Operation for UpdateStack {
    const NAME: &'static str = "UpdateStack";
    type Output = OneStack;

    fn run(self, call: &mut Call<'_>) -> Result<OneStack, Fault> {
        RollbackConfiguration::check(self.rollback_configuration)?;
        refuse_retain_except_on_create(self.retain_except_on_create)?;
        let cloud = call.cloud();
        known(&cloud, call.scope, &self.stack_name)?;
        let template = of_update(call, self.template_body, self.template_url, self.use_previous_template)?;
        let during = (self.stack_policy_during_update_body, self.stack_policy_during_update_url);
        let asked = Asked {
            policy: policy::text(call, "StackPolicy", self.stack_policy_body, self.stack_policy_url)?,
            policy_during_update: policy::text(call, "StackPolicyDuringUpdate", during.0, during.1)?,
            template,
            parameters: parameter::read(self.parameters)?,
            tags: self.tags.map(tag::read).transpose()?,
            capabilities: self.capabilities,
            notification_arns: self.notification_arns,
            role_arn: self.role_arn,
            on_failure: on_failure(self.disable_rollback, None)?,
            client_request_token: self.client_request_token,
            ..Asked::default()
        };
        capability::check(call, &self.stack_name, &asked, false)?;
        let begun = call.stacks()?.update(call.scope, &self.stack_name, &asked)?;
        Ok(OneStack::of(begun.stack_id))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteStack {
    stack_name: String,
    #[serde(default)]
    retain_resources: BTreeSet<String>,
    #[serde(rename = "RoleARN")]
    role_arn: Option<String>,
    client_request_token: Option<String>,
    deletion_mode: Option<String>,
}

impl Operation for DeleteStack {
    const NAME: &'static str = "DeleteStack";
    type Output = ();

    fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
        if self.deletion_mode.is_some_and(|mode| mode != "STANDARD") {
            return Err(Fault::unsupported("The DeletionMode FORCE_DELETE_STACK (name RetainResources instead)"));
        }
        let deletion = Deletion {
            retain_resources: self.retain_resources,
            role_arn: self.role_arn,
            client_request_token: self.client_request_token,
        };
        call.stacks()?.delete(call.scope, &self.stack_name, &deletion)?;
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct UpdateTerminationProtection {
    enable_termination_protection: bool,
    stack_name: String,
}

impl Operation for UpdateTerminationProtection {
    const NAME: &'static str = "UpdateTerminationProtection";
    type Output = OneStack;

    fn run(self, call: &mut Call<'_>) -> Result<OneStack, Fault> {
        let on = self.enable_termination_protection;
        let stack = call.stacks()?.set_termination_protection(call.scope, &self.stack_name, on)?;
        Ok(OneStack::of(stack.id))
    }
}
