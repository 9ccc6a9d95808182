//! Volumes, as far as launching shows them.

use super::filter::{FilterOf, Filters};
use super::instance::OperatorOutput;
use super::listing::{Listed, Query, select};
use super::tag::{self, Tag};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use crate::timestamp::iso8601_millis;
use croft_control::Cloud;
use croft_model::volume::Volume;
use croft_model::{Tags, VolumeId};
use imbl::OrdMap;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![DescribeVolumes, DescribeVolumeStatus, DeleteVolume];

fn millis(seconds: u64) -> u64 {
    seconds.saturating_mul(1000)
}

fn time_text(seconds: u64) -> String {
    iso8601_millis(i64::try_from(millis(seconds)).unwrap_or(i64::MAX))
}

fn state(volume: &Volume) -> &'static str {
    if volume.attachment.is_some() { "in-use" } else { "available" }
}

impl Listed for Volume {
    type Id = VolumeId;
    const FILTERS: &'static [FilterOf<Volume>] = &[
        ("attachment.attach-time", |_, v, found| {
            v.attachment.iter().for_each(|a| found.text(&time_text(a.attached)));
        }),
        ("attachment.delete-on-termination", |_, v, found| {
            v.attachment.iter().for_each(|a| found.flag(a.delete_on_termination));
        }),
        ("attachment.device", |_, v, found| v.attachment.iter().for_each(|a| found.text(&a.device))),
        ("attachment.instance-id", |_, v, found| v.attachment.iter().for_each(|a| found.text(a.instance.as_str()))),
        ("attachment.status", |_, v, found| v.attachment.iter().for_each(|_| found.text("attached"))),
        ("availability-zone", |_, v, found| found.text(&v.zone)),
        ("availability-zone-id", |c, v, found| c.zones.get(&v.zone).into_iter().for_each(|z| found.text(&z.id))),
        ("create-time", |_, v, found| found.text(&time_text(v.created))),
        ("encrypted", |_, v, found| found.flag(v.spec.encrypted)),
        ("fast-restored", |_, _, found| found.flag(false)),
        ("multi-attach-enabled", |_, _, found| found.flag(false)),
        ("operator.managed", |_, _, found| found.flag(false)),
        ("operator.principal", |_, _, _| {}),
        ("size", |_, v, found| found.show(v.spec.size)),
        ("snapshot-id", |_, v, found| v.snapshot.iter().for_each(|s| found.text(s))),
        ("status", |_, v, found| found.text(state(v))),
        ("volume-id", |_, v, found| found.text(v.id.as_str())),
        ("volume-type", |_, v, found| found.text(v.spec.kind.as_str())),
    ];

    fn all(cloud: &Cloud) -> &OrdMap<VolumeId, Volume> {
        &cloud.volumes
    }
    fn id(&self) -> &VolumeId {
        &self.id
    }
    fn tags(&self) -> &Tags {
        &self.tags
    }
}

/// A volume as AWS shows it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct VolumeOutput {
    volume_id: String,
    size: u32,
    /// Empty of one that was made from nothing.
    snapshot_id: String,
    availability_zone: String,
    availability_zone_id: Option<String>,
    state: &'static str,
    create_time: u64,
    attachments: Vec<AttachmentOutput>,
    encrypted: bool,
    kms_key_id: Option<String>,
    iops: Option<u32>,
    throughput: Option<u32>,
    tags: Vec<Tag>,
    volume_type: &'static str,
    multi_attach_enabled: bool,
    operator: OperatorOutput,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AttachmentOutput {
    attach_time: u64,
    delete_on_termination: bool,
    device: String,
    instance_id: String,
    state: &'static str,
    volume_id: String,
}

