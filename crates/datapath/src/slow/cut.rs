//! Cuts packets that are too large for their path and may be cut (row NET-8; RFC 791 section 3.2).

use super::frame::{Frame, sum};

const MORE: u16 = 0x2000;
const OFFSET: u16 = 0x1fff;

/// Cuts an IPv4 packet of 20 bytes of header into fragments of at most `mtu` bytes. What is a fragment already is cut
/// further. `None`: the MTU has no room for a fragment, or the packet is not whole.
pub(crate) fn cut(frame: &Frame, mtu: u32) -> Option<Vec<Frame>> {
    let mut frame = frame.clone();
    // A checksum over the whole cannot be finished by whoever gets a part.
    frame.finish_checksum();
    let ip = frame.ip()?;
    let step = (mtu as usize).checked_sub(20)? & !7;
    if step == 0 || ip[0] != 0x45 {
        return None;
    }
    let word = u16::from_be_bytes([ip[6], ip[7]]);
    let payload = &ip[20..];
    let mut parts = Vec::with_capacity(payload.len().div_ceil(step));
    for (index, chunk) in payload.chunks(step).enumerate() {
        let at = index * step;
        let last = at + chunk.len() == payload.len();
        let mut part = frame.ethernet()[..34].to_vec();
        part[16..18].copy_from_slice(&((20 + chunk.len()) as u16).to_be_bytes());
        let more = if last { word & MORE } else { MORE };
        let offset = (word & OFFSET) + (at / 8) as u16;
        part[20..22].copy_from_slice(&(more | (offset & OFFSET)).to_be_bytes());
        part[24..26].fill(0);
        let check = !sum(&part[14..34]);
        part[24..26].copy_from_slice(&check.to_be_bytes());
        part.extend_from_slice(chunk);
        parts.push(Frame::plain(&part));
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(payload: usize, word: u16) -> Frame {
        let mut p = vec![0u8; 34];
        p[12] = 8;
        p[14] = 0x45;
        p[16..18].copy_from_slice(&((20 + payload) as u16).to_be_bytes());
        p[20..22].copy_from_slice(&word.to_be_bytes());
        p.extend((0..payload).map(|i| i as u8));
        Frame::plain(&p)
    }

    #[test]
    fn net_8_parts_fit_and_join_to_the_whole() {
        let whole = packet(4000, 0);
        let parts = cut(&whole, 1500).unwrap();
        assert_eq!(parts.len(), 3);
        let mut joined = Vec::new();
        for (i, part) in parts.iter().enumerate() {
            let ip = part.ip().unwrap();
            assert!(ip.len() <= 1500);
            assert_eq!(sum(&ip[..20]), 0xffff);
            let word = u16::from_be_bytes([ip[6], ip[7]]);
            assert_eq!(word & MORE != 0, i < 2);
            assert_eq!((word & OFFSET) as usize * 8, joined.len());
            joined.extend_from_slice(&ip[20..]);
        }
        assert_eq!(joined, whole.ip().unwrap()[20..]);
    }

    #[test]
    fn a_fragment_in_the_middle_is_cut_further() {
        let parts = cut(&packet(2000, MORE | 100), 1500).unwrap();
        let words: Vec<u16> =
            parts.iter().map(|p| u16::from_be_bytes([p.ip().unwrap()[6], p.ip().unwrap()[7]])).collect();
        assert_eq!(words, [MORE | 100, MORE | (100 + 1480 / 8)]);
    }
}
