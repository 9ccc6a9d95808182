//! Frames to send: built whole, with checksums that are right unless a test spoils them.

use std::net::Ipv4Addr;

pub const ICMP: u8 = 1;
pub const TCP: u8 = 6;
pub const UDP: u8 = 17;

pub const FIN: u8 = 1;
pub const SYN: u8 = 2;
pub const RST: u8 = 4;
pub const ACK: u8 = 16;

/// What an IPv4 packet carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    Tcp {
        source: u16,
        destination: u16,
        flags: u8,
        length: usize,
    },
    /// Without a checksum, as UDP allows, if `bare`.
    Udp {
        source: u16,
        destination: u16,
        length: usize,
        bare: bool,
    },
    Icmp {
        kind: u8,
        code: u8,
        identifier: u16,
        length: usize,
    },
    /// An ICMP error and the packet that it is about.
    Error {
        kind: u8,
        code: u8,
        about: Vec<u8>,
    },
    Other {
        protocol: u8,
        length: usize,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    pub destination_mac: [u8; 6],
    pub source_mac: [u8; 6],
    pub source: Ipv4Addr,
    pub destination: Ipv4Addr,
    pub ttl: u8,
    pub do_not_fragment: bool,
}

fn checksum(parts: &[&[u8]]) -> u16 {
    let bytes: Vec<u8> = parts.concat();
    let sum: u64 =
        bytes.chunks(2).map(|p| u64::from(p[0]) << 8 | u64::from(p.get(1).copied().unwrap_or_default())).sum();
    let mut sum = sum;
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

/// Bytes that differ from place to place, so that a shifted copy would be seen.
fn filler(length: usize) -> impl Iterator<Item = u8> {
    (0..length).map(|n| (n * 7 + n / 251) as u8)
}

pub fn build(header: &Header, payload: &Payload) -> Vec<u8> {
    let (protocol, mut body, at) = match payload {
        Payload::Tcp { source, destination, flags, length } => {
            let mut b = vec![0; 20];
            b[..2].copy_from_slice(&source.to_be_bytes());
            b[2..4].copy_from_slice(&destination.to_be_bytes());
            b[4..12].copy_from_slice(&[1, 2, 3, 4, 5, 6, 7, 8]);
            b[12] = 0x50;
            b[13] = *flags;
            b[14] = 0x20;
            b.extend(filler(*length));
            (TCP, b, Some(16))
        }
        Payload::Udp { source, destination, length, bare } => {
            let mut b = vec![0; 8];
            b[..2].copy_from_slice(&source.to_be_bytes());
            b[2..4].copy_from_slice(&destination.to_be_bytes());
            b[4..6].copy_from_slice(&((8 + length) as u16).to_be_bytes());
            b.extend(filler(*length));
            (UDP, b, (!bare).then_some(6))
        }
        Payload::Icmp { kind, code, identifier, length } => {
            let mut b = vec![*kind, *code, 0, 0];
            b.extend(identifier.to_be_bytes());
            b.extend([0, 9]);
            b.extend(filler(*length));
            (ICMP, b, Some(2))
        }
        Payload::Error { kind, code, about } => {
            let mut b = vec![*kind, *code, 0, 0, 0, 0, 0x05, 0x14];
            b.extend(about);
            (ICMP, b, Some(2))
        }
        Payload::Other { protocol, length } => (*protocol, filler(*length).collect(), None),
    };
    let mut frame = Vec::new();
    frame.extend(header.destination_mac);
    frame.extend(header.source_mac);
    frame.extend([8, 0]);
    let mut ip = vec![0x45, 0];
    ip.extend(((20 + body.len()) as u16).to_be_bytes());
    ip.extend([0x12, 0x34, if header.do_not_fragment { 0x40 } else { 0 }, 0, header.ttl, protocol, 0, 0]);
    ip.extend(header.source.octets());
    ip.extend(header.destination.octets());
    let sum = checksum(&[&ip]);
    ip[10..12].copy_from_slice(&sum.to_be_bytes());
    if let Some(at) = at {
        let length = (body.len() as u16).to_be_bytes();
        let pseudo = [&ip[12..20], &[0, protocol], &length].concat();
        let sum = checksum(&[if protocol == ICMP { &[] } else { &pseudo }, &body]);
        let sum = if protocol == UDP && sum == 0 { 0xffff } else { sum };
        body[at..at + 2].copy_from_slice(&sum.to_be_bytes());
    }
    frame.extend(ip);
    frame.extend(body);
    frame
}

/// Reads back what `build` made, from a frame that may have been rewritten on its way.
pub fn read(frame: &[u8]) -> Option<(Header, Payload)> {
    if frame.len() < 42 || frame[12..14] != [8, 0] || frame[14] != 0x45 {
        return None;
    }
    let u16_at = |at: usize| u16::from_be_bytes([frame[at], frame[at + 1]]);
    let address = |at: usize| Ipv4Addr::new(frame[at], frame[at + 1], frame[at + 2], frame[at + 3]);
    let header = Header {
        destination_mac: frame[..6].try_into().ok()?,
        source_mac: frame[6..12].try_into().ok()?,
        source: address(26),
        destination: address(30),
        ttl: frame[22],
        do_not_fragment: frame[20] & 0x40 != 0,
    };
    let length = usize::from(u16_at(16)).min(frame.len() - 14);
    let (source, destination) = (u16_at(34), u16_at(36));
    let payload = match frame[23] {
        TCP if length >= 40 => Payload::Tcp { source, destination, flags: frame[47], length: length - 40 },
        UDP => Payload::Udp { source, destination, length: length - 28, bare: frame[40..42] == [0, 0] },
        ICMP => Payload::Icmp { kind: frame[34], code: frame[35], identifier: u16_at(38), length: length - 28 },
        TCP => return None,
        protocol => Payload::Other { protocol, length: length - 20 },
    };
    Some((header, payload))
}

/// An ARP packet in an Ethernet frame.
pub fn arp(operation: u16, sender: ([u8; 6], Ipv4Addr), target: Ipv4Addr) -> Vec<u8> {
    let mut frame = vec![0xff; 6];
    frame.extend(sender.0);
    frame.extend([8, 6, 0, 1, 8, 0, 6, 4]);
    frame.extend(operation.to_be_bytes());
    frame.extend(sender.0);
    frame.extend(sender.1.octets());
    frame.extend([0; 6]);
    frame.extend(target.octets());
    frame
}
