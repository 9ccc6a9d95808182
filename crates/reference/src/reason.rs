//! Why the judge drops a packet.

/// The names are the engine's names for the same thing; the meaning is the row's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// Lengths that contradict each other, or a header cut off.
    Malformed,
    /// Neither IPv4, IPv6 nor ARP.
    NotIp,
    /// Row NET-9: not built yet.
    Ipv6,
    IpOptions,
    Fragment,
    Arp,
    Multicast,
    /// From a port that nothing is plugged into.
    NoInterface,
    /// Row NET-4.
    SourceCheck,
    /// Row NET-4.
    DestinationCheck,
    /// Row AZ-2.
    ZoneFailed,
    /// Row SG-1.
    SecurityGroupEgress,
    /// Row ACL-1.
    NetworkAclEgress,
    /// Row RT-1.
    NoRoute,
    /// Row RT-4.
    Blackhole,
    NoAddress,
    /// Row ACL-1.
    NetworkAclIngress,
    /// Row SG-1.
    SecurityGroupIngress,
    /// Row IGW-1.
    NoInternetGateway,
    /// Rows IGW-1, NAT-5, RT-7.
    NoPublicAddress,
    /// Row IGW-1.
    UnknownPublicAddress,
    /// Row IGW-5.
    PrivateDestination,
    /// Rows NAT-1, NAT-3.
    NatProtocol,
    /// Row NAT-2.
    NatUnsolicited,
    /// Row NAT-1.
    NatPortAllocation,
    /// Row NAT-3.
    NatIdle,
    TtlExpired,
    /// Row NET-8.
    TooBig,
    /// Row SG-10.
    Unrelated,
    /// Row SG-11.
    NoConnection,
    /// Row SG-7.
    TableFull,
    /// Row SG-7.
    InterfaceTableFull,
    NoService,
    TooManyHops,
    Loop,
}
