//! Several processors at once, and tables that are full.

#[path = "kernel/mod.rs"]
mod kernel;
#[path = "../../engine/tests/world/mod.rs"]
mod world;

use aya::programs::SchedClassifier;
use croft_engine::tables::ConnKey;
use kernel::device::{Devices, own_namespace, stay_on};
use kernel::{Kernel, REDIRECT, run};
use world::packets::*;
use world::*;

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
        let opened = (0..450).filter(|n| open(&mut kernel, *n + round * 450) == REDIRECT).count();
        assert!(opened >= 440, "round {round}: {opened} of 450, nine tenths of the table");
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
    let mut kernel = Kernel::load(1 << 18);
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

/// Two flows that share a slot of the flow cache, in rounds in which each of them may take it from the other.
#[test]
fn flows_that_meet_in_the_flow_cache_never_take_each_other_s_way() {
    own_namespace();
    let _devices = Devices::new(&[APP, PEER, DATA]);
    let mut world = World::new();
    world.allow(ingress(PEER), APP_IP, 32, 17, 7);
    world.allow(ingress(DATA), APP_IP, 32, 17, 7);
    let mut kernel = Kernel::load(1_024);
    kernel.install(&world.tables);
    let flows = [udp((APP_IP, 1), (PEER_IP, 7), b""), udp((APP_IP, 2), (DATA_IP, 7), b"")];
    let ways = flows.clone().map(|frame| kernel.send(APP, &frame, 1).frame);
    assert_ne!(ways[0][..6], ways[1][..6]);
    for round in 1..=100 {
        on_two_processors(&mut kernel, |program, n| {
            for _ in 0..50 {
                let outcome = run(program, APP, &flows[n], 1);
                assert_eq!((outcome.verdict, outcome.frame), (REDIRECT, ways[n].clone()), "round {round}");
            }
        });
        kernel.advance(3_000_000_000, 0);
    }
    assert_ne!(kernel.flow_slot(0).key, ConnKey::default(), "one of them has it");
}
