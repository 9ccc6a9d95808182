//! The classifier.

use aya_ebpf::bindings::{__sk_buff, TC_ACT_SHOT, TC_ACT_UNSPEC};
use aya_ebpf::helpers::generated::{bpf_redirect, bpf_redirect_peer};
use aya_ebpf::macros::classifier;
use aya_ebpf::programs::TcContext;
use croft_engine::packet::{F_FRAGMENT, Known};
use croft_engine::tables::Tuple;
use croft_engine::{DropReason, Walk, apply, arp, forward, parse, short_way};

use crate::drops;
use crate::maps::{Maps, SCRATCH};
use crate::skb::Skb;

#[classifier]
pub fn croft(ctx: TcContext) -> i32 {
    match known(ctx.skb.skb) {
        TC_ACT_UNSPEC => unknown(ctx.skb.skb),
        verdict => verdict,
    }
}

/// The short way. `TC_ACT_UNSPEC`: the packet must walk. A function of its own, like the others here, so that its
/// frame is gone from the stack when they need it.
#[inline(never)]
fn known(raw: *mut __sk_buff) -> i32 {
    known_flow(&mut Skb::new(raw)).unwrap_or(TC_ACT_UNSPEC)
}

#[inline(always)]
fn known_flow(skb: &mut Skb) -> Option<i32> {
    if skb.has_vlan_tag() {
        return None;
    }
    let known = Known::read(skb, skb.port())?;
    let port = short_way(&Maps, &known, |conn| {
        forward(skb, &known.key, conn)?;
        Some(conn.port)
    })?;
    Some(deliver(port))
}

/// All that has no usable flow entry.
#[inline(never)]
fn unknown(raw: *mut __sk_buff) -> i32 {
    // Headers in pages of their own the short way has not seen.
    if Skb::new(raw).pull_headers() {
        let verdict = known(raw);
        if verdict != TC_ACT_UNSPEC {
            return verdict;
        }
    }
    let Some(scratch) = SCRATCH.get_ptr_mut(0) else { return TC_ACT_SHOT };
    // SAFETY: per-CPU memory, and programs of one processor do not interrupt each other here.
    let walk = unsafe { &mut *scratch };
    walk.reason = 0;
    walk.gate = 0;
    match carry(raw, walk) {
        Ok(verdict) => verdict,
        Err(reason) => {
            walk.reason = reason as u32;
            drops::refused(raw, walk, reason)
        }
    }
}

#[inline(always)]
fn carry(raw: *mut __sk_buff, walk: &mut Walk) -> Result<i32, DropReason> {
    let mut skb = Skb::new(raw);
    match read(raw, walk) {
        Ok(()) => {}
        Err(DropReason::Arp) => {
            let port = skb.port();
            arp::answer(&Maps, &mut skb, port)?;
            // SAFETY: a helper without pointers.
            return Ok(unsafe { bpf_redirect(skb.port(), 0) } as i32);
        }
        Err(reason) => return Err(reason),
    }
    walk.judge_came(&Maps, skb.port())?;
    write(raw, walk)?;
    Ok(deliver(walk.action.port))
}

/// The packet is read again: what the short way knows of it is gone, and so the verifier meets the walk in one state
/// only.
#[inline(never)]
fn read(raw: *mut __sk_buff, walk: &mut Walk) -> Result<(), DropReason> {
    let skb = Skb::new(raw);
    walk.came.flags = 0;
    walk.came.tuple = Tuple::default();
    if skb.has_vlan_tag() {
        return Err(DropReason::NotIp);
    }
    walk.came = parse(&skb)?;
    if walk.came.is(F_FRAGMENT) { Err(DropReason::Fragment) } else { Ok(()) }
}

#[inline(never)]
fn write(raw: *mut __sk_buff, walk: &Walk) -> Result<(), DropReason> {
    let mut skb = Skb::new(raw);
    apply(&mut skb, &walk.came, &walk.action, walk.source_address()).ok_or(DropReason::Malformed)
}

/// Into the namespace at the other end of the port.
#[inline(always)]
fn deliver(port: u32) -> i32 {
    // SAFETY: a helper without pointers.
    unsafe { bpf_redirect_peer(port, 0) as i32 }
}
