//! What can be seen of a walk: enough to print the path hop by hop, with the set and class that judged.

use crate::Ip;
use crate::tables::Route;

/// Out of an interface or subnet, or into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    Egress,
    Ingress,
}

/// Why the security groups of an interface were, or were not, asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tracking {
    /// A tracked connection: the groups are not asked (row SG-2).
    Known,
    /// A living connection that is not tracked: the groups are asked for every walk (row SG-6).
    Untracked,
    /// No connection yet.
    New,
}

/// What an observer is told, in the order of the walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The packet leaves an interface.
    Left { port: u32, interface: u32, subnet: u32 },
    /// The packet comes from the internet.
    FromInternet { port: u32 },
    /// The security groups of an interface. `set` 0 allows everything; class 0 = no class, which denies, or none was
    /// needed. `bits` are `VERDICT_*`. `protocol` and `port` are what the rules were asked for.
    Groups {
        interface: u32,
        direction: Direction,
        tracking: Tracking,
        set: u32,
        class: u32,
        bits: u32,
        remote: Ip,
        protocol: u8,
        port: u16,
    },
    /// The destination is in the subnet where the packet stands: no ACL, no route table (row ACL-1).
    SameSubnet { subnet: u32 },
    /// The network ACL of a subnet, at its edge.
    NetworkAcl {
        subnet: u32,
        direction: Direction,
        set: u32,
        class: u32,
        bits: u32,
        remote: Ip,
        protocol: u8,
        port: u16,
    },
    /// The route table of the subnet where the packet stands has this route.
    Routed { subnet: u32, table: u32, destination: Ip, route: Route },
    /// The route table of the internet gateway through which the packet came in has this route.
    RoutedByGateway { gateway: u32, table: u32, destination: Ip, route: Route },
    /// A NAT gateway translates the source.
    NatOut { nat: u32, address: Ip, port: u16, new: bool },
    /// A NAT gateway translates the destination back.
    NatIn { nat: u32, address: Ip, port: u16 },
    /// The internet gateway maps the source to its public address.
    PublicSource { gateway: u32, private: Ip, public: Ip },
    /// To another public address of the fabric: it comes back through the gateway (row IGW-3).
    Hairpin { gateway: u32, public: Ip },
    /// The internet gateway maps the destination to its private address.
    PrivateDestination { gateway: u32, private: Ip, public: Ip },
    /// The packet reaches an interface, whose gates come now.
    Reached { port: u32, interface: u32, subnet: u32 },
    /// All gates passed: it is delivered to the interface.
    Delivered { port: u32, interface: u32 },
    /// All gates passed: it leaves to the internet.
    ToInternet { port: u32 },
}
