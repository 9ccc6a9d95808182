//! Images: Croft's own list.

use super::filter::{FilterOf, Filters};
use super::listing::after;
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_control::no_image;
use croft_model::Tags;
use croft_model::image::{self, Image, Platform};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![DescribeImages];

const FILTERS: &[FilterOf<Image>] = &[
    ("architecture", |_, i, found| found.text(i.architecture.as_str())),
    ("block-device-mapping.delete-on-termination", |_, _, found| found.flag(true)),
    ("block-device-mapping.device-name", |_, i, found| found.text(i.root_device)),
    ("block-device-mapping.snapshot-id", |_, i, found| found.text(&i.snapshot())),
    ("block-device-mapping.volume-size", |_, i, found| found.show(i.size)),
    ("block-device-mapping.volume-type", |_, i, found| found.text(i.volume.as_str())),
    ("block-device-mapping.encrypted", |_, _, found| found.flag(false)),
    ("creation-date", |_, i, found| found.text(i.created)),
    ("description", |_, i, found| found.text(i.description)),
    ("ena-support", |_, _, found| found.flag(true)),
    ("free-tier-eligible", |_, _, found| found.flag(false)),
    ("hypervisor", |_, _, found| found.text("xen")),
    ("image-allowed", |_, _, found| found.flag(true)),
    ("image-id", |_, i, found| found.text(i.id)),
    ("image-type", |_, _, found| found.text("machine")),
    ("is-public", |_, _, found| found.flag(true)),
    ("kernel-id", |_, _, _| {}),
    ("manifest-location", |_, i, found| found.text(&location(i))),
    ("name", |_, i, found| found.text(i.name)),
    ("owner-alias", |_, i, found| i.owner.alias().into_iter().for_each(|alias| found.text(alias))),
    ("owner-id", |_, i, found| found.text(i.owner.account())),
    ("platform", |_, i, found| {
        if i.platform == Platform::Windows {
            found.text("windows");
        }
    }),
    ("product-code", |_, _, _| {}),
    ("product-code.type", |_, _, _| {}),
    ("ramdisk-id", |_, _, _| {}),
    ("root-device-name", |_, i, found| found.text(i.root_device)),
    ("root-device-type", |_, _, found| found.text("ebs")),
    ("source-image-id", |_, _, _| {}),
    ("source-image-region", |_, _, _| {}),
    ("source-instance-id", |_, _, _| {}),
    ("sriov-net-support", |_, _, found| found.text("simple")),
    ("state", |_, _, found| found.text("available")),
    ("state-reason-code", |_, _, _| {}),
    ("state-reason-message", |_, _, _| {}),
    ("virtualization-type", |_, _, found| found.text("hvm")),
];

fn location(image: &Image) -> String {
    format!("{}/{}", image.owner.alias().unwrap_or(image.owner.account()), image.name)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeImages {
    #[serde(default)]
    executable_users: Vec<String>,
    #[serde(default)]
    filters: Filters,
    #[serde(default)]
    image_ids: Vec<String>,
    #[serde(default)]
    owners: Vec<String>,
    /// None is deprecated or disabled.
    #[serde(rename = "IncludeDeprecated")]
    _include_deprecated: Option<bool>,
    #[serde(rename = "IncludeDisabled")]
    _include_disabled: Option<bool>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeImagesOutput {
    images: Vec<ImageOutput>,
    next_token: Option<String>,
}

/// An image as AWS shows it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ImageOutput {
    image_id: &'static str,
    image_location: String,
    image_type: &'static str,
    public: bool,
    owner_id: &'static str,
    image_owner_alias: Option<&'static str>,
    architecture: &'static str,
    creation_date: &'static str,
    platform: Option<&'static str>,
    platform_details: &'static str,
    usage_operation: &'static str,
    state: &'static str,
    block_device_mappings: [BlockDevice; 1],
    description: &'static str,
    ena_support: bool,
    hypervisor: &'static str,
    name: &'static str,
    root_device_name: &'static str,
    root_device_type: &'static str,
    sriov_net_support: &'static str,
    virtualization_type: &'static str,
    boot_mode: &'static str,
    imds_support: Option<&'static str>,
    deregistration_protection: &'static str,
    tags: [(); 0],
    product_codes: [(); 0],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct BlockDevice {
    device_name: &'static str,
    ebs: Ebs,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Ebs {
    delete_on_termination: bool,
    encrypted: bool,
    iops: Option<u32>,
    snapshot_id: String,
    throughput: Option<u32>,
    volume_size: u32,
    volume_type: &'static str,
}

impl ImageOutput {
    fn of(image: &Image) -> ImageOutput {
        let gp3 = image.volume == croft_model::volume::VolumeKind::Gp3;
        ImageOutput {
            image_id: image.id,
            image_location: location(image),
            image_type: "machine",
            public: true,
            owner_id: image.owner.account(),
            image_owner_alias: image.owner.alias(),
            architecture: image.architecture.as_str(),
            creation_date: image.created,
            platform: (image.platform == Platform::Windows).then_some("Windows"),
            platform_details: image.platform.details(),
            usage_operation: image.platform.usage_operation(),
            state: "available",
            block_device_mappings: [BlockDevice {
                device_name: image.root_device,
                ebs: Ebs {
                    delete_on_termination: true,
                    encrypted: false,
                    iops: gp3.then_some(3000),
                    snapshot_id: image.snapshot(),
                    throughput: gp3.then_some(125),
                    volume_size: image.size,
                    volume_type: image.volume.as_str(),
                },
            }],
            description: image.description,
            ena_support: true,
            hypervisor: "xen",
            name: image.name,
            root_device_name: image.root_device,
            root_device_type: "ebs",
            sriov_net_support: "simple",
            virtualization_type: "hvm",
            boot_mode: image.boot.as_str(),
            imds_support: image.requires_metadata_tokens().then_some("v2.0"),
            deregistration_protection: "disabled",
            tags: [],
            product_codes: [],
        }
    }
}

impl Operation for DescribeImages {
    const NAME: &'static str = "DescribeImages";
    type Output = DescribeImagesOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeImagesOutput, Fault> {
        let cloud = call.cloud();
        let judge = self.filters.judge(FILTERS)?;
        for id in &self.image_ids {
            if image::of(id).is_none() {
                return Err(no_image(id).into());
            }
        }
        let account = call.scope.account.as_str();
        // Every image is public and nobody's own: `self` is an owner of none.
        let owned = |image: &Image| {
            self.owners.is_empty()
                || self.owners.iter().any(|owner| match owner.as_str() {
                    "self" => image.owner.account() == account,
                    owner => image.owner.account() == owner || image.owner.alias() == Some(owner),
                })
        };
        // `self` asks for permissions given to the caller by name, of which there are none.
        let executable = self.executable_users.is_empty() || self.executable_users.iter().any(|user| user == "all");
        let wanted = |image: &&Image| {
            let named = self.image_ids.is_empty() || self.image_ids.iter().any(|id| id == image.id);
            named && executable && owned(image) && judge.holds(&cloud, image, &Tags::new())
        };
        let mut images: Vec<&Image> = image::all().iter().filter(wanted).collect();
        images.sort_by_key(|image| image.id);
        let page = after(images.into_iter(), self.max_results, self.next_token.as_deref(), |i| i.id.to_string())?;
        Ok(DescribeImagesOutput {
            images: page.items.into_iter().map(ImageOutput::of).collect(),
            next_token: page.next_token,
        })
    }
}
