//! A TCP connection: open when the handshake's second half is back.

use super::{Answer, Attempt, End, socket};
use nix::poll::PollFlags;
use nix::sys::socket::{Backlog, SockType, getsockopt, sockopt};
use std::io;
use std::net::Ipv4Addr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

pub struct Tcp {
    client: OwnedFd,
    target: Ipv4Addr,
    port: u16,
    /// Brought along where nothing listened; accepts by being there.
    _listener: Option<OwnedFd>,
}

impl Tcp {
    /// `target` is the address that the source uses; `far` the end that holds it, if one does.
    pub fn open(source: End<'_>, target: Ipv4Addr, port: u16, far: Option<End<'_>>) -> io::Result<Tcp> {
        let mut listener = None;
        if let Some(far) = far {
            far.place.inside(&mut || {
                listener = listen(far, port)?;
                Ok(())
            })?;
        }
        let mut client = None;
        source.place.inside(&mut || {
            client = Some(socket::open_client(source, SockType::Stream)?);
            Ok(())
        })?;
        let client = client.ok_or_else(|| io::Error::other("the namespace could not be entered"))?;
        Ok(Tcp { client, target, port, _listener: listener })
    }
}

/// Listens in the calling thread's namespace unless something does already.
fn listen(end: End<'_>, port: u16) -> io::Result<Option<OwnedFd>> {
    let socket = match socket::open(end, SockType::Stream, None, port) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Ok(None),
        other => other?,
    };
    match nix::sys::socket::listen(&socket, Backlog::new(8)?) {
        Err(nix::Error::EADDRINUSE) => Ok(None),
        Err(error) => Err(error.into()),
        Ok(()) => Ok(Some(socket)),
    }
}

impl Attempt for Tcp {
    fn send(&mut self) -> io::Result<()> {
        // Gone with an RST: nothing of the probe lingers.
        nix::sys::socket::setsockopt(&self.client, sockopt::Linger, &libc::linger { l_onoff: 1, l_linger: 0 })?;
        socket::connect(&self.client, self.target, self.port)
    }

    fn repeats(&self) -> bool {
        false
    }

    fn poll(&mut self) -> io::Result<Answer> {
        let mut watched = [nix::poll::PollFd::new(self.client.as_fd(), PollFlags::POLLOUT)];
        nix::poll::poll(&mut watched, 0u8)?;
        let ready = watched[0].revents().unwrap_or(PollFlags::empty());
        if ready.is_empty() {
            return Ok(Answer::None);
        }
        match getsockopt(&self.client, sockopt::SocketError)? {
            0 => Ok(Answer::Reply),
            code if socket::refused(nix::Error::from_raw(code)) => Ok(Answer::Refused),
            libc::ETIMEDOUT => Ok(Answer::None),
            code => Err(io::Error::from_raw_os_error(code)),
        }
    }

    fn descriptors(&self) -> Vec<(BorrowedFd<'_>, PollFlags)> {
        vec![(self.client.as_fd(), PollFlags::POLLOUT)]
    }
}
