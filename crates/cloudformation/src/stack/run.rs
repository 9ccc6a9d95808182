//! A stack's work, done from whatever point it has reached until it is done. All that is remembered between two steps
//! is in the cloud, so whoever does it may end at any moment, and another goes on.

use super::design::{Design, Frame};
use super::host::Host;
use super::step::Step;
use super::{StackError, Turn, delete, failing, make, undo, version};
use crate::Template;
use croft_control::Error;
use croft_model::Scope;
use croft_model::stack::{Phase, Stack};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// See the module.
pub(super) struct Run<'a> {
    pub host: &'a dyn Host,
    pub scope: Scope,
    pub stack_id: String,
    /// The template of the work, if somebody has read it already.
    pub template: Option<Arc<Template>>,
    /// Set when the process ends: the work stays where it is.
    pub stopping: &'a AtomicBool,
    /// Begins the work of another stack.
    pub begin: &'a dyn Fn(&Scope, &str),
}

/// How long is waited at a time: whoever wants an end of it all is not kept waiting.
const GLANCE: Duration = Duration::from_millis(100);

impl Run<'_> {
    /// Until there is no more work, or everything stops.
    pub fn all(&mut self) -> Result<(), Error> {
        loop {
            let Some(stack) = self.head() else { return Ok(()) };
            let Some(work) = &stack.work else { return Ok(()) };
            if self.stopping.load(Ordering::Relaxed) {
                return Ok(());
            }
            match work.phase {
                Phase::Create | Phase::Update => self.make(&stack)?,
                Phase::UpdateRollback => {
                    let mut stuck = BTreeSet::new();
                    self.turns(&mut |step| {
                        let mut now = stuck.clone();
                        let turn = undo::turn(step, &mut now)?;
                        stuck = now;
                        Ok(turn)
                    })?;
                }
                Phase::Delete | Phase::Rollback | Phase::Cleanup | Phase::UpdateRollbackCleanup => {
                    let phase = work.phase;
                    self.turns(&mut |step| match step.stack.work.as_ref().map(|work| work.phase) {
                        Some(now) if now == phase => delete::phase(step),
                        _ => Ok(Turn::Ended),
                    })?;
                }
            }
        }
    }

    fn head(&self) -> Option<Stack> {
        self.host.cloud().stacks.get(&self.stack_id).cloned()
    }

    fn make(&mut self, stack: &Stack) -> Result<(), Error> {
        let version = &stack.version;
        let held = self.template.take().filter(|template| template.source.text() == version.template);
        let read = match held {
            Some(template) => Ok(template),
            None => version::parse("template", &version.template, version.skip_unsupported).map(Arc::new),
        };
        let template = match read {
            Ok(template) => template,
            Err(diagnostics) => return self.cannot(diagnostics.to_string()),
        };
        let cloud = self.host.cloud();
        let bound = match Design::bind(&template, &Frame::of(stack), &version.parameters, &cloud) {
            Ok(bound) => bound,
            Err(diagnostics) => return self.cannot(diagnostics.to_string()),
        };
        let design = match Design::new(&bound, &cloud) {
            Ok(design) => design,
            Err(diagnostics) => return self.cannot(diagnostics.to_string()),
        };
        drop(cloud);
        let mut done = BTreeSet::new();
        self.turns(&mut |step| {
            let mut now = done.clone();
            let turn = make::turn(step, &design, &mut now)?;
            done = now;
            Ok(turn)
        })?;
        self.template = Some(template);
        Ok(())
    }

    /// What was right when it was taken on is not any more.
    fn cannot(&self, reason: String) -> Result<(), Error> {
        self.commit(&mut |step| {
            if let Some(work) = step.stack.work.clone() {
                failing::give_up(step, &work, Some(reason.clone()))?;
            }
            Ok(Turn::Ended)
        })
        .map(drop)
    }

    /// Turn after turn, until one says that it was the last.
    fn turns(&self, turn: &mut dyn FnMut(&mut Step) -> Result<Turn, Error>) -> Result<(), Error> {
        loop {
            let (version, done) = self.commit(turn)?;
            match done {
                Turn::Ended => return Ok(()),
                _ if self.stopping.load(Ordering::Relaxed) => return Ok(()),
                Turn::Moved => {}
                Turn::Waits(until) => self.wait(version, until),
            }
        }
    }

    fn wait(&self, version: u64, until: Option<u64>) {
        while self.host.cloud().version == version && !self.stopping.load(Ordering::Relaxed) {
            let now = self.host.now_millis();
            let left = until.map_or(GLANCE, |until| Duration::from_millis(until.saturating_sub(now)));
            if left.is_zero() {
                return;
            }
            self.host.wait(version, left.min(GLANCE));
        }
    }

    /// One commit, and the version of the cloud that it began with.
    fn commit(&self, turn: &mut dyn FnMut(&mut Step) -> Result<Turn, Error>) -> Result<(u64, Turn), Error> {
        let mut came = None;
        let now = self.host.now_millis();
        self.host.transact(&self.scope, &mut |tx| {
            let version = tx.cloud().version;
            let Some(stack) = tx.cloud().stacks.get(&self.stack_id).cloned() else {
                came = Some((version, Turn::Ended, Vec::new()));
                return Ok(());
            };
            let mut step = Step::new(tx, self.host, now, stack);
            let turn = turn(&mut step)?;
            came = Some((version, turn, std::mem::take(&mut step.begun)));
            Ok(())
        })?;
        let Some((version, turn, begun)) = came else {
            return Err(Error { code: "InternalError", message: "the step was not taken".to_string() });
        };
        begun.iter().for_each(|id| (self.begin)(&self.scope, id));
        Ok((version, turn))
    }
}

/// Something that is asked of stacks, in one commit; what it gives, and the stacks that got work.
pub(super) fn ask<T>(
    host: &dyn Host,
    scope: &Scope,
    work: &mut dyn FnMut(&mut Step) -> Result<T, StackError>,
) -> Result<(T, Vec<String>), StackError> {
    let mut came = None;
    let now = host.now_millis();
    let outcome = host.transact(scope, &mut |tx| {
        // No stack of its own: what is asked finds its stack itself.
        let nobody = Stack::new(scope, "", "", croft_model::stack::Status::ReviewInProgress, Default::default(), 0);
        let mut step = Step::new(tx, host, now, nobody);
        let result = work(&mut step);
        let begun = std::mem::take(&mut step.begun);
        let stop = result.as_ref().err().map(|e| Error { code: "ValidationError", message: e.to_string() });
        came = Some(result.map(|given| (given, begun)));
        stop.map_or(Ok(()), Err)
    });
    match (came, outcome) {
        (Some(Err(refused)), _) => Err(refused),
        (_, Err(error)) => Err(StackError::Record(error)),
        (Some(Ok(given)), Ok(())) => Ok(given),
        (None, Ok(())) => {
            Err(StackError::Record(Error { code: "InternalError", message: "nothing was asked".to_string() }))
        }
    }
}
