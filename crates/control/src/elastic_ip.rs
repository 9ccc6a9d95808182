//! Elastic IP addresses (rows NET-6, IGW-4).

use crate::Transaction;
use crate::error::{Error, Identified, Result};
use crate::public_address::is_of_pool;
use crate::request::{Request, request};
use crate::tag::check_tags;
use croft_model::address::{Address, AddressAssociation};
use croft_model::interface::InterfaceKind;
use croft_model::*;
use std::net::Ipv4Addr;

request! {
    pub struct AllocateAddress {
        #[serde(default)]
        pub tags: Tags,
    }

    /// `AllocateAddress` with an `Address`: this one, if it is of the pool and free. Whose it was before does not matter.
    pub struct RecoverAddress {
        pub address: Ipv4Addr,
        #[serde(default)]
        pub tags: Tags,
    }

    pub struct ReleaseAddress {
        pub allocation_id: AllocationId,
    }

    /// With an instance or an interface. The interface's primary address if none is named.
    pub struct AssociateAddress {
        pub allocation_id: AllocationId,
        pub instance_id: Option<InstanceId>,
        pub network_interface_id: Option<NetworkInterfaceId>,
        pub private_ip_address: Option<Ipv4Addr>,
        /// May it be taken from where it is now? Yes if absent.
        pub allow_reassociation: Option<bool>,
    }

    pub struct DisassociateAddress {
        pub association_id: AddressAssociationId,
    }
}

impl Request for AllocateAddress {
    type Response = Address;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Address> {
        let public_ip = tx.draw_public_address()?;
        tx.allocate_address(public_ip, self.tags)
    }
}

impl Request for RecoverAddress {
    type Response = Address;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Address> {
        let address = self.address;
        if !is_of_pool(address) {
            return Err(Error::new("InvalidAddress.NotFound", format!("Address '{address}' not found.")));
        }
        match tx.index().public().contains(address) {
            true => Err(Error::address_in_use(address)),
            false => tx.allocate_address(address, self.tags),
        }
    }
}

impl Request for ReleaseAddress {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let address = tx.address(&self.allocation_id)?;
        if let Some(on) = &address.association {
            return Err(Error::new(
                "InvalidIPAddress.InUse",
                format!("Address {} is in use: it is associated with {} ({}).", address.public_ip, on.interface, on.id),
            ));
        }
        tx.cloud.addresses.remove(&self.allocation_id);
        Ok(())
    }
}

impl Request for AssociateAddress {
    type Response = AddressAssociationId;

    fn run(self, tx: &mut Transaction<'_>) -> Result<AddressAssociationId> {
        let address = tx.address(&self.allocation_id)?.clone();
        let interface = match (&self.instance_id, &self.network_interface_id) {
            (None, None) => return Err(Error::missing("instanceId or networkInterfaceId")),
            (_, Some(interface)) => interface.clone(),
            (Some(instance), None) => match tx.instance(instance)?.interfaces.as_slice() {
                [only] => only.clone(),
                [] => return Err(Error::instance_state(instance, "associated with an address")),
                _ => {
                    return Err(Error::new(
                        "InvalidInstanceID",
                        format!(
                            "There are multiple interfaces attached to instance '{instance}'. Please specify an interface ID for the operation instead."
                        ),
                    ));
                }
            },
        };
        let target = tx.interface(&interface)?;
        if matches!(target.kind, InterfaceKind::NatGateway(_)) {
            return Err(not_yours(&interface));
        }
        if self.instance_id.is_some() && target.attachment.as_ref().map(|a| &a.instance) != self.instance_id.as_ref() {
            return Err(Error::combination(format!(
                "The network interface '{interface}' is not attached to the instance that was named."
            )));
        }
        let private = match self.private_ip_address.or(target.private_ips.first().copied()) {
            Some(private) if target.private_ips.contains(&private) => private,
            other => {
                let named = other.map(|a| a.to_string()).unwrap_or_default();
                return Err(Error::invalid_value(
                    "privateIpAddress",
                    named,
                    format!("The address is not assigned to network interface '{interface}'."),
                ));
            }
        };
        if tx.cloud.internet_gateway_of(&target.vpc).is_none() {
            return Err(Error::new(
                "Gateway.NotAttached",
                format!("Network {} is not attached to any internet gateway", target.vpc),
            ));
        }
        let may_take = self.allow_reassociation.unwrap_or(true);
        if let Some(on) = &address.association {
            if on.interface == interface && on.private_ip == private {
                return Ok(on.id.clone());
            }
            if !may_take {
                return Err(already_associated(&address, on));
            }
            if tx.interface(&on.interface).is_ok_and(|i| matches!(i.kind, InterfaceKind::NatGateway(_))) {
                return Err(not_yours(&on.interface));
            }
            tx.disassociate_address(&address.id)?;
        }
        let there_now = tx.addresses().find_map(|a| {
            let on = a.association.as_ref().filter(|on| on.interface == interface && on.private_ip == private)?;
            Some((a.clone(), on.clone()))
        });
        if let Some((other, on)) = there_now {
            if !may_take {
                return Err(already_associated(&other, &on));
            }
            tx.address_mut(&other.id)?.association = None;
        }
        tx.associate_address(&address.id, &interface, private)
    }
}

