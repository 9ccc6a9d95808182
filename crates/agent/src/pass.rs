//! A pass: what should be and is not, what is and should not be.

use crate::host::{Host, lock};
use crate::{AgentError, hosts, instance};
use croft_control::Cloud;
use croft_model::gateway::NatGatewayState;
use croft_model::instance::{DesiredState, Instance, InstanceState};
use croft_model::interface::{Attachment, AttachmentStatus, NetworkInterface};
use croft_workload::Status;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

/// Without any change, a pass this often.
const PASS: Duration = Duration::from_secs(1);
/// A pass that looks at everything, this often.
const FULL_PASS: Duration = Duration::from_secs(5);
/// Processes that start or end at a time.
const JOBS: usize = 6;

impl Host {
    pub(crate) fn run(self: Arc<Self>) {
        let mut last_full = Instant::now();
        let mut last = Cloud::default();
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
            let full = last_full.elapsed() > FULL_PASS;
            if full {
                last_full = Instant::now();
            }
            let cloud = self.cloud();
            let same = !full
                && cloud.instances.ptr_eq(&last.instances)
                && cloud.interfaces.ptr_eq(&last.interfaces)
                && cloud.vpcs.ptr_eq(&last.vpcs);
            let done = catch_unwind(AssertUnwindSafe(|| {
                if full {
                    self.look_at_everything();
                }
                self.pass(&cloud, same);
            }));
            self.trouble("the pass over all instances", done.map_err(|_| AgentError::Panicked));
            last = cloud;
        }
    }

    fn look_at_everything(&self) {
        let mut network = lock(&self.network);
        let cloud = self.cloud();
        let result = network.apply_fully(&self.fabric, &cloud);
        drop(network);
        self.trouble("network", result);
        self.trouble("internet services", self.fabric.ensure_services(&self.options.services).map_err(Into::into));
        for live in lock(&self.workloads).values_mut() {
            live.wired.clear();
        }
        self.trouble("sweep", self.fabric.sweep().map(drop).map_err(Into::into));
    }

    /// `same`: instances and interfaces are as they were at the last pass; only what happens by itself is looked for.
    fn pass(self: &Arc<Self>, cloud: &Cloud, same: bool) {
        for instance in cloud.instances.values() {
            self.reconcile(cloud, instance, same);
        }
        self.gateways(cloud);
        if !same {
            self.names(cloud);
            self.orphans(cloud);
        }
    }

    /// A NAT gateway needs nothing of the host but its tables, which stand already.
    fn gateways(&self, cloud: &Cloud) {
        for gateway in cloud.nat_gateways.values() {
            match gateway.state {
                NatGatewayState::Pending => self.observer.nat_gateway(&gateway.id, NatGatewayState::Available),
                NatGatewayState::Deleting => self.observer.nat_gateway(&gateway.id, NatGatewayState::Deleted),
                _ => {}
            }
        }
    }

    /// Puts the names of its stack into every instance that runs.
    pub(crate) fn names(&self, cloud: &Cloud) {
        for (id, live) in lock(&self.workloads).iter_mut() {
            let (Some(workload), Some(instance)) = (&mut live.workload, cloud.instances.get(id)) else { continue };
            let hosts = hosts::hosts(cloud, instance);
            if live.hosts != hosts {
                let result = workload.update_hosts(&hosts).map_err(AgentError::from);
                live.hosts = hosts;
                // One that ends meanwhile has its folder taken away, and needs no names.
                let now = self.cloud();
                let wanted = now.instances.get(id).is_some_and(|i| i.desired == DesiredState::Running);
                let result = if wanted { result } else { Ok(()) };
                self.trouble(&format!("names in {id}"), result);
            }
        }
    }

    fn reconcile(self: &Arc<Self>, cloud: &Cloud, instance: &Instance, same: bool) {
        let mut workloads = lock(&self.workloads);
        let jobs = workloads.values().filter(|live| live.busy).count();
        let live = workloads.entry(instance.id.clone()).or_default();
        if live.busy || live.retry_at.is_some_and(|at| at > Instant::now()) {
            return;
        }
        let current = live.generation == instance.generation;
        let runs = current && live.workload.as_ref().is_some_and(|w| matches!(w.status(), Ok(Status::Running)));
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
                self.job(instance, move |host, _, instance| host.end(instance, over));
            }
            return;
        }
        if !runs && instance::shut_itself_down(&self.options.instances, instance) {
            drop(workloads);
            let reason = Some("Client.InstanceInitiatedShutdown: Instance initiated shutdown".to_string());
            self.observer.instance(&instance.id, instance.generation, InstanceState::Stopped, reason);
            return;
        }
        if !runs {
            if jobs < JOBS {
                live.busy = true;
                drop(workloads);
                self.job(instance, |host, cloud, instance| host.begin(cloud, instance));
            }
            return;
        }
        if same {
            return;
        }
        let wired = wiring(cloud, instance);
        let rewire = live.wired != wired;
        drop(workloads);
        if rewire {
            if !self.interfaces(cloud, instance) {
                return;
            }
            if let Some(live) = lock(&self.workloads).get_mut(&instance.id) {
                live.wired = wired;
            }
        }
        self.attached(cloud, instance);
        if instance.state != InstanceState::Running {
            self.observer.instance(&instance.id, instance.generation, InstanceState::Running, None);
        }
    }

    /// Interfaces that were attached to a running instance or detached from it, or have other addresses now.
    fn interfaces(&self, cloud: &Cloud, instance: &Instance) -> bool {
        let ports = self.detached(instance).and_then(|()| instance::ensure_interfaces(&self.fabric, cloud, instance));
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

    /// Every interface of the instance is inside it now.
    fn attached(&self, cloud: &Cloud, instance: &Instance) {
        for interface in instance.interfaces.iter().filter_map(|id| cloud.interfaces.get(id)) {
            if let Some(attachment) = interface.attachment.as_ref().filter(|a| a.status == AttachmentStatus::Attaching)
            {
                self.observer.attached(&interface.id, &attachment.id);
            }
        }
    }

    /// Removes what an instance has no more. The tables have let go of it when it was detached.
    fn detached(&self, instance: &Instance) -> Result<(), AgentError> {
        for name in self.fabric.interfaces_in(instance.id.as_str()) {
            let Ok(id) = name.parse() else { continue };
            if !instance.interfaces.contains(&id) {
                lock(&self.network).unplug(&id);
                self.fabric.remove_interface(&name)?;
            }
        }
        Ok(())
    }

    /// What is on the host and in no cloud: interfaces, namespaces and workloads of instances that are gone.
    fn orphans(&self, cloud: &Cloud) {
        let lives: BTreeSet<String> = cloud
            .instances
            .values()
            .filter(|i| i.state != InstanceState::Terminated)
            .map(|i| i.id.to_string())
            .collect();
        let busy: BTreeSet<String> =
            lock(&self.workloads).iter().filter(|(_, live)| live.busy).map(|(id, _)| id.to_string()).collect();
        let attached: BTreeSet<String> = cloud
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
pub(crate) fn wiring(cloud: &Cloud, instance: &Instance) -> Vec<NetworkInterface> {
    let interfaces = instance.interfaces.iter().filter_map(|id| cloud.interfaces.get(id));
    // Groups and the like are the tables' affair, and whether it was seen is what comes of it.
    let attachment =
        |i: &NetworkInterface| Some(Attachment { status: AttachmentStatus::Attached, ..i.attachment.clone()? });
    interfaces
        .map(|i| NetworkInterface { groups: vec![], tags: Default::default(), attachment: attachment(i), ..i.clone() })
        .collect()
}
