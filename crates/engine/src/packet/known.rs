//! What the short way reads of a packet: a whole TCP segment (but none that opens a connection), UDP datagram or echo, or
//! anything else that is no fragment. Whatever it leaves out is `parse`'s, which it never contradicts.

use super::*;

/// A packet that may be of a known flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
    /// Reads a packet that came from `port` into `self`. False: the short way is not for it, for whatever reason.
    #[inline(always)]
    pub fn read<P: Packet + ?Sized>(&mut self, packet: &P, port: u32) -> bool {
        self.headers(packet, port).is_some()
    }

    #[inline(always)]
    fn headers<P: Packet + ?Sized>(&mut self, packet: &P, port: u32) -> Option<()> {
        let h = packet.view::<{ L4 + 8 }>(0)?;
        let fragment = P::load16::<{ IP + 6 }, _>(h) & MORE_OR_OFFSET.to_be();
        if P::load16::<12, _>(h) != 0x0800u16.to_be() || h[IP] != 0x45 || fragment != 0 || h[IP + 16] >= 224 {
            return None;
        }
        let length = u16::from_be(P::load16::<{ IP + 2 }, _>(h)) as u32;
        if length < 28 || length + IP as u32 > packet.frame_length() {
            return None;
        }
        self.key.port = port;
        let tuple = &mut self.key.tuple;
        tuple.source = Ip::v4_wire_of(P::load32::<{ IP + 12 }, _>(h));
        tuple.destination = Ip::v4_wire_of(P::load32::<{ IP + 16 }, _>(h));
        let protocol = h[IP + 9];
        self.length = length;
        self.size = length;
        self.ttl = h[IP + 8];
        self.closes = false;
        let mut kind = KIND_NONE;
        let mut ports = [0u16; 2];
        match protocol {
            TCP => {
                let t = packet.view::<20>(L4)?;
                let headers = 20 + (t[12] >> 4) as u32 * 4;
                let flags = t[13];
                if headers < 40 || headers > length || flags & (SYN | ACK) == SYN {
                    return None;
                }
                self.closes = flags & SYN == 0 && flags & (FIN | RST) != 0;
                self.cut(packet.segment(), headers);
                ports = both(P::load32::<L4, _>(h));
            }
            UDP => {
                let carried = u16::from_be(P::load16::<{ L4 + 4 }, _>(h)) as u32;
                if carried < 8 || carried + 20 > length {
                    return None;
                }
                self.cut(packet.segment(), 28);
                ports = both(P::load32::<L4, _>(h));
            }
            ICMP => {
                let identifier = u16::from_be(P::load16::<{ L4 + 4 }, _>(h));
                match h[L4] {
                    8 => (kind, ports) = (KIND_ECHO, [identifier, 0]),
                    0 => (kind, ports) = (KIND_ECHO_REPLY, [0, identifier]),
                    _ => return None,
                }
            }
            _ => {}
        }
        let tuple = &mut self.key.tuple;
        [tuple.source_port, tuple.destination_port] = ports;
        (tuple.protocol, tuple.kind, tuple.pad) = (protocol, kind, 0);
        Some(())
    }

    /// A frame that will be cut into segments is as large as one of them.
    #[inline(always)]
    fn cut(&mut self, segment: u32, headers: u32) {
        if segment != 0 && headers + segment < self.length {
            self.size = headers + segment;
        }
    }
}

/// The two ports of a TCP or UDP header.
#[inline(always)]
fn both(word: u32) -> [u16; 2] {
    let word = u32::from_be(word);
    [(word >> 16) as u16, word as u16]
}
