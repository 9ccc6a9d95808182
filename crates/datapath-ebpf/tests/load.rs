//! The committed object in the real kernel: it loads, and it decides as the engine in memory does.

#[path = "kernel/mod.rs"]
mod kernel;
#[path = "../../engine/tests/world/mod.rs"]
mod world;

use aya::programs::SchedClassifier;
use croft_engine::memory::MemoryTables;
use croft_engine::punt::{PUNT_BURST, PUNT_HEADER, PuntHeader};
use croft_engine::tables::DropKey;
use croft_engine::{DropReason, Fate, Ip};
use kernel::device::{Devices, own_namespace, stay_on};
use kernel::{Kernel, REDIRECT, SHOT, run};
use world::packets::*;
use world::*;

#[test]
fn the_verifier_takes_it() {
    let before = std::time::Instant::now();
    let mut kernel = Kernel::load(4_096);
    let took = before.elapsed();
    let info = kernel.program().info().expect("info");
    println!(
        "{} instructions verified, {} bytes of machine code, loaded in {} ms",
        info.verified_instruction_count().unwrap_or(0),
        info.size_jitted(),
        took.as_millis()
    );
    assert!(info.verified_instruction_count().unwrap_or(0) < 500_000, "half of what the kernel allows");
}

/// Sends each packet both ways; verdict, reason and bytes must be the same.
struct Both {
    kernel: Kernel,
    memory: MemoryTables,
    _devices: Devices,
}

impl Both {
    fn new(world: &World) -> Both {
        own_namespace();
        let devices = Devices::new(&[WEB, APP, PEER, DATA, STRANGER, UPLINK]);
        let mut kernel = Kernel::load(4_096);
        kernel.install(&world.tables);
        Both { kernel, memory: MemoryTables::new(world.tables.clone()), _devices: devices }
    }

    /// The frame as it is delivered, and where to; or the reason.
    fn send(&mut self, port: u32, frame: &[u8]) -> Result<(u32, Vec<u8>), DropReason> {
        let mut bytes = frame.to_vec();
        let in_memory = self.memory.send(port, &mut bytes);
        let outcome = self.kernel.send(port, frame, 1);
        match in_memory {
            Ok(fate) => {
                assert_eq!(outcome.verdict, REDIRECT, "the kernel delivers too: {:?}", self.reason());
                assert_eq!(outcome.frame, bytes, "the same bytes");
                assert!(bytes[12..14] != [8, 0] || intact(&bytes), "checksums");
                Ok((if let Fate::Deliver(a) = fate { a.port } else { port }, bytes))
            }
            Err(refusal) => {
                assert_eq!(outcome.verdict, SHOT, "the kernel drops too: {refusal:?}");
                assert_eq!(self.reason(), Some((refusal.reason, refusal.gate)));
                Err(refusal.reason)
            }
        }
    }

    fn reason(&mut self) -> Option<(DropReason, u32)> {
        let walk = self.kernel.scratch();
        Some((DropReason::from_number(walk.reason)?, walk.gate))
    }
}

#[test]
fn a_flow_and_its_answer_take_the_same_way_in_kernel_and_memory() {
    let mut world = World::new();
    world.allow(ingress(DATA), APP_IP, 32, 6, 5432);
    let mut both = Both::new(&world);
    let syn = tcp((APP_IP, 40_000), (DATA_IP, 5432), SYN, b"");
    assert_eq!(both.send(APP, &syn).map(|d| d.0), Ok(DATA));
    let answer = tcp((DATA_IP, 5432), (APP_IP, 40_000), SYN | ACK, b"");
    for frame in [&answer, &answer] {
        assert_eq!(both.send(DATA, frame).map(|d| d.0), Ok(APP));
    }
    let data = tcp((APP_IP, 40_000), (DATA_IP, 5432), ACK, b"select 1");
    assert_eq!(both.send(APP, &data).map(|d| d.0), Ok(DATA));
    let other = tcp((PEER_IP, 40_000), (DATA_IP, 5432), SYN, b"");
    assert_eq!(both.send(PEER, &other).map(|d| d.0), Err(DropReason::SecurityGroupIngress));
}

