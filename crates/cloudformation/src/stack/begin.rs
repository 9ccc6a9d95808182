//! Taking work on: judged against the stack as it is, and written into its head. Whoever works on stacks does the
//! rest.

use super::account::Account;
use super::asked::{Asked, Begun, Deletion};
use super::design::{Design, Frame};
use super::error::StackError;
use super::{event, history, identity, nested, protect, version};
use crate::Template;
use croft_control::{Cloud, PutStack, PutStackResource};
use croft_model::Scope;
use croft_model::stack::{OnFailure, Phase, Stack, StackResource, StackVersion, Status, Work};
use std::collections::BTreeSet;

/// Most stacks of an account in a region.
const MOST_STACKS: usize = 2000;

/// The stack of a name or an identifier, deleted ones only by identifier.
pub fn find<'a>(cloud: &'a Cloud, scope: &Scope, stack: &str) -> Result<&'a Stack, StackError> {
    let by_id = || cloud.stacks.get(stack).filter(|held| held.scope == *scope);
    let found = cloud.stack(scope, stack).or_else(by_id);
    found.ok_or_else(|| StackError::invalid(format!("Stack [{stack}] does not exist")))
}

fn work(phase: Phase, on_failure: OnFailure, token: Option<String>) -> Work {
    Work {
        phase,
        on_failure,
        client_request_token: token,
        deadline: None,
        cancelled: None,
        passed_over: BTreeSet::new(),
        was: None,
        policy: None,
        next_policy: None,
    }
}

/// Writes the head with its new work, and tells it.
fn take_on<A: Account>(account: &mut A, stack: Stack, reason: Option<String>) -> Result<Begun, StackError> {
    history::forget(account)?;
    let after = account.cloud().last_stack_event(&stack.id);
    let stack = Stack { status_reason: reason.clone(), ..stack };
    account.run(PutStack { stack: stack.clone() })?;
    event::of_stack(account, &stack, stack.status, reason)?;
    account.begins(stack.id.clone());
    Ok(Begun { stack_id: stack.id, after })
}

/// The reason of what somebody asked for.
pub const INITIATED: &str = "User Initiated";

/// Why somebody's own work is begun; a nested stack's is begun by its parent.
fn initiated(stack: &Stack) -> Option<String> {
    stack.parent_id.is_none().then(|| INITIATED.to_string())
}

/// A new stack. `parent`: the stack whose resource it is.
pub fn create<A: Account>(
    account: &mut A,
    name: &str,
    asked: &Asked,
    parent: Option<&Stack>,
) -> Result<Begun, StackError> {
    let template = version::read(asked, None)?;
    create_of(account, name, asked, &template, parent)
}

