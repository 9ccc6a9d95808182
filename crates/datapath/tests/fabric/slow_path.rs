//! What user space does for the kernel: fragments, ICMP errors, resets.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket},
    os::fd::{AsRawFd, FromRawFd, OwnedFd},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use croft_datapath::bpf::Map;
use croft_engine::{DropReason, tables::*};

use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, SockaddrIn, sendto, socket};

use crate::{
    adoption::Owner,
    traffic::udp,
    world::{Stop, World, eventually, options},
};

/// Longer than anything here takes on a machine under load.
const PATIENCE: Duration = Duration::from_secs(30);

fn set(socket: &UdpSocket, option: i32, value: i32) {
    // SAFETY: the value is valid for the call and its size is given.
    let result =
        unsafe { libc::setsockopt(socket.as_raw_fd(), libc::IPPROTO_IP, option, (&raw const value).cast(), 4) };
    assert_eq!(result, 0, "{}", io::Error::last_os_error());
}

/// A datagram, which arrives.
pub fn send_and_receive(from: &UdpSocket, to: &UdpSocket, length: usize) {
    let sent: Vec<u8> = (0..length).map(|i| (i * 7) as u8).collect();
    from.send_to(&sent, to.local_addr().unwrap()).unwrap();
    let mut received = vec![0; 65_536];
    let n = to.recv(&mut received).unwrap_or_else(|e| panic!("{length} bytes: {e}"));
    assert!(received[..n] == sent, "{length} bytes arrive as they were sent");
}

#[test]
fn net_11_fragments_arrive_in_one_subnet_and_routed() {
    let mut world = World::new("fragments");
    let port = world.interface("a", 1, 10);
    world.interface("b", 1, 20);
    world.interface("c", 2, 30);
    world.apply();
    let a = udp(&world, "a", [10, 0, 1, 10], 5000);
    let b = udp(&world, "b", [10, 0, 1, 20], 5000);
    let c = udp(&world, "c", [10, 0, 2, 30], 5000);
    for length in [9_500, 20_000, 65_000] {
        for (x, y) in [(&a, &b), (&b, &a), (&c, &a), (&a, &c)] {
            send_and_receive(x, y, length);
        }
    }
    assert_eq!(world.dropped(DropReason::Fragment, port), 0);
}

#[test]
fn sg_1_fragments_are_judged_as_their_first_one() {
    let mut world = World::new("refused");
    let a = world.interface("a", 1, 10);
    world.interface("b", 1, 20);
    world.tables.interfaces.get_mut(&a).unwrap().egress_set = 99;
    world.apply();
    let socket = udp(&world, "a", [10, 0, 1, 10], 5000);
    socket.send_to(&vec![0; 20_000], "10.0.1.20:5000").unwrap();
    eventually(|| world.dropped(DropReason::SecurityGroupEgress, a) == 3);
}

/// A socket that sends IPv4 packets as they are given.
struct Raw(OwnedFd);

impl Raw {
    fn open(world: &World, namespace: &str) -> Raw {
        let open = || socket(AddressFamily::Inet, SockType::Raw, SockFlag::SOCK_CLOEXEC, SockProtocol::Raw);
        Raw(world.fabric().in_namespace(namespace, open).unwrap().unwrap())
    }

    fn send(&self, packet: &[u8]) {
        let to = SockaddrIn::new(packet[16], packet[17], packet[18], packet[19], 0);
        sendto(self.0.as_raw_fd(), packet, &to, MsgFlags::empty()).unwrap();
    }
}

