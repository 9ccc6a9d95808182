//! The engine in the kernel: the committed object, fed with tables and with packets (`BPF_PROG_TEST_RUN`).
//!
//! A test run gives the bytes back but not where they were sent: the destination's MAC is among them and says it.
//! The reason of a drop is read from the program's scratch.

mod devices;

pub use devices::{enter_namespace, ports};

use crate::compare::Fate;
use crate::engine::FLOW_SLOTS;
use crate::report::Failure;
use aya::maps::lpm_trie::Key;
use aya::maps::{Array, HashMap, LpmTrie, Map, MapData, PerCpuArray};
use aya::programs::{SchedClassifier, TestRun, TestRunOptions};
use aya::{Ebpf, EbpfLoader, Pod};
use croft_engine::connection::reclaim_slots;
use croft_engine::memory::{Delta, Prefix, Snapshot, delta::Changes};
use croft_engine::tables::{Clock, Conn, ConnKey, FlowSlot, NAT_CURSORS, NatClaim, NatKey, ReclaimHand, Usage};
use croft_engine::{DropReason, Walk};
use std::os::fd::{AsFd, AsRawFd};

const OBJECT: &[u8] = aya::include_bytes_aligned!("../../crates/datapath/ebpf/croft.bpf.o");

/// Verdicts of a classifier (`TC_ACT_*`).
const SHOT: u32 = 2;
const REDIRECT: u32 = 7;

/// What the kernel takes for a test run: a frame with something behind its header (a whole header of IPv4 or IPv6, if
/// it says that it is one), on one page.
const SHORTEST: usize = 15;
const SHORTEST_IPV4: usize = 14 + 20;
const SHORTEST_IPV6: usize = 14 + 40;
const LONGEST: usize = 3_300;

/// `__sk_buff`, and where its `ifindex` lies.
const CONTEXT: usize = 192;
const IFINDEX: usize = 40;

/// A key or value of the engine as bytes for a map.
#[repr(transparent)]
#[derive(Clone, Copy)]
struct Plain<T: Copy>(T);
// SAFETY: the engine's keys and values are `repr(C)`, without references and without padding that matters.
unsafe impl<T: Copy + 'static> Pod for Plain<T> {}

pub struct Kernel {
    ebpf: Ebpf,
    installed: Snapshot,
    entries: usize,
    offset: u64,
    epoch: u32,
}

impl Kernel {
    /// Loads the program with room for so many entries of connections: the committed object, or the one that
    /// `CROFT_EBPF_OBJECT` names.
    pub fn load(entries: usize) -> Result<Kernel, Failure> {
        let named = std::env::var_os("CROFT_EBPF_OBJECT").map(std::fs::read).transpose();
        let named = named.map_err(failed("the object that CROFT_EBPF_OBJECT names"))?;
        let mut ebpf = EbpfLoader::new()
            .map_max_entries("CONNS", entries as u32)
            .map_max_entries("FLOW_CACHE", FLOW_SLOTS)
            .map_max_entries("RECLAIM", reclaim_slots(entries as u32))
            .map_max_entries("NAT_CLAIMS", entries as u32)
            .load(named.as_deref().unwrap_or(OBJECT))
            .map_err(failed("the object does not load"))?;
        let program: &mut SchedClassifier = program(&mut ebpf)?;
        program.load().map_err(failed("the verifier refuses the program"))?;
        Ok(Kernel { ebpf, installed: Snapshot::default(), entries, offset: 0, epoch: 0 })
    }

    /// Forgets all that packets have left behind.
    pub fn clear(&mut self) -> Result<(), Failure> {
        self.empty::<ConnKey, Conn>("CONNS")?;
        self.zero::<FlowSlot>("FLOW_CACHE", FLOW_SLOTS)?;
        self.empty::<NatKey, NatClaim>("NAT_CLAIMS")?;
        self.empty::<NatKey, u32>("NAT_LOCKS")?;
        self.empty::<u32, Usage>("USAGE")?;
        self.zero::<u32>("NAT_CURSOR", NAT_CURSORS)?;
        let slots = reclaim_slots(self.entries as u32);
        self.zero::<ConnKey>("RECLAIM", slots)?;
        let hand = ReclaimHand { next: 0, slots: u64::from(slots) };
        self.array("RECLAIM_HAND")?.set(0, Plain(hand), 0).map_err(failed("RECLAIM_HAND"))
    }

