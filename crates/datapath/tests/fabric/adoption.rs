//! A fabric outlives its owner.

use std::{
    io::{BufRead, BufReader},
    net::UdpSocket,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::Duration,
};

use croft_datapath::Fabric;

use crate::{
    traffic::{exchange, udp},
    world::{Stop, World, eventually, options, spec},
};

/// Another process that owns the fabric; killed with the test.
pub struct Owner(Child);

impl Owner {
    pub fn start(world: &World) -> (Owner, String) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_croft-fabric"))
            .arg("hold")
            .arg(&world.run_dir)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        (Owner(child), line)
    }

    pub fn kill(&mut self) {
        // SIGKILL.
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Longer than any datagram takes on a machine under load.
const PATIENCE: Duration = Duration::from_secs(20);

/// Datagrams there and back without pause, a hundred before `work` runs and a hundred behind it: how many went out, and
/// how many came back.
pub fn ping_pong(a: &UdpSocket, b: &UdpSocket, work: impl FnOnce()) -> (u64, u64) {
    exchange(a, b);
    let (stop, answered) = (AtomicBool::new(false), AtomicBool::new(false));
    let (sent, back) = (AtomicU64::new(0), AtomicU64::new(0));
    thread::scope(|s| {
        s.spawn(|| {
            let mut buffer = [0; 64];
            b.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
            while !answered.load(Ordering::Relaxed) {
                if let Ok((n, from)) = b.recv_from(&mut buffer) {
                    b.send_to(&buffer[..n], from).unwrap();
                }
            }
        });
        let asker = s.spawn(|| {
            let mut buffer = [0; 64];
            a.set_read_timeout(Some(PATIENCE)).unwrap();
            while !stop.load(Ordering::Relaxed) {
                a.send_to(b"x", "10.0.1.20:6000").unwrap();
                sent.fetch_add(1, Ordering::Relaxed);
                if a.recv(&mut buffer).is_ok() {
                    back.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        // Dropped, and so set, also if the work fails, or the threads would go on for ever.
        let (answered, stop) = (Stop(&answered), Stop(&stop));
        let hundred_more = || {
            let wanted = sent.load(Ordering::Relaxed) + 100;
            eventually(|| sent.load(Ordering::Relaxed) >= wanted);
        };
        hundred_more();
        work();
        hundred_more();
        drop(stop);
        asker.join().unwrap();
        drop(answered);
    });
    (sent.into_inner(), back.into_inner())
}

fn pair(name: &str) -> World {
    let mut world = World::new(name);
    world.interface("a", 1, 10);
    world.interface("b", 1, 20);
    world.apply();
    world
}

#[test]
fn killing_the_owner_loses_no_packet_and_the_next_one_adopts() {
    let mut world = pair("kill");
    let ports = world.fabric().ports();
    let epoch = world.apply().epoch;
    let (a, b) = (udp(&world, "a", [10, 0, 1, 10], 5000), udp(&world, "b", [10, 0, 1, 20], 5000));
    let (c, d) = (udp(&world, "a", [10, 0, 1, 10], 6000), udp(&world, "b", [10, 0, 1, 20], 6000));
    let (e, f) = (udp(&world, "a", [10, 0, 1, 10], 5001), udp(&world, "b", [10, 0, 1, 20], 5001));
    exchange(&a, &b);
    drop(world.fabric.take());

    let (mut owner, line) = Owner::start(&world);
    assert!(line.contains("adopted=true"), "{line}");
    exchange(&a, &b);
    let (sent, back) = ping_pong(&c, &d, || owner.kill());
    assert_eq!(sent, back, "no packet of a known flow is lost");
    // A flow that nobody knew yet, the other way.
    exchange(&f, &e);

    world.fabric = Some(Fabric::open(options(&world.run_dir)).unwrap());
    assert!(world.fabric().was_adopted());
    assert_eq!(world.fabric().ports(), ports);
    assert_eq!(world.fabric().applied().unwrap(), world.tables);
    let again = world.apply();
    assert_eq!((again.inserted, again.updated, again.deleted, again.epoch), (0, 0, 0, epoch));
    assert_eq!(world.fabric().ensure_interface(&spec("a", 1, 10)).unwrap(), ports["eni-a"]);
    exchange(&b, &a);
}

#[test]
fn a_new_program_takes_over_under_traffic() {
    let world = pair("replace");
    let (a, b) = (udp(&world, "a", [10, 0, 1, 10], 6000), udp(&world, "b", [10, 0, 1, 20], 6000));
    let (sent, back) = ping_pong(&a, &b, || {
        for _ in 0..5 {
            world.fabric().replace_program().unwrap();
        }
    });
    assert_eq!(sent, back);
}
