//! Network devices with chosen numbers in a namespace of the test's own, so that packets can come "from" them.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;

/// Puts the calling thread into a network namespace of its own, which goes when the thread does, and onto one
/// processor, whose scratch then holds what the program did last.
pub fn own_namespace() {
    // SAFETY: no pointers; it concerns this thread only.
    let result = unsafe { libc::unshare(libc::CLONE_NEWNET) };
    assert_eq!(result, 0, "these tests need root: {}", io::Error::last_os_error());
    stay_on(processors()[0]);
}

/// The processors that this thread may use.
pub fn processors() -> Vec<usize> {
    // SAFETY: a set that lives through the call.
    let set = unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        assert_eq!(libc::sched_getaffinity(0, size_of::<libc::cpu_set_t>(), &mut set), 0);
        set
    };
    // SAFETY: within the set.
    (0..libc::CPU_SETSIZE as usize).filter(|n| unsafe { libc::CPU_ISSET(*n, &set) }).collect()
}

/// This thread runs there from now on.
pub fn stay_on(processor: usize) {
    // SAFETY: a set that lives through the call.
    unsafe {
        let mut one: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(processor, &mut one);
        assert_eq!(libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &one), 0);
    }
}

/// TAP devices; they exist while this does.
pub struct Devices {
    pub ports: Vec<u32>,
    _files: Vec<File>,
}

const TUNSETIFF: u64 = 0x4004_54ca;
const TUNSETIFINDEX: u64 = 0x4004_54da;
const TAP_WITHOUT_HEADER: i16 = 0x1002;

impl Devices {
    /// One device for each of these ifindexes.
    pub fn new(ports: &[u32]) -> Devices {
        let files = ports.iter().map(|p| tap(*p).expect("a TAP device")).collect();
        Devices { ports: ports.to_vec(), _files: files }
    }
}

fn tap(port: u32) -> io::Result<File> {
    let file = OpenOptions::new().read(true).write(true).open("/dev/net/tun")?;
    let mut request = [0u8; 40];
    let name = format!("t{port}");
    request[..name.len()].copy_from_slice(name.as_bytes());
    request[16..18].copy_from_slice(&TAP_WITHOUT_HEADER.to_ne_bytes());
    // SAFETY: a number and a buffer of the size of `struct ifreq`.
    let set = unsafe {
        libc::ioctl(file.as_raw_fd(), TUNSETIFINDEX as libc::Ioctl, &port) == 0
            && libc::ioctl(file.as_raw_fd(), TUNSETIFF as libc::Ioctl, request.as_mut_ptr()) == 0
    };
    if set { Ok(file) } else { Err(io::Error::last_os_error()) }
}
