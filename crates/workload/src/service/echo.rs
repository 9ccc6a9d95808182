//! Services that send back what they get.

use super::Failure;
use std::{
    io::{Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

/// Connections at one time; one more is closed.
const AT_ONCE: usize = 64;
static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// Echoes on TCP until the process is ended. A connection stays as long as the client keeps it.
pub(super) fn tcp(port: u16) -> Result<(), Failure> {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port))
        .map_err(|error| Failure::Listen { port, reason: error.to_string() })?;
    loop {
        let Ok((stream, _)) = listener.accept() else {
            thread::sleep(Duration::from_millis(100)); // Out of descriptors: others must end first.
            continue;
        };
        if RUNNING.fetch_add(1, Ordering::AcqRel) >= AT_ONCE {
            RUNNING.fetch_sub(1, Ordering::AcqRel);
            continue;
        }
        let spawned = thread::Builder::new().spawn(move || {
            echo(stream);
            RUNNING.fetch_sub(1, Ordering::AcqRel);
        });
        if spawned.is_err() {
            RUNNING.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

fn echo(mut stream: TcpStream) {
    let mut buffer = vec![0; 16 << 10];
    while let Ok(length @ 1..) = stream.read(&mut buffer) {
        if stream.write_all(buffer.get(..length).unwrap_or_default()).is_err() {
            return;
        }
    }
}

/// Echoes on UDP until the process is ended.
pub(super) fn udp(port: u16) -> Result<(), Failure> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, port))
        .map_err(|error| Failure::Listen { port, reason: error.to_string() })?;
    let mut buffer = vec![0; 65_536];
    loop {
        // Errors are those of earlier answers (a client that is gone) and concern nobody else.
        if let Ok((length, client)) = socket.recv_from(&mut buffer) {
            let _ = socket.send_to(buffer.get(..length).unwrap_or_default(), client);
        }
    }
}
