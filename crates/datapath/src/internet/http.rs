//! A small HTTP/1.1 server that tells each client how the connection looks from here: the client's address shows what
//! translation it went through. On Croft's own address it takes signals as well ([`super::signal`]).

use std::{
    io::{self, Read, Write},
    net::{IpAddr, Shutdown, SocketAddr, TcpListener, TcpStream},
    os::fd::{AsFd, BorrowedFd},
    time::{Duration, Instant},
};

use nix::poll::PollFlags;

use super::{
    answer::Answer,
    request::{Body, Request},
    signal::{self, Daemon, Forward, Meant, SIGNALS_ADDRESS},
};

/// From a request's first byte until it is whole and, of a signal, handed on.
const REQUEST_TIME: Duration = Duration::from_secs(30);
/// For the daemon's answer.
const DAEMON_TIME: Duration = Duration::from_secs(10);
/// For the client to take an answer.
const ANSWER_TIME: Duration = Duration::from_secs(30);
/// How long, and how much, is thrown away of what nobody reads, so that the answer before it arrives.
const LINGERING_TIME: Duration = Duration::from_secs(5);
const LINGERING_BYTES: usize = 1 << 20;

/// A client's connection. It stays open for further requests, as HTTP/1.1 does.
pub(super) struct Connection {
    stream: TcpStream,
    client: SocketAddr,
    server: SocketAddr,
    received: Vec<u8>,
    stage: Stage,
    /// When the stage must have come to its end; none while nothing is asked.
    deadline: Option<Instant>,
}

enum Stage {
    /// A head comes, or nothing.
    Head,
    /// So much of a signal comes.
    Body {
        key: String,
        length: usize,
        last: bool,
    },
    /// A signal is whole and waits for its turn.
    Waiting {
        key: String,
        body: Vec<u8>,
        last: bool,
    },
    /// It is with the daemon.
    Told {
        forward: Forward,
        last: bool,
    },
    Answering {
        unsent: Vec<u8>,
        last: bool,
    },
    /// All is said.
    Lingering {
        left: usize,
    },
}

/// What comes of a step.
enum Step {
    Another,
    /// Nothing more can be done now.
    Wait,
    End,
}

/// Takes a connection, if one is waiting.
pub(super) fn accept(listener: &TcpListener) -> Option<Connection> {
    let (stream, client) = listener.accept().ok()?;
    stream.set_nonblocking(true).ok()?;
    stream.set_nodelay(true).ok()?;
    let server = stream.local_addr().ok()?;
    let (received, stage) = (Vec::new(), Stage::Head);
    Some(Connection { stream, client, server, received, stage, deadline: None })
}

impl Connection {
    pub(super) fn client(&self) -> IpAddr {
        self.client.ip()
    }

    /// What it goes on with; none while its signal waits for its turn.
    pub(super) fn awaits(&self) -> Option<(BorrowedFd<'_>, PollFlags)> {
        match &self.stage {
            Stage::Head | Stage::Body { .. } | Stage::Lingering { .. } => {
                Some((self.stream.as_fd(), PollFlags::POLLIN))
            }
            Stage::Answering { .. } => Some((self.stream.as_fd(), PollFlags::POLLOUT)),
            Stage::Told { forward, .. } if forward.is_sending() => Some((forward.fd(), PollFlags::POLLOUT)),
            Stage::Told { forward, .. } => Some((forward.fd(), PollFlags::POLLIN)),
            Stage::Waiting { .. } => None,
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    pub(super) fn is_late(&self, now: Instant) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= now)
    }

    pub(super) fn is_waiting(&self) -> bool {
        matches!(self.stage, Stage::Waiting { .. })
    }

    pub(super) fn is_told(&self) -> bool {
        matches!(self.stage, Stage::Told { .. })
    }

    /// Its turn: the signal goes to the daemon.
    pub(super) fn tell(&mut self, daemon: &Daemon, now: Instant) {
        let Stage::Waiting { key, body, last } = &self.stage else { return };
        let last = *last;
        match daemon.tell(key, body) {
            Ok(forward) => {
                self.stage = Stage::Told { forward, last };
                self.deadline = Some(now + DAEMON_TIME);
            }
            Err(answer) => self.answer(&answer, last, true, now),
        }
    }

