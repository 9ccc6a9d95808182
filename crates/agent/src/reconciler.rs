//! The passes: what should run and does not, what runs and should not.

use crate::network::Network;
use crate::{AgentError, hosts, instance};
use croft_control::Region;
use croft_datapath::Fabric;
use croft_model::gateway::NatGatewayState;
use croft_model::instance::{DesiredState, Instance, InstanceState};
use croft_model::interface::NetworkInterface;
use croft_model::{InstanceId, NatGatewayId};
use croft_workload::{Hosts, Launcher, Workload};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Without any change, a pass this often.
const PASS: Duration = Duration::from_secs(1);
/// A pass that looks at everything, this often.
const FULL_PASS: Duration = Duration::from_secs(5);
/// Processes that start or end at a time.
const JOBS: usize = 6;
/// What a stopping instance gets to end by itself.
const GRACE: Duration = Duration::from_secs(1);
/// After a failure the next try waits so long, twice as long each time ...
const FIRST_RETRY: Duration = Duration::from_millis(500);
/// ... up to this.
const LAST_RETRY: Duration = Duration::from_secs(30);
/// A launch that fails so often is given up.
const LAUNCH_TRIES: u32 = 3;

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

/// Takes what was seen back into the region.
pub trait Observer: Send + Sync {
    fn instance(&self, id: &InstanceId, generation: u64, state: InstanceState, reason: Option<String>);
    fn nat_gateway(&self, id: &NatGatewayId, state: NatGatewayState);
}

/// The reconciler of one host. Dropping it ends its threads and leaves everything running.
pub struct Agent {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    options: AgentOptions,
    fabric: Arc<Fabric>,
    observer: Arc<dyn Observer>,
    /// The newest region.
    desired: Mutex<Region>,
    network: Mutex<Network>,
    workloads: Mutex<BTreeMap<InstanceId, Live>>,
    troubles: Mutex<BTreeMap<String, String>>,
    signal: Mutex<Signal>,
    changed: Condvar,
}

#[derive(Default)]
struct Signal {
    activated: bool,
    ended: bool,
}

/// What the agent knows of an instance.
#[derive(Default)]
struct Live {
    workload: Option<Workload>,
    hosts: Hosts,
    /// The interfaces as they were last made.
    wired: Vec<NetworkInterface>,
    /// A job is at work.
    busy: bool,
    failures: u32,
    retry_at: Option<Instant>,
}

impl Agent {
    /// Brings the host to the region and keeps it there.
    pub fn start(
        options: AgentOptions,
        fabric: Arc<Fabric>,
        region: Region,
        observer: Arc<dyn Observer>,
    ) -> Result<Agent, AgentError> {
        let mut network = Network::new(&fabric, options.interface_connections);
        network.apply(&fabric, &region)?;
        let shared = Arc::new(Shared {
            options,
            fabric,
            observer,
            desired: Mutex::new(region),
            network: Mutex::new(network),
            workloads: Mutex::default(),
            troubles: Mutex::default(),
            signal: Mutex::new(Signal { activated: true, ended: false }),
            changed: Condvar::new(),
        });
        let passes = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("croft-agent".into())
            .spawn(move || passes.run())
            .map_err(|e| AgentError::Thread("the agent".into(), e))?;
        Ok(Agent { shared, thread: Mutex::new(Some(thread)) })
    }

    /// This is the region from now on. When this returns the kernel judges packets by it; processes follow.
    pub fn desire(&self, region: &Region) {
        {
            let mut desired = lock(&self.shared.desired);
            if desired.version < region.version {
                *desired = region.clone();
            }
        }
        // Also where a newer one has overtaken this: it may still be on its way into the kernel.
        self.shared.apply();
        self.shared.activate();
    }

    /// The version of the region that the kernel's tables show.
    pub fn applied(&self) -> u64 {
        lock(&self.shared.network).applied()
    }

    /// What keeps the host from being as desired, in sentences.
    pub fn troubles(&self) -> Vec<String> {
        lock(&self.shared.troubles).iter().map(|(what, why)| format!("{what}: {why}")).collect()
    }

