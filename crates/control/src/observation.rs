//! What the agent saw: it completes what commands began.
//!
//! An observation may come late or twice. One that no longer fits (another generation, a state that has moved on)
//! changes nothing.

use crate::Transaction;
use crate::error::Result;
use crate::request::{Request, request};
use croft_model::gateway::NatGatewayState;
use croft_model::instance::{DesiredState, InstanceState, ShutdownBehavior};
use croft_model::interface::AttachmentStatus;
use croft_model::*;

request! {
    /// What became of an instance's workload.
    pub struct ObserveInstance {
        pub instance_id: InstanceId,
        /// Of the workload that was seen.
        pub generation: u64,
        /// Running, stopped or terminated; stopped or terminated without having been asked for is its own doing.
        pub state: InstanceState,
        pub reason: Option<String>,
    }

    /// An interface was seen in the instance that it is attached to.
    pub struct ObserveAttachment {
        pub network_interface_id: NetworkInterfaceId,
        pub attachment_id: AttachmentId,
    }

    /// What became of a NAT gateway: available, failed or deleted.
    pub struct ObserveNatGateway {
        pub nat_gateway_id: NatGatewayId,
        pub state: NatGatewayState,
    }
}

impl Request for ObserveInstance {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let id = &self.instance_id;
        let instance = tx.instance_mut(id)?;
        if instance.generation != self.generation {
            return Ok(());
        }
        match (instance.state, self.state) {
            (InstanceState::Pending, InstanceState::Running) => {
                instance.state = InstanceState::Running;
                instance.state_reason = self.reason;
                let interfaces = instance.interfaces.clone();
                tx.attached(interfaces)
            }
            (InstanceState::Pending | InstanceState::Running, InstanceState::Stopped)
                if instance.options.shutdown_behavior == ShutdownBehavior::Terminate =>
            {
                instance.desired = DesiredState::Terminated;
                instance.state = InstanceState::ShuttingDown;
                instance.state_reason = self.reason;
                Ok(())
            }
            (InstanceState::Pending | InstanceState::Running | InstanceState::Stopping, InstanceState::Stopped) => {
                instance.desired = DesiredState::Stopped;
                instance.state = InstanceState::Stopped;
                instance.state_reason = self.reason.or_else(|| instance.state_reason.take());
                let interfaces = instance.interfaces.clone();
                for interface in &interfaces {
                    tx.interface_mut(interface)?.auto_public_ip = None;
                }
                tx.attached(interfaces)
            }
            (InstanceState::Terminated, _) => Ok(()),
            (_, InstanceState::Terminated) => {
                instance.state_reason = self.reason.or_else(|| instance.state_reason.take());
                terminated(tx, id)
            }
            _ => Ok(()),
        }
    }
}

/// Its interfaces are deleted or set free; its Elastic IPs stay allocated.
fn terminated(tx: &mut Transaction<'_>, id: &InstanceId) -> Result<()> {
    let now = tx.now;
    let instance = tx.instance_mut(id)?;
    instance.desired = DesiredState::Terminated;
    instance.state = InstanceState::Terminated;
    instance.terminated = Some(now);
    for interface in instance.interfaces.clone() {
        let with_it = tx.interface(&interface)?.attachment.as_ref().is_some_and(|a| a.delete_on_termination);
        tx.detach(&interface)?;
        if with_it {
            tx.remove_interface(&interface)?;
        }
    }
    tx.release_volumes(id)?;
    let instance = tx.instance_mut(id)?;
    instance.instance_profile = None;
    instance.profile_association = None;
    forget_the_gone(tx);
    Ok(())
}

impl Request for ObserveAttachment {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        // It may be gone again.
        let Ok(interface) = tx.interface_mut(&self.network_interface_id) else { return Ok(()) };
        if let Some(attachment) = interface.attachment.as_mut().filter(|a| a.id == self.attachment_id) {
            attachment.status = AttachmentStatus::Attached;
        }
        Ok(())
    }
}

impl Transaction<'_> {
    /// The instance runs with all its interfaces, or has stopped and there is nothing more to see.
    fn attached(&mut self, interfaces: Vec<NetworkInterfaceId>) -> Result<()> {
        for interface in interfaces {
            if let Some(attachment) = &mut self.interface_mut(&interface)?.attachment {
                attachment.status = AttachmentStatus::Attached;
            }
        }
        Ok(())
    }
}

impl Request for ObserveNatGateway {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let now = tx.now;
        let gateway = tx.nat_gateway_mut(&self.nat_gateway_id)?;
        let interface = gateway.interface.clone();
        let gone = match (&gateway.state, &self.state) {
            (NatGatewayState::Pending, NatGatewayState::Available) => false,
            (NatGatewayState::Pending, NatGatewayState::Failed { .. }) => true,
            (NatGatewayState::Deleting, NatGatewayState::Deleted) => true,
            _ => return Ok(()),
        };
        if self.state == NatGatewayState::Deleted {
            gateway.deleted = Some(now);
        }
        gateway.state = self.state;
        if gone {
            tx.remove_interface(&interface)?;
            forget_the_gone(tx);
        }
        Ok(())
    }
}

/// How long what is gone stays listed, in seconds (row NAT-4).
const LISTED_FOR: u64 = 3600;

/// Takes the caller's terminated instances, deleted and failed NAT gateways off the lists when they have been on them long enough.
pub(crate) fn forget_the_gone(tx: &mut Transaction<'_>) {
    let now = tx.now;
    let old = |since: u64| now.saturating_sub(since) > LISTED_FOR;
    let instances = tx.instances().filter(|i| i.terminated.is_some_and(old));
    for id in instances.map(|i| i.id.clone()).collect::<Vec<_>>() {
        tx.cloud.instances.remove(&id);
    }
    let gateways = tx.nat_gateways().filter(|n| match n.state {
        NatGatewayState::Deleted => n.deleted.is_some_and(old),
        NatGatewayState::Failed { .. } => old(n.created),
        _ => false,
    });
    for id in gateways.map(|n| n.id.clone()).collect::<Vec<_>>() {
        tx.cloud.nat_gateways.remove(&id);
    }
}
