//! What a class allows: for each protocol the ports, in a form that is the same however the rules were written.
//!
//! Rules are painted one over the other: a security group's add up (row SG-1), a network ACL's are painted from the
//! last to the first, so that the first match stays on top (row ACL-2).

use std::collections::BTreeMap;

use croft_engine::tables::*;
use croft_model::protocol::{Ports, Protocol};

use crate::hash;

/// One rule without its addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clause {
    pub protocol: Protocol,
    pub ports: Ports,
    pub allow: bool,
}

/// Ports with the same verdict, both ends included. `bits` are `VERDICT_*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stretch {
    pub first: u16,
    pub last: u16,
    pub bits: u32,
}

/// What a class allows. Equal contents are equal values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Content {
    /// By type × 256 + code. What is in no stretch is denied; neighbours differ.
    pub icmp: Vec<Stretch>,
    pub tcp: Vec<Stretch>,
    pub udp: Vec<Stretch>,
    /// The protocols whose verdict is not `rest`.
    pub others: BTreeMap<u8, bool>,
    pub rest: bool,
}

/// Verdicts over all 65,536 ports while they are painted: each entry holds from its port up to the next entry.
struct Canvas(Vec<(u32, u32)>);

const PORTS: u32 = 1 << 16;
const EVERY_PORT: (u16, u16) = (0, u16::MAX);

impl Canvas {
    fn new() -> Canvas {
        Canvas(vec![(0, 0)])
    }

    fn cut(&mut self, port: u32) -> usize {
        match self.0.binary_search_by_key(&port, |&(start, _)| start) {
            Ok(at) => at,
            Err(at) => {
                // The first entry starts at 0, so there is one before.
                let bits = self.0[at - 1].1;
                self.0.insert(at, (port, bits));
                at
            }
        }
    }

    fn paint(&mut self, (first, last): (u16, u16), brush: Brush) {
        if first > last {
            return;
        }
        let from = self.cut(u32::from(first));
        let end = u32::from(last) + 1;
        let to = if end == PORTS { self.0.len() } else { self.cut(end) };
        for (_, bits) in &mut self.0[from..to] {
            *bits = brush.over(*bits);
        }
    }

    fn stretches(&self) -> Vec<Stretch> {
        let mut spans: Vec<Stretch> = Vec::new();
        for (n, &(start, bits)) in self.0.iter().enumerate() {
            let last = (self.0.get(n + 1).map_or(PORTS, |next| next.0) - 1) as u16;
            match spans.last_mut() {
                Some(before) if before.bits == bits && u32::from(before.last) + 1 == start => before.last = last,
                _ if bits != 0 => spans.push(Stretch { first: start as u16, last, bits }),
                _ => {}
            }
        }
        spans
    }
}

/// How a rule changes the verdict of what it covers.
#[derive(Clone, Copy)]
enum Brush {
    Add(u32),
    Set(u32),
}

impl Brush {
    fn over(self, bits: u32) -> u32 {
        match self {
            Brush::Add(more) => bits | more,
            Brush::Set(all) => all,
        }
    }
}

/// Paints rules into a [`Content`].
pub struct Painter {
    icmp: Canvas,
    tcp: Canvas,
    udp: Canvas,
    others: BTreeMap<u8, u32>,
    rest: u32,
}

impl Default for Painter {
    fn default() -> Self {
        Painter { icmp: Canvas::new(), tcp: Canvas::new(), udp: Canvas::new(), others: BTreeMap::new(), rest: 0 }
    }
}

impl Painter {
    /// A rule that adds to what is allowed. `wide`: it allows all addresses (row SG-6).
    pub fn add(&mut self, clause: &Clause, wide: bool) {
        if clause.allow {
            self.paint(clause, Brush::Add(VERDICT_ALLOW | if wide { VERDICT_WIDE } else { 0 }));
        }
    }

    /// A rule that overrides whatever was painted before.
    pub fn cover(&mut self, clause: &Clause) {
        self.paint(clause, Brush::Set(if clause.allow { VERDICT_ALLOW } else { 0 }));
    }

    fn paint(&mut self, clause: &Clause, brush: Brush) {
        match clause.protocol {
            Protocol::All => {
                for canvas in [&mut self.icmp, &mut self.tcp, &mut self.udp] {
                    canvas.paint(EVERY_PORT, brush);
                }
                for bits in self.others.values_mut() {
                    *bits = brush.over(*bits);
                }
                self.rest = brush.over(self.rest);
            }
            Protocol::Number(ICMP) => match clause.ports {
                Ports::All => self.icmp.paint(EVERY_PORT, brush),
                Ports::Icmp { kind, code } => {
                    let of = |code| u16::from(kind) << 8 | u16::from(code);
                    self.icmp.paint((of(code.unwrap_or(0)), of(code.unwrap_or(u8::MAX))), brush);
                }
                // The API takes no ports for ICMP; a rule that says so covers nothing.
                Ports::Range { .. } => {}
            },
            Protocol::Number(number @ (TCP | UDP)) => {
                let canvas = if number == TCP { &mut self.tcp } else { &mut self.udp };
                match clause.ports {
                    Ports::All => canvas.paint(EVERY_PORT, brush),
                    Ports::Range { from, to } => canvas.paint((from, to), brush),
                    Ports::Icmp { .. } => {}
                }
            }
            // Other protocols have no ports (row ACL-5); the API never keeps a rule that says otherwise.
            Protocol::Number(_) if clause.ports != Ports::All => {}
            Protocol::Number(number) => {
                let bits = self.others.entry(number).or_insert(self.rest);
                *bits = brush.over(*bits);
            }
        }
    }

