//! What launching needs and leaves behind: options, volumes, key pairs, launch templates.

use super::Draw;
use croft_control::*;
use croft_model::instance::*;
use croft_model::key_pair::KeyKind;
use croft_model::volume::VolumeKind;
use croft_model::*;

const IMAGES: [&str; 3] = ["ami-0c02fb55956c7d316", "ami-0c0f7000000000001", "ami-0c0f7000000000009"];
const TYPES: [&str; 5] = ["t3.micro", "t2.nano", "m5.large", "t4g.small", "t9.huge"];

impl Draw {
    pub(super) fn launch(&mut self, cloud: &Cloud) -> RunInstances {
        let several = self.often(40);
        let count = 1 + self.below(2) as u16;
        let device = |d: &mut Self| BlockDevice {
            device_name: d.one(&["/dev/xvda", "/dev/sdf", "/dev/sdg", ""]).unwrap().into(),
            size: d.maybe(90, |d| 8 + d.below(20) as u32),
            kind: d.maybe(30, |d| d.one(&[VolumeKind::Gp3, VolumeKind::Io1, VolumeKind::St1]).unwrap()),
            delete_on_termination: d.maybe(50, |d| d.often(50)),
            iops: d.maybe(10, |_| 3000),
            ..BlockDevice::default()
        };
        RunInstances {
            image_id: if self.often(90) { IMAGES[0] } else { self.one(&IMAGES).unwrap() }.into(),
            instance_type: self.maybe(20, |d| d.one(&TYPES).unwrap().into()),
            max_count: self.maybe(20, |d| d.below(4) as u32),
            subnet_id: if several { None } else { self.maybe(95, |d| d.id(&cloud.subnets, "subnet")) },
            network_interfaces: match several {
                true => (0..count).map(|n| self.launch_interface(cloud, n)).collect(),
                false => vec![],
            },
            key_name: self.maybe(5, |d| d.key_name()),
            iam_instance_profile: self.maybe(20, |_| "role".into()),
            block_devices: self.some(1, device),
            options: InstanceOptions {
                disable_api_termination: self.often(3),
                disable_api_stop: self.often(3),
                shutdown_behavior: if self.often(20) { ShutdownBehavior::Terminate } else { ShutdownBehavior::Stop },
                ..InstanceOptions::default()
            },
            tags: self.tags(),
            volume_tags: self.tags(),
            ..RunInstances::default()
        }
    }

    fn key_name(&mut self) -> String {
        self.one(&["key", "other", ""]).unwrap().into()
    }

    fn template(&mut self, cloud: &Cloud) -> TemplateName {
        match self.often(70) {
            true => TemplateName::Id(self.id(&cloud.launch_templates, "lt")),
            false => TemplateName::Name(self.one(&["web", "app"]).unwrap().into()),
        }
    }

    fn version(&mut self) -> VersionName {
        match self.below(4) {
            0 => VersionName::Latest,
            1 => VersionName::Default,
            _ => VersionName::Number(1 + self.below(4)),
        }
    }

    fn association_of_profile(&mut self, cloud: &Cloud) -> ProfileAssociationId {
        let all: Vec<_> =
            cloud.instances.values().filter_map(|i| i.profile_association.as_ref().map(|a| a.id.clone())).collect();
        self.one(&all).unwrap_or_else(|| "iip-assoc-0".parse().unwrap())
    }

    fn attribute(&mut self, cloud: &Cloud, id: &InstanceId) -> InstanceAttribute {
        let volumes = cloud.instances.get(id).map(|i| i.volumes.clone()).unwrap_or_default();
        let volume = self.one(&volumes).and_then(|v| cloud.volumes.get(&v)?.attachment.clone());
        match self.below(9) {
            0 => InstanceAttribute::InstanceType(self.one(&TYPES).unwrap().into()),
            1 => InstanceAttribute::UserData(self.maybe(50, |_| "#!/bin/sh".into())),
            2 => InstanceAttribute::Groups(vec![self.id(&cloud.security_groups, "sg")]),
            3 => InstanceAttribute::SourceDestCheck(self.often(50)),
            4 => InstanceAttribute::DisableApiTermination(self.often(10)),
            5 => InstanceAttribute::DisableApiStop(self.often(10)),
            6 => InstanceAttribute::EbsOptimized(self.often(50)),
            7 => InstanceAttribute::ShutdownBehavior(ShutdownBehavior::Terminate),
            _ => InstanceAttribute::DeleteOnTermination {
                device: volume.map_or("/dev/none".into(), |a| a.device),
                delete: self.often(50),
            },
        }
    }

