//! What was under way when a process ended is gone on with by the next one, and said.

use super::host::Host;
use super::run::ask;
use super::{StackError, event, history};
use croft_control::PutStack;
use croft_model::Scope;
use croft_model::stack::{Phase, Stack, Status};

/// The reason of the event with which work goes on.
pub const GOES_ON: &str = "Croft was started anew while this was under way: it goes on";

/// Work that is taken up again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resumed {
    pub scope: Scope,
    pub stack_id: String,
    pub stack_name: String,
    pub status: Status,
    /// In a sentence.
    pub what: String,
}

/// Tells of each stack whose work is not done that it goes on, and what it comes to.
pub(super) fn resume(host: &dyn Host) -> Result<Vec<Resumed>, StackError> {
    history::forget_everywhere(host)?;
    let cloud = host.cloud();
    let mut all = Vec::new();
    for stack in cloud.stacks.values() {
        match &stack.work {
            Some(work) => {
                let what = match work.phase {
                    Phase::Create => "its creation is gone on with",
                    Phase::Update | Phase::Cleanup => "its update is gone on with",
                    Phase::Rollback | Phase::UpdateRollback | Phase::UpdateRollbackCleanup => {
                        "its rollback is gone on with"
                    }
                    Phase::Delete => "its deletion is gone on with",
                };
                say(host, stack, &mut all, what)?;
            }
            // Of a Croft that wrote down less.
            None if !stack.status.is_final() && stack.status != Status::ReviewInProgress => {
                let status = match stack.status {
                    Status::CreateInProgress => Status::CreateFailed,
                    Status::DeleteInProgress => Status::DeleteFailed,
                    Status::RollbackInProgress => Status::RollbackFailed,
                    _ => Status::UpdateRollbackFailed,
                };
                let stack = Stack { status, ..stack.clone() };
                ask(host, &stack.scope, &mut |step| {
                    put(step, &stack)?;
                    let reason = "nobody knows what was under way: delete the stack";
                    Ok(event::of_stack(step, &stack, status, Some(reason.to_string()))?)
                })?;
            }
            None => {}
        }
    }
    Ok(all)
}

fn put(step: &mut super::step::Step, stack: &Stack) -> Result<(), StackError> {
    Ok(super::Account::run(step, PutStack { stack: stack.clone() })?)
}

fn say(host: &dyn Host, stack: &Stack, all: &mut Vec<Resumed>, what: &str) -> Result<(), StackError> {
    let what = format!("the stack {} was {} when Croft ended: {what}", stack.name, stack.status);
    host.say(&what);
    ask(host, &stack.scope, &mut |step| Ok(event::of_stack(step, stack, stack.status, Some(GOES_ON.to_string()))?))?;
    all.push(Resumed {
        scope: stack.scope.clone(),
        stack_id: stack.id.clone(),
        stack_name: stack.name.clone(),
        status: stack.status,
        what,
    });
    Ok(())
}
