//! A small HTTP/1.1 server that tells each client how the connection looks from here: the client's address shows what
//! translation it went through.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    os::fd::{AsFd, BorrowedFd},
};

/// Longest request head.
const HEAD: usize = 8192;

/// A client's connection. It stays open for further requests, as HTTP/1.1 does.
pub(super) struct Connection {
    stream: TcpStream,
    client: SocketAddr,
    server: SocketAddr,
    received: Vec<u8>,
    answer: Vec<u8>,
    last: bool,
}

/// Takes a connection, if one is waiting.
pub(super) fn accept(listener: &TcpListener) -> Option<Connection> {
    let (stream, client) = listener.accept().ok()?;
    stream.set_nonblocking(true).ok()?;
    stream.set_nodelay(true).ok()?;
    let server = stream.local_addr().ok()?;
    Some(Connection { stream, client, server, received: Vec::new(), answer: Vec::new(), last: false })
}

impl Connection {
    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }

    /// Whether there is an answer that the client has not taken yet.
    pub(super) fn is_writing(&self) -> bool {
        !self.answer.is_empty()
    }

    /// Goes on as far as it can; an error or `false` ends the connection.
    pub(super) fn advance(&mut self) -> io::Result<bool> {
        if self.is_writing() {
            return self.write();
        }
        let mut chunk = [0u8; 2048];
        match self.stream.read(&mut chunk) {
            Ok(0) => return Ok(false),
            Ok(n) => self.received.extend_from_slice(&chunk[..n]),
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(true),
            Err(e) => return Err(e),
        }
        let Some(end) = self.received.windows(4).position(|w| w == b"\r\n\r\n") else {
            return Ok(self.received.len() <= HEAD);
        };
        let head = String::from_utf8_lossy(&self.received[..end]).to_ascii_lowercase();
        self.received.drain(..end + 4);
        // A body is not read, so nothing after it could be told apart.
        self.last = head.contains("connection: close")
            || head.contains("content-length:")
            || head.contains("transfer-encoding:")
            || !head.lines().next().unwrap_or_default().ends_with("http/1.1");
        let body = format!("client {}\nserver {}\n", self.client, self.server);
        let close = if self.last { "Connection: close\r\n" } else { "" };
        let without_body = head.starts_with("head ");
        self.answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n{close}\r\n{}",
            body.len(),
            if without_body { "" } else { &body }
        )
        .into_bytes();
        self.write()
    }

    fn write(&mut self) -> io::Result<bool> {
        while !self.answer.is_empty() {
            match self.stream.write(&self.answer) {
                Ok(0) => return Ok(false),
                Ok(n) => drop(self.answer.drain(..n)),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(true),
                Err(e) => return Err(e),
            }
        }
        Ok(!self.last)
    }
}
