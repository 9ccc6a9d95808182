use super::*;
use crate::parse;
use proptest::prelude::*;

#[derive(Clone, Debug)]
struct Flow {
    protocol: u8,
    source: u32,
    destination: u32,
    ports: (u16, u16),
    data: Vec<u8>,
}

fn flow() -> impl Strategy<Value = Flow> {
    let protocol = prop::sample::select(vec![1u8, 6, 17, 50]);
    let data = prop::collection::vec(any::<u8>(), 0..64);
    let unicast = 0x0100_0000..0xdfff_ffffu32;
    (protocol, unicast.clone(), unicast, any::<(u16, u16)>(), data)
        .prop_map(|(protocol, source, destination, ports, data)| Flow { protocol, source, destination, ports, data })
}

impl Flow {
    fn frame(&self) -> Vec<u8> {
        let mut payload = match self.protocol {
            1 => [&[8u8, 0, 0, 0][..], &self.ports.0.to_be_bytes(), &[0, 1]].concat(),
            6 => [&self.ports.0.to_be_bytes()[..], &self.ports.1.to_be_bytes(), &[0; 8], &[0x50, 16, 1, 1, 0, 0, 0, 0]]
                .concat(),
            17 => [
                &self.ports.0.to_be_bytes()[..],
                &self.ports.1.to_be_bytes(),
                &(8 + self.data.len() as u16).to_be_bytes(),
                &[0, 0],
            ]
            .concat(),
            _ => vec![0; 8],
        };
        payload.extend(&self.data);
        let pseudo = [
            &self.source.to_be_bytes()[..],
            &self.destination.to_be_bytes(),
            &[0, self.protocol],
            &(payload.len() as u16).to_be_bytes(),
        ]
        .concat();
        let seal = |payload: &mut Vec<u8>, at: usize, pseudo: &[u8]| {
            let check = !total(&[pseudo, payload]);
            payload[at..at + 2].copy_from_slice(&not_zero(check).to_be_bytes());
        };
        match self.protocol {
            1 => seal(&mut payload, 2, &[]),
            6 => seal(&mut payload, 16, &pseudo),
            17 => seal(&mut payload, 6, &pseudo),
            _ => {}
        }
        around(self.source, self.destination, self.protocol, &payload)
    }
}

fn around(source: u32, destination: u32, protocol: u8, payload: &[u8]) -> Vec<u8> {
    let length = (20 + payload.len() as u16).to_be_bytes();
    let mut f = [&[0u8; 12][..], &[8, 0, 0x45, 0], &length, &[0, 1, 0x40, 0, 64, protocol, 0, 0]].concat();
    f.extend(source.to_be_bytes());
    f.extend(destination.to_be_bytes());
    let check = !total(&[&f[14..34]]);
    f[24..26].copy_from_slice(&check.to_be_bytes());
    f.extend(payload);
    f
}

/// One's-complement sum of byte strings, all but the last of even length.
fn total(parts: &[&[u8]]) -> u16 {
    let mut s = 0u32;
    for w in parts.iter().flat_map(|p| p.chunks(2)) {
        s += u16::from_be_bytes([w[0], *w.get(1).unwrap_or(&0)]) as u32;
        s = (s & 0xffff) + (s >> 16);
    }
    s as u16
}

fn intact(p: &[u8]) -> bool {
    let payload = &p[20..];
    let pseudo = [&p[12..20], &[0, p[9]], &(payload.len() as u16).to_be_bytes()].concat();
    let sum = match p[9] {
        1 => total(&[payload]),
        6 | 17 => total(&[&pseudo, payload]),
        _ => 0xffff,
    };
    total(&[&p[..20]]) == 0xffff && sum == 0xffff && (p[9] != 1 || payload[0] != 3 || intact(&payload[8..]))
}

/// Changes everything that a translation may change.
fn translated(t: &Tuple, source: u32, destination: u32, ports: (u16, u16)) -> Tuple {
    let mut to = Tuple { source: Ip::v4(source), destination: Ip::v4(destination), ..*t };
    match (t.protocol, t.kind) {
        (TCP | UDP, _) => (to.source_port, to.destination_port) = ports,
        (ICMP, KIND_ECHO) => to.source_port = ports.0,
        (ICMP, KIND_ECHO_REPLY) => to.destination_port = ports.0,
        _ => {}
    }
    to
}

fn action(tuple: Tuple, ttl_cost: u8) -> Action {
    let (destination_mac, source_mac) = ([2, 0, 0, 0, 0, 9], [2, 0, 0, 0, 0, 8]);
    Action { tuple, flags: ACT_TRANSLATE, ttl_cost, destination_mac, source_mac, ..Action::default() }
}

proptest! {
    #[test]
    fn a_translated_packet_is_intact_and_translated_back_is_what_it_was(
        flow in flow(), source: u32, destination in 0x0100_0000..0xdfff_ffffu32, ports: (u16, u16), cost in 0u8..3,
    ) {
        let original = flow.frame();
        let came = parse(original.as_slice()).expect("a packet");
        let to = translated(&came.tuple, source, destination, ports);
        let mut f = original.clone();
        apply(f.as_mut_slice(), &came, &action(to, cost), to.source).expect("long enough");
        prop_assert!(intact(&f[14..]), "checksums");
        let there = parse(f.as_slice()).expect("still a packet");
        prop_assert_eq!(there.tuple, to);
        prop_assert_eq!(there.ttl as u16, came.ttl as u16 - u16::from(cost));
        prop_assert_eq!(&f[..6], &[2, 0, 0, 0, 0, 9]);
        apply(f.as_mut_slice(), &there, &action(came.tuple, 0), came.tuple.source).expect("long enough");
        f[22] = original[22];
        prop_assert_eq!(parse(f.as_slice()).map(|p| p.tuple), Ok(came.tuple));
        prop_assert_eq!(&f[34..], &original[34..]);
    }

    /// The packet inside is mended as far as the error carries it, and the error's own checksum holds always.
    #[test]
    fn an_icmp_error_is_translated_inside_and_outside(
        flow in flow(), router in prop::option::of(0x0100_0000..0xdfff_ffffu32), source: u32, sender: u32,
        ports: (u16, u16), cut in 28usize..120,
    ) {
        let about = flow.frame();
        let whole = cut >= about.len() - 14;
        let embedded = &about[14..about.len().min(14 + cut)];
        prop_assume!(embedded.len() >= 28);
        let mut payload = [&[3u8, 3, 0, 0, 0, 0, 0, 0][..], embedded].concat();
        let check = !total(&[&payload]);
        payload[2..4].copy_from_slice(&check.to_be_bytes());
        let mut f = around(router.unwrap_or(flow.destination), flow.source, 1, &payload);
        let came = parse(f.as_slice()).expect("an error");
        // The sender of the flow had another address than the one that the embedded packet shows.
        let to = translated(&came.tuple, source, sender, (ports.1, ports.0));
        let outer = if router.is_none() { to.source } else { came.outer_source };
        apply(f.as_mut_slice(), &came, &action(to, 1), outer).expect("long enough");
        prop_assert_eq!(total(&[&f[14..34]]), 0xffff, "IP");
        prop_assert_eq!(total(&[&f[34..]]), 0xffff, "ICMP");
        prop_assert_eq!(total(&[&f[42..62]]), 0xffff, "embedded IP");
        prop_assert!(!whole || intact(&f[42..]), "embedded payload");
        prop_assert_eq!(&f[54..58], &sender.to_be_bytes());
    }
}
