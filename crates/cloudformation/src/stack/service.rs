//! Everything that is done with stacks, for whoever asks: AWS's API, the command line, a parent stack.

use super::asked::{Asked, Begun, Deletion};
use super::error::StackError;
use super::event;
use super::follow::Outcome;
use super::host::Host;
use super::resume::{self, Resumed};
use super::run::{Run, ask};
use super::step::Step;
use super::{account::Account, begin, drift, protect, version};
use crate::Template;
use croft_control::{PutStack, SignalStackResource};
use croft_model::Scope;
use croft_model::stack::{DriftDetection, Phase, Stack, StackEvent, Status};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How stacks are worked on.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// After the cloud could not be written to, the work is tried again after this time. None: it stays where it is
    /// until [`Stacks::resume`].
    pub retry: Option<Duration>,
}

/// See the module. One run at a time works on a stack, in a thread of its own; what is asked is answered at once, as
/// soon as it is written down.
pub struct Stacks {
    host: Arc<dyn Host>,
    options: Options,
    /// Threads by stack.
    runs: Mutex<BTreeMap<String, JoinHandle<()>>>,
    stopping: AtomicBool,
    me: Weak<Stacks>,
}

impl Stacks {
    pub fn new(host: Arc<dyn Host>, options: Options) -> Arc<Stacks> {
        Arc::new_cyclic(|me| Stacks {
            host,
            options,
            runs: Mutex::default(),
            stopping: AtomicBool::new(false),
            me: me.clone(),
        })
    }

    pub fn host(&self) -> &Arc<dyn Host> {
        &self.host
    }

    /// Creates a stack.
    pub fn create(&self, scope: &Scope, name: &str, asked: &Asked) -> Result<Begun, StackError> {
        let template = Arc::new(version::read(asked, None)?);
        self.ask_with(scope, Some(&template), &mut |step| begin::create_of(step, name, asked, &template, None))
    }

    /// Updates a stack. AWS's `No updates are to be performed.` if there is nothing to change.
    pub fn update(&self, scope: &Scope, stack: &str, asked: &Asked) -> Result<Begun, StackError> {
        let begun = self.update_if_changed(scope, stack, asked)?;
        begun.ok_or_else(|| StackError::invalid("No updates are to be performed."))
    }

    /// The same; None if there is nothing to change.
    pub fn update_if_changed(&self, scope: &Scope, stack: &str, asked: &Asked) -> Result<Option<Begun>, StackError> {
        let cloud = self.host.cloud();
        let template = Arc::new(version::read(asked, Some(begin::find(&cloud, scope, stack)?))?);
        self.ask_with(scope, Some(&template), &mut |step| begin::update_of(step, stack, asked, &template))
    }

    /// Deletes a stack. None: there is none, or it is being deleted.
    pub fn delete(&self, scope: &Scope, stack: &str, asked: &Deletion) -> Result<Option<Begun>, StackError> {
        self.ask(scope, &mut |step| begin::delete(step, stack, asked))
    }

    /// Ends an update before it is done; it is rolled back.
    pub fn cancel_update(&self, scope: &Scope, stack: &str) -> Result<(), StackError> {
        self.ask(scope, &mut |step| {
            let cloud = step.cloud();
            let held = begin::find(&cloud, scope, stack)?;
            if held.status != Status::UpdateInProgress {
                return Err(StackError::invalid("CancelUpdateStack cannot be called from current stack status"));
            }
            begin::cancel(step, stack, "User Initiated.")
        })
    }

    /// Ends an update or a creation before it is done, because whoever asked for it withdrew; it is rolled back.
    pub fn cancel(&self, scope: &Scope, stack: &str) -> Result<(), StackError> {
        self.ask(scope, &mut |step| begin::cancel(step, stack, "cancelled by the user."))
    }

    /// Goes on with a rollback that failed, without these resources.
    pub fn continue_update_rollback(
        &self,
        scope: &Scope,
        stack: &str,
        resources_to_skip: &BTreeSet<String>,
        token: Option<String>,
    ) -> Result<Begun, StackError> {
        self.ask(scope, &mut |step| begin::continue_update_rollback(step, stack, resources_to_skip, token.clone()))
    }

