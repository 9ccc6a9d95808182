//! Packets between interfaces and with the internet.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use croft_datapath::INTERNET_ADDRESS;
use croft_engine::DropReason;

use crate::world::World;

/// Longer than anything here takes on a machine under load.
const PATIENCE: Duration = Duration::from_secs(30);

pub fn udp(world: &World, namespace: &str, address: [u8; 4], port: u16) -> UdpSocket {
    let socket = world.fabric().in_namespace(namespace, || UdpSocket::bind((Ipv4Addr::from(address), port))).unwrap();
    let socket = socket.unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

/// A datagram there and another back.
pub fn exchange(from: &UdpSocket, to: &UdpSocket) {
    let mut buffer = [0; 64];
    from.send_to(b"ask", to.local_addr().unwrap()).unwrap();
    let (n, asker) = to.recv_from(&mut buffer).expect("the request arrives");
    assert_eq!((&buffer[..n], asker), (&b"ask"[..], from.local_addr().unwrap()));
    to.send_to(b"answer", asker).unwrap();
    let (n, answerer) = from.recv_from(&mut buffer).expect("the answer arrives");
    assert_eq!((&buffer[..n], answerer), (&b"answer"[..], to.local_addr().unwrap()));
}

#[test]
fn ord_1_two_interfaces_talk_in_one_subnet_and_routed_in_both_orders() {
    let mut world = World::new("talk");
    for (name, subnet, host) in [("a", 1, 10), ("b", 1, 20), ("c", 2, 30)] {
        world.interface(name, subnet, host);
    }
    world.apply();
    let a = udp(&world, "a", [10, 0, 1, 10], 5000);
    let b = udp(&world, "b", [10, 0, 1, 20], 5000);
    let c = udp(&world, "c", [10, 0, 2, 30], 5000);
    for (x, y) in [(&a, &b), (&b, &a), (&a, &c), (&c, &a), (&b, &c)] {
        exchange(x, y);
        exchange(x, y);
    }
    let seen = world.fabric().connections().unwrap();
    assert_eq!(seen.capacity, 4096);
    assert_eq!(seen.by_interface["eni-a"], 2, "{seen:?}");
}

#[test]
fn ext_1_the_internet_answers_on_any_public_address() {
    let mut world = World::new("internet");
    world.interface("a", 1, 10);
    world.public([10, 0, 1, 10].into(), [198, 18, 0, 77].into());
    world.apply();
    for port in [80, 443] {
        let server: SocketAddr = ([52, 94, 5, 1], port).into();
        let answer = world
            .fabric()
            .in_namespace("a", || {
                let mut stream = TcpStream::connect_timeout(&server, PATIENCE)?;
                let client = stream.local_addr()?;
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")?;
                let mut answer = String::new();
                stream.read_to_string(&mut answer)?;
                Ok::<_, std::io::Error>((client, answer))
            })
            .unwrap();
        let (client, answer) = answer.expect("the internet answers");
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        let body = format!("client 198.18.0.77:{}\nserver 52.94.5.1:{port}\n", client.port());
        assert!(answer.ends_with(&body), "{answer}");
    }
    let a = udp(&world, "a", [10, 0, 1, 10], 5000);
    let mut buffer = [0; 64];
    for server in [[8, 8, 8, 8], [1, 1, 1, 1]] {
        a.send_to(b"echo", (Ipv4Addr::from(server), 7)).unwrap();
        let (n, from) = a.recv_from(&mut buffer).expect("an echo");
        assert_eq!((&buffer[..n], from), (&b"echo"[..], (server, 7).into()));
    }
}

#[test]
fn igw_1_the_internet_reaches_a_public_address() {
    let mut world = World::new("inbound");
    world.interface("a", 1, 10);
    world.public([10, 0, 1, 10].into(), [198, 18, 0, 77].into());
    world.apply();
    let a = udp(&world, "a", [10, 0, 1, 10], 5000);
    for source in [INTERNET_ADDRESS, Ipv4Addr::new(203, 0, 113, 99)] {
        let far = world.fabric().in_internet(|| UdpSocket::bind((source, 0))).unwrap().unwrap();
        far.set_read_timeout(Some(PATIENCE)).unwrap();
        far.send_to(b"ask", "198.18.0.77:5000").unwrap();
        let mut buffer = [0; 64];
        let (_, asker) = a.recv_from(&mut buffer).expect("the request arrives");
        assert_eq!(asker, far.local_addr().unwrap());
        a.send_to(b"answer", asker).unwrap();
        let (_, answerer) = far.recv_from(&mut buffer).expect("the answer arrives");
        assert_eq!(answerer, "198.18.0.77:5000".parse().unwrap());
    }
}

#[test]
fn drops_are_counted_and_told_as_they_happen() {
    let mut world = World::new("drops");
    let a = world.interface("a", 1, 10);
    world.interface("b", 1, 20);
    // A set without a class allows nothing.
    world.tables.interfaces.get_mut(&a).unwrap().egress_set = 99;
    world.apply();
    let mut events = world.fabric().drop_events().unwrap();
    let from = udp(&world, "a", [10, 0, 1, 10], 5000);
    from.send_to(b"x", "10.0.1.20:5000").unwrap();
    let event = events.next(PATIENCE).unwrap().expect("an event");
    assert_eq!((event.key.reason, event.key.port), (DropReason::SecurityGroupEgress as u32, a));
    assert_eq!(event.tuple.destination_port, 5000);
    assert_eq!(world.dropped(DropReason::SecurityGroupEgress, a), 1);
}

#[test]
fn what_goes_through_an_interface_is_counted() {
    /// Beside what is sent here: ARP, and what the kernel sends of itself.
    const MORE: u64 = 20;
    let mut world = World::new("traffic");
    let port = world.interface("a", 1, 10);
    world.interface("b", 1, 20);
    world.apply();
    let a = udp(&world, "a", [10, 0, 1, 10], 5000);
    let b = udp(&world, "b", [10, 0, 1, 20], 5000);
    let counted = || {
        let all = world.fabric().traffic().unwrap();
        assert_eq!(all.keys().collect::<Vec<_>>(), ["eni-a", "eni-b"]);
        (all["eni-a"].sent, all["eni-b"].delivered)
    };
    let (sent, delivered) = counted();
    for _ in 0..100 {
        exchange(&a, &b);
    }
    let (sent_then, delivered_then) = counted();
    for (before, after) in [(sent, sent_then), (delivered, delivered_then)] {
        assert!((100..100 + MORE).contains(&(after.packets - before.packets)), "{before:?} {after:?}");
        // Ethernet, IP, UDP, "ask".
        assert!(after.bytes - before.bytes >= 100 * (14 + 20 + 8 + 3), "{before:?} {after:?}");
    }
    // What is dropped was sent, and is not delivered.
    world.tables.interfaces.get_mut(&port).unwrap().egress_set = 99;
    world.apply();
    let fresh = udp(&world, "a", [10, 0, 1, 10], 5001);
    for _ in 0..100 {
        fresh.send_to(b"x", "10.0.1.20:5001").unwrap();
    }
    let all = world.fabric().traffic().unwrap();
    assert!(all["eni-a"].sent.packets - sent_then.packets >= 100);
    assert!(all["eni-b"].delivered.packets - delivered_then.packets < MORE);
}

#[test]
fn a_capture_shows_both_directions() {
    let mut world = World::new("capture");
    world.interface("a", 1, 10);
    world.interface("b", 1, 20);
    world.apply();
    let a = udp(&world, "a", [10, 0, 1, 10], 5000);
    let b = udp(&world, "b", [10, 0, 1, 20], 5000);
    let stop = AtomicBool::new(false);
    let (mut reader, writer) = std::io::pipe().unwrap();
    let pcap = std::thread::scope(|s| {
        s.spawn(|| world.fabric().capture("eni-a", writer, &stop).unwrap());
        let mut pcap = vec![0; 24];
        // The header comes once the socket is open.
        reader.read_exact(&mut pcap).unwrap();
        exchange(&a, &b);
        stop.store(true, Ordering::Relaxed);
        reader.read_to_end(&mut pcap).unwrap();
        pcap
    });
    assert_eq!(pcap[..4], 0xa1b2_3c4du32.to_ne_bytes());
    let has = |text: &[u8]| pcap.windows(text.len()).any(|w| w == text);
    assert!(has(b"ask") && has(b"answer"));
}

#[test]
fn sg_7_idle_connections_are_swept_by_the_fabric_clock() {
    let mut world = World::new("sweep");
    world.interface("a", 1, 10);
    world.interface("b", 1, 20);
    world.apply();
    let a = udp(&world, "a", [10, 0, 1, 10], 5000);
    let b = udp(&world, "b", [10, 0, 1, 20], 5000);
    exchange(&a, &b);
    world.fabric().advance_clock(Duration::from_secs(25)).unwrap();
    assert_eq!(world.fabric().sweep().unwrap().connections, 0);
    world.fabric().advance_clock(Duration::from_secs(10)).unwrap();
    let swept = world.fabric().sweep().unwrap();
    assert_eq!((swept.connections, swept.connections_left), (2, 0));
    exchange(&b, &a);
}
