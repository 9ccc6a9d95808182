//! NAT gateways.

use super::filter::{FilterOf, Filters};
use super::listing::{Listed, Query, identifiers, select};
use super::network_interface::ipv4;
use super::tag::{self, Tag, TagSpecifications};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_control::{AvailabilityMode, Cloud, ConnectivityType};
use croft_model::gateway::{NatGateway, NatGatewayAddress, NatGatewayState};
use croft_model::{NatGatewayId, Tags};
use imbl::OrdMap;
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

pub const OPERATIONS: &[Entry] = operations![CreateNatGateway, DeleteNatGateway, DescribeNatGateways];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateNatGateway {
    subnet_id: String,
    connectivity_type: Option<ConnectivityType>,
    availability_mode: Option<AvailabilityMode>,
    allocation_id: Option<String>,
    private_ip_address: Option<String>,
    #[serde(default)]
    secondary_allocation_ids: Vec<String>,
    #[serde(default)]
    secondary_private_ip_addresses: Vec<String>,
    secondary_private_ip_address_count: Option<u32>,
    #[serde(default)]
    tag_specifications: TagSpecifications,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateNatGatewayOutput {
    client_token: Option<String>,
    nat_gateway: NatGatewayOutput,
}

impl Operation for CreateNatGateway {
    const NAME: &'static str = "CreateNatGateway";
    type Output = CreateNatGatewayOutput;

    fn run(self, call: &mut Call<'_>) -> Result<CreateNatGatewayOutput, Fault> {
        let gateway = call.run(croft_control::CreateNatGateway {
            subnet_id: self.subnet_id.parse()?,
            connectivity_type: self.connectivity_type,
            availability_mode: self.availability_mode,
            allocation_id: self.allocation_id.map(|id| id.parse()).transpose()?,
            private_ip_address: self.private_ip_address.map(|ip| ipv4(&ip)).transpose()?,
            secondary_allocation_ids: identifiers(&self.secondary_allocation_ids)?,
            secondary_private_ip_addresses: addresses(&self.secondary_private_ip_addresses)?,
            secondary_private_ip_address_count: self.secondary_private_ip_address_count,
            tags: self.tag_specifications.of("natgateway")?,
        })?;
        Ok(CreateNatGatewayOutput {
            client_token: call.client_token().map(String::from),
            nat_gateway: NatGatewayOutput::of(&call.cloud(), &gateway),
        })
    }
}

/// # Errors
/// `InvalidParameterValue` for what is no IPv4 address.
pub fn addresses(texts: &[String]) -> Result<Vec<Ipv4Addr>, Fault> {
    texts.iter().map(|text| ipv4(text)).collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteNatGateway {
    nat_gateway_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteNatGatewayOutput {
    nat_gateway_id: String,
}

impl Operation for DeleteNatGateway {
    const NAME: &'static str = "DeleteNatGateway";
    type Output = DeleteNatGatewayOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DeleteNatGatewayOutput, Fault> {
        let id = call.run(croft_control::DeleteNatGateway { nat_gateway_id: self.nat_gateway_id.parse()? })?;
        Ok(DeleteNatGatewayOutput { nat_gateway_id: id.to_string() })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeNatGateways {
    #[serde(default)]
    nat_gateway_ids: Vec<String>,
    #[serde(default)]
    filter: Filters,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeNatGatewaysOutput {
    nat_gateways: Vec<NatGatewayOutput>,
    next_token: Option<String>,
}

impl Operation for DescribeNatGateways {
    const NAME: &'static str = "DescribeNatGateways";
    type Output = DescribeNatGatewaysOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeNatGatewaysOutput, Fault> {
        let cloud = call.cloud();
        let query = Query {
            ids: &self.nat_gateway_ids,
            filters: &self.filter,
            max_results: self.max_results,
            next_token: self.next_token.as_deref(),
        };
        let page = select::<NatGateway>(&cloud, call.scope, query)?;
        Ok(DescribeNatGatewaysOutput {
            nat_gateways: page.items.into_iter().map(|n| NatGatewayOutput::of(&cloud, n)).collect(),
            next_token: page.next_token,
        })
    }
}

impl Listed for NatGateway {
    type Id = NatGatewayId;
    const FILTERS: &'static [FilterOf<NatGateway>] = &[
        ("nat-gateway-id", |_, gateway, found| found.text(gateway.id.as_str())),
        ("state", |_, gateway, found| found.text(state(&gateway.state))),
        ("subnet-id", |_, gateway, found| found.text(gateway.subnet.as_str())),
        ("vpc-id", |_, gateway, found| found.text(gateway.vpc.as_str())),
    ];

    fn all(cloud: &Cloud) -> &OrdMap<NatGatewayId, NatGateway> {
        &cloud.nat_gateways
    }
    fn id(&self) -> &NatGatewayId {
        &self.id
    }
    fn tags(&self) -> &Tags {
        &self.tags
    }
}

fn state(state: &NatGatewayState) -> &'static str {
    match state {
        NatGatewayState::Pending => "pending",
        NatGatewayState::Failed { .. } => "failed",
        NatGatewayState::Available => "available",
        NatGatewayState::Deleting => "deleting",
        NatGatewayState::Deleted => "deleted",
    }
}

/// A NAT gateway as AWS shows it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NatGatewayOutput {
    availability_mode: &'static str,
    connectivity_type: &'static str,
    create_time: u64,
    delete_time: Option<u64>,
    failure_code: Option<String>,
    failure_message: Option<String>,
    nat_gateway_addresses: Vec<NatGatewayAddressOutput>,
    nat_gateway_id: String,
    state: &'static str,
    subnet_id: String,
    tags: Vec<Tag>,
    vpc_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NatGatewayAddressOutput {
    allocation_id: Option<String>,
    association_id: Option<String>,
    availability_zone: Option<String>,
    availability_zone_id: Option<String>,
    is_primary: bool,
    network_interface_id: String,
    private_ip: String,
    public_ip: Option<String>,
    status: &'static str,
}

impl NatGatewayOutput {
    pub fn of(cloud: &Cloud, gateway: &NatGateway) -> NatGatewayOutput {
        let failure = match &gateway.state {
            NatGatewayState::Failed { code, message } => Some((code.clone(), message.clone())),
            _ => None,
        };
        NatGatewayOutput {
            availability_mode: "zonal",
            connectivity_type: if gateway.public { "public" } else { "private" },
            create_time: gateway.created * 1000,
            delete_time: gateway.deleted.map(|seconds| seconds * 1000),
            failure_code: failure.as_ref().map(|(code, _)| code.clone()),
            failure_message: failure.map(|(_, message)| message),
            nat_gateway_addresses: NatGatewayAddressOutput::all(cloud, gateway),
            nat_gateway_id: gateway.id.to_string(),
            state: state(&gateway.state),
            subnet_id: gateway.subnet.to_string(),
            tags: tag::shown(&gateway.tags),
            vpc_id: gateway.vpc.to_string(),
        }
    }
}

impl NatGatewayAddressOutput {
    /// Every address of a gateway, the primary one first.
    pub fn all(cloud: &Cloud, gateway: &NatGateway) -> Vec<NatGatewayAddressOutput> {
        let all = gateway.addresses.iter().enumerate();
        all.map(|(at, address)| NatGatewayAddressOutput::of(cloud, gateway, at == 0, address)).collect()
    }

    fn of(cloud: &Cloud, gateway: &NatGateway, is_primary: bool, address: &NatGatewayAddress) -> Self {
        let zone = cloud.subnets.get(&gateway.subnet).map(|s| &s.zone);
        NatGatewayAddressOutput {
            allocation_id: address.allocation.as_ref().map(ToString::to_string),
            association_id: address.association.as_ref().map(ToString::to_string),
            availability_zone: zone.cloned(),
            availability_zone_id: zone.and_then(|zone| Some(cloud.zones.get(zone)?.id.clone())),
            is_primary,
            network_interface_id: gateway.interface.to_string(),
            private_ip: address.private_ip.to_string(),
            public_ip: address.public_ip.map(|ip| ip.to_string()),
            status: match (&gateway.state, address.allocation.is_some()) {
                (NatGatewayState::Pending, true) => "associating",
                (NatGatewayState::Pending, false) => "assigning",
                (NatGatewayState::Deleting, true) => "disassociating",
                (NatGatewayState::Deleting, false) => "unassigning",
                _ => "succeeded",
            },
        }
    }
}