    /// The compiler with the tables as they are applied, to name what is in them.
    pub fn with_network<T>(&self, work: impl FnOnce(&Network) -> T) -> T {
        work(&lock(&self.shared.network))
    }

    /// The workload of an instance, if it runs.
    pub fn workload(&self, id: &InstanceId) -> Option<Workload> {
        lock(&self.shared.workloads).get(id).and_then(|live| live.workload.clone())
    }

    /// Ends the passes and waits for the jobs; what runs goes on.
    pub fn close(&self) {
        lock(&self.shared.signal).ended = true;
        self.shared.changed.notify_all();
        if let Some(thread) = lock(&self.thread).take() {
            // A panic in it has been printed; there is nothing to add.
            let _ = thread.join();
        }
        while lock(&self.shared.workloads).values().any(|live| live.busy) {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.close();
    }
}

/// Ends every workload in a directory, all at a time, as a restart of the machine would: their disks, which are memory,
/// are gone, their logs stay. The region goes on to want them: the next agent starts them again.
pub fn end_workloads(instances: &Path) -> Result<(), AgentError> {
    each(instances, |directory| match croft_workload::adopt(directory) {
        Ok(Some(workload)) => workload.stop(Duration::ZERO).map(drop),
        _ => Ok(()),
    })?;
    unmount_below(instances)
}

/// Lets go of every mount below a directory, the innermost first.
fn unmount_below(directory: &Path) -> Result<(), AgentError> {
    let io = |source: std::io::Error| AgentError::Io { path: directory.to_path_buf(), source };
    let Ok(directory) = directory.canonicalize() else { return Ok(()) };
    let table = std::fs::read_to_string("/proc/self/mountinfo").map_err(io)?;
    // The fifth field is the mount point.
    let points = table.lines().filter_map(|line| line.split(' ').nth(4)).map(Path::new);
    let mut below: Vec<&Path> = points.filter(|point| point.starts_with(&directory)).collect();
    below.sort_by_key(|point| std::cmp::Reverse(point.components().count()));
    for point in below {
        nix::mount::umount2(point, nix::mount::MntFlags::MNT_DETACH).map_err(|e| io(e.into()))?;
    }
    Ok(())
}

/// Ends every workload in a directory and removes it with its directory.
pub fn remove_workloads(instances: &Path) -> Result<(), AgentError> {
    each(instances, croft_workload::remove)
}

fn each(instances: &Path, end: impl Fn(&Path) -> Result<(), croft_workload::Error> + Sync) -> Result<(), AgentError> {
    let entries = std::fs::read_dir(instances).into_iter().flatten().flatten();
    let directories: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    std::thread::scope(|scope| {
        let ends: Vec<_> = directories.iter().map(|directory| scope.spawn(|| end(directory))).collect();
        // A panic has been printed.
        ends.into_iter().filter_map(|end| end.join().ok()).collect::<Result<(), _>>()
    })?;
    Ok(())
}

impl Shared {
    fn run(self: Arc<Self>) {
        let mut last_full = Instant::now();
        loop {
            {
                let signal = lock(&self.signal);
                let (mut signal, _) = self
                    .changed
                    .wait_timeout_while(signal, PASS, |s| !s.activated && !s.ended)
                    .unwrap_or_else(PoisonError::into_inner);
                if signal.ended {
                    return;
                }
                signal.activated = false;
            }
            if last_full.elapsed() > FULL_PASS {
                last_full = Instant::now();
                self.look_at_everything();
            }
            self.pass();
        }
    }

    fn activate(&self) {
        lock(&self.signal).activated = true;
        self.changed.notify_all();
    }

    fn region(&self) -> Region {
        lock(&self.desired).clone()
    }

    /// Brings the kernel's tables to the newest region.
    fn apply(&self) {
        let mut network = lock(&self.network);
        let region = self.region();
        let result = network.apply(&self.fabric, &region);
        drop(network);
        self.trouble("network", result);
    }

    fn trouble(&self, what: &str, result: Result<(), AgentError>) {
        let mut troubles = lock(&self.troubles);
        match result {
            Ok(()) => drop(troubles.remove(what)),
            Err(error) => {
                tracing::warn!(what, %error, "the host is not as desired");
                troubles.insert(what.to_string(), error.to_string());
            }
        }
    }

