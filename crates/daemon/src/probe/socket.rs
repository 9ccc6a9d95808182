//! Sockets as probes need them: non-blocking, and free to use any address of a namespace that answers for all of
//! them (the internet's).

use super::End;
use nix::sys::socket::{AddressFamily, SockFlag, SockProtocol, SockType, SockaddrIn, setsockopt, sockopt};
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsRawFd, OwnedFd};

/// Opens a non-blocking IPv4 socket in the calling thread's namespace and binds it to the end's address and device.
pub fn open(end: End<'_>, kind: SockType, protocol: Option<SockProtocol>, port: u16) -> io::Result<OwnedFd> {
    let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
    let socket = nix::sys::socket::socket(AddressFamily::Inet, kind, flags, protocol)?;
    // UDP sockets that both say so would share a port, and one would starve.
    if kind == SockType::Stream {
        setsockopt(&socket, sockopt::ReuseAddr, &true)?;
    }
    // Transparent beside free bind: else the kernel finds no route from an address that no interface holds.
    setsockopt(&socket, sockopt::IpFreebind, &true)?;
    setsockopt(&socket, sockopt::IpTransparent, &true)?;
    if let Some(device) = end.device {
        setsockopt(&socket, sockopt::BindToDevice, &device.into())?;
    }
    nix::sys::socket::bind(socket.as_raw_fd(), &SockaddrIn::from(SocketAddrV4::new(end.address, port)))?;
    Ok(socket)
}

/// Opens such a socket with a source port of the range that Linux's and Windows' clients share (row ACL-4), one that
/// no earlier probe has used: a flow that is already known would not be judged again.
pub fn open_client(end: End<'_>, kind: SockType) -> io::Result<OwnedFd> {
    use std::sync::atomic::{AtomicU32, Ordering};
    const FIRST: u32 = 49_152;
    const COUNT: u32 = 60_999 - FIRST + 1;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let base = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.subsec_micros());
    let _ = NEXT.compare_exchange(0, base | 1, Ordering::Relaxed, Ordering::Relaxed);
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..64 {
        let port = (FIRST + NEXT.fetch_add(1, Ordering::Relaxed) % COUNT) as u16;
        match open(end, kind, None, port) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => last = error,
            other => return other,
        }
    }
    Err(last)
}

pub fn connect(socket: &OwnedFd, address: Ipv4Addr, port: u16) -> io::Result<()> {
    match nix::sys::socket::connect(socket.as_raw_fd(), &SockaddrIn::from(SocketAddrV4::new(address, port))) {
        Ok(()) | Err(nix::Error::EINPROGRESS) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Is this the error of a path that is closed on this very machine, and not one of the probe?
pub fn refused(error: nix::Error) -> bool {
    matches!(
        error,
        nix::Error::ECONNREFUSED | nix::Error::ECONNRESET | nix::Error::EHOSTUNREACH | nix::Error::ENETUNREACH
    )
}
