//! Undoing what was done before a step failed: changed resources get their old properties back, new ones go.

use super::event::Status;
use super::present::REPLACED;
use super::work::{Work, properties, which};
use super::{Account, StackError};
use crate::resource::New;
use croft_model::stack::{Stack, StackResource};
use serde_json::{Map, Value as Json};

/// What was done, to be undone.
pub enum Undo {
    /// A new resource, maybe in place of another.
    Made { logical_id: String },
    /// Changed in place, or begun to be: its entry as it was before, and the properties it was to have.
    Changed { old: StackResource, tried: Map<String, Json> },
}

impl<A: Account> Work<'_, A> {
    /// Undoes in reverse order. `before`: the record of the stack as it was, none if there was no stack. What could
    /// not be undone, with reasons.
    pub fn roll_back(
        &mut self,
        journal: Vec<Undo>,
        before: Option<&Stack>,
        reason: String,
    ) -> Result<(Status, Vec<(String, String)>), StackError> {
        let (begun, done, stuck) = match before {
            None => (Status::RollbackInProgress, Status::RollbackComplete, Status::RollbackFailed),
            Some(_) => (Status::UpdateRollbackInProgress, Status::UpdateRollbackComplete, Status::UpdateRollbackFailed),
        };
        self.stack_status(begun, Some(reason))?;
        let mut remains = Vec::new();
        for undo in journal.iter().rev() {
            if let Undo::Changed { old, tried } = undo
                && let Some(reason) = self.change_back(old, tried)?
            {
                remains.push((old.logical_id.clone(), reason));
            }
        }
        let mut made = Vec::new();
        for undo in journal.iter().rev() {
            if let Undo::Made { logical_id } = undo
                && let Some(entry) = self.entry(logical_id)
            {
                // Only what failed to come up goes although it was to be retained after its creation.
                if entry.deletion_policy.as_deref() == Some("RetainExceptOnCreate") {
                    entry.deletion_policy = Some("Delete".to_string());
                }
                made.push(entry.clone());
            }
        }
        remains.extend(self.delete(made)?);
        let policy = |entry: &StackResource| {
            let old = before?.resources.iter().find(|r| r.physical_id == entry.physical_id)?;
            Some((old.deletion_policy.clone(), old.status.clone()))
        };
        for entry in self.record.resources.iter_mut().filter(|r| r.status == REPLACED) {
            if let Some((deletion_policy, status)) = policy(entry) {
                (entry.deletion_policy, entry.status) = (deletion_policy, status);
            }
        }
        if let Some(before) = before {
            self.record.template = before.template.clone();
            self.record.parameters = before.parameters.clone();
            self.record.outputs = before.outputs.clone();
            let place = |r: &StackResource| before.resources.iter().position(|b| b.logical_id == r.logical_id);
            self.record.resources.sort_by_key(|r| place(r).unwrap_or(usize::MAX));
        }
        let status = if remains.is_empty() { done } else { stuck };
        let reason = (!remains.is_empty()).then(|| super::delete::said(&remains));
        self.stack_status(status, reason)?;
        Ok((status, remains))
    }

    /// None: it is as it was. Else the reason why not.
    fn change_back(&mut self, old: &StackResource, tried: &Map<String, Json>) -> Result<Option<String>, StackError> {
        let logical_id = old.logical_id.clone();
        let Some(entry) = self.entry(&logical_id).map(|entry| entry.clone()) else { return Ok(None) };
        self.resource_status(&logical_id, Status::UpdateInProgress, Some("going back".to_string()))?;
        let wanted = properties(old);
        let (stack_name, stack_id) = (self.record.name.clone(), self.record.id.clone());
        let new = New { stack_name: &stack_name, stack_id: &stack_id, logical_id: &logical_id, properties: &wanted };
        let id = entry.physical_id.unwrap_or_default();
        let result = which(old).and_then(|of| of.update(self.account, &id, tried, &new));
        match result {
            Ok(id) => {
                if let Some(entry) = self.entry(&logical_id) {
                    *entry = StackResource { physical_id: Some(id), ..old.clone() };
                }
                self.resource_status(&logical_id, Status::UpdateComplete, None)?;
                Ok(None)
            }
            Err(failure) => {
                self.resource_status(&logical_id, Status::UpdateFailed, Some(failure.to_string()))?;
                Ok(Some(failure.to_string()))
            }
        }
    }
}
