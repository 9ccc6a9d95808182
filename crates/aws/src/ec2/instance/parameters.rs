//! The parts of a launch's parameters.

use crate::fault::Fault;
use croft_control::{BlockDevice, Cloud, InstanceNetworkInterface, MetadataOptionsChange};
use croft_model::Scope;
use croft_model::instance::{CpuCredits, CpuOptions, HostnameType, Switch, Tenancy};
use croft_model::volume::VolumeKind;
use serde::Deserialize;
use std::net::Ipv4Addr;

pub(super) fn ipv4(text: &str) -> Result<Ipv4Addr, Fault> {
    text.parse().map_err(|_| Fault::invalid_value(format!("Invalid IPv4 address: {text}")))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Enabled {
    #[serde(default)]
    pub(super) enabled: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Configured {
    pub(super) configured: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct CapacityReservation {
    capacity_reservation_preference: Option<String>,
}

impl CapacityReservation {
    /// There are no reservations: any that fits is none.
    pub(super) fn check(self) -> Result<(), Fault> {
        match self.capacity_reservation_preference.as_deref() {
            None | Some("open") => Ok(()),
            Some(other) => Err(Fault::unsupported(format!("The capacity reservation preference '{other}'"))),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct CpuOptionsParameter {
    core_count: Option<u32>,
    threads_per_core: Option<u32>,
}

impl CpuOptionsParameter {
    pub(super) fn options(self) -> Result<CpuOptions, Fault> {
        let missing = || Fault::invalid_combination("CpuOptions take CoreCount and ThreadsPerCore together.");
        Ok(CpuOptions {
            core_count: self.core_count.ok_or_else(missing)?,
            threads_per_core: self.threads_per_core.ok_or_else(missing)?,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct CreditSpecification {
    cpu_credits: String,
}

impl CreditSpecification {
    pub(super) fn credits(self) -> Result<CpuCredits, Fault> {
        credits(&self.cpu_credits)
    }
}

/// `standard` or `unlimited`: the model has no enumeration of them.
pub(super) fn credits(text: &str) -> Result<CpuCredits, Fault> {
    match text {
        "standard" => Ok(CpuCredits::Standard),
        "unlimited" => Ok(CpuCredits::Unlimited),
        other => Err(Fault::invalid_value(format!("Invalid value '{other}' for CpuCredits: standard or unlimited."))),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ProfileSpecification {
    arn: Option<String>,
    name: Option<String>,
}

impl ProfileSpecification {
    /// The profile's name; none where neither is given.
    pub(super) fn name(self, cloud: &Cloud, scope: &Scope) -> Result<Option<String>, Fault> {
        match (self.arn, self.name) {
            (Some(_), Some(_)) => Err(Fault::invalid_combination(
                "The parameter 'iamInstanceProfile.name' may not be used in combination with 'iamInstanceProfile.arn'",
            )),
            (None, name) => Ok(name),
            (Some(arn), None) => {
                let name = arn.rsplit('/').next().unwrap_or_default();
                let found = cloud.instance_profile(&scope.account, name).ok().filter(|p| p.arn() == arn);
                let why = "Invalid IAM Instance Profile ARN";
                let fault = || {
                    Fault::invalid_value(format!(
                        "Value ({arn}) for parameter iamInstanceProfile.arn is invalid. {why}"
                    ))
                };
                found.map(|p| Some(p.name.clone())).ok_or_else(fault)
            }
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct MaintenanceOptions {
    pub(super) auto_recovery: Option<Switch>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct MetadataOptionsParameter {
    pub(super) http_tokens: Option<String>,
    pub(super) http_put_response_hop_limit: Option<u32>,
    pub(super) http_endpoint: Option<String>,
    pub(super) http_protocol_ipv6: Option<String>,
    pub(super) instance_metadata_tags: Option<String>,
}

impl From<MetadataOptionsParameter> for MetadataOptionsChange {
    /// The words are the model's.
    fn from(parameter: MetadataOptionsParameter) -> Self {
        let enabled = |word: Option<String>| word.map(|word| word == "enabled");
        MetadataOptionsChange {
            tokens_required: parameter.http_tokens.map(|word| word == "required"),
            hop_limit: parameter.http_put_response_hop_limit,
            endpoint: enabled(parameter.http_endpoint),
            ipv6: enabled(parameter.http_protocol_ipv6),
            instance_tags: enabled(parameter.instance_metadata_tags),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct PrivateDnsParameter {
    pub(super) hostname_type: Option<HostnameType>,
    pub(super) enable_resource_name_dns_a_record: Option<bool>,
    #[serde(rename = "EnableResourceNameDnsAAAARecord")]
    pub(super) enable_resource_name_dns_aaaa_record: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Placement {
    availability_zone: Option<String>,
    availability_zone_id: Option<String>,
    tenancy: Option<String>,
    group_name: Option<String>,
}

impl Placement {
    /// The zone's name.
    pub(super) fn zone(&self, cloud: &Cloud, scope: &Scope) -> Result<Option<String>, Fault> {
        if self.group_name.as_deref().is_some_and(|name| !name.is_empty()) {
            return Err(Fault::unsupported("The parameter Placement.GroupName of ec2:RunInstances"));
        }
        // Clients send what is not set as an empty text.
        let set = |text: &Option<String>| text.clone().filter(|t| !t.is_empty());
        match (set(&self.availability_zone), set(&self.availability_zone_id)) {
            (Some(_), Some(_)) => {
                Err(Fault::invalid_combination("Only one of AvailabilityZone and AvailabilityZoneId may be specified"))
            }
            (zone, None) => Ok(zone),
            (None, Some(id)) => {
                let zone = cloud.zones_in(&scope.region).find(|z| z.id == id);
                let unknown = || Fault::invalid_value(format!("Invalid availability zone ID: [{id}]"));
                zone.map(|z| Some(z.name.clone())).ok_or_else(unknown)
            }
        }
    }

    pub(super) fn tenancy(&self) -> Result<Tenancy, Fault> {
        match self.tenancy.as_deref() {
            None | Some("default" | "") => Ok(Tenancy::Default),
            Some("dedicated") => Ok(Tenancy::Dedicated),
            Some(other) => Err(Fault::unsupported(format!("The tenancy '{other}'"))),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct BlockDeviceMapping {
    device_name: Option<String>,
    ebs: Option<EbsBlockDevice>,
    no_device: Option<String>,
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
    pub(super) fn device(self) -> Result<Option<BlockDevice>, Fault> {
        let device_name = self.device_name.ok_or_else(|| Fault::missing("deviceName"))?;
        if self.no_device.is_some() {
            let root = croft_model::image::all().iter().any(|image| image.root_device == device_name);
            return match root {
                true => Err(Fault::new("InvalidBlockDeviceMapping", "The root device cannot be left out.")),
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

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct InterfaceSpecification {
    associate_public_ip_address: Option<bool>,
    delete_on_termination: Option<bool>,
    description: Option<String>,
    #[serde(default)]
    device_index: u16,
    #[serde(default)]
    groups: Vec<String>,
    network_interface_id: Option<String>,
    private_ip_address: Option<String>,
    #[serde(default)]
    private_ip_addresses: Vec<PrivateIpSpecification>,
    secondary_private_ip_address_count: Option<u32>,
    subnet_id: Option<String>,
    interface_type: Option<String>,
    network_card_index: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PrivateIpSpecification {
    #[serde(default)]
    primary: bool,
    private_ip_address: String,
}

impl InterfaceSpecification {
    pub(super) fn specification(self) -> Result<InstanceNetworkInterface, Fault> {
        if let Some(kind) = self.interface_type.filter(|kind| kind != "interface") {
            return Err(Fault::unsupported(format!("The interface type '{kind}'")));
        }
        if self.network_card_index.unwrap_or(0) != 0 {
            return Err(Fault::invalid_value("The instance type has one network card, with index 0."));
        }
        let mut primary = self.private_ip_address.as_deref().map(ipv4).transpose()?;
        let mut secondary = Vec::new();
        for address in self.private_ip_addresses {
            let ip = ipv4(&address.private_ip_address)?;
            match (address.primary, primary) {
                (false, _) => secondary.push(ip),
                (true, None) => primary = Some(ip),
                (true, Some(other)) if other == ip => {}
                (true, Some(_)) => {
                    let message = "Only one primary private IP address can be specified.";
                    return Err(Fault::invalid_combination(message));
                }
            }
        }
        Ok(InstanceNetworkInterface {
            device_index: self.device_index,
            network_interface_id: self.network_interface_id.map(|id| id.parse()).transpose()?,
            subnet_id: self.subnet_id.map(|id| id.parse()).transpose()?,
            groups: super::super::listing::identifiers(&self.groups)?,
            description: self.description,
            private_ip_address: primary,
            private_ip_addresses: secondary,
            secondary_private_ip_address_count: self.secondary_private_ip_address_count,
            associate_public_ip_address: self.associate_public_ip_address,
            delete_on_termination: self.delete_on_termination,
        })
    }
}
