//! Change sets: an update, or a creation, that has been worked out and waits for its word (row CFN-1).
//!
//! A change set says what would become of each resource and why. It holds for the stack as it was when it was made:
//! once something else has happened to the stack it is obsolete, and is not carried out.

pub mod cause;
pub mod change;
pub mod compare;

pub use change::{Change, ChangeAction, ChangeSource, Detail, Evaluation, Replacement, RequiresRecreation};
pub use compare::{Before, changes};

use super::account::Account;
use super::asked::{Asked, Begun, Given};
use super::design::{Design, Frame};
use super::error::StackError;
use super::service::Stacks;
use super::{Step, begin, event, identity, nested, version};
use crate::Template;
use croft_control::{Cloud, ForgetChangeSet, PutChangeSet, PutStack};
use croft_model::Scope;
use croft_model::stack::{ChangeSet, ChangeSetKind, ExecutionStatus, OnFailure, Stack, StackVersion, Status};
use std::collections::BTreeMap;

/// A change set as it is asked for.
#[derive(Clone, Debug)]
pub struct Proposal {
    pub name: String,
    pub kind: ChangeSetKind,
    pub description: Option<String>,
    /// A request with the token of an earlier one is that one again.
    pub client_token: Option<String>,
    pub asked: Asked,
}

/// How a change set is carried out.
#[derive(Clone, Debug, Default)]
pub struct Execution {
    pub client_request_token: Option<String>,
    /// None: as the change set says.
    pub on_failure: Option<OnFailure>,
}

/// The status of one that can be carried out.
const CREATE_COMPLETE: &str = "CREATE_COMPLETE";
const FAILED: &str = "FAILED";
const NO_CHANGES: &str =
    "The submitted information didn't contain changes. Submit different information to create a change set.";

/// The change set of an identifier.
///
/// # Errors
/// `ChangeSetNotFound`.
pub fn find<'a>(cloud: &'a Cloud, scope: &Scope, id: &str) -> Result<&'a ChangeSet, StackError> {
    let found = cloud.change_sets.get(id).filter(|set| set.scope == *scope);
    found.ok_or_else(|| StackError::refused("ChangeSetNotFound", format!("ChangeSet [{id}] does not exist")))
}

/// Can it be carried out now, and if it was, what came of it? Told from what has happened to its stack since.
pub fn execution_status(cloud: &Cloud, set: &ChangeSet) -> ExecutionStatus {
    let since = || cloud.stack_events(&set.stack_id).filter(|event| event.number > set.base);
    match set.execution_status {
        ExecutionStatus::Available if since().next().is_some() => ExecutionStatus::Obsolete,
        ExecutionStatus::ExecuteInProgress => {
            let of_stack = |event: &&croft_model::stack::StackEvent| {
                event.physical_id.as_deref() == Some(set.stack_id.as_str()) && event.status.is_final()
            };
            match since().find(of_stack).map(|event| event.status) {
                None => ExecutionStatus::ExecuteInProgress,
                Some(Status::CreateComplete | Status::UpdateComplete) => ExecutionStatus::ExecuteComplete,
                Some(_) => ExecutionStatus::ExecuteFailed,
            }
        }
        status => status,
    }
}

impl Stacks {
    /// Works out what a template would change. One that changes nothing is made too, and has failed.
    ///
    /// # Errors
    /// Whatever is wrong with the template or its parameters; AWS's codes for a stack that is not there, or there
    /// already, or busy, and for a name that is taken.
    pub fn create_change_set(&self, scope: &Scope, stack: &str, proposal: &Proposal) -> Result<ChangeSet, StackError> {
        let held = begin::find(&self.host().cloud(), scope, stack).ok().cloned();
        let template = version::read(&proposal.asked, held.as_ref())?;
        self.ask(scope, &mut |step| create(step, stack, proposal, &template))
    }

    /// Carries one out. All others of its stack go.
    ///
    /// # Errors
    /// `ChangeSetNotFound`; `InvalidChangeSetStatus` for one that has failed, is obsolete or has been carried out.
    pub fn execute_change_set(&self, scope: &Scope, id: &str, execution: &Execution) -> Result<Begun, StackError> {
        self.ask(scope, &mut |step| execute(step, id, execution))
    }

