//! Options of a launch.

use crate::Cloud;
use crate::error::{Error, Result};
use crate::instance::MetadataOptionsChange;
use croft_model::Scope;
use croft_model::instance::{CpuCredits, CpuOptions, HostnameType, Switch, Tenancy};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Enabled {
    pub(super) enabled: Option<bool>,
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
    pub(super) fn check(self) -> Result<()> {
        match self.capacity_reservation_preference.as_deref() {
            None | Some("open") => Ok(()),
            Some(other) => Err(Error::unsupported(format!("The capacity reservation preference '{other}'"))),
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
    pub(super) fn options(self) -> Result<CpuOptions> {
        let missing = || Error::combination("CpuOptions take CoreCount and ThreadsPerCore together.");
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
    pub(super) fn credits(self) -> Result<CpuCredits> {
        read_cpu_credits(&self.cpu_credits)
    }
}

/// `standard` or `unlimited`: AWS's model has no enumeration of them.
///
/// # Errors
/// `InvalidParameterValue` of any other word.
pub fn read_cpu_credits(text: &str) -> Result<CpuCredits> {
    match text {
        "standard" => Ok(CpuCredits::Standard),
        "unlimited" => Ok(CpuCredits::Unlimited),
        other => Err(Error::invalid(format!("Invalid value '{other}' for CpuCredits: standard or unlimited."))),
    }
}

/// AWS's `IamInstanceProfileSpecification`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct InstanceProfileSpecification {
    arn: Option<String>,
    name: Option<String>,
}

impl InstanceProfileSpecification {
    /// The profile's name; none where neither is given.
    ///
    /// # Errors
    /// `InvalidParameterValue` of an ARN that no profile has, `InvalidParameterCombination` of an ARN with a name.
    pub fn name(self, cloud: &Cloud, scope: &Scope) -> Result<Option<String>> {
        match (self.arn, self.name) {
            (Some(_), Some(_)) => Err(Error::combination(
                "The parameter 'iamInstanceProfile.name' may not be used in combination with 'iamInstanceProfile.arn'",
            )),
            (None, name) => Ok(name),
            (Some(arn), None) => {
                let name = arn.rsplit('/').next().unwrap_or_default();
                let found = cloud.instance_profile(&scope.account, name).ok().filter(|p| p.arn() == arn);
                let why = "Invalid IAM Instance Profile ARN";
                let fault =
                    || Error::invalid(format!("Value ({arn}) for parameter iamInstanceProfile.arn is invalid. {why}"));
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

/// AWS's `InstanceMetadataOptionsRequest`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct MetadataOptionsParameter {
    pub http_tokens: Option<String>,
    pub http_put_response_hop_limit: Option<u32>,
    pub http_endpoint: Option<String>,
    pub http_protocol_ipv6: Option<String>,
    pub instance_metadata_tags: Option<String>,
}

impl From<MetadataOptionsParameter> for MetadataOptionsChange {
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

/// AWS's `PrivateDnsNameOptionsRequest`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PrivateDnsNameOptionsParameter {
    pub hostname_type: Option<HostnameType>,
    pub enable_resource_name_dns_a_record: Option<bool>,
    #[serde(rename = "EnableResourceNameDnsAAAARecord")]
    pub enable_resource_name_dns_aaaa_record: Option<bool>,
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
    pub(super) fn zone(&self, cloud: &Cloud, scope: &Scope) -> Result<Option<String>> {
        if self.group_name.as_deref().is_some_and(|name| !name.is_empty()) {
            return Err(Error::unsupported("The parameter Placement.GroupName of ec2:RunInstances"));
        }
        // Clients send what is not set as an empty text.
        let set = |text: &Option<String>| text.clone().filter(|t| !t.is_empty());
        match (set(&self.availability_zone), set(&self.availability_zone_id)) {
            (Some(_), Some(_)) => {
                Err(Error::combination("Only one of AvailabilityZone and AvailabilityZoneId may be specified"))
            }
            (zone, None) => Ok(zone),
            (None, Some(id)) => {
                let zone = cloud.zones_in(&scope.region).find(|z| z.id == id);
                let unknown = || Error::invalid(format!("Invalid availability zone ID: [{id}]"));
                zone.map(|z| Some(z.name.clone())).ok_or_else(unknown)
            }
        }
    }

    pub(super) fn tenancy(&self) -> Result<Tenancy> {
        match self.tenancy.as_deref() {
            None | Some("default" | "") => Ok(Tenancy::Default),
            Some("dedicated") => Ok(Tenancy::Dedicated),
            Some(other) => Err(Error::unsupported(format!("The tenancy '{other}'"))),
        }
    }
}
