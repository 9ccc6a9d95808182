//! A region that runs: started, asked, ended.

use crate::drops::DropHub;
use crate::error::Error;
use crate::keeper::Keeper;
use crate::options::Options;
use crate::protocol::{Listing, Status};
use crate::stacks::AtWork;
use crate::state_dir::StateDir;
use crate::{listing, socket};
use croft_agent::name::{NameError, Names, Target};
use croft_agent::{Agent, AgentOptions};
use croft_control::Cloud;
use croft_datapath::{Fabric, FabricError, FabricOptions};
use croft_model::InstanceId;
use croft_workload::{Launcher, Workload};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// One region in one state directory. Dropping it ends the process's part: the fabric goes on, for the next daemon, or
/// goes too if it is ephemeral.
pub struct Daemon {
    /// None only while it ends.
    inner: Option<Arc<Inner>>,
    socket: Option<socket::Server>,
}

/// What requests are answered from.
pub struct Inner {
    pub(crate) keeper: Arc<Keeper>,
    pub(crate) agent: Arc<Agent>,
    pub(crate) fabric: Arc<Fabric>,
    pub(crate) drops: DropHub,
    pub(crate) launcher: Launcher,
    pub(crate) options: Options,
    /// The canonical path.
    pub(crate) state_path: PathBuf,
    /// One probe at a time: each reads the drop counters for its own packets.
    pub(crate) probing: Mutex<()>,
    pub(crate) at_work: AtWork,
    stop: Mutex<Option<Stop>>,
    stopped: Condvar,
    state: StateDir,
}

/// How a daemon was asked to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    pub keep_fabric: bool,
}

impl Daemon {
    /// Takes the state directory, adopts the fabric that runs for it or makes one, and brings it to the region.
    pub fn start(options: Options) -> Result<Daemon, Error> {
        clean_up_after_the_dead(&options.run_base);
        let state = StateDir::take(&options.state_dir)?;
        let durability = if options.durable { croft_store::Durability::Full } else { croft_store::Durability::Normal };
        let (store, cloud) = once_free(|| Ok(croft_store::Store::open(state.path(), durability)?))?;
        let run_dir = options.run_base.join(state.fabric_id());
        if let Some(other) = crate::doctor::state_of(&run_dir).filter(|other| other != state.path()) {
            return Err(Error::ForeignFabric { run_dir, state: other });
        }
        let wanted = FabricOptions {
            id: state.fabric_id(),
            run_dir: run_dir.clone(),
            connections: options.connections,
            services: options.services(),
            ephemeral: options.ephemeral,
        };
        let opened = once_free(|| Ok(Fabric::open(wanted.clone())?));
        if opened.is_err() && options.ephemeral {
            // What was made before it failed; the error says more than this could.
            let _ = croft_datapath::destroy_by_run_dir(&run_dir);
        }
        let fabric = Arc::new(opened?);
        // For whoever finds the fabric without its owner.
        let mark = run_dir.join(STATE_MARK);
        std::fs::write(&mark, state.path().as_os_str().as_encoded_bytes()).map_err(|e| Error::io(&mark, e))?;
        let _ = std::fs::remove_file(run_dir.join(KEPT_MARK));

        let keeper = Arc::new(Keeper::new(cloud, store));
        let agent = Arc::new(Agent::start(
            AgentOptions {
                launcher: options.launcher(),
                instances: state.instances(),
                services: options.services(),
                interface_connections: options.interface_connections,
            },
            Arc::clone(&fabric),
            keeper.cloud(),
            Arc::clone(&keeper) as Arc<dyn croft_agent::Observer>,
        )?);
        keeper.drive(Arc::downgrade(&agent));
        let inner = Arc::new(Inner {
            keeper,
            agent,
            drops: DropHub::start(Arc::clone(&fabric))?,
            fabric,
            launcher: options.launcher(),
            state_path: state.path().to_path_buf(),
            probing: Mutex::default(),
            at_work: AtWork::default(),
            stop: Mutex::default(),
            stopped: Condvar::new(),
            state,
            options,
        });
        let socket = match inner.options.socket {
            true => Some(socket::Server::start(Arc::clone(&inner), inner.state.owner()?)?),
            false => None,
        };
        Ok(Daemon { inner: Some(inner), socket })
    }

    /// Waits until somebody asks the daemon to end (over the socket, or [`Inner::ask_to_stop`]).
    pub fn wait(&self) -> Stop {
        let stop = self.stop.lock().unwrap_or_else(PoisonError::into_inner);
        let stop = self.stopped.wait_while(stop, |s| s.is_none()).unwrap_or_else(PoisonError::into_inner);
        stop.unwrap_or(Stop { keep_fabric: true })
    }

    /// Ends the daemon. The region stays on disk; the fabric and what runs in it end too unless they are kept.
    pub fn stop(mut self, stop: Stop) -> Result<(), Error> {
        self.end(stop)
    }

