//! What a sender is told about a packet that was refused: an ICMP error, or an RST.
//!
//! The answer comes from the router of the sender's subnet and goes straight to the sender's interface: it was asked
//! for by the packet, so no gate judges it.

use std::net::Ipv4Addr;

use croft_engine::{DropReason, tables::TCP, tables::UDP};

use super::frame::{Frame, sum, transport_checksum};

/// As much of the packet as an ICMP error may carry (RFC 1812: 576 bytes in all).
const QUOTE: usize = 576 - 28;

const UNREACHABLE: u8 = 3;
const PORT: u8 = 3;
const FRAGMENTATION_NEEDED: u8 = 4;
const TIME_EXCEEDED: u8 = 11;

/// Who answers, and how the sender's network reaches him.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Router {
    pub(crate) address: Ipv4Addr,
    pub(crate) mac: [u8; 6],
    /// The sender's own.
    pub(crate) sender_mac: [u8; 6],
}

/// The answer to `refused`, if such a packet gets one. `mtu` is what the path takes.
pub(crate) fn answer(refused: &Frame, reason: DropReason, mtu: u32, router: Router) -> Option<Frame> {
    let ip = refused.ip()?;
    let tcp = ip[9] == TCP;
    match reason {
        DropReason::TooBig => icmp_error(ip, UNREACHABLE, FRAGMENTATION_NEEDED, mtu, router),
        DropReason::TtlExpired => icmp_error(ip, TIME_EXCEEDED, 0, 0, router),
        DropReason::NatIdle | DropReason::NoService if tcp => reset(ip, router),
        DropReason::NoService if ip[9] == UDP => icmp_error(ip, UNREACHABLE, PORT, 0, router),
        _ => None,
    }
}

/// An ICMP error (RFC 792; RFC 1191 for the MTU). None about an ICMP error, and none about a later fragment.
fn icmp_error(ip: &[u8], kind: u8, code: u8, mtu: u32, router: Router) -> Option<Frame> {
    let later = u16::from_be_bytes([ip[6], ip[7]]) & 0x1fff != 0;
    let about_icmp_error = ip[9] == 1 && !matches!(ip.get(20), Some(0 | 8 | 13 | 14));
    if later || about_icmp_error {
        return None;
    }
    let mut icmp = vec![kind, code, 0, 0, 0, 0, 0, 0];
    icmp[6..8].copy_from_slice(&(mtu as u16).to_be_bytes());
    icmp.extend_from_slice(&ip[..ip.len().min(QUOTE)]);
    let check = !sum(&icmp);
    icmp[2..4].copy_from_slice(&check.to_be_bytes());
    // A port that is unreachable is reported by the host that was asked, the rest by the router.
    let source = if (kind, code) == (UNREACHABLE, PORT) { destination(ip) } else { router.address };
    Some(packet(source, sender(ip), 1, &icmp, router))
}

/// An RST as RFC 9293 section 3.5.2 has it, as if from the far end. None about an RST.
fn reset(ip: &[u8], router: Router) -> Option<Frame> {
    let tcp = ip.get(20..).filter(|t| t.len() >= 20)?;
    let header = (tcp[12] >> 4) as usize * 4;
    let (syn, fin, rst, ack) = (tcp[13] & 2 != 0, tcp[13] & 1 != 0, tcp[13] & 4 != 0, tcp[13] & 16 != 0);
    if rst || header < 20 || header > tcp.len() {
        return None;
    }
    let mut out = [0u8; 20];
    out[..2].copy_from_slice(&tcp[2..4]);
    out[2..4].copy_from_slice(&tcp[..2]);
    out[12] = 5 << 4;
    if ack {
        out[4..8].copy_from_slice(&tcp[8..12]);
        out[13] = 4;
    } else {
        let sequence = u32::from_be_bytes([tcp[4], tcp[5], tcp[6], tcp[7]]);
        let length = (tcp.len() - header) as u32 + u32::from(syn) + u32::from(fin);
        out[8..12].copy_from_slice(&sequence.wrapping_add(length).to_be_bytes());
        out[13] = 4 | 16;
    }
    Some(packet(destination(ip), sender(ip), TCP, &out, router))
}

