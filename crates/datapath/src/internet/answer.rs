//! An HTTP/1.1 answer of plain text.

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) text: String,
    /// Of a wrong method: the right one.
    pub(super) allow: Option<&'static str>,
}

impl Answer {
    /// A sentence.
    pub(super) fn text(status: u16, sentence: &str) -> Answer {
        Answer { status, text: format!("{sentence}\n"), allow: None }
    }

    /// As it is sent. `last`: the connection ends with it.
    pub(super) fn encode(&self, last: bool, with_text: bool) -> Vec<u8> {
        let reason = match self.status {
            200 => "OK",
            400 => "Bad Request",
            403 => "Forbidden",
            404 => "Not Found",
            405 => "Method Not Allowed",
            411 => "Length Required",
            413 => "Payload Too Large",
            431 => "Request Header Fields Too Large",
            500 => "Internal Server Error",
            503 => "Service Unavailable",
            // It may be empty (RFC 9112, section 4).
            _ => "",
        };
        let allow = self.allow.map(|method| format!("Allow: {method}\r\n")).unwrap_or_default();
        format!(
            "HTTP/1.1 {} {reason}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n{allow}{}\r\n{}",
            self.status,
            self.text.len(),
            if last { "Connection: close\r\n" } else { "" },
            if with_text { &self.text } else { "" }
        )
        .into_bytes()
    }
}
