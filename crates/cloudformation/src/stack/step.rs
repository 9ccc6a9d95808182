//! One step of a stack's work: the stack's record and the resources that it is about, in one commit.

use super::account::Account;
use super::event;
use super::host::Host;
use super::reason::Reason;
use croft_control::{Cloud, Error, PutStack, PutStackResource, Request, Transaction};
use croft_model::Scope;
use croft_model::stack::{Stack, StackResource, Status};

/// See the module.
pub struct Step<'a, 'b> {
    tx: &'a mut Transaction<'b>,
    host: &'a dyn Host,
    /// Milliseconds since 1970.
    pub now: u64,
    /// The head as it is, or is to be: [`Step::put_head`] writes it.
    pub stack: Stack,
    /// Other stacks that got work.
    pub begun: Vec<String>,
}

impl<'a, 'b> Step<'a, 'b> {
    /// `now`: asked of the host before the commit began.
    pub fn new(tx: &'a mut Transaction<'b>, host: &'a dyn Host, now: u64, stack: Stack) -> Step<'a, 'b> {
        Step { tx, host, now, stack, begun: Vec::new() }
    }

    pub fn held(&self) -> &Cloud {
        self.tx.cloud()
    }

    /// All records of the stack's resources, in the order of their making.
    pub fn entries(&self) -> Vec<StackResource> {
        self.tx.cloud().stack_resources(&self.stack.id).cloned().collect()
    }

    pub fn put_head(&mut self) -> Result<(), Error> {
        self.tx.run(PutStack { stack: self.stack.clone() })
    }

    /// The stack itself has another status: in its head and told.
    pub fn stack_status(&mut self, status: Status, reason: Option<String>) -> Result<(), Error> {
        self.stack.status = status;
        self.stack.status_reason = reason.clone();
        self.put_head()?;
        self.tell_stack(status, reason)
    }

    /// An event of the stack itself.
    pub fn tell_stack(&mut self, status: Status, reason: Option<String>) -> Result<(), Error> {
        let stack = self.stack.clone();
        event::of_stack(self, &stack, status, reason)
    }

    pub fn put(&mut self, entry: &StackResource) -> Result<(), Error> {
        self.tx.run(PutStackResource { resource: entry.clone() })
    }

    /// A resource has another status: in its record and told.
    pub fn status(&mut self, entry: &mut StackResource, status: Status, reason: Option<&str>) -> Result<(), Error> {
        self.told(entry, status, reason.map(Reason::own))
    }

    /// A resource failed.
    pub(super) fn failed(&mut self, entry: &mut StackResource, status: Status, reason: Reason) -> Result<(), Error> {
        entry.until = None;
        self.told(entry, status, Some(reason))
    }

    /// What the identifiers in a reason that is told next are made of.
    pub(super) fn at(&self) -> u64 {
        self.held().last_stack_event(&self.stack.id) + 1
    }

    fn told(&mut self, entry: &mut StackResource, status: Status, reason: Option<Reason>) -> Result<(), Error> {
        entry.status = status;
        entry.status_reason = reason.as_ref().map(|reason| reason.told.clone());
        entry.changed = self.now;
        self.put(entry)?;
        let stack = self.stack.clone();
        event::of_resource(self, &stack, entry, reason)
    }

    /// Does something that leaves nothing behind if it fails.
    pub fn attempt<T, E>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        let (saved, begun) = (self.tx.save(), self.begun.len());
        work(self).inspect_err(|_| {
            self.tx.restore(saved);
            self.begun.truncate(begun);
        })
    }
}

impl Account for Step<'_, '_> {
    fn scope(&self) -> &Scope {
        self.tx.scope()
    }

    fn cloud(&self) -> Cloud {
        self.tx.cloud().seen_from(self.tx.scope())
    }

    fn run<R: Request>(&mut self, request: R) -> Result<R::Response, Error> {
        self.tx.run(request)
    }

    fn now_millis(&self) -> u64 {
        self.now
    }

    fn template(&self, url: &str) -> Result<String, String> {
        self.host.template(url)
    }

    fn endpoint(&self) -> Option<String> {
        self.host.endpoint()
    }

    fn begins(&mut self, stack_id: String) {
        self.begun.push(stack_id);
    }
}
