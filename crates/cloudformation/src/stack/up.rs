//! Bringing a stack up: creating it, or changing it into what the template says now.
//!
//! What does not need another resource goes on beside it: a NAT gateway that comes up holds up only what needs it.
//! A new resource is made before the one that it replaces is deleted.

use super::delete::said;
use super::design::{Action, Design, Step, action};
use super::event::{Event, Status};
use super::present::REPLACED;
use super::rollback::Undo;
use super::work::{Waiting, Work, properties};
use super::{Account, StackError};
use crate::language::diagnostic::{Diagnostics, Report};
use crate::language::template::{Policy, Template};
use crate::resource::{Failure, New, Settled, Which};
use croft_control::Cloud;
use croft_model::stack::{Stack, StackResource};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// What is asked for.
pub struct Request<'t> {
    pub template: &'t Template,
    pub stack_name: &'t str,
    /// Lists with commas between. One that is missing keeps the value that the stack has, else takes its default.
    pub parameters: BTreeMap<String, String>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Done {
    Created(Stack),
    Updated(Stack),
    /// There was nothing to change.
    Unchanged(Stack),
}

impl Done {
    /// The record as it is now.
    pub fn stack(&self) -> &Stack {
        match self {
            Done::Created(stack) | Done::Updated(stack) | Done::Unchanged(stack) => stack,
        }
    }
}

/// Creates or changes a stack; undoes what it did when a step fails. Nothing is made before the whole template has
/// been found right.
pub fn up<A: Account>(account: &mut A, request: &Request, events: &mut dyn FnMut(&Event)) -> Result<Done, StackError> {
    let (cloud, now) = (account.cloud(), account.now());
    let held = cloud.stack(&cloud.home, request.stack_name);
    let design = Design::new(request.template, request.stack_name, &request.parameters, &cloud, now)?;
    // A stack that was never complete is created: should that fail, nothing of it stays.
    let complete = held.filter(|stack| {
        !stack.resources.is_empty() && !matches!(stack.status.as_str(), "CREATE_IN_PROGRESS" | "ROLLBACK_FAILED")
    });
    let creates = complete.is_none();
    let record = Stack {
        name: request.stack_name.to_string(),
        scope: cloud.home.clone(),
        id: design.stack_id.clone(),
        status: String::new(),
        status_reason: None,
        template: request.template.source.text().to_string(),
        parameters: design.parameters.clone(),
        resources: held.map(|s| s.resources.clone()).unwrap_or_default(),
        outputs: held.map(|s| s.outputs.clone()).unwrap_or_default(),
        tags: held.map(|s| s.tags.clone()).unwrap_or_default(),
        created: held.map_or(now, |s| s.created),
        updated: (!creates).then_some(now),
    };
    let mut work = Work { account, events, record };
    if let Some(stack) = complete.filter(|stack| Status::parse(&stack.status).is_some_and(settled)) {
        let same = design.steps.iter().all(|s| s.action == Action::Keep) && design.removed.is_empty();
        let outputs = design.outputs(&design.present(&cloud, &stack.resources))?;
        if same && outputs == stack.outputs {
            return Ok(Done::Unchanged(stack.clone()));
        }
    }
    work.stack_status(if creates { Status::CreateInProgress } else { Status::UpdateInProgress }, None)?;
    work.write_down_what_was_lost()?;
    let mut journal = Vec::new();
    if creates {
        // What an earlier attempt left belongs to this one.
        journal.extend(work.record.resources.iter().map(|r| Undo::Made { logical_id: r.logical_id.clone() }));
    }
    let made = work.make(&design, &mut journal)?;
    let failed = match made {
        Ok(()) => {
            let cloud = work.account.cloud();
            match design.outputs(&design.present(&cloud, &work.record.resources)) {
                Ok(outputs) => {
                    work.record.outputs = outputs;
                    None
                }
                Err(diagnostics) => Some(diagnostics),
            }
        }
        Err(diagnostics) => Some(diagnostics),
    };
    if let Some(failures) = failed {
        let names: Vec<&str> = failures.list().iter().filter_map(|d| d.logical_id.as_deref()).collect();
        let reason = format!("failed: {}", names.join(", "));
        let (status, remains) = work.roll_back(journal, complete, reason)?;
        let (name, status) = (request.stack_name.to_string(), status.as_str());
        return Err(match remains.is_empty() {
            true => StackError::RolledBack { name, failures, status },
            false => StackError::Stuck { name, failures, status, remains: said(&remains) },
        });
    }
    work.clean_up(&design)?;
    work.stack_status(if creates { Status::CreateComplete } else { Status::UpdateComplete }, None)?;
    Ok(if creates { Done::Created(work.record) } else { Done::Updated(work.record) })
}

