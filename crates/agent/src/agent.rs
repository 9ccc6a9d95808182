//! The agent of one host, as others see it.

use crate::host::{Host, Live, Signal, lock};
use crate::network::Network;
use crate::{AgentError, instance};
use croft_control::Cloud;
use croft_datapath::Fabric;
use croft_model::gateway::NatGatewayState;
use croft_model::instance::InstanceState;
use croft_model::{AttachmentId, InstanceId, NatGatewayId, NetworkInterfaceId};
use croft_workload::{Launcher, Workload};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

#[derive(Clone, Debug)]
pub struct AgentOptions {
    /// How a workload's first process is started.
    pub launcher: Launcher,
    /// Where workloads live, a directory each.
    pub instances: PathBuf,
    /// Program and arguments that serve the internet.
    pub services: Vec<String>,
    /// Most connections of one interface, 0 = no limit.
    pub interface_connections: u32,
}

/// Takes what was seen back into the cloud.
pub trait Observer: Send + Sync {
    fn instance(&self, id: &InstanceId, generation: u64, state: InstanceState, reason: Option<String>);
    /// An interface is inside the instance that it is attached to.
    fn attached(&self, interface: &NetworkInterfaceId, attachment: &AttachmentId);
    fn nat_gateway(&self, id: &NatGatewayId, state: NatGatewayState);
}

/// The reconciler of one host. Dropping it ends its threads and leaves everything running.
pub struct Agent {
    host: Arc<Host>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Agent {
    /// Brings the host to the cloud and keeps it there.
    pub fn start(
        options: AgentOptions,
        fabric: Arc<Fabric>,
        cloud: Cloud,
        observer: Arc<dyn Observer>,
    ) -> Result<Agent, AgentError> {
        let mut network = Network::new(&fabric, options.interface_connections);
        network.apply(&fabric, &cloud)?;
        let host = Arc::new(Host {
            fabric,
            observer,
            network: Mutex::new(network),
            workloads: Mutex::new(adopt(&options, &cloud)),
            desired: Mutex::new(cloud),
            troubles: Mutex::default(),
            signal: Mutex::new(Signal { activated: true, ended: false }),
            changed: Condvar::new(),
            options,
        });
        let passes = Arc::clone(&host);
        let thread = std::thread::Builder::new()
            .name("croft-agent".into())
            .spawn(move || passes.run())
            .map_err(|e| AgentError::Thread("the agent".into(), e))?;
        Ok(Agent { host, thread: Mutex::new(Some(thread)) })
    }

    /// This is the cloud from now on. When this returns the kernel judges packets by it; processes follow.
    pub fn desire(&self, cloud: &Cloud) {
        {
            let mut desired = lock(&self.host.desired);
            if desired.version < cloud.version {
                *desired = cloud.clone();
            }
        }
        // Also where a newer one has overtaken this: it may still be on its way into the kernel.
        self.host.apply();
        self.host.activate();
    }

    /// The version of the cloud that the kernel's tables show.
    pub fn applied(&self) -> u64 {
        lock(&self.host.network).applied()
    }

    /// What keeps the host from being as desired, in sentences.
    pub fn troubles(&self) -> Vec<String> {
        lock(&self.host.troubles).iter().map(|(what, why)| format!("{what}: {why}")).collect()
    }

    /// The compiler with the tables as they are applied, to name what is in them.
    pub fn with_network<T>(&self, work: impl FnOnce(&Network) -> T) -> T {
        work(&lock(&self.host.network))
    }

    /// The workload of an instance, if it runs.
    pub fn workload(&self, id: &InstanceId) -> Option<Workload> {
        lock(&self.host.workloads).get(id).and_then(|live| live.workload.clone())
    }

    /// Ends the passes and waits for the jobs; what runs goes on.
    pub fn close(&self) {
        lock(&self.host.signal).ended = true;
        self.host.changed.notify_all();
        if let Some(thread) = lock(&self.thread).take() {
            // A panic in it has been printed; there is nothing to add.
            let _ = thread.join();
        }
        while lock(&self.host.workloads).values().any(|live| live.busy) {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.close();
    }
}

/// What an earlier agent has left running.
fn adopt(options: &AgentOptions, cloud: &Cloud) -> BTreeMap<InstanceId, Live> {
    let running = cloud.instances.values().filter_map(|instance| {
        let workload = instance::running(&options.instances, instance)?;
        let hosts = workload.spec().hosts.clone();
        Some((
            instance.id.clone(),
            Live { workload: Some(workload), generation: instance.generation, hosts, ..Live::default() },
        ))
    });
    running.collect()
}
