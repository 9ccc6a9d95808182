//! Further addresses of NAT gateways.

use super::listing::identifiers;
use super::nat_gateway::{NatGatewayAddressOutput, addresses};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_model::gateway::NatGateway;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![
    AssociateNatGatewayAddress,
    DisassociateNatGatewayAddress,
    AssignPrivateNatGatewayAddress,
    UnassignPrivateNatGatewayAddress,
];

/// What all four answer.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NatGatewayAddressesOutput {
    nat_gateway_id: String,
    nat_gateway_addresses: Vec<NatGatewayAddressOutput>,
}

impl NatGatewayAddressesOutput {
    fn of(call: &Call<'_>, gateway: &NatGateway) -> NatGatewayAddressesOutput {
        NatGatewayAddressesOutput {
            nat_gateway_id: gateway.id.to_string(),
            nat_gateway_addresses: NatGatewayAddressOutput::all(&call.cloud(), gateway),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AssociateNatGatewayAddress {
    nat_gateway_id: String,
    allocation_ids: Vec<String>,
    #[serde(default)]
    private_ip_addresses: Vec<String>,
}

impl Operation for AssociateNatGatewayAddress {
    const NAME: &'static str = "AssociateNatGatewayAddress";
    type Output = NatGatewayAddressesOutput;

    fn run(self, call: &mut Call<'_>) -> Result<NatGatewayAddressesOutput, Fault> {
        let gateway = call.run(croft_control::AssociateNatGatewayAddress {
            nat_gateway_id: self.nat_gateway_id.parse()?,
            allocation_ids: identifiers(&self.allocation_ids)?,
            private_ip_addresses: addresses(&self.private_ip_addresses)?,
        })?;
        Ok(NatGatewayAddressesOutput::of(call, &gateway))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DisassociateNatGatewayAddress {
    nat_gateway_id: String,
    association_ids: Vec<String>,
}

impl Operation for DisassociateNatGatewayAddress {
    const NAME: &'static str = "DisassociateNatGatewayAddress";
    type Output = NatGatewayAddressesOutput;

    fn run(self, call: &mut Call<'_>) -> Result<NatGatewayAddressesOutput, Fault> {
        let gateway = call.run(croft_control::DisassociateNatGatewayAddress {
            nat_gateway_id: self.nat_gateway_id.parse()?,
            association_ids: identifiers(&self.association_ids)?,
        })?;
        Ok(NatGatewayAddressesOutput::of(call, &gateway))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AssignPrivateNatGatewayAddress {
    nat_gateway_id: String,
    #[serde(default)]
    private_ip_addresses: Vec<String>,
    private_ip_address_count: Option<u32>,
}

impl Operation for AssignPrivateNatGatewayAddress {
    const NAME: &'static str = "AssignPrivateNatGatewayAddress";
    type Output = NatGatewayAddressesOutput;

    fn run(self, call: &mut Call<'_>) -> Result<NatGatewayAddressesOutput, Fault> {
        let gateway = call.run(croft_control::AssignPrivateNatGatewayAddress {
            nat_gateway_id: self.nat_gateway_id.parse()?,
            private_ip_addresses: addresses(&self.private_ip_addresses)?,
            private_ip_address_count: self.private_ip_address_count,
        })?;
        Ok(NatGatewayAddressesOutput::of(call, &gateway))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct UnassignPrivateNatGatewayAddress {
    nat_gateway_id: String,
    private_ip_addresses: Vec<String>,
}

impl Operation for UnassignPrivateNatGatewayAddress {
    const NAME: &'static str = "UnassignPrivateNatGatewayAddress";
    type Output = NatGatewayAddressesOutput;

    fn run(self, call: &mut Call<'_>) -> Result<NatGatewayAddressesOutput, Fault> {
        let gateway = call.run(croft_control::UnassignPrivateNatGatewayAddress {
            nat_gateway_id: self.nat_gateway_id.parse()?,
            private_ip_addresses: addresses(&self.private_ip_addresses)?,
        })?;
        Ok(NatGatewayAddressesOutput::of(call, &gateway))
    }
}
