//! One instance on the host: its namespace, its interfaces, its processes.

use crate::{AgentError, hosts};
use croft_control::Cloud;
use croft_datapath::{Fabric, InterfaceSpec};
use croft_model::instance::Instance;
use croft_model::{InstanceId, NetworkInterfaceId};
use croft_workload::{Launcher, Limits, Spec, Status, Workload};
use std::collections::BTreeMap;
use std::fs;
use std::net::Ipv4Addr;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// MTU inside a VPC (row NET-8).
const MTU: u32 = 9001;

/// Where the workload of an instance lives.
pub fn directory(instances: &Path, id: &InstanceId) -> PathBuf {
    instances.join(id.as_str())
}

/// The workload of an instance if it runs and was started for this generation of it.
pub fn running(instances: &Path, instance: &Instance) -> Option<Workload> {
    let directory = directory(instances, &instance.id);
    if generation(&directory) != Some(instance.generation) {
        return None;
    }
    let workload = croft_workload::adopt(&directory).ok()??;
    matches!(workload.status(), Ok(Status::Running)).then_some(workload)
}

/// Whether an instance that should run has shut itself down. One that was killed, or lost with its machine, has not.
pub fn shut_itself_down(instances: &Path, instance: &Instance) -> bool {
    let directory = directory(instances, &instance.id);
    generation(&directory) == Some(instance.generation)
        && matches!(croft_workload::adopt(&directory), Ok(Some(workload))
            if matches!(workload.status(), Ok(Status::Exited { .. })))
}

/// Makes namespace and interfaces of an instance; gives the ports. What is there already is not touched.
pub fn ensure_interfaces(
    fabric: &Fabric,
    cloud: &Cloud,
    instance: &Instance,
) -> Result<Vec<(NetworkInterfaceId, u32)>, AgentError> {
    fabric.ensure_namespace(instance.id.as_str())?;
    instance.interfaces.iter().map(|id| Ok((id.clone(), ensure_interface(fabric, cloud, instance, id)?))).collect()
}

fn ensure_interface(
    fabric: &Fabric,
    cloud: &Cloud,
    instance: &Instance,
    id: &NetworkInterfaceId,
) -> Result<u32, AgentError> {
    let missing = || AgentError::NoInterface(id.clone());
    let interface = cloud.interfaces.get(id).ok_or_else(missing)?;
    let block = cloud.subnets.get(&interface.subnet).ok_or_else(missing)?.block;
    let device = interface.attachment.as_ref().map_or(0, |a| a.device_index);
    Ok(fabric.ensure_interface(&InterfaceSpec {
        name: id.to_string(),
        namespace: instance.id.to_string(),
        device: format!("eth{device}"),
        mac: interface.mac,
        addresses: interface.private_ips.iter().map(|a| (*a, block.prefix_len())).collect(),
        // The second address of a subnet is its router (row NET-2).
        gateway: offset(block.network(), 1),
        mtu: MTU,
    })?)
}

/// Starts the processes of an instance whose interfaces are there.
pub fn start(
    fabric: &Fabric,
    launcher: &Launcher,
    instances: &Path,
    cloud: &Cloud,
    instance: &Instance,
) -> Result<Workload, AgentError> {
    let directory = directory(instances, &instance.id);
    let io = |source| AgentError::Io { path: directory.clone(), source };
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&directory).map_err(io)?;
    // Of an older generation, or left behind by a daemon that was killed half-way.
    settle(&directory);
    if let Ok(Some(old)) = croft_workload::adopt(&directory) {
        old.stop(Duration::ZERO)?;
    }
    // Written first: a workload whose start was not recorded would be taken for an older one and ended.
    fs::write(directory.join(GENERATION), instance.generation.to_string()).map_err(io)?;
    let primary = instance.interfaces.first().and_then(|id| cloud.interfaces.get(id));
    let address = primary.and_then(|i| i.private_ips.first().copied()).unwrap_or(Ipv4Addr::UNSPECIFIED);
    let base = primary.and_then(|i| cloud.vpcs.get(&i.vpc)).and_then(|v| v.cidr_blocks.first());
    let spec = Spec {
        fabric: fabric.id().to_string(),
        name: instance.id.to_string(),
        dir: directory.clone(),
        netns: fabric.ensure_namespace(instance.id.as_str())?,
        hostname: hosts::host_name(address),
        hosts: hosts::hosts(cloud, instance),
        // The VPC's resolver (row NET-15).
        resolver: base.map_or(Ipv4Addr::new(169, 254, 169, 253), |b| offset(b.block.network(), 2)),
        user_data: instance.user_data.clone(),
        environment: BTreeMap::new(),
        limits: Limits::default(),
        tools: vec![(launcher.program.clone(), crate::SERVICE.to_string())],
    };
    fs::write(directory.join(STARTING), "").map_err(io)?;
    let started = croft_workload::start(launcher, &spec);
    fs::remove_file(directory.join(STARTING)).map_err(io)?;
    Ok(started?)
}

/// Waits for a start that was under way when its agent was killed: what is not up yet cannot be ended.
pub fn settle(directory: &Path) {
    /// A start takes some ten milliseconds, and a hundred times that on a machine under load.
    const PATIENCE: Duration = Duration::from_secs(10);
    let began = Instant::now();
    let up = || matches!(croft_workload::adopt(directory), Ok(Some(w)) if matches!(w.status(), Ok(Status::Running)));
    while directory.join(STARTING).exists() && !up() && began.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// There while a start is under way.
const STARTING: &str = "starting";

const GENERATION: &str = "generation";

fn generation(directory: &Path) -> Option<u64> {
    fs::read_to_string(directory.join(GENERATION)).ok()?.trim().parse().ok()
}

fn offset(network: Ipv4Addr, by: u32) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(network).saturating_add(by))
}
