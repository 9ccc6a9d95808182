//! The committed object in the real kernel: it loads, and it decides as the engine in memory does.

#[path = "kernel/mod.rs"]
mod kernel;
#[path = "../../engine/tests/world/mod.rs"]
mod world;

use croft_engine::memory::MemoryTables;
use croft_engine::{DropReason, Fate};
use kernel::device::{Devices, own_namespace};
use kernel::{Kernel, REDIRECT, SHOT};
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
