//! A datagram and its echo.

use super::{Answer, Attempt, End, socket};
use nix::poll::PollFlags;
use nix::sys::socket::{MsgFlags, SockProtocol, SockType, SockaddrIn, recvfrom, send, sendto};
use std::io;
use std::net::Ipv4Addr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

const TEXT: &[u8] = b"croft probe";

pub struct Udp {
    client: OwnedFd,
    target: Ipv4Addr,
    port: u16,
    connected: bool,
    echo: Option<Echo>,
}

/// What sends the datagram back, at the far end.
enum Echo {
    /// Brought along where nothing was bound to the port.
    Bound(OwnedFd),
    /// Where something is, and nobody knows whether it answers: sees the same datagrams, and answers in its place.
    Beside(OwnedFd),
}

impl Udp {
    /// `target` is the address that the source uses; `far` the end that holds it, if one does.
    pub fn open(source: End<'_>, target: Ipv4Addr, port: u16, far: Option<End<'_>>) -> io::Result<Udp> {
        let mut echo = None;
        if let Some(far) = far {
            far.place.inside(&mut || {
                echo = Some(match socket::open(far, SockType::Datagram, None, port) {
                    Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                        Echo::Beside(socket::open(far, SockType::Raw, Some(SockProtocol::Udp), 0)?)
                    }
                    other => Echo::Bound(other?),
                });
                Ok(())
            })?;
        }
        let mut client = None;
        source.place.inside(&mut || {
            client = Some(socket::open_client(source, SockType::Datagram)?);
            Ok(())
        })?;
        let client = client.ok_or_else(|| io::Error::other("the namespace could not be entered"))?;
        Ok(Udp { client, target, port, connected: false, echo })
    }
}

impl Attempt for Udp {
    fn send(&mut self) -> io::Result<()> {
        if !self.connected {
            socket::connect(&self.client, self.target, self.port)?;
            self.connected = true;
        }
        match send(self.client.as_raw_fd(), TEXT, MsgFlags::MSG_NOSIGNAL) {
            // An ICMP error that waits is read by `poll`.
            Err(error) if socket::refused(error) || error == nix::Error::EAGAIN => Ok(()),
            Err(error) => Err(error.into()),
            Ok(_) => Ok(()),
        }
    }

    fn repeats(&self) -> bool {
        true
    }

    fn poll(&mut self) -> io::Result<Answer> {
        let mut buffer = [0u8; 2048];
        // A reply that cannot be sent is a reply that does not arrive: the counters say why.
        match &self.echo {
            Some(Echo::Bound(echo)) => {
                while let Ok((length, Some(from))) = recvfrom::<SockaddrIn>(echo.as_raw_fd(), &mut buffer) {
                    let _ = sendto(echo.as_raw_fd(), &buffer[..length], &from, MsgFlags::MSG_NOSIGNAL);
                }
            }
            Some(Echo::Beside(echo)) => {
                while let Ok((length, Some(from))) = recvfrom::<SockaddrIn>(echo.as_raw_fd(), &mut buffer) {
                    if let Some(reply) = reply_to(&buffer[..length], self.port) {
                        let _ = sendto(echo.as_raw_fd(), &reply, &from, MsgFlags::MSG_NOSIGNAL);
                    }
                }
            }
            None => {}
        }
        match recvfrom::<SockaddrIn>(self.client.as_raw_fd(), &mut buffer) {
            Ok(_) => Ok(Answer::Reply),
            Err(nix::Error::EAGAIN | nix::Error::EINTR) => Ok(Answer::None),
            Err(error) if socket::refused(error) => Ok(Answer::Refused),
            Err(error) => Err(error.into()),
        }
    }

    fn descriptors(&self) -> Vec<(BorrowedFd<'_>, PollFlags)> {
        let echo = self.echo.as_ref().map(|echo| match echo {
            Echo::Bound(socket) | Echo::Beside(socket) => socket,
        });
        let ends = std::iter::once(&self.client).chain(echo);
        ends.map(|end| (end.as_fd(), PollFlags::POLLIN)).collect()
    }
}

/// The answer to an IPv4 packet that carries the probe's datagram to the port: a datagram with the ports turned round.
fn reply_to(packet: &[u8], port: u16) -> Option<Vec<u8>> {
    let header = usize::from(packet.first()? & 15) * 4;
    let datagram = packet.get(header..)?;
    let (head, text) = datagram.split_at_checked(8)?;
    if head[2..4] != port.to_be_bytes() || text != TEXT {
        return None;
    }
    // Without a checksum, which IPv4 leaves to the sender.
    let length = (datagram.len() as u16).to_be_bytes();
    Some([&head[2..4], &head[..2], &length, &[0, 0], text].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_probes_own_datagram_is_answered() {
        let mut packet = vec![0x45; 20];
        packet.extend_from_slice(&[0xc3, 0x50, 0, 53, 0, 19, 1, 2]);
        packet.extend_from_slice(TEXT);
        let reply = reply_to(&packet, 53).unwrap();
        assert_eq!(reply[..8], [0, 53, 0xc3, 0x50, 0, 19, 0, 0]);
        assert_eq!(&reply[8..], TEXT);
        assert_eq!(reply_to(&packet, 54), None);
        assert_eq!(reply_to(&packet[..25], 53), None);
        packet[28] ^= 1;
        assert_eq!(reply_to(&packet, 53), None);
    }
}
