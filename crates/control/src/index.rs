//! What would take a search through all interfaces: which addresses are held.
//!
//! It is made from the region and follows it by the difference between two states, so no command has to keep it.

use crate::Cloud;
use crate::address_set::AddressSet;
use croft_model::SubnetId;
use croft_model::address::Address;
use croft_model::interface::NetworkInterface;
use imbl::ordmap::DiffItem;
use imbl::{OrdMap, OrdSet};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Index {
    private: OrdMap<SubnetId, AddressSet>,
    public: AddressSet,
    macs: OrdSet<[u8; 6]>,
}

impl Index {
    pub(crate) fn of(cloud: &Cloud) -> Index {
        let mut index = Index::default();
        index.follow(&Cloud::default(), cloud);
        index
    }

    /// From one state of the region to another. What is gone leaves first: an address may have moved.
    pub(crate) fn follow(&mut self, before: &Cloud, after: &Cloud) {
        for item in before.interfaces.diff(&after.interfaces) {
            if let DiffItem::Remove(_, old) | DiffItem::Update { old: (_, old), .. } = item {
                self.leave(old);
            }
        }
        for item in before.addresses.diff(&after.addresses) {
            if let DiffItem::Remove(_, old) | DiffItem::Update { old: (_, old), .. } = item {
                self.public.remove(old.public_ip);
            }
        }
        for item in before.interfaces.diff(&after.interfaces) {
            if let DiffItem::Add(_, new) | DiffItem::Update { new: (_, new), .. } = item {
                self.enter(new);
            }
        }
        for item in before.addresses.diff(&after.addresses) {
            if let DiffItem::Add(_, Address { public_ip, .. })
            | DiffItem::Update { new: (_, Address { public_ip, .. }), .. } = item
            {
                self.public.insert(*public_ip);
            }
        }
    }

    fn enter(&mut self, interface: &NetworkInterface) {
        let held = self.private.entry(interface.subnet.clone()).or_default();
        for address in &interface.private_ips {
            held.insert(*address);
        }
        if let Some(address) = interface.auto_public_ip {
            self.public.insert(address);
        }
        self.macs.insert(interface.mac);
    }

    fn leave(&mut self, interface: &NetworkInterface) {
        if let Some(held) = self.private.get_mut(&interface.subnet) {
            for address in &interface.private_ips {
                held.remove(*address);
            }
            if held.is_empty() {
                self.private.remove(&interface.subnet);
            }
        }
        if let Some(address) = interface.auto_public_ip {
            self.public.remove(address);
        }
        self.macs.remove(&interface.mac);
    }

    /// The private addresses that interfaces of a subnet hold.
    pub(crate) fn held_in(&self, subnet: &SubnetId) -> AddressSet {
        self.private.get(subnet).cloned().unwrap_or_default()
    }

    /// Every public address that is given out, Elastic IPs and those given at launch.
    pub(crate) fn public(&self) -> &AddressSet {
        &self.public
    }

    pub(crate) fn has_mac(&self, mac: &[u8; 6]) -> bool {
        self.macs.contains(mac)
    }
}
