//! What a frame says, read once into plain fields.

use crate::Reason;
use crate::flow::{Detail, Flow, ICMP, TCP, UDP};
use std::net::Ipv4Addr;

/// An IPv4 packet without options, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// The flow that the packet belongs to. An ICMP error belongs to the flow of which the embedded packet was one
    /// direction and the error is the other (row SG-10).
    pub flow: Flow,
    /// The addresses of the outer header: what an ACL sees.
    pub source: Ipv4Addr,
    pub destination: Ipv4Addr,
    pub ttl: u8,
    pub do_not_fragment: bool,
    /// Of the IP packet, header included.
    pub length: usize,
    /// Type and code.
    pub icmp: Option<(u8, u8)>,
    pub icmp_error: bool,
    /// TCP: a SYN without ACK, which opens a connection.
    pub opens: bool,
    /// TCP: a FIN or RST without SYN, which closes one and opens none (row SG-11).
    pub closes: bool,
}

/// What a frame is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Judged by `arp`.
    Arp,
    Packet(Packet),
}

pub const ETHERNET: usize = 14;
pub const IP_HEADER: usize = 20;

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

fn address_at(bytes: &[u8], at: usize) -> Ipv4Addr {
    Ipv4Addr::new(bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3])
}

/// ICMP's errors: unreachable, time exceeded, parameter problem. (Source quench is deprecated, RFC 6633, and a VPC
/// has no router that could redirect.)
fn is_error(kind: u8) -> bool {
    matches!(kind, 3 | 11 | 12)
}

/// Reads a frame, or says why nobody will.
pub fn parse(frame: &[u8]) -> Result<Frame, Reason> {
    if frame.len() < ETHERNET {
        return Err(Reason::Malformed);
    }
    match u16_at(frame, 12) {
        0x0800 => parse_ip(&frame[ETHERNET..]).map(Frame::Packet),
        0x0806 => Ok(Frame::Arp),
        0x86dd => Err(Reason::Ipv6),
        _ => Err(Reason::NotIp),
    }
}

fn parse_ip(bytes: &[u8]) -> Result<Packet, Reason> {
    if bytes.len() < IP_HEADER || bytes[0] >> 4 != 4 {
        return Err(Reason::Malformed);
    }
    let header = usize::from(bytes[0] & 15) * 4;
    if header > IP_HEADER {
        return Err(Reason::IpOptions);
    }
    let length = usize::from(u16_at(bytes, 2));
    if header < IP_HEADER || length < header || length > bytes.len() {
        return Err(Reason::Malformed);
    }
    let destination = address_at(bytes, 16);
    // 224.0.0.0/4, and with it what is reserved above, up to the broadcast address.
    if destination.octets()[0] >= 224 {
        return Err(Reason::Multicast);
    }
    let offset = usize::from(u16_at(bytes, 6) & 0x1fff) * 8;
    let more_fragments = bytes[6] & 0x20 != 0;
    if offset != 0 {
        // No packet is longer than 65,535 bytes, put together or not.
        return Err(if offset + length > 65_535 { Reason::Malformed } else { Reason::Fragment });
    }
    let source = address_at(bytes, 12);
    let protocol = bytes[9];
    let payload = &bytes[IP_HEADER..length];
    let mut packet = Packet {
        flow: Flow { source, destination, protocol, detail: Detail::Bare },
        source,
        destination,
        ttl: bytes[8],
        do_not_fragment: bytes[6] & 0x40 != 0,
        length,
        icmp: None,
        icmp_error: false,
        opens: false,
        closes: false,
    };
    match protocol {
        TCP => {
            if payload.len() < 20 {
                return Err(Reason::Malformed);
            }
            let header = usize::from(payload[12] >> 4) * 4;
            if header < 20 || header > payload.len() {
                return Err(Reason::Malformed);
            }
            packet.flow.detail = Detail::Ports { source: u16_at(payload, 0), destination: u16_at(payload, 2) };
            let flag = |bit: u8| payload[13] & bit != 0;
            let (fin, syn, rst, ack) = (flag(1), flag(2), flag(4), flag(16));
            packet.opens = syn && !ack;
            packet.closes = (fin || rst) && !syn;
        }
        UDP => {
            if payload.len() < 8 {
                return Err(Reason::Malformed);
            }
            let datagram = usize::from(u16_at(payload, 4));
            // The rest of a first fragment's datagram is yet to come.
            if datagram < 8 || (datagram > payload.len() && !more_fragments) {
                return Err(Reason::Malformed);
            }
            packet.flow.detail = Detail::Ports { source: u16_at(payload, 0), destination: u16_at(payload, 2) };
        }
        ICMP => {
            if payload.len() < 8 {
                return Err(Reason::Malformed);
            }
            packet.icmp = Some((payload[0], payload[1]));
            if is_error(payload[0]) {
                packet.icmp_error = true;
                packet.flow = embedded_flow(&payload[8..])?.reversed();
                // An error goes to the sender of the packet that it is about.
                if packet.flow.destination != destination {
                    return Err(Reason::Malformed);
                }
            } else {
                packet.flow.detail = icmp_detail(payload);
            }
        }
        _ => {}
    }
    if more_fragments { Err(Reason::Fragment) } else { Ok(packet) }
}

fn icmp_detail(message: &[u8]) -> Detail {
    let query = |timestamp, reply| Detail::Query { timestamp, reply, identifier: u16_at(message, 4) };
    match message[0] {
        8 => query(false, false),
        0 => query(false, true),
        13 => query(true, false),
        14 => query(true, true),
        _ => Detail::Bare,
    }
}

/// The packet that an ICMP error is about: its header and at least the first eight bytes behind it (RFC 792).
fn embedded_flow(bytes: &[u8]) -> Result<Flow, Reason> {
    if bytes.len() < IP_HEADER + 8 || bytes[0] != 0x45 {
        return Err(Reason::Malformed);
    }
    let protocol = bytes[9];
    let payload = &bytes[IP_HEADER..];
    // What is behind the header of a later fragment is no header.
    let starts = u16_at(bytes, 6) & 0x1fff == 0;
    let detail = match protocol {
        TCP | UDP | ICMP if !starts => Detail::Hidden,
        TCP | UDP => Detail::Ports { source: u16_at(payload, 0), destination: u16_at(payload, 2) },
        ICMP => icmp_detail(payload),
        _ => Detail::Bare,
    };
    Ok(Flow { source: address_at(bytes, 12), destination: address_at(bytes, 16), protocol, detail })
}
