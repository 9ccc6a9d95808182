//! Network interfaces (rows NET-4, SG-7, SG-8).

use crate::Transaction;
use crate::error::{Error, Result};
use crate::interface_attribute::ConnectionTracking;
use crate::request::{Request, request};
use crate::tag::check_tags;
use croft_model::interface::{IdleTimeouts, InterfaceKind, NetworkInterface};
use croft_model::*;
use std::net::{Ipv4Addr, Ipv6Addr};

request! {
    pub struct CreateNetworkInterface {
        pub subnet_id: SubnetId,
        pub description: Option<String>,
        /// The VPC's default group if empty.
        #[serde(default)]
        pub groups: Vec<SecurityGroupId>,
        /// The primary one; the subnet's lowest free one if absent.
        pub private_ip_address: Option<Ipv4Addr>,
        /// Secondary ones.
        #[serde(default)]
        pub private_ip_addresses: Vec<Ipv4Addr>,
        /// That many secondary ones of Croft's choice instead.
        pub secondary_private_ip_address_count: Option<u32>,
        #[serde(default)]
        pub ipv6: Ipv6Choice,
        /// Row SG-7.
        #[serde(default)]
        pub connection_tracking: ConnectionTracking,
        #[serde(default)]
        pub tags: Tags,
    }

    pub struct DeleteNetworkInterface {
        pub network_interface_id: NetworkInterfaceId,
    }

    /// The IPv6 addresses of an interface to be made: named ones, or so many of the subnet's block.
    #[derive(Default)]
    pub struct Ipv6Choice {
        #[serde(default)]
        pub addresses: Vec<Ipv6Addr>,
        /// None: one if the subnet says so, unless some are named.
        pub count: Option<u32>,
        /// The first one is to stay.
        #[serde(default)]
        pub primary: bool,
    }
}

impl CreateNetworkInterface {
    /// With everything left to Croft.
    pub fn in_subnet(subnet_id: SubnetId) -> Self {
        CreateNetworkInterface {
            subnet_id,
            description: None,
            groups: vec![],
            private_ip_address: None,
            private_ip_addresses: vec![],
            secondary_private_ip_address_count: None,
            ipv6: Ipv6Choice::default(),
            connection_tracking: ConnectionTracking::default(),
            tags: Tags::new(),
        }
    }
}

/// An interface to be made, by a user or for an instance or NAT gateway.
pub(crate) struct NewInterface {
    pub(crate) subnet: SubnetId,
    pub(crate) description: String,
    pub(crate) groups: Vec<SecurityGroupId>,
    pub(crate) primary: Option<Ipv4Addr>,
    pub(crate) secondary: Vec<Ipv4Addr>,
    pub(crate) secondary_count: u32,
    pub(crate) ipv6: Ipv6Choice,
    pub(crate) idle: IdleTimeouts,
    pub(crate) kind: InterfaceKind,
    pub(crate) tags: Tags,
}

impl Request for CreateNetworkInterface {
    type Response = NetworkInterface;

    fn run(self, tx: &mut Transaction<'_>) -> Result<NetworkInterface> {
        check_tags(&self.tags)?;
        let vpc = tx.subnet(&self.subnet_id)?.vpc.clone();
        let id = tx.create_interface(NewInterface {
            groups: tx.groups_or_default(&vpc, self.groups)?,
            subnet: self.subnet_id,
            description: self.description.unwrap_or_default(),
            primary: self.private_ip_address,
            secondary: self.private_ip_addresses,
            secondary_count: self.secondary_private_ip_address_count.unwrap_or(0),
            ipv6: self.ipv6,
            idle: self.connection_tracking.applied_to(IdleTimeouts::default())?,
            kind: InterfaceKind::Interface,
            tags: self.tags,
        })?;
        tx.interface(&id).cloned()
    }
}

impl Request for DeleteNetworkInterface {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let interface = tx.interface(&self.network_interface_id)?;
        if interface.attachment.is_some() || interface.kind != InterfaceKind::Interface {
            return Err(Error::interface_in_use(&interface.id));
        }
        tx.remove_interface(&self.network_interface_id)
    }
}

