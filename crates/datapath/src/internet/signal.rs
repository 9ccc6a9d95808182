//! The address at which stacks are told what they wait for (row EXT-2): what a request to it means, and the way to the
//! daemon.
//!
//! Nothing is judged here but size and form. A signal goes over a Unix socket in the run directory to the daemon, which
//! knows the secrets: `KEY`, a line's end and the body, then the end of what is sent; back come the status, a line's end
//! and the text.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    net::{Ipv4Addr, Shutdown},
    os::{
        fd::{AsFd, AsRawFd, BorrowedFd},
        unix::{fs::OpenOptionsExt, net::UnixStream},
    },
    path::Path,
};

use nix::sys::socket::{AddressFamily, SockFlag, SockType, UnixAddr, connect, socket};

use super::{
    answer::Answer,
    request::{Body, Request},
};

/// Croft's own address in the internet. It lies in [`super::PUBLIC_POOL`], and no interface is given it.
pub const SIGNALS_ADDRESS: Ipv4Addr = Ipv4Addr::new(198, 19, 255, 254);

/// Bytes of a signal.
pub const LARGEST_SIGNAL: usize = 16 << 10;

/// The socket's name in the run directory.
pub const SIGNALS_SOCKET: &str = "signals.sock";

/// Croft's own pages; the one of signals is followed by a secret.
const OWN: &str = "/_croft/";
const PATH: &str = "/_croft/signals/";

/// Bytes of a daemon's answer.
const LONGEST_REPLY: usize = 8192;

/// What a request to the address is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meant {
    /// One as to any other address.
    Page,
    /// A signal, once the body has come.
    Signal {
        key: String,
        length: usize,
    },
    Refused(Answer),
}

pub(super) fn meant(request: &Request) -> Meant {
    let Some(key) = request.path.strip_prefix(PATH) else {
        let own = request.path.starts_with(OWN);
        return if own { Meant::Refused(Answer::text(404, "there is /_croft/signals/")) } else { Meant::Page };
    };
    if request.method != "PUT" {
        return Meant::Refused(Answer { allow: Some("PUT"), ..Answer::text(405, "PUT") });
    }
    match request.body {
        Body::Chunked => Meant::Refused(Answer::text(411, "a signal comes with its Content-Length")),
        Body::Bytes(length) if length > LARGEST_SIGNAL => {
            Meant::Refused(Answer::text(413, &format!("a signal has at most {LARGEST_SIGNAL} bytes")))
        }
        Body::Bytes(length) => Meant::Signal { key: key.to_string(), length },
    }
}

/// The way to the daemon.
pub(super) struct Daemon {
    /// By way of it every path is short enough for a socket's.
    run_dir: File,
}

impl Daemon {
    pub(super) fn of(run_dir: &Path) -> io::Result<Daemon> {
        let mut options = OpenOptions::new();
        let run_dir = options.read(true).custom_flags(libc::O_PATH | libc::O_DIRECTORY).open(run_dir)?;
        Ok(Daemon { run_dir })
    }

    /// Begins to hand a signal on. An error is what is answered.
    pub(super) fn tell(&self, key: &str, body: &[u8]) -> Result<Forward, Answer> {
        let open = || {
            let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
            let socket = socket(AddressFamily::Unix, SockType::Stream, flags, None)?;
            let path = format!("/proc/self/fd/{}/{SIGNALS_SOCKET}", self.run_dir.as_raw_fd());
            connect(socket.as_raw_fd(), &UnixAddr::new(path.as_str())?)?;
            Ok::<_, nix::Error>(UnixStream::from(socket))
        };
        match open() {
            Ok(stream) => Ok(Forward { stream, unsent: [key.as_bytes(), b"\n", body].concat(), reply: Vec::new() }),
            Err(nix::Error::ENOENT | nix::Error::ECONNREFUSED) => Err(Answer::text(
                503,
                "the signal was not taken: Croft's daemon does not run. Send it again once it does",
            )),
            Err(error) => Err(lost(&error.into())),
        }
    }
}

