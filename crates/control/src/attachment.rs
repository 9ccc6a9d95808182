//! Interfaces on instances.

use crate::Transaction;
use crate::error::{Error, Identified, Result};
use crate::request::{Request, request};
use croft_model::instance::{Instance, InstanceState};
use croft_model::instance_type::{self, InstanceType};
use croft_model::interface::{Attachment, AttachmentStatus, InterfaceKind, NetworkInterface};
use croft_model::*;

request! {
    pub struct AttachNetworkInterface {
        pub network_interface_id: NetworkInterfaceId,
        pub instance_id: InstanceId,
        pub device_index: u16,
    }

    /// The primary interface stays.
    pub struct DetachNetworkInterface {
        pub attachment_id: AttachmentId,
    }
}

/// Above the indexes that the largest instance types have.
const MOST_INDEXES: u16 = 15;

impl Request for AttachNetworkInterface {
    type Response = AttachmentId;

    fn run(self, tx: &mut Transaction<'_>) -> Result<AttachmentId> {
        let instance = tx.instance(&self.instance_id)?;
        if !matches!(instance.state, InstanceState::Running | InstanceState::Stopped) {
            return Err(Error::instance_state(&instance.id, "given another network interface"));
        }
        let zone = instance.interfaces.first().map(|primary| tx.zone_of(primary)).transpose()?;
        if zone.is_some_and(|zone| tx.zone_of(&self.network_interface_id).is_ok_and(|other| other != zone)) {
            return Err(Error::combination(
                "You may not attach a network interface to an instance if they are not in the same availability zone",
            ));
        }
        tx.attach(&self.network_interface_id, &self.instance_id, self.device_index, false)
    }
}

impl Request for DetachNetworkInterface {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let id = &self.attachment_id;
        let found = tx.interfaces().find(|i| i.attachment.as_ref().is_some_and(|a| a.id == *id));
        let interface = found.ok_or_else(|| id.not_found())?;
        if interface.attachment.as_ref().is_some_and(|a| a.device_index == 0) {
            return Err(Error::not_permitted("The network interface at device index 0 cannot be detached."));
        }
        let interface = interface.id.clone();
        tx.detach(&interface)
    }
}

/// So many interfaces on an instance of this type.
fn check_interfaces(kind: &InstanceType, count: usize) -> Result<()> {
    match count > kind.interfaces as usize {
        true => Err(Error::new(
            "AttachmentLimitExceeded",
            format!("Interface count {count} exceeds the limit for {}", kind.name),
        )),
        false => Ok(()),
    }
}

/// The addresses of an interface on an instance of this type.
fn check_addresses(kind: &InstanceType, interface: &NetworkInterface) -> Result<()> {
    let most = interface.private_ips.len().max(interface.ipv6_addresses.len());
    match most > kind.ipv4_addresses as usize {
        true => Err(Error::new(
            "PrivateIpAddressLimitExceeded",
            format!(
                "Number of private addresses will exceed limit: {} of an interface of {}.",
                kind.ipv4_addresses, kind.name
            ),
        )),
        false => Ok(()),
    }
}

impl Transaction<'_> {
    /// Whether the instance that an interface is on takes the addresses that it has now.
    pub(crate) fn check_addresses_of(&self, id: &NetworkInterfaceId) -> Result<()> {
        let interface = self.interface(id)?;
        let Some(attachment) = &interface.attachment else { return Ok(()) };
        match instance_type::of(&self.instance(&attachment.instance)?.instance_type) {
            Some(kind) => check_addresses(kind, interface),
            None => Ok(()),
        }
    }

    /// Whether another type takes the interfaces that an instance has.
    pub(crate) fn check_interfaces_of(&self, instance: &Instance, kind: &InstanceType) -> Result<()> {
        check_interfaces(kind, instance.interfaces.len())?;
        instance.interfaces.iter().try_for_each(|id| check_addresses(kind, self.interface(id)?))
    }

    pub(crate) fn zone_of(&self, interface: &NetworkInterfaceId) -> Result<&str> {
        Ok(&self.subnet(&self.interface(interface)?.subnet)?.zone)
    }

    pub(crate) fn attach(
        &mut self,
        interface: &NetworkInterfaceId,
        instance: &InstanceId,
        device_index: u16,
        delete_on_termination: bool,
    ) -> Result<AttachmentId> {
        let now = self.now;
        let (have, this) = (self.instance(instance)?, self.interface(interface)?);
        if this.attachment.is_some() || this.kind != InterfaceKind::Interface {
            return Err(Error::new("InvalidNetworkInterface.InUse", format!("Interface: [{interface}] in use.")));
        }
        let index = |id: &NetworkInterfaceId| {
            self.cloud.interfaces.get(id).and_then(|i| i.attachment.as_ref()).map(|a| a.device_index)
        };
        let taken: Vec<_> = have.interfaces.iter().filter_map(index).collect();
        if taken.contains(&device_index) {
            return Err(Error::invalid(format!(
                "Instance '{instance}' already has an interface attached at device index '{device_index}'."
            )));
        }
        if device_index >= MOST_INDEXES {
            let message = format!("The device index {device_index} exceeds the limit: it is below {MOST_INDEXES}.");
            return Err(Error::new("AttachmentLimitExceeded", message));
        }
        if let Some(kind) = instance_type::of(&have.instance_type) {
            check_interfaces(kind, taken.len() + 1)?;
            check_addresses(kind, this)?;
        }
        let status = match have.state {
            InstanceState::Stopped => AttachmentStatus::Attached,
            _ => AttachmentStatus::Attaching,
        };
        let at = taken.iter().filter(|other| **other < device_index).count();
        let id = AttachmentId::from_bits(self.bits.draw());
        self.instance_mut(instance)?.interfaces.insert(at, interface.clone());
        self.interface_mut(interface)?.attachment = Some(Attachment {
            id: id.clone(),
            instance: instance.clone(),
            device_index,
            delete_on_termination,
            status,
            attached: now,
        });
        Ok(id)
    }

    /// The interface goes on without its instance; a public address given at launch goes with the instance.
    pub(crate) fn detach(&mut self, interface: &NetworkInterfaceId) -> Result<()> {
        let this = self.interface_mut(interface)?;
        this.auto_public_ip = None;
        this.public_ip_at_start = false;
        if let Some(attachment) = this.attachment.take() {
            self.instance_mut(&attachment.instance)?.interfaces.retain(|i| i != interface);
        }
        Ok(())
    }
}
