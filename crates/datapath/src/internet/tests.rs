//! The internet by itself, without a fabric's program: real namespaces, so it needs root.

use std::{
    io::{Read, Write},
    net::{TcpStream, UdpSocket},
    time::{Duration, Instant},
};

use crate::{
    FabricError,
    internet::uplink,
    mount,
    namespace::{self, SYSCTLS},
    netlink::Netlink,
    run_dir::{RunDir, destroy_by_run_dir},
};

struct Scratch(RunDir);

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = destroy_by_run_dir(self.0.root());
    }
}

fn scratch(name: &str) -> Scratch {
    let path = std::env::temp_dir().join("croft-datapath-tests").join(format!("{name}-{}", std::process::id()));
    Scratch(RunDir::create(&path).unwrap())
}

#[test]
fn every_public_address_is_at_home_in_the_internet() {
    let dir = scratch("uplink");
    namespace::create(&dir.0.fabric_namespace(), SYSCTLS).unwrap();
    let mut fabric = Netlink::open(&dir.0.fabric_namespace()).unwrap();
    let first = uplink::ensure(&dir.0, &mut fabric).unwrap();
    assert_eq!(uplink::ensure(&dir.0, &mut fabric).unwrap(), first, "made once");

    namespace::inside(&dir.0.internet_namespace(), || {
        // The services' own loop, in a thread that nobody waits for.
        let root = dir.0.root().to_owned();
        std::thread::spawn(move || super::serve::serve(&root));
        let start = Instant::now();
        let mut stream = loop {
            match TcpStream::connect("93.184.216.34:80") {
                Ok(stream) => break stream,
                Err(e) if start.elapsed() > Duration::from_secs(30) => panic!("{e}"),
                Err(_) => std::thread::sleep(Duration::from_millis(5)),
            }
        };
        // Two requests on one connection.
        for _ in 0..2 {
            stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
            let mut answer = [0; 512];
            let n = stream.read(&mut answer).unwrap();
            let answer = std::str::from_utf8(&answer[..n]).unwrap();
            assert!(answer.ends_with("server 93.184.216.34:80\n"), "{answer}");
        }
        let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
        socket.send_to(b"echo", "8.8.8.8:7").unwrap();
        let mut buffer = [0; 16];
        let (n, from) = socket.recv_from(&mut buffer).unwrap();
        assert_eq!((&buffer[..n], from), (&b"echo"[..], "8.8.8.8:7".parse().unwrap()));

        // Croft's own addresses are not here.
        let away = UdpSocket::bind("0.0.0.0:0").unwrap();
        away.connect("198.18.5.5:7").unwrap();
        assert_eq!(away.local_addr().unwrap().ip(), super::INTERNET_ADDRESS);
    })
    .unwrap();
}

#[test]
fn destroying_takes_the_mounts_down() {
    let dir = scratch("mounts");
    namespace::create(&dir.0.fabric_namespace(), SYSCTLS).unwrap();
    mount::ensure_bpffs(&dir.0.bpf()).unwrap();
    mount::ensure_bpffs(&dir.0.bpf()).unwrap();
    let root = dir.0.root().to_owned();
    assert_eq!(mount::mounts_under(&root).unwrap().len(), 2);
    destroy_by_run_dir(&root).unwrap();
    assert_eq!(mount::mounts_under(&root).unwrap().len(), 0);
    assert!(!root.exists());
    assert!(matches!(namespace::inside(&dir.0.fabric_namespace(), || ()), Err(FabricError::System { .. })));
}
