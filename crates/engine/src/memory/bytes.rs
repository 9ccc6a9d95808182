//! A packet as plain bytes, with finished checksums.

use crate::packet::{Fix, Packet};
use crate::rewrite::{not_zero, update};

impl Packet for [u8] {
    fn view<const N: usize>(&self, at: usize) -> Option<&[u8; N]> {
        self.get(at..at.checked_add(N)?)?.try_into().ok()
    }

    fn view_mut<const N: usize>(&mut self, at: usize) -> Option<&mut [u8; N]> {
        self.get_mut(at..at.checked_add(N)?)?.try_into().ok()
    }

    fn frame_length(&self) -> u32 {
        u32::try_from(self.len()).unwrap_or(u32::MAX)
    }

    fn fix_checksum(&mut self, at: usize, difference: u32, kind: Fix) {
        let Some(check) = self.view_mut::<2>(at) else { return };
        let old = u16::from_ne_bytes(*check);
        if kind.udp && old == 0 {
            return;
        }
        let new = update(old, difference);
        *check = if kind.udp { not_zero(new) } else { new }.to_ne_bytes();
    }
}
