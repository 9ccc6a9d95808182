//! The end of a making: outputs, exports, and what is left over.

use super::account::Account;
use super::design::Design;
use super::step::Step;
use super::{exports, failing};
use crate::resource::Which;
use croft_control::Error;
use croft_model::stack::{Phase, Status, Work};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that the template wants is there.
pub(super) fn made(
    step: &mut Step,
    design: &Design,
    work: &Work,
    there: &BTreeMap<String, (Which, String)>,
) -> Result<(), Error> {
    let cloud = step.cloud();
    let creates = work.phase == Phase::Create;
    let outputs = match design.outputs(&design.present(&cloud, there, &BTreeSet::new())) {
        Ok(outputs) => outputs,
        Err(diagnostics) => {
            let said: Vec<String> = diagnostics.list().iter().map(|d| d.message.clone()).collect();
            return failing::fail(step, work.on_failure, creates, said.join("; "));
        }
    };
    if let Err(reason) = exports::check(&cloud, &step.stack, &outputs) {
        return failing::fail(step, work.on_failure, creates, reason);
    }
    step.stack.version.outputs = outputs;
    step.stack.version.imports = design.imports();
    step.stack.before = None;
    if let Some(policy) = &work.next_policy {
        step.stack.policy = Some(policy.clone());
    }
    let wanted: BTreeSet<&str> = design.steps.iter().map(|s| s.resource.name.text.as_str()).collect();
    for entry in step.entries() {
        let mut now = entry.clone();
        (now.made, now.before, now.until) = (false, None, None);
        now.replaced |= !wanted.contains(now.logical_id.as_str());
        if now != entry {
            step.put(&now)?;
        }
    }
    if creates {
        return ended(step, work, Status::CreateComplete, None);
    }
    if let Some(work) = step.stack.work.as_mut() {
        (work.phase, work.deadline, work.cancelled) = (Phase::Cleanup, None, None);
    }
    step.stack_status(Status::UpdateCleanup, None)
}

/// The last event of some work, which bears its token.
pub(super) fn ended(step: &mut Step, work: &Work, status: Status, reason: Option<String>) -> Result<(), Error> {
    step.stack.work = None;
    step.stack.status = status;
    step.stack.status_reason = reason.clone();
    step.put_head()?;
    let told = croft_model::stack::Stack { work: Some(work.clone()), ..step.stack.clone() };
    super::event::of_stack(step, &told, status, reason)
}
