//! The rules of the packets: the cloud compiled, and the kernel's tables brought to it.

use crate::AgentError;
use croft_control::Cloud;
use croft_datapath::Fabric;
use croft_model::NetworkInterfaceId;
use croft_model::instance::DesiredState;
use croft_policy::{Compiler, Ports};
use imbl::OrdMap;
use std::collections::BTreeMap;

/// The compiler and what it was last given.
pub struct Network {
    compiler: Compiler,
    ports: Ports,
    /// Interfaces that exist on the host.
    plugged: OrdMap<NetworkInterfaceId, u32>,
    /// The cloud that `ports` was told from.
    told_from: Cloud,
    applied: u64,
    /// The last application failed: the next one compares everything.
    broken: bool,
    /// Interfaces came or went since.
    replugged: bool,
}

impl Network {
    /// For a fabric that may hold tables and interfaces already; they count as they are.
    pub fn new(fabric: &Fabric, interface_connections: u32) -> Network {
        Network {
            compiler: Compiler::with_interface_connections(interface_connections),
            ports: Ports { interfaces: OrdMap::new(), uplink: fabric.uplink() },
            plugged: plugged(fabric),
            told_from: Cloud::default(),
            applied: 0,
            // The compiler's tables are empty and the kernel's may not be.
            broken: true,
            replugged: false,
        }
    }

    /// The version of the cloud that the kernel's tables show.
    pub fn applied(&self) -> u64 {
        self.applied
    }

    pub fn compiler(&self) -> &Compiler {
        &self.compiler
    }

    pub fn ports(&self) -> &Ports {
        &self.ports
    }

    /// An interface is there from now on.
    pub fn plug(&mut self, id: NetworkInterfaceId, port: u32) {
        self.plugged.insert(id, port);
        self.replugged = true;
        self.tell_ports();
    }

    /// It is about to go.
    pub fn unplug(&mut self, id: &NetworkInterfaceId) {
        self.plugged.remove(id);
        self.replugged = true;
        self.tell_ports();
    }

    /// Compiles the cloud and writes what that changes into the kernel's tables. An older cloud than the last one is
    /// passed over: what it asked for has been overtaken.
    pub fn apply(&mut self, fabric: &Fabric, cloud: &Cloud) -> Result<(), AgentError> {
        if cloud.version < self.applied {
            return Ok(());
        }
        if cloud.version == self.applied && !self.broken && self.told_from.version == cloud.version && !self.replugged {
            return Ok(());
        }
        let same =
            cloud.interfaces.ptr_eq(&self.told_from.interfaces) && cloud.instances.ptr_eq(&self.told_from.instances);
        self.told_from = cloud.clone();
        if !same {
            self.tell_ports();
        }
        let update = self.compiler.update(cloud, &self.ports);
        let applied =
            if self.broken { fabric.apply(self.compiler.snapshot()) } else { fabric.apply_delta(&update.delta) };
        self.broken = applied.is_err();
        applied?;
        self.applied = cloud.version;
        self.replugged = false;
        Ok(())
    }

    /// The same after a look at everything: interfaces that came or went unseen, tables that are not as they should be.
    pub fn apply_fully(&mut self, fabric: &Fabric, cloud: &Cloud) -> Result<(), AgentError> {
        let plugged = plugged(fabric);
        if plugged != self.plugged {
            self.plugged = plugged;
            self.tell_ports();
        }
        self.broken = true;
        self.apply(fabric, cloud)
    }

    /// Ports are those of interfaces that are there and belong to an instance that should run: a stopped instance's are
    /// gone from the tables before they are gone from the host.
    fn tell_ports(&mut self) {
        let wanted = |id: &NetworkInterfaceId| {
            let interface = self.told_from.interfaces.get(id)?;
            let instance = self.told_from.instances.get(&interface.attachment.as_ref()?.instance)?;
            (instance.desired == DesiredState::Running).then_some(())
        };
        let told: BTreeMap<&NetworkInterfaceId, u32> =
            self.plugged.iter().filter(|(id, _)| wanted(id).is_some()).map(|(id, port)| (id, *port)).collect();
        let ports = &mut self.ports.interfaces;
        let gone: Vec<NetworkInterfaceId> = ports.keys().filter(|id| !told.contains_key(id)).cloned().collect();
        for id in gone {
            ports.remove(&id);
        }
        for (id, port) in told {
            if ports.get(id) != Some(&port) {
                ports.insert(id.clone(), port);
            }
        }
    }
}

/// The interfaces of the host that bear an interface's identifier.
fn plugged(fabric: &Fabric) -> OrdMap<NetworkInterfaceId, u32> {
    fabric.ports().into_iter().filter_map(|(name, port)| Some((name.parse().ok()?, port))).collect()
}
