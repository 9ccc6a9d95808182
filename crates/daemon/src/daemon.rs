//! A cloud that runs: started, asked, ended.

use crate::api_only::ApiOnly;
use crate::error::Error;
use crate::host::{self, Host};
use crate::keeper::Keeper;
use crate::options::{Options, Storage};
use crate::protocol::{Listing, Status};
use crate::stacks::Ground;
use crate::state_dir::{self, StateDir};
use crate::{api, listing, signals, socket};
use croft_agent::name::{NameError, Names, Target};
use croft_api::Listener;
use croft_cloudformation::stack::Stacks;
use croft_cloudformation::stack::resume::Resumed;
use croft_control::Cloud;
use croft_model::{InstanceId, Scope};
use croft_store::Durability;
use croft_workload::Workload;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};

/// One cloud in one state directory. Dropping it ends the process's part: the fabric goes on, for the next daemon, or
/// goes too if it is ephemeral.
pub struct Daemon {
    /// None only while it ends.
    inner: Option<Arc<Inner>>,
    socket: Option<socket::Server>,
    /// Signals from the fabric's internet.
    signals: Option<signals::Door>,
    /// AWS's API.
    listener: Option<Listener>,
    only: Option<ApiOnly>,
}

/// What requests are answered from.
pub struct Inner {
    pub(crate) keeper: Arc<Keeper>,
    /// None: the API alone.
    host: Option<Host>,
    pub(crate) options: Options,
    /// The canonical path.
    pub(crate) state_path: PathBuf,
    pub(crate) stacks: Arc<Stacks>,
    /// Work on stacks that an earlier daemon left undone.
    resumed: Vec<Resumed>,
    /// Of AWS's API, once it listens.
    pub(crate) endpoint: OnceLock<String>,
    /// What handles' URLs begin with: the fabric's own where there is one, else AWS's API once it listens.
    pub(crate) signals_endpoint: Arc<OnceLock<String>>,
    stop: Mutex<Option<Stop>>,
    stopped: Condvar,
    pub(crate) state: StateDir,
}

/// How a daemon was asked to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    pub keep_fabric: bool,
}

impl Daemon {
    /// Takes the state directory, adopts the fabric that runs for it or makes one, and brings it to the cloud.
    pub fn start(options: Options) -> Result<Daemon, Error> {
        if !options.api_only {
            host::clean_up_after_the_dead(&options.run_base);
        }
        let memory = options.storage == Storage::Memory;
        if memory {
            state_dir::make_ephemeral(&options.state_dir)?;
        }
        let state = StateDir::take(&options.state_dir)?;
        let keeper = Arc::new(match options.storage {
            Storage::Memory => Keeper::new(Cloud::new(Scope::default()), None),
            Storage::Durable => Keeper::open(state.path(), Durability::Full)?,
            Storage::Relaxed => Keeper::open(state.path(), Durability::Normal)?,
        });
        let (host, only) = match options.api_only {
            true => (None, Some(ApiOnly::start(Arc::clone(&keeper))?)),
            false => (Some(Host::start(&options, &state, &keeper)?), None),
        };
        let signals_endpoint = Arc::new(match &host {
            Some(_) => OnceLock::from(signals::endpoint()),
            None => OnceLock::new(),
        });
        let ground = Ground {
            keeper: Arc::clone(&keeper),
            endpoint: Arc::clone(&signals_endpoint),
            template_buckets: options.template_buckets.clone(),
        };
        let stacks = ground.stacks();
        let resumed = stacks.resume()?;
        let inner = Arc::new(Inner {
            keeper,
            host,
            state_path: state.path().to_path_buf(),
            stacks,
            resumed,
            endpoint: OnceLock::new(),
            signals_endpoint,
            stop: Mutex::default(),
            stopped: Condvar::new(),
            state,
            options,
        });
        let socket = match inner.options.socket {
            true => Some(socket::Server::start(Arc::clone(&inner), inner.state.owner()?)?),
            false => None,
        };
        let run_dir = inner.host.as_ref().map(|host| host.fabric.run_dir().to_path_buf());
        let opened = run_dir.map(|run_dir| signals::Door::open(Arc::clone(&inner), run_dir)).transpose();
        let api = inner.options.api.clone().filter(|_| opened.is_ok());
        let listened = api.map(|options| api::listen(&inner, &options)).transpose();
        let mut daemon = Daemon { inner: Some(inner), socket, signals: None, listener: None, only };
        // A port that is taken ends what has been started, in order.
        daemon.signals = opened?;
        daemon.listener = listened?;
        Ok(daemon)
    }

