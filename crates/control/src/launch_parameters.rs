//! The parameters of a launch, by AWS's names: as `RunInstances` takes them, a launch template keeps them, and an
//! instance of a template comes to.

mod device;
mod interface;
mod option;
mod user_data;

pub use interface::Ipv6AddressParameter;
pub use option::{
    InstanceProfileSpecification, MetadataOptionsParameter, PrivateDnsNameOptionsParameter, read_cpu_credits,
};
pub use user_data::{read_user_data, user_data_text};

use crate::Cloud;
use crate::error::{Error, Result};
use crate::instance::{MetadataOptionsChange, RunInstances};
use crate::interface::Ipv6Choice;
use crate::tag_specification::TagSpecifications;
use croft_model::Scope;
use croft_model::instance::{InstanceOptions, PrivateDnsNameOptions, ShutdownBehavior};
use device::BlockDeviceMapping;
use interface::InterfaceSpecification;
use option::*;
use serde::Deserialize;

/// All that Croft honours; `LaunchTemplate` has had its say already ([`launch_data_over`](crate::launch_data_over)).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct LaunchParameters {
    #[serde(default)]
    block_device_mappings: Vec<BlockDeviceMapping>,
    capacity_reservation_specification: Option<CapacityReservation>,
    cpu_options: Option<CpuOptionsParameter>,
    credit_specification: Option<CreditSpecification>,
    disable_api_stop: Option<bool>,
    disable_api_termination: Option<bool>,
    ebs_optimized: Option<bool>,
    enable_primary_ipv6: Option<bool>,
    enclave_options: Option<Enabled>,
    hibernation_options: Option<Configured>,
    iam_instance_profile: Option<InstanceProfileSpecification>,
    image_id: Option<String>,
    instance_initiated_shutdown_behavior: Option<ShutdownBehavior>,
    instance_type: Option<String>,
    #[serde(default)]
    ipv6_addresses: Vec<Ipv6AddressParameter>,
    ipv6_address_count: Option<u32>,
    key_name: Option<String>,
    maintenance_options: Option<MaintenanceOptions>,
    max_count: Option<u32>,
    metadata_options: Option<MetadataOptionsParameter>,
    min_count: Option<u32>,
    monitoring: Option<Enabled>,
    #[serde(default)]
    network_interfaces: Vec<InterfaceSpecification>,
    placement: Option<Placement>,
    private_dns_name_options: Option<PrivateDnsNameOptionsParameter>,
    private_ip_address: Option<String>,
    #[serde(default)]
    security_group_ids: Vec<String>,
    #[serde(default)]
    security_groups: Vec<String>,
    subnet_id: Option<String>,
    #[serde(default)]
    tag_specifications: TagSpecifications,
    user_data: Option<String>,
}

impl LaunchParameters {
    /// The request that they make.
    ///
    /// # Errors
    /// What is malformed, given twice or not supported, with AWS's codes.
    pub fn request(self, cloud: &Cloud, scope: &Scope) -> Result<RunInstances> {
        if let Some(capacity) = self.capacity_reservation_specification {
            capacity.check()?;
        }
        let [tags, volume_tags, interface_tags] =
            self.tag_specifications.of_each(["instance", "volume", "network-interface"])?;
        let placement = self.placement.unwrap_or_default();
        let availability_zone = placement.zone(cloud, scope)?;
        let names = self.private_dns_name_options.unwrap_or_default();
        let enabled = |word: Option<Enabled>| word.and_then(|word| word.enabled).unwrap_or(false);
        let options = InstanceOptions {
            monitoring: enabled(self.monitoring),
            ebs_optimized: self.ebs_optimized.unwrap_or(false),
            disable_api_termination: self.disable_api_termination.unwrap_or(false),
            disable_api_stop: self.disable_api_stop.unwrap_or(false),
            shutdown_behavior: self.instance_initiated_shutdown_behavior.unwrap_or_default(),
            tenancy: placement.tenancy()?,
            credits: self.credit_specification.map(CreditSpecification::credits).transpose()?,
            cpu: self.cpu_options.map(CpuOptionsParameter::options).transpose()?,
            hibernation: self.hibernation_options.and_then(|h| h.configured).unwrap_or(false),
            enclave: enabled(self.enclave_options),
            private_dns: PrivateDnsNameOptions {
                hostname_type: names.hostname_type.unwrap_or_default(),
                resource_name_a_record: names.enable_resource_name_dns_a_record.unwrap_or(false),
                resource_name_aaaa_record: names.enable_resource_name_dns_aaaa_record.unwrap_or(false),
            },
            auto_recovery: self.maintenance_options.and_then(|m| m.auto_recovery).unwrap_or_default(),
            reboot_migration: Default::default(),
        };
        let profile = self.iam_instance_profile.map(|p| p.name(cloud, scope)).transpose()?.flatten();
        let interfaces: Result<Vec<_>> =
            self.network_interfaces.into_iter().map(InterfaceSpecification::specification).collect();
        let devices: Result<Vec<_>> = self.block_device_mappings.into_iter().map(BlockDeviceMapping::device).collect();
        let groups: Result<Vec<_>> = self.security_group_ids.iter().map(|id| Ok(id.parse()?)).collect();
        let primary_ipv6 = self.enable_primary_ipv6 == Some(true);
        Ok(RunInstances {
            image_id: self.image_id.ok_or_else(|| Error::missing("ImageId"))?,
            instance_type: self.instance_type,
            min_count: self.min_count,
            max_count: self.max_count,
            subnet_id: self.subnet_id.map(|id| id.parse()).transpose()?,
            availability_zone,
            security_group_ids: groups?,
            security_groups: self.security_groups,
            private_ip_address: self.private_ip_address.as_deref().map(interface::ipv4).transpose()?,
            ipv6: Ipv6Choice::of(&self.ipv6_addresses, self.ipv6_address_count, primary_ipv6)?,
            network_interfaces: interfaces?,
            user_data: self.user_data.as_deref().map(read_user_data).transpose()?.filter(|d| !d.is_empty()),
            key_name: self.key_name,
            iam_instance_profile: profile,
            block_devices: devices?.into_iter().flatten().collect(),
            options,
            metadata_options: self.metadata_options.map(MetadataOptionsChange::from).unwrap_or_default(),
            client_token: None,
            launch_template: None,
            tags,
            volume_tags,
            interface_tags,
        })
    }
}