    fn look_at_everything(&self) {
        let mut network = lock(&self.network);
        let region = self.region();
        let result = network.apply_fully(&self.fabric, &region);
        drop(network);
        self.trouble("network", result);
        self.trouble("internet services", self.fabric.ensure_services(&self.options.services).map_err(Into::into));
        for live in lock(&self.workloads).values_mut() {
            live.wired.clear();
        }
        self.trouble("sweep", self.fabric.sweep().map(drop).map_err(Into::into));
    }

    fn pass(self: &Arc<Self>) {
        let region = self.region();
        for instance in region.instances.values() {
            self.reconcile(&region, instance);
        }
        self.gateways(&region);
        self.orphans(&region);
    }

    /// A NAT gateway needs nothing of the host but its tables, which stand already.
    fn gateways(&self, region: &Region) {
        for gateway in region.nat_gateways.values() {
            match gateway.state {
                NatGatewayState::Pending => self.observer.nat_gateway(&gateway.id, NatGatewayState::Available),
                NatGatewayState::Deleting => self.observer.nat_gateway(&gateway.id, NatGatewayState::Deleted),
                _ => {}
            }
        }
    }

    fn reconcile(self: &Arc<Self>, region: &Region, instance: &Instance) {
        let mut workloads = lock(&self.workloads);
        let jobs = workloads.values().filter(|live| live.busy).count();
        let live = workloads.entry(instance.id.clone()).or_default();
        if live.busy || live.retry_at.is_some_and(|at| at > Instant::now()) {
            return;
        }
        if live.workload.is_none() {
            live.workload = instance::running(&self.options.instances, instance);
        }
        let runs = live.workload.is_some() && instance::running(&self.options.instances, instance).is_some();
        if !runs {
            live.workload = None;
        }
        if instance.desired != DesiredState::Running {
            let over = match instance.desired {
                DesiredState::Stopped => InstanceState::Stopped,
                _ => InstanceState::Terminated,
            };
            if instance.state == over && !runs {
                if over == InstanceState::Terminated {
                    workloads.remove(&instance.id);
                }
                return;
            }
            if jobs < JOBS {
                live.busy = true;
                drop(workloads);
                self.job(instance, move |shared, _, instance| shared.end(instance, over));
            }
            return;
        }
        if !runs {
            if jobs < JOBS {
                live.busy = true;
                drop(workloads);
                self.job(instance, |shared, region, instance| shared.begin(region, instance));
            }
            return;
        }
        let hosts = hosts::hosts(region, instance);
        if live.hosts != hosts
            && let Some(workload) = &mut live.workload
        {
            let result = workload.update_hosts(&hosts).map_err(AgentError::from);
            live.hosts = hosts;
            self.trouble(&format!("names in {}", instance.id), result);
        }
        let wired = wiring(region, instance);
        let rewire = live.wired != wired;
        drop(workloads);
        if rewire && self.interfaces(region, instance) {
            if let Some(live) = lock(&self.workloads).get_mut(&instance.id) {
                live.wired = wired;
            }
        }
        if instance.state != InstanceState::Running {
            self.observer.instance(&instance.id, instance.generation, InstanceState::Running, None);
        }
    }

    /// Interfaces that were attached to a running instance, or have other addresses now.
    fn interfaces(&self, region: &Region, instance: &Instance) -> bool {
        let ports = instance::ensure_interfaces(&self.fabric, region, instance);
        let what = format!("interfaces of {}", instance.id);
        match ports {
            Ok(ports) => {
                let mut network = lock(&self.network);
                let new = ports.iter().any(|(id, port)| network.ports().interfaces.get(id) != Some(port));
                if new {
                    for (id, port) in ports {
                        network.plug(id, port);
                    }
                    drop(network);
                    self.apply();
                }
                self.trouble(&what, Ok(()));
                true
            }
            Err(error) => {
                self.trouble(&what, Err(error));
                false
            }
        }
    }

