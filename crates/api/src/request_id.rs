//! A request's identifier: a random UUID, as AWS gives.

use crate::sigv4::hex;
use ring::rand::{SecureRandom, SystemRandom};
use std::sync::{Mutex, PoisonError};

/// Of one identifier.
const BYTES: usize = 16;
/// The system is asked for the bytes of so many at a time.
const AT_A_TIME: usize = 64;

/// Gives identifiers.
pub struct RequestIds {
    random: SystemRandom,
    /// What was asked for and not given yet.
    bytes: Mutex<Vec<u8>>,
}

impl RequestIds {
    pub fn new() -> RequestIds {
        RequestIds { random: SystemRandom::new(), bytes: Mutex::default() }
    }

    pub fn next(&self) -> String {
        let mut bytes = self.take();
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let mut text = hex(&bytes);
        // From the last on, so that the others stay where they are.
        [20, 16, 12, 8].into_iter().for_each(|at| text.insert(at, '-'));
        text
    }

    fn take(&self) -> [u8; BYTES] {
        let mut bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        if bytes.len() < BYTES {
            bytes.resize(BYTES * AT_A_TIME, 0);
            // It fails only where the system has no randomness at all; then identifiers come again, and nothing else.
            let _ = self.random.fill(&mut bytes);
        }
        let mut taken = [0; BYTES];
        let rest = bytes.len() - BYTES;
        taken.copy_from_slice(&bytes[rest..]);
        bytes.truncate(rest);
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn it_is_a_uuid_of_version_four() {
        let one = RequestIds::new().next();
        let lengths: Vec<usize> = one.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert_eq!(one.as_bytes()[14], b'4');
        assert!(matches!(one.as_bytes()[19], b'8' | b'9' | b'a' | b'b'), "{one}");
        assert!(one.bytes().all(|b| b == b'-' || b.is_ascii_digit() || (b'a'..=b'f').contains(&b)), "{one}");
    }

    #[test]
    fn none_comes_twice() {
        let ids = RequestIds::new();
        let all: BTreeSet<String> = (0..AT_A_TIME * 3).map(|_| ids.next()).collect();
        assert_eq!(all.len(), AT_A_TIME * 3);
    }
}
