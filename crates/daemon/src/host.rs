//! What carries packets: the fabric, the agent that keeps it true, and what listens to its drops.

use crate::drops::DropHub;
use crate::error::Error;
use crate::keeper::Keeper;
use crate::options::Options;
use crate::state_dir::StateDir;
use croft_agent::{Agent, AgentOptions};
use croft_datapath::{Fabric, FabricError, FabricOptions};
use croft_workload::Launcher;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// This machine's part of a cloud.
pub struct Host {
    pub(crate) agent: Arc<Agent>,
    pub(crate) fabric: Arc<Fabric>,
    pub(crate) drops: DropHub,
    pub(crate) launcher: Launcher,
    /// One probe at a time: each reads the drop counters for its own packets.
    pub(crate) probing: Mutex<()>,
}

impl Host {
    /// Adopts the fabric that runs for the state directory or makes one, and brings it to the cloud.
    pub(crate) fn start(options: &Options, state: &StateDir, keeper: &Arc<Keeper>) -> Result<Host, Error> {
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
        let agent = Arc::new(Agent::start(
            AgentOptions {
                launcher: options.launcher(),
                instances: state.instances(),
                services: options.services(),
                interface_connections: options.interface_connections,
            },
            Arc::clone(&fabric),
            keeper.cloud(),
            Arc::clone(keeper) as Arc<dyn croft_agent::Observer>,
        )?);
        keeper.drive(Arc::downgrade(&agent));
        Ok(Host {
            agent,
            drops: DropHub::start(Arc::clone(&fabric))?,
            fabric,
            launcher: options.launcher(),
            probing: Mutex::default(),
        })
    }

    pub fn agent(&self) -> &Agent {
        &self.agent
    }

    pub fn fabric(&self) -> &Fabric {
        &self.fabric
    }

    /// Ends what looks after the fabric; packets go on.
    pub(crate) fn close(&self) {
        self.drops.stop();
        self.agent.close();
    }

    /// Says to whoever finds the fabric that it was left on purpose.
    pub(crate) fn mark_kept(&self) -> Result<(), Error> {
        let mark = self.fabric.run_dir().join(KEPT_MARK);
        std::fs::write(&mark, "").map_err(|e| Error::io(&mark, e))
    }

    /// Takes the fabric down.
    pub(crate) fn destroy(self) -> Result<(), Error> {
        let Host { agent, fabric, drops, .. } = self;
        let run_dir = fabric.run_dir().to_path_buf();
        drop((agent, drops));
        match Arc::try_unwrap(fabric) {
            Ok(fabric) => Ok(fabric.destroy()?),
            Err(_) => Err(Error::Invalid(format!("the fabric in {} is still in use", run_dir.display()))),
        }
    }
}

/// In a fabric's directory: the state directory that it belongs to.
pub(crate) const STATE_MARK: &str = "state";
/// In a fabric's directory: its daemon was stopped and told to leave it.
pub(crate) const KEPT_MARK: &str = "kept";

/// How long a daemon that was killed may take to let go, on a machine under load.
const LETTING_GO: Duration = Duration::from_secs(30);

/// Takes what one process at a time may hold. A daemon that was killed a moment ago lets go of its locks one by one, and
/// whoever removes a dead fabric holds it until it is gone.
pub(crate) fn once_free<T>(mut take: impl FnMut() -> Result<T, Error>) -> Result<T, Error> {
    let began = Instant::now();
    loop {
        let late = began.elapsed() > LETTING_GO;
        match take() {
            Err(Error::Store(croft_store::Error::InUse { .. }) | Error::Fabric(FabricError::Owned(_))) if !late => {
                std::thread::sleep(Duration::from_millis(20));
            }
            other => return other,
        }
    }
}

/// Removes ephemeral fabrics whose owner was killed, with what runs in them. What cannot be removed is no reason not to
/// start; `croft doctor` lists it.
pub(crate) fn clean_up_after_the_dead(run_base: &Path) {
    let found = croft_datapath::fabrics(run_base).unwrap_or_default();
    for dead in found.into_iter().filter(|f| f.ephemeral && !f.owned) {
        if let Err(error) = crate::doctor::remove_fabric(&dead.run_dir) {
            tracing::warn!(fabric = %dead.run_dir.display(), %error, "a dead fabric was not removed");
        }
    }
}