fn already_associated(address: &Address, on: &AddressAssociation) -> Error {
    Error::new(
        "Resource.AlreadyAssociated",
        format!("resource {} is already associated with associate-id {}", address.id, on.id),
    )
}

/// The interface of a NAT gateway is the gateway's alone.
pub(crate) fn not_yours(interface: &NetworkInterfaceId) -> Error {
    Error::new(
        "AuthFailure",
        format!("You do not have permission to access the specified resource: {interface} belongs to a NAT gateway."),
    )
}

impl Request for DisassociateAddress {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let found = tx.addresses().find_map(|a| {
            let on = a.association.as_ref().filter(|on| on.id == self.association_id)?;
            Some((a.id.clone(), on.interface.clone()))
        });
        let (allocation, interface) = found.ok_or_else(|| self.association_id.not_found())?;
        if matches!(tx.interface(&interface)?.kind, InterfaceKind::NatGateway(_)) {
            return Err(not_yours(&interface));
        }
        tx.disassociate_address(&allocation)
    }
}

impl Transaction<'_> {
    fn allocate_address(&mut self, public_ip: Ipv4Addr, tags: Tags) -> Result<Address> {
        check_tags(&tags)?;
        let quota = self.quotas().elastic_ips_per_region;
        self.room_for_one("AddressLimitExceeded", "addresses", self.addresses().count(), quota)?;
        let address = Address {
            id: self.fresh(|r| &r.addresses, AllocationId::from_bits),
            scope: self.scope.clone(),
            public_ip,
            association: None,
            ptr_record: None,
            tags,
        };
        self.cloud.addresses.insert(address.id.clone(), address.clone());
        Ok(address)
    }

    /// Puts a free Elastic IP on a private address. On the primary one it takes the place of the address given at
    /// launch, which is given back (row IGW-4).
    pub(crate) fn associate_address(
        &mut self,
        allocation: &AllocationId,
        interface: &NetworkInterfaceId,
        private_ip: Ipv4Addr,
    ) -> Result<AddressAssociationId> {
        let id = AddressAssociationId::from_bits(self.bits.draw());
        let association = AddressAssociation { id: id.clone(), interface: interface.clone(), private_ip };
        self.address_mut(allocation)?.association = Some(association);
        let interface = self.interface_mut(interface)?;
        if interface.private_ips.first() == Some(&private_ip) {
            interface.auto_public_ip = None;
        }
        Ok(id)
    }

    /// Takes an Elastic IP off. An instance that runs gets a new address in its place if its launch asked for one.
    pub(crate) fn disassociate_address(&mut self, allocation: &AllocationId) -> Result<()> {
        let Some(on) = self.address_mut(allocation)?.association.take() else { return Ok(()) };
        match self.interface(&on.interface)?.attachment.as_ref().map(|a| a.instance.clone()) {
            Some(instance) => self.give_public_address(&instance),
            None => Ok(()),
        }
    }

    /// The Elastic IPs of one interface, or of one of its addresses.
    pub(crate) fn addresses_on(&self, interface: &NetworkInterfaceId, private: Option<Ipv4Addr>) -> Vec<AllocationId> {
        let on = |a: &&Address| {
            a.association
                .as_ref()
                .is_some_and(|on| on.interface == *interface && private.is_none_or(|p| p == on.private_ip))
        };
        self.addresses().filter(on).map(|a| a.id.clone()).collect()
    }
}
