//! What is remembered of stacks does not grow without end (row CFN-1).

use crate::error::Result;
use crate::request::{Request, request};
use crate::stack::ForgetStack;
use crate::{Cloud, Transaction};
use croft_model::Scope;
use croft_model::stack::{ExecutionStatus, Stack, StackEvent};

request! {
    /// Forgets what is older than a moment (milliseconds since 1970): deleted stacks with all that belongs to them; of
    /// other stacks that nothing is under way with, the events, and the change sets whose execution is forgotten with
    /// them. A stack's newest event stays: the next one is counted from it.
    pub struct ForgetStackHistory {
        pub before: u64,
    }
}

/// Is there anything in a scope that [`ForgetStackHistory`] would forget?
pub fn has_stack_history(cloud: &Cloud, scope: &Scope, before: u64) -> bool {
    cloud.stacks_in(scope).any(|stack| is_forgotten(stack, before) || old_events(cloud, stack, before).next().is_some())
}

fn is_forgotten(stack: &Stack, before: u64) -> bool {
    stack.is_deleted() && stack.deleted.is_some_and(|deleted| deleted < before)
}

fn old_events<'a>(cloud: &'a Cloud, stack: &'a Stack, before: u64) -> impl Iterator<Item = &'a StackEvent> {
    let last = cloud.last_stack_event(&stack.id);
    let events = cloud.stack_events(&stack.id).take_while(move |event| event.time < before && event.number < last);
    events.filter(|_| stack.work.is_none() && !stack.is_deleted())
}

impl Request for ForgetStackHistory {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let stacks: Vec<Stack> = tx.cloud.stacks_in(&tx.scope).cloned().collect();
        for stack in stacks {
            if is_forgotten(&stack, self.before) {
                ForgetStack { stack_id: stack.id }.run(tx)?;
                continue;
            }
            let cloud = &mut tx.cloud;
            let events: Vec<(u64, String)> =
                old_events(cloud, &stack, self.before).map(|event| (event.number, event.key())).collect();
            let Some(&(newest, _)) = events.last() else { continue };
            let carried_out = cloud.change_sets_of(&stack.id).filter(|set| {
                let ended = cloud.stack_events(&stack.id).find(|event| {
                    let own = event.physical_id.as_deref() == Some(stack.id.as_str());
                    own && event.number > set.base && event.status.is_final()
                });
                set.execution_status == ExecutionStatus::ExecuteInProgress && ended.is_some_and(|e| e.number <= newest)
            });
            let carried_out: Vec<String> = carried_out.map(|set| set.id.clone()).collect();
            carried_out.iter().for_each(|id| drop(cloud.change_sets.remove(id)));
            events.iter().for_each(|(_, key)| drop(cloud.stack_events.remove(key)));
        }
        Ok(())
    }
}
