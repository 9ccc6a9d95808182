//! What happened to a stack, the newest first.

use super::named::known;
use super::page::page;
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_model::stack;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![DescribeStackEvents];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StackEvent {
    stack_id: String,
    event_id: String,
    stack_name: String,
    logical_resource_id: String,
    physical_resource_id: Option<String>,
    resource_type: String,
    timestamp: u64,
    resource_status: &'static str,
    resource_status_reason: Option<String>,
    resource_properties: Option<String>,
    client_request_token: Option<String>,
}

impl StackEvent {
    fn of(event: &stack::StackEvent) -> StackEvent {
        StackEvent {
            stack_id: event.stack_id.clone(),
            event_id: event.event_id.clone(),
            stack_name: event.stack_name.clone(),
            logical_resource_id: event.logical_id.clone(),
            physical_resource_id: event.physical_id.clone(),
            resource_type: event.kind.clone(),
            timestamp: event.time,
            resource_status: event.status.as_str(),
            resource_status_reason: event.reason.clone(),
            resource_properties: event.properties.clone(),
            client_request_token: event.client_request_token.clone(),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeStackEvents {
    stack_name: String,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeStackEventsOutput {
    stack_events: Vec<StackEvent>,
    next_token: Option<String>,
}

impl Operation for DescribeStackEvents {
    const NAME: &'static str = "DescribeStackEvents";
    type Output = DescribeStackEventsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeStackEventsOutput, Fault> {
        let cloud = call.cloud();
        let stack = known(&cloud, call.scope, &self.stack_name)?;
        let events = cloud.stack_events(&stack.id).rev();
        let page = page(events, self.next_token.as_deref(), |event| event.number.to_string())?;
        Ok(DescribeStackEventsOutput {
            stack_events: page.items.into_iter().map(StackEvent::of).collect(),
            next_token: page.next_token,
        })
    }
}
