//! Deleting: a whole stack, or what an update or a rollback leaves over.
//!
//! A resource goes once nothing of its stack that needs it is left. One that something still uses is tried again when
//! something else has gone; it fails only when nothing more is under way that could free it.

use super::account::Account;
use super::make::{deadline, properties, which};
use super::reason::Reason;
use super::step::Step;
use super::{Turn, exports, finish};
use crate::resource::Settled;
use croft_control::{Error, ForgetChangeSet, ForgetStackResource};
use croft_model::stack::{OnFailure, Phase, StackResource, Status};
use std::collections::BTreeSet;

/// What becomes of the record of a resource that is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Record {
    /// It says so.
    Keep,
    Forget,
}

pub(super) enum Deleted {
    All,
    Moved,
    /// Until when, in milliseconds since 1970.
    Waits(Option<u64>),
    /// Logical ids of what cannot be deleted.
    Stuck(Vec<String>),
}

enum Became {
    Gone,
    UnderWay(u64),
    /// Something still uses it.
    InUse(Reason),
    Failed(Reason),
}

/// Deletes of these what can be deleted now.
pub(super) fn turn(step: &mut Step, entries: Vec<StackResource>, record: Record) -> Result<Deleted, Error> {
    let mut open: Vec<StackResource> = entries.into_iter().filter(StackResource::is_there).rev().collect();
    if open.is_empty() {
        return Ok(Deleted::All);
    }
    let (mut moved, mut until, mut in_use) = (false, None::<u64>, Vec::new());
    // What fails goes on to be looked at, or it would hold up what it needs for ever.
    let failed = |entry: &StackResource| entry.status == Status::DeleteFailed;
    loop {
        let needed: BTreeSet<(&str, u64)> = open
            .iter()
            .filter(|entry| !failed(entry))
            .flat_map(|entry| entry.needs.iter().map(move |name| (name.as_str(), entry.number)))
            .collect();
        let free = |entry: &StackResource| {
            let by = |(name, number): &&(&str, u64)| *name == entry.logical_id && *number != entry.number;
            !needed.range((entry.logical_id.as_str(), 0)..).take_while(|(n, _)| *n == entry.logical_id).any(|n| by(&n))
        };
        let (ready, rest): (Vec<StackResource>, Vec<StackResource>) =
            open.iter().cloned().partition(|entry| !failed(entry) && free(entry));
        let mut gone = false;
        let mut still = Vec::new();
        for mut entry in ready {
            if in_use.iter().any(|(held, _): &(StackResource, Reason)| held.number == entry.number) {
                still.push(entry);
                continue;
            }
            let (was, had) = (entry.status, entry.until);
            match one(step, &mut entry, record)? {
                Became::Gone => (gone, moved) = (true, true),
                Became::UnderWay(at) => {
                    moved |= was != entry.status || had.is_none();
                    until = Some(until.map_or(at, |u| u.min(at)));
                    still.push(entry);
                }
                Became::InUse(reason) => {
                    in_use.push((entry.clone(), reason));
                    still.push(entry);
                }
                Became::Failed(reason) => {
                    step.failed(&mut entry, Status::DeleteFailed, reason)?;
                    (gone, moved) = (true, true);
                    still.push(entry);
                }
            }
        }
        open = still.into_iter().chain(rest).collect();
        if !gone {
            break;
        }
        // Something has gone: what was in use may be free.
        in_use.clear();
    }
    if open.is_empty() {
        return Ok(Deleted::All);
    }
    if moved {
        return Ok(Deleted::Moved);
    }
    if until.is_some() {
        return Ok(Deleted::Waits(until));
    }
    if !in_use.is_empty() {
        // Nothing more will free them; what they need is tried all the same.
        for (mut entry, reason) in in_use {
            step.failed(&mut entry, Status::DeleteFailed, reason)?;
        }
        return Ok(Deleted::Moved);
    }
    open.reverse();
    Ok(Deleted::Stuck(open.into_iter().map(|entry| entry.logical_id).collect()))
}

