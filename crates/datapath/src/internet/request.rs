//! The head of an HTTP/1.1 request, as far as the internet's services look at it.

use super::answer::Answer;

/// Longest head.
const LONGEST: usize = 8192;
/// Most fields of a head.
const FIELDS: usize = 64;

/// A head that has come whole.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: String,
    /// Without its query.
    pub(super) path: String,
    pub(super) body: Body,
    /// No further request follows on the connection.
    pub(super) last: bool,
    /// The client waits for a word before it sends the body.
    pub(super) expects_word: bool,
    /// Bytes of the head.
    pub(super) head: usize,
}

/// How much of a body the head announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    Bytes(usize),
    /// In chunks: its end is not known before it has come.
    Chunked,
}

impl Request {
    /// Reads the head at the beginning of what was received.
    ///
    /// # Errors
    /// What is answered to something that is no head, or too long a one.
    pub(super) fn read(received: &[u8]) -> Result<Option<Request>, Answer> {
        let mut fields = [httparse::EMPTY_HEADER; FIELDS];
        let mut parsed = httparse::Request::new(&mut fields);
        let head = match parsed.parse(received) {
            Ok(httparse::Status::Complete(head)) if head <= LONGEST => head,
            Ok(httparse::Status::Partial) if received.len() <= LONGEST => return Ok(None),
            Ok(_) | Err(httparse::Error::TooManyHeaders) => {
                let why = format!("the head of a request has at most {LONGEST} bytes and {FIELDS} fields");
                return Err(Answer::text(431, &why));
            }
            Err(error) => return Err(Answer::text(400, &format!("this is no HTTP/1.1: {error}"))),
        };
        let (method, target) = (parsed.method.unwrap_or_default(), parsed.path.unwrap_or_default());
        let body = body(parsed.headers)?;
        let has = |name: &str, word: &str| {
            let named = parsed.headers.iter().filter(|field| field.name.eq_ignore_ascii_case(name));
            let words = |field: &&httparse::Header<'_>| {
                let mut words = field.value.split(|byte| *byte == b',');
                words.any(|said| said.trim_ascii().eq_ignore_ascii_case(word.as_bytes()))
            };
            named.into_iter().any(|field| words(&field))
        };
        Ok(Some(Request {
            method: method.to_string(),
            path: target.split_once('?').map_or(target, |(path, _)| path).to_string(),
            body,
            last: parsed.version != Some(1) || has("connection", "close"),
            expects_word: has("expect", "100-continue"),
            head,
        }))
    }
}

fn body(fields: &[httparse::Header<'_>]) -> Result<Body, Answer> {
    let named = |name: &'static str| fields.iter().filter(move |field| field.name.eq_ignore_ascii_case(name));
    if named("transfer-encoding").next().is_some() {
        return Ok(Body::Chunked);
    }
    let mut length = None;
    for field in named("content-length") {
        let said = std::str::from_utf8(field.value).ok().map(str::trim);
        let digits = said.filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()));
        // More than fits into a number is more than anything here takes.
        let bytes = digits.map(|text| text.parse().unwrap_or(usize::MAX));
        match bytes {
            Some(bytes) if length.is_none_or(|before| before == bytes) => length = Some(bytes),
            _ => return Err(Answer::text(400, "Content-Length is no number of bytes")),
        }
    }
    Ok(Body::Bytes(length.unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Option<Request>, u16> {
        Request::read(text.as_bytes()).map_err(|answer| answer.status)
    }

    #[test]
    fn a_head_is_read_once_it_is_whole() {
        let text = "PUT /a/b?c=d HTTP/1.1\r\nHost: x\r\ncontent-LENGTH: 5\r\nExpect: 100-continue\r\n\r\nhello";
        for end in 0..text.len() - 5 {
            assert_eq!(read(&text[..end]), Ok(None), "{end}");
        }
        let request = read(text).unwrap().unwrap();
        assert_eq!((request.method.as_str(), request.path.as_str(), request.body), ("PUT", "/a/b", Body::Bytes(5)));
        assert_eq!((request.last, request.expects_word, &text[request.head..]), (false, true, "hello"));
    }

    #[test]
    fn a_connection_ends_where_the_client_says_so() {
        for (text, last) in [
            ("GET / HTTP/1.1\r\n\r\n", false),
            ("GET / HTTP/1.0\r\n\r\n", true),
            ("GET / HTTP/1.1\r\nConnection: Close\r\n\r\n", true),
            ("GET / HTTP/1.1\r\nConnection: keep-alive, close\r\n\r\n", true),
            ("GET / HTTP/1.1\r\nX-Connection: close\r\n\r\n", false),
        ] {
            assert_eq!(read(text).unwrap().unwrap().last, last, "{text}");
        }
    }

    #[test]
    fn what_is_no_request_is_told_so() {
        let long = format!("GET /{} HTTP/1.1\r\n", "a".repeat(LONGEST));
        let fields = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(FIELDS + 1));
        for (text, status) in [
            ("hello there, this is no HTTP\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nContent-Length: five\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
            (long.as_str(), 431),
            (fields.as_str(), 431),
        ] {
            assert_eq!(read(text), Err(status), "{text}");
        }
        let chunked = read("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap().unwrap();
        assert_eq!(chunked.body, Body::Chunked);
        let endless = format!("PUT / HTTP/1.1\r\nContent-Length: {}\r\n\r\n", "9".repeat(40));
        assert_eq!(read(&endless).unwrap().unwrap().body, Body::Bytes(usize::MAX));
    }
}
