//! AF_PACKET sockets: whole frames of one device, in and out.

use std::{
    io, mem,
    os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd},
    path::Path,
    time::Duration,
};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::{FabricError, error::Doing, namespace};

/// Bytes of the header that the kernel puts before each frame where offloads are to survive (`virtio_net_hdr`).
pub(crate) const OFFLOAD_HEADER: usize = 10;

const PACKET_VNET_HDR: i32 = 15;
const PACKET_IGNORE_OUTGOING: i32 = 23;

/// How a socket is opened.
#[derive(Clone, Copy, Default)]
pub(crate) struct PacketOptions {
    /// Each frame has an [`OFFLOAD_HEADER`] in front, both ways.
    pub(crate) offload_header: bool,
    /// Frames that leave by the device are not seen.
    pub(crate) incoming_only: bool,
    /// Frames have the time they were seen.
    pub(crate) timestamps: bool,
    /// Bytes that may wait, each way; 0 = as the machine has it.
    pub(crate) buffer: i32,
}

pub(crate) struct PacketSocket {
    fd: OwnedFd,
}

/// A frame as received.
pub(crate) struct Frame {
    /// Bytes in the buffer.
    pub(crate) length: usize,
    /// Bytes on the wire, which may be more than the buffer took.
    pub(crate) original: usize,
    /// When it was seen, wall clock.
    pub(crate) time: Duration,
}

impl PacketSocket {
    /// Opens a socket on a device of the namespace bound to `path`; it stays there whichever thread uses it.
    pub(crate) fn open(path: &Path, device: u32, options: PacketOptions) -> Result<PacketSocket, FabricError> {
        namespace::inside(path, || open(device, options))?
            .doing(|| format!("open a packet socket on the device {device} in {}", path.display()))
    }

    /// Waits until a frame is there, the other end of `until` is closed, or the time is up.
    pub(crate) fn wait(&self, until: Option<BorrowedFd<'_>>, timeout: Duration) -> io::Result<()> {
        let timeout = PollTimeout::try_from(timeout).unwrap_or(PollTimeout::MAX);
        let mut fds = vec![PollFd::new(self.fd.as_fd(), PollFlags::POLLIN)];
        fds.extend(until.map(|fd| PollFd::new(fd, PollFlags::POLLIN)));
        match poll(&mut fds, timeout) {
            Ok(_) | Err(nix::Error::EINTR) => Ok(()),
            Err(e) => Err(e.into()),
        }
    }

    /// Takes a frame that is there; `None`: none is.
    pub(crate) fn receive(&self, buffer: &mut [u8]) -> io::Result<Option<Frame>> {
        #[repr(align(8))]
        struct Control([u8; 64]);
        let mut control = Control([0; 64]);
        let mut part = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
        // SAFETY: zeros are a legal msghdr; the pointers put in are valid for the call.
        let mut message: libc::msghdr = unsafe { mem::zeroed() };
        message.msg_iov = &raw mut part;
        message.msg_iovlen = 1;
        message.msg_control = control.0.as_mut_ptr().cast();
        message.msg_controllen = control.0.len() as _;
        // SAFETY: as above; the kernel writes at most iov_len and msg_controllen bytes.
        let n = unsafe { libc::recvmsg(self.fd.as_raw_fd(), &raw mut message, libc::MSG_DONTWAIT | libc::MSG_TRUNC) };
        if n < 0 {
            let error = io::Error::last_os_error();
            return match error.raw_os_error() {
                Some(libc::EAGAIN | libc::EINTR) => Ok(None),
                // The device went down or away: there is nothing to read now.
                Some(libc::ENETDOWN) => Ok(None),
                _ => Err(error),
            };
        }
        let original = n as usize;
        Ok(Some(Frame { length: original.min(buffer.len()), original, time: timestamp(&message) }))
    }

    /// Frames that came while there was no room for them, since this was last asked.
    pub(crate) fn lost(&self) -> io::Result<u64> {
        // SAFETY: zeros are a legal tpacket_stats.
        let mut counted: libc::tpacket_stats = unsafe { mem::zeroed() };
        let mut length = mem::size_of_val(&counted) as u32;
        // SAFETY: the kernel writes at most `length` bytes.
        let result = unsafe {
            libc::getsockopt(
                self.fd.as_raw_fd(),
                libc::SOL_PACKET,
                libc::PACKET_STATISTICS,
                (&raw mut counted).cast(),
                &raw mut length,
            )
        };
        if result < 0 { Err(io::Error::last_os_error()) } else { Ok(counted.tp_drops.into()) }
    }

    /// Sends a frame by a device of the socket's namespace, which need not be the one it is bound to.
    pub(crate) fn send(&self, device: u32, frame: &[u8]) -> io::Result<()> {
        let to = address(device, libc::ETH_P_IP);
        // SAFETY: frame and address are valid for the call.
        let n = unsafe {
            libc::sendto(
                self.fd.as_raw_fd(),
                frame.as_ptr().cast(),
                frame.len(),
                libc::MSG_DONTWAIT,
                (&raw const to).cast(),
                mem::size_of_val(&to) as u32,
            )
        };
        if n < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }
}