    fn end(&mut self, stop: Stop) -> Result<(), Error> {
        let Some(inner) = self.inner.take() else { return Ok(()) };
        // Its connections hold the rest; they are ended and waited for.
        drop(self.socket.take());
        inner.drops.stop();
        inner.agent.close();
        let run_dir = inner.fabric.run_dir().to_path_buf();
        if stop.keep_fabric {
            let mark = run_dir.join(KEPT_MARK);
            return std::fs::write(&mark, "").map_err(|e| Error::io(&mark, e));
        }
        let temporary = inner.state.is_temporary();
        let state_path = inner.state_path.clone();
        match inner.options.ephemeral || temporary {
            true => croft_agent::remove_workloads(&inner.state.instances())?,
            false => croft_agent::end_workloads(&inner.state.instances())?,
        }
        // Taking a fabric down is for its owner alone: for this thread, once nobody else looks at it.
        let fabric = Arc::try_unwrap(inner).ok().and_then(|inner| {
            let Inner { agent, drops, fabric, keeper, .. } = inner;
            drop((agent, drops, keeper));
            Arc::try_unwrap(fabric).ok()
        });
        match fabric {
            Some(fabric) => fabric.destroy()?,
            None => return Err(Error::Invalid(format!("the fabric in {} is still in use", run_dir.display()))),
        }
        match temporary {
            true => std::fs::remove_dir_all(&state_path).map_err(|e| Error::io(&state_path, e)),
            false => Ok(()),
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let ephemeral = self.inner.as_ref().is_some_and(|inner| inner.options.ephemeral);
        if let Err(error) = self.end(Stop { keep_fabric: !ephemeral }) {
            tracing::error!(%error, "the daemon did not end in order");
        }
    }
}

impl std::ops::Deref for Daemon {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        match &self.inner {
            Some(inner) => inner,
            // `end` takes it, and is called by `stop`, which consumes the daemon, and by `drop`.
            None => unreachable!("a daemon that has ended is asked"),
        }
    }
}

/// In a fabric's directory: the state directory that it belongs to.
pub(crate) const STATE_MARK: &str = "state";
/// In a fabric's directory: its daemon was stopped and told to leave it.
pub(crate) const KEPT_MARK: &str = "kept";

/// Takes what one process at a time may hold. A daemon that was killed a moment ago lets go of its locks one by one, and
/// whoever lists the fabrics of this machine holds each one's for a moment.
fn once_free<T>(mut take: impl FnMut() -> Result<T, Error>) -> Result<T, Error> {
    for _ in 0..50 {
        match take() {
            Err(Error::Store(croft_store::Error::InUse { .. }) | Error::Fabric(FabricError::Owned(_))) => {
                std::thread::sleep(Duration::from_millis(20));
            }
            other => return other,
        }
    }
    take()
}

/// Removes ephemeral fabrics whose owner was killed, with what runs in them. What cannot be removed is no reason not to
/// start; `croft doctor` lists it.
fn clean_up_after_the_dead(run_base: &Path) {
    let found = croft_datapath::fabrics(run_base).unwrap_or_default();
    for dead in found.into_iter().filter(|f| f.ephemeral && !f.owned) {
        if let Err(error) = crate::doctor::remove_fabric(&dead.run_dir) {
            tracing::warn!(fabric = %dead.run_dir.display(), %error, "a dead fabric was not removed");
        }
    }
}

impl Inner {
    pub(crate) fn instances(&self) -> PathBuf {
        self.state.instances()
    }

    /// Asks for the end; [`Daemon::wait`] returns.
    pub fn ask_to_stop(&self, stop: Stop) {
        *self.stop.lock().unwrap_or_else(PoisonError::into_inner) = Some(stop);
        self.stopped.notify_all();
    }

    pub fn keeper(&self) -> &Arc<Keeper> {
        &self.keeper
    }

    pub fn agent(&self) -> &Agent {
        &self.agent
    }

    pub fn fabric(&self) -> &Fabric {
        &self.fabric
    }

    pub fn cloud(&self) -> Cloud {
        self.keeper.cloud()
    }

    pub fn state_path(&self) -> &Path {
        &self.state_path
    }

    pub fn status(&self) -> Status {
        let cloud = self.cloud();
        Status {
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION").to_string(),
            state_dir: self.state_path.clone(),
            run_dir: self.fabric.run_dir().to_path_buf(),
            cloud: cloud.name.clone(),
            desired: cloud.version,
            applied: self.agent.applied(),
            troubles: self.agent.troubles(),
        }
    }

    pub fn listing(&self) -> Listing {
        let cloud = self.cloud();
        let names = Names::of(&cloud);
        Listing {
            desired: cloud.version,
            applied: self.agent.applied(),
            workloads: listing::rows(&cloud, &names),
            troubles: self.agent.troubles(),
        }
    }

    /// What a name means in the region as it is.
    pub fn resolve(&self, name: &str) -> Result<Target, Error> {
        Names::of(&self.cloud()).resolve(name).map_err(|error| match error {
            NameError::Unknown { nearest } => Error::UnknownName { name: name.to_string(), nearest },
            NameError::Ambiguous { candidates } => Error::AmbiguousName { name: name.to_string(), candidates },
        })
    }

    /// The instance that a name means.
    pub fn instance(&self, name: &str) -> Result<InstanceId, Error> {
        match self.resolve(name)? {
            Target::Instance(id) => Ok(id),
            Target::Interface(id) => {
                let cloud = self.cloud();
                let attachment = cloud.interfaces.get(&id).and_then(|i| i.attachment.clone());
                attachment.map(|a| a.instance).ok_or_else(|| Error::NoWorkload(name.to_string()))
            }
            Target::NatGateway(_) => Err(Error::NoWorkload(name.to_string())),
        }
    }

    /// The running workload that a name means.
    pub fn workload(&self, name: &str) -> Result<Workload, Error> {
        let id = self.instance(name)?;
        self.agent.workload(&id).ok_or_else(|| {
            let state =
                self.cloud().instances.get(&id).map_or("gone".to_string(), |i| format!("{:?}", i.state).to_lowercase());
            Error::NotRunning { name: name.to_string(), state }
        })
    }
}
