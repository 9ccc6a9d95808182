//! Real packets through a NAT gateway, with the sender's offloads on and off: the internet's end looks at every
//! checksum, those that offload has left unfinished too.

#[path = "../../engine/tests/world/mod.rs"]
mod world;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::path::PathBuf;
use std::time::Duration;

use croft_datapath::{Fabric, FabricOptions, InterfaceSpec, destroy_by_run_dir};
use croft_engine::memory::Snapshot;
use croft_engine::tables::*;
use world::packets::intact;
use world::*;

/// Longer than anything here takes on a machine under load.
const PATIENCE: Duration = Duration::from_secs(30);

/// A fabric with `APP` behind the NAT gateway; gone with the test.
struct Behind {
    run_dir: PathBuf,
    fabric: Option<Fabric>,
}

impl Behind {
    fn new(name: &str) -> Behind {
        let run_dir = std::env::temp_dir().join(format!("croft-checksums-{name}-{}", std::process::id()));
        let options = FabricOptions { connections: 4_096, ephemeral: true, ..FabricOptions::new("sums", &run_dir) };
        let behind = Behind { fabric: Some(Fabric::open(options).expect("a fabric, as root")), run_dir };
        let fabric = behind.fabric();
        fabric.ensure_namespace("app").expect("a namespace");
        let port = fabric
            .ensure_interface(&InterfaceSpec {
                name: "eni-app".into(),
                namespace: "app".into(),
                device: "eth0".into(),
                mac: mac(APP),
                addresses: vec![(Ipv4Addr::from(APP_IP), 24)],
                gateway: Ipv4Addr::from(ip(10, 0, 1, 1)),
                mtu: 9001,
            })
            .expect("an interface");
        fabric.apply(&plugged(World::new().tables, port, fabric.uplink())).expect("tables");
        behind
    }

    fn fabric(&self) -> &Fabric {
        self.fabric.as_ref().expect("until it is dropped")
    }
}

impl Drop for Behind {
    fn drop(&mut self) {
        drop(self.fabric.take());
        let gone = destroy_by_run_dir(&self.run_dir);
        assert!(std::thread::panicking() || gone.is_ok(), "{gone:?}");
    }
}

/// The world's tables with `APP` and the uplink at ports that there are.
fn plugged(mut tables: Snapshot, port: u32, uplink: Uplink) -> Snapshot {
    let app = tables.interfaces.remove(&APP).expect("APP");
    tables.interfaces.clear();
    tables.interfaces.insert(port, app);
    for owner in tables.owners.values_mut().filter(|o| o.kind == OWNER_INTERFACE && o.node == APP) {
        owner.node = port;
    }
    tables.uplink = uplink;
    tables
}

/// Everything that arrives in the internet, each frame behind a `virtio_net_hdr`.
struct Arrivals(OwnedFd);

impl Arrivals {
    fn open() -> Arrivals {
        const IGNORE_OUTGOING: i32 = 23;
        const VNET_HDR: i32 = 15;
        let one = 1i32;
        // SAFETY: numbers, and a value that lives through the call.
        unsafe {
            let all = (libc::ETH_P_ALL as u16).to_be() as i32;
            let fd = libc::socket(libc::AF_PACKET, libc::SOCK_RAW | libc::SOCK_NONBLOCK, all);
            assert!(fd >= 0, "{}", std::io::Error::last_os_error());
            for option in [IGNORE_OUTGOING, VNET_HDR] {
                assert_eq!(libc::setsockopt(fd, libc::SOL_PACKET, option, (&raw const one).cast(), 4), 0);
            }
            Arrivals(OwnedFd::from_raw_fd(fd))
        }
    }

    fn next(&self) -> Option<(Offload, Vec<u8>)> {
        let mut b = vec![0u8; 70_000];
        // SAFETY: a buffer of that size.
        let n = unsafe { libc::recv(self.0.as_raw_fd(), b.as_mut_ptr().cast(), b.len(), 0) };
        let n = usize::try_from(n).ok()?;
        let word = |at: usize| u16::from_ne_bytes([b[at], b[at + 1]]);
        let offload = Offload {
            unfinished: b[0] & 1 != 0,
            segment: if b[1] == 0 { 0 } else { word(4) },
            start: word(6) as usize,
            offset: word(8) as usize,
        };
        Some((offload, b[10..n].to_vec()))
    }
}

/// What is left to do for the device, as the kernel says it.
struct Offload {
    unfinished: bool,
    segment: u16,
    start: usize,
    offset: usize,
}

/// An unfinished checksum is the plain sum of the pseudo header.
fn begun_rightly(offload: &Offload, f: &[u8]) -> bool {
    let length = (f.len() - offload.start) as u32;
    let words = f[26..34].chunks(2).map(|w| u16::from_be_bytes([w[0], w[1]]) as u32);
    let sum = words.sum::<u32>() + f[23] as u32 + length;
    let sum = (sum & 0xffff) + (sum >> 16);
    let at = offload.start + offload.offset;
    u16::from_be_bytes([f[at], f[at + 1]]) as u32 == (sum & 0xffff) + (sum >> 16)
}

