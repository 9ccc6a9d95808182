//! One number for the layout of all tables, so that pinned maps of another layout are refused, never misread.

use core::mem::size_of;

use crate::tables::*;

/// Raise it when a field changes its meaning without changing a size.
const REVISION: u64 = 6;

const SIZES: [usize; 35] = [
    size_of::<Tuple>(),
    size_of::<ConnKey>(),
    size_of::<Action>(),
    size_of::<Conn>(),
    size_of::<FlowSlot>(),
    size_of::<Clock>(),
    size_of::<Interface>(),
    size_of::<Subnet>(),
    size_of::<NatGateway>(),
    size_of::<Uplink>(),
    size_of::<VpcAddress>(),
    size_of::<Owner>(),
    size_of::<Public>(),
    size_of::<Private>(),
    size_of::<RouteKey>(),
    size_of::<Route>(),
    size_of::<ClassKey>(),
    size_of::<Class>(),
    size_of::<Span>(),
    size_of::<MemberKey>(),
    size_of::<RuleKey>(),
    size_of::<Verdict>(),
    size_of::<NatKey>(),
    size_of::<NatClaim>(),
    size_of::<ReclaimHand>(),
    size_of::<DropKey>(),
    size_of::<DropCount>(),
    size_of::<DropEvent>(),
    size_of::<Usage>(),
    size_of::<Punt>(),
    crate::flow::cache::CACHED_FROM as usize,
    NAT_CURSORS as usize,
    NAT_FIRST_PORT as usize,
    NAT_PORTS as usize,
    crate::drop_reason::REASONS as usize,
];

/// The layout of the tables as a number (FNV-1a over the sizes and the revision).
pub const LAYOUT: u64 = {
    let mut hash = 0xcbf2_9ce4_8422_2325 ^ REVISION;
    let mut i = 0;
    while i < SIZES.len() {
        hash = (hash ^ SIZES[i] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        i += 1;
    }
    hash
};