/// Goes on with one.
fn one(step: &mut Step, entry: &mut StackResource, record: Record) -> Result<Became, Error> {
    if entry.deletion_policy.as_deref().is_some_and(|policy| policy != "Delete") {
        gone(step, entry, Status::DeleteSkipped, record)?;
        return Ok(Became::Gone);
    }
    let Some(id) = entry.physical_id.clone() else {
        // It was never made.
        gone(step, entry, Status::DeleteComplete, record)?;
        return Ok(Became::Gone);
    };
    let of = match which(entry) {
        Ok(of) => of,
        Err(failure) => return Ok(Became::Failed(Reason::of(&failure, entry, step.at()))),
    };
    let begun = entry.status == Status::DeleteInProgress && entry.until.is_some();
    if entry.status != Status::DeleteInProgress {
        entry.until = None;
        step.status(entry, Status::DeleteInProgress, None)?;
    }
    if !begun {
        let made_of = properties(&entry.properties);
        match step.attempt(|step| of.delete(step, &id, &made_of)) {
            Err(failure) => {
                let reason = Reason::of(&failure, entry, step.at());
                return Ok(match failure.is_dependency() {
                    true => Became::InUse(reason),
                    false => Became::Failed(reason),
                });
            }
            Ok(()) => {
                entry.until = Some(deadline(step, entry));
            }
        }
    }
    match of.gone(&step.cloud(), &id) {
        Settled::Done => {
            gone(step, entry, Status::DeleteComplete, record)?;
            Ok(Became::Gone)
        }
        Settled::Failed(reason) => Ok(Became::Failed(Reason::unsettled(reason, entry, step.at()))),
        Settled::NotYet => match entry.until.filter(|until| step.now < *until) {
            Some(until) => {
                if !begun {
                    step.put(entry)?;
                    entry.until = Some(until);
                }
                Ok(Became::UnderWay(until))
            }
            None => {
                let reason = "it was not gone in time".to_string();
                Ok(Became::Failed(Reason::unsettled(reason, entry, step.at())))
            }
        },
    }
}

fn gone(step: &mut Step, entry: &mut StackResource, status: Status, record: Record) -> Result<(), Error> {
    entry.until = None;
    step.status(entry, status, None)?;
    if record == Record::Forget {
        let (stack_id, number) = (entry.stack_id.clone(), entry.number);
        step.run(ForgetStackResource { stack_id, number })?;
    }
    Ok(())
}

/// What a phase deletes, and how it ends.
pub(super) fn phase(step: &mut Step) -> Result<Turn, Error> {
    let Some(work) = step.stack.work.clone() else { return Ok(Turn::Ended) };
    let mut entries = step.entries();
    let record = match work.phase {
        Phase::Delete | Phase::Rollback => Record::Keep,
        _ => {
            entries.retain(|entry| entry.replaced);
            Record::Forget
        }
    };
    if work.phase == Phase::Delete
        && let Err(reason) = exports::hold(step.held(), &step.stack)
    {
        // Nothing of it has gone: it is what it was, as on AWS.
        let begun = entries.iter().any(|entry| entry.status == Status::DeleteInProgress || !entry.is_there());
        let status = work.was.filter(|_| !begun).unwrap_or(Status::DeleteFailed);
        finish::ended(step, &work, status, Some(reason))?;
        return Ok(Turn::Ended);
    }
    for entry in &mut entries {
        if work.phase == Phase::Delete && work.passed_over.contains(&entry.logical_id) {
            entry.deletion_policy = Some("Retain".to_string());
        }
        let on_create = work.phase == Phase::Rollback || work.on_failure == OnFailure::Delete;
        if on_create && entry.deletion_policy.as_deref() == Some("RetainExceptOnCreate") {
            entry.deletion_policy = Some("Delete".to_string());
        }
    }
    let left = match turn(step, entries, record)? {
        Deleted::Moved => return Ok(Turn::Moved),
        Deleted::Waits(until) => return Ok(Turn::Waits(until)),
        Deleted::All => Vec::new(),
        Deleted::Stuck(left) => left,
    };
    let failed = |left: &[String]| Some(format!("The following resource(s) failed to delete: [{}]. ", left.join(", ")));
    let (status, reason) = match (work.phase, left.is_empty()) {
        (Phase::Delete, true) => (Status::DeleteComplete, None),
        (Phase::Delete, false) => (Status::DeleteFailed, failed(&left)),
        (Phase::Rollback, true) => (Status::RollbackComplete, None),
        (Phase::Rollback, false) => (Status::RollbackFailed, failed(&left)),
        (Phase::UpdateRollbackCleanup, true) => (Status::UpdateRollbackComplete, None),
        (Phase::UpdateRollbackCleanup, false) => (Status::UpdateRollbackFailed, failed(&left)),
        // What an update could not delete stays in the record, and the next update tries again.
        (_, true) => (Status::UpdateComplete, None),
        (_, false) => (Status::UpdateComplete, failed(&left)),
    };
    if status == Status::DeleteComplete {
        step.stack.deleted = Some(step.now);
        let id = step.stack.id.clone();
        let sets: Vec<String> = step.held().change_sets_of(&id).map(|set| set.id.clone()).collect();
        for change_set_id in sets {
            step.run(ForgetChangeSet { change_set_id })?;
        }
    }
    if work.phase == Phase::Rollback {
        step.stack.version.outputs.clear();
    }
    finish::ended(step, &work, status, reason)?;
    Ok(Turn::Ended)
}