/// Switches checksum offload of `eth0` in this thread's namespace, and with it segmentation.
fn offload(on: bool) {
    const SIOCETHTOOL: u64 = 0x8946;
    const ETHTOOL_STXCSUM: u32 = 0x17;
    let mut value = [ETHTOOL_STXCSUM, on as u32];
    let mut request = [0u8; 40];
    request[..4].copy_from_slice(b"eth0");
    request[16..24].copy_from_slice(&(value.as_mut_ptr() as usize).to_ne_bytes());
    // SAFETY: `struct ifreq` with a pointer to `struct ethtool_value`, both alive through the call.
    let result = unsafe {
        let fd = OwnedFd::from_raw_fd(libc::socket(libc::AF_INET, libc::SOCK_DGRAM, 0));
        libc::ioctl(fd.as_raw_fd(), SIOCETHTOOL as libc::Ioctl, request.as_mut_ptr())
    };
    assert_eq!(result, 0, "{}", std::io::Error::last_os_error());
}

/// A megabyte by TCP and a datagram, out through the NAT gateway and echoed.
fn talk(fabric: &Fabric) {
    let internet = Ipv4Addr::from(INTERNET);
    let listener = fabric.in_internet(|| TcpListener::bind("0.0.0.0:8080")).expect("internet").expect("bound");
    let echo = fabric.in_internet(|| UdpSocket::bind((internet, 8081))).expect("internet").expect("bound");
    let sent: Vec<u8> = (0..1 << 20).map(|i| ((i * 7) >> 3) as u8).collect();
    let received = std::thread::scope(|scope| {
        let far = scope.spawn(|| {
            let (mut stream, from) = listener.accept().expect("a client");
            assert_eq!(from.ip(), Ipv4Addr::from(NAT_PUBLIC));
            let mut received = Vec::new();
            stream.read_to_end(&mut received).expect("all of it");
            received
        });
        let connect = || TcpStream::connect_timeout(&(internet, 8080).into(), PATIENCE);
        let mut stream = fabric.in_namespace("app", connect).expect("app").expect("connected");
        stream.write_all(&sent).expect("sent");
        drop(stream);
        far.join().expect("received")
    });
    assert!(received == sent, "a megabyte arrives as it was sent");
    let socket = fabric.in_namespace("app", || UdpSocket::bind((Ipv4Addr::from(APP_IP), 0)));
    let socket = socket.expect("app").expect("bound");
    socket.set_read_timeout(Some(PATIENCE)).expect("patience");
    echo.set_read_timeout(Some(PATIENCE)).expect("patience");
    socket.send_to(b"there", (internet, 8081)).expect("sent");
    let mut b = [0; 16];
    let (n, from) = echo.recv_from(&mut b).expect("there");
    echo.send_to(b"back", from).expect("sent");
    assert_eq!((n, from.ip()), (5, Ipv4Addr::from(NAT_PUBLIC).into()));
    assert_eq!(socket.recv_from(&mut b).expect("back"), (4, (internet, 8081).into()));
}

/// How many frames came unfinished, and how many of them are yet to be cut into segments.
fn look_at(arrivals: &Arrivals) -> (usize, usize, usize) {
    let (mut frames, mut unfinished, mut to_be_cut) = (0, 0, 0);
    while let Some((offload, f)) = arrivals.next() {
        if f.len() < 34 || f[12..14] != [8, 0] || f[26..30] != NAT_PUBLIC.to_be_bytes() {
            continue;
        }
        frames += 1;
        if offload.unfinished {
            unfinished += 1;
            assert!(begun_rightly(&offload, &f), "an unfinished checksum of frame {frames}");
        } else {
            assert!(intact(&f), "the checksums of frame {frames}");
        }
        to_be_cut += (offload.segment != 0) as usize;
        assert!(offload.segment <= 1_460, "NET-8: segments fit the path");
    }
    (frames, unfinished, to_be_cut)
}

#[test]
fn nat_1_checksums_are_right_with_and_without_offload() {
    let behind = Behind::new("both");
    let fabric = behind.fabric();
    let arrivals = fabric.in_internet(Arrivals::open).expect("internet");
    talk(fabric);
    let (frames, unfinished, to_be_cut) = look_at(&arrivals);
    assert!(unfinished > 0 && to_be_cut > 0, "{frames} frames: offload is on, {unfinished}, {to_be_cut}");
    fabric.in_namespace("app", || offload(false)).expect("app");
    talk(fabric);
    let (frames, unfinished, to_be_cut) = look_at(&arrivals);
    assert!(frames > 20 && (unfinished, to_be_cut) == (0, 0), "{frames} frames: offload is off, {unfinished}");
}
