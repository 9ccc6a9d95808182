//! A probe that no socket can send: from the internet to an address that is not public.
//!
//! A host on the internet has no way to send there; what it would meet is tried nevertheless, as a frame on the
//! fabric's uplink, so that the verdict is the datapath's and not the probe's.

use super::{Answer, Attempt, Place};
use crate::protocol::Transport;
use nix::poll::PollFlags;
use std::io;
use std::net::Ipv4Addr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// Where and how the frame leaves.
pub struct Link<'a> {
    pub place: &'a dyn Place,
    pub source_mac: [u8; 6],
    pub destination_mac: [u8; 6],
}

pub struct Frame {
    socket: OwnedFd,
    bytes: Vec<u8>,
}

impl Frame {
    pub fn open(
        link: Link<'_>,
        protocol: Transport,
        source: (Ipv4Addr, u16),
        destination: (Ipv4Addr, u16),
    ) -> io::Result<Frame> {
        let mut opened = None;
        link.place.inside(&mut || {
            opened = Some(packet_socket()?);
            Ok(())
        })?;
        let socket = opened.ok_or_else(|| io::Error::other("the namespace could not be entered"))?;
        let mut bytes = Vec::with_capacity(64);
        bytes.extend_from_slice(&link.destination_mac);
        bytes.extend_from_slice(&link.source_mac);
        bytes.extend_from_slice(&[0x08, 0x00]);
        bytes.extend_from_slice(&packet(protocol, source, destination));
        Ok(Frame { socket, bytes })
    }
}

/// On the one device that leads out of the calling thread's namespace.
fn packet_socket() -> io::Result<OwnedFd> {
    let devices = nix::net::if_::if_nameindex()?;
    let out = devices.iter().find(|device| device.name() != c"lo");
    let index = out.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?.index();
    // SAFETY: plain system calls; the descriptor is owned as soon as it is made, the address is a whole sockaddr_ll.
    unsafe {
        let number = libc::socket(libc::AF_PACKET, libc::SOCK_RAW | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC, 0);
        if number < 0 {
            return Err(io::Error::last_os_error());
        }
        let socket = OwnedFd::from_raw_fd(number);
        let mut address: libc::sockaddr_ll = std::mem::zeroed();
        address.sll_family = libc::AF_PACKET as u16;
        address.sll_ifindex = index as i32;
        let length = size_of::<libc::sockaddr_ll>() as u32;
        if libc::bind(number, (&raw const address).cast(), length) < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(socket)
    }
}

/// An IPv4 packet: a TCP SYN, a datagram or an echo request, with right lengths and checksums.
fn packet(protocol: Transport, source: (Ipv4Addr, u16), destination: (Ipv4Addr, u16)) -> Vec<u8> {
    let ports = |payload: &mut Vec<u8>| {
        payload.extend_from_slice(&source.1.to_be_bytes());
        payload.extend_from_slice(&destination.1.to_be_bytes());
    };
    let mut payload = Vec::new();
    let (number, checksum_at) = match protocol {
        Transport::Tcp => {
            ports(&mut payload);
            payload.extend_from_slice(&[0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x02, 0xff, 0xff, 0, 0, 0, 0]);
            (6u8, Some(16))
        }
        Transport::Udp => {
            ports(&mut payload);
            payload.extend_from_slice(&[0, 12, 0, 0]);
            payload.extend_from_slice(b"ping");
            (17, Some(6))
        }
        Transport::Icmp => {
            payload = super::icmp::echo_request(source.1, 1);
            (1, None)
        }
    };
    if let Some(at) = checksum_at {
        let pseudo: Vec<u8> =
            [&source.0.octets()[..], &destination.0.octets()[..], &[0, number], &[0, payload.len() as u8]].concat();
        let carried = u32::from(!checksum(&pseudo, 0));
        let sum = checksum(&payload, carried);
        payload[at..at + 2].copy_from_slice(&sum.to_be_bytes());
    }
    let length = (20 + payload.len()) as u16;
    let mut header = vec![0x45, 0];
    header.extend_from_slice(&length.to_be_bytes());
    header.extend_from_slice(&[0, 0, 0x40, 0, 64, number, 0, 0]);
    header.extend_from_slice(&source.0.octets());
    header.extend_from_slice(&destination.0.octets());
    let sum = checksum(&header, 0);
    header[10..12].copy_from_slice(&sum.to_be_bytes());
    [header, payload].concat()
}

/// The internet checksum of `bytes`, `carried` added.
pub fn checksum(bytes: &[u8], carried: u32) -> u16 {
    let mut sum = carried;
    for pair in bytes.chunks(2) {
        sum += u32::from(pair[0]) << 8 | pair.get(1).map_or(0, |b| u32::from(*b));
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

impl Attempt for Frame {
    fn send(&mut self) -> io::Result<()> {
        nix::sys::socket::send(self.socket.as_raw_fd(), &self.bytes, nix::sys::socket::MsgFlags::empty())?;
        Ok(())
    }

    fn repeats(&self) -> bool {
        true
    }

    /// Nothing can come back: no host on the internet is spoken to from a private address.
    fn poll(&mut self) -> io::Result<Answer> {
        Ok(Answer::None)
    }

    fn descriptors(&self) -> Vec<(BorrowedFd<'_>, PollFlags)> {
        vec![(self.socket.as_fd(), PollFlags::empty())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_have_valid_lengths_and_checksums() {
        let source = (Ipv4Addr::new(203, 0, 113, 1), 50_000);
        let destination = (Ipv4Addr::new(10, 0, 1, 4), 443);
        for (protocol, number) in [(Transport::Tcp, 6), (Transport::Udp, 17), (Transport::Icmp, 1)] {
            let bytes = packet(protocol, source, destination);
            assert_eq!(checksum(&bytes[..20], 0), 0, "{protocol}");
            assert_eq!(usize::from(u16::from_be_bytes([bytes[2], bytes[3]])), bytes.len());
            let pseudo = match protocol {
                Transport::Icmp => vec![],
                _ => [&bytes[12..20], &[0, number, 0, (bytes.len() - 20) as u8]].concat(),
            };
            let carried = if pseudo.is_empty() { 0 } else { u32::from(!checksum(&pseudo, 0)) };
            assert_eq!(checksum(&bytes[20..], carried), 0, "{protocol}");
        }
    }
}
