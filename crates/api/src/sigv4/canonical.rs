//! The one form of a request that both sides hash, however it was written.

use super::{Authorization, hash, signs_like_s3};
use crate::refusal::Refusal;
use hyper::http::request::Parts;
use std::fmt::Write;

const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// The canonical request; refused where a header that must be signed is not.
pub fn canonical_request(authorization: &Authorization, parts: &Parts, body: &[u8]) -> Result<String, Refusal> {
    let plain = signs_like_s3(&authorization.service);
    let mut text = String::with_capacity(512);
    text += parts.method.as_str();
    text.push('\n');
    match plain {
        true => text += parts.uri.path(),
        false => text += &encode(&normal(parts.uri.path()), true),
    }
    text.push('\n');
    text += &canonical_query(parts.uri.query().unwrap_or_default());
    text.push('\n');
    headers(&mut text, authorization, parts)?;
    text.push('\n');
    text += &authorization.signed_headers.join(";");
    text.push('\n');
    let told = parts.headers.get("x-amz-content-sha256").and_then(|v| v.to_str().ok());
    let unsigned = plain && (told == Some(UNSIGNED) || (told.is_none() && authorization.expires.is_some()));
    match unsigned {
        true => text += UNSIGNED,
        false => text += &hash(body),
    }
    Ok(text)
}

fn headers(text: &mut String, authorization: &Authorization, parts: &Parts) -> Result<(), Refusal> {
    for name in &authorization.signed_headers {
        if name.is_empty() || !parts.headers.contains_key(name) {
            let why = format!("The header '{name}' is signed but not there.");
            return Err(Refusal::WrongSignature(why));
        }
        text.push_str(name);
        text.push(':');
        for (n, value) in parts.headers.get_all(name).iter().enumerate() {
            if n > 0 {
                text.push(',');
            }
            let value = String::from_utf8_lossy(value.as_bytes());
            for (n, word) in value.split(' ').filter(|word| !word.is_empty()).enumerate() {
                if n > 0 {
                    text.push(' ');
                }
                text.push_str(word.trim());
            }
        }
        text.push('\n');
    }
    // What says what the request is: it must be the signer who said it.
    let foreign = |name: &str| name.starts_with("x-amz-") && !authorization.signed_headers.iter().any(|h| h == name);
    match parts.headers.keys().find(|name| foreign(name.as_str())) {
        Some(name) => Err(Refusal::WrongSignature(format!(
            "There were headers present in the request which were not signed: {name}"
        ))),
        None => Ok(()),
    }
}

/// Names and values decoded, encoded in the one way, sorted; without the signature itself.
fn canonical_query(query: &str) -> String {
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (recode(name), recode(value)))
        .filter(|(name, _)| name != "X-Amz-Signature")
        .collect();
    pairs.sort();
    let mut text = String::with_capacity(query.len());
    for (n, (name, value)) in pairs.iter().enumerate() {
        if n > 0 {
            text.push('&');
        }
        // Writing to a String does not fail.
        let _ = write!(text, "{name}={value}");
    }
    text
}

/// A parameter of a query, decoded; the first of its name.
pub fn parameter(query: &str, name: &str) -> Option<String> {
    let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let decoded = |text: &str| String::from_utf8_lossy(&decode(text)).into_owned();
    pairs.into_iter().find(|(key, _)| decoded(key) == name).map(|(_, value)| decoded(value))
}

fn recode(text: &str) -> String {
    encode_bytes(&decode(text), false)
}

/// Everything but letters, digits and `-._~` as `%XX`; a path keeps its slashes.
fn encode(text: &str, path: bool) -> String {
    encode_bytes(text.as_bytes(), path)
}

fn encode_bytes(bytes: &[u8], path: bool) -> String {
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => text.push(char::from(*byte)),
            b'/' if path => text.push('/'),
            _ => {
                let _ = write!(text, "%{byte:02X}");
            }
        }
    }
    text
}

/// `%XX` and `+` as in a form; what is not well formed stays as it is.
fn decode(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text.get(at + 1..at + 3).and_then(unhex);
        match (bytes[at], hex) {
            (b'%', Some(byte)) => {
                decoded.extend(byte);
                at += 3;
            }
            (b'+', _) => {
                decoded.push(b' ');
                at += 1;
            }
            (byte, _) => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    decoded
}

/// Without empty parts, `.` and `..`; a slash at the end stays.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let end = if parts.is_empty() || !(path.ends_with('/') || path.ends_with("/.")) { "" } else { "/" };
    format!("/{}{end}", parts.join("/"))
}

pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |n: u8| char::from(DIGITS[usize::from(n & 15)]);
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(*byte));
    }
    text
}

pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    pairs.iter().map(|[high, low]| Some((digit(*high)? << 4) | digit(*low)?)).collect()
}
