//! Frames as a workload would send them, and what is read from those that arrive.

use etherparse::{Icmpv4Type, NetSlice, PacketBuilder, PacketBuilderStep, SlicedPacket, TransportSlice};
use std::net::Ipv4Addr;

/// One packet to send. The MACs are filled in by the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    pub source: Ipv4Addr,
    pub destination: Ipv4Addr,
    pub ttl: u8,
    pub body: Body,
    /// Bytes of payload in front of the marker by which the world knows the packet again.
    pub padding: usize,
    pub dont_fragment: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    Tcp {
        source: u16,
        destination: u16,
        flags: Flags,
    },
    Udp {
        source: u16,
        destination: u16,
    },
    Echo {
        identifier: u16,
        reply: bool,
    },
    /// Any ICMP message.
    Icmp {
        kind: u8,
        code: u8,
        rest: [u8; 4],
        quoted: Vec<u8>,
    },
    /// Any other protocol.
    Other {
        protocol: u8,
    },
}

/// Flags of a TCP segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    pub syn: bool,
    pub ack: bool,
    pub fin: bool,
    pub rst: bool,
}

pub const SYN: Flags = Flags { syn: true, ack: false, fin: false, rst: false };
pub const SYN_ACK: Flags = Flags { syn: true, ack: true, fin: false, rst: false };
pub const ACK: Flags = Flags { syn: false, ack: true, fin: false, rst: false };
pub const FIN: Flags = Flags { syn: false, ack: true, fin: true, rst: false };
pub const RST: Flags = Flags { syn: false, ack: false, fin: false, rst: true };

impl Packet {
    pub fn new(source: Ipv4Addr, destination: Ipv4Addr, body: Body) -> Packet {
        Packet { source, destination, ttl: 64, body, padding: 0, dont_fragment: false }
    }

    pub fn tcp(source: (Ipv4Addr, u16), destination: (Ipv4Addr, u16), flags: Flags) -> Packet {
        Packet::new(source.0, destination.0, Body::Tcp { source: source.1, destination: destination.1, flags })
    }

    pub fn udp(source: (Ipv4Addr, u16), destination: (Ipv4Addr, u16)) -> Packet {
        Packet::new(source.0, destination.0, Body::Udp { source: source.1, destination: destination.1 })
    }

    pub fn ping(source: Ipv4Addr, destination: Ipv4Addr, identifier: u16) -> Packet {
        Packet::new(source, destination, Body::Echo { identifier, reply: false })
    }

    pub fn other(source: Ipv4Addr, destination: Ipv4Addr, protocol: u8) -> Packet {
        Packet::new(source, destination, Body::Other { protocol })
    }

    /// An ICMP error about a packet that arrived: `quoted` is that frame, from its IP header on.
    pub fn error(source: Ipv4Addr, destination: Ipv4Addr, kind: u8, code: u8, about: &[u8]) -> Packet {
        let quoted = about.get(14..(14 + 28).min(about.len())).unwrap_or_default().to_vec();
        Packet::new(source, destination, Body::Icmp { kind, code, rest: [0; 4], quoted })
    }

    /// The answer of the same kind: ends and ports swapped, SYN becomes SYN-ACK, echo becomes echo reply.
    pub fn answer(&self) -> Packet {
        let body = match self.body.clone() {
            Body::Tcp { source, destination, flags } => {
                Body::Tcp { source: destination, destination: source, flags: if flags == SYN { SYN_ACK } else { ACK } }
            }
            Body::Udp { source, destination } => Body::Udp { source: destination, destination: source },
            Body::Echo { identifier, reply } => Body::Echo { identifier, reply: !reply },
            other => other,
        };
        Packet { source: self.destination, destination: self.source, body, ..self.clone() }
    }

    /// With this many bytes of payload, the marker included.
    pub fn padded(self, bytes: usize) -> Packet {
        Packet { padding: bytes, ..self }
    }

    /// The bytes on the wire, with `marker` at the end.
    pub fn bytes(&self, source_mac: [u8; 6], destination_mac: [u8; 6], marker: [u8; 8]) -> Vec<u8> {
        let mut payload = vec![0x5a; self.padding.saturating_sub(marker.len())];
        if let Body::Icmp { quoted, .. } = &self.body {
            payload = quoted.clone();
        }
        payload.extend(marker);
        let header = etherparse::Ipv4Header {
            dont_fragment: self.dont_fragment,
            source: self.source.octets(),
            destination: self.destination.octets(),
            time_to_live: self.ttl,
            ..etherparse::Ipv4Header::default()
        };
        let ip = etherparse::IpHeaders::Ipv4(header, etherparse::Ipv4Extensions::default());
        let step = PacketBuilder::ethernet2(source_mac, destination_mac).ip(ip);
        let mut bytes = vec![];
        build(step, &self.body, &payload, &mut bytes).expect("a frame that fits");
        bytes
    }
}