#[test]
fn nat_1_translates_in_the_kernel_as_in_memory() {
    let mut both = Both::new(&World::new());
    for (frame, name) in [
        (udp((APP_IP, 5353), (INTERNET, 53), b"query"), "udp"),
        (tcp((APP_IP, 5353), (INTERNET, 80), SYN, b""), "tcp"),
        (echo(APP_IP, INTERNET, 77), "echo"),
    ] {
        let (port, out) = both.send(APP, &frame).expect(name);
        assert_eq!((port, source(&out).0), (UPLINK, NAT_PUBLIC), "{name}");
        assert_eq!(both.send(APP, &frame).map(|d| d.1), Ok(out.clone()), "{name} again");
        let (port, back) = both.send(UPLINK, &world::packets::answer(&out, SYN | ACK)).expect("its answer");
        assert_eq!((port, destination(&back).0), (APP, APP_IP), "{name}");
        if name != "echo" {
            let (port, error) = both.send(UPLINK, &unreachable(INTERNET, &out)).expect("an error about it");
            assert_eq!((port, destination(&error).0), (APP, APP_IP), "{name}");
        }
    }
    assert_eq!(both.send(UPLINK, &udp((INTERNET, 9), (NAT_PUBLIC, 9), b"")), Err(DropReason::NatUnsolicited));
}

/// Not a benchmark, only a guard against a short way that has become long.
#[test]
fn a_known_packet_costs_little() {
    let mut world = World::new();
    world.allow(ingress(PEER), APP_IP, 32, 17, 7);
    let mut both = Both::new(&world);
    let packet = udp((APP_IP, 40_000), (PEER_IP, 7), &[0; 22]);
    both.send(APP, &packet).expect("delivered");
    let mut runs: Vec<u64> = (0..21).map(|_| both.kernel.send(APP, &packet, 20_000).duration).collect();
    runs.sort();
    let new: u64 = (0..2_000u16).map(|i| both.kernel.send(APP, &udp((APP_IP, i), (PEER_IP, 7), b""), 1).duration).sum();
    println!("known packet {} ns, new flow {} ns", runs[10], new / 2_000);
    assert!(runs[10] < 400, "{} ns", runs[10]);
}

/// A stream of numbers from a seed (Vigna, "SplitMix64").
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    fn of<T: Copy>(&mut self, choice: &[T]) -> T {
        choice[self.below(choice.len() as u64) as usize]
    }
}

fn any_packet(n: &mut Numbers) -> (u32, Vec<u8>) {
    let ends = [(WEB, WEB_IP), (APP, APP_IP), (PEER, PEER_IP), (DATA, DATA_IP), (UPLINK, INTERNET)];
    let (port, from) = n.of(&ends);
    let targets = [WEB_IP, APP_IP, PEER_IP, DATA_IP, INTERNET, INTERNET, WEB_PUBLIC, NAT_PUBLIC, NAT_IP, ip(10, 0, 2, 99)];
    let to = n.of(&targets);
    let ports = ((40_000 + n.below(3)) as u16, n.of(&[53, 80, 5432, 10_536, 10_537]));
    let flags = n.of(&[SYN, SYN, ACK, ACK, SYN | ACK, FIN | ACK, RST]);
    let mut frame = match n.below(8) {
        0..3 => tcp((from, ports.0), (to, ports.1), flags, b"data"),
        3..6 => udp((from, ports.0), (to, ports.1), b"data"),
        6 => echo(from, to, ports.0),
        _ => ipv4(from, to, 47, &[0; 8]),
    };
    match n.below(40) {
        0 => frame[22] = n.below(3) as u8,
        1 => frame[20] ^= 0x60,
        2 => frame[14] = 0x46,
        3 => frame.truncate(40),
        4 => frame[12] = 0x86,
        5 => frame[29] ^= 1,
        _ => {}
    }
    if frame[20] & 0x20 == 0 {
        seal_ip(&mut frame);
    }
    (port, frame)
}

