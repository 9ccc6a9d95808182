//! A client of AWS's API that signs for itself: for tests and benchmarks, never shipped.
//!
//! It shares no code with the server, so that the two check each other. One connection, kept; one request at a time.
#![forbid(unsafe_code)]

mod http;
mod sign;

pub use http::Answer;
pub use sign::{Signing, query_encode};

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// For a connection, and for each part of an answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A client of one account in one region.
#[derive(Debug)]
pub struct Client {
    pub address: SocketAddr,
    pub key: String,
    pub secret: String,
    pub region: String,
    /// Of a session.
    pub token: Option<String>,
    stream: Option<io::BufReader<TcpStream>>,
}

impl Clone for Client {
    /// With a connection of its own.
    fn clone(&self) -> Client {
        Client { token: self.token.clone(), ..Client::new(self.address, &self.key, &self.secret, &self.region) }
    }
}

impl Client {
    pub fn new(address: SocketAddr, key: &str, secret: &str, region: &str) -> Client {
        let [key, secret, region] = [key, secret, region].map(str::to_string);
        Client { address, key, secret, region, token: None, stream: None }
    }

    /// Calls an operation of EC2.
    pub fn ec2(&mut self, action: &str, parameters: &[(&str, &str)]) -> io::Result<Answer> {
        self.form("ec2", "2016-11-15", action, parameters)
    }

    /// Calls an operation of a service whose requests are forms.
    pub fn form(
        &mut self,
        service: &str,
        version: &str,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> io::Result<Answer> {
        let mut body = format!("Action={action}&Version={version}");
        for (name, value) in parameters {
            body += &format!("&{}={}", query_encode(name), query_encode(value));
        }
        let typed = ("content-type", "application/x-www-form-urlencoded; charset=utf-8");
        let headers = self.signed(service, "POST", "/", &[typed], body.as_bytes(), now());
        let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        self.send("POST", "/", &headers, body.as_bytes())
    }

    /// The headers of a request signed at a time, in seconds since 1970: those given, and what signing adds.
    pub fn signed(
        &self,
        service: &str,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
        time: u64,
    ) -> Vec<(String, String)> {
        let mut headers: Vec<(String, String)> =
            headers.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        headers.push(("host".to_string(), self.address.to_string()));
        headers.push(("x-amz-date".to_string(), sign::date_time(time)));
        if let Some(token) = &self.token {
            headers.push(("x-amz-security-token".to_string(), token.clone()));
        }
        let signing = Signing { key: &self.key, secret: &self.secret, region: &self.region, service, time };
        let authorization = signing.header(method, target, &headers, body);
        headers.push(("authorization".to_string(), authorization));
        headers
    }

    /// Sends a request as it is given. A connection that the server has closed in between is opened again, once.
    pub fn send(&mut self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> io::Result<Answer> {
        let kept = self.stream.take();
        let fresh = kept.is_none();
        let mut stream = match kept {
            Some(stream) => stream,
            None => self.connect()?,
        };
        if !fresh && is_over(stream.get_ref()) {
            stream = self.connect()?;
        }
        let (answer, keep) = http::exchange(&mut stream, method, target, headers, body)?;
        self.stream = keep.then_some(stream);
        Ok(answer)
    }

    fn connect(&self) -> io::Result<io::BufReader<TcpStream>> {
        let stream = TcpStream::connect_timeout(&self.address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(io::BufReader::new(stream))
    }
}

/// Has the other side closed it?
fn is_over(stream: &TcpStream) -> bool {
    let peeked = stream.set_nonblocking(true).and_then(|()| stream.peek(&mut [0]));
    let over = !matches!(&peeked, Err(e) if e.kind() == io::ErrorKind::WouldBlock);
    over || stream.set_nonblocking(false).is_err()
}

/// Seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())
}
