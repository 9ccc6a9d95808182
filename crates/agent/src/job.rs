//! A job: an instance that starts or ends, on a thread of its own, one at a time for each.

use crate::host::{Host, lock};
use crate::pass::wiring;
use crate::{AgentError, instance};
use croft_control::Cloud;
use croft_model::instance::{Instance, InstanceState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a stopping instance gets to end by itself.
const GRACE: Duration = Duration::from_secs(1);
/// After a failure the next try waits so long, twice as long each time ...
const FIRST_RETRY: Duration = Duration::from_millis(500);
/// ... up to this.
const LAST_RETRY: Duration = Duration::from_secs(30);
/// A launch that fails so often is given up.
const LAUNCH_TRIES: u32 = 3;

impl Host {
    pub(crate) fn job(
        self: &Arc<Self>,
        instance: &Instance,
        work: impl FnOnce(&Host, &Cloud, &Instance) -> Result<(), AgentError> + Send + 'static,
    ) {
        let (host, instance) = (Arc::clone(self), instance.clone());
        let id = instance.id.clone();
        let spawned = std::thread::Builder::new().name(format!("croft-{id}")).spawn(move || {
            // As it is now: the pass that asked for the job may be long ago.
            let cloud = host.cloud();
            let what = format!("instance {}", instance.id);
            // An instance must not stay busy for ever, whatever happens.
            let result =
                catch_unwind(AssertUnwindSafe(|| work(&host, &cloud, &instance))).unwrap_or(Err(AgentError::Panicked));
            let mut workloads = lock(&host.workloads);
            if let Some(live) = workloads.get_mut(&instance.id) {
                live.busy = false;
                live.retry_at = None;
                match &result {
                    Ok(()) => live.failures = 0,
                    Err(_) => {
                        let wait = FIRST_RETRY.saturating_mul(1 << live.failures.min(10)).min(LAST_RETRY);
                        live.failures += 1;
                        live.retry_at = Some(Instant::now() + wait);
                    }
                }
            }
            let failures = workloads.get(&instance.id).map_or(0, |live| live.failures);
            drop(workloads);
            // A first launch that cannot succeed ends as it does on AWS; what ran before is tried again and again.
            if let (Err(error), true) = (&result, failures >= LAUNCH_TRIES && instance.state == InstanceState::Pending)
            {
                let reason = Some(format!("Server.InternalError: {error}"));
                host.observer.instance(&instance.id, instance.generation, InstanceState::Terminated, reason);
            }
            host.trouble(&what, result);
            host.activate();
        });
        if let Err(error) = spawned {
            if let Some(live) = lock(&self.workloads).get_mut(&id) {
                live.busy = false;
            }
            self.trouble(&format!("instance {id}"), Err(AgentError::Thread(id.to_string(), error)));
        }
    }

    /// Interfaces first, then their rules, then the processes: a service has its network from the first instruction.
    pub(crate) fn begin(&self, cloud: &Cloud, instance: &Instance) -> Result<(), AgentError> {
        let ports = instance::ensure_interfaces(&self.fabric, cloud, instance)?;
        {
            let mut network = lock(&self.network);
            for (id, port) in ports {
                network.plug(id, port);
            }
        }
        self.apply();
        let options = &self.options;
        let workload = instance::start(&self.fabric, &options.launcher, &options.instances, cloud, instance)?;
        if let Some(live) = lock(&self.workloads).get_mut(&instance.id) {
            live.hosts = workload.spec().hosts.clone();
            live.wired = wiring(cloud, instance);
            live.generation = instance.generation;
            live.workload = Some(workload);
        }
        // Whoever waits for it finds its name everywhere.
        self.names(&self.cloud());
        self.observer.instance(&instance.id, instance.generation, InstanceState::Running, None);
        Ok(())
    }

    /// The other way round; the tables have let go of its ports as soon as it was asked to end.
    pub(crate) fn end(&self, instance: &Instance, state: InstanceState) -> Result<(), AgentError> {
        let directory = instance::directory(&self.options.instances, &instance.id);
        match state {
            InstanceState::Terminated => croft_workload::remove(&directory)?,
            _ => {
                if let Some(workload) = croft_workload::adopt(&directory)? {
                    workload.stop(GRACE)?;
                }
            }
        }
        for id in &instance.interfaces {
            lock(&self.network).unplug(id);
            self.fabric.remove_interface(id.as_str())?;
        }
        self.fabric.remove_namespace(instance.id.as_str())?;
        if let Some(live) = lock(&self.workloads).get_mut(&instance.id) {
            live.workload = None;
        }
        self.observer.instance(&instance.id, instance.generation, state, None);
        Ok(())
    }
}
