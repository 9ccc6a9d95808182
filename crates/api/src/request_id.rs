//! A request's identifier: a random UUID, as AWS gives.

use ring::rand::{SecureRandom, SystemRandom};

pub fn new(random: &SystemRandom) -> String {
    let mut bytes = [0u8; 16];
    // It fails only where the system has no randomness at all; then every identifier is the same, and nothing else.
    let _ = random.fill(&mut bytes);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let all = u128::from_be_bytes(bytes);
    let part = |from: u32, digits: u32| (all >> (128 - from * 4 - digits * 4)) & ((1 << (digits * 4)) - 1);
    format!("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", part(0, 8), part(8, 4), part(12, 4), part(16, 4), part(20, 12))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_uuid_of_version_four() {
        let random = SystemRandom::new();
        let (one, other) = (new(&random), new(&random));
        assert_ne!(one, other);
        let lengths: Vec<usize> = one.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert_eq!(one.as_bytes()[14], b'4');
    }
}
