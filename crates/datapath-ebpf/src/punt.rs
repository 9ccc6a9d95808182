//! Handing a packet to user space: a label in front, out by a port of its own, no more than the sender's share.

use aya_ebpf::helpers::generated::{bpf_redirect, bpf_skb_change_head};
use croft_engine::punt::{PUNT_BURST, PUNT_HEADER, PUNT_RATE, PuntHeader};
use croft_engine::tables::PUNT_PATIENCE;
use croft_engine::{DropReason, Packet, Tables};

use crate::maps::{Maps, PUNT, usage};
use crate::skb::Skb;

const SECOND: u64 = 1_000_000_000;

pub enum Punted {
    /// The program's verdict.
    Yes(i32),
    /// User space is not there.
    Nobody,
    /// The port has used its share.
    TooMany,
}

#[inline(always)]
pub fn punt(skb: &mut Skb, reason: DropReason) -> Punted {
    let Some(up) = PUNT.get(0) else { return Punted::Nobody };
    let now = Maps.monotonic();
    if up.port == 0 || now.saturating_sub(up.heartbeat) > PUNT_PATIENCE {
        return Punted::Nobody;
    }
    let (to, port) = (up.port, skb.port());
    if !has_credit(port, now) {
        return Punted::TooMany;
    }
    let label = PuntHeader { port, reason: reason as u32 }.to_bytes();
    if !skb.grow_head(PUNT_HEADER as u32) {
        return Punted::Nobody;
    }
    let Some(head) = skb.view_mut::<PUNT_HEADER>(0) else { return Punted::Nobody };
    *head = label;
    // SAFETY: a helper without pointers.
    Punted::Yes(unsafe { bpf_redirect(to, 0) } as i32)
}

/// One bucket a port, filled by the clock. Two processors may now and then take one token.
#[inline(always)]
fn has_credit(port: u32, now: u64) -> bool {
    let Some(usage) = usage(port) else { return false };
    // SAFETY: map memory.
    let usage = unsafe { &mut *usage };
    let since = now.saturating_sub(usage.topped_up);
    let more = if since > SECOND { PUNT_BURST } else { since * PUNT_RATE / SECOND };
    if more > 0 {
        usage.topped_up = now;
        usage.credit = if usage.credit + more > PUNT_BURST { PUNT_BURST } else { usage.credit + more };
    }
    if usage.credit == 0 {
        return false;
    }
    usage.credit -= 1;
    true
}

impl Skb {
    #[inline(always)]
    fn grow_head(&mut self, by: u32) -> bool {
        // SAFETY: the context of the program; no view is held.
        unsafe { bpf_skb_change_head(self.raw(), by, 0) == 0 }
    }
}