impl AsFd for PacketSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

fn open(device: u32, options: PacketOptions) -> io::Result<PacketSocket> {
    // Protocol 0: nothing is received before the bind says from which device.
    // SAFETY: no pointers.
    let raw = unsafe { libc::socket(libc::AF_PACKET, libc::SOCK_RAW | libc::SOCK_CLOEXEC, 0) };
    if raw < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: a descriptor fresh from the kernel.
    let fd = unsafe { OwnedFd::from_raw_fd(raw) };
    if options.offload_header {
        set(&fd, libc::SOL_PACKET, PACKET_VNET_HDR, 1)?;
    }
    if options.incoming_only {
        set(&fd, libc::SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)?;
    }
    if options.timestamps {
        set(&fd, libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, 1)?;
    }
    if options.buffer > 0 {
        set(&fd, libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, options.buffer)?;
        set(&fd, libc::SOL_SOCKET, libc::SO_SNDBUFFORCE, options.buffer)?;
    }
    let at = address(device, libc::ETH_P_ALL);
    // SAFETY: the address is valid for the call.
    if unsafe { libc::bind(fd.as_raw_fd(), (&raw const at).cast(), mem::size_of_val(&at) as u32) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(PacketSocket { fd })
}

fn set(fd: &OwnedFd, level: i32, option: i32, value: i32) -> io::Result<()> {
    // SAFETY: the value is valid for the call and its size is given.
    let result = unsafe { libc::setsockopt(fd.as_raw_fd(), level, option, (&raw const value).cast(), 4) };
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

fn address(device: u32, protocol: i32) -> libc::sockaddr_ll {
    // SAFETY: zeros are a legal sockaddr_ll.
    let mut address: libc::sockaddr_ll = unsafe { mem::zeroed() };
    address.sll_family = libc::AF_PACKET as u16;
    address.sll_protocol = (protocol as u16).to_be();
    address.sll_ifindex = device as i32;
    address
}

fn timestamp(message: &libc::msghdr) -> Duration {
    // SAFETY: the kernel has filled msg_control and set msg_controllen; the macros stay within.
    unsafe {
        let mut control = libc::CMSG_FIRSTHDR(message);
        while !control.is_null() {
            if (*control).cmsg_level == libc::SOL_SOCKET && (*control).cmsg_type == libc::SCM_TIMESTAMPNS {
                let time: libc::timespec = std::ptr::read_unaligned(libc::CMSG_DATA(control).cast());
                return Duration::new(time.tv_sec as u64, time.tv_nsec as u32);
            }
            control = libc::CMSG_NXTHDR(message, control);
        }
    }
    Duration::ZERO
}

#[cfg(test)]
mod tests {
    use nix::sched::{CloneFlags, unshare};

    use super::*;
    use crate::{carrier, link::VethEnd, netlink::Netlink};

    /// What is sent to a socket that nobody reads arrives or is told; the namespace ends with the thread.
    #[test]
    fn what_a_full_socket_loses_is_told() {
        let work = || {
            unshare(CloneFlags::CLONE_NEWNET).unwrap();
            let mut netlink = Netlink::here().unwrap();
            let end = |name, last| VethEnd { name, mac: [2, 0, 0, 0, 0, last], mtu: 1500, namespace: None };
            netlink.add_veth(&end("a", 1), &end("b", 2)).unwrap();
            let index = |netlink: &mut Netlink, name| netlink.link(name).unwrap().unwrap().index;
            let (a, b) = (index(&mut netlink, "a"), index(&mut netlink, "b"));
            for device in [a, b] {
                netlink.set_up(device, None).unwrap();
            }
            for name in ["a", "b"] {
                carrier::wait(name, || netlink.link(name)).unwrap();
            }
            let options = PacketOptions { incoming_only: true, buffer: 8192, ..PacketOptions::default() };
            let (from, to) = (open(a, PacketOptions::default()).unwrap(), open(b, options).unwrap());
            // An ethertype of nobody's: the kernel sends frames of its own here.
            let frame = [&[2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb6][..], &[7; 1000]].concat();
            for _ in 0..100 {
                from.send(a, &frame).unwrap();
            }
            let mut buffer = [0; 2000];
            let mut received = 0;
            let mut lost = 0;
            let began = std::time::Instant::now();
            while received + lost < 100 {
                assert!(began.elapsed() < Duration::from_secs(30), "{received} received, {lost} lost");
                while let Some(seen) = to.receive(&mut buffer).unwrap() {
                    received += u64::from(buffer[..seen.length] == frame[..]);
                }
                lost += to.lost().unwrap();
            }
            assert!(received > 0 && lost > 0, "{received} received, {lost} lost");
            assert_eq!(to.lost().unwrap(), 0);
        };
        std::thread::spawn(work).join().unwrap();
    }
}
