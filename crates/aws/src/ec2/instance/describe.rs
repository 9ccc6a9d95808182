//! Describing.

use super::super::filter::{FilterOf, Filters};
use super::super::listing::{Listed, Query, select};
use super::InstanceOutput;
use super::run::ReservationOutput;
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::Operation;
use croft_control::Cloud;
use croft_model::instance::Instance;
use croft_model::{InstanceId, ReservationId, Tags};
use imbl::OrdMap;
use serde::{Deserialize, Serialize};

impl Listed for Instance {
    type Id = InstanceId;
    const FILTERS: &'static [FilterOf<Instance>] = super::filters::FILTERS;

    fn all(cloud: &Cloud) -> &OrdMap<InstanceId, Instance> {
        &cloud.instances
    }
    fn id(&self) -> &InstanceId {
        &self.id
    }
    fn tags(&self) -> &Tags {
        &self.tags
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeInstances {
    #[serde(default)]
    instance_ids: Vec<String>,
    #[serde(default)]
    filters: Filters,
    /// Nothing that Croft has is managed by a service.
    #[serde(rename = "IncludeManagedResources")]
    _include_managed_resources: Option<bool>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInstancesOutput {
    reservations: Vec<ReservationOutput>,
    next_token: Option<String>,
}

/// AWS pages through everything, or shows what is named.
pub(super) fn not_both(ids: &[String], max_results: Option<usize>) -> Result<(), Fault> {
    match !ids.is_empty() && max_results.is_some() {
        true => {
            Err(Fault::invalid_combination("The parameter instancesSet cannot be used with the parameter maxResults"))
        }
        false => Ok(()),
    }
}

impl Operation for DescribeInstances {
    const NAME: &'static str = "DescribeInstances";
    type Output = DescribeInstancesOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeInstancesOutput, Fault> {
        not_both(&self.instance_ids, self.max_results)?;
        let cloud = call.cloud();
        let query = Query {
            ids: &self.instance_ids,
            filters: &self.filters,
            max_results: self.max_results,
            next_token: self.next_token.as_deref(),
        };
        let page = select::<Instance>(&cloud, call.scope, query)?;
        let mut reservations: Vec<(Option<&ReservationId>, ReservationOutput)> = Vec::new();
        for instance in page.items {
            let id = instance.launch.reservation.as_ref();
            let output = InstanceOutput::of(&cloud, instance);
            match reservations.iter_mut().find(|(other, _)| id.is_some() && *other == id) {
                Some((_, reservation)) => reservation.instances.push(output),
                None => reservations.push((
                    id,
                    ReservationOutput {
                        reservation_id: id.map_or_else(|| reservation_of(&instance.id), ToString::to_string),
                        owner_id: instance.scope.account.to_string(),
                        groups: [],
                        instances: vec![output],
                    },
                )),
            }
        }
        let reservations = reservations.into_iter().map(|(_, reservation)| reservation).collect();
        Ok(DescribeInstancesOutput { reservations, next_token: page.next_token })
    }
}

/// Of an instance from before launches were kept: one of its own.
fn reservation_of(id: &InstanceId) -> String {
    id.as_str().replacen("i-", "r-", 1)
}
