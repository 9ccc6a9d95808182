//! `Fn::Cidr`: a block cut into equal smaller ones.

use ipnet::IpNet;

/// Why a block cannot be cut so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CidrError {
    #[error("{text:?} is not a block such as 10.0.0.0/16 or 2001:db8::/56")]
    Block { text: String },
    #[error("the count is {count}, and 1 to 256 are possible")]
    Count { count: i64 },
    #[error("{bits} host bits are asked for, and 1 to {most} are possible")]
    Bits { bits: i64, most: u8 },
    #[error("{block} has no room for {count} blocks of {bits} host bits")]
    Room { block: IpNet, count: i64, bits: i64 },
}

/// `count` blocks in a row of `bits` host bits each, from the start of `block`.
pub fn cut(block: &str, count: i64, bits: i64) -> Result<Vec<String>, CidrError> {
    let whole: IpNet = block.trim().parse().map_err(|_| CidrError::Block { text: block.to_string() })?;
    let length = whole.max_prefix_len();
    if !(1..=256).contains(&count) {
        return Err(CidrError::Count { count });
    }
    if !(1..=i64::from(length)).contains(&bits) {
        return Err(CidrError::Bits { bits, most: length });
    }
    let prefix = length - bits as u8;
    let room = CidrError::Room { block: whole, count, bits };
    let Ok(blocks) = whole.trunc().subnets(prefix) else { return Err(room) };
    let blocks: Vec<String> = blocks.take(count as usize).map(|b| b.to_string()).collect();
    if blocks.len() < count as usize { Err(room) } else { Ok(blocks) }
}