    /// Waits until somebody asks the daemon to end (over the socket, or [`Inner::ask_to_stop`]).
    pub fn wait(&self) -> Stop {
        let stop = self.stop.lock().unwrap_or_else(PoisonError::into_inner);
        let stop = self.stopped.wait_while(stop, |s| s.is_none()).unwrap_or_else(PoisonError::into_inner);
        stop.unwrap_or(Stop { keep_fabric: true })
    }

    /// Ends the daemon. The cloud stays on disk; the fabric and what runs in it end too unless they are kept.
    pub fn stop(mut self, stop: Stop) -> Result<(), Error> {
        self.end(stop)
    }

    fn end(&mut self, stop: Stop) -> Result<(), Error> {
        let Some(inner) = self.inner.take() else { return Ok(()) };
        // Work on stacks stays where it is and goes on with the next daemon.
        inner.stacks.stop();
        // Their connections hold the rest; they are ended and waited for.
        drop(self.listener.take());
        drop(self.socket.take());
        drop(self.signals.take());
        drop(self.only.take());
        let temporary = inner.state.is_temporary();
        let (state_path, ephemeral, instances) =
            (inner.state_path.clone(), inner.options.ephemeral || temporary, inner.state.instances());
        // Taking a fabric down is for its owner alone: for this thread, once nobody else looks at it.
        if let Some(host) = &inner.host {
            host.close();
            if stop.keep_fabric {
                return host.mark_kept();
            }
            match ephemeral {
                true => croft_agent::remove_workloads(&instances)?,
                false => croft_agent::end_workloads(&instances)?,
            }
            let run_dir = host.fabric.run_dir().to_path_buf();
            let inner = Arc::try_unwrap(inner).ok().and_then(|inner| {
                let Inner { host, keeper, stacks, .. } = inner;
                drop((keeper, stacks));
                host
            });
            match inner {
                Some(host) => host.destroy()?,
                None => return Err(Error::Invalid(format!("the fabric in {} is still in use", run_dir.display()))),
            }
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

    /// What this daemon took up that an earlier one had left undone, in sentences.
    pub fn resumed(&self) -> Vec<String> {
        self.resumed.iter().map(|resumed| resumed.what.clone()).collect()
    }

    /// What carries packets, or that there is nothing of the kind.
    pub fn host(&self) -> Result<&Host, Error> {
        self.host.as_ref().ok_or(Error::NoPackets)
    }

    /// What clients of AWS call the endpoint, once it listens.
    pub fn endpoint_url(&self) -> Option<&str> {
        self.endpoint.get().map(String::as_str)
    }

    /// Of the cloud, the version that packets obey.
    pub(crate) fn applied(&self) -> u64 {
        self.host.as_ref().map_or_else(|| self.cloud().version, |host| host.agent.applied())
    }

    /// What keeps the host from being as desired, in sentences.
    pub(crate) fn troubles(&self) -> Vec<String> {
        self.host.as_ref().map(|host| host.agent.troubles()).unwrap_or_default()
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
            run_dir: self.host.as_ref().map(|host| host.fabric.run_dir().to_path_buf()),
            endpoint: self.endpoint_url().map(str::to_string),
            region: cloud.home.region.to_string(),
            desired: cloud.version,
            applied: self.applied(),
            troubles: self.troubles(),
            resumed: self.resumed(),
        }
    }

    pub fn listing(&self) -> Listing {
        let cloud = self.cloud();
        let names = Names::of(&cloud);
        Listing {
            desired: cloud.version,
            applied: self.applied(),
            workloads: listing::rows(&cloud, &names),
            troubles: self.troubles(),
        }
    }

    /// What a name means in the cloud as it is.
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
        self.host()?.agent.workload(&id).ok_or_else(|| {
            let state =
                self.cloud().instances.get(&id).map_or("gone".to_string(), |i| format!("{:?}", i.state).to_lowercase());
            Error::NotRunning { name: name.to_string(), state }
        })
    }
}
