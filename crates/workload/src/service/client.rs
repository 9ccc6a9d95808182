//! TCP, UDP and HTTP from inside, with a deadline over the whole exchange.

use super::{Failure, url::Url};
use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream, ToSocketAddrs, UdpSocket},
    time::{Duration, Instant},
};

/// Bytes of head and body together that are taken of an answer.
const ANSWER_MAXIMUM: u64 = 1 << 20;

/// When an exchange must be over.
#[derive(Clone, Copy)]
pub(super) struct Deadline(Instant);

impl Deadline {
    pub(super) fn after(timeout: Duration) -> Self {
        Self(Instant::now() + timeout)
    }

    /// What is left; an error once nothing is, since zero means "for ever" to a socket.
    pub(super) fn left(self) -> io::Result<Duration> {
        match self.0.checked_duration_since(Instant::now()) {
            Some(left) if !left.is_zero() => Ok(left),
            _ => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

/// An answer to a GET.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

/// Connects to the first address of `host` that answers.
pub(super) fn connect(host: &str, port: u16, deadline: Deadline) -> Result<TcpStream, Failure> {
    let mut last = None;
    for address in resolve(host, port)? {
        match deadline.left().and_then(|left| TcpStream::connect_timeout(&address, left)) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = Some(Failure::of(&error, format!("{host} ({address})"))),
        }
    }
    Err(last.unwrap_or_else(|| Failure::Unresolved { host: host.into(), reason: "it has no address".into() }))
}

/// Sends one datagram and waits for one from the same address.
pub(super) fn udp(host: &str, port: u16, bytes: &[u8], timeout: Duration) -> Result<Vec<u8>, Failure> {
    let deadline = Deadline::after(timeout);
    let address = resolve(host, port)?.into_iter().next();
    let address =
        address.ok_or_else(|| Failure::Unresolved { host: host.into(), reason: "it has no address".into() })?;
    let exchange = || {
        let local: SocketAddr = if address.is_ipv4() { ([0; 4], 0).into() } else { ([0u16; 8], 0).into() };
        let socket = UdpSocket::bind(local)?;
        socket.connect(address)?;
        socket.send(bytes)?;
        socket.set_read_timeout(Some(deadline.left()?))?;
        let mut buffer = vec![0; 65_536];
        let length = socket.recv(&mut buffer)?;
        buffer.truncate(length);
        Ok(buffer)
    };
    exchange().map_err(|error: io::Error| Failure::of(&error, format!("{host} ({address})")))
}

/// Fetches `url`.
pub(super) fn get(url: &Url, timeout: Duration) -> Result<Answer, Failure> {
    let deadline = Deadline::after(timeout);
    let stream = connect(&url.host, url.port, deadline)?;
    let text = exchange(&stream, url, deadline).map_err(|error| Failure::of(&error, url.to_string()))?;
    parse(&text).ok_or_else(|| Failure::Broken {
        target: url.to_string(),
        reason: "the answer is not plain HTTP/1.1 of known length".into(),
    })
}

fn exchange(mut stream: &TcpStream, url: &Url, deadline: Deadline) -> io::Result<Vec<u8>> {
    let request = format!("GET {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", url.path, url.host);
    stream.set_write_timeout(Some(deadline.left()?))?;
    stream.write_all(request.as_bytes())?;
    let (mut text, mut buffer) = (Vec::new(), [0; 8192]);
    while (text.len() as u64) < ANSWER_MAXIMUM && !is_complete(&text) {
        stream.set_read_timeout(Some(deadline.left()?))?;
        match stream.read(&mut buffer)? {
            0 => break,
            length => text.extend_from_slice(buffer.get(..length).unwrap_or_default()),
        }
    }
    Ok(text)
}

/// Head and body of an answer as far as it has come: the head's text, the length it announces, the body.
fn split(text: &[u8]) -> Option<(&str, Option<usize>, &[u8])> {
    let end = text.windows(4).position(|four| four == b"\r\n\r\n")?;
    let (head, body) = (std::str::from_utf8(text.get(..end)?).ok()?, text.get(end + 4..)?);
    let length = head.lines().skip(1).find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    Some((head, length, body))
}

fn is_complete(text: &[u8]) -> bool {
    split(text).is_some_and(|(_, length, body)| length.is_some_and(|length| body.len() >= length))
}

fn parse(text: &[u8]) -> Option<Answer> {
    let (head, length, body) = split(text)?;
    let status = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    let chunked = head.to_ascii_lowercase().contains("transfer-encoding:");
    let body = match length {
        Some(length) => body.get(..length)?,
        None => body,
    };
    (!chunked).then(|| Answer { status, body: body.to_vec() })
}

fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, Failure> {
    match (host, port).to_socket_addrs() {
        Ok(addresses) => Ok(addresses.collect()),
        Err(error) => Err(Failure::Unresolved { host: host.into(), reason: error.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_or_none() {
        let answer = |text: &str| parse(text.as_bytes()).map(|answer| (answer.status, answer.body));
        assert_eq!(answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhix"), Some((200, b"hi".to_vec())));
        assert_eq!(answer("HTTP/1.0 404 No\r\n\r\nall of it"), Some((404, b"all of it".to_vec())));
        assert_eq!(answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut"), None);
        assert_eq!(answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), None);
        assert_eq!(answer("SSH-2.0-x\r\n\r\n"), None);
    }
}
