//! Route tables (rows RT-1…6).

use crate::*;
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteTable {
    pub id: RouteTableId,
    pub vpc: VpcId,
    /// Without the `local` routes, which every table has for every block of its VPC (row RT-2).
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
    PrefixList(PrefixListId),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RouteTarget {
    /// Only as a more specific route for a whole subnet's block, put back to `local` (row RT-2).
    Local,
    InternetGateway(InternetGatewayId),
    NatGateway(NatGatewayId),
    NetworkInterface(NetworkInterfaceId),
}
