//! Identifiers of stacks and generated names: from what is known, so that the same run gives the same names.

use croft_control::Cloud;

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

/// The identifier of a new stack, an ARN that ends in a UUID.
pub fn stack_id(cloud: &Cloud, name: &str, now: u64) -> String {
    let (account, region) = (&cloud.home.account, &cloud.home.region);
    let bits = bits(&[region.as_str(), account.as_str(), name, &now.to_string()], cloud.version);
    let hex = format!("{bits:032x}");
    let (a, b, c, d, e) = (&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]);
    format!("arn:aws:cloudformation:{region}:{account}:stack/{name}/{a}-{b}-{c}-{d}-{e}")
}

/// Does AWS take this as the name of a stack?
pub fn is_stack_name(name: &str) -> bool {
    name.len() <= 128
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}
