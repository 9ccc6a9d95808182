//! Instance types.

mod output;

use super::filter::{FilterOf, Filters};
use super::listing::after;
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_model::Tags;
use croft_model::instance_type::{self, InstanceType};
use output::InstanceTypeOutput;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![DescribeInstanceTypes, DescribeInstanceTypeOfferings];

fn nitro(kind: &InstanceType) -> bool {
    kind.family.hypervisor == "nitro"
}

/// What is free in AWS's first year.
fn free(kind: &InstanceType) -> bool {
    matches!(kind.name.as_str(), "t2.micro" | "t3.micro")
}

fn enclaves(kind: &InstanceType) -> bool {
    nitro(kind) && !kind.family.burstable && kind.vcpus >= 4
}

fn word(supported: bool) -> &'static str {
    if supported { "supported" } else { "unsupported" }
}

fn gigahertz(kind: &InstanceType) -> f64 {
    f64::from(kind.family.decigigahertz) / 10.0
}

fn boot_modes(kind: &InstanceType) -> &'static [&'static str] {
    match (kind.architecture(), nitro(kind)) {
        (instance_type::Architecture::Arm64, _) => &["uefi"],
        (_, true) => &["legacy-bios", "uefi"],
        (_, false) => &["legacy-bios"],
    }
}

/// `i386` besides, on the oldest.
fn architectures(kind: &InstanceType) -> Vec<&'static str> {
    let old = matches!(kind.name.as_str(), "t2.nano" | "t2.micro" | "t2.small" | "t2.medium");
    let more = old.then_some("i386");
    more.into_iter().chain([kind.architecture().as_str()]).collect()
}

const FILTERS: &[FilterOf<InstanceType>] = &[
    ("auto-recovery-supported", |_, _, found| found.flag(true)),
    ("bare-metal", |_, _, found| found.flag(false)),
    ("burstable-performance-supported", |_, t, found| found.flag(t.family.burstable)),
    ("current-generation", |_, t, found| found.flag(t.family.current)),
    ("dedicated-hosts-supported", |_, t, found| found.flag(dedicated_hosts(t))),
    ("ebs-info.attachment-limit-type", |_, _, found| found.text("shared")),
    ("ebs-info.ebs-optimized-support", |_, t, found| found.text(ebs_optimized(t))),
    ("ebs-info.encryption-support", |_, _, found| found.text("supported")),
    ("ebs-info.nvme-support", |_, t, found| found.text(ena(t))),
    ("free-tier-eligible", |_, t, found| found.flag(free(t))),
    ("hibernation-supported", |_, t, found| found.flag(hibernation(t))),
    ("hypervisor", |_, t, found| found.text(t.family.hypervisor)),
    ("instance-storage-supported", |_, _, found| found.flag(false)),
    ("instance-storage-info.disk.count", |_, _, _| {}),
    ("instance-storage-info.disk.size-in-gb", |_, _, _| {}),
    ("instance-storage-info.disk.type", |_, _, _| {}),
    ("instance-storage-info.encryption-support", |_, _, _| {}),
    ("instance-storage-info.nvme-support", |_, _, _| {}),
    ("instance-storage-info.total-size-in-gb", |_, _, _| {}),
    ("instance-type", |_, t, found| found.text(&t.name)),
    ("memory-info.size-in-mib", |_, t, found| found.show(t.memory)),
    ("network-info.efa-info.maximum-efa-interfaces", |_, _, _| {}),
    ("network-info.efa-supported", |_, _, found| found.flag(false)),
    ("network-info.ena-support", |_, t, found| found.text(if nitro(t) { "required" } else { "unsupported" })),
    ("network-info.encryption-in-transit-supported", |_, _, found| found.flag(false)),
    ("network-info.ipv4-addresses-per-interface", |_, t, found| found.show(t.ipv4_addresses)),
    ("network-info.ipv6-addresses-per-interface", |_, t, found| found.show(t.ipv4_addresses)),
    ("network-info.ipv6-supported", |_, _, found| found.flag(true)),
    ("network-info.maximum-network-cards", |_, _, found| found.text("1")),
    ("network-info.maximum-network-interfaces", |_, t, found| found.show(t.interfaces)),
    ("network-info.network-performance", |_, t, found| found.text(t.network_performance)),
    ("nitro-enclaves-support", |_, t, found| found.text(word(enclaves(t)))),
    ("processor-info.supported-architecture", |_, t, found| {
        architectures(t).iter().for_each(|a| found.text(a));
    }),
    ("processor-info.supported-features", |_, _, _| {}),
    ("processor-info.sustained-clock-speed-in-ghz", |_, t, found| found.show(gigahertz(t))),
    ("supported-boot-mode", |_, t, found| boot_modes(t).iter().for_each(|mode| found.text(mode))),
    ("supported-root-device-type", |_, _, found| found.text("ebs")),
    ("supported-usage-class", |_, _, found| found.text("on-demand")),
    ("supported-virtualization-type", |_, _, found| found.text("hvm")),
    ("vcpu-info.default-cores", |_, t, found| found.show(t.cores())),
    ("vcpu-info.default-threads-per-core", |_, t, found| found.show(t.threads_per_core())),
    ("vcpu-info.default-vcpus", |_, t, found| found.show(t.vcpus)),
    ("vcpu-info.valid-cores", |_, t, found| t.valid_cores().iter().for_each(|n| found.show(n))),
    ("vcpu-info.valid-threads-per-core", |_, t, found| {
        t.valid_threads_per_core().iter().for_each(|n| found.show(n));
    }),
];

