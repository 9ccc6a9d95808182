//! Why a packet was dropped: one list for counters, events, explanations and tests.

macro_rules! reasons { ($($(#[$doc:meta])* $name:ident = $n:literal, $text:literal;)*) => {
    /// Why a packet was dropped. The numbers are part of the layout of the counters: never reuse one.
    #[repr(u32)]
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
    pub enum DropReason { $($(#[$doc])* $name = $n),* }

    impl DropReason {
        /// All reasons, in the order of their numbers.
        pub const ALL: &'static [DropReason] = &[$(DropReason::$name),*];

        /// From the number in a counter's key.
        pub fn from_number(n: u32) -> Option<DropReason> {
            match n { $($n => Some(DropReason::$name),)* _ => None }
        }

        /// The name in snake case, for counters, `--json` and metrics.
        pub fn name(self) -> &'static str {
            match self { $(DropReason::$name => $text),* }
        }
    }
} }

reasons! {
    /// Lengths that contradict each other, a header cut off, an ICMP error whose embedded packet is not its receiver's.
    Malformed = 1, "malformed";
    /// Neither IPv4, IPv6 nor ARP, or behind a VLAN tag.
    NotIp = 2, "not_ip";
    /// IPv6, which is not built yet (row NET-13).
    Ipv6 = 3, "ipv6_unsupported";
    /// An IPv4 header with options.
    IpOptions = 4, "ip_options";
    /// A fragment that could not be put beside its first one (or nobody is there to do so).
    Fragment = 5, "fragment";
    /// ARP that is not a request of the interface's own address for an address of its VPC.
    Arp = 6, "arp";
    /// To a multicast or broadcast address, which a VPC does not carry.
    Multicast = 7, "multicast";
    /// From or to an interface that the tables do not know.
    NoInterface = 8, "no_interface";
    /// From an address that the interface does not hold, its source/destination check being on (row NET-4).
    SourceCheck = 9, "source_check";
    /// To an address that the interface does not hold, its source/destination check being on (row NET-4).
    DestinationCheck = 10, "destination_check";
    /// The zone of the interface or gateway has failed (row AZ-2).
    ZoneFailed = 11, "zone_failed";
    /// No egress rule of the sender's security groups allows it.
    SecurityGroupEgress = 12, "security_group_egress";
    /// The network ACL of the subnet that it leaves denies it.
    NetworkAclEgress = 13, "network_acl_egress";
    /// The route table has no route for the destination.
    NoRoute = 14, "no_route";
    /// The route's target is gone (row RT-4).
    Blackhole = 15, "blackhole";
    /// No interface of the VPC holds the destination address.
    NoAddress = 16, "no_address";
    /// The network ACL of the subnet that it enters denies it.
    NetworkAclIngress = 17, "network_acl_ingress";
    /// No ingress rule of the receiver's security groups allows it.
    SecurityGroupIngress = 18, "security_group_ingress";
    /// To a public address whose VPC has no internet gateway.
    NoInternetGateway = 19, "no_internet_gateway";
    /// Through an internet gateway from an address that has no public one (row IGW-1), or to an appliance that has none
    /// (row RT-7).
    NoPublicAddress = 20, "no_public_address";
    /// From the internet to a public address that nothing holds (row IGW-1).
    UnknownPublicAddress = 21, "unknown_public_address";
    /// A NAT gateway carries TCP, UDP and ICMP echo only, and no fragment of TCP or ICMP (rows NAT-1, NAT-3).
    NatProtocol = 22, "nat_protocol";
    /// To a NAT gateway's address, and belonging to no translation (row NAT-2).
    NatUnsolicited = 23, "nat_unsolicited";
    /// The 55,000 ports towards one destination are taken: AWS's `ErrorPortAllocation` (row NAT-1).
    NatPortAllocation = 24, "nat_port_allocation";
    /// The translation has idled out; the sender gets an RST (row NAT-3).
    NatIdle = 25, "nat_idle";
    /// The time to live ended at a gateway.
    TtlExpired = 26, "ttl_expired";
    /// Larger than the path takes, with DF set or nobody there to cut it (row NET-8).
    TooBig = 27, "too_big";
    /// An ICMP error about a flow that nobody knows (row SG-10).
    Unrelated = 28, "unrelated";
    /// An RST or FIN that belongs to no connection: it opens none (row SG-11).
    NoConnection = 29, "no_connection";
    /// The table of connections is full (row SG-7).
    TableFull = 30, "table_full";
    /// The interface has its full share of the table of connections.
    InterfaceTableFull = 31, "interface_table_full";
    /// To an Amazon service (resolver, metadata, time) that is not there yet.
    NoService = 32, "no_service";
    /// More work for the daemon than the interface may cause.
    RateLimited = 33, "rate_limited";
    /// More hops than a path may have.
    TooManyHops = 34, "too_many_hops";
    /// From a gateway or interface towards itself, or a route that a gateway may not take.
    Loop = 35, "loop";
    /// A state that the engine holds impossible. Counted, never hidden.
    Internal = 36, "internal";
    /// Through an internet gateway to an address that is nobody's in the internet (row IGW-5).
    PrivateDestination = 37, "private_destination";
    /// The machine was too busy for what the daemon does with packets: it came faster than it was taken, or went out
    /// faster than the kernel took it. Without an interface where nobody has seen whose it was.
    Overload = 38, "overload";
}

/// One more than the highest number.
pub const REASONS: u32 = 39;