impl VolumeOutput {
    pub fn of(cloud: &Cloud, volume: &Volume) -> VolumeOutput {
        let attachment = volume.attachment.iter().map(|a| AttachmentOutput {
            attach_time: millis(a.attached),
            delete_on_termination: a.delete_on_termination,
            device: a.device.clone(),
            instance_id: a.instance.to_string(),
            state: "attached",
            volume_id: volume.id.to_string(),
        });
        VolumeOutput {
            volume_id: volume.id.to_string(),
            size: volume.spec.size,
            snapshot_id: volume.snapshot.clone().unwrap_or_default(),
            availability_zone: volume.zone.clone(),
            availability_zone_id: cloud.zones.get(&volume.zone).map(|z| z.id.clone()),
            state: state(volume),
            create_time: millis(volume.created),
            attachments: attachment.collect(),
            encrypted: volume.spec.encrypted,
            kms_key_id: volume.spec.kms_key.clone(),
            iops: volume.spec.iops,
            throughput: volume.spec.throughput,
            tags: tag::shown(&volume.tags),
            volume_type: volume.spec.kind.as_str(),
            multi_attach_enabled: false,
            operator: OperatorOutput { managed: false },
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeVolumes {
    #[serde(default)]
    volume_ids: Vec<String>,
    #[serde(default)]
    filters: Filters,
    #[serde(rename = "IncludeManagedResources")]
    _include_managed_resources: Option<bool>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeVolumesOutput {
    volumes: Vec<VolumeOutput>,
    next_token: Option<String>,
}

impl Operation for DescribeVolumes {
    const NAME: &'static str = "DescribeVolumes";
    type Output = DescribeVolumesOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeVolumesOutput, Fault> {
        let cloud = call.cloud();
        let query = Query {
            ids: &self.volume_ids,
            filters: &self.filters,
            max_results: self.max_results,
            next_token: self.next_token.as_deref(),
        };
        let page = select::<Volume>(&cloud, call.scope, query)?;
        Ok(DescribeVolumesOutput {
            volumes: page.items.into_iter().map(|v| VolumeOutput::of(&cloud, v)).collect(),
            next_token: page.next_token,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeVolumeStatus {
    #[serde(default)]
    volume_ids: Vec<String>,
    #[serde(default)]
    filters: Filters,
    #[serde(rename = "IncludeManagedResources")]
    _include_managed_resources: Option<bool>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeVolumeStatusOutput {
    volume_statuses: Vec<VolumeStatusOutput>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct VolumeStatusOutput {
    volume_id: String,
    availability_zone: String,
    availability_zone_id: Option<String>,
    volume_status: Summary,
    actions: [(); 0],
    events: [(); 0],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Summary {
    details: [Details; 2],
    status: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Details {
    name: &'static str,
    status: &'static str,
}

const DETAILS: [(&str, &str); 2] = [("io-enabled", "passed"), ("io-performance", "not-applicable")];

const STATUS_FILTERS: &[FilterOf<Volume>] = &[
    ("action.code", |_, _, _| {}),
    ("action.description", |_, _, _| {}),
    ("action.event-id", |_, _, _| {}),
    ("availability-zone", |_, v, found| found.text(&v.zone)),
    ("event.description", |_, _, _| {}),
    ("event.event-id", |_, _, _| {}),
    ("event.event-type", |_, _, _| {}),
    ("event.not-after", |_, _, _| {}),
    ("event.not-before", |_, _, _| {}),
    ("volume-status.details-name", |_, _, found| DETAILS.iter().for_each(|(name, _)| found.text(name))),
    ("volume-status.details-status", |_, _, found| DETAILS.iter().for_each(|(_, status)| found.text(status))),
    ("volume-status.status", |_, _, found| found.text("ok")),
];

impl Operation for DescribeVolumeStatus {
    const NAME: &'static str = "DescribeVolumeStatus";
    type Output = DescribeVolumeStatusOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeVolumeStatusOutput, Fault> {
        let cloud = call.cloud();
        let judge = self.filters.judge(STATUS_FILTERS)?;
        let none = Filters::default();
        // All of them: what the filters leave of them is paged.
        let query = Query { ids: &self.volume_ids, filters: &none, max_results: None, next_token: None };
        let all = select::<Volume>(&cloud, call.scope, query)?;
        let wanted = all.items.into_iter().filter(|v| judge.holds(&cloud, v, &v.tags));
        let page = super::listing::after(wanted, self.max_results, self.next_token.as_deref(), |v| v.id.to_string())?;
        let shown = |volume: &Volume| VolumeStatusOutput {
            volume_id: volume.id.to_string(),
            availability_zone: volume.zone.clone(),
            availability_zone_id: cloud.zones.get(&volume.zone).map(|z| z.id.clone()),
            volume_status: Summary { details: DETAILS.map(|(name, status)| Details { name, status }), status: "ok" },
            actions: [],
            events: [],
        };
        Ok(DescribeVolumeStatusOutput {
            volume_statuses: page.items.into_iter().map(shown).collect(),
            next_token: page.next_token,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteVolume {
    volume_id: String,
}

impl Operation for DeleteVolume {
    const NAME: &'static str = "DeleteVolume";
    type Output = ();

    fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
        call.run(croft_control::DeleteVolume { volume_id: self.volume_id.parse()? })
    }
}
