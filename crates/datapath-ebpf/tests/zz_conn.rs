#[path = "kernel/mod.rs"]
mod kernel;
#[path = "../../engine/tests/world/mod.rs"]
mod world;
use kernel::both::Both;
use world::packets::*;
use world::*;
#[test]
fn conn() {
    let mut w = World::new();
    w.allow(ingress(DATA), APP_IP, 32, 6, 5432);
    w.allow(77, ip(10, 0, 1, 0), 24, 6, 5432);
    w.allow(78, ip(10, 0, 1, 0), 24, 6, ALL);
    w.acl(DATA_SUBNET, 77, 78);
    let mut both = Both::new(&w);
    let mut sums = [0u64; 8];
    let n = 3000;
    for round in 0..3 {
        sums = [0; 8];
        for i in 0..n {
            let p = (1000 + i) as u16;
            let a = |f: u8| tcp((APP_IP, p), (DATA_IP, 5432), f, b"");
            let b = |f: u8| tcp((DATA_IP, 5432), (APP_IP, p), f, b"");
            let seq = [(APP, a(SYN)), (DATA, b(SYN | ACK)), (APP, a(ACK)), (APP, a(ACK)), (DATA, b(ACK)), (DATA, b(FIN | ACK)), (APP, a(FIN | ACK)), (DATA, b(ACK))];
            for (k, (port, f)) in seq.iter().enumerate() {
                let o = both.kernel.send(*port, f, 1); if i == 0 { println!("{k} verdict {} reason {:?}", o.verdict, both.kernel.scratch().reason); for (k, c) in both.kernel.connections() { if k.tuple.source_port == 1000 || k.tuple.destination_port == 1000 { println!("   {} e{} p{} f{}", k.port, c.epoch, c.packets, c.flags) } } } sums[k] += o.duration;
            }
        }
        println!("round {round}: {:?} total {}", sums.map(|s| s / n), sums.iter().sum::<u64>() / n);
    }
}
