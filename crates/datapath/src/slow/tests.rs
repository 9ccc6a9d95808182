//! Whatever a workload sends, the slow path does not trip over it.

use std::net::Ipv4Addr;

use croft_engine::{DropReason, Packet, packet::Fix};
use proptest::{collection::vec, prelude::*};

use super::{
    answer::{Router, answer},
    cut::cut,
    fragments::Fragments,
    frame::{Frame, sum},
};

/// Bytes that look like an IPv4 frame often enough to get far.
fn frame() -> impl Strategy<Value = Vec<u8>> {
    (vec(any::<u8>(), 0..200), any::<bool>()).prop_map(|(mut bytes, alike)| {
        if alike && bytes.len() >= 34 {
            bytes[12..15].copy_from_slice(&[8, 0, 0x45]);
            let length = (bytes.len() - 14) as u16;
            bytes[16..18].copy_from_slice(&length.to_be_bytes());
            bytes[23] = [1, 6, 17, 47][bytes[23] as usize % 4];
        }
        bytes
    })
}

const ROUTER: Router = Router { address: Ipv4Addr::new(10, 0, 1, 1), mac: [2; 6], sender_mac: [4; 6] };

proptest! {
    #[test]
    fn nothing_trips_it_up(bytes in frame(), header in any::<[u8; 10]>(), mtu in 0u32..3000, fix in any::<(u8, u32, bool, bool)>()) {
        let buffer = [&header[..], &[0; 14], &bytes].concat();
        let Some(mut frame) = Frame::without_label(&buffer, 14) else { return Ok(()) };
        for reason in DropReason::ALL {
            if let Some(told) = answer(&frame, *reason, mtu, ROUTER) {
                let ip = told.ip().unwrap();
                prop_assert_eq!(sum(&ip[..20]), 0xffff);
                prop_assert!(ip.len() <= 576);
            }
        }
        if let Some(parts) = cut(&frame, mtu) {
            let whole: usize = parts.iter().map(|p| p.ip().unwrap().len() - 20).sum();
            prop_assert_eq!(whole, frame.ip().unwrap().len() - 20);
            prop_assert!(parts.iter().all(|p| p.ip().unwrap().len() as u32 <= mtu));
        }
        let mut fragments = Fragments::new();
        let _ = fragments.arrive(1, 0, frame.clone(), |_| ());
        let (at, difference, pseudo, udp) = fix;
        frame.fix_checksum(at.into(), difference, Fix { pseudo, udp });
        frame.finish_checksum();
    }
}
