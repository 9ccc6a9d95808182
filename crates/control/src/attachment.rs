//! Interfaces on instances.

use crate::Transaction;
use crate::error::{Error, Identified, Result};
use crate::request::{Request, request};
use croft_model::instance::InstanceState;
use croft_model::interface::{Attachment, AttachmentStatus, InterfaceKind};
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

/// What the largest instance types take.
const MOST_INTERFACES: usize = 15;

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

impl Transaction<'_> {
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
        if taken.len() >= MOST_INTERFACES || usize::from(device_index) >= MOST_INTERFACES {
            return Err(Error::new(
                "AttachmentLimitExceeded",
                format!(
                    "Interface count exceeds the limit for the instance: at most {MOST_INTERFACES}, at device indexes below that."
                ),
            ));
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