/// A part of a UDP packet (without a checksum) from 10.0.1.10 to 10.0.1.20, port 5000 both.
fn udp_fragment(identification: u16, payload: &[u8], from: usize, to: usize) -> Vec<u8> {
    let mut whole = vec![0x13, 0x88, 0x13, 0x88];
    whole.extend_from_slice(&((8 + payload.len()) as u16).to_be_bytes());
    whole.extend_from_slice(&[0, 0]);
    whole.extend_from_slice(payload);
    let part = &whole[from..to.min(whole.len())];
    let more = if to < whole.len() { 0x2000 } else { 0 };
    let mut ip = vec![0x45, 0];
    ip.extend_from_slice(&((20 + part.len()) as u16).to_be_bytes());
    ip.extend_from_slice(&identification.to_be_bytes());
    ip.extend_from_slice(&((from / 8) as u16 | more).to_be_bytes());
    ip.extend_from_slice(&[64, 17, 0, 0, 10, 0, 1, 10, 10, 0, 1, 20]);
    ip.extend_from_slice(part);
    ip
}

#[test]
fn net_11_fragments_arrive_in_any_order() {
    let mut world = World::new("order");
    world.interface("a", 1, 10);
    world.interface("b", 1, 20);
    world.apply();
    let raw = Raw::open(&world, "a");
    let b = udp(&world, "b", [10, 0, 1, 20], 5000);
    let payload: Vec<u8> = (0..2200).map(|i| i as u8).collect();
    let mut received = vec![0; 4096];
    for (id, order) in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]].iter().enumerate() {
        for part in order {
            raw.send(&udp_fragment(100 + id as u16, &payload, part * 800, part * 800 + 800));
        }
        let n = b.recv(&mut received).unwrap_or_else(|e| panic!("{order:?}: {e}"));
        assert!(received[..n] == payload, "{order:?}");
    }
}

/// Sends later fragments of packets whose first one never comes, `length` bytes each, until told to stop.
fn flood(raw: &Raw, length: usize, stop: &AtomicBool) {
    let payload = vec![0; 2 * length];
    for id in (0..u16::MAX).cycle() {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        raw.send(&udp_fragment(id, &payload, length, 2 * length));
    }
}

#[test]
fn a_flood_of_fragments_does_not_keep_others_waiting() {
    let mut world = World::new("flood");
    let small = world.interface("a", 1, 10);
    let large = world.interface("d", 1, 40);
    world.interface("b", 1, 20);
    world.interface("c", 1, 30);
    // Whose addresses the fragments bear does not matter here.
    world.tables.interfaces.get_mut(&large).unwrap().flags = IF_ANY_ADDRESS;
    world.apply();
    let (many, big) = (Raw::open(&world, "a"), Raw::open(&world, "d"));
    let b = udp(&world, "b", [10, 0, 1, 20], 5000);
    let c = udp(&world, "c", [10, 0, 1, 30], 5000);
    let stop = AtomicBool::new(false);
    std::thread::scope(|s| {
        s.spawn(|| flood(&many, 800, &stop));
        s.spawn(|| flood(&big, 8000, &stop));
        let stop = Stop(&stop);
        for _ in 0..50 {
            send_and_receive(&c, &b, 20_000);
        }
        // The kernel holds the floods back, and what is given up here is counted.
        for port in [small, large] {
            for reason in [DropReason::RateLimited, DropReason::Fragment] {
                eventually(|| world.dropped(reason, port) > 0);
            }
        }
        drop(stop);
    });
}

#[test]
fn net_8_large_pings_arrive() {
    let mut world = World::new("ping");
    world.interface("a", 1, 10);
    world.interface("b", 2, 20);
    world.apply();
    // An unprivileged ping socket: the kernel answers at the other end.
    let ping = world
        .fabric()
        .in_namespace("a", || {
            // SAFETY: no pointers.
            let fd = unsafe { libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, libc::IPPROTO_ICMP) };
            assert!(fd >= 0, "{}", io::Error::last_os_error());
            // SAFETY: a descriptor fresh from the kernel, a socket.
            unsafe { UdpSocket::from_raw_fd(fd) }
        })
        .unwrap();
    ping.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut echo = vec![8, 0, 0, 0, 0, 0, 0, 1];
    echo.extend((0..30_000).map(|i| i as u8));
    ping.send_to(&echo, "10.0.2.20:0").unwrap();
    let mut answer = vec![0; 65_536];
    let n = ping.recv(&mut answer).unwrap_or_else(|e| panic!("no echo: {e}; dropped: {:?}", world.fabric().drops()));
    assert_eq!(n, echo.len());
    assert!(answer[8..n] == echo[8..]);
}

