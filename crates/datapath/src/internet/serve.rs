//! The loop of the process that serves the internet: one thread, a bounded number of connections.

use std::{
    collections::VecDeque,
    io,
    net::{IpAddr, TcpListener},
    os::fd::AsFd,
    path::Path,
    time::{Duration, Instant},
};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::{
    echo::Echo,
    http::{self, Connection},
    signal::Daemon,
    turn::Turns,
};

/// TCP ports with the HTTP answer.
const HTTP_PORTS: [u16; 2] = [80, 443];

/// Connections at a time; one more ends the one that has been quiet longest.
const CONNECTIONS: usize = 768;

/// Connections taken before others get their turn.
const BURST: usize = 64;

/// Serves the internet until killed: TCP 80 and 443 with an HTTP/1.1 answer of `client ADDRESS:PORT` and `server
/// ADDRESS:PORT`, UDP echo on 7, on every local address; and on [`super::SIGNALS_ADDRESS`] signals, which go to whoever
/// owns the fabric. To be run inside the internet's namespace, by the command line in
/// [`crate::FabricOptions::services`].
pub fn internet_services(run_dir: &Path) -> ! {
    let error = match serve(run_dir) {
        Ok(never) => match never {},
        Err(e) => e,
    };
    eprintln!("the internet's services end: {error}");
    std::process::exit(1);
}

pub(super) fn serve(run_dir: &Path) -> io::Result<std::convert::Infallible> {
    let daemon = Daemon::of(run_dir)?;
    let mut echo = Echo::bind()?;
    let mut listeners = Vec::new();
    for port in HTTP_PORTS {
        let listener = TcpListener::bind(("0.0.0.0", port))?;
        listener.set_nonblocking(true)?;
        listeners.push(listener);
    }
    // The one that was active last is at the back.
    let mut connections: VecDeque<Connection> = VecDeque::new();
    let mut turns = Turns::default();
    loop {
        tell(&mut turns, &mut connections, &daemon, Instant::now());
        let wakes = connections.iter().filter_map(Connection::deadline).chain(turns.wakes()).min();
        let ready = Ready::wait(&echo, &listeners, &connections, wakes)?;
        let now = Instant::now();
        let mut active = Vec::new();
        for index in (0..connections.len()).rev() {
            if !ready.connections[index] && !connections[index].is_late(now) {
                continue;
            }
            let Some(mut connection) = connections.remove(index) else { continue };
            if matches!(connection.advance(now), Ok(true)) {
                active.push(connection);
            }
        }
        connections.extend(active);
        if ready.echo {
            echo.serve();
        }
        for listener in listeners.iter().zip(&ready.listeners).filter(|(_, ready)| **ready).map(|(l, _)| l) {
            for connection in std::iter::from_fn(|| http::accept(listener)).take(BURST) {
                if connections.len() == CONNECTIONS {
                    connections.pop_front();
                }
                connections.push_back(connection);
            }
        }
    }
}

/// Hands the signals on whose turn it is.
fn tell(turns: &mut Turns, connections: &mut VecDeque<Connection>, daemon: &Daemon, now: Instant) {
    let on_their_way: Vec<IpAddr> = connections.iter().filter(|c| c.is_told()).map(Connection::client).collect();
    let waiting: Vec<IpAddr> = connections.iter().filter(|c| c.is_waiting()).map(Connection::client).collect();
    let mut next = turns.next(&on_their_way, &waiting, now).into_iter().peekable();
    for (place, connection) in connections.iter_mut().filter(|c| c.is_waiting()).enumerate() {
        if next.next_if_eq(&place).is_some() {
            connection.tell(daemon, now);
        }
    }
}

/// What has something to do.
struct Ready {
    echo: bool,
    listeners: Vec<bool>,
    connections: Vec<bool>,
}

impl Ready {
    /// Waits until something has, or until the time comes.
    fn wait(
        echo: &Echo,
        listeners: &[TcpListener],
        connections: &VecDeque<Connection>,
        until: Option<Instant>,
    ) -> io::Result<Ready> {
        let mut fds = vec![PollFd::new(echo.fd(), PollFlags::POLLIN)];
        fds.extend(listeners.iter().map(|l| PollFd::new(l.as_fd(), PollFlags::POLLIN)));
        fds.extend(connections.iter().filter_map(Connection::awaits).map(|(fd, flags)| PollFd::new(fd, flags)));
        loop {
            match poll(&mut fds, timeout(until)) {
                Ok(_) => break,
                Err(nix::Error::EINTR) => {}
                Err(e) => return Err(e.into()),
            }
        }
        let mut ready = fds.iter().map(|fd| fd.any().unwrap_or(true));
        let mut next = || ready.next().unwrap_or(false);
        Ok(Ready {
            echo: next(),
            listeners: listeners.iter().map(|_| next()).collect(),
            connections: connections.iter().map(|c| c.awaits().is_some() && next()).collect(),
        })
    }
}

/// Milliseconds, rounded up: who wakes too early would only sleep again.
fn timeout(until: Option<Instant>) -> PollTimeout {
    let Some(until) = until else { return PollTimeout::NONE };
    let left = until.saturating_duration_since(Instant::now()) + Duration::from_micros(999);
    PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX)
}
