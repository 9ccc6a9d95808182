//! DHCP option sets: kept and returned. Workloads get addresses and resolver from Croft itself, not by DHCP.

use crate::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DhcpOptions {
    pub id: DhcpOptionsId,
    #[serde(default)]
    pub scope: Scope,
    /// In the order in which they were given.
    pub configurations: Vec<DhcpConfiguration>,
    pub tags: Tags,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DhcpConfiguration {
    /// Such as `domain-name-servers`.
    pub key: String,
    pub values: Vec<String>,
}

/// The value that stands for the VPC's own resolver.
pub const AMAZON_PROVIDED_DNS: &str = "AmazonProvidedDNS";

impl DhcpOptions {
    /// What AWS has made of the default set of a region.
    pub fn default_configurations(region: &RegionName) -> Vec<DhcpConfiguration> {
        let domain = match region.as_str() {
            "us-east-1" => "ec2.internal".to_string(),
            other => format!("{other}.compute.internal"),
        };
        let one = |key: &str, value: String| DhcpConfiguration { key: key.into(), values: vec![value] };
        vec![one("domain-name", domain), one("domain-name-servers", AMAZON_PROVIDED_DNS.into())]
    }
}