    /// Throws one away.
    ///
    /// # Errors
    /// `ChangeSetNotFound`; `InvalidChangeSetStatus` for one that is being carried out.
    pub fn delete_change_set(&self, scope: &Scope, id: &str) -> Result<(), StackError> {
        self.ask(scope, &mut |step| {
            let cloud = step.cloud();
            let set = find(&cloud, scope, id)?;
            if execution_status(&cloud, set) == ExecutionStatus::ExecuteInProgress {
                return Err(unfit(set, "deleted", "execution status", ExecutionStatus::ExecuteInProgress.as_str()));
            }
            Ok(step.run(ForgetChangeSet { change_set_id: id.to_string() })?)
        })
    }
}

fn unfit(set: &ChangeSet, done: &str, which: &str, status: &str) -> StackError {
    let text = format!("ChangeSet [{}] cannot be {done} in its current {which} of [{status}]", set.id);
    StackError::refused("InvalidChangeSetStatus", text)
}

/// Is the name of this one free again? Once it has been carried out, it is. `aws cloudformation deploy` names its
/// change sets by the second, and here two of them fit into one: then one that found nothing to change gives way too.
fn gives_way(cloud: &Cloud, set: &ChangeSet, now: u64) -> bool {
    let executed =
        matches!(execution_status(cloud, set), ExecutionStatus::ExecuteComplete | ExecutionStatus::ExecuteFailed);
    executed || (set.status == FAILED && set.created / 1000 == now / 1000)
}

fn create(step: &mut Step, stack: &str, proposal: &Proposal, template: &Template) -> Result<ChangeSet, StackError> {
    let (cloud, scope, now) = (step.cloud(), step.scope().clone(), step.now_millis());
    let held = begin::find(&cloud, &scope, stack).ok().filter(|held| !held.is_deleted());
    let same = held.and_then(|held| cloud.change_sets_of(&held.id).find(|set| set.name == proposal.name));
    if let Some(same) = same {
        if proposal.client_token.is_some() && proposal.client_token == same.client_token {
            return Ok(same.clone());
        }
        if !gives_way(&cloud, same, now) {
            let text = format!("ChangeSet [{}] already exists", proposal.name);
            return Err(StackError::refused("AlreadyExistsException", text));
        }
    }
    let name = &proposal.name;
    let held = match (proposal.kind, held) {
        (ChangeSetKind::Create, Some(held)) if held.status != Status::ReviewInProgress => {
            let text =
                format!("Stack [{stack}] already exists and cannot be created again with the changeSet [{name}].");
            return Err(StackError::invalid(text));
        }
        (ChangeSetKind::Update, None) => return Err(StackError::invalid(format!("Stack [{stack}] does not exist"))),
        (ChangeSetKind::Update, Some(held)) if !is_updatable(held) => {
            let text = format!("Stack:{} is in {} state and can not be updated.", held.id, held.status);
            return Err(StackError::invalid(text));
        }
        (_, held) => held.cloned(),
    };
    let asked = &proposal.asked;
    let before = held.as_ref().filter(|_| proposal.kind == ChangeSetKind::Update);
    let frame = match &held {
        Some(held) => Frame::of(held),
        None => Frame::new(&cloud, &scope, stack, now),
    };
    let frame = frame.with(asked);
    let given = version::parameters(asked, template, before)?;
    let bound = Design::bind(template, &frame, &given, &cloud)?;
    let mut design = Design::new(&bound, &cloud)?;
    let mut version = version::of(asked, template, &design, before);
    nested::pin(step, &design, &mut version)?;
    if let Some(held) = before {
        nested::mark(&cloud, &mut design, &held.version, &version);
    }
    let changed = match before {
        Some(held) => !held.status.is_whole() || begin::changes(&cloud, &design, held, &version)?,
        None => true,
    };
    let changes = listed(&design, &cloud, before);
    if held.is_none() {
        review(step, &frame, &version, now)?;
    }
    let id = {
        let scope = &frame.scope;
        let unique = identity::uuid(&[&frame.stack_id, name, &now.to_string()], cloud.version);
        format!("arn:aws:cloudformation:{}:{}:changeSet/{name}/{unique}", scope.region, scope.account)
    };
    let set = ChangeSet {
        id,
        scope,
        name: name.clone(),
        stack_id: frame.stack_id.clone(),
        stack_name: frame.stack_name.clone(),
        kind: proposal.kind,
        description: proposal.description.clone(),
        status: if changed { CREATE_COMPLETE } else { FAILED }.to_string(),
        status_reason: (!changed).then(|| NO_CHANGES.to_string()),
        execution_status: if changed { ExecutionStatus::Available } else { ExecutionStatus::Unavailable },
        version,
        on_failure: asked.on_failure,
        changes: serde_json::to_value(changes).map_err(|e| StackError::refused("InternalError", e.to_string()))?,
        base: step.cloud().last_stack_event(&frame.stack_id),
        created: now,
        client_token: proposal.client_token.clone(),
    };
    if let Some(same) = same {
        step.run(ForgetChangeSet { change_set_id: same.id.clone() })?;
    }
    step.run(PutChangeSet { change_set: set.clone() })?;
    Ok(set)
}

