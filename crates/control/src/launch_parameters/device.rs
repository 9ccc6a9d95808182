//! Block devices of a launch.

use crate::error::{Error, Result};
use crate::volume::BlockDevice;
use croft_model::volume::VolumeKind;
use serde::Deserialize;
use serde::de::IgnoredAny;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct BlockDeviceMapping {
    device_name: Option<String>,
    ebs: Option<EbsBlockDevice>,
    no_device: Option<IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct EbsBlockDevice {
    delete_on_termination: Option<bool>,
    iops: Option<u32>,
    snapshot_id: Option<String>,
    volume_size: Option<u32>,
    volume_type: Option<VolumeKind>,
    kms_key_id: Option<String>,
    throughput: Option<u32>,
    encrypted: Option<bool>,
}

impl BlockDeviceMapping {
    /// Nothing for a device that is to be left out: the images of the list have a root device only.
    pub(super) fn device(self) -> Result<Option<BlockDevice>> {
        let device_name = self.device_name.ok_or_else(|| Error::missing("deviceName"))?;
        if self.no_device.is_some() {
            let root = croft_model::image::all().iter().any(|image| image.root_device == device_name);
            return match root {
                true => Err(Error::new("InvalidBlockDeviceMapping", "The root device cannot be left out.")),
                false => Ok(None),
            };
        }
        let ebs = self.ebs.unwrap_or_default();
        Ok(Some(BlockDevice {
            device_name,
            size: ebs.volume_size,
            kind: ebs.volume_type,
            iops: ebs.iops,
            throughput: ebs.throughput,
            encrypted: ebs.encrypted,
            kms_key: ebs.kms_key_id,
            snapshot: ebs.snapshot_id,
            delete_on_termination: ebs.delete_on_termination,
        }))
    }
}
