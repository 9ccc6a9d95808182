//! What happens to a stack and its resources, written down as it happens.

use super::reason::Reason;
use super::{Account, identity};
use croft_control::{AddStackEvent, Error};
use croft_model::stack::{Stack, StackEvent, StackResource, Status};

/// The type of a stack itself.
pub const STACK_TYPE: &str = "AWS::CloudFormation::Stack";

/// An event of the stack itself.
pub fn of_stack<A: Account>(
    account: &mut A,
    stack: &Stack,
    status: Status,
    reason: Option<String>,
) -> Result<(), Error> {
    let event = blank(stack, status, reason.map(Reason::own));
    add(account, event)
}

/// An event of one of its resources, whose record has the new status.
pub(super) fn of_resource<A: Account>(
    account: &mut A,
    stack: &Stack,
    entry: &StackResource,
    reason: Option<Reason>,
) -> Result<(), Error> {
    let event = StackEvent {
        logical_id: entry.logical_id.clone(),
        physical_id: entry.physical_id.clone(),
        kind: entry.kind.clone(),
        properties: Some(entry.shown_properties().to_string()),
        ..blank(stack, entry.status, reason)
    };
    add(account, event)
}

fn blank(stack: &Stack, status: Status, reason: Option<Reason>) -> StackEvent {
    let (reason, plain) = reason.map_or((None, None), |reason| (Some(reason.told), reason.plain));
    StackEvent {
        scope: stack.scope.clone(),
        stack_id: stack.id.clone(),
        stack_name: stack.name.clone(),
        number: 0,
        event_id: String::new(),
        time: 0,
        logical_id: stack.name.clone(),
        physical_id: Some(stack.id.clone()),
        kind: STACK_TYPE.to_string(),
        status,
        reason,
        plain,
        properties: None,
        client_request_token: stack.work.as_ref().and_then(|work| work.client_request_token.clone()),
    }
}

fn add<A: Account>(account: &mut A, mut event: StackEvent) -> Result<(), Error> {
    event.time = account.now_millis();
    let number = account.cloud().last_stack_event(&event.stack_id) + 1;
    let unique = identity::uuid(&[&event.stack_id, &event.logical_id, event.status.as_str()], number);
    event.event_id = match event.kind == STACK_TYPE && event.physical_id.as_deref() == Some(&event.stack_id) {
        true => unique,
        false => format!("{}-{}-{unique}", event.logical_id, event.status),
    };
    account.run(AddStackEvent { event })
}
