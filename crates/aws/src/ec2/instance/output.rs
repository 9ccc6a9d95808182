//! An instance as AWS shows it.

use super::super::group_identifier::{GroupIdentifier, group_identifiers};
use super::super::tag::{self, Tag};
use super::interface::{InterfaceOutput, interface, private_name, public_name};
use croft_control::Cloud;
use croft_model::VolumeId;
use croft_model::image::{self, Image};
use croft_model::instance::{CpuOptions, HostnameType, Instance, InstanceState, MetadataOptions};
use croft_model::instance_type::{self, InstanceType};
use croft_model::interface::NetworkInterface;
use croft_model::vpc::Vpc;
use serde::Serialize;
use std::net::Ipv4Addr;

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InstanceOutput {
    pub instance_id: String,
    pub image_id: String,
    pub state: InstanceStateOutput,
    pub private_dns_name: String,
    pub public_dns_name: String,
    pub state_transition_reason: String,
    pub key_name: Option<String>,
    pub ami_launch_index: u32,
    pub product_codes: [(); 0],
    pub instance_type: String,
    pub launch_time: u64,
    pub placement: PlacementOutput,
    /// `Windows`, or nothing.
    pub platform: Option<&'static str>,
    pub monitoring: MonitoringOutput,
    pub subnet_id: Option<String>,
    pub vpc_id: Option<String>,
    pub private_ip_address: Option<String>,
    pub public_ip_address: Option<String>,
    pub architecture: &'static str,
    pub block_device_mappings: Vec<BlockDeviceOutput>,
    pub client_token: String,
    pub ebs_optimized: bool,
    pub ena_support: bool,
    pub hypervisor: &'static str,
    pub iam_instance_profile: Option<ProfileOutput>,
    pub network_interfaces: Vec<InterfaceOutput>,
    pub root_device_name: String,
    pub root_device_type: &'static str,
    pub security_groups: Vec<GroupIdentifier>,
    pub source_dest_check: Option<bool>,
    pub state_reason: Option<StateReasonOutput>,
    pub tags: Vec<Tag>,
    pub virtualization_type: &'static str,
    pub cpu_options: CpuOptionsOutput,
    pub capacity_reservation_specification: CapacityOutput,
    pub hibernation_options: HibernationOutput,
    pub metadata_options: MetadataOptionsOutput,
    pub enclave_options: EnclaveOutput,
    pub boot_mode: &'static str,
    pub platform_details: &'static str,
    pub usage_operation: &'static str,
    pub usage_operation_update_time: u64,
    pub private_dns_name_options: Option<PrivateDnsOutput>,
    pub ipv6_address: Option<String>,
    pub maintenance_options: MaintenanceOutput,
    pub current_instance_boot_mode: &'static str,
    pub network_performance_options: NetworkPerformanceOutput,
    pub operator: OperatorOutput,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InstanceStateOutput {
    pub code: u8,
    pub name: &'static str,
}

impl From<InstanceState> for InstanceStateOutput {
    fn from(state: InstanceState) -> Self {
        InstanceStateOutput { code: state.code(), name: state.as_str() }
    }
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PlacementOutput {
    pub availability_zone: Option<String>,
    pub availability_zone_id: Option<String>,
    pub group_name: &'static str,
    pub tenancy: &'static str,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MonitoringOutput {
    pub state: &'static str,
}

impl MonitoringOutput {
    pub fn of(instance: &Instance) -> Self {
        MonitoringOutput { state: if instance.options.monitoring { "enabled" } else { "disabled" } }
    }
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BlockDeviceOutput {
    pub device_name: String,
    pub ebs: EbsOutput,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EbsOutput {
    pub attach_time: u64,
    pub delete_on_termination: bool,
    pub status: &'static str,
    pub volume_id: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ProfileOutput {
    pub arn: String,
    pub id: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StateReasonOutput {
    pub code: String,
    pub message: String,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CpuOptionsOutput {
    pub core_count: u32,
    pub threads_per_core: u32,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CapacityOutput {
    pub capacity_reservation_preference: &'static str,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct HibernationOutput {
    pub configured: bool,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EnclaveOutput {
    pub enabled: bool,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MetadataOptionsOutput {
    pub state: &'static str,
    pub http_tokens: &'static str,
    pub http_put_response_hop_limit: u8,
    pub http_endpoint: &'static str,
    pub http_protocol_ipv6: &'static str,
    pub instance_metadata_tags: &'static str,
}

impl From<MetadataOptions> for MetadataOptionsOutput {
    fn from(options: MetadataOptions) -> Self {
        let word = |on| if on { "enabled" } else { "disabled" };
        MetadataOptionsOutput {
            state: "applied",
            http_tokens: if options.tokens_required { "required" } else { "optional" },
            http_put_response_hop_limit: options.hop_limit,
            http_endpoint: word(options.endpoint),
            http_protocol_ipv6: word(options.ipv6),
            instance_metadata_tags: word(options.instance_tags),
        }
    }
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PrivateDnsOutput {
    pub hostname_type: HostnameType,
    pub enable_resource_name_dns_a_record: bool,
    #[serde(rename = "EnableResourceNameDnsAAAARecord")]
    pub enable_resource_name_dns_aaaa_record: bool,
}

impl PrivateDnsOutput {
    fn of(instance: &Instance) -> Self {
        let names = instance.options.private_dns;
        PrivateDnsOutput {
            hostname_type: names.hostname_type,
            enable_resource_name_dns_a_record: names.resource_name_a_record,
            enable_resource_name_dns_aaaa_record: names.resource_name_aaaa_record,
        }
    }
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MaintenanceOutput {
    pub auto_recovery: croft_model::instance::Switch,
    pub reboot_migration: croft_model::instance::Switch,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkPerformanceOutput {
    pub bandwidth_weighting: &'static str,
}

/// No service manages what Croft has.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct OperatorOutput {
    pub managed: bool,
}

/// What is looked up once for an instance.
struct Around<'a> {
    cloud: &'a Cloud,
    instance: &'a Instance,
    image: Option<&'static Image>,
    kind: Option<&'static InstanceType>,
    primary: Option<&'a NetworkInterface>,
    vpc: Option<&'a Vpc>,
}

/// Milliseconds.
pub(super) fn millis(seconds: u64) -> u64 {
    seconds.saturating_mul(1000)
}

impl InstanceOutput {
    pub fn of(cloud: &Cloud, instance: &Instance) -> InstanceOutput {
        let primary = instance.interfaces.first().and_then(|id| cloud.interfaces.get(id));
        let around = Around {
            cloud,
            instance,
            image: image::of(&instance.image),
            kind: instance_type::of(&instance.instance_type),
            primary,
            vpc: primary.and_then(|i| cloud.vpcs.get(&i.vpc)),
        };
        around.shown()
    }
}

impl Around<'_> {
    fn shown(&self) -> InstanceOutput {
        let Around { cloud, instance, image, kind, primary, vpc } = *self;
        let scope = &instance.scope;
        let private = primary.and_then(|i| i.private_ips.first().copied());
        let public = primary.zip(private).and_then(|(i, address)| cloud.public_ip(i, address));
        let zone = primary.and_then(|i| cloud.subnets.get(&i.subnet)).and_then(|s| cloud.zones.get(&s.zone));
        let architecture = image.map(|i| i.architecture).or(kind.map(InstanceType::architecture));
        let platform = image.map_or(image::Platform::Linux, |i| i.platform);
        let boot = image.map_or(image::BootMode::LegacyBios, |i| i.boot);
        let nitro = kind.is_none_or(|k| k.family.hypervisor == "nitro");
        InstanceOutput {
            instance_id: instance.id.to_string(),
            image_id: instance.image.clone(),
            state: instance.state.into(),
            private_dns_name: self.private_dns_name(private),
            public_dns_name: public.map(|ip| public_name(vpc, scope, ip)).unwrap_or_default(),
            state_transition_reason: instance.transition_reason().to_string(),
            key_name: instance.key_name.clone(),
            ami_launch_index: instance.launch.index,
            product_codes: [],
            instance_type: instance.instance_type.clone(),
            launch_time: millis(instance.launched),
            placement: PlacementOutput {
                availability_zone: zone.map(|z| z.name.clone()),
                availability_zone_id: zone.map(|z| z.id.clone()),
                group_name: "",
                tenancy: tenancy(instance, vpc),
            },
            platform: (platform == image::Platform::Windows).then_some("Windows"),
            monitoring: MonitoringOutput::of(instance),
            subnet_id: primary.map(|i| i.subnet.to_string()),
            vpc_id: primary.map(|i| i.vpc.to_string()),
            private_ip_address: private.map(|ip| ip.to_string()),
            public_ip_address: public.map(|ip| ip.to_string()),
            architecture: architecture.map_or("x86_64", |a| a.as_str()),
            block_device_mappings: block_devices(cloud, instance),
            client_token: instance.launch.client_token.clone().unwrap_or_default(),
            ebs_optimized: instance.options.ebs_optimized,
            ena_support: true,
            hypervisor: "xen",
            iam_instance_profile: profile(instance),
            network_interfaces: self.interfaces(),
            root_device_name: image.map_or("/dev/xvda", |i| i.root_device).to_string(),
            root_device_type: "ebs",
            security_groups: primary.map(|i| group_identifiers(cloud, &i.groups)).unwrap_or_default(),
            source_dest_check: primary.map(|i| i.source_dest_check),
            state_reason: state_reason(instance),
            tags: tag::shown(&instance.tags),
            virtualization_type: "hvm",
            cpu_options: cpu_options(instance, kind),
            capacity_reservation_specification: CapacityOutput { capacity_reservation_preference: "open" },
            hibernation_options: HibernationOutput { configured: instance.options.hibernation },
            metadata_options: instance.metadata.into(),
            enclave_options: EnclaveOutput { enabled: instance.options.enclave },
            boot_mode: boot.as_str(),
            platform_details: platform.details(),
            usage_operation: platform.usage_operation(),
            usage_operation_update_time: millis(instance.launched),
            private_dns_name_options: primary.map(|_| PrivateDnsOutput::of(instance)),
            ipv6_address: primary.and_then(|i| i.ipv6_addresses.first()).map(|ip| ip.to_string()),
            maintenance_options: MaintenanceOutput {
                auto_recovery: instance.options.auto_recovery,
                reboot_migration: instance.options.reboot_migration,
            },
            current_instance_boot_mode: match boot {
                image::BootMode::Uefi => "uefi",
                image::BootMode::UefiPreferred if nitro => "uefi",
                _ => "legacy-bios",
            },
            network_performance_options: NetworkPerformanceOutput { bandwidth_weighting: "default" },
            operator: OperatorOutput { managed: false },
        }
    }

    /// Empty where the VPC gives no names, and of what is terminated.
    fn private_dns_name(&self, private: Option<Ipv4Addr>) -> String {
        let (scope, vpc) = (&self.instance.scope, self.vpc);
        match self.instance.options.private_dns.hostname_type {
            HostnameType::IpName => private.and_then(|ip| private_name(vpc, scope, ip)).unwrap_or_default(),
            HostnameType::ResourceName => {
                let named = private.and_then(|ip| private_name(vpc, scope, ip));
                let domain = named.as_deref().and_then(|name| name.split_once('.')).map(|(_, domain)| domain);
                domain.map(|domain| format!("{}.{domain}", self.instance.id)).unwrap_or_default()
            }
        }
    }

    fn interfaces(&self) -> Vec<InterfaceOutput> {
        let interfaces = self.instance.interfaces.iter().filter_map(|id| self.cloud.interfaces.get(id));
        interfaces.map(|i| interface(self.cloud, i)).collect()
    }
}

/// The VPC's word goes before the instance's.
pub(super) fn tenancy(instance: &Instance, vpc: Option<&Vpc>) -> &'static str {
    use croft_model::instance::Tenancy;
    match instance.options.tenancy {
        Tenancy::Default if vpc.is_some_and(|v| v.instance_tenancy == "dedicated") => "dedicated",
        Tenancy::Default => "default",
        Tenancy::Dedicated => "dedicated",
    }
}

pub(super) fn profile(instance: &Instance) -> Option<ProfileOutput> {
    let association = instance.profile_association.as_ref()?;
    Some(ProfileOutput { arn: association.profile_arn.clone(), id: association.profile_id.clone() })
}

pub(super) fn state_reason(instance: &Instance) -> Option<StateReasonOutput> {
    if instance.state == InstanceState::Pending {
        return Some(StateReasonOutput { code: "pending".into(), message: "pending".into() });
    }
    let (code, message) = instance.reason()?;
    Some(StateReasonOutput { code: code.into(), message: message.into() })
}

fn cpu_options(instance: &Instance, kind: Option<&InstanceType>) -> CpuOptionsOutput {
    let of_type = kind.map(|k| CpuOptions { core_count: k.cores(), threads_per_core: k.threads_per_core() });
    let options = instance.options.cpu.or(of_type).unwrap_or(CpuOptions { core_count: 1, threads_per_core: 1 });
    CpuOptionsOutput { core_count: options.core_count, threads_per_core: options.threads_per_core }
}

fn block_device(cloud: &Cloud, id: &VolumeId) -> Option<BlockDeviceOutput> {
    let attachment = cloud.volumes.get(id)?.attachment.as_ref()?;
    Some(BlockDeviceOutput {
        device_name: attachment.device.clone(),
        ebs: EbsOutput {
            attach_time: millis(attachment.attached),
            delete_on_termination: attachment.delete_on_termination,
            status: "attached",
            volume_id: id.to_string(),
        },
    })
}

/// The devices of an instance, the root device first.
pub(super) fn block_devices(cloud: &Cloud, instance: &Instance) -> Vec<BlockDeviceOutput> {
    instance.volumes.iter().filter_map(|id| block_device(cloud, id)).collect()
}
