use super::*;
use crate::{DropReason, parse};
use proptest::prelude::*;

/// An IPv4 frame with a payload that says what it is.
fn frame(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let mut f = vec![0; 12];
    f.extend([8, 0, 0x45, 0]);
    f.extend((20 + payload.len() as u16).to_be_bytes());
    f.extend([0, 1, 0x40, 0, 64, protocol, 0, 0, 10, 0, 0, 5, 10, 0, 1, 5]);
    f.extend(payload);
    f
}

fn udp() -> Vec<u8> {
    frame(17, &[0x9c, 0x40, 0, 53, 0, 12, 0, 0, 1, 2, 3, 4])
}

fn tcp(flags: u8) -> Vec<u8> {
    let mut t = vec![0; 20];
    t[12] = 0x50;
    t[13] = flags;
    frame(6, &t)
}

fn parsed(f: &[u8]) -> Result<Parsed, DropReason> {
    parse(f)
}

fn with(mut f: Vec<u8>, at: usize, bytes: &[u8]) -> Vec<u8> {
    f[at..at + bytes.len()].copy_from_slice(bytes);
    f
}

#[test]
fn a_datagram_is_read() {
    let p = parsed(&udp()).expect("a datagram");
    let t = p.tuple;
    assert_eq!((t.source, t.destination), (Ip::v4(0x0a00_0005), Ip::v4(0x0a00_0105)));
    assert_eq!((t.source_port, t.destination_port, t.protocol), (40_000, 53, UDP));
    assert_eq!((p.length, p.size, p.ttl, p.flags), (32, 32, 64, F_DONT_FRAGMENT));
}

#[test]
fn lengths_that_contradict_each_other_are_malformed() {
    let malformed = [
        with(udp(), 16, &[0, 19]),                           // shorter than its header
        with(udp(), 16, &[0, 33]),                           // longer than the frame
        with(udp(), 38, &[0, 7]),                            // UDP shorter than its header
        with(udp(), 38, &[0, 13]),                           // UDP longer than the packet
        with(tcp(2), 46, &[0x40]),                           // TCP header of 16 bytes
        with(tcp(2), 46, &[0x60]),                           // TCP header longer than the packet
        with(udp(), 14, &[0x44]),                            // IP header of 16 bytes
        with(udp(), 14, &[0x65]),                            // version 6 behind IPv4's ethertype
        frame(6, &[0; 19]),                                  // TCP header cut off
        frame(17, &[0; 7]),                                  // UDP header cut off
        frame(1, &[8, 0, 0, 0]),                             // ICMP header cut off
        frame(1, &[3, 3, 0, 0, 0, 0, 0, 0, 0x45, 0, 0, 20]), // embedded packet cut off
        with(udp(), 20, &[0x1f, 0xff]),                      // a fragment that would end beyond 65,535 bytes
        udp()[..30].to_vec(),
    ];
    for (i, f) in malformed.iter().enumerate() {
        assert_eq!(parsed(f), Err(DropReason::Malformed), "frame {i}");
    }
}

#[test]
fn what_is_not_plain_ipv4_is_named() {
    assert_eq!(parsed(&with(udp(), 12, &[0x86, 0xdd])), Err(DropReason::Ipv6));
    assert_eq!(parsed(&with(udp(), 12, &[0x08, 0x06])), Err(DropReason::Arp));
    assert_eq!(parsed(&with(udp(), 12, &[0x81, 0x00])), Err(DropReason::NotIp));
    assert_eq!(parsed(&with(udp(), 14, &[0x46])), Err(DropReason::IpOptions));
    assert_eq!(parsed(&with(udp(), 30, &[224])), Err(DropReason::Multicast));
    assert_eq!(parsed(&with(udp(), 30, &[255, 255, 255, 255])), Err(DropReason::Multicast));
}

#[test]
fn fragments_are_marked_and_later_ones_have_no_ports() {
    let first = parsed(&with(udp(), 20, &[0x20, 0])).expect("the first one");
    assert!(first.is(F_FRAGMENT) && !first.is(F_LATER) && first.tuple.destination_port == 53);
    let long = parsed(&with(with(udp(), 20, &[0x20, 0]), 38, &[0x40, 0])).expect("UDP's length is the datagram's");
    assert!(long.is(F_FRAGMENT));
    let later = parsed(&with(udp(), 20, &[0, 4])).expect("a later one");
    assert!(later.is(F_LATER) && later.tuple.destination_port == 0);
}

