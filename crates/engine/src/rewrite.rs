//! Applying an action to the bytes of a packet: MACs, time to live, and under translation addresses, ports and
//! checksums, those of the packet inside an ICMP error too.

use crate::packet::*;
use crate::tables::*;
use crate::{Ip, Packet, Parsed};

/// `source` is the address that the IP header shall bear: the action's, but for an ICMP error of a router.
/// `None`: the packet is shorter than it was when it was parsed.
#[inline(always)]
pub fn apply<P: Packet + ?Sized>(packet: &mut P, came: &Parsed, action: &Action, source: Ip) -> Option<()> {
    if action.flags & ACT_TRANSLATE != 0 {
        if came.is(F_ERROR) {
            translate_inner(packet, came.length, &came.tuple, &action.tuple)?;
        } else if !came.is(F_LATER) {
            translate_ports(packet, &came.tuple, &action.tuple)?;
        }
    }
    if action.flags & ACT_TRANSLATE == 0 && action.ttl_cost == 0 {
        return macs(packet, &action.destination_mac, &action.source_mac);
    }
    let (source, destination) = (source.v4_wire(), action.tuple.destination.v4_wire());
    ip_header(packet, action.ttl_cost, source, destination)?;
    macs(packet, &action.destination_mac, &action.source_mac)
}

/// The same for a packet of the short way, which was found under `key`. `None`, too: its time to live ends on the way.
#[inline(always)]
pub fn forward<P: Packet + ?Sized>(packet: &mut P, key: &ConnKey, conn: &Conn) -> Option<()> {
    if conn.change != 0 {
        through_gateways(packet, key, conn)?;
    }
    let h = packet.view_mut::<12>(0)?;
    P::store64::<0, _>(h, conn.macs);
    P::store32::<8, _>(h, conn.macs_end);
    Some(())
}

/// Does a time to live survive this?
#[inline(always)]
pub(crate) fn lasts(ttl: u8, ttl_cost: u8) -> bool {
    ttl_cost == 0 || ttl > ttl_cost
}

/// What changes where the way leads through a gateway. Apart, so that the way within a VPC is all in one place.
#[inline(never)]
fn through_gateways<P: Packet + ?Sized>(packet: &mut P, key: &ConnKey, conn: &Conn) -> Option<()> {
    let ttl = packet.view::<34>(0)?[22];
    if !lasts(ttl, conn.ttl_cost()) {
        return None;
    }
    if conn.translates() {
        translate_ports(packet, &key.tuple(), &conn.ends().tuple(key.protocol()))?;
    }
    ip_header(packet, conn.ttl_cost(), conn.source, conn.destination)
}

#[inline(always)]
fn macs<P: Packet + ?Sized>(packet: &mut P, destination: &[u8; 6], source: &[u8; 6]) -> Option<()> {
    let h = packet.view_mut::<12>(0)?;
    h[..6].copy_from_slice(destination);
    h[6..].copy_from_slice(source);
    Some(())
}

/// Time to live and addresses, these as they stand in the header.
#[inline(always)]
fn ip_header<P: Packet + ?Sized>(packet: &mut P, ttl_cost: u8, source: u32, destination: u32) -> Option<()> {
    let h = packet.view_mut::<34>(0)?;
    let (ttl, from, to) = (h[22], P::load32::<26, _>(h), P::load32::<30, _>(h));
    let left = ttl.saturating_sub(ttl_cost);
    let mut d = difference(from, source) + difference(to, destination);
    d += difference(u16::from_ne_bytes([ttl, 0]) as u32, u16::from_ne_bytes([left, 0]) as u32);
    let check = update(P::load16::<24, _>(h), fold32(d));
    h[22] = left;
    P::store16::<24, _>(h, check);
    P::store32::<26, _>(h, source);
    P::store32::<30, _>(h, destination);
    Some(())
}

/// Ports or identifier, and the checksum over them and the addresses.
#[inline(always)]
fn translate_ports<P: Packet + ?Sized>(packet: &mut P, old: &Tuple, new: &Tuple) -> Option<()> {
    let addresses = fold32(address_difference(old, new));
    let ports = fold32(port_difference(old, new));
    let udp = old.protocol == UDP;
    match old.protocol {
        TCP | UDP => {
            let at = if udp { L4 + 6 } else { L4 + 16 };
            packet.fix_checksum(at, addresses, Fix { pseudo: true, udp });
            if old.source_port != new.source_port || old.destination_port != new.destination_port {
                packet.fix_checksum(at, ports, Fix { pseudo: false, udp });
            }
            let l = packet.view_mut::<4>(L4)?;
            P::store16::<0, _>(l, new.source_port.to_be());
            P::store16::<2, _>(l, new.destination_port.to_be());
        }
        ICMP if matches!(old.kind, KIND_ECHO | KIND_ECHO_REPLY) => {
            packet.fix_checksum(L4 + 2, ports, Fix::PORTS);
            let identifier = if old.kind == KIND_ECHO { new.source_port } else { new.destination_port };
            packet.view_mut::<2>(L4 + 4)?.copy_from_slice(&identifier.to_be_bytes());
        }
        _ => {}
    }
    Some(())
}

