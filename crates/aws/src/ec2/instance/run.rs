//! Launching.

use super::super::launch_template::{self, LaunchTemplateSpecification};
use super::super::listing::identifiers;
use super::super::tag::TagSpecifications;
use super::InstanceOutput;
use super::parameters::*;
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::Operation;
use crate::parameters;
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use croft_control::{BlockDevice, Cloud, InstanceNetworkInterface, MetadataOptionsChange};
use croft_model::Scope;
use croft_model::instance::{InstanceOptions, PrivateDnsNameOptions};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Its members as they come: a launch template has its say before they are read.
#[derive(Deserialize)]
#[serde(transparent)]
pub struct RunInstances(Map<String, Value>);

/// AWS's `Reservation`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReservationOutput {
    pub reservation_id: String,
    pub owner_id: String,
    /// Of EC2-Classic; always empty.
    pub groups: [(); 0],
    pub instances: Vec<InstanceOutput>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Parameters {
    #[serde(default)]
    block_device_mappings: Vec<BlockDeviceMapping>,
    capacity_reservation_specification: Option<CapacityReservation>,
    cpu_options: Option<CpuOptionsParameter>,
    credit_specification: Option<CreditSpecification>,
    disable_api_stop: Option<bool>,
    disable_api_termination: Option<bool>,
    ebs_optimized: Option<bool>,
    enclave_options: Option<Enabled>,
    hibernation_options: Option<Configured>,
    iam_instance_profile: Option<ProfileSpecification>,
    image_id: Option<String>,
    instance_initiated_shutdown_behavior: Option<croft_model::instance::ShutdownBehavior>,
    instance_type: Option<String>,
    key_name: Option<String>,
    maintenance_options: Option<MaintenanceOptions>,
    max_count: u32,
    metadata_options: Option<MetadataOptionsParameter>,
    min_count: u32,
    monitoring: Option<Enabled>,
    #[serde(default)]
    network_interfaces: Vec<InterfaceSpecification>,
    placement: Option<Placement>,
    private_dns_name_options: Option<PrivateDnsParameter>,
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

impl Operation for RunInstances {
    const NAME: &'static str = "RunInstances";
    type Output = ReservationOutput;

    fn run(self, call: &mut Call<'_>) -> Result<ReservationOutput, Fault> {
        let cloud = call.cloud();
        let mut given = self.0;
        let template = match given.remove("LaunchTemplate") {
            None => None,
            Some(named) => {
                let named: LaunchTemplateSpecification = parameters::read(named).map_err(unfit)?;
                let (template, number, data) = named.find(&cloud, call.scope)?;
                given = launch_template::over(data, given);
                Some((template, number))
            }
        };
        let parameters: Parameters = parameters::read(Value::Object(given)).map_err(unfit)?;
        let client_token = call.client_token().map(String::from);
        let request = parameters.request(&cloud, call.scope)?;
        let instances = call.run(croft_control::RunInstances { launch_template: template, client_token, ..request })?;
        let cloud = call.cloud();
        let reservation = instances.first().and_then(|i| i.launch.reservation.as_ref());
        Ok(ReservationOutput {
            reservation_id: reservation.map(ToString::to_string).unwrap_or_default(),
            owner_id: call.scope.account.to_string(),
            groups: [],
            instances: instances.iter().map(|i| InstanceOutput::of(&cloud, i)).collect(),
        })
    }
}

fn unfit(unfit: parameters::Unfit) -> Fault {
    crate::aws::unfit_fault(crate::model::Protocol::Ec2, "ec2", RunInstances::NAME, unfit)
}

impl Parameters {
    fn request(self, cloud: &Cloud, scope: &Scope) -> Result<croft_control::RunInstances, Fault> {
        if let Some(capacity) = self.capacity_reservation_specification {
            capacity.check()?;
        }
        let [tags, volume_tags, interface_tags] =
            self.tag_specifications.of_each(["instance", "volume", "network-interface"])?;
        let placement = self.placement.unwrap_or_default();
        let availability_zone = placement.zone(cloud, scope)?;
        let maintenance = self.maintenance_options.unwrap_or_default();
        let names = self.private_dns_name_options.unwrap_or_default();
        let options = InstanceOptions {
            monitoring: self.monitoring.is_some_and(|m| m.enabled),
            ebs_optimized: self.ebs_optimized.unwrap_or(false),
            disable_api_termination: self.disable_api_termination.unwrap_or(false),
            disable_api_stop: self.disable_api_stop.unwrap_or(false),
            shutdown_behavior: self.instance_initiated_shutdown_behavior.unwrap_or_default(),
            tenancy: placement.tenancy()?,
            credits: self.credit_specification.map(CreditSpecification::credits).transpose()?,
            cpu: self.cpu_options.map(CpuOptionsParameter::options).transpose()?,
            hibernation: self.hibernation_options.and_then(|h| h.configured).unwrap_or(false),
            enclave: self.enclave_options.is_some_and(|e| e.enabled),
            private_dns: PrivateDnsNameOptions {
                hostname_type: names.hostname_type.unwrap_or_default(),
                resource_name_a_record: names.enable_resource_name_dns_a_record.unwrap_or(false),
                resource_name_aaaa_record: names.enable_resource_name_dns_aaaa_record.unwrap_or(false),
            },
            auto_recovery: maintenance.auto_recovery.unwrap_or_default(),
            reboot_migration: Default::default(),
        };
        let profile = self.iam_instance_profile.map(|p| p.name(cloud, scope)).transpose()?.flatten();
        let interfaces: Result<Vec<InstanceNetworkInterface>, Fault> =
            self.network_interfaces.into_iter().map(InterfaceSpecification::specification).collect();
        let devices: Result<Vec<Option<BlockDevice>>, Fault> =
            self.block_device_mappings.into_iter().map(BlockDeviceMapping::device).collect();
        Ok(croft_control::RunInstances {
            image_id: self.image_id.ok_or_else(|| Fault::missing("ImageId"))?,
            instance_type: self.instance_type,
            min_count: Some(self.min_count),
            max_count: Some(self.max_count),
            subnet_id: self.subnet_id.map(|id| id.parse()).transpose()?,
            availability_zone,
            security_group_ids: identifiers(&self.security_group_ids)?,
            security_groups: self.security_groups,
            private_ip_address: self.private_ip_address.as_deref().map(ipv4).transpose()?,
            network_interfaces: interfaces?,
            user_data: self.user_data.as_deref().map(user_data).transpose()?.filter(|d| !d.is_empty()),
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

/// AWS takes base64 with and without its padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The script that user data bears.
///
/// # Errors
/// `InvalidParameterValue` of what is not base64, `UnsupportedOperation` of what is no text.
pub(super) fn user_data(text: &str) -> Result<String, Fault> {
    let text: String = text.split_ascii_whitespace().collect();
    let bytes = BASE64.decode(text).map_err(|_| Fault::invalid_value("Invalid BASE64 encoding of user data."))?;
    String::from_utf8(bytes).map_err(|_| Fault::unsupported("User data that is not text once it is decoded"))
}

/// As it was given.
pub(super) fn encoded(user_data: &str) -> String {
    BASE64.encode(user_data)
}