/// Did the last run on the stack come to an end that leaves it whole?
fn settled(status: Status) -> bool {
    matches!(status, Status::CreateComplete | Status::UpdateComplete | Status::UpdateRollbackComplete)
}

/// Has a resource become what it should? One that was written down as complete has.
fn came_up(entry: &StackResource, which: Which, cloud: &Cloud) -> bool {
    let complete = matches!(Status::parse(&entry.status), Some(Status::CreateComplete | Status::UpdateComplete));
    let id = entry.physical_id.as_deref().unwrap_or_default();
    complete || which.made(cloud, id) == Settled::Done
}

/// Why making stopped.
enum Stop {
    Failed(Failure),
    Record(StackError),
}

impl From<StackError> for Stop {
    fn from(error: StackError) -> Stop {
        Stop::Record(error)
    }
}

impl<F: Into<Failure>> From<F> for Stop {
    fn from(failure: F) -> Stop {
        Stop::Failed(failure.into())
    }
}

impl<A: Account> Work<'_, A> {
    /// Entries without a physical id, left by a run that died, get it if there is one.
    fn write_down_what_was_lost(&mut self) -> Result<(), StackError> {
        let cloud = self.account.cloud();
        for at in 0..self.record.resources.len() {
            let Some(entry) = self.record.resources.get(at).filter(|entry| entry.physical_id.is_none()) else {
                continue;
            };
            let found = super::work::which(entry)
                .ok()
                .and_then(|which| super::recover::physical_id(&cloud, &self.record, entry, which));
            if let Some(entry) = self.record.resources.get_mut(at) {
                entry.physical_id = found;
            }
        }
        self.record.resources.retain(|entry| entry.physical_id.is_some());
        self.put()
    }

    /// Makes and changes everything, each thing once what it needs is there. The inner error says what failed.
    fn make(&mut self, design: &Design, journal: &mut Vec<Undo>) -> Result<Result<(), Diagnostics>, StackError> {
        let mut open: Vec<&Step> = design.steps.iter().collect();
        let mut done: BTreeSet<&str> = BTreeSet::new();
        let mut waiting: Vec<Waiting> = Vec::new();
        while !open.is_empty() || !waiting.is_empty() {
            let mut moved = false;
            let (ready, rest): (Vec<&Step>, Vec<&Step>) =
                open.into_iter().partition(|step| step.needs.iter().all(|name| done.contains(name.as_str())));
            open = rest;
            for step in ready {
                if self.account.cancelled() {
                    let cancelled = Failure::Settling("cancelled by the user".to_string());
                    return self.give_up(design, step.resource.name.text.clone(), cancelled, waiting).map(Err);
                }
                moved = true;
                match self.start(design, step, journal) {
                    Ok(None) => drop(done.insert(step.resource.name.text.as_str())),
                    Ok(Some(begun)) => waiting.push(begun),
                    Err(Stop::Record(error)) => return Err(error),
                    Err(Stop::Failed(failure)) => {
                        return self.give_up(design, step.resource.name.text.clone(), failure, waiting).map(Err);
                    }
                }
            }
            let (cloud, now) = (self.account.cloud(), self.account.now());
            let mut still = Vec::new();
            let mut under_way = waiting.into_iter();
            while let Some(begun) = under_way.next() {
                let failure = match begun.which.made(&cloud, &begun.physical_id) {
                    Settled::Done => {
                        self.complete(&begun.logical_id)?;
                        let step = design.steps.iter().find(|s| s.resource.name.text == begun.logical_id);
                        done.extend(step.map(|s| s.resource.name.text.as_str()));
                        moved = true;
                        continue;
                    }
                    Settled::NotYet if self.account.cancelled() => "cancelled by the user".to_string(),
                    Settled::NotYet if now < begun.until => {
                        still.push(begun);
                        continue;
                    }
                    Settled::NotYet => "it did not come up in time".to_string(),
                    Settled::Failed(reason) => reason,
                };
                still.extend(under_way);
                return self.give_up(design, begun.logical_id, Failure::Settling(failure), still).map(Err);
            }
            waiting = still;
            if !moved {
                self.wait(cloud.version, &waiting);
            }
        }
        Ok(Ok(()))
    }

    /// Begins one step. None: it is done already.
    fn start(&mut self, design: &Design, step: &Step, journal: &mut Vec<Undo>) -> Result<Option<Waiting>, Stop> {
        let resource = step.resource;
        let (name, of) = (resource.name.text.clone(), resource.of.which);
        let cloud = self.account.cloud();
        let present = design.present(&cloud, &self.record.resources);
        let mut report = Report::default();
        let resolved = design.resolve(resource, &present, &mut report);
        if let Err(diagnostics) = report.finish(&design.template.source, ()) {
            let messages: Vec<&str> = diagnostics.list().iter().map(|d| d.message.as_str()).collect();
            return Err(Failure::Properties(messages.join("; ")).into());
        }
        let old = self.entry(&name).map(|entry| entry.clone());
        let policy = |policy: Policy| Some(format!("{policy:?}"));
        let mut entry = StackResource {
            logical_id: name.clone(),
            kind: resource.of.name.to_string(),
            physical_id: None,
            properties: Json::Object(resolved.json.clone()),
            status: String::new(),
            status_reason: None,
            deletion_policy: policy(resource.deletion_policy),
        };
        let stack = (self.record.name.clone(), self.record.id.clone());
        let new = New { stack_name: &stack.0, stack_id: &stack.1, logical_id: &name, properties: &resolved.json };
        let decided = action(old.as_ref(), resource, &resolved);
        match (decided, old) {
            (Action::Keep, Some(old)) if !came_up(&old, of, &cloud) => {
                match of.made(&cloud, &old.physical_id.clone().unwrap_or_default()) {
                    Settled::NotYet => {
                        let physical_id = old.physical_id.unwrap_or_default();
                        return Ok(Some(Waiting { logical_id: name, which: of, physical_id, until: self.deadline() }));
                    }
                    _ => self.replace(&name, entry, resource.update_replace_policy, "what was there never came up")?,
                }
            }
            (Action::Keep, Some(_)) => {
                if let Some(held) = self.entry(&name) {
                    held.deletion_policy = entry.deletion_policy;
                    if Status::parse(&held.status) != Some(Status::UpdateComplete) {
                        held.status = Status::CreateComplete.as_str().to_string();
                    }
                    held.status_reason = None;
                }
                return Ok(None);
            }
            (Action::Update(_), Some(old)) => {
                journal.push(Undo::Changed { old: old.clone(), tried: resolved.json.clone() });
                // The entry keeps the old properties until the new ones hold: a run that dies here is told to try again.
                self.resource_status(&name, Status::UpdateInProgress, None)?;
                let id = old.physical_id.clone().unwrap_or_default();
                entry.physical_id = Some(of.update(self.account, &id, &properties(&old), &new)?);
                entry.status = Status::UpdateInProgress.as_str().to_string();
                self.hold(entry);
                self.complete(&name)?;
                return Ok(None);
            }
            (Action::Replace { .. }, Some(_)) => {
                let reason = "a property that cannot change makes a new resource";
                self.replace(&name, entry, resource.update_replace_policy, reason)?;
            }
            _ => {
                self.hold(entry);
                self.resource_status(&name, Status::CreateInProgress, None)?;
            }
        }
        journal.push(Undo::Made { logical_id: name.clone() });
        let physical_id = of.create(self.account, &new)?;
        self.name_it(&name, physical_id.clone());
        match of.made(&self.account.cloud(), &physical_id) {
            Settled::Done => {
                self.complete(&name)?;
                Ok(None)
            }
            Settled::Failed(reason) => Err(Failure::Settling(reason).into()),
            Settled::NotYet => {
                self.put()?;
                Ok(Some(Waiting { logical_id: name, which: of, physical_id, until: self.deadline() }))
            }
        }
    }

    /// A new entry takes the place of one whose resource is deleted later.
    fn replace(&mut self, name: &str, new: StackResource, old: Policy, reason: &str) -> Result<(), StackError> {
        if let Some(held) = self.entry(name) {
            held.status = REPLACED.to_string();
            held.deletion_policy = Some(format!("{old:?}"));
        }
        self.hold(new);
        self.resource_status(name, Status::UpdateInProgress, Some(reason.to_string()))
    }

    /// Puts an entry into the record, in the place of the one that bears its name.
    fn hold(&mut self, entry: StackResource) {
        match self.entry(&entry.logical_id) {
            Some(held) => *held = entry,
            None => self.record.resources.push(entry),
        }
    }

    fn name_it(&mut self, logical_id: &str, physical_id: String) {
        if let Some(entry) = self.entry(logical_id) {
            entry.physical_id = Some(physical_id);
        }
    }

    fn complete(&mut self, logical_id: &str) -> Result<(), StackError> {
        let status = match self.entry(logical_id).map(|entry| entry.status.as_str()) {
            Some("UPDATE_IN_PROGRESS") => Status::UpdateComplete,
            _ => Status::CreateComplete,
        };
        self.resource_status(logical_id, status, None)
    }

    /// One step failed, and what else is under way is given up with it.
    fn give_up(
        &mut self,
        design: &Design,
        logical_id: String,
        failure: Failure,
        waiting: Vec<Waiting>,
    ) -> Result<Diagnostics, StackError> {
        let mut report = Report::default();
        report.about(Some(&logical_id));
        let at = design.template.resource(&logical_id).map(|r| r.name.at).unwrap_or_default();
        report.error(at, failure.to_string());
        self.fail(&logical_id, failure.to_string())?;
        for begun in waiting {
            self.fail(&begun.logical_id, "given up, because another resource failed".to_string())?;
        }
        Ok(report.into_diagnostics(&design.template.source))
    }

    fn fail(&mut self, logical_id: &str, reason: String) -> Result<(), StackError> {
        let status = match self.entry(logical_id).map(|entry| entry.status.as_str()) {
            Some("UPDATE_IN_PROGRESS") => Status::UpdateFailed,
            _ => Status::CreateFailed,
        };
        self.resource_status(logical_id, status, Some(reason))
    }

    /// Deletes what was replaced and what the template has no more. What cannot be deleted stays in the record, and
    /// the next update tries again.
    fn clean_up(&mut self, design: &Design) -> Result<(), StackError> {
        let wanted: BTreeMap<&str, usize> =
            design.steps.iter().enumerate().map(|(at, s)| (s.resource.name.text.as_str(), at)).collect();
        let over = |r: &&StackResource| r.status == REPLACED || !wanted.contains_key(r.logical_id.as_str());
        let over: Vec<StackResource> = self.record.resources.iter().rev().filter(over).cloned().collect();
        if !over.is_empty() {
            self.stack_status(Status::UpdateCleanup, None)?;
            self.delete(over)?;
        }
        let place = |r: &StackResource| {
            (r.status == REPLACED, wanted.get(r.logical_id.as_str()).copied().unwrap_or(usize::MAX))
        };
        self.record.resources.sort_by_key(place);
        Ok(())
    }
}