impl Transaction<'_> {
    /// The groups of an interface: each once, usable in its VPC, not more than the quota; none named: the default group.
    pub(crate) fn groups_or_default(&self, vpc: &VpcId, groups: Vec<SecurityGroupId>) -> Result<Vec<SecurityGroupId>> {
        let mut distinct: Vec<SecurityGroupId> = Vec::new();
        for id in groups {
            let group = self.security_group(&id)?;
            if !group.is_usable_in(vpc) {
                return Err(Error::new(
                    "InvalidGroup.NotFound",
                    format!(
                        "You have specified two resources that belong to different networks: security group {id} and network {vpc}."
                    ),
                ));
            }
            if !distinct.contains(&id) {
                distinct.push(id);
            }
        }
        let quota = self.quotas().security_groups_per_interface;
        if distinct.len() > quota as usize {
            return Err(Error::limit(
                "SecurityGroupsPerInterfaceLimitExceeded",
                "security groups per interface",
                quota,
            ));
        }
        match distinct.is_empty() {
            true => Ok(vec![self.vpc(vpc)?.default_security_group.clone()]),
            false => Ok(distinct),
        }
    }

    pub(crate) fn create_interface(&mut self, new: NewInterface) -> Result<NetworkInterfaceId> {
        let have = self.index().interfaces_of(&self.scope);
        let quota = self.quotas().interfaces_per_region;
        self.room_for_one("NetworkInterfaceLimitExceeded", "network interfaces", have, quota)?;
        if let InterfaceKind::Interface = new.kind {
            if !new.secondary.is_empty() && new.secondary_count > 0 {
                return Err(Error::combination(
                    "Secondary private addresses are given either as a list or as a count, not both.",
                ));
            }
            self.check_address_quota((new.secondary_count as usize).saturating_add(new.secondary.len() + 1))?;
        }
        let (ipv6_addresses, primary_ipv6) = self.choose_ipv6(&new)?;
        let private_ips = self.choose_addresses(&new.subnet, new.primary, &new.secondary, new.secondary_count)?;
        let id = self.fresh(|r| &r.interfaces, NetworkInterfaceId::from_bits);
        let interface = NetworkInterface {
            id: id.clone(),
            scope: self.scope.clone(),
            vpc: self.subnet(&new.subnet)?.vpc.clone(),
            subnet: new.subnet,
            description: new.description,
            mac: self.draw_mac(),
            private_ips,
            ipv6_addresses,
            primary_ipv6,
            groups: new.groups,
            source_dest_check: true,
            auto_public_ip: None,
            public_ip_at_start: false,
            kind: new.kind,
            attachment: None,
            idle: new.idle,
            tags: new.tags,
        };
        self.cloud.interfaces.insert(id.clone(), interface);
        Ok(id)
    }

    /// Primary first. What is not named is the lowest that is free.
    fn choose_addresses(
        &self,
        subnet: &SubnetId,
        primary: Option<Ipv4Addr>,
        secondary: &[Ipv4Addr],
        count: u32,
    ) -> Result<Vec<Ipv4Addr>> {
        let named: Vec<_> = primary.into_iter().chain(secondary.iter().copied()).collect();
        self.check_free(subnet, &named)?;
        let missing = usize::from(primary.is_none()) + count as usize;
        let mut free = self.free_addresses_beside(subnet, &named, missing)?.into_iter();
        let first = primary.or_else(|| free.next());
        Ok(first.into_iter().chain(secondary.iter().copied()).chain(free).collect())
    }

    pub(crate) fn check_address_quota(&self, addresses: usize) -> Result<()> {
        let quota = self.quotas().private_ips_per_interface;
        match addresses > quota as usize {
            true => Err(Error::limit(
                "PrivateIpAddressLimitExceeded",
                "private IP addresses on the network interface",
                quota,
            )),
            false => Ok(()),
        }
    }

    /// Locally administered, and nobody else's.
    fn draw_mac(&mut self) -> [u8; 6] {
        let index = self.index();
        loop {
            let [a, b, c, d, e, ..] = self.bits.draw().to_le_bytes();
            let mac = [0x02, a, b, c, d, e];
            if !index.has_mac(&mac) {
                return mac;
            }
        }
    }

    /// Deletes an interface that nothing needs any more: its Elastic IPs stay allocated, routes to it turn into
    /// black holes (row RT-4).
    pub(crate) fn remove_interface(&mut self, id: &NetworkInterfaceId) -> Result<()> {
        for allocation in self.addresses_on(id, None) {
            self.address_mut(&allocation)?.association = None;
        }
        self.cloud.interfaces.remove(id);
        Ok(())
    }
}
