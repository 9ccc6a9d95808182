//! Secondary private addresses of an interface (row NET-4).

use crate::Transaction;
use crate::elastic_ip::not_yours;
use crate::error::{Error, Result};
use crate::request::{Request, request};
use croft_model::interface::InterfaceKind;
use croft_model::*;
use std::net::Ipv4Addr;

request! {
    /// Named ones, or so many of Croft's choice.
    pub struct AssignPrivateIpAddresses {
        pub network_interface_id: NetworkInterfaceId,
        #[serde(default)]
        pub private_ip_addresses: Vec<Ipv4Addr>,
        pub secondary_private_ip_address_count: Option<u32>,
        /// May a secondary address be taken from another interface of the subnet? Its Elastic IP moves with it.
        #[serde(default)]
        pub allow_reassignment: bool,
    }

    pub struct UnassignPrivateIpAddresses {
        pub network_interface_id: NetworkInterfaceId,
        pub private_ip_addresses: Vec<Ipv4Addr>,
    }
}

impl Request for AssignPrivateIpAddresses {
    /// The addresses that were added.
    type Response = Vec<Ipv4Addr>;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Vec<Ipv4Addr>> {
        let id = &self.network_interface_id;
        let interface = tx.interface(id)?.clone();
        if interface.kind != InterfaceKind::Interface {
            return Err(not_yours(id));
        }
        let count = self.secondary_private_ip_address_count.unwrap_or(0) as usize;
        if (count == 0) == self.private_ip_addresses.is_empty() {
            return Err(Error::combination(
                "Give either private addresses or how many of them, one of the two and not both.",
            ));
        }
        let wanted = count.saturating_add(self.private_ip_addresses.len());
        tx.check_address_quota(interface.private_ips.len().saturating_add(wanted))?;
        let mut moved = Vec::new();
        if !self.allow_reassignment {
            tx.check_not_assigned(&interface.subnet, &self.private_ip_addresses)?;
        } else {
            for address in &self.private_ip_addresses {
                moved.extend(tx.take_secondary(&interface.subnet, id, *address)?);
            }
        }
        tx.check_free(&interface.subnet, &self.private_ip_addresses)?;
        let mut added = self.private_ip_addresses;
        added.extend(tx.free_addresses_beside(&interface.subnet, &added, count)?);
        tx.interface_mut(id)?.private_ips.extend(&added);
        tx.check_addresses_of(id)?;
        for (allocation, address) in moved {
            tx.associate_address(&allocation, id, address)?;
        }
        Ok(added)
    }
}

impl Transaction<'_> {
    /// That no interface of the subnet holds one of these.
    fn check_not_assigned(&self, subnet: &SubnetId, wanted: &[Ipv4Addr]) -> Result<()> {
        let held = self.index().held_in(subnet);
        match wanted.iter().find(|address| held.contains(**address)) {
            None => Ok(()),
            Some(address) => Err(Error::invalid(format!("[{address}] assigned, but move is not allowed."))),
        }
    }

    /// Takes a secondary address from the other interface of the subnet that holds it, with its Elastic IP.
    fn take_secondary(
        &mut self,
        subnet: &SubnetId,
        to: &NetworkInterfaceId,
        address: Ipv4Addr,
    ) -> Result<Option<(AllocationId, Ipv4Addr)>> {
        let holds = |i: &&interface::NetworkInterface| {
            i.subnet == *subnet
                && i.id != *to
                && i.kind == InterfaceKind::Interface
                && i.private_ips.iter().skip(1).any(|a| *a == address)
        };
        let Some(holder) = self.interfaces().find(holds).map(|i| i.id.clone()) else { return Ok(None) };
        let elastic = self.addresses_on(&holder, Some(address)).into_iter().next();
        if let Some(allocation) = &elastic {
            self.address_mut(allocation)?.association = None;
        }
        self.interface_mut(&holder)?.private_ips.retain(|a| *a != address);
        Ok(elastic.map(|allocation| (allocation, address)))
    }
}

impl Request for UnassignPrivateIpAddresses {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let id = &self.network_interface_id;
        let interface = tx.interface(id)?;
        if interface.kind != InterfaceKind::Interface {
            return Err(not_yours(id));
        }
        for address in &self.private_ip_addresses {
            if !interface.private_ips.iter().skip(1).any(|a| a == address) {
                return Err(Error::invalid(format!(
                    "Some of the addresses are not assigned to interface {id} as secondary ones: {address}"
                )));
            }
        }
        for address in &self.private_ip_addresses {
            for allocation in tx.addresses_on(id, Some(*address)) {
                tx.disassociate_address(&allocation)?;
            }
        }
        tx.interface_mut(id)?.private_ips.retain(|a| !self.private_ip_addresses.contains(a));
        Ok(())
    }
}
