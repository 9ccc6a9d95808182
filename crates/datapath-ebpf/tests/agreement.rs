//! Random packets end the same way in the kernel and in memory: verdict, reason, gate and bytes.

#[path = "kernel/mod.rs"]
mod kernel;
#[path = "../../engine/tests/world/mod.rs"]
mod world;

use kernel::both::Both;
use world::packets::*;
use world::*;

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
    let targets =
        [WEB_IP, APP_IP, PEER_IP, DATA_IP, INTERNET, INTERNET, WEB_PUBLIC, NAT_PUBLIC, NAT_IP, ip(10, 0, 2, 99)];
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
            0 | 1 if delivered > 0 && last.1[23] != 47 => {
                (last.0, world::packets::answer(&last.1, n.of(&[ACK, SYN | ACK, FIN])))
            }
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
    assert!(delivered > 3_000, "{delivered}");
}
