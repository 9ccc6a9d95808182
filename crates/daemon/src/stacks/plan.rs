//! What a template would make, change, replace and delete.

use super::{asked, held};
use crate::daemon::Inner;
use crate::error::Error;
use crate::protocol::{ChangeKind, KeptDefault, PlannedChange, SkippedResource, StackPlan, StackRequest};
use croft_cloudformation::stack::plan::{Change, ChangeAction};
use croft_cloudformation::stack::{self, Design, Frame, StackError, nested, version};
use croft_control::Cloud;

impl Inner {
    /// What [`Inner::up`] would do; nothing is changed.
    pub fn plan(&self, request: &StackRequest) -> Result<StackPlan, Error> {
        plan(&self.cloud(), &|url| self.stacks().host().template(url), request)
    }
}

/// `fetch`: what a URL of a template leads to.
pub(super) fn plan(
    cloud: &Cloud,
    fetch: &dyn Fn(&str) -> Result<String, String>,
    request: &StackRequest,
) -> Result<StackPlan, Error> {
    let asked = asked(request);
    let held = held(cloud, &request.name);
    let template = version::read(&asked, held)?;
    let parameters = version::parameters(&asked, &template, held)?;
    let frame = match held {
        Some(stack) => Frame::of(stack),
        None => Frame::new(cloud, &cloud.home, &request.name, 0),
    };
    let frame = frame.with(&asked);
    let bound = Design::bind(&template, &frame, &parameters, cloud).map_err(StackError::from)?;
    let mut design = Design::new(&bound, cloud).map_err(StackError::from)?;
    design.preflight().map_err(StackError::from)?;
    if let Some(stack) = held {
        let mut version = version::of(&asked, &template, &design, held);
        nested::pin_with(cloud, fetch, &design, &mut version)?;
        nested::mark(cloud, &mut design, &stack.version, &version);
    }
    let skipped = template.skipped.iter().map(|skipped| SkippedResource {
        logical_id: skipped.logical_id.clone(),
        resource_type: skipped.resource_type.clone(),
        because: skipped.because.clone(),
    });
    let kept = version::kept_defaults(&asked, &template, held);
    let kept = kept.into_iter().map(|kept| KeptDefault { name: kept.name, value: kept.value, default: kept.default });
    Ok(StackPlan {
        changes: stack::plan(&design).changes.into_iter().map(planned).collect(),
        skipped: skipped.collect(),
        skipped_outputs: template.skipped_outputs.clone(),
        kept_defaults: kept.collect(),
    })
}

fn planned(change: Change) -> PlannedChange {
    let action = match change.action {
        ChangeAction::Add => ChangeKind::Create,
        ChangeAction::Modify => ChangeKind::Update,
        ChangeAction::Replace => ChangeKind::Replace,
        ChangeAction::MayReplace => ChangeKind::MayReplace,
        ChangeAction::Remove => ChangeKind::Delete,
    };
    let Change { logical_id, resource_type, physical_id, properties, .. } = change;
    PlannedChange { logical_id, resource_type, action, physical_id, properties }
}
