//! One fabric: everything of Croft on this machine that is made of kernel objects.
//!
//! It lives in namespaces and a bpffs of its own and needs no process: [`Fabric`] is a handle. Opening makes what is
//! missing and adopts what is there; dropping the handle leaves everything running.

use std::{
    collections::BTreeMap,
    fs,
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use croft_engine::tables::Uplink;

use crate::{
    FabricError,
    apply::State,
    bpf, carrier,
    error::Doing,
    interface::{self, Attachment},
    internet::{services, uplink},
    link::VethEnd,
    mount, namespace,
    netlink::Netlink,
    owner::Ownership,
    program::{self, Sizes},
    run_dir::RunDir,
    slow::SlowPath,
    tables::Maps,
};

/// How to open a fabric.
#[derive(Clone, Debug)]
pub struct FabricOptions {
    /// Short name for people and process lists, unique on the machine: 1 to 10 letters, digits and '-'.
    pub id: String,
    /// The fabric's directory, made if it is not there. Everything is found again by it.
    pub run_dir: PathBuf,
    /// Size of the table of connections, when it is made; a running fabric keeps its own.
    pub connections: u32,
    /// Program and arguments that run [`crate::internet_services`], which the run directory is put behind; empty: the
    /// internet answers pings only.
    pub services: Vec<String>,
    /// It may be removed once its owner is gone (see [`crate::clean`]).
    pub ephemeral: bool,
}

impl FabricOptions {
    /// A million connections, no services, kept.
    pub fn new(id: impl Into<String>, run_dir: impl Into<PathBuf>) -> FabricOptions {
        FabricOptions {
            id: id.into(),
            run_dir: run_dir.into(),
            connections: 1_000_000,
            services: Vec::new(),
            ephemeral: false,
        }
    }
}

/// A running fabric and the ownership of it.
pub struct Fabric {
    id: String,
    dir: RunDir,
    netlink: Mutex<Netlink>,
    ports: Mutex<BTreeMap<String, Attachment>>,
    maps: Arc<Maps>,
    state: Mutex<State>,
    uplink: Uplink,
    adopted: bool,
    slow: Mutex<Option<SlowPath>>,
    /// Last: the ownership ends when all else has.
    _ownership: Ownership,
}

/// The veth pair by which the kernel hands packets to this process, both ends in the fabric's namespace: the kernel
/// sends to the first, the slow path reads from the second.
pub(crate) const PUNT_DEVICES: [&str; 2] = ["punt0", "punt1"];

/// The largest there is: packets pass here with a header in front.
const PUNT_MTU: u32 = 65_535;

impl Fabric {
    /// Opens a fabric: makes what is missing, adopts what is there, and takes the ownership, which ends with the handle
    /// or the process. A fabric that another process owns, or that has another layout, is refused.
    pub fn open(options: FabricOptions) -> Result<Fabric, FabricError> {
        check(&options)?;
        let dir = RunDir::create(&options.run_dir)?;
        let ownership = dir.lock()?;
        dir.set_ephemeral(options.ephemeral)?;
        let adopted = check_layout(&dir)?;
        let parts = match Parts::ensure(&dir, &options) {
            Ok(parts) => parts,
            Err(error) => {
                // Half a fabric is of no use to anyone; one that was running stays.
                if !adopted {
                    let _ = dir.destroy();
                }
                return Err(error);
            }
        };
        Ok(Fabric {
            id: options.id,
            dir,
            netlink: Mutex::new(parts.netlink),
            ports: Mutex::new(parts.ports),
            maps: parts.maps,
            state: Mutex::new(parts.state),
            uplink: parts.uplink,
            adopted,
            slow: Mutex::new(Some(parts.slow)),
            _ownership: ownership,
        })
    }

    /// The short name.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The directory, without symbolic links.
    pub fn run_dir(&self) -> &Path {
        self.dir.root()
    }

    /// Whether it was running already when this handle was opened.
    pub fn was_adopted(&self) -> bool {
        self.adopted
    }

    /// How many connections the table holds at most.
    pub fn connection_capacity(&self) -> u32 {
        self.maps.connections.capacity()
    }

    /// The way to the internet, for the tables.
    pub fn uplink(&self) -> Uplink {
        self.uplink
    }

    /// The maps of the packet program.
    pub fn maps(&self) -> &Maps {
        &self.maps
    }

    /// The ports of all interfaces, by name.
    pub fn ports(&self) -> BTreeMap<String, u32> {
        self.port_table().iter().map(|(name, a)| (name.clone(), a.port)).collect()
    }

    /// The interfaces in a namespace.
    pub fn interfaces_in(&self, namespace: &str) -> Vec<String> {
        let table = self.port_table();
        table.iter().filter(|(_, a)| a.namespace == namespace).map(|(name, _)| name.clone()).collect()
    }

    /// The port of an interface.
    pub fn port(&self, name: &str) -> Option<u32> {
        self.port_table().get(name).map(|a| a.port)
    }

    pub(crate) fn attachment(&self, name: &str) -> Result<Attachment, FabricError> {
        self.port_table().get(name).cloned().ok_or_else(|| FabricError::NoInterface(name.into()))
    }

    /// Makes the network namespace of a workload unless it is there; says the file that stands for it (to be opened
    /// and entered with `setns`). It has its `lo` and, until interfaces come, nothing else.
    pub fn ensure_namespace(&self, name: &str) -> Result<PathBuf, FabricError> {
        let path = self.dir.namespace(name)?;
        if !mount::is_mount(&path)? {
            namespace::create(&path, &[namespace::SYSCTLS, WORKLOAD_SYSCTLS].concat())?;
            let mut inner = Netlink::open(&path)?;
            if let Some(lo) = inner.link("lo")? {
                inner.set_up(lo.index, None)?;
            }
        }
        Ok(path)
    }

    /// Lets go of a workload's namespace. It ends, and interfaces that are still in it with it, when the last process in
    /// it is gone; remove the interfaces first.
    pub fn remove_namespace(&self, name: &str) -> Result<(), FabricError> {
        namespace::remove(&self.dir.namespace(name)?)
    }

    /// The names of the workloads' namespaces.
    pub fn namespaces(&self) -> Result<Vec<String>, FabricError> {
        let dir = self.dir.namespaces();
        let mut names: Vec<String> = mount::mounts_under(&dir)?
            .iter()
            .filter_map(|p| Some(p.strip_prefix(&dir).ok()?.to_str()?.to_owned()))
            .collect();
        names.sort();
        Ok(names)
    }

    /// Runs `work` on a thread inside a workload's namespace: sockets it opens stay there.
    pub fn in_namespace<T: Send>(&self, name: &str, work: impl FnOnce() -> T + Send) -> Result<T, FabricError> {
        let path = self.dir.namespace(name)?;
        if !mount::is_mount(&path)? {
            return Err(FabricError::NoNamespace(name.into()));
        }
        namespace::inside(&path, work)
    }

    /// Runs `work` on a thread inside the internet's namespace, where every public address may be bound.
    pub fn in_internet<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T, FabricError> {
        namespace::inside(&self.dir.internet_namespace(), work)
    }

    /// Starts the internet's services again if they have ended.
    pub fn ensure_services(&self, command: &[String]) -> Result<(), FabricError> {
        services::ensure(&self.dir, command)
    }

    /// Loads the program of this binary over the running tables and puts it in the place of the one in every link: no
    /// packet is lost, no table is touched.
    pub fn replace_program(&self) -> Result<(), FabricError> {
        // No interface is attached to the old one meanwhile.
        let _links = self.netlink();
        // And nobody changes the clock.
        let _state = self.state();
        replace_program(&self.dir, Sizes { connections: self.connection_capacity() })
    }

    /// Loads the packet program, or another build of it (an object file), over the running tables and puts it nowhere: to
    /// compare the two. One of another layout is refused, or makes nonsense of the tables.
    pub fn load_program(&self, object: Option<&[u8]>) -> Result<OwnedFd, FabricError> {
        let _state = self.state();
        program::load_object(
            object.unwrap_or(program::OBJECT),
            &self.dir,
            Sizes { connections: self.connection_capacity() },
        )
    }

    /// Lets go of the fabric and leaves everything running. Dropping the handle does the same.
    pub fn close(self) {}

    /// Takes everything down: namespaces, mounts, pins, the services' process, the directory.
    pub fn destroy(self) -> Result<(), FabricError> {
        drop(self.slow().take());
        self.dir.destroy()
    }

    pub(crate) fn dir(&self) -> &RunDir {
        &self.dir
    }

    pub(crate) fn netlink(&self) -> MutexGuard<'_, Netlink> {
        self.netlink.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn port_table(&self) -> MutexGuard<'_, BTreeMap<String, Attachment>> {
        self.ports.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn slow(&self) -> MutexGuard<'_, Option<SlowPath>> {
        self.slow.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a handle holds of a fabric.
struct Parts {
    netlink: Netlink,
    ports: BTreeMap<String, Attachment>,
    maps: Arc<Maps>,
    state: State,
    uplink: Uplink,
    slow: SlowPath,
}

impl Parts {
    /// Makes what every fabric has, or finds it.
    fn ensure(dir: &RunDir, options: &FabricOptions) -> Result<Parts, FabricError> {
        if !mount::is_mount(&dir.fabric_namespace())? {
            namespace::create(&dir.fabric_namespace(), namespace::SYSCTLS)?;
        }
        let mut netlink = Netlink::open(&dir.fabric_namespace())?;
        let punt = ensure_punt(&mut netlink)?;
        let uplink = uplink::ensure(dir, &mut netlink)?;
        mount::ensure_bpffs(&dir.bpf())?;
        for sub in [dir.map(""), dir.links()] {
            fs::create_dir_all(&sub).doing(|| format!("create {}", sub.display()))?;
        }
        ensure_program(dir, Sizes { connections: options.connections })?;
        let maps = Arc::new(Maps::open(dir)?);
        let state = State::read(&maps)?;
        let ports = netlink.links()?.values().filter_map(Attachment::read).collect();
        interface::attach(dir, uplink::DEVICE, uplink.port)?;
        services::ensure(dir, &options.services)?;
        let slow = SlowPath::start(dir, punt, maps.clone())?;
        Ok(Parts { netlink, ports, maps, state, uplink, slow })
    }
}

/// Of a workload's namespace, beside what all have: several interfaces may answer for each other's routes, and
/// anyone may ping.
const WORKLOAD_SYSCTLS: &[(&str, &str)] = &[
    ("ipv4/conf/all/rp_filter", "0"),
    ("ipv4/conf/default/rp_filter", "0"),
    ("ipv4/conf/all/promote_secondaries", "1"),
    ("ipv4/conf/default/promote_secondaries", "1"),
    ("ipv4/ping_group_range", "0 2147483647"),
];

fn check(options: &FabricOptions) -> Result<(), FabricError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if !(1..=10).contains(&options.id.len()) || !options.id.chars().all(plain) {
        return Err(FabricError::Invalid {
            what: "the fabric id",
            value: options.id.clone(),
            why: "it must have 1 to 10 letters, digits and '-'",
        });
    }
    if options.connections == 0 {
        return Err(FabricError::Invalid {
            what: "the number of connections",
            value: "0".into(),
            why: "the table needs at least one entry",
        });
    }
    Ok(())
}

/// Refuses a running fabric of another layout, and writes down the layout of a new one. Says whether one is running.
fn check_layout(dir: &RunDir) -> Result<bool, FabricError> {
    let expected = format!("{:016x}", croft_engine::LAYOUT);
    let path = dir.layout();
    // Without its mount (after a restart of the machine, say) nothing of it is left but files, and without a program it
    // was never finished.
    let running = mount::is_mount(&dir.bpf())? && dir.program().exists();
    if !running {
        fs::write(&path, expected).doing(|| format!("write {}", path.display()))?;
        return Ok(false);
    }
    let found = fs::read_to_string(&path).doing(|| format!("read {}", path.display()))?;
    if found.trim() != expected {
        return Err(FabricError::Layout { run_dir: dir.root().into(), found: found.trim().into(), expected });
    }
    Ok(true)
}

/// Makes the punt pair; says the ifindexes of its ends.
fn ensure_punt(netlink: &mut Netlink) -> Result<[u32; 2], FabricError> {
    let [near, far] = PUNT_DEVICES;
    if netlink.link(near)?.is_none() {
        let end = |name, last| VethEnd { name, mac: [0x02, 0xc0, 0, 0, 1, last], mtu: PUNT_MTU, namespace: None };
        netlink.add_veth(&end(near, 1), &end(far, 2))?;
    }
    let mut indexes = [0; 2];
    for (index, device) in indexes.iter_mut().zip(PUNT_DEVICES) {
        let link = netlink.link(device)?.ok_or_else(|| FabricError::NoInterface(device.into()))?;
        netlink.set_up(link.index, None)?;
        *index = link.index;
    }
    for device in PUNT_DEVICES {
        carrier::wait(device, || netlink.link(device))?;
    }
    Ok(indexes)
}

/// Loads the program where none is pinned, and replaces one that another version of this binary has loaded.
fn ensure_program(dir: &RunDir, sizes: Sizes) -> Result<(), FabricError> {
    let running = fs::read_to_string(dir.program_version()).ok();
    if dir.program().exists() && running.as_deref() == Some(&program::version()) {
        return Ok(());
    }
    replace_program(dir, sizes)
}

fn replace_program(dir: &RunDir, sizes: Sizes) -> Result<(), FabricError> {
    let program = program::load(dir, sizes)?;
    for entry in fs::read_dir(dir.links()).doing(|| format!("read {}", dir.links().display()))? {
        let path = entry.doing(|| format!("read {}", dir.links().display()))?.path();
        let link = match bpf::open_pin(&path) {
            // Its interface was removed meanwhile.
            Err(e) if e.is_not_found() => continue,
            other => other?,
        };
        match bpf::replace_program(&link, &program) {
            // The device is gone and the link with it: there is nothing to swap.
            Err(FabricError::Bpf { error, .. }) if error.raw_os_error() == Some(libc::ENOLINK) => {}
            other => other?,
        }
    }
    program::pin(dir, &program)?;
    fs::write(dir.program_version(), program::version()).doing(|| format!("write {}", dir.program_version().display()))
}
