//! Network interfaces.

pub mod filters;
pub mod output;

use super::filter::Filters;
use super::listing::{Query, identifiers, select};
use super::tag::TagSpecifications;
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_control::{ConnectionTracking, Ipv6AddressParameter, Ipv6Choice};
use croft_model::interface::NetworkInterface;
use output::NetworkInterfaceOutput;
use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, Ipv6Addr};

pub const OPERATIONS: &[Entry] = operations![CreateNetworkInterface, DeleteNetworkInterface, DescribeNetworkInterfaces];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateNetworkInterface {
    subnet_id: String,
    description: Option<String>,
    #[serde(default)]
    groups: Vec<String>,
    private_ip_address: Option<String>,
    #[serde(default)]
    private_ip_addresses: Vec<PrivateIpAddressSpecification>,
    secondary_private_ip_address_count: Option<u32>,
    #[serde(default)]
    ipv6_addresses: Vec<Ipv6AddressParameter>,
    ipv6_address_count: Option<u32>,
    #[serde(default)]
    enable_primary_ipv6: bool,
    interface_type: Option<String>,
    connection_tracking_specification: Option<ConnectionTrackingSpecification>,
    #[serde(default)]
    tag_specifications: TagSpecifications,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PrivateIpAddressSpecification {
    #[serde(default)]
    pub primary: bool,
    pub private_ip_address: String,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ConnectionTrackingSpecification {
    tcp_established_timeout: Option<u32>,
    udp_stream_timeout: Option<u32>,
    udp_timeout: Option<u32>,
}

impl From<ConnectionTrackingSpecification> for ConnectionTracking {
    fn from(given: ConnectionTrackingSpecification) -> Self {
        ConnectionTracking {
            tcp_established: given.tcp_established_timeout,
            udp: given.udp_timeout,
            udp_stream: given.udp_stream_timeout,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateNetworkInterfaceOutput {
    network_interface: NetworkInterfaceOutput,
    client_token: Option<String>,
}

impl Operation for CreateNetworkInterface {
    const NAME: &'static str = "CreateNetworkInterface";
    type Output = CreateNetworkInterfaceOutput;

    fn run(self, call: &mut Call<'_>) -> Result<CreateNetworkInterfaceOutput, Fault> {
        if let Some(other) = self.interface_type.filter(|kind| kind != "interface") {
            return Err(Fault::unsupported(format!("A network interface with InterfaceType {other}")));
        }
        let (primary, secondary) = private_addresses(self.private_ip_address, &self.private_ip_addresses)?;
        let interface = call.run(croft_control::CreateNetworkInterface {
            subnet_id: self.subnet_id.parse()?,
            description: self.description,
            groups: identifiers(&self.groups)?,
            private_ip_address: primary,
            private_ip_addresses: secondary,
            secondary_private_ip_address_count: self.secondary_private_ip_address_count,
            ipv6: Ipv6Choice::of(&self.ipv6_addresses, self.ipv6_address_count, self.enable_primary_ipv6)?,
            connection_tracking: self.connection_tracking_specification.map(Into::into).unwrap_or_default(),
            tags: self.tag_specifications.of("network-interface")?,
        })?;
        let network_interface = NetworkInterfaceOutput::of(&call.cloud(), &interface);
        let client_token = call.client_token().map(String::from);
        Ok(CreateNetworkInterfaceOutput { network_interface, client_token })
    }
}

/// The primary address and the others. Where none is marked as primary, the first of the list is.
pub fn private_addresses(
    single: Option<String>,
    list: &[PrivateIpAddressSpecification],
) -> Result<(Option<Ipv4Addr>, Vec<Ipv4Addr>), Fault> {
    let single = single.map(|text| ipv4(&text)).transpose()?;
    let marked: Vec<usize> = list.iter().enumerate().filter(|(_, ip)| ip.primary).map(|(at, _)| at).collect();
    let primary = match (single, marked.as_slice()) {
        (Some(_), [_, ..]) | (None, [_, _, ..]) => {
            return Err(Fault::invalid_combination("Only one primary private IP address can be specified."));
        }
        (Some(_), []) => None,
        (None, [at]) => Some(*at),
        (None, []) => (!list.is_empty()).then_some(0),
    };
    let all = list.iter().map(|ip| ipv4(&ip.private_ip_address)).collect::<Result<Vec<_>, _>>()?;
    let secondary = all.iter().enumerate().filter(|(at, _)| Some(*at) != primary).map(|(_, ip)| *ip).collect();
    Ok((single.or_else(|| all.get(primary?).copied()), secondary))
}

/// # Errors
/// `InvalidParameterValue` for what is no IPv4 address.
pub fn ipv4(text: &str) -> Result<Ipv4Addr, Fault> {
    text.parse().map_err(|_| invalid_address(text, "IPv4"))
}

/// # Errors
/// `InvalidParameterValue` for what is no IPv6 address.
pub fn ipv6(text: &str) -> Result<Ipv6Addr, Fault> {
    text.parse().map_err(|_| invalid_address(text, "IPv6"))
}

fn invalid_address(text: &str, family: &str) -> Fault {
    Fault::invalid_value(format!("Invalid {family} address: {text}"))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteNetworkInterface {
    network_interface_id: String,
}

impl Operation for DeleteNetworkInterface {
    const NAME: &'static str = "DeleteNetworkInterface";
    type Output = ();

    fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
        call.run(croft_control::DeleteNetworkInterface { network_interface_id: self.network_interface_id.parse()? })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeNetworkInterfaces {
    #[serde(default)]
    network_interface_ids: Vec<String>,
    #[serde(default)]
    filters: Filters,
    /// Nothing of Croft's is hidden, so it changes nothing.
    #[serde(default, rename = "IncludeManagedResources")]
    _include_managed_resources: bool,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeNetworkInterfacesOutput {
    network_interfaces: Vec<NetworkInterfaceOutput>,
    next_token: Option<String>,
}

impl Operation for DescribeNetworkInterfaces {
    const NAME: &'static str = "DescribeNetworkInterfaces";
    type Output = DescribeNetworkInterfacesOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeNetworkInterfacesOutput, Fault> {
        if self.max_results.is_some() && !self.network_interface_ids.is_empty() {
            return Err(Fault::invalid_combination(
                "The parameter NetworkInterfaceIds cannot be used with the parameter MaxResults",
            ));
        }
        let cloud = call.cloud();
        let query = Query {
            ids: &self.network_interface_ids,
            filters: &self.filters,
            max_results: self.max_results,
            next_token: self.next_token.as_deref(),
        };
        let page = select::<NetworkInterface>(&cloud, call.scope, query)?;
        Ok(DescribeNetworkInterfacesOutput {
            network_interfaces: page.items.into_iter().map(|i| NetworkInterfaceOutput::of(&cloud, i)).collect(),
            next_token: page.next_token,
        })
    }
}
