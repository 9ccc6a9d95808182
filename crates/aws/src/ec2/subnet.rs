//! Subnets.

pub mod output;

use super::filter::Filters;
use super::listing::{Query, select};
use super::tag::TagSpecifications;
use super::vpc::ipv4_block;
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_model::subnet::Subnet;
use ipnet::Ipv6Net;
use output::SubnetOutput;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![CreateSubnet, CreateDefaultSubnet, DeleteSubnet, DescribeSubnets];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateSubnet {
    vpc_id: String,
    cidr_block: Option<String>,
    availability_zone: Option<String>,
    availability_zone_id: Option<String>,
    ipv6_cidr_block: Option<String>,
    ipv6_native: Option<bool>,
    #[serde(default)]
    tag_specifications: TagSpecifications,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateSubnetOutput {
    subnet: SubnetOutput,
}

/// # Errors
/// `InvalidParameterValue` for what is no block.
pub fn ipv6_block(text: &str) -> Result<Ipv6Net, Fault> {
    text.parse().map_err(|_| {
        Fault::invalid_value(format!(
            "Value ({text}) for parameter ipv6CidrBlock is invalid. This is not a valid IPv6 CIDR block."
        ))
    })
}

/// A zone, by its name or its identifier and not both.
fn zone(name: Option<String>, id: Option<String>) -> Result<Option<String>, Fault> {
    match (name, id) {
        (Some(_), Some(_)) => Err(Fault::invalid_combination(
            "The parameters AvailabilityZone and AvailabilityZoneId cannot be used together.",
        )),
        (name, id) => Ok(name.or(id)),
    }
}

impl Operation for CreateSubnet {
    const NAME: &'static str = "CreateSubnet";
    type Output = CreateSubnetOutput;

    fn run(self, call: &mut Call<'_>) -> Result<CreateSubnetOutput, Fault> {
        if self.ipv6_native == Some(true) {
            return Err(Fault::unsupported("A subnet with Ipv6Native"));
        }
        let cidr_block = self.cidr_block.ok_or_else(|| Fault::missing("CidrBlock"))?;
        let subnet = call.run(croft_control::CreateSubnet {
            vpc_id: self.vpc_id.parse()?,
            cidr_block: ipv4_block(&cidr_block)?,
            availability_zone: zone(self.availability_zone, self.availability_zone_id)?,
            ipv6_cidr_block: self.ipv6_cidr_block.as_deref().map(ipv6_block).transpose()?,
            tags: self.tag_specifications.of("subnet")?,
        })?;
        Ok(CreateSubnetOutput { subnet: SubnetOutput::of(&call.cloud(), &subnet) })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateDefaultSubnet {
    availability_zone: Option<String>,
    availability_zone_id: Option<String>,
    ipv6_native: Option<bool>,
}

impl Operation for CreateDefaultSubnet {
    const NAME: &'static str = "CreateDefaultSubnet";
    type Output = CreateSubnetOutput;

    fn run(self, call: &mut Call<'_>) -> Result<CreateSubnetOutput, Fault> {
        if self.ipv6_native == Some(true) {
            return Err(Fault::unsupported("A default subnet with Ipv6Native"));
        }
        let zone = zone(self.availability_zone, self.availability_zone_id)?;
        let availability_zone = zone.ok_or_else(|| Fault::missing("AvailabilityZone"))?;
        let subnet = call.run(croft_control::CreateDefaultSubnet { availability_zone })?;
        Ok(CreateSubnetOutput { subnet: SubnetOutput::of(&call.cloud(), &subnet) })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteSubnet {
    subnet_id: String,
}

impl Operation for DeleteSubnet {
    const NAME: &'static str = "DeleteSubnet";
    type Output = ();

    fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
        call.run(croft_control::DeleteSubnet { subnet_id: self.subnet_id.parse()? })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeSubnets {
    #[serde(default)]
    subnet_ids: Vec<String>,
    #[serde(default)]
    filters: Filters,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeSubnetsOutput {
    subnets: Vec<SubnetOutput>,
    next_token: Option<String>,
}

impl Operation for DescribeSubnets {
    const NAME: &'static str = "DescribeSubnets";
    type Output = DescribeSubnetsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeSubnetsOutput, Fault> {
        let cloud = call.cloud();
        let query = Query {
            ids: &self.subnet_ids,
            filters: &self.filters,
            max_results: self.max_results,
            next_token: self.next_token.as_deref(),
        };
        let page = select::<Subnet>(&cloud, call.scope, query)?;
        let subnets = page.items.into_iter().map(|subnet| SubnetOutput::of(&cloud, subnet)).collect();
        Ok(DescribeSubnetsOutput { subnets, next_token: page.next_token })
    }
}
