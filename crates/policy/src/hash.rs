//! A hash that is the same in every process and every version of Rust: identifiers in pinned tables rest on it.

/// FNV-1a of 64 bits, folded to 32. `attempt` makes another value of the same bytes when one is taken.
pub(crate) fn stable(bytes: impl IntoIterator<Item = u8>, attempt: u32) -> u32 {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    for byte in bytes.into_iter().chain(attempt.to_le_bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    // FNV's low bits mix well, its high bits less so: a final round of mixing before the fold.
    hash ^= hash >> 29;
    hash = hash.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (hash ^ (hash >> 32)) as u32
}

/// The first value of `stable(bytes, 0..)` that is not 0 and not `taken`.
pub(crate) fn free(bytes: impl IntoIterator<Item = u8> + Clone, taken: impl Fn(u32) -> bool) -> u32 {
    (0..).map(|attempt| stable(bytes.clone(), attempt)).find(|&id| id != 0 && !taken(id)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_never_changes() {
        // These values are in the pinned tables of running fabrics.
        assert_eq!(stable(*b"", 0), 2_807_339_630);
        assert_eq!(stable(*b"subnet-1", 0), 852_462_064);
        assert_eq!(stable(*b"subnet-1", 1), 3_003_225_736);
        assert_ne!(stable(*b"subnet-1", 0), stable(*b"subnet-2", 0));
        assert_ne!(stable(*b"subnet-1", 0), stable(*b"subnet-1", 1));
    }

    #[test]
    fn a_taken_identifier_is_passed_over_in_a_fixed_order() {
        let first = free(*b"sg-1/egress", |_| false);
        let second = free(*b"sg-1/egress", |id| id == first);
        assert_ne!(first, second);
        assert_eq!(second, stable(*b"sg-1/egress", 1));
    }
}
