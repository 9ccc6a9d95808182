//! What the short way reads of a packet: a whole TCP segment (but none that opens a connection), UDP datagram or echo, or
//! anything else that is no fragment. Whatever it leaves out is `parse`'s, which it never contradicts.

use super::*;

/// A packet that may be of a known flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Under which its connection is kept, if there is one.
    pub key: ConnKey,
    /// As in `Parsed`.
    pub length: u32,
    pub size: u32,
    pub ttl: u8,
    /// A FIN or RST.
    pub closes: bool,
}

const MORE_OR_OFFSET: u16 = 0x3fff;

impl Known {
    /// Reads a packet that came from `port`. `None`: the short way is not for it, for whatever reason.
    #[inline(always)]
    pub fn read<P: Packet + ?Sized>(packet: &P, port: u32) -> Option<Known> {
        let h = packet.view::<{ L4 + 8 }>(0)?;
        let fragment = P::load16::<{ IP + 6 }, _>(h) & MORE_OR_OFFSET.to_be();
        if P::load16::<12, _>(h) != 0x0800u16.to_be() || h[IP] != 0x45 || fragment != 0 || h[IP + 16] >= 224 {
            return None;
        }
        let length = u16::from_be(P::load16::<{ IP + 2 }, _>(h)) as u32;
        if length < 28 || length + IP as u32 > packet.frame_length() {
            return None;
        }
        let (source, destination) = (P::load32::<{ IP + 12 }, _>(h), P::load32::<{ IP + 16 }, _>(h));
        let protocol = h[IP + 9];
        let ttl = h[IP + 8];
        let (mut ports, mut size, mut closes) = (0, length, false);
        match protocol {
            TCP => {
                let t = packet.view::<20>(L4)?;
                let headers = 20 + (t[12] >> 4) as u32 * 4;
                let flags = t[13];
                if headers < 40 || headers > length || flags & (SYN | ACK) == SYN {
                    return None;
                }
                closes = flags & SYN == 0 && flags & (FIN | RST) != 0;
                size = cut(length, packet.segment(), headers);
                ports = u32::from_be(P::load32::<L4, _>(h));
            }
            UDP => {
                let carried = u16::from_be(P::load16::<{ L4 + 4 }, _>(h)) as u32;
                if carried < 8 || carried + 20 > length {
                    return None;
                }
                size = cut(length, packet.segment(), 28);
                ports = u32::from_be(P::load32::<L4, _>(h));
            }
            ICMP => {
                let kind = match h[L4] {
                    8 => KIND_ECHO,
                    0 => KIND_ECHO_REPLY,
                    _ => return None,
                };
                let identifier = u16::from_be(P::load16::<{ L4 + 4 }, _>(h));
                ports = (identifier as u32) << 16 | kind as u32;
            }
            _ => {}
        }
        let key = ConnKey::between(port, protocol, Ends { source, destination, ports });
        Some(Known { key, length, size, ttl, closes })
    }
}

/// A frame that will be cut into segments is as large as one of them.
#[inline(always)]
fn cut(length: u32, segment: u32, headers: u32) -> u32 {
    if segment != 0 && headers + segment < length { headers + segment } else { length }
}
