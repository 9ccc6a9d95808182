//! Fragments: kept per interface until the first one of their packet has been judged, then sent on as they come.
//!
//! Only the first fragment has ports, so all of a packet share its fate, in whatever order they arrive. What is kept is
//! bounded for each interface in packets, bytes and (fabric) time; who exceeds it loses their own oldest.

use std::collections::{BTreeMap, VecDeque};

use super::frame::Frame;

/// Packets of one interface that are incomplete at a time.
const SETS: usize = 64;
/// Bytes of one interface that wait for their first fragment.
const HELD: usize = 512 << 10;
/// How long an incomplete packet is waited for (Linux has the same), ns.
const LIFE: u64 = 30_000_000_000;

/// Which packet a fragment belongs to (RFC 791).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    addresses: [u8; 8],
    protocol: u8,
    identification: u16,
}

struct Set<F> {
    key: Key,
    born: u64,
    /// What became of the first fragment.
    fate: Option<F>,
    held: Vec<Frame>,
    /// Payload bytes seen, and how many there are in all once the last fragment has come.
    seen: usize,
    total: Option<usize>,
}

/// The incomplete packets of all interfaces. `F` is the fate of a packet.
pub(crate) struct Fragments<F> {
    ports: BTreeMap<u32, Waiting<F>>,
}

/// Those of one interface, the oldest first.
struct Waiting<F> {
    sets: VecDeque<Set<F>>,
    /// Of all fragments that are held.
    bytes: usize,
}

/// What an arrival sets free.
pub(crate) struct Arrival<F> {
    /// Fragments whose fate is known now.
    pub(crate) decided: Vec<(Frame, F)>,
    /// Fragments that nobody waits for any more, with the port they came from.
    pub(crate) lost: Vec<(u32, Frame)>,
}

impl<F: Clone> Fragments<F> {
    pub(crate) fn new() -> Fragments<F> {
        Fragments { ports: BTreeMap::new() }
    }

    /// A fragment has come from `port`; `judge` is asked about a first one.
    pub(crate) fn arrive(&mut self, port: u32, now: u64, frame: Frame, judge: impl FnOnce(&Frame) -> F) -> Arrival<F> {
        let mut arrival = Arrival { decided: Vec::new(), lost: Vec::new() };
        let Some(part) = Part::read(&frame) else {
            arrival.lost.push((port, frame));
            return arrival;
        };
        let waiting = self.ports.entry(port).or_insert_with(|| Waiting { sets: VecDeque::new(), bytes: 0 });
        let sets = &mut waiting.sets;
        let index = match sets.iter().position(|s| s.key == part.key && now.saturating_sub(s.born) < LIFE) {
            Some(index) => index,
            None => {
                if sets.len() == SETS {
                    waiting.bytes -= lose(port, sets.pop_front(), &mut arrival.lost);
                }
                sets.push_back(Set { key: part.key, born: now, fate: None, held: Vec::new(), seen: 0, total: None });
                sets.len() - 1
            }
        };
        let set = &mut sets[index];
        set.seen += part.length;
        if part.last {
            set.total = Some(part.offset + part.length);
        }
        if part.offset == 0 {
            let fate = judge(&frame);
            set.fate = Some(fate.clone());
            arrival.decided.push((frame, fate.clone()));
            waiting.bytes -= size(&set.held);
            arrival.decided.extend(set.held.drain(..).map(|f| (f, fate.clone())));
        } else {
            match &set.fate {
                Some(fate) => arrival.decided.push((frame, fate.clone())),
                None => {
                    waiting.bytes += frame.to_send().len();
                    set.held.push(frame);
                }
            }
        }
        if set.fate.is_some() && set.total.is_some_and(|t| set.seen >= t) {
            sets.remove(index);
        }
        while waiting.bytes > HELD {
            let oldest = sets.iter().position(|s| !s.held.is_empty()).and_then(|i| sets.remove(i));
            waiting.bytes -= lose(port, oldest, &mut arrival.lost);
        }
        arrival
    }

    /// Gives up on what has waited too long.
    pub(crate) fn expire(&mut self, now: u64) -> Vec<(u32, Frame)> {
        let mut lost = Vec::new();
        for (port, waiting) in &mut self.ports {
            while waiting.sets.front().is_some_and(|s| now.saturating_sub(s.born) >= LIFE) {
                waiting.bytes -= lose(*port, waiting.sets.pop_front(), &mut lost);
            }
        }
        self.ports.retain(|_, waiting| !waiting.sets.is_empty());
        lost
    }
}