fn build(
    step: PacketBuilderStep<etherparse::IpHeaders>,
    body: &Body,
    payload: &[u8],
    bytes: &mut Vec<u8>,
) -> Result<(), Box<dyn std::error::Error>> {
    match body {
        Body::Tcp { source, destination, flags } => {
            let mut tcp = step.tcp(*source, *destination, 1000, 64_000);
            if flags.syn {
                tcp = tcp.syn();
            }
            if flags.ack {
                tcp = tcp.ack(2000);
            }
            if flags.fin {
                tcp = tcp.fin();
            }
            if flags.rst {
                tcp = tcp.rst();
            }
            tcp.write(bytes, payload)?;
        }
        Body::Udp { source, destination } => step.udp(*source, *destination).write(bytes, payload)?,
        Body::Echo { identifier, reply: false } => step.icmpv4_echo_request(*identifier, 1).write(bytes, payload)?,
        Body::Echo { identifier, reply: true } => step.icmpv4_echo_reply(*identifier, 1).write(bytes, payload)?,
        Body::Icmp { kind, code, rest, .. } => step
            .icmpv4(Icmpv4Type::Unknown { type_u8: *kind, code_u8: *code, bytes5to8: *rest })
            .write(bytes, payload)?,
        Body::Other { protocol } => step.write(bytes, etherparse::IpNumber(*protocol), payload)?,
    }
    Ok(())
}

/// What a frame that arrived says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub source: Ipv4Addr,
    pub destination: Ipv4Addr,
    pub ttl: u8,
    pub protocol: u8,
    /// Of TCP and UDP.
    pub ports: Option<(u16, u16)>,
    /// Type and code of ICMP.
    pub icmp: Option<(u8, u8)>,
    /// Identifier of ICMP queries.
    pub identifier: Option<u16>,
    /// Flags of TCP: SYN, RST.
    pub syn: bool,
    pub rst: bool,
    /// The next hop's MTU in *fragmentation needed*.
    pub mtu: Option<u16>,
    pub destination_mac: [u8; 6],
    /// IP total length.
    pub length: u16,
    pub more_fragments: bool,
    pub fragment_offset: u16,
}

/// Reads a frame and verifies its checksums; `None` if it is not IPv4.
///
/// # Panics
/// If a checksum is wrong: a frame that Croft delivers must be whole.
pub fn see(frame: &[u8]) -> Option<Seen> {
    let packet = SlicedPacket::from_ethernet(frame).ok()?;
    let Some(NetSlice::Ipv4(ip)) = &packet.net else { return None };
    let header = ip.header();
    let full = header.to_header();
    assert_eq!(full.header_checksum, full.calc_header_checksum(), "IP checksum of {frame:02x?}");
    let mut seen = Seen {
        source: header.source_addr(),
        destination: header.destination_addr(),
        ttl: header.ttl(),
        protocol: header.protocol().0,
        ports: None,
        icmp: None,
        identifier: None,
        syn: false,
        rst: false,
        mtu: None,
        destination_mac: frame[..6].try_into().ok()?,
        length: header.total_len(),
        more_fragments: header.more_fragments(),
        fragment_offset: header.fragments_offset().value(),
    };
    match &packet.transport {
        Some(TransportSlice::Tcp(tcp)) => {
            let payload = tcp.payload();
            let sum = tcp.to_header().calc_checksum_ipv4_raw(full.source, full.destination, payload);
            assert_eq!(Ok(tcp.checksum()), sum, "TCP checksum of {frame:02x?}");
            seen.ports = Some((tcp.source_port(), tcp.destination_port()));
            (seen.syn, seen.rst) = (tcp.syn(), tcp.rst());
        }
        Some(TransportSlice::Udp(udp)) => {
            let sum = udp.to_header().calc_checksum_ipv4_raw(full.source, full.destination, udp.payload());
            assert!(udp.checksum() == 0 || Ok(udp.checksum()) == sum, "UDP checksum of {frame:02x?}");
            seen.ports = Some((udp.source_port(), udp.destination_port()));
        }
        Some(TransportSlice::Icmpv4(icmp)) => {
            let bytes = icmp.slice();
            assert_eq!(internet_checksum(bytes), 0, "ICMP checksum of {frame:02x?}");
            seen.icmp = Some((icmp.type_u8(), icmp.code_u8()));
            let rest = icmp.bytes5to8();
            match icmp.type_u8() {
                0 | 8 => seen.identifier = Some(u16::from_be_bytes([rest[0], rest[1]])),
                3 if icmp.code_u8() == 4 => seen.mtu = Some(u16::from_be_bytes([rest[2], rest[3]])),
                _ => {}
            }
        }
        _ => {}
    }
    Some(seen)
}

fn internet_checksum(bytes: &[u8]) -> u16 {
    let mut sum = 0u32;
    for pair in bytes.chunks(2) {
        sum += u32::from(u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or(0)]));
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}
