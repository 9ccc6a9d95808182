//! The classifier.

use aya_ebpf::bindings::{__sk_buff, TC_ACT_SHOT};
use aya_ebpf::helpers::generated::{bpf_redirect, bpf_redirect_peer};
use aya_ebpf::macros::classifier;
use aya_ebpf::programs::TcContext;
use croft_engine::packet::{F_FRAGMENT, Known};
use croft_engine::tables::Tuple;
use croft_engine::{DropReason, Packet, Walk, apply, arp, forward, parse, short_way};

use crate::drops;
use crate::maps::{Maps, SCRATCH, find_ticks};
use crate::skb::Skb;

#[classifier]
pub fn croft(ctx: TcContext) -> i32 {
    let raw = ctx.skb.skb;
    let mut again = true;
    loop {
        if let Some(verdict) = known_flow(raw) {
            return verdict;
        }
        // Headers in pages of their own the short way has not seen.
        if !again || !pulled(raw) {
            return unknown(raw);
        }
        again = false;
    }
}

/// The short way. `None`: the packet must walk.
#[inline(always)]
fn known_flow(raw: *mut __sk_buff) -> Option<i32> {
    let skb = &mut Skb::new(raw);
    if skb.has_vlan_tag() {
        return None;
    }
    let known = Known::read(skb, skb.port())?;
    let segment = || Skb::new(raw).segment();
    let port = short_way(&Maps, &known, segment, |key, conn| {
        forward(skb, key, conn)?;
        Some(conn.port)
    })?;
    Some(deliver(port))
}

#[inline(never)]
fn pulled(raw: *mut __sk_buff) -> bool {
    Skb::new(raw).pull_headers()
}

/// All that has no usable flow entry. A function of its own, like those that it calls, so that what one has on the stack is gone
/// when the next needs it.
#[inline(never)]
fn unknown(raw: *mut __sk_buff) -> i32 {
    find_ticks();
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
