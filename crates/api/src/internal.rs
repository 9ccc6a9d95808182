//! Croft's own pages under `/_croft/`: health, metrics, reset, and the URLs of handles that stacks wait for.

use crate::application::{Application, ResetError};
use crate::exchange::Exchange;
use crate::signal;
use croft_model::credential::Secret;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};

/// What a write under `/_croft/` brings its token in.
pub const TOKEN_HEADER: &str = "x-croft-token";

/// A handle's secret follows. Whoever knows it needs no signature.
const SIGNALS: &str = "/_croft/signals/";

pub(crate) fn answer<A: Application>(exchange: &Exchange<A>, parts: &Parts, body: &[u8]) -> Response<Full<Bytes>> {
    if let Some(key) = parts.uri.path().strip_prefix(SIGNALS) {
        return match parts.method {
            Method::PUT => signal(exchange, key, body),
            _ => not_allowed("PUT"),
        };
    }
    match (&parts.method, parts.uri.path()) {
        (&Method::GET, "/_croft/health") => {
            let mut health = exchange.application.health();
            health["status"] = "running".into();
            page(StatusCode::OK, "application/json", health.to_string())
        }
        (&Method::GET, "/_croft/metrics") => {
            let mut text = String::new();
            exchange.metrics.write(&mut text);
            exchange.application.metrics(&mut text);
            page(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", text)
        }
        (&Method::POST, "/_croft/reset") => reset(exchange, parts),
        (_, "/_croft/health" | "/_croft/metrics") => not_allowed("GET"),
        (_, "/_croft/reset") => not_allowed("POST"),
        _ => plain(StatusCode::NOT_FOUND, "there is /_croft/health, /_croft/metrics and /_croft/reset"),
    }
}

fn signal<A: Application>(exchange: &Exchange<A>, key: &str, body: &[u8]) -> Response<Full<Bytes>> {
    let (status, text) = signal::answer(body, |body| exchange.application.signal(key, body));
    page(status, "text/plain; charset=utf-8", text)
}

fn reset<A: Application>(exchange: &Exchange<A>, parts: &Parts) -> Response<Full<Bytes>> {
    if !has_token(parts, exchange.token.as_ref()) {
        let why = format!("{TOKEN_HEADER} is missing or wrong: it is in the file api-token of the state directory");
        return plain(StatusCode::FORBIDDEN, &why);
    }
    match exchange.application.reset() {
        Ok(()) => page(StatusCode::OK, "application/json", "{}".to_string()),
        Err(ResetError::NotEphemeral) => {
            plain(StatusCode::CONFLICT, "this state is kept: only a server started with --ephemeral is reset")
        }
        Err(ResetError::Failed(why)) => plain(StatusCode::INTERNAL_SERVER_ERROR, &why),
    }
}

fn has_token(parts: &Parts, wanted: Option<&Secret>) -> bool {
    let Some(wanted) = wanted else { return true };
    let brought = parts.headers.get(TOKEN_HEADER).map_or(&b""[..], |value| value.as_bytes());
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"token");
    // Compared in a time that says nothing of where they differ.
    ring::hmac::verify(&key, brought, ring::hmac::sign(&key, wanted.reveal().as_bytes()).as_ref()).is_ok()
}

fn not_allowed(method: &'static str) -> Response<Full<Bytes>> {
    let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, method);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(method));
    response
}

/// A sentence, with a line's end.
pub(crate) fn plain(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    page(status, "text/plain; charset=utf-8", format!("{text}\n"))
}

fn page(status: StatusCode, content_type: &'static str, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