fn is_updatable(stack: &Stack) -> bool {
    let failed = matches!(stack.status, Status::CreateFailed | Status::UpdateFailed);
    stack.work.is_none() && (stack.status.is_whole() || failed)
}

/// What would change, with the causes as far as the template in force can still be read.
fn listed(design: &Design, cloud: &Cloud, held: Option<&Stack>) -> Vec<Change> {
    let records: Vec<_> = cloud.stack_resources(&design.stack_id).filter(|entry| entry.is_there()).cloned().collect();
    let none = StackVersion::default();
    let version = held.map_or(&none, |held| &held.version);
    let read = || {
        let template = version::parse("template", &version.template, version.skip_unsupported).ok()?;
        Design::bind(&template, &Frame::of(held?), &version.parameters, cloud).ok()
    };
    let bound = read();
    let template = bound.as_ref().map(|bound| &bound.template);
    changes(design, cloud, &records, &Before { template, parameters: &version.parameters })
}

/// A stack that there is not yet is there to be looked at.
fn review(step: &mut Step, frame: &Frame, version: &StackVersion, now: u64) -> Result<(), StackError> {
    let unique = frame.stack_id.rsplit('/').next().unwrap_or_default();
    let version = StackVersion { template: version.template.clone(), ..StackVersion::default() };
    let status = Status::ReviewInProgress;
    let reason = Some("User Initiated".to_string());
    let stack = Stack {
        status_reason: reason.clone(),
        ..Stack::new(&frame.scope, &frame.stack_name, unique, status, version, now)
    };
    step.run(PutStack { stack: stack.clone() })?;
    Ok(event::of_stack(step, &stack, status, reason)?)
}

fn execute(step: &mut Step, id: &str, execution: &Execution) -> Result<Begun, StackError> {
    let cloud = step.cloud();
    let set = find(&cloud, &step.scope().clone(), id)?;
    if set.status != CREATE_COMPLETE {
        return Err(unfit(set, "executed", "status", &set.status));
    }
    let status = execution_status(&cloud, set);
    if status != ExecutionStatus::Available {
        return Err(unfit(set, "executed", "execution status", status.as_str()));
    }
    let version = &set.version;
    let given = |(name, value): (&String, &String)| (name.clone(), Given::Value(value.clone()));
    let asked = Asked {
        template: Some(version.template.clone()),
        parameters: version.parameters.iter().map(given).collect::<BTreeMap<_, _>>(),
        tags: Some(version.tags.clone()),
        capabilities: version.capabilities.clone(),
        notification_arns: Some(version.notification_arns.clone()),
        role_arn: version.role_arn.clone(),
        on_failure: execution.on_failure.or(set.on_failure),
        client_request_token: execution.client_request_token.clone(),
        skip_unsupported: version.skip_unsupported,
        nested_templates: version.nested_templates.clone(),
        ..Asked::default()
    };
    let begun = match set.kind {
        ChangeSetKind::Create => begin::create(step, &set.stack_name, &asked, None)?,
        ChangeSetKind::Update => begin::update(step, &set.stack_id, &asked)?
            .ok_or_else(|| StackError::invalid("No updates are to be performed."))?,
    };
    for other in cloud.change_sets_of(&set.stack_id).filter(|other| other.id != set.id) {
        step.run(ForgetChangeSet { change_set_id: other.id.clone() })?;
    }
    let carried_out = ChangeSet { execution_status: ExecutionStatus::ExecuteInProgress, ..set.clone() };
    step.run(PutChangeSet { change_set: carried_out })?;
    if let Some(stack) = step.cloud().stacks.get(&begun.stack_id) {
        step.run(PutStack { stack: Stack { change_set_id: Some(set.id.clone()), ..stack.clone() } })?;
    }
    Ok(begun)
}
