//! Frames with right checksums, and the checks that they still have them.

use super::{ROUTER, mac};

pub const SYN: u8 = 2;
pub const ACK: u8 = 16;
pub const FIN: u8 = 1;
pub const RST: u8 = 4;

/// A frame around an IPv4 payload. DF is set.
pub fn ipv4(source: u32, destination: u32, protocol: u8, payload: &[u8]) -> Vec<u8> {
    let mut f = Vec::new();
    f.extend(ROUTER);
    f.extend(mac(1));
    f.extend([8, 0, 0x45, 0]);
    f.extend(((20 + payload.len()) as u16).to_be_bytes());
    f.extend([0x12, 0x34, 0x40, 0, 64, protocol, 0, 0]);
    f.extend(source.to_be_bytes());
    f.extend(destination.to_be_bytes());
    f.extend(payload);
    seal_ip(&mut f);
    f
}

/// Writes the IP header's checksum.
pub fn seal_ip(f: &mut [u8]) {
    f[24..26].copy_from_slice(&[0, 0]);
    let c = !sum(&f[14..34], 0);
    f[24..26].copy_from_slice(&c.to_be_bytes());
}

pub fn udp(source: (u32, u16), destination: (u32, u16), data: &[u8]) -> Vec<u8> {
    let mut u = Vec::new();
    u.extend(source.1.to_be_bytes());
    u.extend(destination.1.to_be_bytes());
    u.extend(((8 + data.len()) as u16).to_be_bytes());
    u.extend([0, 0]);
    u.extend(data);
    let c = !sum(&u, pseudo(source.0, destination.0, 17, u.len()));
    u[6..8].copy_from_slice(&(if c == 0 { 0xffff } else { c }).to_be_bytes());
    ipv4(source.0, destination.0, 17, &u)
}

pub fn tcp(source: (u32, u16), destination: (u32, u16), flags: u8, data: &[u8]) -> Vec<u8> {
    let mut t = Vec::new();
    t.extend(source.1.to_be_bytes());
    t.extend(destination.1.to_be_bytes());
    t.extend([0, 0, 0, 1, 0, 0, 0, 2, 0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
    t.extend(data);
    let c = !sum(&t, pseudo(source.0, destination.0, 6, t.len()));
    t[16..18].copy_from_slice(&c.to_be_bytes());
    ipv4(source.0, destination.0, 6, &t)
}

pub fn icmp(source: u32, destination: u32, kind: u8, code: u8, rest: [u8; 4], data: &[u8]) -> Vec<u8> {
    let mut i = vec![kind, code, 0, 0];
    i.extend(rest);
    i.extend(data);
    let c = !sum(&i, 0);
    i[2..4].copy_from_slice(&c.to_be_bytes());
    ipv4(source, destination, 1, &i)
}

pub fn echo(source: u32, destination: u32, identifier: u16) -> Vec<u8> {
    let [a, b] = identifier.to_be_bytes();
    icmp(source, destination, 8, 0, [a, b, 0, 1], b"croft ping")
}

pub fn echo_reply(source: u32, destination: u32, identifier: u16) -> Vec<u8> {
    let [a, b] = identifier.to_be_bytes();
    icmp(source, destination, 0, 0, [a, b, 0, 1], b"croft ping")
}

/// Port unreachable from `source` about a frame that its receiver sent.
pub fn unreachable(source: u32, about: &[u8]) -> Vec<u8> {
    let embedded = &about[14..about.len().min(14 + 60)];
    icmp(source, u32::from_be_bytes([about[26], about[27], about[28], about[29]]), 3, 3, [0; 4], embedded)
}

/// The answer to a TCP or UDP frame, with the given TCP flags.
pub fn answer(frame: &[u8], flags: u8) -> Vec<u8> {
    let (source, destination) = (source(frame), destination(frame));
    match frame[23] {
        6 => tcp(destination, source, flags, b""),
        17 => udp(destination, source, b"answer"),
        _ => echo_reply(destination.0, source.0, u16::from_be_bytes([frame[38], frame[39]])),
    }
}

pub fn source(f: &[u8]) -> (u32, u16) {
    (u32::from_be_bytes([f[26], f[27], f[28], f[29]]), u16::from_be_bytes([f[34], f[35]]))
}

pub fn destination(f: &[u8]) -> (u32, u16) {
    (u32::from_be_bytes([f[30], f[31], f[32], f[33]]), u16::from_be_bytes([f[36], f[37]]))
}

fn pseudo(source: u32, destination: u32, protocol: u8, length: usize) -> u32 {
    (source >> 16) + (source & 0xffff) + (destination >> 16) + (destination & 0xffff) + protocol as u32 + length as u32
}

fn sum(bytes: &[u8], start: u32) -> u16 {
    let mut s = start as u64;
    for w in bytes.chunks(2) {
        s += u16::from_be_bytes([w[0], *w.get(1).unwrap_or(&0)]) as u64;
    }
    while s > 0xffff {
        s = (s & 0xffff) + (s >> 16);
    }
    s as u16
}

/// All checksums of a whole frame, those of the packet in an ICMP error too, say that it is intact.
pub fn intact(f: &[u8]) -> bool {
    ip_intact(&f[14..])
}

fn ip_intact(p: &[u8]) -> bool {
    let length = u16::from_be_bytes([p[2], p[3]]) as usize;
    let word = |i: usize| u32::from_be_bytes([p[i], p[i + 1], p[i + 2], p[i + 3]]);
    if sum(&p[..20], 0) != 0xffff {
        return false;
    }
    if p.len() < length {
        return true; // embedded and cut off
    }
    let payload = &p[20..length];
    match p[9] {
        6 => sum(payload, pseudo(word(12), word(16), 6, payload.len())) == 0xffff,
        17 if payload[6..8] == [0, 0] => true,
        17 => sum(payload, pseudo(word(12), word(16), 17, payload.len())) == 0xffff,
        1 => sum(payload, 0) == 0xffff && (payload[0] != 3 || ip_intact(&payload[8..])),
        _ => true,
    }
}
