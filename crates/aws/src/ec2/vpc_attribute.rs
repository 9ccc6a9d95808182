//! Attributes of VPCs, and their tenancy.

use super::attribute::{AttributeBooleanValue, value};
use super::listing::one;
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_model::vpc::Vpc;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![DescribeVpcAttribute, ModifyVpcAttribute, ModifyVpcTenancy];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeVpcAttribute {
    attribute: VpcAttributeName,
    vpc_id: String,
}

#[derive(Deserialize)]
enum VpcAttributeName {
    #[serde(rename = "enableDnsSupport")]
    DnsSupport,
    #[serde(rename = "enableDnsHostnames")]
    DnsHostnames,
    #[serde(rename = "enableNetworkAddressUsageMetrics")]
    NetworkAddressUsageMetrics,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeVpcAttributeOutput {
    vpc_id: String,
    enable_dns_support: Option<AttributeBooleanValue>,
    enable_dns_hostnames: Option<AttributeBooleanValue>,
    enable_network_address_usage_metrics: Option<AttributeBooleanValue>,
}

impl Operation for DescribeVpcAttribute {
    const NAME: &'static str = "DescribeVpcAttribute";
    type Output = DescribeVpcAttributeOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeVpcAttributeOutput, Fault> {
        let cloud = call.cloud();
        let vpc: &Vpc = one(&cloud, call.scope, &self.vpc_id)?;
        let mut output = DescribeVpcAttributeOutput { vpc_id: self.vpc_id, ..DescribeVpcAttributeOutput::default() };
        let of = |value| Some(AttributeBooleanValue::of(value));
        match self.attribute {
            VpcAttributeName::DnsSupport => output.enable_dns_support = of(vpc.enable_dns_support),
            VpcAttributeName::DnsHostnames => output.enable_dns_hostnames = of(vpc.enable_dns_hostnames),
            VpcAttributeName::NetworkAddressUsageMetrics => {
                output.enable_network_address_usage_metrics = of(vpc.enable_network_address_usage_metrics);
            }
        }
        Ok(output)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ModifyVpcAttribute {
    vpc_id: String,
    enable_dns_support: Option<AttributeBooleanValue>,
    enable_dns_hostnames: Option<AttributeBooleanValue>,
    enable_network_address_usage_metrics: Option<AttributeBooleanValue>,
}

impl Operation for ModifyVpcAttribute {
    const NAME: &'static str = "ModifyVpcAttribute";
    type Output = ();

    fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
        let change = croft_control::ModifyVpcAttribute {
            vpc_id: self.vpc_id.parse()?,
            enable_dns_support: value(self.enable_dns_support),
            enable_dns_hostnames: value(self.enable_dns_hostnames),
            enable_network_address_usage_metrics: value(self.enable_network_address_usage_metrics),
        };
        let given =
            [change.enable_dns_support, change.enable_dns_hostnames, change.enable_network_address_usage_metrics];
        match given.iter().flatten().count() {
            0 => Err(Fault::missing("EnableDnsSupport, EnableDnsHostnames or EnableNetworkAddressUsageMetrics")),
            1 => call.run(change),
            _ => Err(Fault::invalid_combination("Only one attribute of a VPC can be modified at a time.")),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ModifyVpcTenancy {
    vpc_id: String,
    instance_tenancy: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ModifyVpcTenancyOutput {
    return_value: bool,
}

impl Operation for ModifyVpcTenancy {
    const NAME: &'static str = "ModifyVpcTenancy";
    type Output = ModifyVpcTenancyOutput;

    fn run(self, call: &mut Call<'_>) -> Result<ModifyVpcTenancyOutput, Fault> {
        let vpc_id = self.vpc_id.parse()?;
        call.run(croft_control::ModifyVpcTenancy { vpc_id, instance_tenancy: self.instance_tenancy })?;
        Ok(ModifyVpcTenancyOutput { return_value: true })
    }
}
