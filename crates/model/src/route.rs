//! Route tables (rows RT-1…7).

use crate::*;
use ipnet::{Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteTable {
    pub id: RouteTableId,
    #[serde(default)]
    pub scope: Scope,
    pub vpc: VpcId,
    /// Without the `local` routes, which every table has for every block of its VPC; one for such a block stands in
    /// its place (row RT-2).
    pub routes: Vec<Route>,
    pub tags: Tags,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    pub destination: RouteDestination,
    /// Kept when the target is gone: the route is then a `blackhole` (row RT-4).
    pub target: RouteTarget,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RouteDestination {
    Cidr(Ipv4Net),
    /// Kept and returned; no packet yet (row NET-13).
    Ipv6Cidr(Ipv6Net),
    PrefixList(PrefixListId),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RouteTarget {
    /// Only as a more specific route for a whole subnet's block, put back to `local` (row RT-2).
    Local,
    InternetGateway(InternetGatewayId),
    NatGateway(NatGatewayId),
    NetworkInterface(NetworkInterfaceId),
    /// For IPv6 only.
    EgressOnlyInternetGateway(EgressOnlyInternetGatewayId),
}
