//! Regions.

use super::filter::{FilterOf, Filters};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_model::Tags;
use croft_model::region::{REGIONS, Region};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![DescribeRegions];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeRegions {
    #[serde(default)]
    region_names: Vec<String>,
    /// Also those that the account has not opted into. There are none.
    #[serde(rename = "AllRegions")]
    _all_regions: Option<bool>,
    #[serde(default)]
    filters: Filters,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeRegionsOutput {
    regions: Vec<RegionOutput>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RegionOutput {
    opt_in_status: &'static str,
    region_name: &'static str,
    endpoint: String,
}

fn opt_in_status(region: &Region) -> &'static str {
    if region.opt_in { "opted-in" } else { "opt-in-not-required" }
}

fn endpoint(region: &Region) -> String {
    format!("ec2.{}.amazonaws.com", region.name)
}

const FILTERS: &[FilterOf<Region>] = &[
    ("endpoint", |_, region, found| found.text(&endpoint(region))),
    ("opt-in-status", |_, region, found| found.text(opt_in_status(region))),
    ("region-name", |_, region, found| found.text(region.name)),
];

impl Operation for DescribeRegions {
    const NAME: &'static str = "DescribeRegions";
    type Output = DescribeRegionsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeRegionsOutput, Fault> {
        let unknown = self.region_names.iter().find(|name| croft_model::region::named(name).is_none());
        if let Some(name) = unknown {
            return Err(Fault::invalid_value(format!("Invalid region provided: {name}")));
        }
        let judge = self.filters.judge(FILTERS)?;
        let cloud = call.cloud();
        let asked = |r: &&Region| self.region_names.is_empty() || self.region_names.iter().any(|n| n == r.name);
        let regions = REGIONS.iter().filter(asked).filter(|r| judge.holds(&cloud, r, &Tags::new()));
        let shown = |region: &Region| RegionOutput {
            opt_in_status: opt_in_status(region),
            region_name: region.name,
            endpoint: endpoint(region),
        };
        Ok(DescribeRegionsOutput { regions: regions.map(shown).collect() })
    }
}