#[test]
fn sg_11_only_a_syn_opens_and_fin_or_rst_close() {
    let flags = |f| parsed(&tcp(f)).expect("TCP").flags & (F_SYN | F_CLOSE);
    assert_eq!(flags(2), F_SYN);
    assert_eq!(flags(2 | 16), 0);
    assert_eq!(flags(16), 0);
    assert_eq!(flags(1 | 16), F_CLOSE);
    assert_eq!(flags(4), F_CLOSE);
    assert_eq!(flags(2 | 4), F_SYN);
}

#[test]
fn an_icmp_error_bears_the_tuple_of_the_flow_it_is_about() {
    let embedded = with(udp(), 26, &[10, 0, 1, 5, 10, 0, 0, 5])[14..].to_vec();
    let mut payload = vec![3, 3, 0, 0, 0, 0, 0, 0];
    payload.extend(&embedded);
    let mut f = frame(1, &payload);
    f[26..30].copy_from_slice(&[10, 0, 9, 9]); // a router's
    let p = parsed(&f).expect("an error");
    assert!(p.is(F_ERROR));
    assert_eq!(p.icmp, 0x0303);
    assert_eq!((p.tuple.source, p.tuple.source_port), (Ip::v4(0x0a00_0005), 53));
    assert_eq!((p.tuple.destination, p.tuple.destination_port), (Ip::v4(0x0a00_0105), 40_000));
    assert_eq!(p.outer_source, Ip::v4(0x0a00_0909));
    f[33] = 6; // to somebody who did not send the embedded packet
    assert_eq!(parsed(&f), Err(DropReason::Malformed));
}

#[test]
fn an_echo_has_its_identifier_on_the_side_that_asks() {
    let asked = parsed(&frame(1, &[8, 0, 0, 0, 0x12, 0x34, 0, 1])).expect("echo").tuple;
    assert_eq!((asked.kind, asked.source_port, asked.destination_port), (KIND_ECHO, 0x1234, 0));
    let answered = parsed(&frame(1, &[0, 0, 0, 0, 0x12, 0x34, 0, 1])).expect("reply").tuple;
    assert_eq!((answered.kind, answered.source_port, answered.destination_port), (KIND_ECHO_REPLY, 0, 0x1234));
    assert_eq!(asked.reversed().kind, answered.kind);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(p) = parsed(&bytes) {
            prop_assert!(p.length as usize + 14 <= bytes.len());
        }
    }

    /// Bytes that look like IPv4 come further.
    #[test]
    fn any_bytes_behind_an_ip_header_are_read_or_refused(
        protocol in prop::sample::select(vec![1u8, 6, 17, 47]),
        payload in prop::collection::vec(any::<u8>(), 0..120),
        fragment: u16,
        length: Option<u16>,
    ) {
        let mut f = with(frame(protocol, &payload), 20, &fragment.to_be_bytes());
        if let Some(length) = length {
            f[16..18].copy_from_slice(&length.to_be_bytes());
        }
        if let Ok(p) = parsed(&f) {
            prop_assert!(p.length as usize + 14 <= f.len() && p.size <= p.length);
            if let Some(k) = Known::read(f.as_slice(), 7) {
                prop_assert_eq!(p.flags & (F_ERROR | F_SYN | F_FRAGMENT), 0);
                let key = ConnKey::new(7, &p.tuple);
                let read = (k.key, k.length, k.size(f.as_slice().segment()), k.closing == CONN_CLOSING);
                prop_assert_eq!(read, (key, p.length, p.size, p.is(F_CLOSE)), "the short way reads the same");
            }
            prop_assert_eq!(p.tuple.reversed().reversed(), p.tuple);
        } else if parsed(&f) != Err(DropReason::Multicast) {
            prop_assert!(Known::read(f.as_slice(), 7).is_none());
        }
    }
}