    /// Rolls back a stack whose creation or update failed and was left so.
    pub fn roll_back(&self, scope: &Scope, stack: &str, token: Option<String>) -> Result<Begun, StackError> {
        self.ask(scope, &mut |step| begin::roll_back(step, stack, token.clone()))
    }

    /// Sets whether a stack may be deleted.
    pub fn set_termination_protection(&self, scope: &Scope, stack: &str, on: bool) -> Result<Stack, StackError> {
        self.ask(scope, &mut |step| {
            let cloud = step.cloud();
            let held = begin::find(&cloud, scope, stack)?;
            if held.is_deleted() {
                return Err(StackError::invalid(format!("Stack [{stack}] does not exist")));
            }
            let stack = Stack { termination_protection: on, ..held.clone() };
            step.run(PutStack { stack: stack.clone() })?;
            Ok(stack)
        })
    }

    /// Sets the stack policy that updates are held against.
    pub fn set_policy(&self, scope: &Scope, stack: &str, policy: &str) -> Result<(), StackError> {
        self.ask(scope, &mut |step| protect::set_policy(step, stack, policy))
    }

    /// Looks what differs between the stack and the cloud, and writes it down; the detection's identifier. `names`: of
    /// these resources only; of all if there are none.
    pub fn detect_drift(
        &self,
        scope: &Scope,
        stack: &str,
        names: &BTreeSet<String>,
    ) -> Result<DriftDetection, StackError> {
        self.ask(scope, &mut |step| drift::detect(step, stack, names))
    }

    /// Tells a resource of a stack something that its creation policy waits for.
    pub fn signal(&self, scope: &Scope, signal: SignalStackResource) -> Result<(), StackError> {
        self.ask(scope, &mut |step| Ok(step.run(signal.clone())?))
    }

    /// What happened to a stack after an event, as soon as there is something: the events, and the stack as it is.
    /// Comes back without any when the time is over. None: there is no such stack.
    pub fn follow(&self, stack_id: &str, after: u64, at_most: Duration) -> Option<(Vec<StackEvent>, Stack)> {
        let until = Instant::now() + at_most;
        loop {
            let cloud = self.host.cloud();
            let stack = cloud.stacks.get(stack_id)?.clone();
            let events: Vec<StackEvent> =
                cloud.stack_events(stack_id).rev().take_while(|event| event.number > after).cloned().collect();
            let left = until.saturating_duration_since(Instant::now());
            if !events.is_empty() || stack.work.is_none() || left.is_zero() {
                return Some((events.into_iter().rev().collect(), stack));
            }
            self.rest(cloud.version, left);
        }
    }

