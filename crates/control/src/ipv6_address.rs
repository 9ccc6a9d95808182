//! IPv6 addresses of an interface. They are kept and returned; no packet yet (row NET-13).

use crate::Transaction;
use crate::elastic_ip::not_yours;
use crate::error::{Error, Result};
use crate::interface::NewInterface;
use crate::request::{Request, request};
use croft_model::interface::InterfaceKind;
use croft_model::*;
use ipnet::{IpNet, Ipv6Net};
use std::net::{IpAddr, Ipv6Addr};

request! {
    /// Named ones, or so many of Croft's choice.
    pub struct AssignIpv6Addresses {
        pub network_interface_id: NetworkInterfaceId,
        #[serde(default)]
        pub ipv6_addresses: Vec<Ipv6Addr>,
        pub ipv6_address_count: Option<u32>,
    }

    pub struct UnassignIpv6Addresses {
        pub network_interface_id: NetworkInterfaceId,
        pub ipv6_addresses: Vec<Ipv6Addr>,
    }
}

impl Request for AssignIpv6Addresses {
    /// The addresses that were added.
    type Response = Vec<Ipv6Addr>;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Vec<Ipv6Addr>> {
        let id = &self.network_interface_id;
        let interface = tx.interface(id)?;
        if interface.kind != InterfaceKind::Interface {
            return Err(not_yours(id));
        }
        let (subnet, have) = (interface.subnet.clone(), interface.ipv6_addresses.clone());
        let count = self.ipv6_address_count.unwrap_or(0);
        if (count == 0) == self.ipv6_addresses.is_empty() {
            return Err(Error::combination(
                "Give either IPv6 addresses or how many of them, one of the two and not both.",
            ));
        }
        // Those that it has already are no change.
        let named: Vec<_> = self.ipv6_addresses.into_iter().filter(|a| !have.contains(a)).collect();
        let added = tx.choose_ipv6_addresses(&subnet, have.len(), named, count)?;
        tx.interface_mut(id)?.ipv6_addresses.extend(&added);
        tx.check_addresses_of(id)?;
        Ok(added)
    }
}

impl Request for UnassignIpv6Addresses {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let id = &self.network_interface_id;
        let interface = tx.interface_mut(id)?;
        if interface.kind != InterfaceKind::Interface {
            return Err(not_yours(id));
        }
        if self.ipv6_addresses.is_empty() {
            return Err(Error::missing("ipv6Addresses"));
        }
        if let Some(other) = self.ipv6_addresses.iter().find(|a| !interface.ipv6_addresses.contains(a)) {
            return Err(Error::invalid(format!(
                "Some of the specified addresses are not assigned to interface {id}: {other}"
            )));
        }
        if interface.primary_ipv6 && interface.ipv6_addresses.first().is_some_and(|a| self.ipv6_addresses.contains(a)) {
            return Err(Error::not_permitted(format!("The primary IPv6 address of {id} cannot be unassigned.")));
        }
        interface.ipv6_addresses.retain(|a| !self.ipv6_addresses.contains(a));
        Ok(())
    }
}

impl Transaction<'_> {
    /// Those of an interface to be made, and whether the first is to stay.
    pub(crate) fn choose_ipv6(&mut self, new: &NewInterface) -> Result<(Vec<Ipv6Addr>, bool)> {
        let choice = &new.ipv6;
        if !choice.addresses.is_empty() && choice.count.is_some_and(|c| c > 0) {
            return Err(Error::combination("Give either IPv6 addresses or how many of them, not both."));
        }
        let by_subnet = new.kind == InterfaceKind::Interface
            && choice.addresses.is_empty()
            && self.subnet(&new.subnet)?.assign_ipv6_address_on_creation;
        let count = choice.count.unwrap_or(u32::from(by_subnet));
        let chosen = self.choose_ipv6_addresses(&new.subnet, 0, choice.addresses.clone(), count)?;
        match choice.primary && chosen.is_empty() {
            true => Err(Error::invalid("A primary IPv6 address is wanted of an interface without IPv6 addresses.")),
            false => Ok((chosen, choice.primary)),
        }
    }

    /// The named addresses and so many more of the subnet's block, for an interface that has `have` already.
    pub(crate) fn choose_ipv6_addresses(
        &mut self,
        subnet: &SubnetId,
        have: usize,
        named: Vec<Ipv6Addr>,
        count: u32,
    ) -> Result<Vec<Ipv6Addr>> {
        let wanted = (count as usize).saturating_add(named.len());
        if wanted == 0 {
            return Ok(named);
        }
        let block = self.subnet(subnet)?.ipv6_cidr_block.as_ref().map(|b| b.block).ok_or_else(|| {
            Error::invalid(format!("The subnet '{subnet}' has no IPv6 CIDR block associated with it."))
        })?;
        let quota = self.quotas().private_ips_per_interface;
        if have.saturating_add(wanted) > quota as usize {
            return Err(Error::limit(
                "PrivateIpAddressLimitExceeded",
                "IPv6 addresses on the network interface",
                quota,
            ));
        }
        let index = self.index();
        let mut chosen: Vec<Ipv6Addr> = Vec::new();
        for address in named {
            if !block.contains(&address) || is_reserved(block, address) {
                let why = format!("The address is reserved or not of subnet '{subnet}', {block}.");
                return Err(Error::invalid_value("ipv6Addresses", address, why));
            }
            if index.has_ipv6(subnet, address) || chosen.contains(&address) {
                return Err(Error::address_in_use(address));
            }
            chosen.push(address);
        }
        let reserved: Vec<IpNet> =
            self.subnet_cidr_reservations().filter(|r| r.subnet == *subnet).map(|r| r.block).collect();
        for _ in 0..DRAWS {
            if chosen.len() >= wanted {
                return Ok(chosen);
            }
            let host = self.bits.draw() & u128::from(block.hostmask());
            let address = Ipv6Addr::from(u128::from(block.network()) | host);
            let spoken_for = is_reserved(block, address) || reserved.iter().any(|r| r.contains(&IpAddr::V6(address)));
            if !spoken_for && !index.has_ipv6(subnet, address) && !chosen.contains(&address) {
                chosen.push(address);
            }
        }
        Err(Error::no_free_address(subnet, wanted))
    }
}

/// So many are enough unless reservations leave next to nothing of a block.
const DRAWS: usize = 10_000;

/// The first four addresses and the last are nobody's, as with IPv4.
pub(crate) fn is_reserved(block: Ipv6Net, address: Ipv6Addr) -> bool {
    let offset = u128::from(address).wrapping_sub(u128::from(block.network()));
    offset < 4 || address == block.broadcast()
}
