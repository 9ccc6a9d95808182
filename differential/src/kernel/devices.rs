//! Devices for packets to come from: a test run takes its packet as received by a device of the caller's namespace.

use crate::report::Failure;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;

/// The ifindexes of a run's ports: interfaces, one that stays empty, the uplink.
pub fn ports() -> Vec<u32> {
    (101..119).collect()
}

/// TAP devices, which go with their files; the namespace goes with its thread.
pub struct Devices {
    _files: Vec<File>,
}

/// Takes the calling thread into a network namespace of its own with a device for each port, and keeps it on one
/// processor, whose scratch then holds what the program did last.
pub fn enter_namespace() -> Result<Devices, Failure> {
    let refused = |what: &str| Failure::Kernel(format!("{what}: {}", io::Error::last_os_error()));
    // SAFETY: no pointers; it concerns the calling thread only.
    if unsafe { libc::unshare(libc::CLONE_NEWNET) } != 0 {
        return Err(refused("no network namespace for the run"));
    }
    // SAFETY: a set that lives through the call, for the calling thread.
    let pinned = unsafe {
        let mut one: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(libc::sched_getcpu() as usize, &mut one);
        libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &one)
    };
    if pinned != 0 {
        return Err(refused("the run does not get a processor of its own"));
    }
    let files: io::Result<Vec<File>> = ports().into_iter().map(tap).collect();
    let files = files.map_err(|error| Failure::Kernel(format!("no TAP device: {error}")))?;
    Ok(Devices { _files: files })
}

const TUNSETIFF: libc::c_ulong = 0x4004_54ca;
const TUNSETIFINDEX: libc::c_ulong = 0x4004_54da;
/// `IFF_TAP | IFF_NO_PI`.
const TAP_WITHOUT_HEADER: i16 = 0x1002;

/// A TAP device with a chosen ifindex.
fn tap(port: u32) -> io::Result<File> {
    let file = OpenOptions::new().read(true).write(true).open("/dev/net/tun")?;
    // `struct ifreq`: name, then flags.
    let mut request = [0u8; 40];
    let name = format!("port{port}");
    request[..name.len()].copy_from_slice(name.as_bytes());
    request[16..18].copy_from_slice(&TAP_WITHOUT_HEADER.to_ne_bytes());
    // SAFETY: a number, and a buffer of the size of `struct ifreq`; both live through the calls.
    let made = unsafe {
        libc::ioctl(file.as_raw_fd(), TUNSETIFINDEX as libc::Ioctl, &port) == 0
            && libc::ioctl(file.as_raw_fd(), TUNSETIFF as libc::Ioctl, request.as_mut_ptr()) == 0
    };
    if made { Ok(file) } else { Err(io::Error::last_os_error()) }
}
