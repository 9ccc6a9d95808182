//! Network interfaces (rows NET-4, SG-7, SG-8).

use crate::Transaction;
use crate::error::{Error, Result};
use crate::request::{Request, request};
use crate::tag::check_tags;
use croft_model::interface::{IdleTimeouts, InterfaceKind, NetworkInterface};
use croft_model::*;
use std::net::Ipv4Addr;

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
        pub tags: Tags,
    }

    pub struct DeleteNetworkInterface {
        pub network_interface_id: NetworkInterfaceId,
    }

    /// What is absent stays as it is.
    pub struct ModifyNetworkInterfaceAttribute {
        pub network_interface_id: NetworkInterfaceId,
        pub description: Option<String>,
        pub groups: Option<Vec<SecurityGroupId>>,
        pub source_dest_check: Option<bool>,
        /// Row SG-7.
        pub connection_tracking: Option<IdleTimeouts>,
        /// Of its attachment.
        pub delete_on_termination: Option<bool>,
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
            return Err(Error::new(
                "InvalidNetworkInterface.InUse",
                format!("Network interface '{}' is currently in use.", interface.id),
            ));
        }
        tx.remove_interface(&self.network_interface_id)
    }
}

/// Legal idle time-outs in seconds, as AWS bounds them.
const TCP_ESTABLISHED: std::ops::RangeInclusive<u32> = 60..=432_000;
const UDP: std::ops::RangeInclusive<u32> = 30..=60;
const UDP_STREAM: std::ops::RangeInclusive<u32> = 60..=180;

impl Request for ModifyNetworkInterfaceAttribute {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let interface = tx.interface(&self.network_interface_id)?;
        if interface.kind != InterfaceKind::Interface {
            return Err(crate::elastic_ip::not_yours(&interface.id));
        }
        let vpc = interface.vpc.clone();
        let groups = match self.groups {
            Some(groups) if groups.is_empty() => return Err(Error::missing("groups")),
            Some(groups) => Some(tx.groups_or_default(&vpc, groups)?),
            None => None,
        };
        if let Some(idle) = self.connection_tracking {
            for (name, seconds, legal) in [
                ("tcpEstablishedTimeout", idle.tcp_established, TCP_ESTABLISHED),
                ("udpTimeout", idle.udp, UDP),
                ("udpStreamTimeout", idle.udp_stream, UDP_STREAM),
            ] {
                if !legal.contains(&seconds) {
                    let why = format!("It must be between {} and {} seconds.", legal.start(), legal.end());
                    return Err(Error::invalid_value(name, seconds, why));
                }
            }
        }
        let interface = tx.interface_mut(&self.network_interface_id)?;
        if let Some(delete) = self.delete_on_termination {
            match &mut interface.attachment {
                Some(attachment) => attachment.delete_on_termination = delete,
                None => {
                    return Err(Error::new(
                        "InvalidAttachmentID.NotFound",
                        format!("The network interface '{}' is not attached to an instance.", interface.id),
                    ));
                }
            }
        }
        interface.groups = groups.unwrap_or_else(|| interface.groups.clone());
        interface.description = self.description.unwrap_or_else(|| interface.description.clone());
        interface.source_dest_check = self.source_dest_check.unwrap_or(interface.source_dest_check);
        interface.idle = self.connection_tracking.unwrap_or(interface.idle);
        Ok(())
    }
}

impl Transaction<'_> {
    /// The groups of an interface: each once, of its VPC, not more than the quota; none named: the default group.
    pub(crate) fn groups_or_default(&self, vpc: &VpcId, groups: Vec<SecurityGroupId>) -> Result<Vec<SecurityGroupId>> {
        let mut distinct: Vec<SecurityGroupId> = Vec::new();
        for id in groups {
            let group = self.security_group(&id)?;
            if group.vpc != *vpc {
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
        let quota = self.cloud.quotas.security_groups_per_interface;
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
        let have = self.cloud.interfaces.len();
        let quota = self.cloud.quotas.interfaces_per_region;
        self.room_for_one("NetworkInterfaceLimitExceeded", "network interfaces", have, quota)?;
        if let InterfaceKind::Interface = new.kind {
            if !new.secondary.is_empty() && new.secondary_count > 0 {
                return Err(Error::combination(
                    "Secondary private addresses are given either as a list or as a count, not both.",
                ));
            }
            self.check_address_quota((new.secondary_count as usize).saturating_add(new.secondary.len() + 1))?;
        }
        let private_ips = self.choose_addresses(&new.subnet, new.primary, &new.secondary, new.secondary_count)?;
        let id = self.fresh(|r| &r.interfaces, NetworkInterfaceId::from_bits);
        let interface = NetworkInterface {
            id: id.clone(),
            vpc: self.subnet(&new.subnet)?.vpc.clone(),
            subnet: new.subnet,
            description: new.description,
            mac: self.draw_mac(),
            private_ips,
            groups: new.groups,
            source_dest_check: true,
            auto_public_ip: None,
            public_ip_at_start: false,
            kind: new.kind,
            attachment: None,
            idle: IdleTimeouts::default(),
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
        let quota = self.cloud.quotas.private_ips_per_interface;
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
