//! What is chosen at launch and shown ever after. Nothing of it moves a packet.

use serde::{Deserialize, Serialize};

/// With AWS's defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InstanceOptions {
    /// Detailed monitoring.
    pub monitoring: bool,
    pub ebs_optimized: bool,
    /// `TerminateInstances` is refused.
    pub disable_api_termination: bool,
    /// `StopInstances` is refused.
    pub disable_api_stop: bool,
    pub shutdown_behavior: ShutdownBehavior,
    pub tenancy: Tenancy,
    /// Of burstable types only; `None` of any other.
    pub credits: Option<CpuCredits>,
    /// What the type has if absent.
    pub cpu: Option<CpuOptions>,
    pub hibernation: bool,
    pub enclave: bool,
    pub private_dns: PrivateDnsNameOptions,
    pub auto_recovery: Switch,
    pub reboot_migration: Switch,
}

/// What becomes of an instance that shuts itself down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ShutdownBehavior {
    #[default]
    Stop,
    Terminate,
}

/// Whether the hardware is shared. Croft keeps the word: there is one host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tenancy {
    #[default]
    Default,
    Dedicated,
}

/// How a burstable type pays for what is above its baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CpuCredits {
    Standard,
    Unlimited,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CpuOptions {
    pub core_count: u32,
    pub threads_per_core: u32,
}

/// AWS's `default` and `disabled`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Switch {
    #[default]
    Default,
    Disabled,
}

/// How the metadata service may be asked. An image may bring its own defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetadataOptions {
    /// Sessions are required (the second version only).
    pub tokens_required: bool,
    /// 1 to 64.
    pub hop_limit: u8,
    pub endpoint: bool,
    pub ipv6: bool,
    pub instance_tags: bool,
}

impl Default for MetadataOptions {
    fn default() -> Self {
        MetadataOptions { tokens_required: false, hop_limit: 1, endpoint: true, ipv6: false, instance_tags: false }
    }
}

/// What an account has set for a region's instances. It comes before what an image brings, and after what a launch says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MetadataDefaults {
    pub tokens_required: Option<bool>,
    pub hop_limit: Option<u8>,
    pub endpoint: Option<bool>,
    pub instance_tags: Option<bool>,
}

impl MetadataDefaults {
    /// What an instance has whose image brings these.
    pub fn over(&self, image: MetadataOptions) -> MetadataOptions {
        MetadataOptions {
            tokens_required: self.tokens_required.unwrap_or(image.tokens_required),
            hop_limit: self.hop_limit.unwrap_or(image.hop_limit),
            endpoint: self.endpoint.unwrap_or(image.endpoint),
            instance_tags: self.instance_tags.unwrap_or(image.instance_tags),
            ..image
        }
    }
}

/// What the instance is called inside its VPC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivateDnsNameOptions {
    pub hostname_type: HostnameType,
    pub resource_name_a_record: bool,
    pub resource_name_aaaa_record: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HostnameType {
    /// `ip-10-0-1-5.ec2.internal`
    #[default]
    IpName,
    /// `i-0123456789abcdef0.ec2.internal`
    ResourceName,
}
