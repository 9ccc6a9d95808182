//! The API alone: no packets, no workloads, and nothing is made to look as if there were.
//!
//! Somebody has to say what became of instances and gateways, or whoever waits for them waits for ever. What is said is
//! what there is: they reached the state that was asked for, and their state's reason is that nothing runs.

use crate::error::Error;
use crate::keeper::Keeper;
use croft_control::{Cloud, ObserveAttachment, ObserveInstance, ObserveNatGateway};
use croft_model::gateway::NatGatewayState;
use croft_model::instance::{DesiredState, InstanceState};
use croft_model::interface::AttachmentStatus;
use croft_model::{Scope, Scoped};
use imbl::OrdMap;
use imbl::ordmap::DiffItem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Stands in the state of every instance.
pub const REASON: &str =
    "Server.ApiOnly: Croft runs with --api-only: nothing runs in this instance and no packet flows";

/// Says what became of what was asked for, until it is dropped.
pub(crate) struct ApiOnly {
    ended: Arc<AtomicBool>,
    keeper: Arc<Keeper>,
    thread: Option<JoinHandle<()>>,
}

impl ApiOnly {
    pub(crate) fn start(keeper: Arc<Keeper>) -> Result<ApiOnly, Error> {
        let ended = Arc::new(AtomicBool::new(false));
        let (stop, observed) = (Arc::clone(&ended), Arc::clone(&keeper));
        let thread = std::thread::Builder::new()
            .name("croft-api-only".into())
            .spawn(move || observe(&observed, &stop))
            .map_err(|e| Error::io("/proc/self/task".as_ref(), e))?;
        Ok(ApiOnly { ended, keeper, thread: Some(thread) })
    }
}

impl Drop for ApiOnly {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        self.keeper.wake();
        if let Some(thread) = self.thread.take() {
            // A panic in it has been printed.
            let _ = thread.join();
        }
    }
}

/// What was seen of something.
enum Seen {
    Instance(ObserveInstance),
    NatGateway(ObserveNatGateway),
    Attachment(ObserveAttachment),
}

fn observe(keeper: &Keeper, ended: &AtomicBool) {
    let mut seen = Cloud::default();
    while !ended.load(Ordering::Relaxed) {
        let version = seen.version;
        let now = keeper.wait(Duration::from_secs(1), |cloud| {
            (cloud.version != version || ended.load(Ordering::Relaxed)).then(|| cloud.clone())
        });
        let Some(now) = now else { continue };
        let mut last = now.clone();
        for (scope, seen) in due(&seen, &now) {
            let done = match seen {
                Seen::Instance(seen) => keeper.run_in(&scope, seen),
                Seen::NatGateway(seen) => keeper.run_in(&scope, seen),
                Seen::Attachment(seen) => keeper.run_in(&scope, seen),
            };
            if let Err(error) = done {
                // Such as a full disk: it is looked at again, from the beginning.
                tracing::warn!(%error, "an observation was not taken");
                last = Cloud::default();
                std::thread::sleep(Duration::from_millis(200));
            }
        }
        seen = last;
    }
}

/// What is new or changed in a map: looked at, not copied, as a hundred thousand may come in one import.
fn new<'a, K: Ord + Clone, V: PartialEq>(
    before: &'a OrdMap<K, V>,
    now: &'a OrdMap<K, V>,
) -> impl Iterator<Item = &'a V> {
    before.diff(now).filter_map(|item| match item {
        DiffItem::Add(_, value) | DiffItem::Update { new: (_, value), .. } => Some(value),
        DiffItem::Remove(..) => None,
    })
}

/// What has been asked for since and nobody has said to be there.
fn due(before: &Cloud, now: &Cloud) -> Vec<(Scope, Seen)> {
    let mut due = Vec::new();
    for instance in new(&before.instances, &now.instances) {
        let state = match (instance.desired, instance.state) {
            (DesiredState::Running, InstanceState::Pending) => InstanceState::Running,
            (DesiredState::Stopped, InstanceState::Stopping) => InstanceState::Stopped,
            (DesiredState::Terminated, InstanceState::ShuttingDown) => InstanceState::Terminated,
            _ => continue,
        };
        // Why it ended is the client's doing, which the state says already.
        let reason = (state == InstanceState::Running).then(|| REASON.to_string());
        let (instance_id, generation) = (instance.id.clone(), instance.generation);
        let seen = ObserveInstance { instance_id, generation, state, reason };
        due.push((instance.scope().clone(), Seen::Instance(seen)));
    }
    for gateway in new(&before.nat_gateways, &now.nat_gateways) {
        let state = match gateway.state {
            NatGatewayState::Pending => NatGatewayState::Available,
            NatGatewayState::Deleting => NatGatewayState::Deleted,
            _ => continue,
        };
        let seen = ObserveNatGateway { nat_gateway_id: gateway.id.clone(), state };
        due.push((gateway.scope().clone(), Seen::NatGateway(seen)));
    }
    for interface in new(&before.interfaces, &now.interfaces) {
        let Some(attachment) = interface.attachment.as_ref().filter(|a| a.status == AttachmentStatus::Attaching) else {
            continue;
        };
        let (network_interface_id, attachment_id) = (interface.id.clone(), attachment.id.clone());
        let seen = ObserveAttachment { network_interface_id, attachment_id };
        due.push((interface.scope().clone(), Seen::Attachment(seen)));
    }
    due
}
