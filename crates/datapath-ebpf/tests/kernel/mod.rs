//! The committed object, loaded and fed with tables and packets (`BPF_PROG_TEST_RUN`).
#![allow(dead_code)]

pub mod both;
pub mod device;

use std::collections::BTreeMap;

use aya::maps::lpm_trie::Key;
use aya::maps::{Array, HashMap, LpmTrie, Map, PerCpuArray, PerCpuHashMap, RingBuf};
use aya::programs::{SchedClassifier, TestRun, TestRunOptions};
use aya::{Ebpf, EbpfLoader, Pod};
use croft_engine::connection::reclaim_slots;
use croft_engine::memory::Snapshot;
use croft_engine::tables::*;
use croft_engine::{DropReason, Walk};

pub const OBJECT: &[u8] = aya::include_bytes_aligned!("../../../datapath/ebpf/croft.bpf.o");

/// `TC_ACT_REDIRECT` and `TC_ACT_SHOT`.
pub const REDIRECT: u32 = 7;
pub const SHOT: u32 = 2;

/// Any of the engine's tables as bytes for a map.
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct Plain<T: Copy>(pub T);
// SAFETY: the engine's keys and values are `repr(C)` without references.
unsafe impl<T: Copy + 'static> Pod for Plain<T> {}

pub struct Kernel {
    pub ebpf: Ebpf,
    epoch: u32,
    offset: u64,
}

/// What a packet came to.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    /// `REDIRECT` or `SHOT`.
    pub verdict: u32,
    pub frame: Vec<u8>,
    /// ns.
    pub duration: u64,
}

impl Kernel {
    /// The committed object, or the one that `CROFT_EBPF_OBJECT` names.
    pub fn load(connections: u32) -> Kernel {
        let named = std::env::var_os("CROFT_EBPF_OBJECT").map(|path| std::fs::read(path).expect("the object named"));
        let mut ebpf = EbpfLoader::new()
            .map_max_entries("CONNS", connections)
            .map_max_entries("RECLAIM", reclaim_slots(connections))
            .map_max_entries("NAT_CLAIMS", connections / 2 + 1)
            .load(named.as_deref().unwrap_or(OBJECT))
            .expect("the object loads");
        let program: &mut SchedClassifier = ebpf.program_mut("croft").expect("croft").try_into().expect("tc");
        program.load().expect("the verifier takes it");
        let mut kernel = Kernel { ebpf, epoch: 0, offset: 0 };
        kernel.set("RECLAIM_HAND", ReclaimHand { next: 0, slots: reclaim_slots(connections) as u64 });
        kernel
    }

    pub fn program(&mut self) -> &mut SchedClassifier {
        self.ebpf.program_mut("croft").expect("croft").try_into().expect("tc")
    }

