//! The bytes on delivery: new MACs, the time to live less the gateways crossed, and the flow's addresses and ports where
//! they were translated. Checksums that were right are right again; wrong ones stay wrong, so that the receiver sees it.

use crate::checksum::{mend_header, mend_transport, turned, verify};
use crate::flow::{Detail, Flow, ICMP, TCP, UDP};
use crate::packet::{ETHERNET, IP_HEADER, Packet};
use std::net::Ipv4Addr;

/// Where the packet goes and as what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub port: u32,
    pub destination_mac: [u8; 6],
    pub source_mac: [u8; 6],
    /// Gateways crossed.
    pub ttl_cost: u8,
    pub flow: Flow,
    /// Outer addresses; those of the flow, except for an ICMP error that a router in between wrote.
    pub source: Ipv4Addr,
    pub destination: Ipv4Addr,
}

pub fn rewrite(frame: &[u8], packet: &Packet, delivery: &Delivery) -> Vec<u8> {
    let mut out = frame.to_vec();
    out[..6].copy_from_slice(&delivery.destination_mac);
    out[6..12].copy_from_slice(&delivery.source_mac);
    let before = &frame[ETHERNET..ETHERNET + packet.length];
    let ip = &mut out[ETHERNET..ETHERNET + packet.length];
    ip[8] -= delivery.ttl_cost;
    ip[12..16].copy_from_slice(&delivery.source.octets());
    ip[16..20].copy_from_slice(&delivery.destination.octets());
    if packet.icmp_error {
        turn_embedded(&mut ip[IP_HEADER + 8..], delivery.flow.reversed());
    } else {
        match delivery.flow.detail {
            Detail::Ports { source, destination } => {
                ip[20..22].copy_from_slice(&source.to_be_bytes());
                ip[22..24].copy_from_slice(&destination.to_be_bytes());
            }
            Detail::Query { identifier, .. } => ip[24..26].copy_from_slice(&identifier.to_be_bytes()),
            Detail::Bare | Detail::Hidden => {}
        }
    }
    let (header, transport) = verify(before);
    if header {
        mend_header(ip);
    } else {
        turn(ip, before, 10, &[(8, 10), (12, 20)]);
    }
    if transport {
        mend_transport(ip);
    } else {
        match packet.flow.protocol {
            _ if packet.icmp_error => turn(ip, before, 22, &[(28, even(before.len()))]),
            TCP => turn(ip, before, 36, &[(12, 20), (20, 24)]),
            UDP => turn(ip, before, 26, &[(12, 20), (20, 24)]),
            ICMP => turn(ip, before, 22, &[(24, 26)]),
            _ => {}
        }
    }
    out
}

/// The last even offset.
fn even(length: usize) -> usize {
    length & !1
}

/// Carries a wrong checksum over as wrong as it was; it covers these parts, from and to.
fn turn(now: &mut [u8], before: &[u8], at: usize, covered: &[(usize, usize)]) {
    let mut value = u16::from_be_bytes([now[at], now[at + 1]]);
    for &(from, to) in covered {
        value = turned(value, &before[from..to], &now[from..to]);
    }
    now[at..at + 2].copy_from_slice(&value.to_be_bytes());
}

/// The packet inside of an ICMP error as its sender sent it: only its beginning is there.
fn turn_embedded(inner: &mut [u8], flow: Flow) {
    let before = inner.to_vec();
    inner[12..16].copy_from_slice(&flow.source.octets());
    inner[16..20].copy_from_slice(&flow.destination.octets());
    turn(inner, &before, 10, &[(12, 20)]);
    match flow.detail {
        Detail::Ports { source, destination } => {
            inner[20..22].copy_from_slice(&source.to_be_bytes());
            inner[22..24].copy_from_slice(&destination.to_be_bytes());
        }
        Detail::Query { identifier, .. } => inner[24..26].copy_from_slice(&identifier.to_be_bytes()),
        Detail::Bare | Detail::Hidden => {}
    }
    match (flow.protocol, flow.detail) {
        (TCP, Detail::Ports { .. }) if inner.len() >= 38 => turn(inner, &before, 36, &[(12, 20), (20, 24)]),
        (UDP, Detail::Ports { .. }) if inner[26..28] != [0, 0] => {
            turn(inner, &before, 26, &[(12, 20), (20, 24)]);
            if inner[26..28] == [0, 0] {
                inner[26..28].copy_from_slice(&[0xff, 0xff]);
            }
        }
        (ICMP, Detail::Query { .. }) => turn(inner, &before, 22, &[(24, 26)]),
        _ => {}
    }
}
