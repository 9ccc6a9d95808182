//! Volumes of instances: made at launch, deleted with their instance or left behind.

use crate::Transaction;
use crate::error::{Error, Result};
use crate::request::{Request, request};
use croft_model::image::Image;
use croft_model::volume::{Volume, VolumeAttachment, VolumeKind, VolumeSpec};
use croft_model::*;
use std::collections::BTreeSet;

request! {
    /// AWS's `BlockDeviceMapping`: a device of the image that is to be otherwise, or one more.
    #[derive(Default)]
    pub struct BlockDevice {
        /// Such as `/dev/xvda`.
        pub device_name: String,
        /// GiB; as large as the snapshot if absent.
        pub size: Option<u32>,
        pub kind: Option<VolumeKind>,
        pub iops: Option<u32>,
        /// MiB/s
        pub throughput: Option<u32>,
        pub encrypted: Option<bool>,
        pub kms_key: Option<String>,
        pub snapshot: Option<String>,
        /// Yes for the root volume, yes for another, as AWS has it at launch.
        pub delete_on_termination: Option<bool>,
    }

    /// Deletes one that no instance has.
    pub struct DeleteVolume {
        pub volume_id: VolumeId,
    }
}

/// Legal throughputs of gp3 in MiB/s.
const THROUGHPUT: std::ops::RangeInclusive<u32> = 125..=1000;
/// What an instance takes of volumes.
const MOST_VOLUMES: usize = 28;

impl Request for DeleteVolume {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let volume = tx.volume(&self.volume_id)?;
        if let Some(attachment) = &volume.attachment {
            return Err(Error::new(
                "VolumeInUse",
                format!("Volume {} is currently attached to {}", volume.id, attachment.instance),
            ));
        }
        tx.cloud.volumes.remove(&self.volume_id);
        Ok(())
    }
}

fn invalid_mapping(message: impl Into<String>) -> Error {
    Error::new("InvalidBlockDeviceMapping", message)
}

/// What the volume will be like.
fn spec(device: &BlockDevice, image: &Image, snapshot: Option<&str>) -> Result<VolumeSpec> {
    let name = &device.device_name;
    let least = snapshot.map(|_| image.size);
    let size = match (device.size, least) {
        (None, None) => return Err(Error::missing("size or snapshotId")),
        (None, Some(least)) => least,
        (Some(size), Some(least)) if size < least => {
            let snapshot = snapshot.unwrap_or_default();
            return Err(invalid_mapping(format!(
                "Volume of size {size}GB is smaller than snapshot '{snapshot}', expect size >= {least}GB"
            )));
        }
        (Some(size), _) => size,
    };
    let kind = device.kind.unwrap_or(if snapshot.is_some() { image.volume } else { VolumeKind::Gp2 });
    let word = kind.as_str();
    if !kind.sizes().contains(&size) {
        let (least, most) = (kind.sizes().start().to_owned(), kind.sizes().end().to_owned());
        return Err(Error::invalid(format!(
            "Volume of {size}GiB is not valid for volume type {word} of device '{name}': it has {least} to {most} GiB."
        )));
    }
    let iops = match (device.iops, kind.iops()) {
        (Some(_), None) => {
            return Err(Error::combination(format!("The parameter iops is not supported for {word} volumes.")));
        }
        (None, Some(_)) if matches!(kind, VolumeKind::Io1 | VolumeKind::Io2) => {
            return Err(Error::missing("iops"));
        }
        (Some(iops), Some(legal)) if !legal.contains(&iops) => {
            return Err(Error::invalid(format!(
                "Volume iops of {iops} is not valid; it must be {} to {} for {word} volumes.",
                legal.start(),
                legal.end()
            )));
        }
        (Some(iops), Some(_)) => Some(iops),
        (None, _) => kind.default_iops(size),
    };
    let throughput = match (device.throughput, kind) {
        (Some(asked), VolumeKind::Gp3) if THROUGHPUT.contains(&asked) => Some(asked),
        (Some(asked), VolumeKind::Gp3) => {
            return Err(Error::invalid(format!("Throughput of {asked} MiB/s is not valid; it must be 125 to 1000.")));
        }
        (Some(_), _) => {
            return Err(Error::combination(format!("The parameter throughput is not supported for {word} volumes.")));
        }
        (None, VolumeKind::Gp3) => Some(*THROUGHPUT.start()),
        (None, _) => None,
    };
    let encrypted = device.encrypted.unwrap_or(false);
    if device.kms_key.is_some() && !encrypted {
        return Err(Error::new(
            "InvalidParameterDependency",
            "The parameter KmsKeyId requires the parameter Encrypted to be set.",
        ));
    }
    Ok(VolumeSpec { size, kind, iops, throughput, encrypted, kms_key: device.kms_key.clone() })
}

