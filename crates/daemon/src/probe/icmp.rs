//! An echo request and its reply, which the far end's kernel sends.

use super::{Answer, Attempt, End, socket};
use nix::poll::PollFlags;
use nix::sys::socket::{MsgFlags, SockProtocol, SockType, SockaddrIn, recvfrom, sendto};
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicU16, Ordering};

const ECHO_REPLY: u8 = 0;
const ECHO: u8 = 8;

pub struct Icmp {
    socket: OwnedFd,
    target: Ipv4Addr,
    identifier: u16,
    sequence: u16,
}

impl Icmp {
    pub fn open(source: End<'_>, target: Ipv4Addr) -> io::Result<Icmp> {
        static NEXT: AtomicU16 = AtomicU16::new(0);
        let mut opened = None;
        source.place.inside(&mut || {
            opened = Some(socket::open(source, SockType::Raw, Some(SockProtocol::Icmp), 0)?);
            Ok(())
        })?;
        let socket = opened.ok_or_else(|| io::Error::other("the namespace could not be entered"))?;
        // Two processes may probe at once; the identifiers of one lie apart.
        let identifier = (std::process::id() as u16).rotate_left(6) ^ NEXT.fetch_add(1, Ordering::Relaxed);
        Ok(Icmp { socket, target, identifier, sequence: 0 })
    }
}

/// An echo request with its checksum.
pub fn echo_request(identifier: u16, sequence: u16) -> Vec<u8> {
    let mut message = vec![ECHO, 0, 0, 0];
    message.extend_from_slice(&identifier.to_be_bytes());
    message.extend_from_slice(&sequence.to_be_bytes());
    message.extend_from_slice(b"croft probe.....");
    let sum = super::frame::checksum(&message, 0);
    message[2..4].copy_from_slice(&sum.to_be_bytes());
    message
}

impl Attempt for Icmp {
    fn send(&mut self) -> io::Result<()> {
        self.sequence += 1;
        let to = SockaddrIn::from(SocketAddrV4::new(self.target, 0));
        match sendto(self.socket.as_raw_fd(), &echo_request(self.identifier, self.sequence), &to, MsgFlags::empty()) {
            Err(error) if socket::refused(error) => Ok(()),
            Err(error) => Err(error.into()),
            Ok(_) => Ok(()),
        }
    }

    fn repeats(&self) -> bool {
        true
    }

    fn poll(&mut self) -> io::Result<Answer> {
        let mut buffer = [0u8; 2048];
        loop {
            match recvfrom::<SockaddrIn>(self.socket.as_raw_fd(), &mut buffer) {
                Ok((length, _)) if is_reply(&buffer[..length], self.identifier) => return Ok(Answer::Reply),
                Ok(_) => continue,
                Err(nix::Error::EAGAIN | nix::Error::EINTR) => return Ok(Answer::None),
                Err(error) if socket::refused(error) => return Ok(Answer::Refused),
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn descriptors(&self) -> Vec<(BorrowedFd<'_>, PollFlags)> {
        vec![(self.socket.as_fd(), PollFlags::POLLIN)]
    }
}

/// Is this IPv4 packet the echo reply with the identifier?
fn is_reply(packet: &[u8], identifier: u16) -> bool {
    let Some(first) = packet.first() else { return false };
    let header = usize::from(first & 15) * 4;
    match packet.get(header..header + 8) {
        Some(icmp) => icmp[0] == ECHO_REPLY && icmp[4..6] == identifier.to_be_bytes(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_reply_to_this_probe_counts() {
        let mut packet = vec![0x45; 20];
        packet.extend_from_slice(&echo_request(7, 1));
        assert!(!is_reply(&packet, 7), "a request is no reply");
        packet[20] = ECHO_REPLY;
        assert!(is_reply(&packet, 7));
        assert!(!is_reply(&packet, 8));
        assert!(!is_reply(&packet[..22], 7));
        assert!(!is_reply(&[], 7));
    }
}
