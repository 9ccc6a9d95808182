//! Going back to what was before an update: changed resources get their old properties back, new ones go.

use super::make::{Went, deadline, late, proceed, properties, which};
use super::reason::Reason;
use super::step::Step;
use super::{Turn, delete, finish};
use crate::resource::New;
use croft_control::Error;
use croft_model::stack::{Phase, StackResource, Status};
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;

/// The stack is again to be what it was when it was whole for the last time.
pub(super) fn begin(step: &mut Step, reason: String) -> Result<(), Error> {
    if let Some(before) = step.stack.before.take() {
        step.stack.version = *before;
    }
    if let Some(work) = step.stack.work.as_mut() {
        work.phase = Phase::UpdateRollback;
    }
    step.stack_status(Status::UpdateRollbackInProgress, Some(reason).filter(|reason| !reason.is_empty()))
}

/// Changes back what can be changed back now. `gone_on_without`: new resources that could not be deleted.
pub(super) fn turn(step: &mut Step, stuck: &mut BTreeSet<String>) -> Result<Turn, Error> {
    let Some(work) = step.stack.work.clone().filter(|w| w.phase == Phase::UpdateRollback) else {
        return Ok(Turn::Ended);
    };
    let mut entries = step.entries();
    entries.retain(|entry| !entry.made && entry.is_there());
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.before.as_ref().map_or(0, |before| before.at)));
    let (mut moved, mut until, mut failed) = (false, None::<u64>, Vec::new());
    for mut entry in entries {
        if work.passed_over.contains(&entry.logical_id) {
            pass_over(step, entry)?;
            continue;
        }
        match change_back(step, &mut entry)? {
            Back::AsBefore => {}
            Back::Now => moved = true,
            Back::UnderWay(at) => until = Some(until.map_or(at, |u| u.min(at))),
            Back::Failed(reason) => failed.push((entry, reason)),
        }
    }
    if moved {
        return Ok(Turn::Moved);
    }
    if let Some(until) = until {
        return Ok(Turn::Waits(Some(until)));
    }
    if !failed.is_empty() {
        // What was made may be in the way.
        let made: Vec<StackResource> = step.entries().into_iter().filter(|entry| entry.made).collect();
        if made.iter().any(|entry| !stuck.contains(&entry.logical_id)) {
            return match delete::turn(step, made, delete::Record::Forget)? {
                delete::Deleted::All => Ok(Turn::Moved),
                delete::Deleted::Moved => Ok(Turn::Moved),
                delete::Deleted::Waits(until) => Ok(Turn::Waits(until)),
                delete::Deleted::Stuck(left) => {
                    stuck.extend(left);
                    Ok(Turn::Moved)
                }
            };
        }
        let mut names = Vec::new();
        for (mut entry, reason) in failed {
            step.failed(&mut entry, Status::UpdateFailed, reason)?;
            names.push(entry.logical_id);
        }
        let reason = format!("The following resource(s) failed to update: [{}]. ", names.join(", "));
        finish::ended(step, &work, Status::UpdateRollbackFailed, Some(reason))?;
        return Ok(Turn::Ended);
    }
    for mut entry in step.entries().into_iter().filter(|entry| entry.made) {
        (entry.replaced, entry.made, entry.before) = (true, false, None);
        // It was not there before, whatever its policy for later.
        entry.deletion_policy = entry.deletion_policy.filter(|policy| policy == "Retain");
        step.put(&entry)?;
    }
    if let Some(work) = step.stack.work.as_mut() {
        work.phase = Phase::UpdateRollbackCleanup;
    }
    step.stack_status(Status::UpdateRollbackCleanup, None)?;
    Ok(Turn::Ended)
}

enum Back {
    /// Nothing had changed, or it has been changed back already.
    AsBefore,
    Now,
    UnderWay(u64),
    Failed(Reason),
}

fn change_back(step: &mut Step, entry: &mut StackResource) -> Result<Back, Error> {
    let Some(before) = entry.before.clone() else {
        if entry.status != Status::UpdateFailed {
            return Ok(Back::AsBefore);
        }
        step.status(entry, Status::UpdateComplete, None)?;
        return Ok(Back::Now);
    };
    // The templates of a nested stack are none of its properties.
    let nested = entry.kind == super::STACK_TYPE;
    let (tried, wanted) = (properties(&entry.properties), properties(&before.properties));
    let begun = entry.status == Status::UpdateInProgress && entry.until.is_some();
    if tried == wanted && !begun && !nested {
        let changed = entry.status != before.status;
        restore(entry);
        match changed {
            true => step.status(entry, Status::UpdateComplete, None)?,
            false => step.put(entry)?,
        }
        return Ok(Back::Now);
    }
    if !begun {
        let id = match update(step, entry, &tried, &wanted) {
            Ok(id) => id,
            Err(reason) => return Ok(Back::Failed(reason)),
        };
        entry.physical_id = Some(id);
        entry.until = Some(deadline(step, entry));
        step.status(entry, Status::UpdateInProgress, None)?;
    }
    // It goes from what was tried to what was before.
    let there = StackResource { properties: before.properties.clone(), made: false, ..entry.clone() };
    match proceed(step, &there, Some(tried)) {
        Went::Done => {
            let id = entry.physical_id.clone();
            restore(entry);
            entry.physical_id = id;
            step.status(entry, Status::UpdateComplete, None)?;
            Ok(Back::Now)
        }
        Went::NotYet => match entry.until.filter(|until| step.now < *until) {
            Some(until) => Ok(Back::UnderWay(until)),
            None => Ok(Back::Failed(Reason::unsettled(late(step, entry), entry, step.at()))),
        },
        Went::Failed(reason) => Ok(Back::Failed(reason)),
    }
}

fn update(
    step: &mut Step,
    entry: &StackResource,
    tried: &Map<String, Json>,
    wanted: &Map<String, Json>,
) -> Result<String, Reason> {
    let (stack_name, stack_id) = (step.stack.name.clone(), step.stack.id.clone());
    let new = New { stack_name: &stack_name, stack_id: &stack_id, logical_id: &entry.logical_id, properties: wanted };
    let id = entry.physical_id.clone().unwrap_or_default();
    let changed = which(entry).and_then(|of| step.attempt(|step| of.update(step, &id, tried, &new)));
    changed.map_err(|failure| Reason::of(&failure, entry, step.at()))
}

/// The entry as it was.
fn restore(entry: &mut StackResource) {
    let Some(before) = entry.before.take() else { return };
    entry.physical_id = before.physical_id;
    entry.properties = before.properties;
    entry.deletion_policy = before.deletion_policy;
    entry.update_replace_policy = before.update_replace_policy;
    entry.needs = before.needs;
    entry.status = before.status;
    (entry.status_reason, entry.until, entry.replaced) = (None, None, false);
}

/// A rollback goes on without it: it counts as changed back.
fn pass_over(step: &mut Step, mut entry: StackResource) -> Result<(), Error> {
    if entry.before.is_some() || entry.status != Status::UpdateComplete {
        restore(&mut entry);
        step.status(&mut entry, Status::UpdateComplete, None)?;
    }
    Ok(())
}
