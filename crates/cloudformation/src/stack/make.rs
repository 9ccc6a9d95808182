//! Making: what the template wants and is not there is made, what is there and differs is changed or replaced.
//!
//! What does not need another resource goes on beside it: a NAT gateway that comes up holds up only what needs it.
//! All that can be done at one moment is done in one commit. A new resource is made before the one that it replaces
//! is deleted.

use super::account::Account;
use super::change_set::cause::hidden;
use super::design::{Action, Design, Step as Planned, action};
use super::policy::Policy;
use super::reason::Reason;
use super::step::Step;
use super::{PATIENCE, Turn, failing, finish, protect};
use crate::language::creation_policy::Signals;
use crate::language::diagnostic::Report;
use crate::resource::cloudformation::signal;
use crate::resource::{Failure, New, Settled, Which, table};
use croft_control::Error;
use croft_model::stack::{OnFailure, Phase, StackResource, Status, Work};
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, BTreeSet};

/// Most resources that are begun in one commit: others want to write too.
const AT_ONCE: usize = 64;

/// How far a resource is on its way.
pub(super) enum Went {
    Done,
    NotYet,
    Failed(Reason),
}

/// What became of a step.
enum Became {
    Done,
    UnderWay(u64),
    Failed,
}

/// Does what can be done now. `done`: what the template wants and is there.
pub(super) fn turn(step: &mut Step, design: &Design, done: &mut BTreeSet<String>) -> Result<Turn, Error> {
    let Some(work) = step.stack.work.clone().filter(|w| matches!(w.phase, Phase::Create | Phase::Update)) else {
        return Ok(Turn::Ended);
    };
    if let Some(reason) = withdrawn(&work, step.now) {
        failing::give_up(step, &work, Some(reason))?;
        return Ok(Turn::Ended);
    }
    let (mut moved, mut until) = (false, None::<u64>);
    let mut under_way = BTreeSet::new();
    let mut failed = BTreeSet::new();
    for mut entry in step.entries() {
        match entry.status {
            Status::CreateFailed | Status::UpdateFailed if !entry.replaced && !done.contains(&entry.logical_id) => {
                // Of this run, or of an earlier one: then it is tried again.
                if work_failed(step, &entry) {
                    failed.insert(entry.logical_id);
                }
                continue;
            }
            Status::CreateInProgress | Status::UpdateInProgress if !entry.replaced => {}
            _ => continue,
        }
        let name = entry.logical_id.clone();
        let signals = design.bound.signals.get(&name).copied();
        match settle(step, &mut entry, signals)? {
            Became::Done => drop((done.insert(name), moved = true)),
            Became::Failed => drop((failed.insert(name), moved = true)),
            Became::UnderWay(at) => {
                until = Some(until.map_or(at, |u| u.min(at)));
                under_way.insert(name);
            }
        }
    }
    let policy = Policy::of(&step.stack).filter(|_| work.phase == Phase::Update);
    for (name, reason) in policy.iter().flat_map(|policy| protect::leaving(step, design, policy)).collect::<Vec<_>>() {
        let Some(mut entry) = step.held().stack_resource(&step.stack.id, &name).cloned() else { continue };
        if failed.insert(name) {
            moved = true;
            step.failed(&mut entry, Status::UpdateFailed, reason)?;
        }
    }
    let gives_up = |failed: &BTreeSet<String>| !failed.is_empty() && work.on_failure != OnFailure::DoNothing;
    let mut there = there(step);
    let mut begun = 0;
    for planned in &design.steps {
        let name = &planned.resource.name.text;
        let ready = planned.needs.iter().all(|name| done.contains(name));
        if !ready || done.contains(name) || under_way.contains(name) || failed.contains(name) {
            continue;
        }
        if begun == AT_ONCE || gives_up(&failed) {
            break;
        }
        begun += 1;
        moved = true;
        match begin(step, design, planned, &there, policy.as_ref())? {
            Became::Done => drop(done.insert(name.clone())),
            Became::Failed => drop(failed.insert(name.clone())),
            Became::UnderWay(at) => {
                until = Some(until.map_or(at, |u| u.min(at)));
                under_way.insert(name.clone());
            }
        }
        if let Some(entry) = step.held().stack_resource(&step.stack.id, name)
            && let (Some(of), Some(id)) = (table::find(&entry.kind), &entry.physical_id)
        {
            there.insert(name.clone(), (of.which, id.clone()));
        }
    }
    if gives_up(&failed) || !failed.is_empty() && !moved && under_way.is_empty() {
        failing::give_up(step, &work, None)?;
        return Ok(Turn::Ended);
    }
    if failed.is_empty() && design.steps.iter().all(|planned| done.contains(&planned.resource.name.text)) {
        finish::made(step, design, &work, &there)?;
        return Ok(Turn::Ended);
    }
    match moved {
        true => Ok(Turn::Moved),
        false => Ok(Turn::Waits(work.deadline.into_iter().chain(until).min())),
    }
}

