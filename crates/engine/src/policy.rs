//! What a rule set says of a packet: a few look-ups, however many rules there are and however many addresses they name.
//!
//! The compiler turns the blocks that a set's rules name into classes of remote addresses (longest prefix), and class,
//! protocol and port into a verdict. Security groups and network ACLs are judged alike; set 0 allows everything.
//!
//! Rules that name a group are asked apart: an address has a *membership*, which stands for the groups that it carries,
//! and a set has a class for each membership that its rules name. Groups only allow (row SG-1), so what either of the
//! two classes allows is allowed. A rule for all addresses is never one that names a group, so the class of the blocks
//! alone says whether a verdict is wide (row SG-6), and where it allows nothing more need be asked.

use crate::lookup::Tables;
use crate::tables::*;
use crate::{Ip, Parsed};

/// The class that an address fell in (0: none, which denies) and the verdict, `VERDICT_*`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    pub class: u32,
    pub bits: u32,
    /// Ports of which the same is said, this one among them. There may be more.
    pub alike: PortRange,
}

/// A range of ports, both ends included. The default holds port 0 alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PortRange {
    pub first: u16,
    pub last: u16,
}

impl PortRange {
    pub const ALL: PortRange = PortRange { first: 0, last: u16::MAX };

    /// One port.
    #[inline(always)]
    pub fn only(port: u16) -> PortRange {
        PortRange { first: port, last: port }
    }

    #[inline(always)]
    pub fn and(self, other: PortRange) -> PortRange {
        PortRange {
            first: if other.first > self.first { other.first } else { self.first },
            last: if other.last < self.last { other.last } else { self.last },
        }
    }

    #[inline(always)]
    pub fn holds(self, port: u16) -> bool {
        self.first <= port && port <= self.last
    }
}

impl Judgement {
    /// Every port of the protocol is allowed to all addresses, as the interface knows: no class was asked for.
    pub const ALL: Judgement = Judgement { class: 0, bits: VERDICT_ALLOW | VERDICT_WIDE, alike: PortRange::ALL };

    #[inline(always)]
    pub fn allows(self) -> bool {
        self.bits & VERDICT_ALLOW != 0
    }

    /// Allowed by a rule for all addresses (row SG-6).
    #[inline(always)]
    pub fn wide(self) -> bool {
        self.bits & VERDICT_WIDE != 0
    }
}

/// The verdict of a set on a packet whose other end is `remote`. `port` is the destination port, type × 256 + code
/// for ICMP, 0 for other protocols.
#[inline(always)]
pub fn judge<T: Tables>(tables: &T, set: u32, remote: Ip, protocol: u8, port: u16) -> Judgement {
    by_address(tables, set, remote, protocol, port).0
}

/// The same for the set of an interface's groups. `membership` gives that of `remote`, and is called only if it matters.
#[inline(always)]
pub fn judge_groups<T: Tables>(
    tables: &T,
    set: u32,
    remote: Ip,
    protocol: u8,
    port: u16,
    membership: impl FnOnce() -> u32,
) -> Judgement {
    let (judged, asks) = by_address(tables, set, remote, protocol, port);
    if judged.allows() || !asks {
        return judged;
    }
    let key = MemberKey { set, membership: membership() };
    if key.membership == 0 {
        return judged;
    }
    let Some(class) = tables.member_class(&key) else { return judged };
    let by_group = of_class(tables, &class, protocol, port);
    if by_group.allows() { by_group } else { judged }
}

/// By the class of the address, and whether the set names groups too.
#[inline(always)]
fn by_address<T: Tables>(tables: &T, set: u32, remote: Ip, protocol: u8, port: u16) -> (Judgement, bool) {
    if set == 0 {
        return (Judgement { class: 0, bits: VERDICT_ALLOW, alike: PortRange::ALL }, false);
    }
    let Some(class) = tables.class(&ClassKey { set, address: remote }) else { return (Judgement::default(), false) };
    (of_class(tables, &class, protocol, port), class.open & ASKS_GROUPS != 0)
}

/// What a class says.
#[inline(always)]
fn of_class<T: Tables>(tables: &T, class: &Class, protocol: u8, port: u16) -> Judgement {
    let (id, open) = (class.id, class.open);
    let (bit, wide) = open_bits(protocol);
    if open & bit != 0 {
        let bits = if open & wide != 0 { VERDICT_ALLOW | VERDICT_WIDE } else { VERDICT_ALLOW };
        return Judgement { class: id, bits, alike: PortRange::ALL };
    }
    if open & IN_SPANS != 0 {
        let (bits, alike) = in_spans(&class.spans, protocol, port);
        return Judgement { class: id, bits, alike };
    }
    let mut key = RuleKey { class: id, protocol: protocol as u16, port: port.to_be() };
    let mut bits = tables.rule(&key).map(|v| v.bits);
    if bits.is_none() && bit == OPEN_REST {
        key.protocol = PROTOCOL_REST;
        bits = tables.rule(&key).map(|v| v.bits);
    }
    Judgement { class: id, bits: bits.unwrap_or(0), alike: PortRange::only(port) }
}

#[inline(always)]
fn in_spans(spans: &[Span; 4], protocol: u8, port: u16) -> (u32, PortRange) {
    let mut i = 0;
    while i < 4 {
        let span = &spans[i];
        if span.protocol == protocol && span.first <= port && port <= span.last {
            return (span.bits as u32, PortRange { first: span.first, last: span.last });
        }
        i += 1;
    }
    (0, PortRange::only(port))
}

#[inline(always)]
fn open_bits(protocol: u8) -> (u32, u32) {
    match protocol {
        TCP => (OPEN_TCP, OPEN_TCP_WIDE),
        UDP => (OPEN_UDP, OPEN_UDP_WIDE),
        ICMP => (OPEN_ICMP, 0),
        _ => (OPEN_REST, 0),
    }
}

/// Protocol and port that rules are asked for. An ICMP error is judged as itself, not as the flow it is about.
#[inline(always)]
pub fn asked(came: &Parsed, now: &Tuple) -> (u8, u16) {
    match came.protocol {
        TCP | UDP => (came.protocol, now.destination_port),
        ICMP => (ICMP, came.icmp),
        other => (other, 0),
    }
}