/// The packet inside an ICMP error, whose tuple is `old` reversed, and the checksum of the ICMP message, by the
/// difference of the bytes that were changed.
#[inline(always)]
fn translate_inner<P: Packet + ?Sized>(packet: &mut P, length: u32, old: &Tuple, new: &Tuple) -> Option<()> {
    let addresses = address_difference(old, new);
    let inner = packet.view_mut::<28>(INNER_IP)?;
    let before = sum(inner);
    let ports = u16::from_be_bytes([inner[6], inner[7]]) & 0x1fff == 0;
    let check = update(u16::from_ne_bytes([inner[10], inner[11]]), fold32(addresses)).to_ne_bytes();
    inner[10..12].copy_from_slice(&check);
    inner[12..16].copy_from_slice(&new.destination.v4_wire().to_ne_bytes());
    inner[16..20].copy_from_slice(&new.source.v4_wire().to_ne_bytes());
    let both = fold32(addresses + port_difference(old, new));
    if ports {
        match old.protocol {
            TCP | UDP => {
                inner[20..22].copy_from_slice(&new.destination_port.to_be_bytes());
                inner[22..24].copy_from_slice(&new.source_port.to_be_bytes());
                let check = u16::from_ne_bytes([inner[26], inner[27]]);
                if old.protocol == UDP && check != 0 {
                    inner[26..28].copy_from_slice(&not_zero(update(check, both)).to_ne_bytes());
                }
            }
            ICMP if matches!(old.kind, KIND_ECHO | KIND_ECHO_REPLY) => {
                let identifier = if old.kind == KIND_ECHO { new.source_port } else { new.destination_port };
                let check = u16::from_ne_bytes([inner[22], inner[23]]);
                let check = update(check, fold32(port_difference(old, new)));
                inner[22..24].copy_from_slice(&check.to_ne_bytes());
                inner[24..26].copy_from_slice(&identifier.to_be_bytes());
            }
            _ => {}
        }
    }
    let mut d = sum(inner) + !(before as u32) as u64;
    if ports && old.protocol == TCP && length >= 66 {
        d += inner_tcp_checksum(packet, both);
    }
    packet.fix_checksum(L4 + 2, fold32(d), Fix::PORTS);
    Some(())
}

/// The checksum of an embedded TCP segment, where the error carries so much of it. Gives the difference it makes.
#[inline(always)]
fn inner_tcp_checksum<P: Packet + ?Sized>(packet: &mut P, d: u32) -> u64 {
    let Some(c) = packet.view_mut::<2>(INNER_L4 + 16) else { return 0 };
    let old = u16::from_ne_bytes(*c);
    let new = update(old, d);
    *c = new.to_ne_bytes();
    difference(old as u32, new as u32)
}

#[inline(always)]
fn load32<const N: usize>(b: &[u8; N], at: usize) -> u32 {
    u32::from_ne_bytes([b[at], b[at + 1], b[at + 2], b[at + 3]])
}

/// What one's-complement sums change by when a word does.
#[inline(always)]
fn difference(old: u32, new: u32) -> u64 {
    !old as u64 + new as u64
}

#[inline(always)]
fn address_difference(old: &Tuple, new: &Tuple) -> u64 {
    difference(old.source.v4_wire(), new.source.v4_wire())
        + difference(old.destination.v4_wire(), new.destination.v4_wire())
}

#[inline(always)]
fn port_difference(old: &Tuple, new: &Tuple) -> u64 {
    difference(old.source_port.to_be() as u32, new.source_port.to_be() as u32)
        + difference(old.destination_port.to_be() as u32, new.destination_port.to_be() as u32)
}

#[inline(always)]
fn fold32(sum: u64) -> u32 {
    let sum = (sum & 0xffff_ffff) + (sum >> 32);
    ((sum & 0xffff_ffff) + (sum >> 32)) as u32
}

/// A checksum after a difference; as the kernel does it, to the bit.
#[inline(always)]
pub(crate) fn update(check: u16, d: u32) -> u16 {
    let sum = fold32(d as u64 + !(check as u32) as u64);
    let sum = (sum & 0xffff) + (sum >> 16);
    !((sum & 0xffff) + (sum >> 16)) as u16
}

/// UDP writes a checksum that comes out as 0 the other way, because 0 means none.
#[inline(always)]
pub(crate) fn not_zero(check: u16) -> u16 {
    if check == 0 { 0xffff } else { check }
}

/// The one's-complement sum of 28 bytes.
#[inline(always)]
fn sum(b: &[u8; 28]) -> u64 {
    let mut s = 0;
    let mut i = 0;
    while i < 28 {
        s += load32(b, i) as u64;
        i += 4;
    }
    fold32(s) as u64
}

#[cfg(test)]
mod tests;
