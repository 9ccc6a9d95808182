//! The loop of the process that serves the internet: one thread, a bounded number of connections.

use std::{collections::VecDeque, io, net::TcpListener, os::fd::AsFd};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::{
    echo::Echo,
    http::{self, Connection},
};

/// TCP ports with the HTTP answer.
const HTTP_PORTS: [u16; 2] = [80, 443];

/// Connections at a time; one more ends the one that has been quiet longest.
const CONNECTIONS: usize = 768;

/// Serves the internet until killed: TCP 80 and 443 with an HTTP/1.1 answer of `client ADDRESS:PORT` and `server
/// ADDRESS:PORT`, UDP echo on 7, on every local address. To be run inside the internet's namespace, by the command line
/// in [`crate::FabricOptions::services`].
pub fn internet_services() -> ! {
    let error = match serve() {
        Ok(never) => match never {},
        Err(e) => e,
    };
    eprintln!("the internet's services end: {error}");
    std::process::exit(1);
}

pub(super) fn serve() -> io::Result<std::convert::Infallible> {
    let mut echo = Echo::bind()?;
    let mut listeners = Vec::new();
    for port in HTTP_PORTS {
        let listener = TcpListener::bind(("0.0.0.0", port))?;
        listener.set_nonblocking(true)?;
        listeners.push(listener);
    }
    // The one that was active last is at the back.
    let mut connections: VecDeque<Connection> = VecDeque::new();
    loop {
        let ready = wait(&echo, &listeners, &connections)?;
        let (fixed, of_connections) = ready.split_at(1 + listeners.len());
        let mut active = Vec::new();
        for index in (0..connections.len()).rev().filter(|i| of_connections[*i]) {
            let Some(mut connection) = connections.remove(index) else { continue };
            if matches!(connection.advance(), Ok(true)) {
                active.push(connection);
            }
        }
        connections.extend(active);
        if fixed[0] {
            echo.serve();
        }
        for listener in listeners.iter().zip(&fixed[1..]).filter(|(_, ready)| **ready).map(|(l, _)| l) {
            while let Some(connection) = http::accept(listener) {
                if connections.len() == CONNECTIONS {
                    connections.pop_front();
                }
                connections.push_back(connection);
            }
        }
    }
}

/// Which of echo, listeners and connections have something to do.
fn wait(echo: &Echo, listeners: &[TcpListener], connections: &VecDeque<Connection>) -> io::Result<Vec<bool>> {
    let mut fds = vec![PollFd::new(echo.fd(), PollFlags::POLLIN)];
    fds.extend(listeners.iter().map(|l| PollFd::new(l.as_fd(), PollFlags::POLLIN)));
    fds.extend(
        connections
            .iter()
            .map(|c| PollFd::new(c.fd(), if c.is_writing() { PollFlags::POLLOUT } else { PollFlags::POLLIN })),
    );
    loop {
        match poll(&mut fds, PollTimeout::NONE) {
            Ok(_) => break,
            Err(nix::Error::EINTR) => {}
            Err(e) => return Err(e.into()),
        }
    }
    Ok(fds.iter().map(|f| f.any().unwrap_or(true)).collect())
}