#[test]
fn net_8_a_large_datagram_without_df_is_cut_for_the_internet() {
    let mut world = World::new("cut");
    world.interface("a", 1, 10);
    world.public([10, 0, 1, 10].into(), [198, 18, 0, 77].into());
    world.apply();
    let a = udp(&world, "a", [10, 0, 1, 10], 5000);
    set(&a, libc::IP_MTU_DISCOVER, libc::IP_PMTUDISC_DONT);
    let sent: Vec<u8> = (0..7000).map(|i| (i * 3) as u8).collect();
    a.send_to(&sent, "9.9.9.9:7").unwrap();
    let mut received = vec![0; 65_536];
    let n = a.recv(&mut received).expect("the echo comes back in fragments");
    assert!(received[..n] == sent);
}

#[test]
fn net_8_fragmentation_needed_tells_the_mtu() {
    let mut world = World::new("mtu");
    let port = world.interface("a", 1, 10);
    world.public([10, 0, 1, 10].into(), [198, 18, 0, 77].into());
    world.apply();
    let a = udp(&world, "a", [10, 0, 1, 10], 5000);
    set(&a, libc::IP_MTU_DISCOVER, libc::IP_PMTUDISC_DO);
    a.connect("9.9.9.9:7").unwrap();
    a.send(&[0; 3000]).unwrap();
    let error = a.recv(&mut [0; 16]).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EMSGSIZE));
    assert_eq!(world.dropped(DropReason::TooBig, port), 1);
    a.send(&[0; 1400]).unwrap();
    assert_eq!(a.recv(&mut [0; 2000]).unwrap(), 1400);
}

#[test]
fn net_8_tcp_learns_the_mtu_of_the_gateway() {
    // Both ends believe in 9001 bytes, and the way over their public addresses (row IGW-3) takes 1500.
    let mut world = World::new("pmtu");
    let port = world.interface("a", 1, 10);
    world.interface("b", 2, 20);
    world.public([10, 0, 1, 10].into(), [198, 18, 0, 10].into());
    world.public([10, 0, 2, 20].into(), [198, 18, 0, 20].into());
    world.apply();
    let listener = world.fabric().in_namespace("b", || TcpListener::bind("10.0.2.20:80")).unwrap().unwrap();
    let sent: Vec<u8> = (0..1_000_000).map(|i| (i * 11) as u8).collect();
    let received = std::thread::scope(|s| {
        let receiver = s.spawn(|| {
            let (mut stream, client) = listener.accept().unwrap();
            assert_eq!(client.ip(), Ipv4Addr::new(198, 18, 0, 10));
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            let mut received = Vec::new();
            stream.read_to_end(&mut received).unwrap();
            received
        });
        let to = "198.18.0.20:80".parse().unwrap();
        let mut stream =
            world.fabric().in_namespace("a", || TcpStream::connect_timeout(&to, PATIENCE)).unwrap().unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(&sent).unwrap();
        drop(stream);
        receiver.join().unwrap()
    });
    assert!(received == sent);
    assert!(world.dropped(DropReason::TooBig, port) > 0);
}

#[test]
fn nat_3_udp_fragments_pass_a_nat_gateway() {
    let mut world = World::new("natfrag");
    world.interface("a", 1, 10);
    world.nat_gateway(500);
    world.apply();
    let a = udp(&world, "a", [10, 0, 1, 10], 5000);
    for length in [100, 9_500, 20_000] {
        let sent: Vec<u8> = (0..length).map(|i| (i * 5) as u8).collect();
        set(&a, libc::IP_MTU_DISCOVER, libc::IP_PMTUDISC_DONT);
        a.send_to(&sent, "9.9.9.9:7").unwrap();
        let mut received = vec![0; 65_536];
        let n = a.recv(&mut received).unwrap_or_else(|e| panic!("{length} bytes: {e}"));
        assert!(received[..n] == sent);
    }
}