/// Was a resource's failure told in the run that is under way?
fn work_failed(step: &Step, entry: &StackResource) -> bool {
    let mut events = step.held().stack_events(&step.stack.id).rev();
    let began = events.find(|event| {
        event.physical_id.as_deref() == Some(step.stack.id.as_str())
            && matches!(event.status, Status::CreateInProgress | Status::UpdateInProgress)
            && event.reason.as_deref() != Some(super::resume::GOES_ON)
    });
    let since = began.map_or(0, |event| event.number);
    let mut after = step.held().stack_events(&step.stack.id).rev().take_while(|event| event.number > since);
    after.any(|event| event.logical_id == entry.logical_id && event.status.is_failure())
}

/// Why what is under way is to end before it is done.
fn withdrawn(work: &Work, now: u64) -> Option<String> {
    let late = work.deadline.filter(|deadline| now >= *deadline);
    let timeout = || "Stack creation time exceeded the specified timeout.".to_string();
    work.cancelled.clone().or_else(|| late.map(|_| timeout()))
}

/// Type and physical id of what is there.
pub(super) fn there(step: &Step) -> BTreeMap<String, (Which, String)> {
    super::present::there(step.held().stack_resources(&step.stack.id))
}

/// The properties that an entry was made of.
pub(super) fn properties(json: &Json) -> Map<String, Json> {
    json.as_object().cloned().unwrap_or_default()
}

/// The type of an entry.
pub(super) fn which(entry: &StackResource) -> Result<Which, Failure> {
    let unknown = || Failure::Properties(format!("the resource type {} is not supported", entry.kind));
    table::find(&entry.kind).map(|of| of.which).ok_or_else(unknown)
}

/// Looks how far something is that is under way, and goes on with it. `signals`: what its creation policy waits for.
fn settle(step: &mut Step, entry: &mut StackResource, signals: Option<Signals>) -> Result<Became, Error> {
    let signals = signals.filter(|_| entry.before.is_none());
    let old = entry.before.as_ref().filter(|_| !entry.made).map(|before| properties(&before.properties));
    let settled = match (proceed(step, entry, old), signals) {
        (Went::Done, Some(signals)) => told(step, entry, signals),
        (settled, _) => settled,
    };
    match settled {
        Went::Done => {
            let status = match entry.status {
                Status::UpdateInProgress => Status::UpdateComplete,
                _ => Status::CreateComplete,
            };
            entry.until = None;
            step.status(entry, status, None)?;
            Ok(Became::Done)
        }
        Went::NotYet => match entry.until.filter(|until| step.now < *until) {
            Some(until) => Ok(Became::UnderWay(until)),
            None => {
                let reason = match signals {
                    Some(signals) => Reason::own(signal::late(signals.count as usize)),
                    None => Reason::unsettled(late(step, entry), entry, step.at()),
                };
                fail(step, entry, reason)
            }
        },
        Went::Failed(reason) => fail(step, entry, reason),
    }
}

/// How far a resource is with the signals that its creation policy waits for.
fn told(step: &Step, entry: &StackResource, signals: Signals) -> Went {
    let id = entry.physical_id.as_deref().unwrap_or_default();
    match signal::settled(&step.cloud(), &step.stack.id, &entry.logical_id, id, signals.count as usize) {
        Settled::Done => Went::Done,
        Settled::NotYet => Went::NotYet,
        Settled::Failed(reason) => Went::Failed(Reason::own(reason)),
    }
}

