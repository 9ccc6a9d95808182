//! The one writer of the region: judged, on disk, in the kernel, answered; in that order.

use crate::error::Error;
use croft_agent::{Agent, Observer};
use croft_analysis::Runner;
use croft_control::{Bits, Cloud, Context, Control, Request};
use croft_model::gateway::NatGatewayState;
use croft_model::instance::InstanceState;
use croft_model::{InstanceId, NatGatewayId};
use croft_store::Store;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Holds the region and its store.
pub struct Keeper {
    writer: Mutex<Writer>,
    /// Rises with the region; whoever waits for a state of something waits here.
    changed: Condvar,
    /// Weak: the agent's jobs hold the keeper as their observer.
    agent: OnceLock<Weak<Agent>>,
}

struct Writer {
    control: Control,
    store: Store,
    bits: Bits,
}

impl Keeper {
    pub(crate) fn new(cloud: Cloud, store: Store) -> Keeper {
        let writer = Writer { control: Control::new(cloud), store, bits: Bits::from_seed(seed()) };
        Keeper { writer: Mutex::new(writer), changed: Condvar::new(), agent: OnceLock::new() }
    }

    pub(crate) fn drive(&self, agent: Weak<Agent>) {
        // Set once, at start.
        let _ = self.agent.set(agent);
    }

    /// The region as it is. Cheap.
    pub fn cloud(&self) -> Cloud {
        self.lock().control.cloud().clone()
    }

    /// Judges a command, writes what it changes to disk, and lets it take effect. When this returns, packets obey it.
    pub fn run<R: Request>(&self, request: R) -> Result<R::Response, Error> {
        let mut writer = self.lock();
        let Writer { control, store, bits } = &mut *writer;
        let mut context = Context { now: now(), bits: bits.clone() };
        let prepared = control.prepare(request, &mut context)?;
        *bits = context.bits;
        let changes = &prepared.outcome().changes;
        let changed = !changes.is_empty();
        if changed {
            store.commit(prepared.outcome().version, changes)?;
        }
        let outcome = control.install(prepared);
        let cloud = control.cloud().clone();
        drop(writer);
        if changed {
            if let Some(agent) = self.agent.get().and_then(Weak::upgrade) {
                agent.desire(&cloud);
            }
            self.changed.notify_all();
        }
        Ok(outcome.response)
    }

    /// Waits until `look` finds in the region what it looks for; none after `patience`.
    pub fn wait<T>(&self, patience: Duration, mut look: impl FnMut(&Cloud) -> Option<T>) -> Option<T> {
        let mut found = None;
        let _ = self.changed.wait_timeout_while(self.lock(), patience, |writer| {
            found = look(writer.control.cloud());
            found.is_none()
        });
        found
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

    fn run<R: Request>(&mut self, request: R) -> Result<R::Response, Error> {
        Keeper::run(self, request)
    }
}

impl Observer for Keeper {
    fn instance(&self, id: &InstanceId, generation: u64, state: InstanceState, reason: Option<String>) {
        let seen = croft_control::ObserveInstance { instance_id: id.clone(), generation, state, reason };
        if let Err(error) = self.run(seen) {
            tracing::warn!(%id, %error, "an observation was not taken");
        }
    }

    fn nat_gateway(&self, id: &NatGatewayId, state: NatGatewayState) {
        if let Err(error) = self.run(croft_control::ObserveNatGateway { nat_gateway_id: id.clone(), state }) {
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
