//! Signals to stacks that wait, from wherever they come: to the URL of a handle by the API or by the fabric's internet, and
//! from the command line.

use crate::daemon::Inner;
use crate::error::Error;
use crate::protocol::{SignalReport, SignalRequest};
use croft_api::SignalError;
use croft_cloudformation::language::creation_policy::Signals;
use croft_cloudformation::resource::cloudformation::signal::{self, Told};
use croft_cloudformation::resource::cloudformation::wait_condition::{self, Awaited};
use croft_cloudformation::stack::awaited;
use croft_control::{Cloud, SendStackSignal, SignalStackResource};
use croft_model::stack::{Stack, StackEvent, StackResource, StackSignals, Status};
use std::collections::BTreeMap;

const CONDITION: &str = "AWS::CloudFormation::WaitCondition";
const HANDLE: &str = "AWS::CloudFormation::WaitConditionHandle";

impl Inner {
    /// What was put to the URL of a handle; `key` is what follows the URL's path.
    pub(crate) fn signal(&self, key: &str, body: &[u8]) -> Result<(), SignalError> {
        let handle = signal::key_of(key).and_then(|key| self.cloud().stack_signals.get(key).cloned());
        let handle = handle.ok_or(SignalError::Unknown)?;
        let told = Told::parse(body).map_err(SignalError::Wrong)?;
        self.record(&handle, told).map_err(|error| match error {
            Error::Control(rule) => SignalError::Wrong(rule.message),
            other => SignalError::Failed(other.to_string()),
        })
    }

    /// What somebody tells a handle, or a resource that has a creation policy, by its name. Without an id of its own the
    /// signal gets one that no other has.
    pub fn tell(&self, request: &SignalRequest) -> Result<SignalReport, Error> {
        let stack = self.known(&request.stack)?;
        let cloud = self.cloud();
        let logical_id = request.logical_id.clone();
        let waits = awaited(&cloud, &stack);
        let held = if waits.contains_key(&logical_id) {
            let resource = cloud.stack_resource(&stack.id, &logical_id);
            let physical_id = resource.and_then(|resource| resource.physical_id.as_deref()).unwrap_or_default();
            cloud.signals_of(&stack.id, &logical_id, physical_id)
        } else {
            Some(handle(&cloud, &stack, &logical_id, &waits)?)
        };
        let unique_id = request.unique_id.clone().unwrap_or_else(|| fresh(held));
        let known = held.is_some_and(|held| held.received.contains_key(&unique_id));
        let (success, data, reason) = (request.success, request.data.clone(), request.reason.clone());
        match held.filter(|_| !waits.contains_key(&logical_id)) {
            Some(handle) => self.record(handle, Told { success, unique_id: unique_id.clone(), data, reason })?,
            None if !data.is_empty() || !reason.is_empty() => {
                let why = format!("{logical_id} takes neither data nor a reason, which only handles do");
                return Err(Error::Stack(why));
            }
            None => {
                let (stack_name, logical_resource_id) = (stack.id.clone(), logical_id.clone());
                let unique_id = unique_id.clone();
                let signal = SignalStackResource { stack_name, logical_resource_id, unique_id, success };
                self.keeper.run_in(&stack.scope, signal)?;
            }
        }
        Ok(SignalReport { stack: stack.name.clone(), logical_id, unique_id, success, counts: !known })
    }

    /// What a wait condition, or a resource that has a creation policy, waits for that has just begun to. `policies`: what
    /// those of the stack wait for.
    pub(super) fn awaits<'p>(
        &self,
        event: &StackEvent,
        policies: impl FnOnce() -> &'p BTreeMap<String, Signals>,
    ) -> Option<String> {
        let id = event.physical_id.as_deref().filter(|_| event.status == Status::CreateInProgress)?;
        let cloud = self.cloud();
        let told = |stack: &Stack, missing: usize, at_most: u64, name: &str| {
            let more = if missing == 1 { "" } else { "s" };
            let from_here = format!("from here: croft signal {} {name}", stack.name);
            format!("for at most {at_most} s awaits {missing} signal{more} to {name}; {from_here}")
        };
        let stack = cloud.stacks.get(&event.stack_id)?;
        if let Some(waits) = policies().get(&event.logical_id) {
            return Some(told(stack, waits.count as usize, waits.timeout_seconds, &event.logical_id));
        }
        let condition = wait_condition::awaited(&cloud, id).filter(|_| event.kind == CONDITION);
        let Awaited { handle, missing, at_most } = condition?;
        Some(told(cloud.stacks.get(&handle.stack_id)?, missing, at_most.as_secs(), &handle.logical_id))
    }

    fn record(&self, handle: &StackSignals, told: Told) -> Result<(), Error> {
        let Told { success, unique_id, data, reason } = told;
        let signal = SendStackSignal { key: handle.key.clone(), unique_id, success, data, reason };
        self.keeper.run_in(&handle.scope, signal)
    }
}

/// The handle of a name in a stack.
fn handle<'c>(
    cloud: &'c Cloud,
    stack: &Stack,
    logical_id: &str,
    waits: &BTreeMap<String, Signals>,
) -> Result<&'c StackSignals, Error> {
    let of = |resource: &StackResource| resource.physical_id.as_deref().and_then(|url| signal::of_handle(cloud, url));
    let handles = cloud.stack_resources(&stack.id).filter(|r| r.kind == HANDLE && r.is_there());
    let handles: Vec<&StackResource> = handles.filter(|resource| of(resource).is_some()).collect();
    let found = handles.iter().find(|resource| resource.logical_id == logical_id).and_then(|resource| of(resource));
    found.ok_or_else(|| {
        let names = handles.iter().map(|resource| &resource.logical_id).chain(waits.keys());
        let names: Vec<&str> = names.map(String::as_str).collect();
        let there = if names.is_empty() { "it has none".to_string() } else { format!("it has {}", names.join(", ")) };
        let what = format!("no {HANDLE} and nothing with a CreationPolicy called {logical_id:?}");
        Error::Stack(format!("the stack {} has {what}: {there}", stack.name))
    })
}

/// An id that nothing was told under.
fn fresh(held: Option<&StackSignals>) -> String {
    let told = held.map_or(0, |held| held.received.len());
    let mut free = (told + 1..).map(|n| format!("signal-{n}"));
    free.find(|id| held.is_none_or(|held| !held.received.contains_key(id))).unwrap_or_default()
}
