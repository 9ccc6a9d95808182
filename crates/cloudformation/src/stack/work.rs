//! A stack at work: its record, written before and after each step, and its events.

use super::event::{Event, STACK_TYPE, Status};
use super::present::REPLACED;
use super::{Account, PATIENCE, StackError};
use crate::resource::{Failure, Which, table};
use croft_control::PutStack;
use croft_model::stack::{Stack, StackResource};

/// See the module.
pub struct Work<'a, A> {
    pub account: &'a mut A,
    pub events: &'a mut dyn FnMut(&Event),
    pub record: Stack,
}

/// Something under way.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub logical_id: String,
    pub which: Which,
    pub physical_id: String,
    /// Seconds since 1970.
    pub until: u64,
}

impl<A: Account> Work<'_, A> {
    /// Writes the record.
    pub fn put(&mut self) -> Result<(), StackError> {
        self.account.run(PutStack { stack: self.record.clone() })?;
        Ok(())
    }

    /// The stack itself has another status.
    pub fn stack_status(&mut self, status: Status, reason: Option<String>) -> Result<(), StackError> {
        self.record.status = status.as_str().to_string();
        self.record.status_reason = reason.clone();
        self.put()?;
        let (name, id) = (self.record.name.clone(), self.record.id.clone());
        self.tell(&name, Some(id), STACK_TYPE, status, reason);
        Ok(())
    }

    /// Sends an event.
    pub fn tell(
        &mut self,
        logical_id: &str,
        physical_id: Option<String>,
        resource_type: &str,
        status: Status,
        reason: Option<String>,
    ) {
        (self.events)(&Event {
            time: self.account.now(),
            stack_name: self.record.name.clone(),
            logical_id: logical_id.to_string(),
            physical_id,
            resource_type: resource_type.to_string(),
            status,
            reason,
        });
    }

    /// The entry of a resource, not of one that it has replaced.
    pub fn entry(&mut self, logical_id: &str) -> Option<&mut StackResource> {
        self.record.resources.iter_mut().find(|r| r.logical_id == logical_id && r.status != REPLACED)
    }

    /// A resource has another status: in the record and told.
    pub fn resource_status(
        &mut self,
        logical_id: &str,
        status: Status,
        reason: Option<String>,
    ) -> Result<(), StackError> {
        let Some(entry) = self.entry(logical_id) else { return Ok(()) };
        entry.status = status.as_str().to_string();
        entry.status_reason = reason.clone();
        let (id, kind) = (entry.physical_id.clone(), entry.kind.clone());
        self.put()?;
        self.tell(logical_id, id, &kind, status, reason);
        Ok(())
    }

    /// When what begins now has to be done.
    pub fn deadline(&self) -> u64 {
        self.account.now() + PATIENCE.as_secs()
    }

    /// Waits for another version of the cloud, at most until the first of these has to be done.
    pub fn wait(&mut self, version: u64, waiting: &[Waiting]) {
        let now = self.account.now();
        let until = waiting.iter().map(|w| w.until).min().unwrap_or(now);
        let at_most = std::time::Duration::from_secs(until.saturating_sub(now));
        self.account.wait(version, at_most);
    }
}

/// The type of an entry of a record.
pub fn which(entry: &StackResource) -> Result<Which, Failure> {
    match table::find(&entry.kind) {
        Some(of) => Ok(of.which),
        None => Err(Failure::Properties(format!("the resource type {} is not supported", entry.kind))),
    }
}

/// The properties that an entry was made of.
pub fn properties(entry: &StackResource) -> serde_json::Map<String, serde_json::Value> {
    entry.properties.as_object().cloned().unwrap_or_default()
}
