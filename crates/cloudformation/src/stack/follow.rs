//! What came of some work on a stack.

use super::begin::INITIATED;
use super::error::StackError;
use crate::Template;
use crate::language::diagnostic::Report;
use crate::language::source::Source;
use croft_control::Cloud;
use croft_model::stack::{Stack, StackEvent, Status};

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// As it is now.
    pub stack: Stack,
    /// Logical ids of resources that failed, with their reasons.
    pub failures: Vec<(String, String)>,
    /// Why the stack did not become what was asked for.
    pub reason: Option<String>,
}

impl Outcome {
    /// Of what happened after an event.
    pub fn of(cloud: &Cloud, stack: Stack, after: u64) -> Outcome {
        let events = || cloud.stack_events(&stack.id).filter(|event| event.number > after);
        let of_stack = |event: &&StackEvent| event.physical_id.as_deref() == Some(stack.id.as_str());
        let failed = events().filter(|event| event.status.is_failure() && !of_stack(event));
        let failures = failed.map(|event| (event.logical_id.clone(), event.said().unwrap_or_default().to_string()));
        let failures = failures.filter(|(_, reason)| !reason.ends_with(" cancelled")).collect();
        let turned = |event: &&StackEvent| {
            use Status::*;
            let back = matches!(event.status, RollbackInProgress | UpdateRollbackInProgress | DeleteInProgress);
            of_stack(event) && (back || event.status.is_failure()) && event.reason.as_deref() != Some(INITIATED)
        };
        let reason = events().find(turned).and_then(|event| event.reason.clone());
        // A stack that may not go is what it was before, with the reason.
        let mut going = events().filter(|event| of_stack(event) && event.status == Status::DeleteInProgress);
        let kept = stack.work.is_none() && !stack.is_deleted() && going.next().is_some();
        let reason = reason.or_else(|| stack.status_reason.clone().filter(|_| kept));
        Outcome { stack, failures, reason }
    }

    /// The stack, if it is whole or gone; else the failures with their places in the template.
    pub fn result(self, template: Option<&Template>) -> Result<Stack, StackError> {
        let stack = self.stack;
        let whole = matches!(stack.status, Status::CreateComplete | Status::UpdateComplete) && self.reason.is_none();
        if whole || stack.status == Status::DeleteComplete {
            return Ok(stack);
        }
        let mut report = Report::default();
        for (logical_id, reason) in &self.failures {
            let at = template.and_then(|t| t.resource(logical_id)).map(|r| r.name.at).unwrap_or_default();
            report.about(Some(logical_id));
            report.error(at, reason.clone());
        }
        if report.is_empty() {
            report.about(None);
            let said = [&self.reason, &stack.status_reason].into_iter().flatten().find(|reason| !reason.is_empty());
            report.whole(said.cloned().unwrap_or_else(|| stack.status.to_string()), "`croft events` tells the steps");
        }
        let source = match template {
            Some(template) => Ok(template.source.clone()),
            None => Source::new("template", stack.version.template.as_bytes()),
        };
        let failures = match source {
            Ok(source) => report.into_diagnostics(&source),
            Err(unreadable) => unreadable,
        };
        let (name, status) = (stack.name.clone(), stack.status);
        let stuck = matches!(status, Status::RollbackFailed | Status::UpdateRollbackFailed | Status::DeleteFailed);
        Err(match stuck {
            true => StackError::Stuck { name, failures, status, remains: stack.status_reason.unwrap_or_default() },
            false => StackError::Failed { name, failures, status },
        })
    }
}
