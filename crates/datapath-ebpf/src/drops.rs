//! What becomes of a refused packet: counted, told, and where user space can do something about it, handed up.

use aya_ebpf::bindings::{__sk_buff, BPF_ANY, TC_ACT_SHOT};
use croft_engine::packet::F_DONT_FRAGMENT;
use croft_engine::punt::Handling;
use croft_engine::tables::{DropCount, DropEvent, DropKey};
use croft_engine::{DropReason, Tables, Walk};

use crate::maps::{DROPS, EVENTS, Maps};
use crate::punt::{Punted, punt};
use crate::skb::Skb;

#[inline(never)]
pub fn refused(raw: *mut __sk_buff, walk: &Walk, reason: DropReason) -> i32 {
    let mut skb = Skb::new(raw);
    match reason.handling(walk.came.is(F_DONT_FRAGMENT)) {
        Handling::Drop => count(&skb, walk, reason),
        // Counted before the packet grows by its label.
        Handling::Answer => {
            count(&skb, walk, reason);
            if let Punted::Yes(verdict) = punt(&mut skb, reason) {
                return verdict;
            }
        }
        Handling::Carry => match punt(&mut skb, reason) {
            Punted::Yes(verdict) => return verdict,
            Punted::Nobody => count(&skb, walk, reason),
            Punted::TooMany => count(&skb, walk, DropReason::RateLimited),
        },
    }
    TC_ACT_SHOT
}

#[inline(always)]
fn count(skb: &Skb, walk: &Walk, reason: DropReason) {
    use croft_engine::Packet;
    let length = skb.frame_length();
    let key = DropKey { reason: reason as u32, node: walk.gate, port: skb.port() };
    match DROPS.get_ptr_mut(&key) {
        Some(counter) => {
            // SAFETY: this processor's own counter.
            let counter = unsafe { &mut *counter };
            counter.packets += 1;
            counter.bytes += length as u64;
        }
        None => {
            let first = DropCount { packets: 1, bytes: length as u64 };
            let _ = DROPS.insert(&key, &first, BPF_ANY as u64);
        }
    }
    let Some(mut event) = EVENTS.reserve::<DropEvent>(0) else { return };
    let time = Maps.monotonic().wrapping_add(Maps.clock().map_or(0, |c| c.offset));
    let tuple = walk.came.tuple;
    event.write(DropEvent { time, key, length, tuple });
    event.submit(0);
}
