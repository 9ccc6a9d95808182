//! Stacks brought up and taken down, and followed while the work goes on.

use super::{asked, held, is_void, progress};
use crate::daemon::Inner;
use crate::error::Error;
use crate::protocol::{Event, Progress, StackReport, StackRequest};
use crate::socket::Caller;
use croft_cloudformation::stack::{Begun, Deletion, Outcome, awaited, version};
use croft_model::stack::{Stack, Status};
use std::cell::OnceCell;
use std::time::Duration;

/// How long one look for news takes: as often it is seen whether the caller is still there.
const LOOK: Duration = Duration::from_millis(100);

impl Inner {
    /// Creates or updates a stack; undoes it if a step fails or the caller hangs up. What an earlier attempt left of
    /// it goes first.
    pub fn up(&self, request: &StackRequest, caller: &dyn Caller) -> Result<StackReport, Error> {
        let (asked, cloud, name) = (asked(request), self.cloud(), &request.name);
        let home = &cloud.home;
        // Wrong templates are refused before anything goes.
        let template = version::read(&asked, cloud.stack(home, name))?;
        if cloud.stack(home, name).is_some_and(is_void) {
            self.plan(request)?;
            self.down(name, caller)?;
        }
        let held = held(&cloud, name);
        let begun = match held {
            Some(_) => self.stacks.update_if_changed(home, name, &asked)?,
            None => Some(self.stacks.create(home, name, &asked)?),
        };
        let Some(begun) = begun else {
            let stack = held.ok_or_else(|| Error::Stack(format!("the stack {name} is gone")))?;
            return Ok(StackReport { status: "UNCHANGED".to_string(), ..report(stack) });
        };
        if request.detach {
            return Ok(report(&self.known(&begun.stack_id)?));
        }
        Ok(report(&self.follow(&begun, caller, true)?.result(Some(&template))?))
    }

    /// Deletes a stack and what it made. Work that has begun goes on if the caller hangs up.
    pub fn down(&self, name: &str, caller: &dyn Caller) -> Result<StackReport, Error> {
        let held = self.known(name)?;
        let begun = match self.stacks.delete(&held.scope, &held.id, &Deletion::default())? {
            Some(begun) => begun,
            // It is being deleted already: that is followed from here on.
            None => Begun { after: self.cloud().last_stack_event(&held.id), stack_id: held.id },
        };
        Ok(report(&self.follow(&begun, caller, false)?.result(None)?))
    }

    /// Ends the work on a stack: what was begun is rolled back.
    pub fn cancel(&self, name: &str) -> Result<(), Error> {
        let stack = self.known(name)?;
        Ok(self.stacks.cancel(&stack.scope, &stack.id)?)
    }

    /// Tells the caller what happens until the work is done. `withdraws`: if the caller hangs up, nobody wants it any
    /// more.
    fn follow(&self, begun: &Begun, caller: &dyn Caller, withdraws: bool) -> Result<Outcome, Error> {
        let (mut after, mut withdrawn) = (begun.after, false);
        // Of its template, which is read for this once.
        let policies = OnceCell::new();
        loop {
            let Some((events, stack)) = self.stacks.follow(&begun.stack_id, after, LOOK) else {
                return Err(Error::Stack(format!("the record of {} is gone", begun.stack_id)));
            };
            for event in &events {
                let awaits = self.awaits(event, || policies.get_or_init(|| awaited(&self.cloud(), &stack)));
                caller.event(Event::Progress(Progress { awaits, ..progress(event) }));
                after = event.number;
            }
            if stack.work.is_none() && events.is_empty() {
                return Ok(self.stacks.finish(begun)?);
            }
            if self.stacks.is_stopping() {
                let name = &stack.name;
                return Err(Error::Stack(format!(
                    "the daemon ends: the work on the stack {name} goes on when it starts anew"
                )));
            }
            if !withdrawn && caller.gone() {
                withdrawn = true;
                if withdraws {
                    // It may have come to its end, or be past the point from which it can go back.
                    let _ = self.stacks.cancel(&stack.scope, &begun.stack_id);
                } else {
                    return Err(Error::Cancelled);
                }
            }
        }
    }

    /// The stack of a name or an identifier; else those that there are.
    pub(super) fn known(&self, name: &str) -> Result<Stack, Error> {
        let cloud = self.cloud();
        let found = cloud.stack(&cloud.home, name).or_else(|| cloud.stacks.get(name));
        found.cloned().ok_or_else(|| Error::UnknownStack {
            name: name.to_string(),
            existing: cloud.live_stacks_in(&cloud.home).map(|stack| stack.name.clone()).collect(),
        })
    }
}

fn report(stack: &Stack) -> StackReport {
    let outputs = stack.version.outputs.iter().filter(|_| stack.status != Status::DeleteComplete);
    StackReport {
        name: stack.name.clone(),
        status: stack.status.as_str().to_string(),
        outputs: outputs.map(|output| (output.key.clone(), output.value.clone())).collect(),
    }
}
