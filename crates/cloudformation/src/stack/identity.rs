//! Identifiers of stacks and generated names: from what is known, so that the same run gives the same names.

use croft_control::Cloud;
use croft_model::Scope;

/// 128 bits that depend on texts and a number (FNV-1a). Not for secrets.
pub fn bits(texts: &[&str], number: u64) -> u128 {
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    let numbers = number.to_be_bytes();
    let bytes = texts.iter().flat_map(|t| t.bytes().chain([0])).chain(numbers);
    for byte in bytes {
        hash = (hash ^ u128::from(byte)).wrapping_mul(PRIME);
    }
    hash ^ hash.rotate_left(61).wrapping_mul(PRIME)
}

/// In the form of a UUID.
pub fn uuid(texts: &[&str], number: u64) -> String {
    let hex = format!("{:032x}", bits(texts, number));
    let (a, b, c, d, e) = (&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]);
    format!("{a}-{b}-{c}-{d}-{e}")
}

/// What ends the identifier of a new stack.
pub fn unique(cloud: &Cloud, scope: &Scope, name: &str, now: u64) -> String {
    uuid(&[&scope.to_string(), name, &now.to_string()], cloud.version)
}

/// Does AWS take this as the name of a stack?
pub fn is_stack_name(name: &str) -> bool {
    name.len() <= 128
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}
