//! Signals to stacks that wait, from wherever they come: to the URL of a handle by the API or by the fabric's internet, and
//! from the command line.

use crate::daemon::Inner;
use crate::error::Error;
use crate::protocol::{SignalReport, SignalRequest};
use croft_api::SignalError;
use croft_cloudformation::resource::cloudformation::signal::{self, Told};
use croft_cloudformation::resource::cloudformation::wait_condition::{self, Awaited};
use croft_control::{Cloud, SendStackSignal};
use croft_model::stack::{Stack, StackEvent, StackResource, StackSignals, Status};

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

    /// What somebody tells a handle by its name. Without an id of its own the signal gets one that no other has.
    pub fn tell(&self, request: &SignalRequest) -> Result<SignalReport, Error> {
        let stack = self.known(&request.stack)?;
        let cloud = self.cloud();
        let handle = handle(&cloud, &stack, &request.logical_id)?;
        let unique_id = request.unique_id.clone().unwrap_or_else(|| fresh(handle));
        let known = handle.received.contains_key(&unique_id);
        let (data, reason) = (request.data.clone(), request.reason.clone());
        let told = Told { success: request.success, unique_id: unique_id.clone(), data, reason };
        self.record(handle, told)?;
        Ok(SignalReport {
            stack: stack.name.clone(),
            logical_id: handle.logical_id.clone(),
            unique_id,
            success: request.success,
            counts: !known,
        })
    }

    /// What a wait condition waits for that has just begun to.
    pub(super) fn awaits(&self, event: &StackEvent) -> Option<String> {
        let begun = event.kind == CONDITION && event.status == Status::CreateInProgress;
        let cloud = self.cloud();
        let Awaited { handle, missing, at_most } =
            event.physical_id.as_deref().filter(|_| begun).and_then(|id| wait_condition::awaited(&cloud, id))?;
        let stack = cloud.stacks.get(&handle.stack_id)?;
        Some(format!(
            "for at most {} s awaits {missing} signal{} to {}; from here: croft signal {} {}",
            at_most.as_secs(),
            if missing == 1 { "" } else { "s" },
            handle.logical_id,
            stack.name,
            handle.logical_id
        ))
    }

    fn record(&self, handle: &StackSignals, told: Told) -> Result<(), Error> {
        let Told { success, unique_id, data, reason } = told;
        let signal = SendStackSignal { key: handle.key.clone(), unique_id, success, data, reason };
        self.keeper.run_in(&handle.scope, signal)
    }
}

/// The handle of a name in a stack.
fn handle<'c>(cloud: &'c Cloud, stack: &Stack, logical_id: &str) -> Result<&'c StackSignals, Error> {
    let of = |resource: &StackResource| resource.physical_id.as_deref().and_then(|url| signal::of_handle(cloud, url));
    let handles = cloud.stack_resources(&stack.id).filter(|r| r.kind == HANDLE && r.is_there());
    let handles: Vec<&StackResource> = handles.filter(|resource| of(resource).is_some()).collect();
    let found = handles.iter().find(|resource| resource.logical_id == logical_id).and_then(|resource| of(resource));
    found.ok_or_else(|| {
        let names: Vec<&str> = handles.iter().map(|resource| resource.logical_id.as_str()).collect();
        let there = if names.is_empty() { "it has none".to_string() } else { format!("it has {}", names.join(", ")) };
        Error::Stack(format!("the stack {} has no {HANDLE} {logical_id:?}: {there}", stack.name))
    })
}

/// An id that nothing was told under.
fn fresh(handle: &StackSignals) -> String {
    let free = (handle.received.len() + 1..).map(|n| format!("signal-{n}"));
    free.into_iter().find(|id| !handle.received.contains_key(id)).unwrap_or_default()
}
