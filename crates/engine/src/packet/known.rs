//! What the short way reads of a packet: a whole TCP segment (but none that opens a connection), UDP datagram or echo, or
//! anything else that is no fragment. Whatever it leaves out is `parse`'s, which it contradicts in one thing: it takes multicast, which
//! is of no flow, because `parse` refuses it.

use super::*;

/// A packet that may be of a known flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Under which its connection is kept, if there is one.
    pub key: ConnKey,
    /// As in `Parsed`.
    pub length: u32,
    /// Bytes before the payload, that a frame which will be cut into segments has before each of them.
    pub headers: u32,
    /// `CONN_CLOSING` for a FIN or RST, else 0.
    pub closing: u8,
}

const MORE_OR_OFFSET: u16 = 0x3fff;

/// From the ethertype on, and which bits of it count: IPv4, and a header of 20 bytes.
const BEGINNING: (u32, u32) = (u32::from_ne_bytes([8, 0, 0x45, 0]), u32::from_ne_bytes([0xff, 0xff, 0xff, 0]));

impl Known {
    /// Reads a packet that came from `port`. `None`: the short way is not for it, for whatever reason.
    #[inline(always)]
    pub fn read<P: Packet + ?Sized>(packet: &P, port: u32) -> Option<Known> {
        let h = packet.view::<{ L4 + 8 }>(0)?;
        let fragment = P::load16::<{ IP + 6 }, _>(h) & MORE_OR_OFFSET.to_be();
        if P::load32::<12, _>(h) & BEGINNING.1 != BEGINNING.0 || fragment != 0 {
            return None;
        }
        let length = u16::from_be(P::load16::<{ IP + 2 }, _>(h)) as u32;
        if length + IP as u32 > packet.frame_length() {
            return None;
        }
        let (source, destination) = (P::load32::<{ IP + 12 }, _>(h), P::load32::<{ IP + 16 }, _>(h));
        let protocol = h[IP + 9];
        let (mut ports, mut headers, mut closing) = (0, length, 0);
        match protocol {
            TCP => {
                let t = packet.view::<20>(L4)?;
                headers = 20 + (t[12] >> 4) as u32 * 4;
                if headers < 40 || headers > length {
                    return None;
                }
                // One that answers an opening one is like any other; with FIN or RST it is for `parse` to say what it is.
                if t[13] & SYN != 0 && t[13] & (ACK | FIN | RST) != ACK {
                    return None;
                }
                // Both flags are neighbours of that bit.
                closing = (t[13] << 1 | t[13] >> 1) & CONN_CLOSING;
                ports = u32::from_be(P::load32::<L4, _>(h));
            }
            UDP => {
                let carried = u16::from_be(P::load16::<{ L4 + 4 }, _>(h)) as u32;
                if carried < 8 || carried + 20 > length {
                    return None;
                }
                headers = 28;
                ports = u32::from_be(P::load32::<L4, _>(h));
            }
            _ if length < 28 => return None,
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
        Some(Known { key, length, headers, closing })
    }

    /// As in `Parsed`, of a frame that will be cut into segments with so many bytes of payload, 0 = it will not.
    #[inline(always)]
    pub fn size(&self, segment: u32) -> u32 {
        if segment != 0 && self.headers + segment < self.length { self.headers + segment } else { self.length }
    }
}