fn packet(source: Ipv4Addr, destination: Ipv4Addr, protocol: u8, payload: &[u8], router: Router) -> Frame {
    let mut frame = Vec::with_capacity(34 + payload.len());
    frame.extend_from_slice(&router.sender_mac);
    frame.extend_from_slice(&router.mac);
    frame.extend_from_slice(&[8, 0]);
    frame.extend_from_slice(&[0x45, 0]);
    frame.extend_from_slice(&((20 + payload.len()) as u16).to_be_bytes());
    frame.extend_from_slice(&[0, 0, 0x40, 0, 64, protocol, 0, 0]);
    frame.extend_from_slice(&source.octets());
    frame.extend_from_slice(&destination.octets());
    let check = !sum(&frame[14..34]);
    frame[24..26].copy_from_slice(&check.to_be_bytes());
    frame.extend_from_slice(payload);
    if protocol == TCP {
        let check = transport_checksum(&frame[14..34], payload);
        frame[50..52].copy_from_slice(&check.to_be_bytes());
    }
    Frame::plain(&frame)
}

fn sender(ip: &[u8]) -> Ipv4Addr {
    Ipv4Addr::new(ip[12], ip[13], ip[14], ip[15])
}

fn destination(ip: &[u8]) -> Ipv4Addr {
    Ipv4Addr::new(ip[16], ip[17], ip[18], ip[19])
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUTER: Router =
        Router { address: Ipv4Addr::new(10, 0, 1, 1), mac: [2, 0, 0, 0, 0, 1], sender_mac: [2, 0, 0, 0, 0, 9] };

    fn ipv4(protocol: u8, payload: &[u8]) -> Frame {
        let other = Router { address: Ipv4Addr::UNSPECIFIED, ..ROUTER };
        packet(Ipv4Addr::new(10, 0, 1, 10), Ipv4Addr::new(10, 0, 2, 10), protocol, payload, other)
    }

    #[test]
    fn net_8_fragmentation_needed_names_the_mtu_and_quotes_the_packet() {
        let refused = ipv4(17, &[0; 2000]);
        let told = answer(&refused, DropReason::TooBig, 1500, ROUTER).unwrap();
        let ip = told.ip().unwrap();
        assert_eq!(ip.len(), 576);
        assert_eq!(sum(&ip[..20]), 0xffff);
        assert_eq!(sum(&ip[20..]), 0xffff);
        assert_eq!((ip[20], ip[21]), (3, 4));
        assert_eq!(u16::from_be_bytes([ip[26], ip[27]]), 1500);
        assert_eq!(ip[28..], refused.ip().unwrap()[..548]);
        assert_eq!(sender(ip), ROUTER.address);
        assert_eq!(told.ethernet()[..6], ROUTER.sender_mac);
    }

    #[test]
    fn nat_3_a_reset_acknowledges_what_a_segment_without_ack_carried() {
        let mut syn = [0u8; 20];
        syn[..4].copy_from_slice(&[0x30, 0x39, 0x01, 0xbb]);
        syn[4..8].copy_from_slice(&7u32.to_be_bytes());
        syn[12] = 5 << 4;
        syn[13] = 2;
        let told = answer(&ipv4(TCP, &syn), DropReason::NoService, 0, ROUTER).unwrap();
        let ip = told.ip().unwrap();
        assert_eq!(ip[33], 4 | 16);
        assert_eq!(ip[28..32], 8u32.to_be_bytes());
        assert_eq!(ip[20..24], [0x01, 0xbb, 0x30, 0x39]);
        assert_eq!(transport_checksum(&ip[..20], &ip[20..]), 0);
        assert_eq!(sender(ip), Ipv4Addr::new(10, 0, 2, 10));
    }

    #[test]
    fn no_answer_about_an_error_a_reset_or_a_later_fragment() {
        assert_eq!(answer(&ipv4(1, &[3, 3, 0, 0, 0, 0, 0, 0]), DropReason::TtlExpired, 0, ROUTER), None);
        let mut reset = [0u8; 20];
        reset[12] = 5 << 4;
        reset[13] = 4;
        assert_eq!(answer(&ipv4(TCP, &reset), DropReason::NatIdle, 0, ROUTER), None);
        let mut later = ipv4(17, &[0; 64]);
        later.ethernet_mut()[21] = 3;
        assert_eq!(answer(&later, DropReason::TtlExpired, 0, ROUTER), None);
    }
}