    /// A thread that only looks on: the host's `wait` may be what makes things happen where there is no agent.
    fn rest(&self, version: u64, at_most: Duration) {
        let until = Instant::now() + at_most;
        while self.host.cloud().version == version && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(2).min(until.saturating_duration_since(Instant::now())));
        }
    }

    /// Waits until the work is done that was begun, and says what came of it.
    pub fn finish(&self, begun: &Begun) -> Result<Outcome, StackError> {
        loop {
            let missing = || StackError::invalid(format!("Stack [{}] does not exist", begun.stack_id));
            let (_, stack) = self.follow(&begun.stack_id, u64::MAX, Duration::from_secs(1)).ok_or_else(missing)?;
            if stack.work.is_none() || self.stopping.load(Ordering::Relaxed) {
                return Ok(Outcome::of(&self.host.cloud(), stack, begun.after));
            }
            if self.runs().get(&begun.stack_id).is_none_or(JoinHandle::is_finished)
                && self.host.cloud().stacks.get(&begun.stack_id).is_some_and(|stack| stack.work.is_some())
            {
                let text =
                    format!("the work on stack {} came to a halt: it goes on when Croft starts anew", stack.name);
                return Err(StackError::refused("InternalError", text));
            }
        }
    }

    /// Takes up what an earlier process left undone.
    pub fn resume(&self) -> Result<Vec<Resumed>, StackError> {
        let resumed = resume::resume(&*self.host)?;
        resumed.iter().for_each(|one| self.begin(&one.scope, &one.stack_id, None));
        Ok(resumed)
    }

    /// Ends all runs where they are; the next process goes on. Returns when they have ended.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        loop {
            let Some((_, run)) = self.runs().pop_first() else { return };
            if run.thread().id() != std::thread::current().id() {
                // A panic in it has been printed.
                let _ = run.join();
            }
        }
    }

    /// Has the end of it all been asked for?
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Does something with stacks in one commit, and begins the work that came of it.
    pub fn ask<T>(
        &self,
        scope: &Scope,
        work: &mut dyn FnMut(&mut Step) -> Result<T, StackError>,
    ) -> Result<T, StackError> {
        self.ask_with(scope, None, work)
    }

    fn ask_with<T>(
        &self,
        scope: &Scope,
        template: Option<&Arc<Template>>,
        work: &mut dyn FnMut(&mut Step) -> Result<T, StackError>,
    ) -> Result<T, StackError> {
        let (given, begun) = ask(&*self.host, scope, work)?;
        begun.iter().for_each(|id| self.begin(scope, id, template.cloned()));
        Ok(given)
    }

    fn runs(&self) -> MutexGuard<'_, BTreeMap<String, JoinHandle<()>>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a run on a stack, unless one is at work: that one sees what was asked.
    fn begin(&self, scope: &Scope, stack_id: &str, template: Option<Arc<Template>>) {
        if self.stopping.load(Ordering::Relaxed) {
            return;
        }
        let mut runs = self.runs();
        runs.retain(|_, run| !run.is_finished());
        let earlier = runs.remove(stack_id);
        let (me, scope, id) = (self.me.clone(), scope.clone(), stack_id.to_string());
        let run = std::thread::Builder::new().name("croft-stack".to_string()).spawn(move || {
            // It ends once it finds no work; what was asked meanwhile is this one's.
            if let Some(earlier) = earlier {
                let _ = earlier.join();
            }
            if let Some(stacks) = me.upgrade() {
                stacks.work(scope, id, template);
            }
        });
        match run {
            Ok(run) => drop(runs.insert(stack_id.to_string(), run)),
            Err(error) => {
                self.host.say(&format!("no thread for the stack {stack_id}: {error}; it goes on at the next start"))
            }
        }
    }

    /// After an error of Croft's own: the stack says that it failed, and can be deleted.
    fn give_up(&self, scope: &Scope, stack_id: &str) -> Result<(), StackError> {
        self.ask(scope, &mut |step| {
            let cloud = step.cloud();
            let Some(held) = cloud.stacks.get(stack_id) else { return Ok(()) };
            let Some(work) = &held.work else { return Ok(()) };
            let status = match work.phase {
                Phase::Create => Status::CreateFailed,
                Phase::Update | Phase::Cleanup => Status::UpdateFailed,
                Phase::Rollback => Status::RollbackFailed,
                Phase::UpdateRollback | Phase::UpdateRollbackCleanup => Status::UpdateRollbackFailed,
                Phase::Delete => Status::DeleteFailed,
            };
            let reason = Some("Internal Failure".to_string());
            let stack = Stack { status, status_reason: reason.clone(), work: None, ..held.clone() };
            step.run(PutStack { stack: stack.clone() })?;
            Ok(event::of_stack(step, &stack, status, reason)?)
        })
    }

    fn work(&self, scope: Scope, stack_id: String, template: Option<Arc<Template>>) {
        let begin = |scope: &Scope, id: &str| self.begin(scope, id, None);
        let stopping = &self.stopping;
        let mut run = Run { host: &*self.host, scope, stack_id, template, stopping, begin: &begin };
        loop {
            let error = match catch_unwind(AssertUnwindSafe(|| run.all())) {
                Ok(Ok(())) => return,
                Ok(Err(error)) => error,
                Err(_) => {
                    // The panic has been printed.
                    self.host.say(&format!(
                        "the work on {} came upon an error of Croft's own and is given up",
                        run.stack_id
                    ));
                    if let Err(error) = self.give_up(&run.scope, &run.stack_id) {
                        self.host.say(&format!("that could not be written down: {error}"));
                    }
                    return;
                }
            };
            self.host.say(&format!("the work on {} could not be written down: {error}", run.stack_id));
            let Some(retry) = self.options.retry else { return };
            let until = Instant::now() + retry;
            while Instant::now() < until && !self.stopping.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(20));
            }
            if self.stopping.load(Ordering::Relaxed) {
                return;
            }
        }
    }
}
