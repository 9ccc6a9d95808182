//! What would take a search through all interfaces: which addresses are held, how many interfaces a scope has.
//!
//! It is made from the cloud and follows it by the difference between two states, so no command has to keep it.

use crate::Cloud;
use crate::address_set::AddressSet;
use croft_model::address::Address;
use croft_model::interface::NetworkInterface;
use croft_model::{Scope, SubnetId};
use imbl::ordmap::DiffItem;
use imbl::{OrdMap, OrdSet};
use std::fmt;
use std::net::Ipv6Addr;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Index {
    private: OrdMap<SubnetId, AddressSet>,
    public: AddressSet,
    macs: OrdSet<[u8; 6]>,
    ipv6: OrdSet<(SubnetId, Ipv6Addr)>,
    interfaces: OrdMap<Scope, usize>,
    /// When client tokens were used, in that order in each scope.
    tokens: OrdSet<(Scope, u64, String)>,
}

/// The index beside the state that it was made from, where there is one. It says nothing that the state does not.
#[derive(Clone, Default)]
pub(crate) struct Derived(Option<Index>);

impl Derived {
    pub(crate) fn from(index: &Index) -> Derived {
        Derived(Some(index.clone()))
    }

    pub(crate) fn index(&self) -> Option<&Index> {
        self.0.as_ref()
    }
}

impl PartialEq for Derived {
    fn eq(&self, _: &Derived) -> bool {
        true
    }
}

impl fmt::Debug for Derived {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "indexed" } else { "not indexed" })
    }
}

impl Index {
    pub(crate) fn of(cloud: &Cloud) -> Index {
        let mut index = Index::default();
        index.follow(&Cloud::default(), cloud);
        index
    }

    /// From one state of the cloud to another. What is gone leaves first: an address may have moved.
    pub(crate) fn follow(&mut self, before: &Cloud, after: &Cloud) {
        self.follow_tokens(before, after);
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

    fn follow_tokens(&mut self, before: &Cloud, after: &Cloud) {
        for item in before.client_tokens.diff(&after.client_tokens) {
            if let DiffItem::Remove(key, old) | DiffItem::Update { old: (key, old), .. } = item {
                self.tokens.remove(&(old.scope.clone(), old.used, key.clone()));
            }
        }
        for item in before.client_tokens.diff(&after.client_tokens) {
            if let DiffItem::Add(key, new) | DiffItem::Update { new: (key, new), .. } = item {
                self.tokens.insert((new.scope.clone(), new.used, key.clone()));
            }
        }
    }

    /// The tokens of a scope that were last used before a time.
    pub(crate) fn tokens_before(&self, scope: &Scope, time: u64) -> impl Iterator<Item = &String> {
        let range = (scope.clone(), 0, String::new())..(scope.clone(), time, String::new());
        self.tokens.range(range).map(|(_, _, key)| key)
    }

    fn enter(&mut self, interface: &NetworkInterface) {
        let held = self.private.entry(interface.subnet.clone()).or_default();
        for address in &interface.private_ips {
            held.insert(*address);
        }
        if let Some(address) = interface.auto_public_ip {
            self.public.insert(address);
        }
        for address in &interface.ipv6_addresses {
            self.ipv6.insert((interface.subnet.clone(), *address));
        }
        self.macs.insert(interface.mac);
        *self.interfaces.entry(interface.scope.clone()).or_default() += 1;
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
        for address in &interface.ipv6_addresses {
            self.ipv6.remove(&(interface.subnet.clone(), *address));
        }
        self.macs.remove(&interface.mac);
        let left = self.interfaces.get(&interface.scope).map_or(0, |n| n.saturating_sub(1));
        match left {
            0 => self.interfaces.remove(&interface.scope),
            _ => self.interfaces.insert(interface.scope.clone(), left),
        };
    }

    /// The private addresses that interfaces of a subnet hold.
    pub(crate) fn held_in(&self, subnet: &SubnetId) -> AddressSet {
        self.private.get(subnet).cloned().unwrap_or_default()
    }

    /// Does an interface of a subnet hold this address?
    pub(crate) fn has_ipv6(&self, subnet: &SubnetId, address: Ipv6Addr) -> bool {
        self.ipv6.contains(&(subnet.clone(), address))
    }

    /// Every public address that is given out, Elastic IPs and those given at launch.
    pub(crate) fn public(&self) -> &AddressSet {
        &self.public
    }

    /// How many interfaces an account has in a region.
    pub(crate) fn interfaces_of(&self, scope: &Scope) -> usize {
        self.interfaces.get(scope).copied().unwrap_or(0)
    }

    pub(crate) fn has_mac(&self, mac: &[u8; 6]) -> bool {
        self.macs.contains(mac)
    }
}