    fn set<T: Copy + 'static>(&mut self, map: &str, value: T) {
        let mut map: Array<_, Plain<T>> = self.map(map).try_into().expect("an array");
        map.set(0, Plain(value), 0).expect("set");
    }

    fn map(&mut self, name: &str) -> &mut Map {
        self.ebpf.map_mut(name).unwrap_or_else(|| panic!("no map {name}"))
    }

    /// Everything in `new`; what was installed before and is not in it goes.
    pub fn install(&mut self, new: &Snapshot) {
        self.hash("INTERFACES", &new.interfaces);
        self.hash("SUBNETS", &new.subnets);
        self.hash("NATS", &new.nats);
        self.hash("OWNERS", &new.owners);
        self.hash("PUBLICS", &new.publics);
        self.hash("PRIVATES", &new.privates);
        self.trie("ROUTES", &new.routes);
        self.trie("CLASSES", &new.classes);
        self.hash("MEMBERS", &new.members);
        self.trie("RULES", &new.rules);
        self.set("UPLINK", new.uplink);
        self.epoch += 1;
        let (offset, epoch) = (self.offset, self.epoch);
        self.set_clock(offset, epoch, new.interface_connections);
    }

    /// Moves the fabric's clock on, ns.
    pub fn advance(&mut self, by: u64, interface_connections: u32) {
        self.offset += by;
        let (offset, epoch) = (self.offset, self.epoch);
        self.set_clock(offset, epoch, interface_connections);
    }

    fn set_clock(&mut self, offset: u64, epoch: u32, interface_connections: u32) {
        let mut grain = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: the kernel writes `grain`.
        unsafe { libc::clock_getres(libc::CLOCK_MONOTONIC_COARSE, &mut grain) };
        let tick = grain.tv_nsec as u32;
        self.set(".bss.clock", Clock { offset, epoch, interface_connections, tick, ..Clock::default() });
    }

    fn hash<K: Copy + Ord + 'static, V: Copy + 'static>(&mut self, map: &str, entries: &BTreeMap<K, V>) {
        let mut map: HashMap<_, Plain<K>, Plain<V>> = self.map(map).try_into().expect("a hash");
        let old: Vec<Plain<K>> = map.keys().collect::<Result<_, _>>().expect("keys");
        for (k, v) in entries {
            map.insert(Plain(*k), Plain(*v), 0).expect("insert");
        }
        for k in old.iter().filter(|k| !entries.contains_key(&k.0)) {
            map.remove(k).expect("remove");
        }
    }

    fn trie<K: Copy + Ord + 'static, V: Copy + 'static>(&mut self, map: &str, entries: &BTreeMap<(u32, K), V>) {
        let mut map: LpmTrie<_, Plain<K>, Plain<V>> = self.map(map).try_into().expect("a trie");
        let old: Vec<Key<Plain<K>>> = map.keys().collect::<Result<_, _>>().expect("keys");
        for ((bits, k), v) in entries {
            map.insert(&Key::new(*bits, Plain(*k)), Plain(*v), 0).expect("insert");
        }
        for k in old {
            if !entries.contains_key(&(k.prefix_len(), k.data().0)) {
                map.remove(&k).expect("remove");
            }
        }
    }

    /// Runs a packet that came by the device with this ifindex.
    pub fn send(&mut self, port: u32, frame: &[u8], repeat: u32) -> Outcome {
        run(self.program(), port, frame, repeat)
    }

    /// Tells the kernel where user space listens, and that it was alive at this moment.
    pub fn punt_to(&mut self, port: u32, heartbeat: u64) {
        self.set("PUNT", Punt { port, pad: 0, heartbeat });
    }

    /// What a port may hand to user space, and when that was topped up.
    pub fn credit(&mut self, port: u32, credit: u64, topped_up: u64) {
        let usage = Usage { connections: 0, credit, topped_up, hand: 0 };
        let mut map: HashMap<_, Plain<u32>, Plain<Usage>> = self.map("USAGE").try_into().expect("a hash");
        map.insert(Plain(port), Plain(usage), 0).expect("set");
    }

    /// Packets dropped for a reason at a gate, from a port.
    pub fn dropped(&mut self, reason: DropReason, node: u32, port: u32) -> u64 {
        let key = DropKey { reason: reason as u32, node, port };
        let map: PerCpuHashMap<_, Plain<DropKey>, Plain<DropCount>> =
            self.map("DROPS").try_into().expect("a hash per CPU");
        map.get(&Plain(key), 0).map_or(0, |counts| counts.iter().map(|c| c.0.packets).sum())
    }

    /// The events since they were last taken.
    pub fn events(&mut self) -> Vec<DropEvent> {
        let mut ring: RingBuf<_> = self.map("EVENTS").try_into().expect("a ring buffer");
        let mut events = Vec::new();
        while let Some(bytes) = ring.next() {
            assert_eq!(bytes.len(), size_of::<DropEvent>());
            // SAFETY: bytes of this very struct, as the kernel wrote them.
            events.push(unsafe { std::ptr::read_unaligned(bytes.as_ptr().cast()) });
        }
        events
    }

    /// All claims on ports of NAT gateways.
    pub fn claims(&mut self) -> BTreeMap<NatKey, NatClaim> {
        let map: HashMap<_, Plain<NatKey>, Plain<NatClaim>> = self.map("NAT_CLAIMS").try_into().expect("a hash");
        map.iter().map(|e| e.expect("entry")).map(|(k, v)| (k.0, v.0)).collect()
    }

    /// All precedents, of whichever processor.
    pub fn precedents(&mut self) -> Vec<Precedent> {
        let map: PerCpuArray<_, Plain<Precedent>> = self.map("PRECEDENTS").try_into().expect("per CPU");
        let of_all =
            (0..PRECEDENTS).flat_map(|i| map.get(&i, 0).expect("a place").iter().map(|p| p.0).collect::<Vec<_>>());
        of_all.filter(|p| p.epoch != 0).collect()
    }

    /// What this processor walked last.
    pub fn scratch(&mut self) -> Walk {
        // SAFETY: no arguments.
        let here = unsafe { libc::sched_getcpu() } as usize;
        let map: PerCpuArray<_, Plain<Walk>> = self.map("SCRATCH").try_into().expect("per CPU");
        map.get(&0, 0).expect("scratch")[here].0
    }

    /// A slot of the flow cache.
    pub fn flow_slot(&mut self, place: u32) -> FlowSlot {
        let map: Array<_, Plain<FlowSlot>> = self.map("FLOW_CACHE").try_into().expect("an array");
        map.get(&place, 0).expect("a slot").0
    }

    pub fn connections(&mut self) -> BTreeMap<ConnKey, Conn> {
        let map: HashMap<_, Plain<ConnKey>, Plain<Conn>> = self.map("CONNS").try_into().expect("a hash");
        map.iter().map(|e| e.expect("entry")).map(|(k, v)| (k.0, v.0)).collect()
    }
}

/// Runs a packet on this processor.
pub fn run(program: &SchedClassifier, port: u32, frame: &[u8], repeat: u32) -> Outcome {
    test_run(program, port, frame, repeat, 0)
}

/// Runs a frame that offload will cut into segments with so many bytes of payload.
pub fn run_segmented(program: &SchedClassifier, port: u32, frame: &[u8], segment: u32) -> Outcome {
    test_run(program, port, frame, 1, segment)
}

fn test_run(program: &SchedClassifier, port: u32, frame: &[u8], repeat: u32, segment: u32) -> Outcome {
    let mut out = vec![0u8; frame.len() + 64];
    let mut context = [0u8; 192]; // struct __sk_buff
    context[40..44].copy_from_slice(&port.to_ne_bytes()); // ifindex
    context[176..180].copy_from_slice(&segment.to_ne_bytes()); // gso_size
    let mut options = TestRunOptions::new();
    options.data_in = Some(frame);
    options.data_out = Some(&mut out);
    options.ctx_in = Some(&context);
    options.repeat = repeat;
    let result = program.test_run(options).expect("BPF_PROG_TEST_RUN");
    let duration = result.duration.as_nanos() as u64;
    out.truncate(result.data_size_out as usize);
    Outcome { verdict: result.return_value, frame: out, duration }
}
