//! Volumes, as far as launching an instance shows them: a workload's disk is memory.

use crate::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    pub id: VolumeId,
    #[serde(default)]
    pub scope: Scope,
    /// Name of the zone.
    pub zone: String,
    pub spec: VolumeSpec,
    /// What it was made from, the image's snapshot for a root volume.
    pub snapshot: Option<String>,
    /// Seconds since 1970.
    pub created: u64,
    /// `available` without one, else `in-use`.
    pub attachment: Option<VolumeAttachment>,
    pub tags: Tags,
}

/// What a volume is like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VolumeSpec {
    /// GiB.
    pub size: u32,
    pub kind: VolumeKind,
    /// Of the kinds that have any.
    pub iops: Option<u32>,
    /// MiB/s; of gp3 only.
    pub throughput: Option<u32>,
    pub encrypted: bool,
    pub kms_key: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VolumeAttachment {
    pub instance: InstanceId,
    /// Such as `/dev/xvda`.
    pub device: String,
    pub delete_on_termination: bool,
    /// Seconds since 1970.
    pub attached: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VolumeKind {
    Standard,
    Gp2,
    Gp3,
    Io1,
    Io2,
    St1,
    Sc1,
}

impl VolumeKind {
    /// As AWS writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            VolumeKind::Standard => "standard",
            VolumeKind::Gp2 => "gp2",
            VolumeKind::Gp3 => "gp3",
            VolumeKind::Io1 => "io1",
            VolumeKind::Io2 => "io2",
            VolumeKind::St1 => "st1",
            VolumeKind::Sc1 => "sc1",
        }
    }

    /// Legal sizes in GiB.
    pub fn sizes(self) -> std::ops::RangeInclusive<u32> {
        match self {
            VolumeKind::Standard => 1..=1024,
            VolumeKind::Gp2 | VolumeKind::Gp3 => 1..=16_384,
            VolumeKind::Io1 => 4..=16_384,
            VolumeKind::Io2 => 4..=65_536,
            VolumeKind::St1 | VolumeKind::Sc1 => 125..=16_384,
        }
    }

    /// Legal operations a second that may be asked for; `None` where they may not.
    pub fn iops(self) -> Option<std::ops::RangeInclusive<u32>> {
        match self {
            VolumeKind::Gp3 => Some(3_000..=16_000),
            VolumeKind::Io1 => Some(100..=64_000),
            VolumeKind::Io2 => Some(100..=256_000),
            _ => None,
        }
    }

    /// Operations a second of a volume of `size` GiB for which none were asked.
    pub fn default_iops(self, size: u32) -> Option<u32> {
        match self {
            VolumeKind::Gp2 => Some(size.saturating_mul(3).clamp(100, 16_000)),
            VolumeKind::Gp3 => Some(3_000),
            _ => None,
        }
    }
}
