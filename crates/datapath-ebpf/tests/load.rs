//! The committed object in the real kernel: it loads, and it decides as the engine in memory does.

#[path = "kernel/mod.rs"]
mod kernel;
#[path = "../../engine/tests/world/mod.rs"]
mod world;

use croft_engine::DropReason;
use kernel::both::Both;
use kernel::{Kernel, REDIRECT, SHOT, run_segmented};
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

/// A frame that will be cut into segments is as large as one of them (row NET-8).
#[test]
fn net_8_offloaded_segments_are_judged_one_by_one() {
    let mut both = Both::new(&World::new());
    let frame = tcp((WEB_IP, 40_000), (INTERNET, 80), ACK, &[0; 3_000]);
    for (segment, verdict) in [(1_460, REDIRECT), (1_461, SHOT)] {
        assert_eq!(run_segmented(both.kernel.program(), WEB, &frame, segment).verdict, verdict, "{segment} bytes");
    }
    assert_eq!(both.send(WEB, &frame), Err(DropReason::TooBig), "a whole one of 3,040 bytes");
}

/// Not a benchmark, only a guard against a short way that has become long.
#[test]
fn a_known_packet_takes_the_short_way_each_time() {
    let mut world = World::new();
    world.allow(ingress(PEER), APP_IP, 32, 17, 7);
    world.allow(ingress(PEER), APP_IP, 32, 6, 7);
    let datagram = udp((APP_IP, 40_000), (PEER_IP, 7), &[0; 22]);
    let segment = tcp((APP_IP, 40_000), (PEER_IP, 7), ACK, b"a");
    for (packet, name) in [(&datagram, "datagram"), (&segment, "segment")] {
        // The flow cache has one slot here.
        let mut both = Both::new(&world);
        both.send(APP, packet).expect("delivered");
        let mut runs: Vec<u64> = (0..21).map(|_| both.kernel.send(APP, packet, 20_000).duration).collect();
        runs.sort();
        // For people to read: what it costs is measured by benches, not judged by a test.
        println!("known {name} {} ns", runs[10]);
        assert_eq!(both.kernel.send(APP, packet, 20_000).verdict, REDIRECT);
    }
    let mut both = Both::new(&world);
    let new: u64 = (0..2_000u16).map(|i| both.kernel.send(APP, &udp((APP_IP, i), (PEER_IP, 7), b""), 1).duration).sum();
    println!("new flow {} ns", new / 2_000);
}
