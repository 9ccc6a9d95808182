//! Deleting: a whole stack, or what an update or a rollback leaves over.
//!
//! Resources go in the reverse order of their making. One that something still uses is tried again when something
//! else has gone; it fails only when nothing more is under way that could free it.

use super::event::{Event, Status};
use super::recover;
use super::work::{Waiting, Work, properties, which};
use super::{Account, StackError};
use crate::resource::Settled;
use croft_control::DeleteStack;
use croft_model::stack::StackResource;

/// Deletes a stack and forgets it. What is to be retained stays.
pub fn down<A: Account>(account: &mut A, name: &str, events: &mut dyn FnMut(&Event)) -> Result<(), StackError> {
    let cloud = account.cloud();
    let Some(record) = cloud.stack(&cloud.home, name).cloned() else {
        let names: Vec<&str> = cloud.stacks_in(&cloud.home).map(|s| s.name.as_str()).collect();
        let advice = match names.as_slice() {
            [] => "no stack is up".to_string(),
            names => crate::language::nearest::advice(name, names.iter().copied()),
        };
        return Err(StackError::NotFound { name: name.to_string(), advice });
    };
    let mut work = Work { account, events, record };
    work.stack_status(Status::DeleteInProgress, None)?;
    let entries: Vec<StackResource> = work.record.resources.iter().rev().cloned().collect();
    let remains = work.delete(entries)?;
    if !remains.is_empty() {
        let remains = said(&remains);
        work.stack_status(Status::DeleteFailed, Some(remains.clone()))?;
        return Err(StackError::NotDeleted { name: name.to_string(), remains });
    }
    work.account.run(DeleteStack { stack_name: name.to_string() })?;
    let id = work.record.id.clone();
    work.tell(name, Some(id), super::event::STACK_TYPE, Status::DeleteComplete, None);
    Ok(())
}

/// `LogicalId: reason; LogicalId: reason`.
pub fn said(remains: &[(String, String)]) -> String {
    remains.iter().map(|(name, reason)| format!("{name}: {reason}")).collect::<Vec<_>>().join("; ")
}

enum Progress {
    Gone,
    UnderWay(Waiting),
    /// Something still uses it.
    InUse(String),
    Failed(String),
}

impl<A: Account> Work<'_, A> {
    /// Deletes these entries of the record in this order, so far as can be. What remains, with reasons.
    pub fn delete(&mut self, entries: Vec<StackResource>) -> Result<Vec<(String, String)>, StackError> {
        let mut open = Vec::new();
        for entry in entries {
            if entry.deletion_policy.as_deref().is_some_and(|policy| policy != "Delete") {
                self.forget(&entry, Status::DeleteSkipped)?;
            } else {
                open.push(entry);
            }
        }
        let mut told: Vec<StackResource> = Vec::new();
        let mut waiting: Vec<(StackResource, Waiting)> = Vec::new();
        let mut remains = Vec::new();
        loop {
            let mut moved = false;
            let cloud = self.account.cloud();
            let now = self.account.now();
            let mut still = Vec::new();
            for (entry, until) in waiting {
                match until.which.gone(&cloud, &until.physical_id) {
                    Settled::Done => {
                        self.forget(&entry, Status::DeleteComplete)?;
                        moved = true;
                    }
                    Settled::NotYet if now < until.until => still.push((entry, until)),
                    settled => {
                        let reason = match settled {
                            Settled::Failed(reason) => reason,
                            _ => "it was not gone in time".to_string(),
                        };
                        self.mark(&entry, Status::DeleteFailed, Some(reason.clone()))?;
                        remains.push((entry.logical_id, reason));
                        moved = true;
                    }
                }
            }
            waiting = still;
            let mut in_use = Vec::new();
            for entry in std::mem::take(&mut open) {
                if !told.contains(&entry) {
                    self.mark(&entry, Status::DeleteInProgress, None)?;
                    told.push(entry.clone());
                }
                match self.try_delete(&entry) {
                    Progress::Gone => {
                        self.forget(&entry, Status::DeleteComplete)?;
                        moved = true;
                    }
                    Progress::UnderWay(until) => {
                        waiting.push((entry, until));
                        moved = true;
                    }
                    Progress::InUse(reason) => in_use.push((entry, reason)),
                    Progress::Failed(reason) => {
                        self.mark(&entry, Status::DeleteFailed, Some(reason.clone()))?;
                        remains.push((entry.logical_id, reason));
                    }
                }
            }
            if in_use.is_empty() && waiting.is_empty() {
                return Ok(remains);
            }
            if !moved && waiting.is_empty() {
                for (entry, reason) in in_use {
                    self.mark(&entry, Status::DeleteFailed, Some(reason.clone()))?;
                    remains.push((entry.logical_id, reason));
                }
                return Ok(remains);
            }
            open = in_use.into_iter().map(|(entry, _)| entry).collect();
            if !moved {
                let waits: Vec<Waiting> = waiting.iter().map(|(_, w)| w.clone()).collect();
                self.wait(cloud.version, &waits);
            }
        }
    }

    fn try_delete(&mut self, entry: &StackResource) -> Progress {
        let of = match which(entry) {
            Ok(of) => of,
            Err(failure) => return Progress::Failed(failure.to_string()),
        };
        let cloud = self.account.cloud();
        // Whoever began to make it may have gone before it was written down.
        let known = entry.physical_id.clone();
        let found = known.or_else(|| recover::physical_id(&cloud, &self.record, entry, of));
        let Some(physical_id) = found else { return Progress::Gone };
        match of.delete(self.account, &physical_id, &properties(entry)) {
            Err(failure) if failure.is_dependency() => Progress::InUse(failure.to_string()),
            Err(failure) => Progress::Failed(failure.to_string()),
            Ok(()) => match of.gone(&self.account.cloud(), &physical_id) {
                Settled::Done => Progress::Gone,
                Settled::Failed(reason) => Progress::Failed(reason),
                Settled::NotYet => {
                    let (logical_id, until) = (entry.logical_id.clone(), self.deadline());
                    Progress::UnderWay(Waiting { logical_id, which: of, physical_id, until })
                }
            },
        }
    }

    /// Two entries may bear one logical id: a resource and the one that it replaced.
    fn position(&self, entry: &StackResource) -> Option<usize> {
        let same = |r: &StackResource| r.logical_id == entry.logical_id && r.physical_id == entry.physical_id;
        self.record.resources.iter().position(same)
    }

    fn mark(&mut self, entry: &StackResource, status: Status, reason: Option<String>) -> Result<(), StackError> {
        let replaced = entry.status == super::present::REPLACED;
        if let Some(held) = self.position(entry).and_then(|at| self.record.resources.get_mut(at))
            && !replaced
        {
            held.status = status.as_str().to_string();
            held.status_reason = reason.clone();
        }
        self.put()?;
        self.tell(&entry.logical_id, entry.physical_id.clone(), &entry.kind, status, reason);
        Ok(())
    }

    fn forget(&mut self, entry: &StackResource, status: Status) -> Result<(), StackError> {
        if let Some(at) = self.position(entry) {
            self.record.resources.remove(at);
        }
        self.put()?;
        self.tell(&entry.logical_id, entry.physical_id.clone(), &entry.kind, status, None);
        Ok(())
    }
}
