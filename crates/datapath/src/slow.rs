//! The slow path: what the kernel hands to user space, because it needs a memory of fragments or a packet of its own.
//!
//! A thread of the owning process reads one end of a veth pair to whose other end the kernel's program sends: fragments
//! (judged as their first one, by the engine over the same maps), packets to be cut, and copies of refused packets whose
//! sender is to be told. It writes a heartbeat where the program looks: without one the kernel sends nothing here and
//! counts such packets as dropped, so nothing waits for a daemon that is not there.

mod answer;
mod cut;
mod fragments;
mod frame;
mod queues;
mod worker;

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, VecDeque},
    io::{PipeWriter, pipe},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
};

use croft_engine::{
    DropReason,
    tables::{DropCount, DropEvent, DropKey, Punt},
};

use crate::{
    FabricError,
    error::Doing,
    packet_socket::{PacketOptions, PacketSocket},
    run_dir::RunDir,
    tables::Maps,
};
use worker::Worker;

/// Bytes that may wait in the socket, each way.
const BUFFER: i32 = 16 << 20;

/// Before what workloads compute: their load must not keep each other's packets waiting.
const NICE: i32 = -10;

/// Drops that were decided here. They add to the kernel's counters and end with the process.
pub(crate) type Counts = Arc<Mutex<BTreeMap<DropKey, DropCount>>>;

/// The last of them, for whoever follows them as they happen.
pub(crate) type Events = Arc<Mutex<VecDeque<DropEvent>>>;

/// Events that wait for a reader; older ones go.
const EVENTS: usize = 1024;

/// What the slow path has to tell of drops.
#[derive(Clone, Default)]
struct Told {
    counts: Counts,
    events: Events,
}

/// The running thread.
pub(crate) struct SlowPath {
    /// The thread ends when this is closed.
    stop: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
    maps: Arc<Maps>,
    told: Told,
}

impl SlowPath {
    /// Starts the thread. `punt` are the ends of the veth pair: where the kernel sends, where the thread reads.
    pub(crate) fn start(dir: &RunDir, punt: [u32; 2], maps: Arc<Maps>) -> Result<SlowPath, FabricError> {
        let options =
            PacketOptions { offload_header: true, incoming_only: true, buffer: BUFFER, ..PacketOptions::default() };
        let socket = PacketSocket::open(&dir.fabric_namespace(), punt[1], options)?;
        let (stopped, stop) = pipe().doing(|| "make a pipe".into())?;
        let told = Told::default();
        let mut worker = Worker::new(socket, punt[0], maps.clone(), told.clone());
        worker.beat()?;
        let thread = thread::Builder::new()
            .name("croft-slow".into())
            .spawn(move || {
                // SAFETY: numbers; 0 is the calling thread.
                if unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, NICE) } != 0 {
                    let error = std::io::Error::last_os_error();
                    tracing::warn!(%error, "the slow path has no priority over workloads");
                }
                // Packets come from workloads, which are not trusted: should one of them trip the thread up, the next
                // ones are still served.
                while catch_unwind(AssertUnwindSafe(|| worker.run(&stopped))).is_err() {
                    tracing::error!("the slow path tripped over a packet and goes on");
                }
            })
            .doing(|| "start the thread of the slow path".into())?;
        Ok(SlowPath { stop: Some(stop), thread: Some(thread), maps, told })
    }

    /// What was dropped here.
    pub(crate) fn drops(&self) -> BTreeMap<DropKey, DropCount> {
        self.told.counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Where its events are to be taken from.
    pub(crate) fn events(&self) -> Events {
        self.told.events.clone()
    }
}

impl Told {
    fn drop(&self, event: DropEvent) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(event.key).or_default();
        count.packets += 1;
        count.bytes += u64::from(event.length);
        drop(counts);
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        if events.len() == EVENTS {
            events.pop_front();
        }
        events.push_back(event);
    }

    /// Packets that nobody has seen: neither whose they were nor how long is known.
    fn overload(&self, packets: u64) {
        if packets > 0 {
            let key = DropKey { reason: DropReason::Overload as u32, node: 0, port: 0 };
            self.counts.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().packets += packets;
        }
    }
}

impl Drop for SlowPath {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        // From now on the kernel counts what it would have sent here.
        let _ = self.maps.punt.set(&0, &Punt::default());
    }
}
