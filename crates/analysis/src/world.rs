//! The cloud as it is, or as it would be after some changes, compiled for the engine.

use croft_control::Cloud;
use croft_engine::memory::MemoryTables;
use croft_model::instance::DesiredState;
use croft_model::interface::{InterfaceKind, NetworkInterface};
use croft_model::{InstanceId, NetworkInterfaceId};
use croft_policy::{Compiler, Ports};

use crate::change::Trial;

/// Where numbers of ports begin that no fabric has given: a kernel counts its devices up from 1, and keys of connections
/// have room for twice as many.
const MADE_UP: u32 = croft_engine::tables::MAX_PORT / 2;

pub(crate) struct World {
    pub(crate) trial: Trial,
    pub(crate) compiler: Compiler,
    ports: Ports,
    next: u32,
}

/// Why an interface takes no packets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Down {
    Detached,
    Instance(InstanceId),
}

impl World {
    pub(crate) fn new(cloud: &Cloud, ports: &Ports) -> World {
        let mut ports = ports.clone();
        let mut next = MADE_UP;
        if ports.uplink.port == 0 {
            ports.uplink.port = next;
            next += 1;
        }
        World { trial: Trial::new(cloud), compiler: Compiler::new(), ports, next }
    }

    pub(crate) fn cloud(&self) -> &Cloud {
        self.trial.control.cloud()
    }

    pub(crate) fn uplink(&self) -> u32 {
        self.ports.uplink.port
    }

    pub(crate) fn port(&self, interface: &NetworkInterfaceId) -> Option<u32> {
        self.ports.interfaces.get(interface).copied()
    }

    /// Is the interface out of use? One that the fabric has plugged in is not.
    pub(crate) fn down(&self, interface: &NetworkInterface) -> Option<Down> {
        let plugged = self.port(&interface.id).is_some_and(|port| port < MADE_UP);
        if plugged || interface.kind != InterfaceKind::Interface {
            return None;
        }
        let Some(attachment) = &interface.attachment else { return Some(Down::Detached) };
        let instance = self.cloud().instances.get(&attachment.instance)?;
        (instance.desired != DesiredState::Running).then(|| Down::Instance(instance.id.clone()))
    }

    /// The tables, empty of connections. Interfaces that are only about to be plugged in, and `ends` in any case, get
    /// ports of their own, so that the gates on the way can be asked.
    pub(crate) fn tables(&mut self, ends: &[&NetworkInterfaceId]) -> MemoryTables {
        let cloud = self.trial.control.cloud().clone();
        let wanted: Vec<_> = cloud
            .interfaces
            .values()
            .filter(|i| i.kind == InterfaceKind::Interface && self.port(&i.id).is_none())
            .filter(|i| ends.contains(&&i.id) || self.down(i).is_none())
            .map(|i| i.id.clone())
            .collect();
        for interface in wanted {
            self.ports.interfaces.insert(interface, self.next);
            self.next += 1;
        }
        self.compiler.update(&cloud, &self.ports);
        MemoryTables::new(self.compiler.snapshot().clone())
    }
}
