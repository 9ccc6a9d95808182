//! HTTP/1.1 as far as the server speaks it: bodies have a length.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The text of the first XML element of a name.
    pub fn text(&self, element: &str) -> Option<&str> {
        self.texts(element).into_iter().next()
    }

    /// The texts of all XML elements of a name that hold nothing but text.
    pub fn texts(&self, element: &str) -> Vec<&str> {
        let (open, close) = (format!("<{element}>"), format!("</{element}>"));
        let parts = self.body.split(open.as_str()).skip(1);
        parts.filter_map(|part| part.split_once(close.as_str()).map(|(text, _)| text)).collect()
    }

    /// The error's code; none of a success.
    pub fn code(&self) -> Option<&str> {
        if self.status < 300 { None } else { self.text("Code") }
    }
}

/// Sends a request and reads its answer; also whether the connection may be used again.
pub fn exchange(
    stream: &mut BufReader<TcpStream>,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<(Answer, bool)> {
    let mut request = format!("{method} {target} HTTP/1.1\r\n");
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    request += &format!("content-length: {}\r\n\r\n", body.len());
    let mut request = request.into_bytes();
    request.extend_from_slice(body);
    // A server that refuses a large body answers before it has all come.
    let sent = stream.get_ref().write_all(&request);
    let read = read(stream);
    match (sent, read) {
        (_, Ok(answer)) => Ok(answer),
        (Err(error), Err(_)) => Err(error),
        (Ok(()), Err(error)) => Err(error),
    }
}

fn read(stream: &mut BufReader<TcpStream>) -> io::Result<(Answer, bool)> {
    let bad = |what: &str| io::Error::new(io::ErrorKind::InvalidData, format!("not HTTP: {what}"));
    let line = |stream: &mut BufReader<TcpStream>| {
        let mut line = String::new();
        match stream.read_line(&mut line)? {
            0 => Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
            _ => Ok(line.trim_end().to_string()),
        }
    };
    let first = line(stream)?;
    let status = first.split(' ').nth(1).and_then(|s| s.parse().ok()).ok_or_else(|| bad(&first))?;
    let mut headers = Vec::new();
    loop {
        let header = line(stream)?;
        if header.is_empty() {
            break;
        }
        let (name, value) = header.split_once(':').ok_or_else(|| bad(&header))?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_string()));
    }
    let find = |name: &str| headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    let length: usize = find("content-length").and_then(|l| l.parse().ok()).ok_or_else(|| bad("no length"))?;
    let keep = find("connection") != Some("close");
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    let body = String::from_utf8(body).map_err(|_| bad("a body that is not text"))?;
    Ok((Answer { status, headers, body }, keep))
}
