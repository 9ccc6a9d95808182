//! Attributes of an interface that can be changed (rows NET-4, NET-6, SG-7, SG-8).

use crate::Transaction;
use crate::elastic_ip::not_yours;
use crate::error::{Error, Identified, Result};
use crate::request::{Request, request};
use croft_model::instance::InstanceState;
use croft_model::interface::{IdleTimeouts, InterfaceKind, NetworkInterface};
use croft_model::*;
use std::ops::RangeInclusive;

request! {
    /// What is absent stays as it is.
    pub struct ModifyNetworkInterfaceAttribute {
        pub network_interface_id: NetworkInterfaceId,
        pub description: Option<String>,
        pub groups: Option<Vec<SecurityGroupId>>,
        pub source_dest_check: Option<bool>,
        #[serde(default)]
        pub connection_tracking: ConnectionTracking,
        /// Of its attachment.
        pub delete_on_termination: Option<bool>,
        /// The attachment that is meant; refused if it is another.
        #[serde(default)]
        pub attachment_id: Option<AttachmentId>,
        /// Has an instance's first interface a public address of the pool (row NET-6)?
        #[serde(default)]
        pub associate_public_ip_address: Option<bool>,
        /// From now on its first IPv6 address stays.
        #[serde(default)]
        pub enable_primary_ipv6: bool,
    }

    /// Idle time-outs in seconds; what is absent stays as it is (row SG-7).
    #[derive(Copy, Default)]
    pub struct ConnectionTracking {
        pub tcp_established: Option<u32>,
        pub udp: Option<u32>,
        pub udp_stream: Option<u32>,
    }
}

/// Legal idle time-outs in seconds, as AWS bounds them.
const TCP_ESTABLISHED: RangeInclusive<u32> = 60..=432_000;
const UDP: RangeInclusive<u32> = 30..=60;
const UDP_STREAM: RangeInclusive<u32> = 60..=180;

impl From<IdleTimeouts> for ConnectionTracking {
    fn from(idle: IdleTimeouts) -> Self {
        ConnectionTracking {
            tcp_established: Some(idle.tcp_established),
            udp: Some(idle.udp),
            udp_stream: Some(idle.udp_stream),
        }
    }
}

impl ConnectionTracking {
    /// What becomes of the time-outs that an interface has.
    pub(crate) fn applied_to(self, idle: IdleTimeouts) -> Result<IdleTimeouts> {
        for (name, seconds, legal) in [
            ("TcpEstablishedTimeout", self.tcp_established, TCP_ESTABLISHED),
            ("UdpTimeout", self.udp, UDP),
            ("UdpStreamTimeout", self.udp_stream, UDP_STREAM),
        ] {
            if let Some(seconds) = seconds.filter(|s| !legal.contains(s)) {
                let why = format!("It must be between {} and {} seconds.", legal.start(), legal.end());
                return Err(Error::invalid_value(name, seconds, why));
            }
        }
        Ok(IdleTimeouts {
            tcp_established: self.tcp_established.unwrap_or(idle.tcp_established),
            udp: self.udp.unwrap_or(idle.udp),
            udp_stream: self.udp_stream.unwrap_or(idle.udp_stream),
        })
    }
}

impl ModifyNetworkInterfaceAttribute {
    /// That changes nothing yet.
    pub fn of(network_interface_id: NetworkInterfaceId) -> Self {
        ModifyNetworkInterfaceAttribute {
            network_interface_id,
            description: None,
            groups: None,
            source_dest_check: None,
            connection_tracking: ConnectionTracking::default(),
            delete_on_termination: None,
            attachment_id: None,
            associate_public_ip_address: None,
            enable_primary_ipv6: false,
        }
    }
}

impl Request for ModifyNetworkInterfaceAttribute {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let id = &self.network_interface_id;
        let interface = tx.interface(id)?;
        if interface.kind != InterfaceKind::Interface {
            return Err(not_yours(id));
        }
        let vpc = interface.vpc.clone();
        let idle = self.connection_tracking.applied_to(interface.idle)?;
        let groups = match self.groups {
            Some(groups) if groups.is_empty() => return Err(Error::missing("groups")),
            Some(groups) => Some(tx.groups_or_default(&vpc, groups)?),
            None => None,
        };
        let interface = tx.interface_mut(id)?;
        attachment(interface, self.attachment_id.as_ref(), self.delete_on_termination)?;
        if self.enable_primary_ipv6 {
            if interface.ipv6_addresses.is_empty() {
                return Err(Error::invalid(format!("The network interface '{id}' has no IPv6 address.")));
            }
            interface.primary_ipv6 = true;
        }
        interface.groups = groups.unwrap_or_else(|| interface.groups.clone());
        interface.description = self.description.unwrap_or_else(|| interface.description.clone());
        interface.source_dest_check = self.source_dest_check.unwrap_or(interface.source_dest_check);
        interface.idle = idle;
        match self.associate_public_ip_address {
            Some(wanted) => tx.set_public_address(id, wanted),
            None => Ok(()),
        }
    }
}

fn attachment(
    interface: &mut NetworkInterface,
    named: Option<&AttachmentId>,
    delete_on_termination: Option<bool>,
) -> Result<()> {
    let id = &interface.id;
    match (&mut interface.attachment, named) {
        (Some(attachment), Some(named)) if attachment.id != *named => return Err(named.not_found()),
        (None, Some(named)) => return Err(named.not_found()),
        (Some(attachment), _) => {
            attachment.delete_on_termination = delete_on_termination.unwrap_or(attachment.delete_on_termination);
        }
        (None, None) if delete_on_termination.is_some() => {
            let message = format!("The network interface '{id}' is not attached to an instance.");
            return Err(Error::new(AttachmentId::NOT_FOUND, message));
        }
        (None, None) => {}
    }
    Ok(())
}

impl Transaction<'_> {
    /// Gives an instance's first interface a public address of the pool, or takes it back.
    fn set_public_address(&mut self, id: &NetworkInterfaceId, wanted: bool) -> Result<()> {
        let interface = self.interface_mut(id)?;
        let instance = match &interface.attachment {
            Some(attachment) if attachment.device_index == 0 => attachment.instance.clone(),
            // It is for the first interface of an instance, and this may become one.
            _ => {
                interface.public_ip_at_start = wanted;
                return Ok(());
            }
        };
        interface.public_ip_at_start = wanted;
        if !wanted {
            interface.auto_public_ip = None;
            return Ok(());
        }
        let up = matches!(self.instance(&instance)?.state, InstanceState::Pending | InstanceState::Running);
        let interface = self.interface(id)?;
        let has_one = interface.private_ips.first().is_some_and(|p| self.cloud.public_ip(interface, *p).is_some());
        if up && !has_one {
            let address = self.draw_public_address()?;
            self.interface_mut(id)?.auto_public_ip = Some(address);
        }
        Ok(())
    }
}