/// A signal on its way, and its answer.
pub(super) struct Forward {
    stream: UnixStream,
    unsent: Vec<u8>,
    reply: Vec<u8>,
}

impl Forward {
    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }

    pub(super) fn is_sending(&self) -> bool {
        !self.unsent.is_empty()
    }

    /// Goes on as far as it can; the answer once it is there, also where the daemon gave none.
    pub(super) fn advance(&mut self) -> Option<Answer> {
        match self.exchange() {
            Ok(()) => Some(parse(&self.reply).unwrap_or_else(|| lost(&io::ErrorKind::UnexpectedEof.into()))),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
            Err(error) => Some(lost(&error)),
        }
    }

    fn exchange(&mut self) -> io::Result<()> {
        while !self.unsent.is_empty() {
            let sent = self.stream.write(&self.unsent)?;
            self.unsent.drain(..sent);
            if self.unsent.is_empty() {
                self.stream.shutdown(Shutdown::Write)?;
            }
        }
        let mut chunk = [0; 1024];
        loop {
            match self.stream.read(&mut chunk)? {
                0 => return Ok(()),
                _ if self.reply.len() > LONGEST_REPLY => return Err(io::ErrorKind::InvalidData.into()),
                read => self.reply.extend_from_slice(&chunk[..read]),
            }
        }
    }
}

fn parse(reply: &[u8]) -> Option<Answer> {
    let (status, text) = std::str::from_utf8(reply).ok()?.split_once('\n')?;
    let status = status.parse().ok().filter(|status| (200..600).contains(status))?;
    Some(Answer { status, text: text.to_string(), allow: None })
}

/// Whether the signal was taken is not known.
fn lost(error: &io::Error) -> Answer {
    Answer::text(
        503,
        &format!("Croft's daemon gave no answer ({error}): send the signal again, under the same UniqueId"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Meant {
        meant(&Request::read(text.as_bytes()).unwrap().unwrap())
    }

    fn refused(text: &str) -> u16 {
        match of(text) {
            Meant::Refused(answer) => answer.status,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn a_signal_is_put_with_its_length() {
        let signal = Meant::Signal { key: "abc".into(), length: 3 };
        assert_eq!(of("PUT /_croft/signals/abc HTTP/1.1\r\nContent-Length: 3\r\n\r\n"), signal);
        assert_eq!(of("PUT /_croft/signals/abc?x=y HTTP/1.1\r\nContent-Length: 3\r\n\r\n"), signal);
        assert_eq!(of("GET /index.html HTTP/1.1\r\n\r\n"), Meant::Page);
        assert_eq!(of("PUT /_croftx HTTP/1.1\r\n\r\n"), Meant::Page);
        assert_eq!(refused("GET /_croft/signals/abc HTTP/1.1\r\n\r\n"), 405);
        assert_eq!(refused("PUT /_croft/signals HTTP/1.1\r\n\r\n"), 404);
        assert_eq!(refused("POST /_croft/reset HTTP/1.1\r\n\r\n"), 404);
        assert_eq!(refused("PUT /_croft/signals/a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"), 411);
        let length = |bytes: usize| format!("PUT /_croft/signals/a HTTP/1.1\r\nContent-Length: {bytes}\r\n\r\n");
        assert_eq!(refused(&length(LARGEST_SIGNAL + 1)), 413);
        assert_eq!(of(&length(LARGEST_SIGNAL)), Meant::Signal { key: "a".into(), length: LARGEST_SIGNAL });
    }

    #[test]
    fn an_answer_has_a_status_and_a_text() {
        let answer = |status, text: &str| Some(Answer { status, text: text.into(), allow: None });
        assert_eq!(parse(b"200\n"), answer(200, ""));
        assert_eq!(parse(b"400\nno\n"), answer(400, "no\n"));
        for wrong in [&b""[..], b"200", b"x\n", b"99\n", b"600\n", b"200\n\xff"] {
            assert_eq!(parse(wrong), None, "{wrong:?}");
        }
    }
}
