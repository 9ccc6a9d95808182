//! What the agent's threads share: the newest cloud, the network, what is known of each instance.

use crate::network::Network;
use crate::{AgentError, AgentOptions, Observer};
use croft_control::Cloud;
use croft_datapath::Fabric;
use croft_model::InstanceId;
use croft_model::interface::NetworkInterface;
use croft_workload::{Hosts, Workload};
use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

pub(crate) struct Host {
    pub(crate) options: AgentOptions,
    pub(crate) fabric: Arc<Fabric>,
    pub(crate) observer: Arc<dyn Observer>,
    /// The newest cloud.
    pub(crate) desired: Mutex<Cloud>,
    pub(crate) network: Mutex<Network>,
    pub(crate) workloads: Mutex<BTreeMap<InstanceId, Live>>,
    pub(crate) troubles: Mutex<BTreeMap<String, String>>,
    pub(crate) signal: Mutex<Signal>,
    pub(crate) changed: Condvar,
}

#[derive(Default)]
pub(crate) struct Signal {
    pub(crate) activated: bool,
    pub(crate) ended: bool,
}

/// What the agent knows of an instance.
#[derive(Default)]
pub(crate) struct Live {
    pub(crate) workload: Option<Workload>,
    /// Of the instance that the workload was started for.
    pub(crate) generation: u64,
    pub(crate) hosts: Hosts,
    /// The interfaces as they were last made.
    pub(crate) wired: Vec<NetworkInterface>,
    /// A job is at work.
    pub(crate) busy: bool,
    pub(crate) failures: u32,
    pub(crate) retry_at: Option<Instant>,
}

impl Host {
    pub(crate) fn activate(&self) {
        lock(&self.signal).activated = true;
        self.changed.notify_all();
    }

    pub(crate) fn cloud(&self) -> Cloud {
        lock(&self.desired).clone()
    }

    /// Brings the kernel's tables to the newest cloud.
    pub(crate) fn apply(&self) {
        let mut network = lock(&self.network);
        let cloud = self.cloud();
        let result = network.apply(&self.fabric, &cloud);
        drop(network);
        self.trouble("network", result);
    }

    pub(crate) fn trouble(&self, what: &str, result: Result<(), AgentError>) {
        let mut troubles = lock(&self.troubles);
        match result {
            Ok(()) => drop(troubles.remove(what)),
            Err(error) => {
                tracing::warn!(what, %error, "the host is not as desired");
                troubles.insert(what.to_string(), error.to_string());
            }
        }
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