    /// What was painted. All addresses or not matters to TCP and UDP alone (row SG-6), so the rest forgets it.
    pub fn content(&self) -> Content {
        let rest = self.rest & VERDICT_ALLOW != 0;
        let others = self.others.iter().map(|(&number, &bits)| (number, bits & VERDICT_ALLOW != 0));
        let mut icmp = Canvas(self.icmp.0.clone());
        for (_, bits) in &mut icmp.0 {
            *bits &= VERDICT_ALLOW;
        }
        Content {
            icmp: icmp.stretches(),
            tcp: self.tcp.stretches(),
            udp: self.udp.stretches(),
            others: others.filter(|&(_, allow)| allow != rest).collect(),
            rest,
        }
    }
}

/// The one verdict of all ports, if they have one and it allows.
fn uniform(spans: &[Stretch]) -> Option<u32> {
    match spans {
        [Stretch { first: 0, last: u16::MAX, bits }] => Some(*bits),
        _ => None,
    }
}

impl Content {
    /// Everything is allowed.
    pub fn is_everything(&self) -> bool {
        let all = OPEN_ICMP | OPEN_TCP | OPEN_UDP | OPEN_REST;
        self.open() & all == all
    }

    /// `OPEN_*`: the protocols that need no look-up by port. A protocol of which some ports are allowed to all
    /// addresses and others to some is not among them, for the look-up has to tell the two apart.
    pub fn open(&self) -> u32 {
        let mut open = 0;
        if uniform(&self.icmp).is_some() {
            open |= OPEN_ICMP;
        }
        for (spans, all, wide) in [(&self.tcp, OPEN_TCP, OPEN_TCP_WIDE), (&self.udp, OPEN_UDP, OPEN_UDP_WIDE)] {
            if let Some(bits) = uniform(spans) {
                open |= all | if bits & VERDICT_WIDE != 0 { wide } else { 0 };
            }
        }
        if self.rest && self.others.is_empty() {
            open |= OPEN_REST;
        }
        open
    }

    /// The row of a class of this content.
    pub fn class(&self, id: u32) -> Class {
        match self.spans() {
            Some(spans) => Class { id, open: self.open() | IN_SPANS, spans },
            None => Class { id, open: self.open(), ..Class::default() },
        }
    }

    /// What `open` does not spare, if it is little.
    fn spans(&self) -> Option<[Span; 4]> {
        if !self.others.is_empty() {
            return None;
        }
        let mut spans = [Span::default(); 4];
        let mut free = spans.iter_mut();
        for (protocol, stretches) in [(ICMP, &self.icmp), (TCP, &self.tcp), (UDP, &self.udp)] {
            if uniform(stretches).is_some() {
                continue;
            }
            for &Stretch { first, last, bits } in stretches {
                *free.next()? = Span { first, last, protocol, bits: bits as u8 };
            }
        }
        Some(spans)
    }

    /// The entries of the engine's table of rules for a class of this content: none if it is so small that they stand in the
    /// class itself, and never those that `open` spares.
    pub fn rules(&self, class: u32) -> Vec<((u32, RuleKey), Verdict)> {
        let mut rows = Vec::new();
        if self.spans().is_some() {
            return rows;
        }
        for (protocol, spans) in [(ICMP, &self.icmp), (TCP, &self.tcp), (UDP, &self.udp)] {
            if uniform(spans).is_some() {
                continue;
            }
            for span in spans {
                for (port, length) in blocks(span.first, span.last) {
                    let key = RuleKey::ports(class, u16::from(protocol), port, length);
                    rows.push((key, Verdict { bits: span.bits }));
                }
            }
        }
        for (&number, &allow) in &self.others {
            let key = RuleKey::ports(class, u16::from(number), 0, 0);
            rows.push((key, Verdict { bits: if allow { VERDICT_ALLOW } else { 0 } }));
        }
        if self.rest && !self.others.is_empty() {
            rows.push((RuleKey::ports(class, PROTOCOL_REST, 0, 0), Verdict { bits: VERDICT_ALLOW }));
        }
        rows
    }

    /// A number for this content, the same in every process. `taken`: numbers of other contents.
    pub(crate) fn number(&self, taken: impl Fn(u32) -> bool) -> u32 {
        let mut bytes = vec![u8::from(self.rest)];
        for (&number, &allow) in &self.others {
            bytes.extend([number, u8::from(allow)]);
        }
        for spans in [&self.icmp, &self.tcp, &self.udp] {
            bytes.extend((spans.len() as u32).to_le_bytes());
            for span in spans {
                bytes.extend(span.first.to_le_bytes());
                bytes.extend(span.last.to_le_bytes());
                bytes.extend(span.bits.to_le_bytes());
            }
        }
        hash::free(bytes, taken)
    }
}

/// The fewest prefixes that cover `first..=last`, as (port, prefix length).
pub(crate) fn blocks(first: u16, last: u16) -> Vec<(u16, u32)> {
    let (mut start, end) = (u32::from(first), u32::from(last) + 1);
    let mut blocks = Vec::new();
    while start < end {
        // As large as the start is aligned to, and as what is left allows.
        let aligned = if start == 0 { 16 } else { start.trailing_zeros().min(16) };
        let size = aligned.min((end - start).ilog2());
        blocks.push((start as u16, 16 - size));
        start += 1 << size;
    }
    blocks
}

#[cfg(test)]
mod tests;
