//! Stacks as they are shown: one, or a list of them.

use super::named::stack;
use super::page::page;
use super::parameter::{self, ParameterOutput};
use super::tag::{self, Tag};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_model::stack::{OnFailure, Stack, StackOutput, StackVersion};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![DescribeStacks, ListStacks];

/// A stack in full.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DescribedStack {
    stack_id: String,
    stack_name: String,
    change_set_id: Option<String>,
    description: Option<String>,
    parameters: Option<Vec<ParameterOutput>>,
    creation_time: u64,
    deletion_time: Option<u64>,
    last_updated_time: Option<u64>,
    rollback_configuration: RollbackConfiguration,
    stack_status: &'static str,
    stack_status_reason: Option<String>,
    disable_rollback: bool,
    #[serde(rename = "NotificationARNs")]
    notification_arns: Vec<String>,
    timeout_in_minutes: Option<u64>,
    capabilities: Option<Vec<String>>,
    outputs: Option<Vec<Output>>,
    #[serde(rename = "RoleARN")]
    role_arn: Option<String>,
    tags: Vec<Tag>,
    enable_termination_protection: bool,
    parent_id: Option<String>,
    root_id: Option<String>,
    drift_information: DriftInformation,
}

/// Croft watches no alarms, so that there is nothing in it.
#[derive(Default, Serialize)]
pub struct RollbackConfiguration {}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    output_key: String,
    output_value: String,
    description: Option<String>,
    export_name: Option<String>,
}

impl Output {
    fn of(output: &StackOutput) -> Output {
        Output {
            output_key: output.key.clone(),
            output_value: output.value.clone(),
            description: output.description.clone(),
            export_name: output.export.clone(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DriftInformation {
    stack_drift_status: &'static str,
    last_check_timestamp: Option<u64>,
}

impl DriftInformation {
    fn of(stack: &Stack) -> DriftInformation {
        DriftInformation {
            stack_drift_status: stack.drift.as_ref().map_or("NOT_CHECKED", |drift| drift.status.as_str()),
            last_check_timestamp: stack.drift.as_ref().map(|drift| drift.checked),
        }
    }
}

/// What of a version is shown only where there is something.
pub fn capabilities(version: &StackVersion) -> Option<Vec<String>> {
    (!version.capabilities.is_empty()).then(|| version.capabilities.iter().cloned().collect())
}

impl DescribedStack {
    fn of(stack: &Stack) -> DescribedStack {
        let version = &stack.version;
        let outputs: Vec<Output> = version.outputs.iter().map(Output::of).collect();
        DescribedStack {
            stack_id: stack.id.clone(),
            stack_name: stack.name.clone(),
            change_set_id: stack.change_set_id.clone(),
            description: version.description.clone(),
            parameters: parameter::shown(version),
            creation_time: stack.created,
            deletion_time: stack.deleted,
            last_updated_time: stack.updated,
            rollback_configuration: RollbackConfiguration {},
            stack_status: stack.status.as_str(),
            stack_status_reason: stack.status_reason.clone(),
            disable_rollback: stack.on_failure == OnFailure::DoNothing,
            notification_arns: version.notification_arns.clone(),
            timeout_in_minutes: stack.timeout_in_minutes,
            capabilities: capabilities(version),
            outputs: (!outputs.is_empty()).then_some(outputs),
            role_arn: version.role_arn.clone(),
            tags: tag::shown(&version.tags),
            enable_termination_protection: stack.termination_protection,
            parent_id: stack.parent_id.clone(),
            root_id: stack.root_id.clone(),
            drift_information: DriftInformation::of(stack),
        }
    }
}

/// The newest first.
fn newest_first<'c>(stacks: impl Iterator<Item = &'c Stack>) -> impl Iterator<Item = &'c Stack> {
    let mut stacks: Vec<&Stack> = stacks.collect();
    stacks.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.id.cmp(&b.id)));
    stacks.into_iter()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeStacks {
    stack_name: Option<String>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeStacksOutput {
    stacks: Vec<DescribedStack>,
    next_token: Option<String>,
}

impl Operation for DescribeStacks {
    const NAME: &'static str = "DescribeStacks";
    type Output = DescribeStacksOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeStacksOutput, Fault> {
        let cloud = call.cloud();
        if let Some(name) = &self.stack_name {
            let stack = stack(&cloud, call.scope, name)?;
            return Ok(DescribeStacksOutput { stacks: vec![DescribedStack::of(stack)], next_token: None });
        }
        let stacks = newest_first(cloud.live_stacks_in(call.scope));
        let page = page(stacks, self.next_token.as_deref(), |stack| stack.id.clone())?;
        let stacks = page.items.into_iter().map(DescribedStack::of).collect();
        Ok(DescribeStacksOutput { stacks, next_token: page.next_token })
    }
}

/// A stack in a list.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StackSummary {
    stack_id: String,
    stack_name: String,
    template_description: Option<String>,
    creation_time: u64,
    last_updated_time: Option<u64>,
    deletion_time: Option<u64>,
    stack_status: &'static str,
    stack_status_reason: Option<String>,
    parent_id: Option<String>,
    root_id: Option<String>,
    drift_information: DriftInformation,
}

impl StackSummary {
    fn of(stack: &Stack) -> StackSummary {
        StackSummary {
            stack_id: stack.id.clone(),
            stack_name: stack.name.clone(),
            template_description: stack.version.description.clone(),
            creation_time: stack.created,
            last_updated_time: stack.updated,
            deletion_time: stack.deleted,
            stack_status: stack.status.as_str(),
            stack_status_reason: stack.status_reason.clone(),
            parent_id: stack.parent_id.clone(),
            root_id: stack.root_id.clone(),
            drift_information: DriftInformation::of(stack),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListStacks {
    next_token: Option<String>,
    #[serde(default)]
    stack_status_filter: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListStacksOutput {
    stack_summaries: Vec<StackSummary>,
    next_token: Option<String>,
}

impl Operation for ListStacks {
    const NAME: &'static str = "ListStacks";
    type Output = ListStacksOutput;

    fn run(self, call: &mut Call<'_>) -> Result<ListStacksOutput, Fault> {
        let cloud = call.cloud();
        let filter = &self.stack_status_filter;
        let stacks = cloud
            .stacks_in(call.scope)
            .filter(|stack| filter.is_empty() || filter.iter().any(|status| status == stack.status.as_str()));
        let page = page(newest_first(stacks), self.next_token.as_deref(), |stack| stack.id.clone())?;
        let stack_summaries = page.items.into_iter().map(StackSummary::of).collect();
        Ok(ListStacksOutput { stack_summaries, next_token: page.next_token })
    }
}
