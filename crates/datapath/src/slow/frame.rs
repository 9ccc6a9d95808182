//! A frame with its offload header: what the kernel hands over and takes back without finishing checksums.

use croft_engine::packet::{Fix, Packet};

use crate::packet_socket::OFFLOAD_HEADER;

/// `VIRTIO_NET_HDR_F_NEEDS_CSUM`: the checksum at `csum_start + csum_offset` covers the pseudo header only so far.
const NEEDS_CHECKSUM: u8 = 1;

/// Offload header and Ethernet frame in one buffer, as a packet socket with offload headers wants them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    bytes: Vec<u8>,
}

impl Frame {
    /// A frame without offloads.
    pub(crate) fn plain(frame: &[u8]) -> Frame {
        let mut bytes = vec![0; OFFLOAD_HEADER];
        bytes.extend_from_slice(frame);
        Frame { bytes }
    }

    /// From a buffer of offload header, `label` bytes in front of the frame, and the frame. The label goes, and the
    /// offsets of the header, which count from it, with it.
    pub(crate) fn without_label(buffer: &[u8], label: usize) -> Option<Frame> {
        let (header, rest) = buffer.split_at_checked(OFFLOAD_HEADER)?;
        let mut bytes = header.to_vec();
        bytes.extend_from_slice(rest.get(label..)?);
        let mut frame = Frame { bytes };
        if frame.needs_checksum() {
            frame.set16(6, frame.get16(6).checked_sub(label as u16)?);
        }
        if frame.segment_kind() != 0 {
            frame.set16(2, frame.get16(2).saturating_sub(label as u16));
        }
        Some(frame)
    }

    /// With the offload header, to be sent.
    pub(crate) fn to_send(&self) -> &[u8] {
        &self.bytes
    }

    /// The Ethernet frame.
    pub(crate) fn ethernet(&self) -> &[u8] {
        &self.bytes[OFFLOAD_HEADER..]
    }

    pub(crate) fn ethernet_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[OFFLOAD_HEADER..]
    }

    /// The IPv4 packet, as long as its header says. `None` where that contradicts the frame.
    pub(crate) fn ip(&self) -> Option<&[u8]> {
        let ip = self.ethernet().get(14..)?;
        let length = u16::from_be_bytes([*ip.get(2)?, *ip.get(3)?]) as usize;
        if length < 20 { None } else { ip.get(..length) }
    }

    pub(crate) fn needs_checksum(&self) -> bool {
        self.bytes[0] & NEEDS_CHECKSUM != 0
    }

    /// Not 0: the frame is to be cut into segments (GSO).
    pub(crate) fn segment_kind(&self) -> u8 {
        self.bytes[1]
    }

    /// Computes a checksum that the sender's offload has left unfinished.
    pub(crate) fn finish_checksum(&mut self) {
        if !self.needs_checksum() {
            return;
        }
        let (start, offset) = (self.get16(6) as usize, self.get16(8) as usize);
        let end = 14 + self.ip().map_or(0, <[u8]>::len);
        let frame = self.ethernet_mut();
        if let Some(covered) = frame.get(start..end).filter(|c| offset + 2 <= c.len()) {
            let check = !sum(covered);
            let check = if check == 0 { 0xffff } else { check };
            frame[start + offset..start + offset + 2].copy_from_slice(&check.to_be_bytes());
        }
        self.bytes[..OFFLOAD_HEADER].fill(0);
    }

    /// Numbers of the offload header are in the machine's order.
    fn get16(&self, at: usize) -> u16 {
        u16::from_ne_bytes([self.bytes[at], self.bytes[at + 1]])
    }

    fn set16(&mut self, at: usize, value: u16) {
        self.bytes[at..at + 2].copy_from_slice(&value.to_ne_bytes());
    }
}

impl Packet for Frame {
    fn view<const N: usize>(&self, at: usize) -> Option<&[u8; N]> {
        self.ethernet().get(at..)?.first_chunk()
    }

    fn view_mut<const N: usize>(&mut self, at: usize) -> Option<&mut [u8; N]> {
        self.ethernet_mut().get_mut(at..)?.first_chunk_mut()
    }

    fn frame_length(&self) -> u32 {
        self.ethernet().len() as u32
    }

    fn segment(&self) -> u32 {
        if self.segment_kind() == 0 { 0 } else { self.get16(4) as u32 }
    }

    fn fix_checksum(&mut self, at: usize, difference: u32, kind: Fix) {
        // The sum that covers the pseudo header only is kept as it is, not inverted.
        let unfinished = self.needs_checksum() && at == self.get16(6) as usize + self.get16(8) as usize;
        if unfinished && !kind.pseudo {
            return;
        }
        let Some(field) = self.view_mut::<2>(at) else { return };
        let old = u16::from_ne_bytes(*field);
        if kind.udp && !unfinished && old == 0 {
            return;
        }
        let base = if unfinished { old } else { !old };
        let sum = fold(u64::from(base) + u64::from(difference));
        let new = if unfinished { sum } else { !sum };
        let new = if kind.udp && !unfinished && new == 0 { 0xffff } else { new };
        *field = new.to_ne_bytes();
    }
}

/// The one's-complement sum of bytes in network order (RFC 1071), not inverted.
pub(super) fn sum(bytes: &[u8]) -> u16 {
    let pairs = bytes.chunks(2).map(|p| u64::from(u16::from_be_bytes([p[0], p.get(1).copied().unwrap_or(0)])));
    fold(pairs.sum())
}

/// The sum of the pseudo header of TCP and UDP over IPv4, and of the segment.
pub(super) fn transport_checksum(ip: &[u8], segment: &[u8]) -> u16 {
    let pseudo = u64::from(sum(&ip[12..20])) + u64::from(ip[9]) + segment.len() as u64;
    !fold(pseudo + u64::from(sum(segment)))
}

fn fold(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}
