//! Policy documents in answers: escaped as RFC 3986 has it.

use std::fmt::Write;

/// Every byte but letters, digits and `-._~` as `%XX`.
pub fn escaped(document: &str) -> String {
    let mut out = String::with_capacity(document.len() * 2);
    for byte in document.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            // Writing into a String does not fail.
            _ => drop(write!(out, "%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_but_the_plain_is_escaped() {
        assert_eq!(escaped(r#"{"a": "é*"}"#), "%7B%22a%22%3A%20%22%C3%A9%2A%22%7D");
        assert_eq!(escaped("aZ09-._~"), "aZ09-._~");
    }
}
