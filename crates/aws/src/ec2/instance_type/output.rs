//! An instance type as AWS shows it.

use super::{
    architectures, boot_modes, dedicated_hosts, ebs_optimized, ena, enclaves, free, gigahertz, hibernation, nitro, word,
};
use croft_model::instance_type::InstanceType;
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InstanceTypeOutput {
    instance_type: String,
    current_generation: bool,
    free_tier_eligible: bool,
    /// Spot is not.
    supported_usage_classes: [&'static str; 1],
    supported_root_device_types: [&'static str; 1],
    supported_virtualization_types: [&'static str; 1],
    bare_metal: bool,
    hypervisor: &'static str,
    processor_info: ProcessorInfo,
    v_cpu_info: VCpuInfo,
    memory_info: MemoryInfo,
    instance_storage_supported: bool,
    ebs_info: EbsInfo,
    network_info: NetworkInfo,
    placement_group_info: PlacementGroupInfo,
    hibernation_supported: bool,
    burstable_performance_supported: bool,
    dedicated_hosts_supported: bool,
    auto_recovery_supported: bool,
    supported_boot_modes: &'static [&'static str],
    nitro_enclaves_support: &'static str,
    nitro_tpm_support: &'static str,
    /// A hardware clock for time of day; a workload has the kernel's.
    phc_support: &'static str,
    /// A reboot leaves a workload where it is.
    reboot_migration_support: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ProcessorInfo {
    supported_architectures: Vec<&'static str>,
    sustained_clock_speed_in_ghz: f64,
    manufacturer: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct VCpuInfo {
    default_v_cpus: u32,
    default_cores: u32,
    default_threads_per_core: u32,
    valid_cores: Vec<u32>,
    valid_threads_per_core: Vec<u32>,
}

#[derive(Serialize)]
struct MemoryInfo {
    #[serde(rename = "SizeInMiB")]
    size: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct EbsInfo {
    ebs_optimized_support: &'static str,
    encryption_support: &'static str,
    nvme_support: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct NetworkInfo {
    network_performance: &'static str,
    maximum_network_interfaces: u32,
    maximum_network_cards: u32,
    default_network_card_index: u32,
    network_cards: [NetworkCard; 1],
    ipv4_addresses_per_interface: u32,
    ipv6_addresses_per_interface: u32,
    ipv6_supported: bool,
    ena_support: &'static str,
    efa_supported: bool,
    encryption_in_transit_supported: bool,
    ena_srd_supported: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct NetworkCard {
    network_card_index: u32,
    network_performance: &'static str,
    maximum_network_interfaces: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PlacementGroupInfo {
    supported_strategies: &'static [&'static str],
}

impl InstanceTypeOutput {
    pub fn of(kind: &InstanceType) -> InstanceTypeOutput {
        let family = kind.family;
        InstanceTypeOutput {
            instance_type: kind.name.clone(),
            current_generation: family.current,
            free_tier_eligible: free(kind),
            supported_usage_classes: ["on-demand"],
            supported_root_device_types: ["ebs"],
            supported_virtualization_types: ["hvm"],
            bare_metal: false,
            hypervisor: family.hypervisor,
            processor_info: ProcessorInfo {
                supported_architectures: architectures(kind),
                sustained_clock_speed_in_ghz: gigahertz(kind),
                manufacturer: family.manufacturer,
            },
            v_cpu_info: VCpuInfo {
                default_v_cpus: kind.vcpus,
                default_cores: kind.cores(),
                default_threads_per_core: kind.threads_per_core(),
                valid_cores: kind.valid_cores(),
                valid_threads_per_core: kind.valid_threads_per_core(),
            },
            memory_info: MemoryInfo { size: kind.memory },
            instance_storage_supported: false,
            ebs_info: EbsInfo {
                ebs_optimized_support: ebs_optimized(kind),
                encryption_support: "supported",
                nvme_support: if nitro(kind) { "required" } else { "unsupported" },
            },
            network_info: NetworkInfo {
                network_performance: kind.network_performance,
                maximum_network_interfaces: kind.interfaces,
                maximum_network_cards: 1,
                default_network_card_index: 0,
                network_cards: [NetworkCard {
                    network_card_index: 0,
                    network_performance: kind.network_performance,
                    maximum_network_interfaces: kind.interfaces,
                }],
                ipv4_addresses_per_interface: kind.ipv4_addresses,
                ipv6_addresses_per_interface: kind.ipv4_addresses,
                ipv6_supported: true,
                ena_support: ena(kind),
                efa_supported: false,
                encryption_in_transit_supported: false,
                ena_srd_supported: false,
            },
            placement_group_info: PlacementGroupInfo {
                supported_strategies: match family.burstable {
                    true => &["partition", "spread"],
                    false => &["cluster", "partition", "spread"],
                },
            },
            hibernation_supported: hibernation(kind),
            burstable_performance_supported: family.burstable,
            dedicated_hosts_supported: dedicated_hosts(kind),
            auto_recovery_supported: true,
            supported_boot_modes: boot_modes(kind),
            nitro_enclaves_support: word(enclaves(kind)),
            nitro_tpm_support: "unsupported",
            phc_support: "unsupported",
            reboot_migration_support: "unsupported",
        }
    }
}