    pub(super) fn named_launch(&mut self, name: &str, cloud: &Cloud) -> Command {
        let instance_id = self.id(&cloud.instances, "i");
        let data = [("ImageId".to_string(), IMAGES[0].into())].into_iter().collect();
        match name {
            "RunInstances" => self.launch(cloud).into(),
            "RebootInstances" => RebootInstances { instance_ids: vec![instance_id] }.into(),
            "ModifyInstanceAttribute" => {
                let attribute = self.attribute(cloud, &instance_id);
                ModifyInstanceAttribute { instance_id, attribute }.into()
            }
            "ModifyInstanceMetadataOptions" => ModifyInstanceMetadataOptions {
                instance_id,
                options: MetadataOptionsChange {
                    hop_limit: self.maybe(80, |d| d.below(90) as u32),
                    ..MetadataOptionsChange::default()
                },
            }
            .into(),
            "ModifyInstanceMetadataDefaults" => ModifyInstanceMetadataDefaults {
                tokens_required: self.maybe(50, |d| Preference::Is(d.often(50))),
                hop_limit: self
                    .maybe(80, |d| if d.often(20) { Preference::None } else { Preference::Is(d.below(90) as u32) }),
                ..ModifyInstanceMetadataDefaults::default()
            }
            .into(),
            "ModifyInstanceCreditSpecification" => ModifyInstanceCreditSpecification {
                specifications: vec![(instance_id, self.one(&[CpuCredits::Standard, CpuCredits::Unlimited]).unwrap())],
            }
            .into(),
            "ModifyInstanceMaintenanceOptions" => ModifyInstanceMaintenanceOptions {
                instance_id,
                auto_recovery: Some(Switch::Disabled),
                reboot_migration: None,
            }
            .into(),
            "ModifyPrivateDnsNameOptions" => ModifyPrivateDnsNameOptions {
                instance_id,
                hostname_type: self.maybe(50, |_| HostnameType::ResourceName),
                resource_name_a_record: Some(true),
                resource_name_aaaa_record: None,
            }
            .into(),
            "MonitorInstances" => MonitorInstances { instance_ids: vec![instance_id] }.into(),
            "UnmonitorInstances" => UnmonitorInstances { instance_ids: vec![instance_id] }.into(),
            "CreateInstanceProfile" => CreateInstanceProfile {
                instance_profile_name: self.one(&["role", "other"]).unwrap().into(),
                path: None,
                tags: Tags::new(),
            }
            .into(),
            "AssociateIamInstanceProfile" => {
                AssociateIamInstanceProfile { instance_id, iam_instance_profile: "role".into() }.into()
            }
            "DisassociateIamInstanceProfile" => {
                DisassociateIamInstanceProfile { association_id: self.association_of_profile(cloud) }.into()
            }
            "ReplaceIamInstanceProfileAssociation" => ReplaceIamInstanceProfileAssociation {
                association_id: self.association_of_profile(cloud),
                iam_instance_profile: "other".into(),
            }
            .into(),
            "CreateKeyPair" => CreateKeyPair {
                key_name: self.key_name(),
                kind: KeyKind::Ed25519,
                fingerprint: "f".into(),
                public_key: "k".into(),
                tags: self.tags(),
            }
            .into(),
            "DeleteKeyPair" => match self.often(50) {
                true => DeleteKeyPair { key_name: Some(self.key_name()), key_pair_id: None },
                false => DeleteKeyPair { key_name: None, key_pair_id: Some(self.id(&cloud.key_pairs, "key")) },
            }
            .into(),
            "DeleteVolume" => {
                let free: Vec<_> =
                    cloud.volumes.values().filter(|v| v.attachment.is_none()).map(|v| v.id.clone()).collect();
                let volume_id = match self.one(&free) {
                    Some(id) if self.often(70) => id,
                    _ => self.id(&cloud.volumes, "vol"),
                };
                DeleteVolume { volume_id }.into()
            }
            "CreateLaunchTemplate" => CreateLaunchTemplate {
                launch_template_name: self.one(&["web", "app", "?"]).unwrap().into(),
                version_description: None,
                data,
                created_by: "arn".into(),
                tags: self.tags(),
            }
            .into(),
            "CreateLaunchTemplateVersion" => CreateLaunchTemplateVersion {
                template: self.template(cloud),
                source_version: self.maybe(50, |d| d.version()),
                version_description: None,
                data,
                created_by: "arn".into(),
            }
            .into(),
            "ModifyLaunchTemplate" => {
                ModifyLaunchTemplate { template: self.template(cloud), default_version: self.version() }.into()
            }
            "DeleteLaunchTemplate" => DeleteLaunchTemplate { template: self.template(cloud) }.into(),
            "DeleteLaunchTemplateVersions" => DeleteLaunchTemplateVersions {
                template: self.template(cloud),
                versions: self.some(2, |d| 1 + d.below(4)),
            }
            .into(),
            _ => self.named_other(name, cloud),
        }
    }
}
