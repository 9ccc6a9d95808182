//! What becomes of a stack when a step of its making fails, or when whoever asked for it withdraws.

use super::step::Step;
use super::undo;
use croft_control::Error;
use croft_model::stack::{OnFailure, Phase, Status, Work};

/// Ends the making: what is under way is given up, and the stack goes back, stays as it is, or goes, as was asked.
pub(super) fn give_up(step: &mut Step, work: &Work, withdrawn: Option<String>) -> Result<(), Error> {
    for mut entry in step.entries().into_iter().filter(|entry| !entry.replaced) {
        let (status, reason) = match entry.status {
            Status::CreateInProgress => (Status::CreateFailed, "Resource creation cancelled"),
            Status::UpdateInProgress => (Status::UpdateFailed, "Resource update cancelled"),
            _ => continue,
        };
        entry.until = None;
        step.status(&mut entry, status, Some(reason))?;
    }
    let creates = work.phase == Phase::Create;
    let mut reason = withdrawn.unwrap_or_default();
    for (status, what) in [(Status::CreateFailed, "create"), (Status::UpdateFailed, "update")] {
        let failed = step.entries().into_iter().filter(|entry| entry.status == status && !entry.replaced);
        let failed: Vec<String> = failed.map(|entry| entry.logical_id).collect();
        if !failed.is_empty() {
            let space = if reason.is_empty() || reason.ends_with(' ') { "" } else { " " };
            reason += &format!("{space}The following resource(s) failed to {what}: [{}]. ", failed.join(", "));
        }
    }
    fail(step, work.on_failure, creates, reason)
}

/// The same where no resource is under way.
pub(super) fn fail(step: &mut Step, on_failure: OnFailure, creates: bool, reason: String) -> Result<(), Error> {
    // A stack that was never whole has nothing to go back to.
    let creates = creates || step.stack.before.is_none();
    let because = |what: &str| format!("{} {what} requested by user.", reason.trim_end());
    let Some(work) = step.stack.work.as_mut() else { return Ok(()) };
    work.cancelled = None;
    work.deadline = None;
    match (on_failure, creates) {
        (OnFailure::DoNothing, _) => {
            let failed = if work.phase == Phase::Create { Status::CreateFailed } else { Status::UpdateFailed };
            let token = step.stack.work.take();
            step.stack_status(failed, Some(reason))?;
            drop(token);
            Ok(())
        }
        (OnFailure::Rollback, true) => {
            work.phase = Phase::Rollback;
            step.stack_status(Status::RollbackInProgress, Some(because("Rollback")))
        }
        (OnFailure::Delete, true) => {
            work.phase = Phase::Delete;
            step.stack_status(Status::DeleteInProgress, Some(because("Delete")))
        }
        (OnFailure::Rollback | OnFailure::Delete, false) => undo::begin(step, reason),
    }
}
