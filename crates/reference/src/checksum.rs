//! The internet checksum (RFC 1071), always over the whole of what it covers.

use crate::flow::{TCP, UDP};

/// One's-complement sum of 16-bit words, folded.
fn sum(bytes: &[u8]) -> u32 {
    let mut total = 0;
    for pair in bytes.chunks(2) {
        total += u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0));
    }
    while total > 0xffff {
        total = (total & 0xffff) + (total >> 16);
    }
    total
}

/// Is the checksum of these bytes right? A right one makes their sum all ones.
fn is_right(bytes: &[u8], pseudo: &[u8]) -> bool {
    let mut covered = pseudo.to_vec();
    covered.extend_from_slice(bytes);
    sum(&covered) == 0xffff
}

/// Source, destination, protocol and length, as TCP and UDP cover them.
fn pseudo_header(packet: &[u8]) -> Vec<u8> {
    let mut pseudo = packet[12..20].to_vec();
    pseudo.extend_from_slice(&[0, packet[9]]);
    let length = (packet.len() - 20) as u16;
    pseudo.extend_from_slice(&length.to_be_bytes());
    pseudo
}

/// The checksum field of a TCP, UDP or ICMP packet (an IP packet of exactly its total length), and what it covers
/// beside the payload.
fn transport(packet: &[u8]) -> Option<(usize, Vec<u8>)> {
    match packet[9] {
        TCP => Some((20 + 16, pseudo_header(packet))),
        UDP => Some((20 + 6, pseudo_header(packet))),
        1 => Some((20 + 2, Vec::new())),
        _ => None,
    }
}

/// Is the header's checksum right, and is the transport's (or absent, as UDP allows)?
pub fn verify(packet: &[u8]) -> (bool, bool) {
    let header = is_right(&packet[..20], &[]);
    let transport = match transport(packet) {
        Some((at, _)) if packet[9] == UDP && packet[at..at + 2] == [0, 0] => true,
        Some((_, pseudo)) => is_right(&packet[20..], &pseudo),
        None => true,
    };
    (header, transport)
}

/// Puts the header's checksum right.
pub fn mend_header(packet: &mut [u8]) {
    packet[10..12].copy_from_slice(&[0, 0]);
    let value = !(sum(&packet[..20]) as u16);
    packet[10..12].copy_from_slice(&value.to_be_bytes());
}

/// Puts the transport's checksum right; a UDP packet that has none keeps none.
pub fn mend_transport(packet: &mut [u8]) {
    let Some((at, pseudo)) = transport(packet) else { return };
    let is_udp = packet[9] == UDP;
    if is_udp && packet[at..at + 2] == [0, 0] {
        return;
    }
    packet[at..at + 2].copy_from_slice(&[0, 0]);
    let mut covered = pseudo;
    covered.extend_from_slice(&packet[20..]);
    let mut value = !(sum(&covered) as u16);
    if is_udp && value == 0 {
        value = 0xffff;
    }
    packet[at..at + 2].copy_from_slice(&value.to_be_bytes());
}

/// What a checksum becomes when `old` bytes under it turn into `new` ones of the same length: for checksums of packets
/// of which only the beginning is there (RFC 1624).
pub fn turned(checksum: u16, old: &[u8], new: &[u8]) -> u16 {
    let mut total = u32::from(!checksum) + (0xffff - sum(old)) + sum(new);
    while total > 0xffff {
        total = (total & 0xffff) + (total >> 16);
    }
    !(total as u16)
}
