//! The one writer of the cloud: judged, on disk, in the kernel, answered; in that order.

use crate::error::Error;
use crate::host::once_free;
use croft_agent::{Agent, Observer};
use croft_analysis::Runner;
use croft_control::{Bits, Cloud, Context, Control, Request, Transaction};
use croft_model::gateway::NatGatewayState;
use croft_model::instance::InstanceState;
use croft_model::{AttachmentId, InstanceId, NatGatewayId, NetworkInterfaceId, Scope, Scoped};
use croft_store::{Durability, Store};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Holds the cloud and its store.
pub struct Keeper {
    writer: Mutex<Writer>,
    /// As the last commit left it: who only reads does not wait for the disk.
    cloud: Mutex<Arc<Cloud>>,
    /// Rises with the cloud; whoever waits for a state of something waits here.
    changed: Condvar,
    /// Weak: the agent's jobs hold the keeper as their observer.
    agent: OnceLock<Weak<Agent>>,
}

struct Writer {
    control: Control,
    /// None: nothing is kept.
    store: Option<Store>,
    bits: Bits,
}

impl Keeper {
    pub(crate) fn new(cloud: Cloud, store: Option<Store>) -> Keeper {
        let writer = Writer { control: Control::new(cloud.clone()), store, bits: Bits::from_seed(seed()) };
        let (writer, cloud) = (Mutex::new(writer), Mutex::new(Arc::new(cloud)));
        Keeper { writer, cloud, changed: Condvar::new(), agent: OnceLock::new() }
    }

    /// What a directory keeps. A daemon that is dying is waited for.
    pub(crate) fn open(state: &Path, durability: Durability) -> Result<Keeper, Error> {
        let (store, cloud) = once_free(|| Ok(Store::open(state, durability)?))?;
        Ok(Keeper::new(cloud, Some(store)))
    }

    pub(crate) fn drive(&self, agent: Weak<Agent>) {
        // Set once, at start.
        let _ = self.agent.set(agent);
    }

    /// The cloud as it is. Cheap.
    pub fn cloud(&self) -> Cloud {
        Cloud::clone(&self.snapshot())
    }

    /// The same to look at only: cheaper still, as none of its maps is counted once more.
    pub fn snapshot(&self) -> Arc<Cloud> {
        Arc::clone(&self.cloud.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// [`Keeper::run_in`] the home scope: what the command line does.
    pub fn run<R: Request>(&self, request: R) -> Result<R::Response, Error> {
        let home = self.cloud().home;
        self.run_in(&home, request)
    }

    /// Judges a command of an account in a region, writes what it changes to disk, and lets it take effect. When this
    /// returns, packets obey it.
    pub fn run_in<R: Request>(&self, scope: &Scope, request: R) -> Result<R::Response, Error> {
        self.transact(scope, |transaction| request.run(transaction))
    }

    /// The same for several requests that are done together or not at all.
    pub fn transact<T>(
        &self,
        scope: &Scope,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T, croft_control::Error>,
    ) -> Result<T, Error> {
        let mut writer = self.lock();
        let Writer { control, store, bits } = &mut *writer;
        let mut context = Context { scope: scope.clone(), now: now(), bits: bits.clone() };
        let prepared = control.prepare_with(work, &mut context)?;
        *bits = context.bits;
        let changes = &prepared.outcome().changes;
        let changed = !changes.is_empty();
        if let (true, Some(store)) = (changed, store) {
            store.commit(prepared.outcome().version, changes)?;
        }
        let outcome = control.install(prepared);
        let cloud = Arc::new(control.cloud().clone());
        *self.cloud.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&cloud);
        drop(writer);
        if changed {
            if let Some(agent) = self.agent.get().and_then(Weak::upgrade) {
                agent.desire(&cloud);
            }
            self.changed.notify_all();
        }
        Ok(outcome.response)
    }

    /// Judges a command and leaves everything as it is.
    pub fn judge_in<R: Request>(&self, scope: &Scope, request: R) -> Result<(), Error> {
        let writer = self.lock();
        let mut context = Context { scope: scope.clone(), now: now(), bits: writer.bits.clone() };
        Ok(writer.control.prepare(request, &mut context).map(drop)?)
    }

    /// Is the state one that ends with the process?
    pub fn keeps_nothing(&self) -> bool {
        self.lock().store.is_none()
    }

    /// Waits until `look` finds in the cloud what it looks for; none after `patience`.
    pub fn wait<T>(&self, patience: Duration, mut look: impl FnMut(&Cloud) -> Option<T>) -> Option<T> {
        let mut found = None;
        let _ = self.changed.wait_timeout_while(self.lock(), patience, |writer| {
            found = look(writer.control.cloud());
            found.is_none()
        });
        found
    }

    /// Lets whoever waits look again.
    pub(crate) fn wake(&self) {
        // With the lock: who is about to wait has looked already, or will.
        drop(self.lock());
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Runner for &Keeper {
    type Error = Error;

    fn cloud(&self) -> Cloud {
        Keeper::cloud(self)
    }

    fn run_in<R: Request>(&mut self, scope: &Scope, request: R) -> Result<R::Response, Error> {
        Keeper::run_in(self, scope, request)
    }
}

impl Observer for Keeper {
    fn instance(&self, id: &InstanceId, generation: u64, state: InstanceState, reason: Option<String>) {
        let seen = croft_control::ObserveInstance { instance_id: id.clone(), generation, state, reason };
        let Some(scope) = self.cloud().instances.get(id).map(|i| i.scope().clone()) else { return };
        if let Err(error) = self.run_in(&scope, seen) {
            tracing::warn!(%id, %error, "an observation was not taken");
        }
    }

    fn attached(&self, interface: &NetworkInterfaceId, attachment: &AttachmentId) {
        let (id, seen) = (interface.clone(), attachment.clone());
        let Some(scope) = self.cloud().interfaces.get(interface).map(|i| i.scope().clone()) else { return };
        let seen = croft_control::ObserveAttachment { network_interface_id: id, attachment_id: seen };
        if let Err(error) = self.run_in(&scope, seen) {
            tracing::warn!(%interface, %error, "an observation was not taken");
        }
    }

    fn nat_gateway(&self, id: &NatGatewayId, state: NatGatewayState) {
        let Some(scope) = self.cloud().nat_gateways.get(id).map(|n| n.scope().clone()) else { return };
        if let Err(error) = self.run_in(&scope, croft_control::ObserveNatGateway { nat_gateway_id: id.clone(), state })
        {
            tracing::warn!(%id, %error, "an observation was not taken");
        }
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())
}

/// A seed that two daemons, or two starts of one, do not share.
fn seed() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_nanos() as u64);
    // The standard library's hasher is keyed by the operating system's random bits.
    let mut hasher = std::collections::hash_map::RandomState::new().build_hasher();
    hasher.write_u64(time);
    hasher.write_u32(std::process::id());
    hasher.finish()
}
