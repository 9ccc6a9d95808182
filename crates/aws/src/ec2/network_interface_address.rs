//! Further private and IPv6 addresses of network interfaces.

use super::network_interface::{ipv4, ipv6};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] =
    operations![AssignPrivateIpAddresses, UnassignPrivateIpAddresses, AssignIpv6Addresses, UnassignIpv6Addresses,];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AssignPrivateIpAddresses {
    network_interface_id: String,
    #[serde(default)]
    private_ip_addresses: Vec<String>,
    secondary_private_ip_address_count: Option<u32>,
    #[serde(default)]
    allow_reassignment: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssignPrivateIpAddressesOutput {
    network_interface_id: String,
    assigned_private_ip_addresses: Vec<AssignedPrivateIpAddress>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AssignedPrivateIpAddress {
    private_ip_address: String,
}

impl Operation for AssignPrivateIpAddresses {
    const NAME: &'static str = "AssignPrivateIpAddresses";
    type Output = AssignPrivateIpAddressesOutput;

    fn run(self, call: &mut Call<'_>) -> Result<AssignPrivateIpAddressesOutput, Fault> {
        let added = call.run(croft_control::AssignPrivateIpAddresses {
            network_interface_id: self.network_interface_id.parse()?,
            private_ip_addresses: self.private_ip_addresses.iter().map(|a| ipv4(a)).collect::<Result<_, _>>()?,
            secondary_private_ip_address_count: self.secondary_private_ip_address_count,
            allow_reassignment: self.allow_reassignment,
        })?;
        let shown = added.iter().map(|a| AssignedPrivateIpAddress { private_ip_address: a.to_string() });
        Ok(AssignPrivateIpAddressesOutput {
            network_interface_id: self.network_interface_id,
            assigned_private_ip_addresses: shown.collect(),
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct UnassignPrivateIpAddresses {
    network_interface_id: String,
    private_ip_addresses: Vec<String>,
}

impl Operation for UnassignPrivateIpAddresses {
    const NAME: &'static str = "UnassignPrivateIpAddresses";
    type Output = ();

    fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
        call.run(croft_control::UnassignPrivateIpAddresses {
            network_interface_id: self.network_interface_id.parse()?,
            private_ip_addresses: self.private_ip_addresses.iter().map(|a| ipv4(a)).collect::<Result<_, _>>()?,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AssignIpv6Addresses {
    network_interface_id: String,
    #[serde(default)]
    ipv6_addresses: Vec<String>,
    ipv6_address_count: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssignIpv6AddressesOutput {
    assigned_ipv6_addresses: Vec<String>,
    network_interface_id: String,
}

impl Operation for AssignIpv6Addresses {
    const NAME: &'static str = "AssignIpv6Addresses";
    type Output = AssignIpv6AddressesOutput;

    fn run(self, call: &mut Call<'_>) -> Result<AssignIpv6AddressesOutput, Fault> {
        let added = call.run(croft_control::AssignIpv6Addresses {
            network_interface_id: self.network_interface_id.parse()?,
            ipv6_addresses: self.ipv6_addresses.iter().map(|a| ipv6(a)).collect::<Result<_, _>>()?,
            ipv6_address_count: self.ipv6_address_count,
        })?;
        Ok(AssignIpv6AddressesOutput {
            assigned_ipv6_addresses: added.iter().map(ToString::to_string).collect(),
            network_interface_id: self.network_interface_id,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct UnassignIpv6Addresses {
    network_interface_id: String,
    ipv6_addresses: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UnassignIpv6AddressesOutput {
    network_interface_id: String,
    unassigned_ipv6_addresses: Vec<String>,
}

impl Operation for UnassignIpv6Addresses {
    const NAME: &'static str = "UnassignIpv6Addresses";
    type Output = UnassignIpv6AddressesOutput;

    fn run(self, call: &mut Call<'_>) -> Result<UnassignIpv6AddressesOutput, Fault> {
        let addresses = self.ipv6_addresses.iter().map(|a| ipv6(a)).collect::<Result<Vec<_>, _>>()?;
        call.run(croft_control::UnassignIpv6Addresses {
            network_interface_id: self.network_interface_id.parse()?,
            ipv6_addresses: addresses.clone(),
        })?;
        Ok(UnassignIpv6AddressesOutput {
            network_interface_id: self.network_interface_id,
            unassigned_ipv6_addresses: addresses.iter().map(ToString::to_string).collect(),
        })
    }
}
