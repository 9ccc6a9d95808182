//! Stacks: templates brought up, changed and taken down. The template engine does the work; this hands it the cloud
//! and sees to it that one run at a time is at work on a stack.

use crate::daemon::Inner;
use crate::error::Error;
use crate::keeper::{self, Keeper};
use crate::protocol::{PlannedChange, Progress, StackReport, StackRequest};
use crate::socket::Caller;
use croft_cloudformation::Template;
use croft_cloudformation::language::evaluate::Known;
use croft_cloudformation::resource::table;
use croft_cloudformation::stack::plan::ChangeAction;
use croft_cloudformation::stack::{self, Account, Design, Event};
use croft_control::Cloud;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Whoever asks in this very process and never hangs up.
pub struct Patient<F: Fn(crate::protocol::Event) + Sync>(pub F);

impl<F: Fn(crate::protocol::Event) + Sync> Caller for Patient<F> {
    fn event(&self, event: crate::protocol::Event) {
        self.0(event);
    }

    fn gone(&self) -> bool {
        false
    }
}

/// The cloud as the template engine sees it.
struct Tenant<'a> {
    keeper: &'a Keeper,
    caller: &'a dyn Caller,
}

/// How often it is looked whether the caller is still there.
const LOOK: Duration = Duration::from_millis(100);

impl Account for Tenant<'_> {
    fn cloud(&self) -> Cloud {
        self.keeper.cloud()
    }

    fn run<R: croft_control::Request>(&mut self, request: R) -> Result<R::Response, croft_control::Error> {
        self.keeper.run(request).map_err(|error| match error {
            Error::Control(error) => error,
            other => croft_control::Error { code: "InternalError", message: other.to_string() },
        })
    }

    fn wait(&mut self, version: u64, at_most: Duration) {
        let until = Instant::now() + at_most;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let changed = self.keeper.wait(left.min(LOOK), |cloud| (cloud.version != version).then_some(()));
            if changed.is_some() || self.cancelled() || left.is_zero() {
                return;
            }
        }
    }

    fn now(&self) -> u64 {
        keeper::now()
    }

    fn cancelled(&self) -> bool {
        self.caller.gone()
    }
}

/// The stacks that are being worked on.
#[derive(Default)]
pub(crate) struct AtWork(Mutex<BTreeSet<String>>);

/// Ends with the run.
struct Turn<'a>(&'a AtWork, String);

impl AtWork {
    fn begin(&self, stack: &str) -> Result<Turn<'_>, Error> {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(stack.to_string()) {
            true => Ok(Turn(self, stack.to_string())),
            false => Err(Error::Stack(format!("the stack {stack} is being worked on: wait until that has ended"))),
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
    }
}

impl Inner {
    /// What [`Inner::up`] would do; nothing is changed.
    pub fn plan(&self, request: &StackRequest) -> Result<Vec<PlannedChange>, Error> {
        let template = template(request)?;
        let cloud = self.cloud();
        let design = Design::new(&template, &request.name, &request.parameters, &cloud, keeper::now())?;
        let changes = stack::plan(&design).changes.into_iter();
        Ok(changes
            .map(|change| PlannedChange {
                logical_id: change.logical_id,
                resource_type: change.resource_type,
                action: match change.action {
                    ChangeAction::Add => "create",
                    ChangeAction::Modify => "update",
                    ChangeAction::Replace | ChangeAction::MayReplace => "replace",
                    ChangeAction::Remove => "delete",
                }
                .to_string(),
            })
            .collect())
    }

    /// Creates or updates a stack; undoes it if a step fails or the caller hangs up.
    pub fn up(&self, request: &StackRequest, caller: &dyn Caller) -> Result<StackReport, Error> {
        let template = template(request)?;
        let _turn = self.at_work.begin(&request.name)?;
        let mut tenant = Tenant { keeper: &self.keeper, caller };
        let parameters = request.parameters.clone();
        let asked = stack::Request { template: &template, stack_name: &request.name, parameters };
        let done = stack::up(&mut tenant, &asked, &mut |event| caller.event(progress(event)))?;
        let status = match &done {
            stack::Done::Unchanged(_) => "UNCHANGED".to_string(),
            other => other.stack().status.clone(),
        };
        let outputs = done.stack().outputs.iter().map(|o| (o.key.clone(), o.value.clone())).collect();
        Ok(StackReport { name: request.name.clone(), status, outputs })
    }

    pub fn down(&self, name: &str, caller: &dyn Caller) -> Result<StackReport, Error> {
        let _turn = self.at_work.begin(name)?;
        let mut tenant = Tenant { keeper: &self.keeper, caller };
        stack::down(&mut tenant, name, &mut |event| caller.event(progress(event)))?;
        Ok(StackReport { name: name.to_string(), status: "DELETE_COMPLETE".to_string(), outputs: Default::default() })
    }

    /// What `Ref` (`LogicalId`) or `Fn::GetAtt` (`LogicalId.Attribute`) gives for a resource of a stack.
    pub fn stack_value(&self, stack: &str, name: &str) -> Result<String, Error> {
        let cloud = self.cloud();
        let existing = || cloud.stacks_in(&cloud.home).map(|s| s.name.clone()).collect();
        let unknown = || Error::UnknownStack { name: stack.to_string(), existing: existing() };
        let record = cloud.stack(&cloud.home, stack).ok_or_else(unknown)?;
        let (logical_id, attribute) = name.split_once('.').map_or((name, None), |(id, a)| (id, Some(a)));
        let made = record.resources.iter().find(|r| r.logical_id == logical_id).and_then(|resource| {
            let id = resource.physical_id.as_ref()?;
            let which = table::find(&resource.kind)?.which;
            match attribute {
                Some(attribute) => which.attribute(&cloud, id, attribute),
                None => which.reference(&cloud, id),
            }
        });
        match made {
            Some(Known::Text(text)) => Ok(text),
            Some(Known::List(list)) => Ok(list.join(",")),
            _ => Err(Error::Stack(format!("the stack {stack} has no value {name}"))),
        }
    }
}

fn template(request: &StackRequest) -> Result<Template, Error> {
    Ok(Template::parse(&request.file, request.template.as_bytes()).map_err(stack::StackError::from)?)
}

fn progress(event: &Event) -> crate::protocol::Event {
    crate::protocol::Event::Progress(Progress {
        time: event.time,
        logical_id: event.logical_id.clone(),
        resource_type: event.resource_type.clone(),
        physical_id: event.physical_id.clone(),
        status: event.status.as_str().to_string(),
        reason: event.reason.clone(),
    })
}
