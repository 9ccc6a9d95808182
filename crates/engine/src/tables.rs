//! Keys and values of the tables that decide a packet's fate.
//!
//! `repr(C)` without holes: they are keys and values of BPF maps as they stand. Ports and numbers are in host
//! order; longest-prefix keys hold their variable part in network order. What is written here is the layout that a
//! pin's hash covers: change it, and a running fabric must be migrated or refused.
//!
//! Identifiers: a `port` is the ifindex of an interface's host end (any number in memory); a `node` names a subnet,
//! gateway, route table or set by a number that the compiler derives from its name, so it survives a restart.

use crate::Ip;
pub use crate::flow::{ConnKey, Ends, MAX_PORT};

macro_rules! plain { ($($(#[$m:meta])* pub struct $n:ident { $($(#[$fm:meta])* pub $f:ident : $t:ty),* $(,)? })*) => { $(
    $(#[$m])*
    #[repr(C)]
    #[derive(Clone, Copy, Default, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
    pub struct $n { $($(#[$fm])* pub $f: $t),* }
)* } }

plain! {
    /// A flow as seen at one place.
    ///
    /// TCP and UDP: the two ports. ICMP queries: the identifier is `source_port` in the request and
    /// `destination_port` in the reply, and `kind` tells the two apart. Everything else: ports 0.
    pub struct Tuple {
        pub source: Ip,
        pub destination: Ip,
        pub source_port: u16,
        pub destination_port: u16,
        pub protocol: u8,
        /// `KIND_*`.
        pub kind: u8,
        pub pad: u16,
    }

    /// What to do with a packet: the result of a walk, and what the short way repeats.
    pub struct Action {
        /// The tuple on delivery. Differs from the packet's under translation.
        pub tuple: Tuple,
        /// The port to deliver to.
        pub port: u32,
        /// Largest packet of the path in bytes, IP header included (row NET-8).
        pub mtu: u16,
        /// `ACT_*`.
        pub flags: u8,
        /// Taken from the time to live: one for each gateway crossed.
        pub ttl_cost: u8,
        pub destination_mac: [u8; 6],
        pub source_mac: [u8; 6],
    }

    /// Connection tracking and flow entry in one: `epoch` says whether the action, which is all from `change` on, may
    /// still be used.
    pub struct Conn {
        pub epoch: u32,
        /// Of this direction. Wraps.
        pub packets: u32,
        /// When this direction last saw a packet, fabric clock, ns.
        pub last: u64,
        pub bytes: u64,
        /// The NAT gateway that translates this direction, 0 = none ...
        pub nat: u32,
        /// ... its port ...
        pub nat_port: u16,
        /// ... and which of its addresses: the last 16 bits of it.
        pub nat_address: u16,
        /// `CONN_*`.
        pub flags: u8,
        /// As `Action::ttl_cost`, and `CHANGE_TRANSLATE`.
        pub change: u8,
        pub mtu: u16,
        pub port: u32,
        /// The MACs on delivery, destination and source, as a frame begins.
        pub macs: u64,
        pub macs_end: u32,
        /// The ends on delivery: see `Ends`.
        pub source: u32,
        pub destination: u32,
        pub ports: u32,
    }

    /// The way that a flow took, for new ones that differ from it in the source port only, and the way of its answers.
    pub struct Precedent {
        /// As that of the flow's entry, but with source port 0.
        pub key: ConnKey,
        /// The policy that it was judged by, 0 = there is none.
        pub epoch: u32,
        /// As in the `Action`.
        pub port: u32,
        pub destination_mac: [u8; 6],
        pub source_mac: [u8; 6],
        /// Whose groups do not track it.
        pub untracked: u32,
        /// Answers to these source ports go back with the MACs below. None where the first is the greater one.
        pub answer_first: u16,
        pub answer_last: u16,
        pub answer_destination_mac: [u8; 6],
        pub answer_source_mac: [u8; 6],
    }

    /// A slot of the flow cache (`flow::cache`). Fills two lines of a processor's cache.
    pub struct FlowSlot {
        /// Whose slot it is.
        pub key: ConnKey,
        /// When it last was in step with the entry, fabric clock, ns; 0 = it holds nothing.
        pub synced: u64,
        /// Not 0: a processor fills it.
        pub lock: u32,
        pub pad: u32,
        /// A copy of the entry; but `packets`, `bytes` and `CONN_CLOSING` since then only.
        pub conn: Conn,
        pub rest: [u64; 4],
    }

    /// The clock, the epoch and the limits: what the short way reads besides the connection.
    pub struct Clock {
        /// Added to the kernel's monotonic clock, ns. Tests move time with it.
        pub offset: u64,
        /// Bumped by every change of policy.
        pub epoch: u32,
        /// Most connections an interface may have at a time, 0 = no limit.
        pub interface_connections: u32,
        /// The monotonic clock when the kernel's count of ticks was 0, ns; 0 = not known yet. The kernel finds it.
        pub ticks_began: u64,
        /// How long a tick is, ns; 0 = not known.
        pub tick: u32,
        /// Slots of the flow cache, a power of two, less one.
        pub flow_mask: u32,
    }

    /// A network interface.
    pub struct Interface {
        pub vpc: u32,
        pub subnet: u32,
        /// Its number as a gate in drop counters.
        pub node: u32,
        /// Egress rules: the set its remote addresses are classed by.
        pub egress_set: u32,
        /// Ingress rules.
        pub ingress_set: u32,
        /// `IF_*`.
        pub flags: u32,
        /// Primary private address.
        pub address: Ip,
        /// The VPC's resolver (base of the first block plus two).
        pub resolver: Ip,
        pub mac: [u8; 6],
        pub router_mac: [u8; 6],
        /// Idle time-outs in seconds (row SG-7).
        pub tcp_idle: u32,
        pub udp_idle: u32,
        pub udp_stream_idle: u32,
        /// As in the `Owner` of its addresses.
        pub membership: u32,
    }

    /// A subnet: its block, its route table, its network ACL (set 0 allows everything).
    pub struct Subnet {
        pub network: Ip,
        /// Ones where the block's prefix is, in network order like an address.
        pub mask: Ip,
        pub egress_acl: u32,
        pub ingress_acl: u32,
        pub route_table: u32,
        pub vpc: u32,
    }

    /// A NAT gateway.
    pub struct NatGateway {
        pub vpc: u32,
        pub subnet: u32,
        /// `NAT_*`.
        pub flags: u32,
        /// How many of `addresses` count, 1 to 8. New flows take them in turn.
        pub count: u32,
        pub addresses: [Ip; 8],
    }

    /// The way to the internet.
    pub struct Uplink { pub port: u32, pub mac: [u8; 6], pub router_mac: [u8; 6] }

    /// An address of a VPC.
    pub struct VpcAddress { pub vpc: u32, pub address: Ip }

    /// Who holds an address.
    pub struct Owner {
        /// `OWNER_*`.
        pub kind: u32,
        /// The interface's port, or the NAT gateway's node.
        pub node: u32,
        pub subnet: u32,
        /// Stands for the groups that the address carries, 0 = none (row SG-3).
        pub membership: u32,
    }

    /// The public address of a private one.
    pub struct Public { pub address: Ip, pub gateway: u32 }

    /// The private address behind a public one. `gateway` 0: its VPC has no internet gateway attached. `route_table`:
    /// that of the gateway, 0 = it has none (row RT-7).
    pub struct Private { pub address: Ip, pub vpc: u32, pub gateway: u32, pub route_table: u32 }

    /// Longest prefix: `ROUTE_FIXED_BITS` + prefix of the destination.
    pub struct RouteKey { pub table: u32, pub destination: Ip }

    pub struct Route {
        /// `ROUTE_*`.
        pub kind: u32,
        /// The interface's port, the gateway's node.
        pub node: u32,
    }

    /// Longest prefix: `CLASS_FIXED_BITS` + prefix of the remote address.
    pub struct ClassKey { pub set: u32, pub address: Ip }

    /// The class of an address within a set. No entry: nothing is allowed.
    pub struct Class {
        /// What the class allows; equal content has equal ids, and a class never changes.
        pub id: u32,
        /// `OPEN_*`: protocols of which everything is allowed, and how; and `ASKS_GROUPS`, `IN_SPANS`.
        pub open: u32,
        /// With `IN_SPANS`: what is allowed of the protocols that are not open. They do not overlap.
        pub spans: [Span; 4],
    }

    /// Ports of a protocol with one verdict, both ends included. For ICMP the port is type × 256 + code.
    pub struct Span {
        pub first: u16,
        pub last: u16,
        pub protocol: u8,
        /// `VERDICT_*`; 0 = not in use.
        pub bits: u8,
    }

    /// What a set allows by naming groups, for the addresses of a membership. The value is a `Class`.
    pub struct MemberKey { pub set: u32, pub membership: u32 }

    /// Longest prefix: `RULE_FIXED_BITS` + prefix of the port. For ICMP the port is type × 256 + code, for other
    /// protocols 0. The protocol `PROTOCOL_REST` stands for all that the class does not name.
    pub struct RuleKey {
        pub class: u32,
        pub protocol: u16,
        /// Network order.
        pub port: u16,
    }

    /// `VERDICT_*` bits; 0 denies.
    pub struct Verdict { pub bits: u32 }

    /// A port taken at a NAT gateway towards one destination.
    pub struct NatKey {
        pub nat: u32,
        pub remote: Ip,
        /// Translated source port, or ICMP identifier.
        pub port: u16,
        pub remote_port: u16,
        /// The last 16 bits of the gateway's address.
        pub address: u16,
        pub protocol: u16,
    }

    /// Who holds a port of a NAT gateway. It holds while the connection that `origin` names lives and names this port
    /// in turn; one made a moment ago holds too, because its connection is written only when the walk has ended.
    pub struct NatClaim {
        /// The entry of the connection as it left its interface.
        pub origin: ConnKey,
        /// When it was claimed, fabric clock, ns.
        pub since: u64,
    }

    /// The hand of the reclaiming clock: each new connection looks at the slots that come next and takes the first
    /// one that is free or whose connection is dead.
    pub struct ReclaimHand {
        /// Counts on for ever; modulo `slots`.
        pub next: u64,
        /// How many slots there are (`connection::reclaim_slots`). 0: none.
        pub slots: u64,
    }

    /// Drop counters: the reason, the gate where it fell, the interface that the packet came from.
    pub struct DropKey { pub reason: u32, pub node: u32, pub port: u32 }

    pub struct DropCount { pub packets: u64, pub bytes: u64 }

    /// What user space is told of a drop as it happens.
    pub struct DropEvent {
        /// Fabric clock, ns.
        pub time: u64,
        pub key: DropKey,
        pub length: u32,
        pub tuple: Tuple,
    }

    /// What an interface has used of its share. Written by the kernel, put right by the sweep.
    pub struct Usage {
        pub connections: u64,
        /// Packets it may still hand to the daemon ...
        pub credit: u64,
        /// ... and when that was last topped up, ns.
        pub topped_up: u64,
        /// Where it has got to in the ring of connections in search of dead ones of its own. Counts on for ever.
        pub hand: u64,
    }

    /// The way up to user space for what the kernel cannot do. It counts as there while the heartbeat is younger
    /// than `PUNT_PATIENCE`.
    pub struct Punt {
        /// The port to send to, 0 = none.
        pub port: u32,
        pub pad: u32,
        /// When user space was last seen alive, ns of the kernel's monotonic clock without the fabric's offset.
        pub heartbeat: u64,
    }
}

pub const KIND_NONE: u8 = 0;
pub const KIND_ECHO: u8 = 1;
pub const KIND_ECHO_REPLY: u8 = 2;
pub const KIND_TIMESTAMP: u8 = 3;
pub const KIND_TIMESTAMP_REPLY: u8 = 4;
/// Any other ICMP message: tracked by its addresses.
pub const KIND_OTHER: u8 = 5;

pub const ICMP: u8 = 1;
pub const TCP: u8 = 6;
pub const UDP: u8 = 17;

/// Addresses or ports change.
pub const ACT_TRANSLATE: u8 = 1;

/// The groups of this end let the other direction pass (row SG-2). Not set: untracked (row SG-6).
pub const CONN_TRACKED: u8 = 1;
/// A FIN or RST was seen in this direction.
pub const CONN_CLOSING: u8 = 2;

/// In `Conn::change`: addresses or ports change.
pub const CHANGE_TRANSLATE: u8 = 128;

/// The source/destination check is off.
pub const IF_ANY_ADDRESS: u32 = 1;
/// Its zone has failed.
pub const IF_ZONE_FAILED: u32 = 2;
/// The egress (ingress) rules allow every port of TCP (UDP) to (from) all addresses: half of row SG-6.
pub const IF_EGRESS_OPEN_TCP: u32 = 4;
pub const IF_EGRESS_OPEN_UDP: u32 = 8;
pub const IF_INGRESS_OPEN_TCP: u32 = 16;
pub const IF_INGRESS_OPEN_UDP: u32 = 32;
/// It has a public address, so that an internet gateway may send what is for others to it (row RT-7).
pub const IF_PUBLIC: u32 = 64;

pub const NAT_ZONE_FAILED: u32 = 1;
/// Private: translates to its private address and never reaches an internet gateway (row NAT-5).
pub const NAT_PRIVATE: u32 = 2;

pub const OWNER_INTERFACE: u32 = 1;
pub const OWNER_NAT: u32 = 2;
/// An interface that is not plugged in: it carries its groups, and nobody answers.
pub const OWNER_UNPLUGGED: u32 = 3;

pub const ROUTE_LOCAL: u32 = 1;
pub const ROUTE_INTERNET: u32 = 2;
pub const ROUTE_NAT: u32 = 3;
pub const ROUTE_INTERFACE: u32 = 4;
pub const ROUTE_BLACKHOLE: u32 = 5;

pub const OPEN_ICMP: u32 = 1;
pub const OPEN_TCP: u32 = 2;
pub const OPEN_UDP: u32 = 4;
/// Every protocol but these three.
pub const OPEN_REST: u32 = 8;
/// With `OPEN_TCP` (`OPEN_UDP`): every port is allowed by rules for all addresses (row SG-6).
pub const OPEN_TCP_WIDE: u32 = 16;
pub const OPEN_UDP_WIDE: u32 = 32;
/// The set names groups too: what this class does not allow, that of the address's membership may.
pub const ASKS_GROUPS: u32 = 64;
/// The class is small: what is not open stands in `spans`, and the table of rules has nothing of it.
pub const IN_SPANS: u32 = 128;

pub const VERDICT_ALLOW: u32 = 1;
/// Allowed by a rule for all addresses (row SG-6).
pub const VERDICT_WIDE: u32 = 2;

/// In a `RuleKey`: every protocol that the class does not name.
pub const PROTOCOL_REST: u16 = 0x100;

pub const ROUTE_FIXED_BITS: u32 = 32;
pub const CLASS_FIXED_BITS: u32 = 32;
pub const RULE_FIXED_BITS: u32 = 48;

/// How old a `Punt::heartbeat` may be, ns.
pub const PUNT_PATIENCE: u64 = 2_000_000_000;

/// Idle time-outs where an interface names none (0), in seconds (row SG-7).
pub const TCP_IDLE: u32 = 432_000;
pub const UDP_IDLE: u32 = 30;
pub const UDP_STREAM_IDLE: u32 = 180;
/// TCP that has been seen in one direction only, seconds.
pub const TCP_OPENING_IDLE: u32 = 60;
/// TCP after a FIN or RST of either side, seconds.
pub const TCP_CLOSING_IDLE: u32 = 10;
pub const ICMP_IDLE: u32 = 30;
/// Protocols other than TCP, UDP and ICMP, seconds.
pub const OTHER_IDLE: u32 = 600;
/// How long a NAT gateway keeps a translation that nothing uses, seconds (row NAT-3).
pub const NAT_IDLE: u32 = 350;

/// Largest packets in bytes, IP header included (row NET-8).
pub const MTU_VPC: u16 = 9001;
pub const MTU_NAT: u16 = 8500;
pub const MTU_INTERNET: u16 = 1500;

/// Places for precedents, a power of two.
pub const PRECEDENTS: u32 = 2_048;

/// Places in the array of NAT port cursors; a destination's is found by its hash.
pub const NAT_CURSORS: u32 = 65_536;

/// Ports that a NAT gateway translates to: 55,000 of them, all within AWS's 1024–65535 (row NAT-1).
pub const NAT_FIRST_PORT: u16 = 10_536;
pub const NAT_PORTS: u32 = 55_000;

impl Tuple {
    /// The tuple of the answer.
    #[inline(always)]
    pub fn reversed(&self) -> Tuple {
        Tuple {
            source: self.destination,
            destination: self.source,
            source_port: self.destination_port,
            destination_port: self.source_port,
            protocol: self.protocol,
            kind: opposite(self.kind),
            pad: 0,
        }
    }
}

/// The kind of the answer.
#[inline(always)]
pub(crate) fn opposite(kind: u8) -> u8 {
    match kind {
        KIND_ECHO => KIND_ECHO_REPLY,
        KIND_ECHO_REPLY => KIND_ECHO,
        KIND_TIMESTAMP => KIND_TIMESTAMP_REPLY,
        KIND_TIMESTAMP_REPLY => KIND_TIMESTAMP,
        k => k,
    }
}