    /// Goes on as far as it can; an error or `false` ends the connection.
    pub(super) fn advance(&mut self, now: Instant) -> io::Result<bool> {
        if self.is_late(now) {
            let (Stage::Waiting { last, .. } | Stage::Told { last, .. }) = self.stage else { return Ok(false) };
            let why = "the signal was not taken in time: send it again, under the same UniqueId";
            self.answer(&Answer::text(503, why), last, true, now);
        }
        // One look at the socket: others have their turn as well.
        let mut may_read = true;
        loop {
            let step = match &mut self.stage {
                Stage::Head => self.head(&mut may_read, now)?,
                Stage::Body { length, .. } if self.received.len() < *length => self.read(&mut may_read)?,
                Stage::Body { key, length, last } => {
                    let body = self.received.drain(..*length).collect();
                    self.stage = Stage::Waiting { key: std::mem::take(key), body, last: *last };
                    Step::Another
                }
                Stage::Waiting { .. } => Step::Wait,
                Stage::Told { forward, last } => {
                    let (answer, last) = (forward.advance(), *last);
                    let Some(answer) = answer else { return Ok(true) };
                    self.answer(&answer, last, true, now);
                    Step::Another
                }
                Stage::Answering { .. } => self.write(now)?,
                Stage::Lingering { left } => match self.stream.read(&mut [0; 16 << 10]) {
                    Ok(read) if read > 0 && read <= *left => {
                        *left -= read;
                        Step::Another
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => Step::Wait,
                    _ => Step::End,
                },
            };
            match step {
                Step::Another => {}
                Step::Wait => return Ok(true),
                Step::End => return Ok(false),
            }
        }
    }

    fn head(&mut self, may_read: &mut bool, now: Instant) -> io::Result<Step> {
        if !self.received.is_empty() {
            self.deadline.get_or_insert(now + REQUEST_TIME);
            match Request::read(&self.received) {
                Ok(None) => {}
                Ok(Some(request)) => {
                    self.received.drain(..request.head);
                    self.take(request, now);
                    return Ok(Step::Another);
                }
                Err(answer) => {
                    self.answer(&answer, true, true, now);
                    return Ok(Step::Another);
                }
            }
        }
        self.read(may_read)
    }

    fn take(&mut self, request: Request, now: Instant) {
        let to_croft = self.server.ip() == IpAddr::V4(SIGNALS_ADDRESS);
        let answer = match if to_croft { signal::meant(&request) } else { Meant::Page } {
            Meant::Signal { key, length } => {
                if request.expects_word && self.received.is_empty() {
                    // A client that does not hear it sends the body all the same, a little later.
                    let _ = self.stream.write(b"HTTP/1.1 100 Continue\r\n\r\n");
                }
                self.stage = Stage::Body { key, length, last: request.last };
                return;
            }
            Meant::Refused(answer) => answer,
            Meant::Page => Answer::text(200, &format!("client {}\nserver {}", self.client, self.server)),
        };
        // A body is not read, so nothing after it could be told apart.
        let last = request.last || request.body != Body::Bytes(0);
        self.answer(&answer, last, request.method != "HEAD", now);
    }

    /// More of what the client sends, if it may be looked for now.
    fn read(&mut self, may_read: &mut bool) -> io::Result<Step> {
        if !std::mem::take(may_read) {
            return Ok(Step::Wait);
        }
        let mut chunk = [0; 4096];
        match self.stream.read(&mut chunk) {
            Ok(0) => Ok(Step::End),
            Ok(read) => {
                self.received.extend_from_slice(&chunk[..read]);
                Ok(Step::Another)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Step::Wait),
            Err(error) => Err(error),
        }
    }

    fn answer(&mut self, answer: &Answer, last: bool, with_text: bool, now: Instant) {
        self.stage = Stage::Answering { unsent: answer.encode(last, with_text), last };
        self.deadline = Some(now + ANSWER_TIME);
    }

    fn write(&mut self, now: Instant) -> io::Result<Step> {
        let Stage::Answering { unsent, last } = &mut self.stage else { return Ok(Step::Another) };
        while !unsent.is_empty() {
            match self.stream.write(unsent) {
                Ok(0) => return Ok(Step::End),
                Ok(n) => drop(unsent.drain(..n)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Step::Wait),
                Err(error) => return Err(error),
            }
        }
        if *last {
            self.stream.shutdown(Shutdown::Write)?;
            self.received.clear();
            self.stage = Stage::Lingering { left: LINGERING_BYTES };
            self.deadline = Some(now + LINGERING_TIME);
        } else {
            self.stage = Stage::Head;
            self.deadline = None;
        }
        Ok(Step::Another)
    }
}
