//! What is answered to a signal that was put to the URL of a handle, whichever way it came.

use crate::application::SignalError;
use hyper::StatusCode;

/// Bytes of a signal.
pub const LARGEST: usize = 16 << 10;

/// Hands the body on to `tell` unless it is too large: the status and, of an error, a sentence with a line's end.
pub fn answer(body: &[u8], tell: impl FnOnce(&[u8]) -> Result<(), SignalError>) -> (StatusCode, String) {
    if body.len() > LARGEST {
        return (StatusCode::PAYLOAD_TOO_LARGE, format!("a signal has at most {LARGEST} bytes\n"));
    }
    match tell(body) {
        Ok(()) => (StatusCode::OK, String::new()),
        Err(SignalError::Unknown) => (StatusCode::FORBIDDEN, "nothing waits for signals at this URL\n".to_string()),
        Err(SignalError::Wrong(why)) => (StatusCode::BAD_REQUEST, format!("{why}\n")),
        Err(SignalError::Failed(why)) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{why}\n")),
    }
}
