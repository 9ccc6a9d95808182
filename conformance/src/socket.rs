//! A packet socket on one device: sends and receives whole frames.

use nix::sys::socket::{
    AddressFamily, LinkAddr, MsgFlags, SockFlag, SockProtocol, SockType, SockaddrLike, bind, recv, send, socket,
};
use std::io;
use std::net::Ipv4Addr;
use std::os::fd::{AsRawFd, OwnedFd};

/// Made inside the namespace of the device, usable from anywhere.
pub struct FrameSocket(OwnedFd);

impl FrameSocket {
    /// In the namespace of the calling thread.
    pub fn open(device: &str) -> io::Result<FrameSocket> {
        let fd = socket(AddressFamily::Packet, SockType::Raw, SockFlag::SOCK_NONBLOCK, SockProtocol::EthAll)?;
        let index = nix::net::if_::if_nametoindex(device)?;
        let address = libc::sockaddr_ll {
            sll_family: libc::AF_PACKET as u16,
            sll_protocol: (libc::ETH_P_ALL as u16).to_be(),
            sll_ifindex: index as i32,
            sll_hatype: 0,
            sll_pkttype: 0,
            sll_halen: 0,
            sll_addr: [0; 8],
        };
        let one: libc::c_int = 1;
        // SAFETY: the option takes an int; the descriptor is ours.
        let done = unsafe {
            libc::setsockopt(
                fd.as_raw_fd(),
                libc::SOL_PACKET,
                libc::PACKET_IGNORE_OUTGOING,
                (&raw const one).cast(),
                size_of::<libc::c_int>() as u32,
            )
        };
        if done != 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: a sockaddr_ll of its own size.
        let address =
            unsafe { LinkAddr::from_raw((&raw const address).cast(), Some(size_of::<libc::sockaddr_ll>() as u32)) }
                .ok_or_else(|| io::Error::other("not a link address"))?;
        bind(fd.as_raw_fd(), &address)?;
        Ok(FrameSocket(fd))
    }

    pub fn send(&self, frame: &[u8]) -> io::Result<()> {
        send(self.0.as_raw_fd(), frame, MsgFlags::empty())?;
        Ok(())
    }

    /// The next frame, if one is there.
    pub fn receive(&self) -> io::Result<Option<Vec<u8>>> {
        let mut buffer = vec![0; 70_000];
        match recv(self.0.as_raw_fd(), &mut buffer, MsgFlags::empty()) {
            Ok(n) => {
                buffer.truncate(n);
                Ok(Some(buffer))
            }
            Err(nix::errno::Errno::EAGAIN) => Ok(None),
            Err(e) => Err(e.into()),
        }
    }
}

/// Takes a route away from the calling thread's namespace.
pub fn remove_route(network: Ipv4Addr, mask: Ipv4Addr) -> io::Result<()> {
    let fd = socket(AddressFamily::Inet, SockType::Datagram, SockFlag::SOCK_CLOEXEC, None)?;
    let address = |a: Ipv4Addr| {
        let mut data = [0; 14];
        for (to, from) in data[2..6].iter_mut().zip(a.octets()) {
            *to = from as libc::c_char;
        }
        libc::sockaddr { sa_family: libc::AF_INET as u16, sa_data: data }
    };
    // SAFETY: an rtentry of zeroes is a valid one; its addresses are of its family.
    unsafe {
        let mut route: libc::rtentry = std::mem::zeroed();
        route.rt_dst = address(network);
        route.rt_genmask = address(mask);
        route.rt_flags = libc::RTF_UP;
        if libc::ioctl(fd.as_raw_fd(), libc::SIOCDELRT, &route) != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}