    /// Sets the fabric's clock and says what it shows.
    pub fn set_clock(&mut self, now: u64) -> Result<u64, Failure> {
        self.offset = now.wrapping_sub(coarse_clock());
        self.write_clock()?;
        Ok(self.now())
    }

    pub fn advance(&mut self, by: u64) -> Result<(), Failure> {
        self.offset = self.offset.wrapping_add(by);
        self.write_clock()
    }

    fn now(&self) -> u64 {
        coarse_clock().wrapping_add(self.offset)
    }

    fn write_clock(&mut self) -> Result<(), Failure> {
        let interface_connections = self.installed.interface_connections;
        let (offset, epoch) = (self.offset, self.epoch);
        let clock =
            Clock { offset, epoch, interface_connections, tick: tick(), flow_mask: FLOW_SLOTS - 1, ..Clock::default() };
        self.array(".bss.clock")?.set(0, Plain(clock), 0).map_err(failed("the clock"))
    }

    /// Brings the tables to a snapshot, and bumps the epoch.
    pub fn install(&mut self, new: &Snapshot) -> Result<(), Failure> {
        let delta = Delta::between(&self.installed, new);
        self.put("INTERFACES", &delta.interfaces)?;
        self.put("SUBNETS", &delta.subnets)?;
        self.put("NATS", &delta.nats)?;
        self.put("OWNERS", &delta.owners)?;
        self.put("PUBLICS", &delta.publics)?;
        self.put("PRIVATES", &delta.privates)?;
        self.put_prefixes("ROUTES", &delta.routes)?;
        self.put_prefixes("CLASSES", &delta.classes)?;
        self.put("MEMBERS", &delta.members)?;
        self.put_prefixes("RULES", &delta.rules)?;
        self.array("UPLINK")?.set(0, Plain(new.uplink), 0).map_err(failed("UPLINK"))?;
        self.installed = new.clone();
        self.epoch += 1;
        self.write_clock()
    }

    /// Can a test run carry this frame?
    pub fn takes(&self, frame: &[u8]) -> bool {
        let shortest = match frame.get(12..14) {
            Some([0x08, 0x00]) => SHORTEST_IPV4,
            Some([0x86, 0xdd]) => SHORTEST_IPV6,
            _ => SHORTEST,
        };
        (shortest..=LONGEST).contains(&frame.len())
    }

    /// Runs a frame that came from a port. Gives the time of the fabric at which that was, too.
    pub fn packet(&mut self, port: u32, frame: &[u8]) -> Result<(u64, Fate), Failure> {
        let mut out = vec![0; frame.len() + 256];
        let mut context = [0; CONTEXT];
        context[IFINDEX..IFINDEX + 4].copy_from_slice(&port.to_ne_bytes());
        let mut options = TestRunOptions::new();
        options.data_in = Some(frame);
        options.data_out = Some(&mut out);
        options.ctx_in = Some(&context);
        let now = self.now();
        let what = format!("BPF_PROG_TEST_RUN with a frame of {} bytes", frame.len());
        let result = program(&mut self.ebpf)?.test_run(options).map_err(failed(&what))?;
        out.truncate(result.data_size_out as usize);
        let is_arp = frame[12..14] == [8, 6];
        let fate = match result.return_value {
            REDIRECT if is_arp => Fate::Answer { bytes: out },
            REDIRECT => Fate::Deliver { port: None, bytes: out },
            SHOT => Fate::Drop { reason: self.reason()? },
            other => return Err(Failure::Kernel(format!("the program answers {other}, which is no verdict of its"))),
        };
        Ok((now, fate))
    }

    /// Why this processor dropped the last packet.
    fn reason(&mut self) -> Result<DropReason, Failure> {
        // SAFETY: a call without arguments.
        let here = unsafe { libc::sched_getcpu() } as usize;
        let map: PerCpuArray<_, Plain<Walk>> = self.map("SCRATCH")?.try_into().map_err(failed("SCRATCH"))?;
        let walks = map.get(&0, 0).map_err(failed("SCRATCH"))?;
        let reason = walks.get(here).and_then(|walk| DropReason::from_number(walk.0.reason));
        reason.ok_or_else(|| Failure::Kernel("a drop without a reason".into()))
    }

    fn map(&mut self, name: &str) -> Result<&mut Map, Failure> {
        self.ebpf.map_mut(name).ok_or_else(|| Failure::Tables(format!("the object has no table {name}")))
    }

