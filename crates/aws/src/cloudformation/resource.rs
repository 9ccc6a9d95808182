//! The resources of a stack.

use super::named::{invalid, stack};
use super::page::page;
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_cloudformation::Template;
use croft_control::Cloud;
use croft_model::Scope;
use croft_model::stack::{DriftStatus, Stack, StackResource};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![DescribeStackResource, DescribeStackResources, ListStackResources];

/// What the last detection of drift said of a resource.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DriftInformation {
    stack_resource_drift_status: &'static str,
    last_check_timestamp: Option<u64>,
}

impl DriftInformation {
    fn of(resource: &StackResource) -> DriftInformation {
        let drift = resource.drift.as_ref();
        DriftInformation {
            stack_resource_drift_status: drift.map_or("NOT_CHECKED", |drift| drift.status.as_str()),
            last_check_timestamp: drift.filter(|d| d.status != DriftStatus::NotChecked).map(|drift| drift.checked),
        }
    }
}

/// A resource as its stack shows it. Where it stands, the time of its last change has another name.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ResourceOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    stack_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stack_id: Option<String>,
    logical_resource_id: String,
    physical_resource_id: Option<String>,
    resource_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_updated_timestamp: Option<u64>,
    resource_status: &'static str,
    resource_status_reason: Option<String>,
    drift_information: DriftInformation,
}

impl ResourceOutput {
    /// In a list.
    fn summary(resource: &StackResource) -> ResourceOutput {
        ResourceOutput {
            stack_name: None,
            stack_id: None,
            logical_resource_id: resource.logical_id.clone(),
            physical_resource_id: resource.physical_id.clone(),
            resource_type: resource.kind.clone(),
            metadata: None,
            timestamp: None,
            last_updated_timestamp: Some(resource.changed),
            resource_status: resource.status.as_str(),
            resource_status_reason: resource.status_reason.clone(),
            drift_information: DriftInformation::of(resource),
        }
    }

    /// Alone.
    fn detail(stack: &Stack, resource: &StackResource) -> ResourceOutput {
        ResourceOutput {
            stack_name: Some(stack.name.clone()),
            stack_id: Some(stack.id.clone()),
            ..ResourceOutput::summary(resource)
        }
    }

    /// Among the others.
    fn described(stack: &Stack, resource: &StackResource) -> ResourceOutput {
        let detail = ResourceOutput::detail(stack, resource);
        ResourceOutput { timestamp: detail.last_updated_timestamp, last_updated_timestamp: None, ..detail }
    }
}

/// Those of a stack whose place no other has taken.
fn resources<'c>(cloud: &'c Cloud, stack: &Stack) -> impl Iterator<Item = &'c StackResource> {
    cloud.stack_resources(&stack.id).filter(|resource| !resource.replaced)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeStackResource {
    stack_name: String,
    logical_resource_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeStackResourceOutput {
    stack_resource_detail: ResourceOutput,
}

impl Operation for DescribeStackResource {
    const NAME: &'static str = "DescribeStackResource";
    type Output = DescribeStackResourceOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeStackResourceOutput, Fault> {
        let cloud = call.cloud();
        let name = &self.stack_name;
        let stack = super::named::find(&cloud, call.scope, name)
            .ok_or_else(|| invalid(format!("Stack '{name}' does not exist")))?;
        let logical_id = &self.logical_resource_id;
        let resource = cloud
            .stack_resource(&stack.id, logical_id)
            .ok_or_else(|| invalid(format!("Resource {logical_id} does not exist for stack {name}")))?;
        let template = Template::parse("template", stack.version.template.as_bytes()).ok();
        let metadata = template.and_then(|template| template.resource(logical_id)?.metadata.clone());
        let detail = ResourceOutput::detail(stack, resource);
        let metadata = metadata.map(|metadata| metadata.to_string());
        Ok(DescribeStackResourceOutput { stack_resource_detail: ResourceOutput { metadata, ..detail } })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeStackResources {
    stack_name: Option<String>,
    logical_resource_id: Option<String>,
    physical_resource_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeStackResourcesOutput {
    stack_resources: Vec<ResourceOutput>,
}

/// No more are shown: for all of them there is `ListStackResources`.
const MOST_DESCRIBED: usize = 100;

impl Operation for DescribeStackResources {
    const NAME: &'static str = "DescribeStackResources";
    type Output = DescribeStackResourcesOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeStackResourcesOutput, Fault> {
        let cloud = call.cloud();
        let stack = match (&self.stack_name, &self.physical_resource_id) {
            (Some(name), None) => stack(&cloud, call.scope, name)?,
            (None, Some(id)) => owner(&cloud, call.scope, id)?,
            _ => return Err(invalid("Exactly one of StackName and PhysicalResourceId must be specified")),
        };
        let wanted = |r: &&StackResource| self.logical_resource_id.as_ref().is_none_or(|id| r.logical_id == *id);
        let found: Vec<ResourceOutput> = resources(&cloud, stack)
            .filter(wanted)
            .take(MOST_DESCRIBED)
            .map(|resource| ResourceOutput::described(stack, resource))
            .collect();
        match (&self.logical_resource_id, found.is_empty()) {
            (Some(id), true) => Err(invalid(format!("Resource {id} does not exist for stack {}", stack.name))),
            _ => Ok(DescribeStackResourcesOutput { stack_resources: found }),
        }
    }
}

/// The stack that a physical resource belongs to.
fn owner<'c>(cloud: &'c Cloud, scope: &Scope, physical_id: &str) -> Result<&'c Stack, Fault> {
    let bears = |stack: &&Stack| resources(cloud, stack).any(|r| r.physical_id.as_deref() == Some(physical_id));
    let found = cloud.live_stacks_in(scope).find(bears);
    found.ok_or_else(|| invalid(format!("Stack for {physical_id} does not exist")))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListStackResources {
    stack_name: String,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListStackResourcesOutput {
    stack_resource_summaries: Vec<ResourceOutput>,
    next_token: Option<String>,
}

impl Operation for ListStackResources {
    const NAME: &'static str = "ListStackResources";
    type Output = ListStackResourcesOutput;

    fn run(self, call: &mut Call<'_>) -> Result<ListStackResourcesOutput, Fault> {
        let cloud = call.cloud();
        let stack = stack(&cloud, call.scope, &self.stack_name)?;
        let page = page(resources(&cloud, stack), self.next_token.as_deref(), |r| r.number.to_string())?;
        Ok(ListStackResourcesOutput {
            stack_resource_summaries: page.items.into_iter().map(ResourceOutput::summary).collect(),
            next_token: page.next_token,
        })
    }
}
