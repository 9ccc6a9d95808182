//! Drift: what differs between a stack's template and what is there.

use super::named::{invalid, stack};
use super::page::{PAGE, page_of};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_cloudformation::stack::Stacks;
use croft_model::stack::{DriftStatus, PropertyDifference, ResourceDrift, StackResource};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

pub const OPERATIONS: &[Entry] = operations![
    DetectStackDrift,
    DetectStackResourceDrift,
    DescribeStackDriftDetectionStatus,
    DescribeStackResourceDrifts
];

fn stacks<'c>(call: &Call<'c>) -> Result<&'c Arc<Stacks>, Fault> {
    call.backend.stacks().ok_or_else(|| Fault::internal("no stacks are worked on here"))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DetectStackDrift {
    stack_name: String,
    #[serde(default)]
    logical_resource_ids: BTreeSet<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DetectStackDriftOutput {
    stack_drift_detection_id: String,
}

impl Operation for DetectStackDrift {
    const NAME: &'static str = "DetectStackDrift";
    type Output = DetectStackDriftOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DetectStackDriftOutput, Fault> {
        let detection = stacks(call)?.detect_drift(call.scope, &self.stack_name, &self.logical_resource_ids)?;
        Ok(DetectStackDriftOutput { stack_drift_detection_id: detection.id })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DetectStackResourceDrift {
    stack_name: String,
    logical_resource_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DetectStackResourceDriftOutput {
    stack_resource_drift: DriftOutput,
}

impl Operation for DetectStackResourceDrift {
    const NAME: &'static str = "DetectStackResourceDrift";
    type Output = DetectStackResourceDriftOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DetectStackResourceDriftOutput, Fault> {
        let (name, logical_id) = (&self.stack_name, &self.logical_resource_id);
        let names = BTreeSet::from([logical_id.clone()]);
        let detection = stacks(call)?.detect_drift(call.scope, name, &names)?;
        let cloud = call.cloud();
        let resource = cloud.stack_resource(&detection.stack_id, logical_id);
        let shown = resource.and_then(DriftOutput::of);
        let missing = || invalid(format!("Resource {logical_id} does not exist for stack {name}"));
        Ok(DetectStackResourceDriftOutput { stack_resource_drift: shown.ok_or_else(missing)? })
    }
}

/// What the last detection said of a resource.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DriftOutput {
    stack_id: String,
    logical_resource_id: String,
    physical_resource_id: Option<String>,
    resource_type: String,
    expected_properties: Option<String>,
    actual_properties: Option<String>,
    property_differences: Option<Vec<DifferenceOutput>>,
    stack_resource_drift_status: &'static str,
    timestamp: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DifferenceOutput {
    property_path: String,
    expected_value: String,
    actual_value: String,
    difference_type: String,
}

impl From<&PropertyDifference> for DifferenceOutput {
    fn from(difference: &PropertyDifference) -> DifferenceOutput {
        DifferenceOutput {
            property_path: difference.path.clone(),
            expected_value: difference.expected.clone(),
            actual_value: difference.actual.clone(),
            difference_type: difference.kind.clone(),
        }
    }
}

impl DriftOutput {
    /// None: it has never been looked at.
    fn of(resource: &StackResource) -> Option<DriftOutput> {
        let ResourceDrift { status, checked, expected, actual, differences } = resource.drift.as_ref()?;
        Some(DriftOutput {
            stack_id: resource.stack_id.clone(),
            logical_resource_id: resource.logical_id.clone(),
            physical_resource_id: resource.physical_id.clone(),
            resource_type: resource.kind.clone(),
            expected_properties: expected.clone(),
            actual_properties: actual.clone(),
            property_differences: actual.as_ref().map(|_| differences.iter().map(Into::into).collect()),
            stack_resource_drift_status: status.as_str(),
            timestamp: *checked,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeStackDriftDetectionStatus {
    stack_drift_detection_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeStackDriftDetectionStatusOutput {
    stack_id: String,
    stack_drift_detection_id: String,
    stack_drift_status: Option<&'static str>,
    detection_status: String,
    detection_status_reason: Option<String>,
    drifted_stack_resource_count: u64,
    timestamp: u64,
}

impl Operation for DescribeStackDriftDetectionStatus {
    const NAME: &'static str = "DescribeStackDriftDetectionStatus";
    type Output = DescribeStackDriftDetectionStatusOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeStackDriftDetectionStatusOutput, Fault> {
        let cloud = call.cloud();
        let id = &self.stack_drift_detection_id;
        let found = cloud.drift_detections.get(id).filter(|detection| detection.scope == *call.scope);
        let detection = found.ok_or_else(|| invalid(format!("Stack drift detection {id} does not exist")))?;
        Ok(DescribeStackDriftDetectionStatusOutput {
            stack_id: detection.stack_id.clone(),
            stack_drift_detection_id: detection.id.clone(),
            stack_drift_status: detection.drift.map(DriftStatus::as_str),
            detection_status: detection.status.clone(),
            detection_status_reason: detection.reason.clone(),
            drifted_stack_resource_count: detection.drifted_resources,
            timestamp: detection.time,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeStackResourceDrifts {
    stack_name: String,
    #[serde(default)]
    stack_resource_drift_status_filters: Vec<String>,
    next_token: Option<String>,
    max_results: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeStackResourceDriftsOutput {
    stack_resource_drifts: Vec<DriftOutput>,
    next_token: Option<String>,
}

impl Operation for DescribeStackResourceDrifts {
    const NAME: &'static str = "DescribeStackResourceDrifts";
    type Output = DescribeStackResourceDriftsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeStackResourceDriftsOutput, Fault> {
        let cloud = call.cloud();
        let stack = stack(&cloud, call.scope, &self.stack_name)?;
        let filters = &self.stack_resource_drift_status_filters;
        // AWS leaves out what it does not check.
        let wanted = |drift: &DriftOutput| {
            let status = drift.stack_resource_drift_status;
            status != "NOT_CHECKED" && (filters.is_empty() || filters.iter().any(|filter| filter == status))
        };
        let there = cloud.stack_resources(&stack.id).filter(|resource| !resource.replaced && resource.is_there());
        let drifts = there.filter_map(DriftOutput::of).filter(wanted);
        let most = self.max_results.unwrap_or(PAGE);
        let page = page_of(most, drifts, self.next_token.as_deref(), |d| d.logical_resource_id.clone())?;
        Ok(DescribeStackResourceDriftsOutput { stack_resource_drifts: page.items, next_token: page.next_token })
    }
}