fn dedicated_hosts(kind: &InstanceType) -> bool {
    kind.family.name != "t2" && kind.family.name != "t4g" && kind.family.name != "t3a"
}

fn ebs_optimized(kind: &InstanceType) -> &'static str {
    if nitro(kind) || !kind.family.burstable { "default" } else { "unsupported" }
}

fn ena(kind: &InstanceType) -> &'static str {
    match kind.family.name {
        "r4" => "supported",
        _ if nitro(kind) => "required",
        _ => "unsupported",
    }
}

/// Not on Arm.
fn hibernation(kind: &InstanceType) -> bool {
    kind.architecture() == instance_type::Architecture::X86_64
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeInstanceTypes {
    #[serde(default)]
    instance_types: Vec<String>,
    #[serde(default)]
    filters: Filters,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInstanceTypesOutput {
    instance_types: Vec<InstanceTypeOutput>,
    next_token: Option<String>,
}

impl Operation for DescribeInstanceTypes {
    const NAME: &'static str = "DescribeInstanceTypes";
    type Output = DescribeInstanceTypesOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeInstanceTypesOutput, Fault> {
        let cloud = call.cloud();
        let judge = self.filters.judge(FILTERS)?;
        let unknown: Vec<&str> =
            self.instance_types.iter().map(String::as_str).filter(|n| instance_type::of(n).is_none()).collect();
        if !unknown.is_empty() {
            let message = format!("The following supplied instance types do not exist: [{}]", unknown.join(", "));
            return Err(Fault::new("InvalidInstanceType", message));
        }
        let wanted = |t: &&InstanceType| {
            let named = self.instance_types.is_empty() || self.instance_types.contains(&t.name);
            named && judge.holds(&cloud, t, &Tags::new())
        };
        let items = instance_type::all().iter().filter(wanted);
        let page = after(items, self.max_results, self.next_token.as_deref(), |t| t.name.clone())?;
        Ok(DescribeInstanceTypesOutput {
            instance_types: page.items.into_iter().map(InstanceTypeOutput::of).collect(),
            next_token: page.next_token,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeInstanceTypeOfferings {
    location_type: Option<String>,
    #[serde(default)]
    filters: Filters,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInstanceTypeOfferingsOutput {
    instance_type_offerings: Vec<Offering>,
    next_token: Option<String>,
}

/// A type somewhere: every type is everywhere.
#[derive(Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Offering {
    instance_type: String,
    location_type: String,
    location: String,
}

const OFFERING_FILTERS: &[FilterOf<Offering>] = &[
    ("instance-type", |_, o, found| found.text(&o.instance_type)),
    ("location", |_, o, found| found.text(&o.location)),
];

impl Operation for DescribeInstanceTypeOfferings {
    const NAME: &'static str = "DescribeInstanceTypeOfferings";
    type Output = DescribeInstanceTypeOfferingsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeInstanceTypeOfferingsOutput, Fault> {
        let cloud = call.cloud();
        let judge = self.filters.judge(OFFERING_FILTERS)?;
        let region = &call.scope.region;
        let location_type = self.location_type.unwrap_or_else(|| "region".into());
        let locations: Vec<String> = match location_type.as_str() {
            "region" => vec![region.to_string()],
            "availability-zone" => cloud.zones_in(region).map(|z| z.name.clone()).collect(),
            "availability-zone-id" => cloud.zones_in(region).map(|z| z.id.clone()).collect(),
            other => return Err(Fault::unsupported(format!("The location type '{other}'"))),
        };
        let offerings = instance_type::all().iter().flat_map(|t| {
            locations.iter().map(|location| Offering {
                instance_type: t.name.clone(),
                location_type: location_type.clone(),
                location: location.clone(),
            })
        });
        let wanted = offerings.filter(|o| judge.holds(&cloud, o, &Tags::new()));
        let key = |o: &Offering| format!("{}/{}", o.instance_type, o.location);
        let page = after(wanted, self.max_results, self.next_token.as_deref(), key)?;
        Ok(DescribeInstanceTypeOfferingsOutput { instance_type_offerings: page.items, next_token: page.next_token })
    }
}
