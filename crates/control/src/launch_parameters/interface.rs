//! Interfaces of a launch, and addresses in requests.

use crate::error::{Error, Result};
use crate::instance::InstanceNetworkInterface;
use crate::interface::Ipv6Choice;
use serde::Deserialize;
use std::net::{Ipv4Addr, Ipv6Addr};

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
    interface_type: Option<String>,
    #[serde(default)]
    ipv6_addresses: Vec<Ipv6AddressParameter>,
    ipv6_address_count: Option<u32>,
    network_card_index: Option<u32>,
    network_interface_id: Option<String>,
    primary_ipv6: Option<bool>,
    private_ip_address: Option<String>,
    #[serde(default)]
    private_ip_addresses: Vec<PrivateIpSpecification>,
    secondary_private_ip_address_count: Option<u32>,
    subnet_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PrivateIpSpecification {
    #[serde(default)]
    primary: bool,
    private_ip_address: String,
}

/// AWS's `InstanceIpv6Address`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Ipv6AddressParameter {
    pub ipv6_address: String,
    pub is_primary_ipv6: Option<bool>,
}

impl Ipv6Choice {
    /// What an interface to be made asks for.
    ///
    /// # Errors
    /// `InvalidParameterValue` for what is no IPv6 address, `UnsupportedOperation` where one that is not the first is
    /// to be the primary one.
    pub fn of(addresses: &[Ipv6AddressParameter], count: Option<u32>, primary: bool) -> Result<Ipv6Choice> {
        if addresses.iter().skip(1).any(|a| a.is_primary_ipv6 == Some(true)) {
            return Err(Error::unsupported("A primary IPv6 address that is not the first of the list"));
        }
        let primary = primary || addresses.first().is_some_and(|a| a.is_primary_ipv6 == Some(true));
        let read = |a: &Ipv6AddressParameter| {
            let text = &a.ipv6_address;
            text.parse::<Ipv6Addr>().map_err(|_| Error::invalid(format!("Invalid IPv6 address: {text}")))
        };
        Ok(Ipv6Choice { addresses: addresses.iter().map(read).collect::<Result<_>>()?, count, primary })
    }
}

pub(super) fn ipv4(text: &str) -> Result<Ipv4Addr> {
    text.parse().map_err(|_| Error::invalid(format!("Invalid IPv4 address: {text}")))
}

impl InterfaceSpecification {
    pub(super) fn specification(self) -> Result<InstanceNetworkInterface> {
        if let Some(kind) = self.interface_type.filter(|kind| kind != "interface") {
            return Err(Error::unsupported(format!("The interface type '{kind}'")));
        }
        if self.network_card_index.unwrap_or(0) != 0 {
            return Err(Error::invalid("The instance type has one network card, with index 0."));
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
                    return Err(Error::combination("Only one primary private IP address can be specified."));
                }
            }
        }
        let groups: Result<Vec<_>> = self.groups.iter().map(|id| Ok(id.parse()?)).collect();
        Ok(InstanceNetworkInterface {
            device_index: self.device_index,
            network_interface_id: self.network_interface_id.map(|id| id.parse()).transpose()?,
            subnet_id: self.subnet_id.map(|id| id.parse()).transpose()?,
            groups: groups?,
            description: self.description,
            private_ip_address: primary,
            private_ip_addresses: secondary,
            secondary_private_ip_address_count: self.secondary_private_ip_address_count.filter(|count| *count > 0),
            ipv6: Ipv6Choice::of(&self.ipv6_addresses, self.ipv6_address_count, self.primary_ipv6 == Some(true))?,
            associate_public_ip_address: self.associate_public_ip_address,
            delete_on_termination: self.delete_on_termination,
        })
    }
}
