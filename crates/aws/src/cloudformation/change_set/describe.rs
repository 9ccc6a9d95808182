//! Change sets as they are shown.

use crate::call::Call;
use crate::cloudformation::describe::RollbackConfiguration;
use crate::cloudformation::named::{change_set, known};
use crate::cloudformation::page::page;
use crate::cloudformation::parameter::{self, ParameterOutput};
use crate::cloudformation::tag::{self, Tag};
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_cloudformation::stack::change_set::{Change, execution_status};
use croft_control::Cloud;
use croft_model::stack::{ChangeSet, OnFailure};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![DescribeChangeSet, ListChangeSets];

/// A change as AWS lists it: all that change are resources.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ChangeOutput {
    r#type: &'static str,
    resource_change: Change,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeChangeSet {
    change_set_name: String,
    stack_name: Option<String>,
    next_token: Option<String>,
    #[serde(default)]
    include_property_values: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeChangeSetOutput {
    change_set_name: String,
    change_set_id: String,
    stack_id: String,
    stack_name: String,
    description: Option<String>,
    parameters: Option<Vec<ParameterOutput>>,
    creation_time: u64,
    execution_status: &'static str,
    status: String,
    status_reason: Option<String>,
    #[serde(rename = "NotificationARNs")]
    notification_arns: Vec<String>,
    rollback_configuration: RollbackConfiguration,
    capabilities: Vec<String>,
    tags: Option<Vec<Tag>>,
    changes: Vec<ChangeOutput>,
    next_token: Option<String>,
    include_nested_stacks: bool,
    on_stack_failure: Option<OnFailure>,
}

impl Operation for DescribeChangeSet {
    const NAME: &'static str = "DescribeChangeSet";
    type Output = DescribeChangeSetOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeChangeSetOutput, Fault> {
        let cloud = call.cloud();
        let set = change_set(&cloud, call.scope, &self.change_set_name, self.stack_name.as_deref())?;
        let changes: Vec<Change> = Vec::<Change>::deserialize(&set.changes).map_err(Fault::internal)?;
        let page = page(changes.into_iter().enumerate(), self.next_token.as_deref(), |(n, _)| n.to_string())?;
        let shown = page.items.into_iter().map(|(_, change)| ChangeOutput {
            r#type: "Resource",
            resource_change: match self.include_property_values {
                true => change,
                false => change.without_values(),
            },
        });
        let version = &set.version;
        let tags = tag::shown(&version.tags);
        Ok(DescribeChangeSetOutput {
            change_set_name: set.name.clone(),
            change_set_id: set.id.clone(),
            stack_id: set.stack_id.clone(),
            stack_name: set.stack_name.clone(),
            description: set.description.clone(),
            parameters: parameter::shown(version),
            creation_time: set.created,
            execution_status: execution_status(&cloud, set).as_str(),
            status: set.status.clone(),
            status_reason: set.status_reason.clone(),
            notification_arns: version.notification_arns.clone(),
            rollback_configuration: RollbackConfiguration {},
            capabilities: version.capabilities.iter().cloned().collect(),
            tags: (!tags.is_empty()).then_some(tags),
            changes: shown.collect(),
            next_token: page.next_token,
            include_nested_stacks: false,
            on_stack_failure: set.on_failure,
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ChangeSetSummary {
    stack_id: String,
    stack_name: String,
    change_set_id: String,
    change_set_name: String,
    execution_status: &'static str,
    status: String,
    status_reason: Option<String>,
    creation_time: u64,
    description: Option<String>,
    include_nested_stacks: bool,
}

impl ChangeSetSummary {
    fn of(cloud: &Cloud, set: &ChangeSet) -> ChangeSetSummary {
        ChangeSetSummary {
            stack_id: set.stack_id.clone(),
            stack_name: set.stack_name.clone(),
            change_set_id: set.id.clone(),
            change_set_name: set.name.clone(),
            execution_status: execution_status(cloud, set).as_str(),
            status: set.status.clone(),
            status_reason: set.status_reason.clone(),
            creation_time: set.created,
            description: set.description.clone(),
            include_nested_stacks: false,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListChangeSets {
    stack_name: String,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListChangeSetsOutput {
    summaries: Vec<ChangeSetSummary>,
    next_token: Option<String>,
}

impl Operation for ListChangeSets {
    const NAME: &'static str = "ListChangeSets";
    type Output = ListChangeSetsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<ListChangeSetsOutput, Fault> {
        let cloud = call.cloud();
        let stack = known(&cloud, call.scope, &self.stack_name)?;
        let mut sets: Vec<&ChangeSet> = cloud.change_sets_of(&stack.id).collect();
        sets.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.id.cmp(&b.id)));
        let page = page(sets.into_iter(), self.next_token.as_deref(), |set| set.id.clone())?;
        let summaries = page.items.into_iter().map(|set| ChangeSetSummary::of(&cloud, set)).collect();
        Ok(ListChangeSetsOutput { summaries, next_token: page.next_token })
    }
}