/// How far it is, by its type. `old`: its properties before a change in place.
pub(super) fn proceed(step: &mut Step, entry: &StackResource, old: Option<Map<String, Json>>) -> Went {
    let of = match which(entry) {
        Ok(of) => of,
        Err(failure) => return Went::Failed(Reason::of(&failure, entry, step.at())),
    };
    let Some(id) = entry.physical_id.clone() else { return Went::Failed(Reason::own("it was never made")) };
    let wanted = properties(&entry.properties);
    let (stack_name, stack_id) = (step.stack.name.clone(), step.stack.id.clone());
    let logical_id = entry.logical_id.clone();
    let new = New { stack_name: &stack_name, stack_id: &stack_id, logical_id: &logical_id, properties: &wanted };
    match step.attempt(|step| of.proceed(step, &id, old.as_ref(), &new)) {
        Ok(Settled::Done) => Went::Done,
        Ok(Settled::NotYet) => Went::NotYet,
        Ok(Settled::Failed(reason)) => Went::Failed(Reason::unsettled(reason, entry, step.at())),
        Err(failure) => Went::Failed(Reason::of(&failure, entry, step.at())),
    }
}

fn fail(step: &mut Step, entry: &mut StackResource, reason: Reason) -> Result<Became, Error> {
    let status = match entry.status {
        Status::UpdateInProgress => Status::UpdateFailed,
        _ => Status::CreateFailed,
    };
    step.failed(entry, status, reason)?;
    Ok(Became::Failed)
}

/// When what begins now with a resource has to be done.
pub(super) fn deadline(step: &Step, entry: &StackResource) -> u64 {
    let patience = which(entry).map_or(PATIENCE, |of| of.patience(&properties(&entry.properties)));
    step.now + u64::try_from(patience.as_millis()).unwrap_or(u64::MAX)
}

/// Why a resource failed that took too long.
pub(super) fn late(step: &Step, entry: &StackResource) -> String {
    let id = entry.physical_id.as_deref().unwrap_or_default();
    which(entry).map_or_else(|failure| failure.to_string(), |of| of.late(&step.cloud(), id))
}

/// Begins one resource.
fn begin(
    step: &mut Step,
    design: &Design,
    planned: &Planned,
    there: &BTreeMap<String, (Which, String)>,
    policy: Option<&Policy>,
) -> Result<Became, Error> {
    let resource = planned.resource;
    let name = &resource.name.text;
    let cloud = step.cloud();
    let old = cloud.stack_resource(&step.stack.id, name).filter(|old| old.is_there()).cloned();
    let mut report = Report::default();
    let resolved = design.resolve(resource, &design.present(&cloud, there, &BTreeSet::new()), &mut report);
    let entry = StackResource {
        scope: step.stack.scope.clone(),
        stack_id: step.stack.id.clone(),
        number: cloud.stack_resources(&step.stack.id).next_back().map_or(1, |last| last.number + 1),
        logical_id: name.clone(),
        kind: resource.of.name.to_string(),
        physical_id: None,
        status: Status::CreateInProgress,
        status_reason: None,
        changed: step.now,
        properties: Json::Object(resolved.json.clone()),
        hidden: hidden(resource, design.template),
        deletion_policy: Some(format!("{:?}", resource.deletion_policy)),
        update_replace_policy: Some(format!("{:?}", resource.update_replace_policy)),
        needs: planned.needs.iter().cloned().collect(),
        made: true,
        replaced: false,
        before: None,
        until: None,
        drift: None,
    };
    if let Err(diagnostics) = report.finish(&design.template.source, ()) {
        let messages: Vec<&str> = diagnostics.list().iter().map(|d| d.message.as_str()).collect();
        let mut entry = old.unwrap_or(entry);
        let begins = if entry.physical_id.is_some() { Status::UpdateInProgress } else { Status::CreateInProgress };
        step.status(&mut entry, begins, None)?;
        return fail(step, &mut entry, Reason::own(messages.join("; ")));
    }
    let signals = design.bound.signals.get(name).copied();
    let Some(old) = old else { return make(step, entry, Status::CreateInProgress, None, signals) };
    let again = matches!(old.status, Status::CreateFailed) && old.physical_id.is_some();
    let moves = !again && resource.of.which.moves(&properties(&old.properties), &resolved.json);
    let action = action(Some(&old), resource, &resolved);
    let act = protect::act(step, &action, &old).filter(|_| !again);
    if let Some(Err(reason)) = policy.zip(act).map(|(policy, act)| policy.judge(act, name, resource.of.name)) {
        let mut refused = old;
        step.failed(&mut refused, Status::UpdateFailed, Reason::own(reason))?;
        return Ok(Became::Failed);
    }
    match action {
        Action::Create => {
            make(step, StackResource { number: old.number, ..entry }, Status::CreateInProgress, None, signals)
        }
        Action::Keep if !again && resource.of.which != Which::NestedStack => {
            let mut kept = StackResource {
                deletion_policy: entry.deletion_policy,
                update_replace_policy: entry.update_replace_policy,
                needs: entry.needs,
                ..old.clone()
            };
            if kept.status == Status::UpdateFailed {
                (kept.status, kept.status_reason) = (Status::UpdateComplete, None);
            }
            if kept != old {
                let at = step.held().last_stack_event(&step.stack.id) + 1;
                kept.before.get_or_insert_with(|| Box::new(old.version(at)));
                step.put(&kept)?;
            }
            Ok(Became::Done)
        }
        // A nested stack finds out for itself whether there is something to change in it.
        Action::Update(_) | Action::Keep if !again => change(step, old, entry),
        Action::Replace { .. } if moves => change(step, old, entry),
        _ => {
            let at = step.held().last_stack_event(&step.stack.id) + 1;
            let mut left = old.clone();
            left.before.get_or_insert_with(|| Box::new(old.version(at)));
            left.replaced = true;
            left.deletion_policy = entry.update_replace_policy.clone();
            step.put(&left)?;
            let reason = "Requested update requires the creation of a new physical resource; hence creating one.";
            make(step, entry, Status::UpdateInProgress, Some(reason), signals)
        }
    }
}

