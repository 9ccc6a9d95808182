//! `Fn::Cidr`: a block cut into equal smaller ones.

use ipnet::Ipv4Net;

/// Why a block cannot be cut so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CidrError {
    #[error("{text:?} is not an IPv4 block such as 10.0.0.0/16")]
    Block { text: String },
    #[error("an IPv6 block cannot be cut: IPv6 is not supported yet")]
    Ipv6,
    #[error("the count is {count}, and 1 to 256 are possible")]
    Count { count: i64 },
    #[error("{bits} host bits are asked for, and 1 to 32 are possible")]
    Bits { bits: i64 },
    #[error("{block} has no room for {count} blocks of {bits} host bits")]
    Room { block: Ipv4Net, count: i64, bits: i64 },
}

/// `count` blocks in a row of `bits` host bits each, from the start of `block`.
pub fn cut(block: &str, count: i64, bits: i64) -> Result<Vec<String>, CidrError> {
    if block.parse::<ipnet::Ipv6Net>().is_ok() {
        return Err(CidrError::Ipv6);
    }
    let whole: Ipv4Net = block.parse().map_err(|_| CidrError::Block { text: block.to_string() })?;
    if !(1..=256).contains(&count) {
        return Err(CidrError::Count { count });
    }
    if !(1..=32).contains(&bits) {
        return Err(CidrError::Bits { bits });
    }
    let prefix = 32 - bits as u8;
    let room = CidrError::Room { block: whole, count, bits };
    let Ok(blocks) = whole.trunc().subnets(prefix) else { return Err(room) };
    let blocks: Vec<String> = blocks.take(count as usize).map(|b| b.to_string()).collect();
    if blocks.len() < count as usize { Err(room) } else { Ok(blocks) }
}
