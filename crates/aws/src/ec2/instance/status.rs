//! Whether instances are well: one that was seen to run is.

use super::super::filter::{FilterOf, Filters};
use super::super::listing::{Listed, Page, after, one};
use super::describe::not_both;
use super::output::{InstanceStateOutput, OperatorOutput};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::Operation;
use croft_control::Cloud;
use croft_model::instance::{Instance, InstanceState};
use croft_model::zone::Zone;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeInstanceStatus {
    #[serde(default)]
    instance_ids: Vec<String>,
    #[serde(default)]
    filters: Filters,
    include_all_instances: Option<bool>,
    #[serde(rename = "IncludeManagedResources")]
    _include_managed_resources: Option<bool>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInstanceStatusOutput {
    instance_statuses: Vec<InstanceStatusOutput>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct InstanceStatusOutput {
    availability_zone: Option<String>,
    availability_zone_id: Option<String>,
    operator: OperatorOutput,
    events: [(); 0],
    instance_id: String,
    instance_state: InstanceStateOutput,
    instance_status: Summary,
    system_status: Summary,
    attached_ebs_status: Summary,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Summary {
    details: Vec<Details>,
    status: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Details {
    name: &'static str,
    status: &'static str,
}

/// The status of the whole, and of its one check.
fn health(instance: &Instance) -> (&'static str, Option<&'static str>) {
    match instance.state {
        InstanceState::Running => ("ok", Some("passed")),
        InstanceState::Pending => ("initializing", Some("initializing")),
        _ => ("not-applicable", None),
    }
}

fn summary(instance: &Instance) -> Summary {
    let (status, check) = health(instance);
    Summary { details: check.map(|status| Details { name: "reachability", status }).into_iter().collect(), status }
}

fn zone<'c>(cloud: &'c Cloud, instance: &Instance) -> Option<&'c Zone> {
    let primary = cloud.interfaces.get(instance.interfaces.first()?)?;
    cloud.zones.get(&cloud.subnets.get(&primary.subnet)?.zone)
}

const FILTERS: &[FilterOf<Instance>] = &[
    ("availability-zone", |c, i, found| zone(c, i).into_iter().for_each(|z| found.text(&z.name))),
    ("availability-zone-id", |c, i, found| zone(c, i).into_iter().for_each(|z| found.text(&z.id))),
    ("event.code", |_, _, _| {}),
    ("event.description", |_, _, _| {}),
    ("event.instance-event-id", |_, _, _| {}),
    ("event.not-after", |_, _, _| {}),
    ("event.not-before", |_, _, _| {}),
    ("event.not-before-deadline", |_, _, _| {}),
    ("instance-state-code", |_, i, found| found.show(i.state.code())),
    ("instance-state-name", |_, i, found| found.text(i.state.as_str())),
    ("instance-status.reachability", |_, i, found| health(i).1.into_iter().for_each(|s| found.text(s))),
    ("instance-status.status", |_, i, found| found.text(health(i).0)),
    ("operator.managed", |_, _, found| found.flag(false)),
    ("operator.principal", |_, _, _| {}),
    ("system-status.reachability", |_, i, found| health(i).1.into_iter().for_each(|s| found.text(s))),
    ("system-status.status", |_, i, found| found.text(health(i).0)),
    ("attached-ebs-status.status", |_, i, found| found.text(health(i).0)),
];

impl Operation for DescribeInstanceStatus {
    const NAME: &'static str = "DescribeInstanceStatus";
    type Output = DescribeInstanceStatusOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeInstanceStatusOutput, Fault> {
        not_both(&self.instance_ids, self.max_results)?;
        let cloud = call.cloud();
        let judge = self.filters.judge(FILTERS)?;
        let all = self.include_all_instances.unwrap_or(false);
        let wanted = |i: &&Instance| (all || i.state == InstanceState::Running) && judge.holds(&cloud, i, i.tags());
        let page: Page<&Instance> = if self.instance_ids.is_empty() {
            let items = cloud.instances_in(call.scope).filter(wanted);
            after(items, self.max_results, self.next_token.as_deref(), |i| i.id.to_string())?
        } else {
            let named: Result<Vec<&Instance>, Fault> =
                self.instance_ids.iter().map(|id| one(&cloud, call.scope, id)).collect();
            Page { items: named?.into_iter().filter(wanted).collect(), next_token: None }
        };
        let shown = |instance: &Instance| {
            let zone = zone(&cloud, instance);
            InstanceStatusOutput {
                availability_zone: zone.map(|z| z.name.clone()),
                availability_zone_id: zone.map(|z| z.id.clone()),
                operator: OperatorOutput { managed: false },
                events: [],
                instance_id: instance.id.to_string(),
                instance_state: instance.state.into(),
                instance_status: summary(instance),
                system_status: summary(instance),
                attached_ebs_status: summary(instance),
            }
        };
        Ok(DescribeInstanceStatusOutput {
            instance_statuses: page.items.into_iter().map(shown).collect(),
            next_token: page.next_token,
        })
    }
}
