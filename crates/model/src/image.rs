//! Images: what may be launched. A list of Croft's own, the same in every region; whichever is launched, the workload
//! is a program of the host.

mod catalogue;

use crate::instance::MetadataOptions;
use crate::instance_type::Architecture;

/// An image of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image {
    pub id: &'static str,
    /// Named as its maker names them, so that filters by name find it.
    pub name: &'static str,
    pub description: &'static str,
    pub owner: Owner,
    pub architecture: Architecture,
    pub platform: Platform,
    /// `2025-06-09T12:00:00.000Z`
    pub created: &'static str,
    pub root_device: &'static str,
    /// GiB of the root volume.
    pub size: u32,
    pub volume: crate::volume::VolumeKind,
    pub boot: BootMode,
}

/// Whose an image is: the account that publishes such images on AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    Amazon,
    AmazonEcs,
    AmazonWindows,
    Canonical,
    Debian,
    RedHat,
}

impl Owner {
    pub fn account(self) -> &'static str {
        match self {
            Owner::Amazon => "137112412989",
            Owner::AmazonEcs => "591542846629",
            Owner::AmazonWindows => "801119661308",
            Owner::Canonical => "099720109477",
            Owner::Debian => "136693071363",
            Owner::RedHat => "309956199498",
        }
    }

    /// The name that stands for the account, if it has one.
    pub fn alias(self) -> Option<&'static str> {
        match self {
            Owner::Amazon | Owner::AmazonEcs | Owner::AmazonWindows => Some("amazon"),
            Owner::Canonical | Owner::Debian | Owner::RedHat => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    Linux,
    RedHat,
    Windows,
}

impl Platform {
    /// AWS's `PlatformDetails`.
    pub fn details(self) -> &'static str {
        match self {
            Platform::Linux => "Linux/UNIX",
            Platform::RedHat => "Red Hat Enterprise Linux",
            Platform::Windows => "Windows",
        }
    }

    /// AWS's `UsageOperation`, which is what is billed.
    pub fn usage_operation(self) -> &'static str {
        match self {
            Platform::Linux => "RunInstances",
            Platform::RedHat => "RunInstances:0010",
            Platform::Windows => "RunInstances:0002",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BootMode {
    LegacyBios,
    Uefi,
    UefiPreferred,
}

impl BootMode {
    /// As AWS writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            BootMode::LegacyBios => "legacy-bios",
            BootMode::Uefi => "uefi",
            BootMode::UefiPreferred => "uefi-preferred",
        }
    }
}

impl Image {
    /// The snapshot that its root volume is made from: the image's own digits.
    pub fn snapshot(&self) -> String {
        self.id.replacen("ami-", "snap-", 1)
    }

    /// Whether it is made for the second version of the metadata service only.
    pub fn requires_metadata_tokens(&self) -> bool {
        self.name.starts_with("al2023-")
    }

    /// What its instances have unless a launch says otherwise.
    pub fn metadata_options(&self) -> MetadataOptions {
        let defaults = MetadataOptions::default();
        match self.requires_metadata_tokens() {
            true => MetadataOptions { tokens_required: true, hop_limit: 2, ..defaults },
            false => defaults,
        }
    }
}

/// Every image, by identifier.
pub fn all() -> &'static [Image] {
    catalogue::ALL
}

/// The image of this identifier.
pub fn of(id: &str) -> Option<&'static Image> {
    catalogue::ALL.iter().find(|image| image.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_image_is_listed_twice() {
        let ids: BTreeSet<_> = all().iter().map(|i| i.id).collect();
        let names: BTreeSet<_> = all().iter().map(|i| i.name).collect();
        assert_eq!((ids.len(), names.len()), (all().len(), all().len()));
    }

    #[test]
    fn an_identifier_is_an_image_s() {
        for image in all() {
            let digits = image.id.strip_prefix("ami-").unwrap();
            assert!(matches!(digits.len(), 8 | 17) && digits.bytes().all(|b| b.is_ascii_hexdigit()), "{}", image.id);
            assert_eq!(of(image.id), Some(image));
        }
        assert_eq!(of("ami-0"), None);
    }
}