#[test]
fn a_service_that_is_not_there_refuses_at_once() {
    let mut world = World::new("service");
    let port = world.interface("a", 1, 10);
    world.tables.interfaces.get_mut(&port).unwrap().resolver = Ipv4Addr::new(10, 0, 0, 2).into();
    world.apply();
    let refused = world.fabric().in_namespace("a", || {
        TcpStream::connect_timeout(&"169.254.169.254:80".parse().unwrap(), PATIENCE).unwrap_err().kind()
    });
    assert_eq!(refused.unwrap(), ErrorKind::ConnectionRefused);
    let a = udp(&world, "a", [10, 0, 1, 10], 5000);
    a.connect("10.0.0.2:53").unwrap();
    a.send(b"question").unwrap();
    assert_eq!(a.recv(&mut [0; 16]).unwrap_err().kind(), ErrorKind::ConnectionRefused);
    assert_eq!(world.dropped(DropReason::NoService, port), 2);
}

#[test]
fn time_exceeded_tells_that_the_time_to_live_ended() {
    let mut world = World::new("ttl");
    let port = world.interface("a", 1, 10);
    world.public([10, 0, 1, 10].into(), [198, 18, 0, 77].into());
    world.apply();
    let a = udp(&world, "a", [10, 0, 1, 10], 5000);
    set(&a, libc::IP_TTL, 1);
    set(&a, libc::IP_RECVERR, 1);
    a.connect("9.9.9.9:7").unwrap();
    a.send(b"x").unwrap();
    assert_eq!(a.recv(&mut [0; 16]).unwrap_err().kind(), ErrorKind::HostUnreachable);
    assert_eq!(world.dropped(DropReason::TtlExpired, port), 1);
    set(&a, libc::IP_TTL, 2);
    a.send(b"x").unwrap();
    assert_eq!(a.recv(&mut [0; 16]).unwrap(), 1);
}

#[test]
fn while_nobody_is_there_fragments_are_counted() {
    let mut world = World::new("nobody");
    let port = world.interface("a", 1, 10);
    world.interface("b", 1, 20);
    world.apply();
    let a = udp(&world, "a", [10, 0, 1, 10], 5000);
    let b = udp(&world, "b", [10, 0, 1, 20], 5000);
    send_and_receive(&a, &b, 20_000);
    drop(world.fabric.take());
    a.send_to(&[0; 20_000], "10.0.1.20:5000").unwrap();
    // A whole one still passes.
    send_and_receive(&a, &b, 500);
    world.fabric = Some(croft_datapath::Fabric::open(options(&world.run_dir)).unwrap());
    assert_eq!(world.dropped(DropReason::Fragment, port), 3);
    send_and_receive(&a, &b, 20_000);
}

#[test]
fn after_a_kill_the_heartbeat_goes_stale_and_fragments_are_counted() {
    let mut world = World::new("stale");
    let port = world.interface("a", 1, 10);
    world.interface("b", 1, 20);
    world.apply();
    let a = udp(&world, "a", [10, 0, 1, 10], 5000);
    let b = udp(&world, "b", [10, 0, 1, 20], 5000);
    drop(world.fabric.take());
    Owner::start(&world).0.kill();
    // As if the patience had passed: what the killed owner wrote last, but earlier.
    let punt: Map<u32, Punt> = Map::open(&world.run_dir.join("bpf/maps/PUNT"), "PUNT").unwrap();
    let left = punt.get(&0).unwrap().unwrap();
    assert_ne!(left.port, 0, "it had no time to say that it goes");
    punt.set(&0, &Punt { heartbeat: left.heartbeat - PUNT_PATIENCE - 1, ..left }).unwrap();
    a.send_to(&[0; 20_000], "10.0.1.20:5000").unwrap();
    send_and_receive(&a, &b, 500);
    world.fabric = Some(croft_datapath::Fabric::open(options(&world.run_dir)).unwrap());
    assert_eq!(world.dropped(DropReason::Fragment, port), 3);
}