    fn job(
        self: &Arc<Self>,
        instance: &Instance,
        work: impl FnOnce(&Shared, &Region, &Instance) -> Result<(), AgentError> + Send + 'static,
    ) {
        let (shared, instance) = (Arc::clone(self), instance.clone());
        let id = instance.id.clone();
        let spawned = std::thread::Builder::new().name(format!("croft-{id}")).spawn(move || {
            // As it is now: the pass that asked for the job may be long ago.
            let region = shared.region();
            let what = format!("instance {}", instance.id);
            let result = work(&shared, &region, &instance);
            let mut workloads = lock(&shared.workloads);
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
            if let (Err(error), true) = (&result, failures >= LAUNCH_TRIES && instance.state == InstanceState::Pending) {
                let reason = Some(format!("Server.InternalError: {error}"));
                shared.observer.instance(&instance.id, instance.generation, InstanceState::Terminated, reason);
            }
            shared.trouble(&what, result);
            shared.activate();
        });
        if let Err(error) = spawned {
            if let Some(live) = lock(&self.workloads).get_mut(&id) {
                live.busy = false;
            }
            self.trouble(&format!("instance {id}"), Err(AgentError::Thread(id.to_string(), error)));
        }
    }

    /// Interfaces first, then their rules, then the processes: a service has its network from the first instruction.
    fn begin(&self, region: &Region, instance: &Instance) -> Result<(), AgentError> {
        let ports = instance::ensure_interfaces(&self.fabric, region, instance)?;
        {
            let mut network = lock(&self.network);
            for (id, port) in ports {
                network.plug(id, port);
            }
        }
        self.apply();
        let options = &self.options;
        let workload = instance::start(&self.fabric, &options.launcher, &options.instances, region, instance)?;
        if let Some(live) = lock(&self.workloads).get_mut(&instance.id) {
            live.hosts = workload.spec().hosts.clone();
            live.wired = wiring(region, instance);
            live.workload = Some(workload);
        }
        self.observer.instance(&instance.id, instance.generation, InstanceState::Running, None);
        Ok(())
    }

    /// The other way round; the tables have let go of its ports as soon as it was asked to end.
    fn end(&self, instance: &Instance, state: InstanceState) -> Result<(), AgentError> {
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

    /// What is on the host and in no region: interfaces, namespaces and workloads of instances that are gone.
    fn orphans(&self, region: &Region) {
        let lives: BTreeSet<String> = region
            .instances
            .values()
            .filter(|i| i.state != InstanceState::Terminated)
            .map(|i| i.id.to_string())
            .collect();
        let busy: BTreeSet<String> =
            lock(&self.workloads).iter().filter(|(_, live)| live.busy).map(|(id, _)| id.to_string()).collect();
        let attached: BTreeSet<String> = region
            .instances
            .values()
            .filter(|i| i.desired == DesiredState::Running || busy.contains(i.id.as_str()))
            .flat_map(|i| i.interfaces.iter().map(ToString::to_string))
            .collect();
        if !busy.is_empty() {
            return;
        }
        for name in self.fabric.ports().keys().filter(|name| name.starts_with("eni-") && !attached.contains(*name)) {
            if let Ok(id) = name.parse() {
                lock(&self.network).unplug(&id);
            }
            self.trouble(&format!("interface {name}"), self.fabric.remove_interface(name).map_err(Into::into));
        }
        let gone = |name: &String| !lives.contains(name) && !busy.contains(name);
        let found = std::fs::read_dir(&self.options.instances).into_iter().flatten().flatten();
        for name in found.map(|e| e.file_name().to_string_lossy().into_owned()).filter(gone) {
            let result = croft_workload::remove(&self.options.instances.join(&name)).map_err(Into::into);
            self.trouble(&format!("workload {name}"), result);
        }
        for name in self.fabric.namespaces().unwrap_or_default().iter().filter(|n| gone(n)) {
            self.trouble(&format!("namespace {name}"), self.fabric.remove_namespace(name).map_err(Into::into));
        }
    }
}

/// What an instance's interfaces are made from.
fn wiring(region: &Region, instance: &Instance) -> Vec<NetworkInterface> {
    let interfaces = instance.interfaces.iter().filter_map(|id| region.interfaces.get(id));
    // Groups and the like are the tables' affair.
    interfaces.map(|i| NetworkInterface { groups: vec![], tags: Default::default(), ..i.clone() }).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
