//! Availability Zones.

use super::filter::{FilterOf, Filters};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_model::Tags;
use croft_model::zone::Zone;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![DescribeAvailabilityZones];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeAvailabilityZones {
    #[serde(default)]
    zone_names: Vec<String>,
    #[serde(default)]
    zone_ids: Vec<String>,
    /// Also those that the account has not opted into. There are none.
    #[serde(rename = "AllAvailabilityZones")]
    _all_availability_zones: Option<bool>,
    #[serde(default)]
    filters: Filters,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeAvailabilityZonesOutput {
    availability_zones: Vec<ZoneOutput>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ZoneOutput {
    opt_in_status: &'static str,
    messages: Vec<Message>,
    region_name: String,
    zone_name: String,
    zone_id: String,
    group_name: String,
    network_border_group: String,
    zone_type: &'static str,
    state: &'static str,
    group_long_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Message {
    message: String,
}

const OPT_IN_STATUS: &str = "opt-in-not-required";
const ZONE_TYPE: &str = "availability-zone";

/// The group that all ordinary zones of a region are of.
fn group_name(zone: &Zone) -> String {
    format!("{}-zg-1", zone.region)
}

fn group_long_name(zone: &Zone) -> Option<String> {
    croft_model::region::named(zone.region.as_str()).map(|region| format!("{} 1", region.long_name))
}

fn state(zone: &Zone) -> &'static str {
    if zone.failed { "unavailable" } else { "available" }
}

fn message(zone: &Zone) -> Option<String> {
    zone.failed.then(|| "The zone was failed on purpose: every packet from, to or through it is dropped.".into())
}

const FILTERS: &[FilterOf<Zone>] = &[
    ("group-long-name", |_, zone, found| group_long_name(zone).iter().for_each(|name| found.text(name))),
    ("group-name", |_, zone, found| found.text(&group_name(zone))),
    ("message", |_, zone, found| message(zone).iter().for_each(|text| found.text(text))),
    ("opt-in-status", |_, _, found| found.text(OPT_IN_STATUS)),
    ("parent-zone-id", |_, _, _| {}),
    ("parent-zone-name", |_, _, _| {}),
    ("region-name", |_, zone, found| found.text(zone.region.as_str())),
    ("state", |_, zone, found| found.text(state(zone))),
    ("zone-id", |_, zone, found| found.text(&zone.id)),
    ("zone-name", |_, zone, found| found.text(&zone.name)),
    ("zone-type", |_, _, found| found.text(ZONE_TYPE)),
];

impl Operation for DescribeAvailabilityZones {
    const NAME: &'static str = "DescribeAvailabilityZones";
    type Output = DescribeAvailabilityZonesOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeAvailabilityZonesOutput, Fault> {
        let cloud = call.cloud();
        let zones: Vec<&Zone> = cloud.zones_in(&call.scope.region).collect();
        let unknown_name = self.zone_names.iter().find(|name| !zones.iter().any(|z| z.name == **name));
        let unknown_id = self.zone_ids.iter().find(|id| !zones.iter().any(|z| z.id == **id));
        if let Some(text) = unknown_name.or(unknown_id) {
            return Err(Fault::invalid_value(format!("Invalid availability zone: [{text}]")));
        }
        let judge = self.filters.judge(FILTERS)?;
        let named = |z: &&&Zone| self.zone_names.is_empty() || self.zone_names.contains(&z.name);
        let known = |z: &&&Zone| self.zone_ids.is_empty() || self.zone_ids.contains(&z.id);
        let zones = zones.iter().filter(named).filter(known).filter(|z| judge.holds(&cloud, z, &Tags::new()));
        let shown = |zone: &&Zone| ZoneOutput {
            opt_in_status: OPT_IN_STATUS,
            messages: message(zone).into_iter().map(|message| Message { message }).collect(),
            region_name: zone.region.to_string(),
            zone_name: zone.name.clone(),
            zone_id: zone.id.clone(),
            group_name: group_name(zone),
            network_border_group: zone.region.to_string(),
            zone_type: ZONE_TYPE,
            state: state(zone),
            group_long_name: group_long_name(zone),
        };
        Ok(DescribeAvailabilityZonesOutput { availability_zones: zones.map(shown).collect() })
    }
}