/// Packets, answers, errors and jumps of the clock in any order; each must end the same way in both.
#[test]
fn kernel_and_memory_agree_on_any_packet() {
    let mut world = World::new();
    world.allow(ingress(WEB), 0, 0, 6, 80);
    world.allow(ingress(DATA), ip(10, 0, 1, 0), 24, 6, 5432);
    world.allow(ingress(PEER), APP_IP, 32, 17, ALL);
    world.allow(ingress(PEER), 0, 0, 1, ALL);
    world.allow(ingress(APP), DATA_IP, 32, 17, 53);
    world.edit(PEER, |i| i.flags = 0);
    let mut both = Both::new(&world);
    let (mut n, mut delivered, mut last) = (Numbers(7), 0, (0, Vec::new()));
    for _ in 0..20_000 {
        let (port, frame) = match n.below(10) {
            0 | 1 if delivered > 0 && last.1[23] != 47 => (last.0, world::packets::answer(&last.1, n.of(&[ACK, SYN | ACK, FIN]))),
            2 if delivered > 0 && last.1[23] != 47 => {
                let from = destination(&last.1).0;
                (last.0, unreachable(n.of(&[from, INTERNET]), &last.1))
            }
            _ => any_packet(&mut n),
        };
        if let Ok(to) = both.send(port, &frame) {
            delivered += 1;
            last = to;
        }
        if n.below(50) == 0 {
            let by = 7_300_000_000 * n.of(&[1, 1, 2, 5, 30, 60]);
            both.memory.advance(by);
            both.kernel.advance(by, 0);
        }
    }
    println!("{delivered} of 20,000 delivered");
    assert!(delivered > 4_000, "{delivered}");
}

fn now() -> u64 {
    let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: a place for the answer.
    assert_eq!(unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC_COARSE, &mut t) }, 0);
    t.tv_sec as u64 * 1_000_000_000 + t.tv_nsec as u64
}

fn fragment() -> Vec<u8> {
    let mut f = udp((APP_IP, 1), (PEER_IP, 7), b"12345678");
    f[20] = 0x20;
    seal_ip(&mut f);
    f
}

#[test]
fn a_fragment_goes_to_user_space_with_its_label() {
    let mut both = Both::new(&World::new());
    both.kernel.punt_to(UPLINK, now());
    let outcome = both.kernel.send(APP, &fragment(), 1);
    assert_eq!(outcome.verdict, REDIRECT);
    let (label, frame) = outcome.frame.split_first_chunk::<PUNT_HEADER>().expect("a label");
    let reason = DropReason::Fragment as u32;
    assert_eq!(PuntHeader::from_bytes(label), Some(PuntHeader { port: APP, reason }));
    assert_eq!(frame, fragment());
    assert_eq!(both.kernel.dropped(DropReason::Fragment, 0, APP), 0);
}

#[test]
fn an_error_is_asked_for_and_the_drop_is_counted() {
    let mut both = Both::new(&World::new());
    both.kernel.punt_to(UPLINK, now());
    let outcome = both.kernel.send(APP, &udp((APP_IP, 1), (ip(169, 254, 169, 254), 80), b""), 1);
    assert_eq!(outcome.verdict, REDIRECT);
    assert_eq!(outcome.frame[4..8], (DropReason::NoService as u32).to_be_bytes());
    assert_eq!(both.kernel.dropped(DropReason::NoService, node(APP), APP), 1);
}

#[test]
fn without_user_space_a_fragment_is_counted_by_its_reason() {
    let mut both = Both::new(&World::new());
    for heartbeat in [None, Some(now() - 3_000_000_000)] {
        if let Some(heartbeat) = heartbeat {
            both.kernel.punt_to(UPLINK, heartbeat);
        }
        assert_eq!(both.kernel.send(APP, &fragment(), 1).verdict, SHOT);
    }
    assert_eq!(both.kernel.dropped(DropReason::Fragment, 0, APP), 2);
}

#[test]
fn a_flood_of_fragments_is_cut_off_for_its_sender_only() {
    let mut both = Both::new(&World::new());
    let mut verdicts = Vec::new();
    for _ in 0..4_000 {
        both.kernel.punt_to(UPLINK, now());
        verdicts.push(both.kernel.send(APP, &fragment(), 1).verdict);
    }
    let up = verdicts.iter().filter(|v| **v == REDIRECT).count() as u64;
    let cut = both.kernel.dropped(DropReason::RateLimited, 0, APP);
    assert_eq!(up + cut, 4_000);
    assert!(up >= PUNT_BURST && cut > 0, "{up} went up, {cut} were cut off");
    let mut other = fragment();
    other[26..30].copy_from_slice(&PEER_IP.to_be_bytes());
    seal_ip(&mut other);
    assert_eq!(both.kernel.send(PEER, &other, 1).verdict, REDIRECT);
}

