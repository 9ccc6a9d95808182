//! Stacks: templates brought up, changed and taken down. The template engine does the work; this hands it the cloud,
//! and tells whoever waits how it goes.

mod difference;
mod drift;
mod list;
mod plan;
mod rehearsal;
mod signal;
mod up;

use crate::daemon::Inner;
use crate::error::Error;
use crate::keeper::Keeper;
use crate::protocol::{Progress, StackRequest};
use crate::socket::Caller;
use crate::template_bucket::{self, TemplateBucket};
use croft_cloudformation::language::evaluate::Known;
use croft_cloudformation::resource::table;
use croft_cloudformation::stack::{Asked, Given, Host, Options, Stacks};
use croft_control::{Cloud, Transaction};
use croft_model::Scope;
use croft_model::stack::{OnFailure, Stack, StackEvent, Status};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Whoever asks in this very process and never hangs up.
pub struct Patient<F: Fn(crate::protocol::Event) + Sync>(pub F);

impl<F: Fn(crate::protocol::Event) + Sync> Caller for Patient<F> {
    fn event(&self, event: crate::protocol::Event) {
        self.0(event);
    }

    fn gone(&self) -> bool {
        false
    }
}

/// The keeper as those who work on stacks see it.
pub(crate) struct Ground {
    pub(crate) keeper: Arc<Keeper>,
    /// Where signals come by HTTP; see [`Host::endpoint`].
    pub(crate) endpoint: Arc<OnceLock<String>>,
    pub(crate) template_buckets: Vec<TemplateBucket>,
}

/// After the disk was full or broken.
const RETRY: Duration = Duration::from_secs(1);

impl Ground {
    /// Those who work on stacks.
    pub(crate) fn stacks(self) -> Arc<Stacks> {
        Stacks::new(Arc::new(self), Options { retry: Some(RETRY) })
    }
}

impl Host for Ground {
    fn cloud(&self) -> Cloud {
        self.keeper.cloud()
    }

    fn transact(
        &self,
        scope: &Scope,
        work: &mut dyn FnMut(&mut Transaction<'_>) -> Result<(), croft_control::Error>,
    ) -> Result<(), croft_control::Error> {
        self.keeper.transact(scope, work).map_err(|error| match error {
            Error::Control(error) => error,
            other => croft_control::Error { code: "InternalError", message: other.to_string() },
        })
    }

    fn wait(&self, version: u64, at_most: Duration) {
        self.keeper.wait(at_most, |cloud| (cloud.version != version).then_some(()));
    }

    fn now_millis(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX))
    }

    fn endpoint(&self) -> Option<String> {
        self.endpoint.get().cloned()
    }

    fn template(&self, url: &str) -> Result<String, String> {
        template_bucket::read(&self.template_buckets, url)
    }

    fn say(&self, what: &str) {
        tracing::warn!("{what}");
    }
}

impl Inner {
    /// Who makes and changes stacks.
    pub fn stacks(&self) -> &Arc<Stacks> {
        &self.stacks
    }

    /// What `Ref` (`LogicalId`) or `Fn::GetAtt` (`LogicalId.Attribute`) gives for a resource of a stack.
    pub fn stack_value(&self, stack: &str, name: &str) -> Result<String, Error> {
        let cloud = self.cloud();
        let existing = || cloud.live_stacks_in(&cloud.home).map(|s| s.name.clone()).collect();
        let unknown = || Error::UnknownStack { name: stack.to_string(), existing: existing() };
        let record = cloud.stack(&cloud.home, stack).ok_or_else(unknown)?;
        let (logical_id, attribute) = name.split_once('.').map_or((name, None), |(id, a)| (id, Some(a)));
        let made = cloud.stack_resource(&record.id, logical_id).filter(|r| r.is_there()).and_then(|resource| {
            let id = resource.physical_id.as_ref()?;
            let which = table::find(&resource.kind)?.which;
            match attribute {
                Some(attribute) => which.attribute(&cloud, id, attribute),
                None => which.reference(&cloud, id),
            }
        });
        match made {
            Some(Known::Text(text)) => Ok(text),
            Some(Known::List(list)) => Ok(list.join(",")),
            _ => Err(Error::Stack(format!("the stack {stack} has no value {name}"))),
        }
    }
}

/// Nothing of it is in force: it was never whole, or is half deleted.
fn is_void(stack: &Stack) -> bool {
    use Status::*;
    let left = matches!(stack.status, RollbackComplete | RollbackFailed | CreateFailed | DeleteFailed);
    left && stack.work.is_none()
}

/// The stack that a request would update. None: it would create one. What is left of an earlier attempt gives way.
fn held<'a>(cloud: &'a Cloud, name: &str) -> Option<&'a Stack> {
    let there = |stack: &&Stack| !is_void(stack) && stack.status != Status::ReviewInProgress;
    cloud.stack(&cloud.home, name).filter(there)
}

/// As the engine of stacks is asked.
fn asked(request: &StackRequest) -> Asked {
    let given = request.parameters.iter().map(|(name, value)| (name.clone(), Given::Value(value.clone())));
    Asked {
        template: Some(request.template.clone()),
        file: request.file.clone(),
        parameters: given.collect(),
        keep_parameters: true,
        preflight: true,
        tags: request.tags.clone(),
        on_failure: request.disable_rollback.then_some(OnFailure::DoNothing),
        skip_unsupported: request.skip_unsupported,
        nested_templates: request.nested_templates.clone(),
        ..Asked::default()
    }
}

fn progress(event: &StackEvent) -> Progress {
    Progress {
        time: event.time,
        logical_id: event.logical_id.clone(),
        resource_type: event.kind.clone(),
        physical_id: event.physical_id.clone().filter(|id| !id.is_empty() && *id != event.stack_id),
        status: event.status.as_str().to_string(),
        reason: event.said().map(str::to_string),
        awaits: None,
    }
}
