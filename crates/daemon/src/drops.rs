//! Drops as they happen, and what their numbers mean.

use crate::daemon::Inner;
use crate::error::Error;
use crate::host::Host;
use crate::naming::Resources;
use crate::protocol::{DropLine, DroppedPacket, Event};
use crate::socket::Caller;
use croft_agent::name::Names;
use croft_agent::network::Network;
use croft_control::Cloud;
use croft_datapath::Fabric;
use croft_engine::DropReason;
use croft_engine::tables::{DropCount, DropEvent, DropKey, ICMP, TCP, UDP};
use croft_policy::Node;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Events that a slow reader may be behind; more are lost to it (the counters know them).
const BACKLOG: usize = 4096;

/// The one reader of the kernel's drop events, for any number of listeners.
pub struct DropHub {
    listeners: Arc<Mutex<Vec<SyncSender<DropEvent>>>>,
    ended: Arc<AtomicBool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl DropHub {
    pub(crate) fn start(fabric: Arc<Fabric>) -> Result<DropHub, Error> {
        let listeners: Arc<Mutex<Vec<SyncSender<DropEvent>>>> = Arc::default();
        let ended = Arc::new(AtomicBool::new(false));
        let (to, stop) = (Arc::clone(&listeners), Arc::clone(&ended));
        let thread = std::thread::Builder::new()
            .name("croft-drops".into())
            .spawn(move || {
                if let Err(error) = hand_on(&fabric, &to, &stop) {
                    tracing::error!(%error, "drop events are no longer read");
                }
                lock(&to).clear();
            })
            .map_err(|e| Error::io("a thread for drop events".as_ref(), e))?;
        Ok(DropHub { listeners, ended, thread: Mutex::new(Some(thread)) })
    }

    /// Every drop from now on.
    pub fn listen(&self) -> Receiver<DropEvent> {
        let (sender, receiver) = sync_channel(BACKLOG);
        lock(&self.listeners).push(sender);
        receiver
    }

    pub(crate) fn stop(&self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(thread) = lock(&self.thread).take() {
            // A panic in it has been printed.
            let _ = thread.join();
        }
    }
}

fn hand_on(
    fabric: &Fabric,
    listeners: &Mutex<Vec<SyncSender<DropEvent>>>,
    ended: &AtomicBool,
) -> Result<(), croft_datapath::FabricError> {
    let mut events = fabric.drop_events()?;
    while !ended.load(Ordering::Relaxed) {
        if let Some(event) = events.next(Duration::from_millis(100))? {
            lock(listeners).retain(|to| !matches!(to.try_send(event), Err(TrySendError::Disconnected(_))));
        }
    }
    Ok(())
}

impl Inner {
    /// The counters since the fabric was made.
    pub fn drop_lines(&self) -> Result<Vec<DropLine>, Error> {
        let words = Words::of(self.cloud());
        let host = self.host()?;
        let counters = host.fabric.drops()?;
        Ok(host.agent.with_network(|network| {
            counters.into_iter().map(|(key, count)| words.line(network, key, count, None)).collect()
        }))
    }

    /// Tells every drop as it happens, until the caller goes.
    pub(crate) fn follow_drops(&self, caller: &dyn Caller) -> Result<(), Error> {
        let host = self.host()?;
        let events = host.drops.listen();
        let mut words = Words::of(self.cloud());
        while !caller.gone() {
            match events.recv_timeout(Duration::from_millis(100)) {
                Ok(event) => {
                    let now = self.cloud();
                    if now.version != words.version {
                        words = Words::of(now);
                    }
                    caller.event(Event::Drop(drop_line(host, &words, &event)));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
        Ok(())
    }

    /// What a gate's number stands for.
    pub(crate) fn gate(&self, node: u32) -> Option<String> {
        self.host().ok()?.agent.with_network(|network| network.compiler().node(node).map(Node::to_string))
    }
}

fn drop_line(host: &Host, words: &Words, event: &DropEvent) -> DropLine {
    let count = DropCount { packets: 1, bytes: u64::from(event.length) };
    let tuple = &event.tuple;
    let packet = DroppedPacket {
        source: tuple.source.to_string(),
        destination: tuple.destination.to_string(),
        protocol: match tuple.protocol {
            ICMP => "icmp".to_string(),
            TCP => "tcp".to_string(),
            UDP => "udp".to_string(),
            other => format!("protocol {other}"),
        },
        source_port: tuple.source_port,
        destination_port: tuple.destination_port,
        length: event.length,
    };
    host.agent.with_network(|network| words.line(network, event.key, count, Some(packet)))
}

/// What things are called, at one version of the cloud.
struct Words {
    version: u64,
    names: Names,
    resources: Resources,
}

impl Words {
    fn of(cloud: Cloud) -> Words {
        Words { version: cloud.version, names: Names::of(&cloud), resources: Resources::of(&cloud) }
    }

    fn line(&self, network: &Network, key: DropKey, count: DropCount, packet: Option<DroppedPacket>) -> DropLine {
        let gate = network.compiler().node(key.node).map(|node| {
            let id = node.to_string();
            match self.resources.name(&id) {
                Some(name) => format!("{name} ({id})"),
                None => id,
            }
        });
        let ports = network.ports();
        let from = if key.port == ports.uplink.port {
            "internet".to_string()
        } else {
            let holder = ports.interfaces.iter().find(|(_, port)| **port == key.port);
            holder.map_or_else(|| format!("port {}", key.port), |(id, _)| self.names.of_interface(id))
        };
        DropLine { reason: reason(key.reason), gate, from, packets: count.packets, bytes: count.bytes, packet }
    }
}

/// The name of a reason's number.
pub(crate) fn reason(number: u32) -> String {
    DropReason::from_number(number).map_or_else(|| format!("reason {number}"), |r| r.name().to_string())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
