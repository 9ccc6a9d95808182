//! A change tried on a copy of the cloud, where everything that is waited for happens at once: the same engine, the same
//! commands, and nothing of it on the real one.

use super::{asked, held, is_void};
use crate::protocol::StackRequest;
use croft_cloudformation::stack::memory::observations;
use croft_cloudformation::stack::{Deletion, Host, Memory, Options, StackError, Stacks, version};
use croft_control::{Cloud, MOST_STACK_SIGNALS, SendStackSignal, Transaction};
use croft_model::Scope;
use std::sync::Arc;
use std::time::Duration;

/// Where templates of nested stacks come from.
pub(super) type Templates = Arc<dyn Fn(&str) -> Result<String, String> + Send + Sync>;

struct Rehearsal {
    memory: Memory,
    endpoint: Option<String>,
    templates: Templates,
}

/// A copy of the cloud on which stacks are brought up.
pub(super) struct Stage {
    stacks: Arc<Stacks>,
    memory: Arc<Rehearsal>,
}

impl Stage {
    /// A copy of the cloud, once everything that is on its way has arrived.
    pub(super) fn new(cloud: &Cloud, endpoint: Option<String>, templates: Templates) -> Stage {
        let memory = Memory::new(cloud.clone(), cloud.version);
        let memory = Arc::new(Rehearsal { memory, endpoint, templates });
        memory.settle();
        Stage { stacks: Stacks::new(memory.clone(), Options::default()), memory }
    }

    pub(super) fn cloud(&self) -> Cloud {
        self.memory.cloud()
    }

    /// Brings a stack up.
    ///
    /// # Errors
    /// Those that it would end in.
    pub(super) fn bring_up(&self, request: &StackRequest) -> Result<(), StackError> {
        let (cloud, stacks, name) = (self.cloud(), &self.stacks, &request.name);
        let home = &cloud.home;
        let (asked, held) = (asked(request), held(&cloud, name));
        let template = version::read(&asked, held)?;
        if cloud.stack(home, name).is_some_and(is_void)
            && let Some(begun) = stacks.delete(home, name, &Deletion::default())?
        {
            stacks.finish(&begun)?.result(None)?;
        }
        let begun = match held {
            Some(_) => stacks.update_if_changed(home, name, &asked)?,
            None => Some(stacks.create(home, name, &asked)?),
        };
        if let Some(begun) = begun {
            stacks.finish(&begun)?.result(Some(&template))?;
        }
        self.memory.settle();
        Ok(())
    }
}

impl Rehearsal {
    /// Lets everything arrive that is on its way.
    fn settle(&self) {
        /// A stopping instance that is to start again takes two; nothing takes this many.
        const ROUNDS: usize = 8;
        for _ in 0..ROUNDS {
            let observed = observations(&self.memory.cloud());
            if observed.is_empty() {
                return;
            }
            for (scope, command) in observed {
                // It was there a moment ago; if it is not any more, there is nothing to say of it.
                let _ = self.memory.run(&scope, command);
            }
        }
    }

    /// Tells whatever waits for signals that all is well, once more each time: the template's own workloads would.
    fn signal(&self) -> bool {
        let cloud = self.memory.cloud();
        let at_work = |id: &String| cloud.stacks.get(id).is_some_and(|stack| stack.work.is_some());
        let open = cloud.stack_signals.values().filter(|told| told.received.len() < MOST_STACK_SIGNALS);
        let open = open.filter(|told| at_work(&told.stack_id));
        let mut told = false;
        for waits in open {
            let signal = SendStackSignal {
                key: waits.key.clone(),
                unique_id: format!("rehearsal {}", waits.received.len()),
                success: true,
                data: String::new(),
                reason: String::new(),
            };
            told |= self.memory.run(&waits.scope, signal).is_ok();
        }
        told
    }
}

impl Host for Rehearsal {
    fn cloud(&self) -> Cloud {
        self.memory.cloud()
    }

    fn transact(
        &self,
        scope: &Scope,
        work: &mut dyn FnMut(&mut Transaction<'_>) -> Result<(), croft_control::Error>,
    ) -> Result<(), croft_control::Error> {
        self.memory.transact(scope, work)
    }

    fn wait(&self, version: u64, at_most: Duration) {
        if !observations(&self.memory.cloud()).is_empty() || !self.signal() {
            self.memory.wait(version, at_most);
        }
    }

    fn now_millis(&self) -> u64 {
        self.memory.now_millis()
    }

    fn endpoint(&self) -> Option<String> {
        self.endpoint.clone()
    }

    fn template(&self, url: &str) -> Result<String, String> {
        (self.templates)(url)
    }
}
