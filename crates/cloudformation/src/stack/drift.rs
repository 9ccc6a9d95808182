//! Drift: what the cloud holds now, beside what the template gave.

mod difference;

pub use difference::differences;

use super::account::Account;
use super::error::StackError;
use super::{begin, identity};
use crate::resource::{Which, table};
use croft_control::{Cloud, PutDriftDetection, PutStack, PutStackResource};
use croft_model::stack::{Drift, DriftDetection, DriftStatus, HIDDEN, ResourceDrift, Stack, StackResource, Status};
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;

/// Can drift be told of a stack in this state?
pub fn is_told_of(status: Status) -> bool {
    let whole = [Status::CreateComplete, Status::UpdateComplete, Status::UpdateRollbackComplete];
    whole.contains(&status) || status == Status::UpdateRollbackFailed
}

/// Is there nothing in the cloud that could differ, or are they stacks of their own?
fn is_checked(of: Which) -> bool {
    !matches!(of, Which::CdkMetadata | Which::NestedStack | Which::WaitCondition | Which::WaitConditionHandle)
}

/// What is to be said of one resource. `now`: milliseconds since 1970.
pub fn of_resource(cloud: &Cloud, entry: &StackResource, now: u64) -> ResourceDrift {
    let said = |status| ResourceDrift { status, checked: now, expected: None, actual: None, differences: Vec::new() };
    let of = table::find(&entry.kind).map(|of| of.which).filter(|of| is_checked(*of));
    let (Some(of), Some(id)) = (of, &entry.physical_id) else { return said(DriftStatus::NotChecked) };
    let expected = entry.properties.as_object().cloned().unwrap_or_default();
    let hides = |name: &str| entry.hidden.contains(name);
    let text = |mut properties: Map<String, Json>| {
        properties.iter_mut().filter(|(name, _)| hides(name)).for_each(|(_, value)| *value = HIDDEN.into());
        Some(Json::Object(properties).to_string())
    };
    let Some(actual) = of.live(cloud, id, &expected) else {
        return ResourceDrift { expected: text(expected), ..said(DriftStatus::Deleted) };
    };
    let mut differences = differences(&expected, &actual);
    for one in &mut differences {
        if one.path.split('/').nth(1).is_some_and(hides) {
            (one.expected, one.actual) = (HIDDEN.to_string(), HIDDEN.to_string());
        }
    }
    let status = if differences.is_empty() { DriftStatus::InSync } else { DriftStatus::Modified };
    ResourceDrift { expected: text(expected), actual: text(actual), differences, ..said(status) }
}

/// Looks at the resources of a stack, at those of `names` only if there are any, and writes down what differs.
pub fn detect<A: Account>(
    account: &mut A,
    stack: &str,
    names: &BTreeSet<String>,
) -> Result<DriftDetection, StackError> {
    let (cloud, now) = (account.cloud(), account.now_millis());
    let stack = begin::find(&cloud, account.scope(), stack)?.clone();
    if stack.work.is_some() || !is_told_of(stack.status) {
        let text = format!("Drift detection cannot be performed on stack [{}] in state {}", stack.name, stack.status);
        return Err(StackError::invalid(text));
    }
    let there = |entry: &&StackResource| !entry.replaced && entry.is_there();
    let entries: Vec<&StackResource> = cloud.stack_resources(&stack.id).filter(there).collect();
    if let Some(name) = names.iter().find(|name| !entries.iter().any(|entry| entry.logical_id == **name)) {
        let text = format!("Resource {name} does not exist for stack {}", stack.name);
        return Err(StackError::invalid(text));
    }
    let mut drifted = 0;
    for entry in entries {
        let looked_at = names.is_empty() || names.contains(&entry.logical_id);
        let drift = if looked_at { Some(of_resource(&cloud, entry, now)) } else { entry.drift.clone() };
        let differs = |drift: &ResourceDrift| matches!(drift.status, DriftStatus::Modified | DriftStatus::Deleted);
        drifted += u64::from(drift.as_ref().is_some_and(differs));
        account.run(PutStackResource { resource: StackResource { drift, ..entry.clone() } })?;
    }
    let status = if drifted > 0 { DriftStatus::Drifted } else { DriftStatus::InSync };
    let drift = Some(Drift { status, checked: now });
    account.run(PutStack { stack: Stack { drift, ..stack.clone() } })?;
    let detection = DriftDetection {
        id: identity::uuid(&[&stack.id, "drift"], cloud.version ^ now << 20),
        scope: stack.scope,
        stack_id: stack.id,
        status: "DETECTION_COMPLETE".to_string(),
        reason: None,
        drift: Some(status),
        drifted_resources: drifted,
        time: now,
    };
    account.run(PutDriftDetection { detection: detection.clone() })?;
    Ok(detection)
}
