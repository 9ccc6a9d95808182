//! Further addresses of a NAT gateway (row NAT-1).

use crate::Transaction;
use crate::error::{Error, Identified, Result};
use crate::request::{Request, request};
use croft_model::gateway::{NatGateway, NatGatewayAddress, NatGatewayState};
use croft_model::*;
use std::net::Ipv4Addr;

request! {
    /// More Elastic IPs for a public gateway, each on a private address of its own.
    pub struct AssociateNatGatewayAddress {
        pub nat_gateway_id: NatGatewayId,
        pub allocation_ids: Vec<AllocationId>,
        /// As many as Elastic IPs, or none for Croft's choice.
        #[serde(default)]
        pub private_ip_addresses: Vec<Ipv4Addr>,
    }

    /// Takes secondary Elastic IPs and their private addresses off; connections through them end (row NAT-6).
    pub struct DisassociateNatGatewayAddress {
        pub nat_gateway_id: NatGatewayId,
        pub association_ids: Vec<AddressAssociationId>,
    }

    /// More private addresses for a private gateway: named, or so many.
    pub struct AssignPrivateNatGatewayAddress {
        pub nat_gateway_id: NatGatewayId,
        #[serde(default)]
        pub private_ip_addresses: Vec<Ipv4Addr>,
        pub private_ip_address_count: Option<u32>,
    }

    pub struct UnassignPrivateNatGatewayAddress {
        pub nat_gateway_id: NatGatewayId,
        pub private_ip_addresses: Vec<Ipv4Addr>,
    }
}

/// A gateway that is up or comes up, of the right sort.
fn usable<'a>(tx: &'a Transaction<'_>, id: &NatGatewayId, public: bool) -> Result<&'a NatGateway> {
    let gateway = tx.nat_gateway(id)?;
    if !matches!(gateway.state, NatGatewayState::Pending | NatGatewayState::Available) {
        return Err(Error::new("IncorrectState", format!("The NAT gateway {id} is neither pending nor available.")));
    }
    match gateway.public == public {
        true => Ok(gateway),
        false if public => Err(Error::invalid(format!("{id} is a private NAT gateway: it takes no Elastic IP."))),
        false => Err(Error::invalid(format!("{id} is a public NAT gateway: give it Elastic IPs instead."))),
    }
}

impl Request for AssociateNatGatewayAddress {
    type Response = NatGateway;

    fn run(self, tx: &mut Transaction<'_>) -> Result<NatGateway> {
        let id = &self.nat_gateway_id;
        let gateway = usable(tx, id, true)?;
        let (interface, have) = (gateway.interface.clone(), gateway.addresses.len());
        let wanted = self.allocation_ids.len();
        if wanted == 0 {
            return Err(Error::missing("AllocationId"));
        }
        if !self.private_ip_addresses.is_empty() && self.private_ip_addresses.len() != wanted {
            return Err(Error::combination("Give as many private addresses as Elastic IPs, or none."));
        }
        tx.check_nat_addresses(true, have.saturating_add(wanted))?;
        let count = wanted - self.private_ip_addresses.len();
        let private = tx.assign_to_gateway(&interface, &self.private_ip_addresses, count)?;
        for (allocation, private_ip) in self.allocation_ids.into_iter().zip(private) {
            if let Some(on) = &tx.address(&allocation)?.association {
                let message = format!("resource {allocation} is already associated with associate-id {}", on.id);
                return Err(Error::new("Resource.AlreadyAssociated", message));
            }
            let address = tx.gateway_address(&interface, private_ip, Some(allocation))?;
            tx.nat_gateway_mut(id)?.addresses.push(address);
        }
        tx.nat_gateway(id).cloned()
    }
}

impl Request for DisassociateNatGatewayAddress {
    type Response = NatGateway;

    fn run(self, tx: &mut Transaction<'_>) -> Result<NatGateway> {
        let id = &self.nat_gateway_id;
        let interface = usable(tx, id, true)?.interface.clone();
        for association in &self.association_ids {
            let found = tx.addresses().find_map(|a| {
                let on = a.association.as_ref()?;
                (on.id == *association && on.interface == interface).then(|| (a.id.clone(), on.private_ip))
            });
            let (allocation, private) = found.ok_or_else(|| association.not_found())?;
            tx.remove_from_gateway(id, private)?;
            tx.address_mut(&allocation)?.association = None;
        }
        tx.nat_gateway(id).cloned()
    }
}

impl Request for AssignPrivateNatGatewayAddress {
    type Response = NatGateway;

    fn run(self, tx: &mut Transaction<'_>) -> Result<NatGateway> {
        let id = &self.nat_gateway_id;
        let gateway = usable(tx, id, false)?;
        let (interface, have) = (gateway.interface.clone(), gateway.addresses.len());
        let count = self.private_ip_address_count.unwrap_or(0) as usize;
        if (count == 0) == self.private_ip_addresses.is_empty() {
            return Err(Error::combination(
                "Give either private addresses or how many of them, one of the two and not both.",
            ));
        }
        let wanted = count.saturating_add(self.private_ip_addresses.len());
        tx.check_nat_addresses(false, have.saturating_add(wanted))?;
        for private_ip in tx.assign_to_gateway(&interface, &self.private_ip_addresses, count)? {
            let address = tx.gateway_address(&interface, private_ip, None)?;
            tx.nat_gateway_mut(id)?.addresses.push(address);
        }
        tx.nat_gateway(id).cloned()
    }
}

impl Request for UnassignPrivateNatGatewayAddress {
    type Response = NatGateway;

    fn run(self, tx: &mut Transaction<'_>) -> Result<NatGateway> {
        usable(tx, &self.nat_gateway_id, false)?;
        for address in &self.private_ip_addresses {
            tx.remove_from_gateway(&self.nat_gateway_id, *address)?;
        }
        tx.nat_gateway(&self.nat_gateway_id).cloned()
    }
}

impl Transaction<'_> {
    /// Puts an Elastic IP, if there is one, on a private address of a gateway's interface.
    pub(crate) fn gateway_address(
        &mut self,
        interface: &NetworkInterfaceId,
        private_ip: Ipv4Addr,
        allocation: Option<AllocationId>,
    ) -> Result<NatGatewayAddress> {
        let Some(allocation) = allocation else {
            return Ok(NatGatewayAddress { private_ip, allocation: None, public_ip: None, association: None });
        };
        let association = Some(self.associate_address(&allocation, interface, private_ip)?);
        let public_ip = Some(self.address(&allocation)?.public_ip);
        Ok(NatGatewayAddress { private_ip, allocation: Some(allocation), public_ip, association })
    }

    /// Takes a secondary private address off a gateway.
    fn remove_from_gateway(&mut self, id: &NatGatewayId, private: Ipv4Addr) -> Result<()> {
        let gateway = self.nat_gateway_mut(id)?;
        match gateway.addresses.iter().position(|a| a.private_ip == private) {
            Some(0) => {
                return Err(Error::invalid(format!("{private} is the primary address of {id}; it stays with it.")));
            }
            Some(at) => {
                gateway.addresses.remove(at);
            }
            None => return Err(Error::invalid(format!("{private} is no address of {id}."))),
        }
        let interface = gateway.interface.clone();
        self.interface_mut(&interface)?.private_ips.retain(|a| *a != private);
        Ok(())
    }
}