/// The same with a template that has been read.
pub(super) fn create_of<A: Account>(
    account: &mut A,
    name: &str,
    asked: &Asked,
    template: &Template,
    parent: Option<&Stack>,
) -> Result<Begun, StackError> {
    if !identity::is_stack_name(name) {
        return Err(StackError::invalid(format!(
            "1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        )));
    }
    let (cloud, scope, now) = (account.cloud(), account.scope().clone(), account.now_millis());
    let token = asked.client_request_token.as_deref();
    let reviewed = match cloud.stack(&scope, name) {
        // A request that is sent again.
        Some(held) if token.is_some() && token == begun_by(&cloud, held, Status::CreateInProgress).as_deref() => {
            return Ok(Begun { stack_id: held.id.clone(), after: 0 });
        }
        Some(held) if held.status == Status::ReviewInProgress && held.work.is_none() => Some(held.clone()),
        Some(_) => {
            return Err(StackError::refused("AlreadyExistsException", format!("Stack [{name}] already exists")));
        }
        None => None,
    };
    if reviewed.is_none() && cloud.live_stacks_in(&scope).count() >= MOST_STACKS {
        let text = format!("Limit for stack has been exceeded: an account has at most {MOST_STACKS} stacks");
        return Err(StackError::refused("LimitExceededException", text));
    }
    let frame = match &reviewed {
        Some(stack) => Frame::of(stack),
        None => Frame::new(&cloud, &scope, name, now),
    };
    let frame = frame.with(asked);
    let given = version::parameters(asked, template, None)?;
    let bound = Design::bind(template, &frame, &given, &cloud)?;
    let design = Design::new(&bound, &cloud)?;
    if asked.preflight {
        design.preflight()?;
    }
    protect::check(asked, &bound.template, None)?;
    let mut version = version::of(asked, template, &design, None);
    nested::pin(account, &design, &mut version)?;
    let on_failure = asked.on_failure.unwrap_or_default();
    let mut work = work(Phase::Create, on_failure, asked.client_request_token.clone());
    work.deadline = asked.timeout_in_minutes.map(|minutes| now + minutes * 60_000);
    let unique = frame.stack_id.rsplit('/').next().unwrap_or_default();
    let stack = Stack {
        on_failure,
        timeout_in_minutes: asked.timeout_in_minutes,
        termination_protection: asked.termination_protection,
        policy: asked.policy.clone(),
        parent_id: parent.map(|parent| parent.id.clone()),
        root_id: parent.map(|parent| parent.root_id.clone().unwrap_or_else(|| parent.id.clone())),
        work: Some(work),
        ..Stack::new(&scope, name, unique, Status::CreateInProgress, version, now)
    };
    let reason = initiated(&stack);
    take_on(account, stack, reason)
}

/// The token of the request that brought a stack into a status last.
fn begun_by(cloud: &Cloud, stack: &Stack, status: Status) -> Option<String> {
    let of = |event: &&croft_model::stack::StackEvent| {
        event.status == status && event.physical_id.as_deref() == Some(stack.id.as_str())
    };
    cloud.stack_events(&stack.id).rev().find(of)?.client_request_token.clone()
}

/// An update. None: there is nothing to change.
pub fn update<A: Account>(account: &mut A, stack: &str, asked: &Asked) -> Result<Option<Begun>, StackError> {
    let cloud = account.cloud();
    let held = find(&cloud, account.scope(), stack)?;
    let template = version::read(asked, Some(held))?;
    update_of(account, stack, asked, &template)
}

/// The same with a template that has been read.
pub(super) fn update_of<A: Account>(
    account: &mut A,
    stack: &str,
    asked: &Asked,
    template: &Template,
) -> Result<Option<Begun>, StackError> {
    let cloud = account.cloud();
    let held = find(&cloud, account.scope(), stack)?.clone();
    let token = asked.client_request_token.as_deref();
    if token.is_some() && token == begun_by(&cloud, &held, Status::UpdateInProgress).as_deref() {
        return Ok(Some(Begun { stack_id: held.id, after: 0 }));
    }
    let failed = matches!(held.status, Status::CreateFailed | Status::UpdateFailed);
    if held.work.is_some() || !(held.status.is_whole() || failed) {
        return Err(StackError::invalid(format!(
            "Stack:{} is in {} state and can not be updated.",
            held.id, held.status
        )));
    }
    let frame = Frame::of(&held).with(asked);
    let given = version::parameters(asked, template, Some(&held))?;
    let bound = Design::bind(template, &frame, &given, &cloud)?;
    let design = Design::new(&bound, &cloud)?;
    if asked.preflight {
        design.preflight()?;
    }
    protect::check(asked, &bound.template, held.policy.as_deref())?;
    let mut version = version::of(asked, template, &design, Some(&held));
    nested::pin(account, &design, &mut version)?;
    let policy = asked.policy.is_some() && asked.policy != held.policy;
    if held.status.is_whole() && !policy && !changes(&cloud, &design, &held, &version)? {
        return Ok(None);
    }
    let now = account.now_millis();
    let on_failure = match asked.on_failure {
        Some(OnFailure::DoNothing) => OnFailure::DoNothing,
        _ => OnFailure::Rollback,
    };
    let before = match held.status.is_whole() {
        true => Some(Box::new(held.version.clone())),
        false => held.before.clone(),
    };
    let work = Work {
        policy: asked.policy_during_update.clone(),
        next_policy: asked.policy.clone(),
        ..work(Phase::Update, on_failure, asked.client_request_token.clone())
    };
    let stack =
        Stack { status: Status::UpdateInProgress, version, before, updated: Some(now), work: Some(work), ..held };
    again(account, &stack.id)?;
    let reason = initiated(&stack);
    take_on(account, stack, reason).map(Some)
}

/// Would an update change anything? Templates that differ only in what nothing is made of do not.
pub fn changes(cloud: &Cloud, design: &Design, held: &Stack, version: &StackVersion) -> Result<bool, StackError> {
    use super::design::Action;
    let same = design.steps.iter().all(|step| step.action == Action::Keep) && design.removed.is_empty();
    let sent = |(name, text): (&String, &String)| held.version.nested_templates.get(name) == Some(text);
    let same = same && version.nested_templates.iter().all(sent);
    if !same || version.tags != held.version.tags || version.notification_arns != held.version.notification_arns {
        return Ok(true);
    }
    let there = super::present::there(cloud.stack_resources(&held.id));
    let outputs = design.outputs(&design.present(cloud, &there, &BTreeSet::new()))?;
    Ok(outputs != held.version.outputs)
}

/// What failed before is tried again.
fn again<A: Account>(account: &mut A, stack_id: &str) -> Result<(), StackError> {
    let failed = |r: &&StackResource| r.status == Status::DeleteFailed;
    let entries: Vec<StackResource> = account.cloud().stack_resources(stack_id).filter(failed).cloned().collect();
    for entry in entries {
        let status = Status::UpdateComplete;
        account
            .run(PutStackResource { resource: StackResource { status, status_reason: None, until: None, ..entry } })?;
    }
    Ok(())
}

/// A deletion. None: there is nothing to delete, or it is under way.
pub fn delete<A: Account>(account: &mut A, stack: &str, asked: &Deletion) -> Result<Option<Begun>, StackError> {
    let cloud = account.cloud();
    let Ok(held) = find(&cloud, account.scope(), stack) else { return Ok(None) };
    let held = held.clone();
    match held.status {
        Status::DeleteComplete => return Ok(None),
        Status::DeleteInProgress if held.work.is_some() => return Ok(None),
        _ => {}
    }
    if held.termination_protection {
        let name = &held.name;
        let text = format!("Stack [{name}] cannot be deleted while TerminationProtection is enabled");
        return Err(StackError::invalid(text));
    }
    let may_end = |work: &Work| matches!(work.phase, Phase::Create | Phase::Rollback);
    if held.work.as_ref().is_some_and(|work| !may_end(work)) {
        let text = format!("Stack [{}] cannot be deleted while in status {}", held.name, held.status);
        return Err(StackError::invalid(text));
    }
    if !asked.retain_resources.is_empty() {
        if held.status != Status::DeleteFailed {
            return Err(StackError::invalid(format!(
                "Invalid operation on stack [{}]. Specify ResourcesToRetain only when the stack is in a DELETE_FAILED state.",
                held.name
            )));
        }
        let known = |name: &&String| cloud.stack_resource(&held.id, name).is_some();
        let unknown: Vec<&str> =
            asked.retain_resources.iter().filter(|name| !known(name)).map(String::as_str).collect();
        if !unknown.is_empty() {
            let text = format!("Resources [{}] are not in the stack [{}]", unknown.join(", "), held.name);
            return Err(StackError::invalid(text));
        }
    }
    let mut work = work(Phase::Delete, OnFailure::DoNothing, asked.client_request_token.clone());
    work.passed_over = asked.retain_resources.clone();
    work.was = held.work.is_none().then_some(held.status);
    let stack = Stack { status: Status::DeleteInProgress, work: Some(work), ..held };
    again(account, &stack.id)?;
    let reason = initiated(&stack);
    take_on(account, stack, reason).map(Some)
}

/// Ends an update, or a creation, before it is done: it is rolled back.
pub fn cancel<A: Account>(account: &mut A, stack: &str, reason: &str) -> Result<(), StackError> {
    let cloud = account.cloud();
    let mut held = find(&cloud, account.scope(), stack)?.clone();
    match &mut held.work {
        Some(work) if matches!(work.phase, Phase::Update | Phase::Create) => {
            work.cancelled = Some(reason.to_string());
        }
        _ => {
            return Err(StackError::invalid("CancelUpdateStack cannot be called from current stack status"));
        }
    }
    account.run(PutStack { stack: held })?;
    Ok(())
}

/// Goes on with the rollback of an update that did not come to its end.
pub fn continue_update_rollback<A: Account>(
    account: &mut A,
    stack: &str,
    passed_over: &BTreeSet<String>,
    token: Option<String>,
) -> Result<Begun, StackError> {
    let cloud = account.cloud();
    let held = find(&cloud, account.scope(), stack)?.clone();
    if held.status != Status::UpdateRollbackFailed || held.work.is_some() {
        return Err(StackError::invalid(format!(
            "Stack:{} is in {} state and can not continue rollback.",
            held.id, held.status
        )));
    }
    for name in passed_over {
        let failed = |entry: &StackResource| matches!(entry.status, Status::UpdateFailed | Status::DeleteFailed);
        let entries = || cloud.stack_resources(&held.id).filter(|entry| entry.logical_id == *name);
        if entries().next().is_none() {
            let text = format!("ResourcesToSkip [{name}] is not a resource of stack {}", held.name);
            return Err(StackError::invalid(text));
        }
        if !entries().any(failed) {
            let text = format!("ResourcesToSkip [{name}] is not in UPDATE_FAILED state: only what failed is skipped");
            return Err(StackError::invalid(text));
        }
    }
    let mut work = work(Phase::UpdateRollback, OnFailure::Rollback, token);
    work.passed_over = passed_over.clone();
    let stack = Stack { status: Status::UpdateRollbackInProgress, work: Some(work), ..held };
    again(account, &stack.id)?;
    let reason = initiated(&stack);
    take_on(account, stack, reason)
}

/// Rolls back a stack that was left as it was when a step failed.
pub fn roll_back<A: Account>(account: &mut A, stack: &str, token: Option<String>) -> Result<Begun, StackError> {
    let cloud = account.cloud();
    let held = find(&cloud, account.scope(), stack)?.clone();
    let mut stack = held.clone();
    (stack.status, stack.work) = match held.status {
        _ if held.work.is_some() => {
            return Err(StackError::invalid(format!(
                "Stack:{} is in {} state and can not be rolled back.",
                held.id, held.status
            )));
        }
        Status::UpdateFailed if held.before.is_some() => {
            if let Some(before) = stack.before.take() {
                stack.version = *before;
            }
            (Status::UpdateRollbackInProgress, Some(work(Phase::UpdateRollback, OnFailure::Rollback, token)))
        }
        Status::UpdateFailed | Status::CreateFailed => {
            (Status::RollbackInProgress, Some(work(Phase::Rollback, OnFailure::Rollback, token)))
        }
        status => {
            return Err(StackError::invalid(format!(
                "Stack:{} is in {status} state and can not be rolled back.",
                held.id
            )));
        }
    };
    let reason = initiated(&stack);
    take_on(account, stack, reason)
}
