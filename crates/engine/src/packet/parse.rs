//! From bytes to `Parsed`.

use super::*;
use crate::DropReason;

const DONT_FRAGMENT: u16 = 0x4000;
const MORE_FRAGMENTS: u16 = 0x2000;
const OFFSET: u16 = 0x1fff;

/// Reads IPv4 without options. ARP is not read here: it ends in `DropReason::Arp`. Fragments are read as far as they
/// go, and marked.
#[inline(always)]
pub fn parse<P: Packet + ?Sized>(packet: &P) -> Result<Parsed, DropReason> {
    let ethertype = packet.view::<2>(12).ok_or(DropReason::Malformed)?;
    if *ethertype != [0x08, 0x00] {
        return Err(match *ethertype {
            [0x08, 0x06] => DropReason::Arp,
            [0x86, 0xdd] => DropReason::Ipv6,
            _ => DropReason::NotIp,
        });
    }
    let h = packet.view::<20>(IP).ok_or(DropReason::Malformed)?;
    if h[0] != 0x45 {
        return Err(if h[0] >> 4 == 4 && h[0] & 15 > 5 { DropReason::IpOptions } else { DropReason::Malformed });
    }
    let length = be16(h, 2) as u32;
    if length < 20 || length + IP as u32 > packet.frame_length() {
        return Err(DropReason::Malformed);
    }
    let fragment = be16(h, 6);
    let mut parsed = Parsed {
        tuple: Tuple { source: address(h, 12), destination: address(h, 16), protocol: h[9], ..Tuple::default() },
        outer_source: address(h, 12),
        length,
        size: length,
        ttl: h[8],
        protocol: h[9],
        ..Parsed::default()
    };
    if h[16] >= 224 {
        return Err(DropReason::Multicast);
    }
    if fragment & DONT_FRAGMENT != 0 {
        parsed.flags |= F_DONT_FRAGMENT;
    }
    if fragment & (MORE_FRAGMENTS | OFFSET) != 0 {
        parsed.flags |= F_FRAGMENT;
        if fragment & OFFSET != 0 {
            parsed.flags |= F_LATER;
            let end = (fragment & OFFSET) as u32 * 8 + length - 20;
            return if end + 20 > 65_535 { Err(DropReason::Malformed) } else { Ok(parsed) };
        }
    }
    match h[9] {
        TCP => tcp(packet, parsed),
        UDP => udp(packet, parsed),
        ICMP => icmp(packet, parsed),
        _ => Ok(parsed),
    }
}

#[inline(always)]
fn tcp<P: Packet + ?Sized>(packet: &P, mut parsed: Parsed) -> Result<Parsed, DropReason> {
    let t = packet.view::<20>(L4).ok_or(DropReason::Malformed)?;
    let header = (t[12] >> 4) as u32 * 4;
    if header < 20 || 20 + header > parsed.length {
        return Err(DropReason::Malformed);
    }
    parsed.tuple.source_port = be16(t, 0);
    parsed.tuple.destination_port = be16(t, 2);
    if t[13] & (SYN | ACK) == SYN {
        parsed.flags |= F_SYN;
    }
    if t[13] & SYN == 0 && t[13] & (FIN | RST) != 0 {
        parsed.flags |= F_CLOSE;
    }
    segmented(packet, &mut parsed, 20 + header);
    Ok(parsed)
}

#[inline(always)]
fn udp<P: Packet + ?Sized>(packet: &P, mut parsed: Parsed) -> Result<Parsed, DropReason> {
    let u = packet.view::<8>(L4).ok_or(DropReason::Malformed)?;
    let length = be16(u, 4) as u32;
    if parsed.length < 28 || length < 8 || (length + 20 > parsed.length && !parsed.is(F_FRAGMENT)) {
        return Err(DropReason::Malformed);
    }
    parsed.tuple.source_port = be16(u, 0);
    parsed.tuple.destination_port = be16(u, 2);
    segmented(packet, &mut parsed, 28);
    Ok(parsed)
}

/// A frame that will be cut into segments is as large as one of them.
#[inline(always)]
fn segmented<P: Packet + ?Sized>(packet: &P, parsed: &mut Parsed, headers: u32) {
    let segment = packet.segment();
    if segment != 0 && headers + segment < parsed.length {
        parsed.size = headers + segment;
    }
}

#[inline(always)]
fn icmp<P: Packet + ?Sized>(packet: &P, mut parsed: Parsed) -> Result<Parsed, DropReason> {
    let i = packet.view::<8>(L4).ok_or(DropReason::Malformed)?;
    if parsed.length < 28 {
        return Err(DropReason::Malformed);
    }
    parsed.icmp = be16(i, 0);
    if matches!(i[0], 3 | 11 | 12) {
        return icmp_error(packet, parsed);
    }
    let identifier = be16(i, 4);
    let (kind, request) = query(i[0]);
    parsed.tuple.kind = kind;
    place_identifier(&mut parsed.tuple, request, identifier);
    Ok(parsed)
}

/// The kind of an ICMP message that is no error, and whether it asks (`Some(true)`) or answers.
#[inline(always)]
fn query(icmp_type: u8) -> (u8, Option<bool>) {
    match icmp_type {
        8 => (KIND_ECHO, Some(true)),
        0 => (KIND_ECHO_REPLY, Some(false)),
        13 => (KIND_TIMESTAMP, Some(true)),
        14 => (KIND_TIMESTAMP_REPLY, Some(false)),
        _ => (KIND_OTHER, None),
    }
}

#[inline(always)]
fn place_identifier(tuple: &mut Tuple, request: Option<bool>, identifier: u16) {
    match request {
        Some(true) => tuple.source_port = identifier,
        Some(false) => tuple.destination_port = identifier,
        None => {}
    }
}

/// An ICMP error carries the IP header and at least eight bytes of the packet it is about, which its receiver sent.
#[inline(always)]
fn icmp_error<P: Packet + ?Sized>(packet: &P, mut parsed: Parsed) -> Result<Parsed, DropReason> {
    let i = packet.view::<28>(INNER_IP).ok_or(DropReason::Malformed)?;
    if parsed.length < 56 || i[0] != 0x45 {
        return Err(DropReason::Malformed);
    }
    let mut inner = Tuple { source: address(i, 12), destination: address(i, 16), protocol: i[9], ..Tuple::default() };
    if inner.source != parsed.tuple.destination {
        return Err(DropReason::Malformed);
    }
    if be16(i, 6) & OFFSET == 0 {
        match i[9] {
            TCP | UDP => {
                inner.source_port = be16(i, 20);
                inner.destination_port = be16(i, 22);
            }
            ICMP => {
                let (kind, request) = query(i[20]);
                inner.kind = kind;
                place_identifier(&mut inner, request, be16(i, 24));
            }
            _ => {}
        }
    }
    parsed.tuple = inner.reversed();
    parsed.flags |= F_ERROR;
    Ok(parsed)
}
