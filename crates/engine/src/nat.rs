//! Ports of a NAT gateway: 55,000 towards each destination, address by address (row NAT-1).
//!
//! A port is taken by an insert-if-absent of its claim, so two processors cannot take one twice. The claim names the
//! connection it was made for, and that connection names the port: a claim whose connection is gone, has idled out
//! or names another port is dead, and may be taken over on the spot under a lock. Ports go in sequence from a cursor
//! for each destination, and over the gateway's addresses in turn.

use crate::Ip;
use crate::flow::cache::settle;
use crate::lookup::Tables;
use crate::tables::*;

/// Ports that are tried before the packet is refused.
const PROBES: u32 = 32;
/// A claim this young holds although its connection is not written yet, ns.
const FRESH: u64 = 1_000_000_000;

/// What claims and connections call an address of a gateway: its last 16 bits. All of them lie in one subnet, which is
/// a /16 at most (row NET-1), and unlike its place in a list it stays what it is when the gateway's addresses change.
#[inline(always)]
pub fn suffix(address: Ip) -> u16 {
    u32::from_be(address.0[3]) as u16
}

/// The address of the gateway that has this suffix.
#[inline(always)]
pub fn address_of(gateway: &NatGateway, wanted: u16) -> Option<Ip> {
    let mut i = 0;
    while i < 8 {
        if i < gateway.count && suffix(gateway.addresses[i as usize]) == wanted {
            return Some(gateway.addresses[i as usize]);
        }
        i += 1;
    }
    None
}

/// Has the claim lost its connection? `now` by the fabric's clock.
#[inline(always)]
pub fn claim_is_dead<T: Tables>(tables: &T, key: &NatKey, claim: &NatClaim, now: u64) -> bool {
    if now.saturating_sub(claim.since) < FRESH {
        return false;
    }
    !holds(tables, key, claim, now)
}

/// The connection of the claim is alive for the gateway and names this port.
#[inline(always)]
pub fn holds<T: Tables>(tables: &T, key: &NatKey, claim: &NatClaim, now: u64) -> bool {
    let mut last = 0;
    let mut peer = ConnKey::default();
    settle(tables, &claim.origin);
    let names = tables.conn(&claim.origin, |c| {
        last = c.last;
        peer = c.peer(&claim.origin);
        c.nat == key.nat && c.nat_port == key.port && c.nat_address == key.address
    });
    if names != Some(true) {
        return false;
    }
    // What came back through this gateway keeps it alive too, wherever it went from there.
    settle(tables, &peer);
    if let Some(other) = tables.conn(&peer, |c| if c.nat != key.nat { 0 } else { c.last }) {
        last = last.max(other);
    }
    now.saturating_sub(last) < NAT_IDLE as u64 * 1_000_000_000
}

/// Takes a free port of the gateway towards the destination in `key`, and fills in port and address. False: none
/// was free among those tried.
#[inline(always)]
pub fn take_port<T: Tables>(tables: &T, key: &mut NatKey, claim: &NatClaim, gateway: &NatGateway) -> bool {
    // Not clamped to 8: the compiler would then drop the mask below, and the kernel's verifier needs to see it.
    let addresses = gateway.count;
    if addresses == 0 {
        return false;
    }
    let index = cursor(key);
    let first = tables.nat_cursor(index, 1);
    let mut i = 0;
    while i < PROBES {
        let place = first.wrapping_add(i);
        key.address = suffix(gateway.addresses[((place % addresses) & 7) as usize]);
        key.port = NAT_FIRST_PORT + (place / addresses % NAT_PORTS) as u16;
        if try_port(tables, key, claim) {
            break;
        }
        i += 1;
    }
    if i > 0 {
        tables.nat_cursor(index, if i < PROBES { i } else { PROBES - 1 });
    }
    i < PROBES
}

#[inline(never)]
fn try_port<T: Tables>(tables: &T, key: &NatKey, claim: &NatClaim) -> bool {
    tables.nat_claim_insert(key, claim) || (is_dead(tables, key, claim.since) && take_over(tables, key, claim))
}

#[inline(always)]
fn is_dead<T: Tables>(tables: &T, key: &NatKey, now: u64) -> bool {
    match tables.nat_claim(key) {
        Some(held) => claim_is_dead(tables, key, &held, now),
        None => false,
    }
}

/// Gives back the port that a connection holds at a NAT gateway, if it holds one.
#[inline(never)]
pub fn release_port_of<T: Tables>(tables: &T, origin: &ConnKey) {
    let held = tables.conn(origin, |c| (c.nat, c.nat_port, c.nat_address));
    let Some((nat, port, address)) = held else { return };
    if nat == 0 || port == 0 {
        return;
    }
    let tuple = origin.tuple();
    let key = NatKey {
        nat,
        remote: tuple.destination,
        port,
        remote_port: tuple.destination_port,
        address,
        protocol: tuple.protocol as u16,
    };
    if tables.nat_claim(&key).is_some_and(|c| c.origin == *origin) {
        tables.nat_release(&key);
    }
}

/// Dead claims are replaced under a lock, and looked at once more behind it: of two processors that saw the same
/// dead claim the second sees the first one's fresh claim.
#[inline(always)]
fn take_over<T: Tables>(tables: &T, key: &NatKey, claim: &NatClaim) -> bool {
    if !tables.nat_lock(key) {
        return false;
    }
    let taken = is_dead(tables, key, claim.since) && tables.nat_claim_replace(key, claim);
    tables.nat_unlock(key);
    taken
}

/// The place of a destination's cursor. Destinations that share one only use its ports faster.
#[inline(always)]
fn cursor(key: &NatKey) -> u32 {
    let mut h = mix(key.nat ^ ((key.remote_port as u32) << 16 | key.protocol as u32));
    for word in key.remote.0 {
        h = mix(h ^ word);
    }
    h % NAT_CURSORS
}

/// A 32-bit finalizer (Chris Wellons, "lowbias32").
#[inline(always)]
fn mix(mut h: u32) -> u32 {
    h ^= h >> 16;
    h = h.wrapping_mul(0x7feb_352d);
    h ^= h >> 15;
    h = h.wrapping_mul(0x846c_a68b);
    h ^ (h >> 16)
}
