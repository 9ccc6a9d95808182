//! A datagram and its echo.

use super::{Answer, Attempt, End, socket};
use nix::poll::PollFlags;
use nix::sys::socket::{MsgFlags, SockType, SockaddrIn, recvfrom, send, sendto};
use std::io;
use std::net::Ipv4Addr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

const TEXT: &[u8] = b"croft probe";

pub struct Udp {
    client: OwnedFd,
    target: Ipv4Addr,
    port: u16,
    connected: bool,
    /// Brought along where nothing was bound to the port: sends back what it gets.
    echo: Option<OwnedFd>,
}

impl Udp {
    /// `target` is the address that the source uses; `far` the end that holds it, if one does.
    pub fn open(source: End<'_>, target: Ipv4Addr, port: u16, far: Option<End<'_>>) -> io::Result<Udp> {
        let mut echo = None;
        if let Some(far) = far {
            far.place.inside(&mut || {
                echo = match socket::open(far, SockType::Datagram, None, port) {
                    Err(error) if error.kind() == io::ErrorKind::AddrInUse => None,
                    other => Some(other?),
                };
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
        if let Some(echo) = &self.echo {
            while let Ok((length, Some(from))) = recvfrom::<SockaddrIn>(echo.as_raw_fd(), &mut buffer) {
                // A reply that cannot be sent is a reply that does not arrive: the counters say why.
                let _ = sendto(echo.as_raw_fd(), &buffer[..length], &from, MsgFlags::MSG_NOSIGNAL);
            }
        }
        match recvfrom::<SockaddrIn>(self.client.as_raw_fd(), &mut buffer) {
            Ok(_) => Ok(Answer::Reply),
            Err(nix::Error::EAGAIN | nix::Error::EINTR) => Ok(Answer::None),
            Err(error) if socket::refused(error) => Ok(Answer::Refused),
            Err(error) => Err(error.into()),
        }
    }

    fn descriptors(&self) -> Vec<(BorrowedFd<'_>, PollFlags)> {
        let ends = std::iter::once(&self.client).chain(&self.echo);
        ends.map(|end| (end.as_fd(), PollFlags::POLLIN)).collect()
    }
}