fn make(
    step: &mut Step,
    mut entry: StackResource,
    status: Status,
    reason: Option<&str>,
    signals: Option<Signals>,
) -> Result<Became, Error> {
    step.status(&mut entry, status, reason)?;
    let wanted = properties(&entry.properties);
    let (stack_name, stack_id) = (step.stack.name.clone(), step.stack.id.clone());
    let logical_id = entry.logical_id.clone();
    let new = New { stack_name: &stack_name, stack_id: &stack_id, logical_id: &logical_id, properties: &wanted };
    let made = which(&entry).and_then(|of| step.attempt(|step| of.create(step, &new)));
    match made {
        Ok(id) => {
            entry.physical_id = Some(id);
            let told = signals.map_or(0, |signals| step.now + signals.timeout_seconds * 1000);
            entry.until = Some(if told > 0 { told } else { deadline(step, &entry) });
            step.status(&mut entry, status, Some("Resource creation Initiated"))?;
            settle(step, &mut entry, signals)
        }
        Err(failure) => {
            let reason = Reason::of(&failure, &entry, step.at());
            fail(step, &mut entry, reason)
        }
    }
}

/// Changes one in place.
fn change(step: &mut Step, mut old: StackResource, entry: StackResource) -> Result<Became, Error> {
    let at = step.held().last_stack_event(&step.stack.id) + 1;
    let before = old.before.clone().unwrap_or_else(|| Box::new(old.version(at)));
    step.status(&mut old, Status::UpdateInProgress, None)?;
    let (had, wanted) = (properties(&old.properties), properties(&entry.properties));
    let (stack_name, stack_id) = (step.stack.name.clone(), step.stack.id.clone());
    let logical_id = entry.logical_id.clone();
    let new = New { stack_name: &stack_name, stack_id: &stack_id, logical_id: &logical_id, properties: &wanted };
    let id = old.physical_id.clone().unwrap_or_default();
    let changed = which(&old).and_then(|of| step.attempt(|step| of.update(step, &id, &had, &new)));
    match changed {
        Ok(id) => {
            let mut changed = StackResource {
                number: old.number,
                physical_id: Some(id),
                status: Status::UpdateInProgress,
                made: old.made,
                before: Some(before),
                until: Some(deadline(step, &entry)),
                drift: old.drift,
                ..entry
            };
            step.put(&changed)?;
            settle(step, &mut changed, None)
        }
        Err(failure) => {
            let reason = Reason::of(&failure, &old, step.at());
            fail(step, &mut old, reason)
        }
    }
}