impl Transaction<'_> {
    /// Makes the volumes of a new instance, the image's root volume first.
    pub(crate) fn launch_volumes(
        &mut self,
        id: &InstanceId,
        image: &Image,
        zone: &str,
        asked: &[BlockDevice],
        tags: &Tags,
    ) -> Result<()> {
        let is_root = |device: &BlockDevice| device.device_name == image.root_device;
        let root = BlockDevice { device_name: image.root_device.into(), ..BlockDevice::default() };
        let mut devices = vec![asked.iter().find(|d| is_root(d)).cloned().unwrap_or(root)];
        devices.extend(asked.iter().filter(|d| !is_root(d)).cloned());
        let names: BTreeSet<_> = asked.iter().map(|d| &d.device_name).collect();
        if names.len() < asked.len() {
            return Err(invalid_mapping("A device is used in more than one block-device mapping"));
        }
        if devices.len() > MOST_VOLUMES {
            return Err(Error::new(
                "AttachmentLimitExceeded",
                format!("An instance has at most {MOST_VOLUMES} volumes."),
            ));
        }
        for device in devices {
            if device.device_name.is_empty() {
                return Err(Error::missing("deviceName"));
            }
            let own = image.snapshot();
            let snapshot = match &device.snapshot {
                Some(other) if *other != own => {
                    let message = format!("The snapshot '{other}' does not exist.");
                    return Err(Error::new("InvalidSnapshot.NotFound", message));
                }
                Some(_) => Some(own),
                None => is_root(&device).then_some(own),
            };
            let volume = Volume {
                id: self.fresh(|c| &c.volumes, VolumeId::from_bits),
                scope: self.scope.clone(),
                zone: zone.to_string(),
                spec: spec(&device, image, snapshot.as_deref())?,
                snapshot,
                created: self.now,
                attachment: Some(VolumeAttachment {
                    instance: id.clone(),
                    device: device.device_name,
                    delete_on_termination: device.delete_on_termination.unwrap_or(true),
                    attached: self.now,
                }),
                tags: tags.clone(),
            };
            self.instance_mut(id)?.volumes.push(volume.id.clone());
            self.cloud.volumes.insert(volume.id.clone(), volume);
        }
        Ok(())
    }

    /// Deletes the volumes that go with their instance and frees the others.
    pub(crate) fn release_volumes(&mut self, id: &InstanceId) -> Result<()> {
        let volumes = std::mem::take(&mut self.instance_mut(id)?.volumes);
        for volume in volumes {
            let Some(kept) = self.cloud.volumes.get_mut(&volume) else { continue };
            if kept.attachment.take().is_some_and(|a| a.delete_on_termination) {
                self.cloud.volumes.remove(&volume);
            }
        }
        Ok(())
    }

    /// Says of an instance's device whether it goes with the instance.
    pub(crate) fn set_delete_on_termination(&mut self, id: &InstanceId, device: &str, delete: bool) -> Result<()> {
        for volume in self.instance(id)?.volumes.clone() {
            if let Some(attachment) = &mut self.volume_mut(&volume)?.attachment
                && attachment.device == device
            {
                attachment.delete_on_termination = delete;
                return Ok(());
            }
        }
        Err(Error::new(
            "InvalidInstanceAttributeValue",
            format!("No device is currently mapped at {device} of instance {id}"),
        ))
    }
}