#[test]
fn a_drop_is_counted_and_told_as_it_happens() {
    let mut both = Both::new(&World::new());
    let packet = tcp((APP_IP, 40_000), (DATA_IP, 5432), SYN, b"");
    for _ in 0..3 {
        assert_eq!(both.send(APP, &packet), Err(DropReason::SecurityGroupIngress));
    }
    assert_eq!(both.kernel.dropped(DropReason::SecurityGroupIngress, node(DATA), APP), 3);
    let events = both.kernel.events();
    assert_eq!(events.len(), 3);
    let key = DropKey { reason: DropReason::SecurityGroupIngress as u32, node: node(DATA), port: APP };
    assert_eq!((events[0].key, events[0].length as usize), (key, packet.len()));
    assert_eq!((events[0].tuple.destination, events[0].tuple.destination_port), (Ip::v4(DATA_IP), 5432));
}

#[test]
fn a_full_table_in_the_kernel_needs_no_sweep() {
    own_namespace();
    let _devices = Devices::new(&[APP, PEER]);
    let mut world = World::new();
    world.allow(ingress(PEER), 0, 0, 17, ALL);
    let mut kernel = Kernel::load(1_024);
    kernel.install(&world.tables);
    for round in 0..4 {
        let open = |kernel: &mut Kernel, n: u16| kernel.send(APP, &udp((APP_IP, n), (PEER_IP, 7), b""), 1).verdict;
        let opened = (0..500).filter(|n| open(&mut kernel, *n + round * 500) == REDIRECT).count();
        assert!(opened >= 490, "round {round}: {opened} of 500");
        kernel.advance(31_000_000_000, 0);
    }
}

/// What each of two processors gets, when both run `flows` at once.
fn on_two_processors<R: Send>(kernel: &mut Kernel, each: impl Fn(&SchedClassifier, usize) -> R + Sync) -> Vec<R> {
    let (program, each) = (&*kernel.program(), &each);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2)
            .map(|n| {
                scope.spawn(move || {
                    stay_on(n);
                    each(program, n)
                })
            })
            .collect();
        threads.into_iter().map(|t| t.join().expect("a thread")).collect()
    })
}

/// The port that a flow is translated to.
fn translated(program: &SchedClassifier, sender: u16) -> u16 {
    let outcome = run(program, APP, &udp((APP_IP, sender), (INTERNET, 53), b""), 1);
    assert_eq!(outcome.verdict, REDIRECT);
    source(&outcome.frame).1
}

fn nat_kernel() -> (Kernel, Devices) {
    own_namespace();
    let devices = Devices::new(&[APP, UPLINK]);
    let mut kernel = Kernel::load(65_536);
    kernel.install(&World::new().tables);
    (kernel, devices)
}

#[test]
fn nat_1_two_processors_never_take_one_port() {
    let (mut kernel, _devices) = nat_kernel();
    for round in 0..2 {
        let taken = on_two_processors(&mut kernel, |program, n| -> Vec<u16> {
            (0..10_000).map(|i| translated(program, (n * 20_000 + round * 10_000 + i) as u16)).collect()
        });
        let mut all = taken.concat();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 20_000, "round {round}");
        // All claims are dead now; the next round takes over what it meets.
        kernel.advance(351_000_000_000, 0);
    }
}

#[test]
fn nat_1_two_processors_with_one_flow_agree() {
    let (mut kernel, _devices) = nat_kernel();
    let ports = on_two_processors(&mut kernel, |program, _| -> Vec<u16> {
        (0..10_000).map(|i| translated(program, i)).collect()
    });
    assert_eq!(ports[0], ports[1]);
    assert_eq!(kernel.claims().len(), 10_000, "whoever was second gave its port back");
}