/// Says how many bytes were given up.
fn lose<F>(port: u32, set: Option<Set<F>>, lost: &mut Vec<(u32, Frame)>) -> usize {
    let held = set.map_or(Vec::new(), |s| s.held);
    let bytes = size(&held);
    lost.extend(held.into_iter().map(|f| (port, f)));
    bytes
}

fn size(held: &[Frame]) -> usize {
    held.iter().map(|f| f.to_send().len()).sum()
}

/// What a fragment's header says.
struct Part {
    key: Key,
    /// In bytes.
    offset: usize,
    length: usize,
    last: bool,
}

impl Part {
    /// `None`: not a legal fragment. A later one that reaches into a TCP header could change what was judged
    /// (RFC 3128).
    fn read(frame: &Frame) -> Option<Part> {
        let ip = frame.ip()?;
        let word = u16::from_be_bytes([ip[6], ip[7]]);
        let offset = (word & 0x1fff) as usize * 8;
        let length = ip.len() - 20;
        let last = word & 0x2000 == 0;
        if ip[0] != 0x45 || length == 0 || (!last && length % 8 != 0) || offset + length > 65_515 {
            return None;
        }
        if offset != 0 && offset < 20 && ip[9] == croft_engine::tables::TCP {
            return None;
        }
        let key = Key {
            addresses: *ip[12..].first_chunk()?,
            protocol: ip[9],
            identification: u16::from_be_bytes([ip[4], ip[5]]),
        };
        Some(Part { key, offset, length, last })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fragment(identification: u16, offset: usize, length: usize, more: bool) -> Frame {
        let mut f = vec![0u8; 34 + length];
        f[12] = 8;
        f[14] = 0x45;
        f[16..18].copy_from_slice(&((20 + length) as u16).to_be_bytes());
        f[18..20].copy_from_slice(&identification.to_be_bytes());
        f[20..22].copy_from_slice(&((offset / 8) as u16 | if more { 0x2000 } else { 0 }).to_be_bytes());
        f[23] = 17;
        Frame::plain(&f)
    }

    #[test]
    fn any_order_shares_the_fate_of_the_first() {
        let mut fragments = Fragments::new();
        let mut arrive = |f: Frame| fragments.arrive(1, 0, f, |_| "let through").decided.len();
        assert_eq!(arrive(fragment(7, 2960, 100, false)), 0);
        assert_eq!(arrive(fragment(7, 1480, 1480, true)), 0);
        assert_eq!(arrive(fragment(7, 0, 1480, true)), 3);
        assert!(fragments.ports[&1].sets.is_empty());
        assert_eq!(fragments.ports[&1].bytes, 0);
    }

    #[test]
    fn what_comes_after_the_first_goes_on_at_once() {
        let mut fragments = Fragments::new();
        assert_eq!(fragments.arrive(1, 0, fragment(7, 0, 1480, true), |_| 1).decided.len(), 1);
        let later = fragments.arrive(1, 0, fragment(7, 1480, 8, false), |_| 2).decided;
        assert_eq!(later.len(), 1);
        assert_eq!(later[0].1, 1);
    }

    #[test]
    fn incomplete_packets_are_bounded_per_interface() {
        let mut fragments: Fragments<()> = Fragments::new();
        let mut lost = 0;
        for id in 0..1000u16 {
            lost += fragments.arrive(1, 0, fragment(id, 1480, 1480, true), |_| ()).lost.len();
        }
        assert_eq!(lost, 1000 - SETS);
        assert_eq!(fragments.arrive(2, 0, fragment(1, 1480, 1480, true), |_| ()).lost.len(), 0);
        for offset in 1..400usize {
            fragments.arrive(1, 0, fragment(2000, offset * 160, 8000, true), |_| ());
        }
        let held: usize = fragments.ports[&1].sets.iter().map(|s| size(&s.held)).sum();
        assert!(held <= HELD);
        assert_eq!(held, fragments.ports[&1].bytes);
    }

    #[test]
    fn time_ends_the_wait() {
        let mut fragments: Fragments<()> = Fragments::new();
        fragments.arrive(1, 0, fragment(7, 1480, 8, false), |_| ());
        assert_eq!(fragments.expire(LIFE - 1).len(), 0);
        assert_eq!(fragments.expire(LIFE).len(), 1);
    }

    #[test]
    fn a_later_fragment_must_not_reach_into_a_tcp_header() {
        let mut f = fragment(7, 8, 64, true);
        f.ethernet_mut()[23] = croft_engine::tables::TCP;
        assert_eq!(Fragments::new().arrive(1, 0, f, |_| ()).lost.len(), 1);
    }
}