    fn array<T: Copy + 'static>(&mut self, name: &str) -> Result<Array<&mut MapData, Plain<T>>, Failure> {
        Array::try_from(self.map(name)?).map_err(failed(name))
    }

    fn put<K, V>(&mut self, name: &str, changes: &Changes<K, V>) -> Result<(), Failure>
    where
        K: Copy + 'static,
        V: Copy + 'static,
    {
        let mut map: HashMap<_, Plain<K>, Plain<V>> = self.map(name)?.try_into().map_err(failed(name))?;
        for key in &changes.deletes {
            map.remove(&Plain(*key)).map_err(failed(name))?;
        }
        for (key, value) in &changes.upserts {
            map.insert(Plain(*key), Plain(*value), 0).map_err(failed(name))?;
        }
        Ok(())
    }

    fn put_prefixes<K, V>(&mut self, name: &str, changes: &Changes<Prefix<K>, V>) -> Result<(), Failure>
    where
        K: Copy + 'static,
        V: Copy + 'static,
    {
        let mut map: LpmTrie<_, Plain<K>, Plain<V>> = self.map(name)?.try_into().map_err(failed(name))?;
        for (bits, key) in &changes.deletes {
            map.remove(&Key::new(*bits, Plain(*key))).map_err(failed(name))?;
        }
        for ((bits, key), value) in &changes.upserts {
            map.insert(&Key::new(*bits, Plain(*key)), Plain(*value), 0).map_err(failed(name))?;
        }
        Ok(())
    }

    fn empty<K, V>(&mut self, name: &str) -> Result<(), Failure>
    where
        K: Copy + 'static,
        V: Copy + 'static,
    {
        let mut map: HashMap<_, Plain<K>, Plain<V>> = self.map(name)?.try_into().map_err(failed(name))?;
        let keys: Vec<Plain<K>> = map.keys().collect::<Result<_, _>>().map_err(failed(name))?;
        for key in keys {
            map.remove(&key).map_err(failed(name))?;
        }
        Ok(())
    }

    /// Zeroes an array, all at once: one by one would take longer than the packets of a world.
    fn zero<T: Copy + Default>(&mut self, name: &str, length: u32) -> Result<(), Failure> {
        /// The part of `union bpf_attr` that is for batches of map entries.
        #[repr(C)]
        #[derive(Default)]
        struct Batch {
            in_batch: u64,
            out_batch: u64,
            keys: u64,
            values: u64,
            count: u32,
            map: u32,
            element_flags: u64,
            flags: u64,
        }
        const BPF_MAP_UPDATE_BATCH: libc::c_long = 26;
        let map = match self.map(name)? {
            Map::Array(map) => map.fd().as_fd().as_raw_fd() as u32,
            _ => return Err(Failure::Tables(format!("{name} is no array"))),
        };
        let keys: Vec<u32> = (0..length).collect();
        // The kernel keeps values on multiples of eight bytes.
        let values = vec![0u8; keys.len() * size_of::<T>().next_multiple_of(8)];
        let (keys, values) = (keys.as_ptr() as u64, values.as_ptr() as u64);
        let batch = Batch { keys, values, count: length, map, ..Batch::default() };
        // SAFETY: the kernel reads `batch` and the two lists, which live through the call.
        let result =
            unsafe { libc::syscall(libc::SYS_bpf, BPF_MAP_UPDATE_BATCH, &raw const batch, size_of::<Batch>()) };
        if result < 0 { Err(failed(name)(std::io::Error::last_os_error())) } else { Ok(()) }
    }
}

fn program(ebpf: &mut Ebpf) -> Result<&mut SchedClassifier, Failure> {
    let program = ebpf.program_mut("croft").ok_or_else(|| Failure::Kernel("the object has no program croft".into()))?;
    program.try_into().map_err(failed("croft is no classifier"))
}

/// The clock that the program reads.
fn coarse_clock() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the kernel writes `time`.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC_COARSE, &mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// How long a tick of the kernel is, ns.
fn tick() -> u32 {
    let mut grain = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the kernel writes `grain`.
    unsafe { libc::clock_getres(libc::CLOCK_MONOTONIC_COARSE, &mut grain) };
    grain.tv_nsec as u32
}

/// Errors with all that lies behind them: the verifier's words are in there.
fn failed<E: std::error::Error>(what: &str) -> impl Fn(E) -> Failure {
    let what = what.to_string();
    move |error| {
        let mut text = format!("{what}: {error}");
        let mut cause = error.source();
        while let Some(inner) = cause {
            text.push_str(&format!(": {inner}"));
            cause = inner.source();
        }
        Failure::Kernel(text)
    }
}
