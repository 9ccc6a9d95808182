//! Internet gateways (rows IGW-1…4) and NAT gateways (rows NAT-1…7).

use crate::*;
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InternetGateway {
    pub id: InternetGatewayId,
    #[serde(default)]
    pub scope: Scope,
    /// At most one VPC, and a VPC has at most one.
    pub vpc: Option<VpcId>,
    /// The table that routes what comes in from the internet, if it has one (row RT-7). Only while it is attached.
    #[serde(default)]
    pub route_table: Option<(RouteTableAssociationId, RouteTableId)>,
    pub tags: Tags,
}

/// Lets connections over IPv6 out and none in. Kept and returned; no packet yet (row NET-13).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EgressOnlyInternetGateway {
    pub id: EgressOnlyInternetGatewayId,
    #[serde(default)]
    pub scope: Scope,
    pub vpc: VpcId,
    pub tags: Tags,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NatGateway {
    pub id: NatGatewayId,
    #[serde(default)]
    pub scope: Scope,
    pub vpc: VpcId,
    pub subnet: SubnetId,
    pub public: bool,
    pub state: NatGatewayState,
    /// Its network interface. It holds the private addresses; the elastic ones are associated with those.
    pub interface: NetworkInterfaceId,
    /// The first is the primary one.
    pub addresses: Vec<NatGatewayAddress>,
    /// Seconds since 1970.
    pub created: u64,
    pub deleted: Option<u64>,
    pub tags: Tags,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NatGatewayAddress {
    pub private_ip: Ipv4Addr,
    /// None for a private gateway.
    pub allocation: Option<AllocationId>,
    /// Those of the Elastic IP, written down here too for the time when the gateway is gone and still listed.
    #[serde(default)]
    pub public_ip: Option<Ipv4Addr>,
    #[serde(default)]
    pub association: Option<AddressAssociationId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NatGatewayState {
    Pending,
    Failed {
        code: String,
        message: String,
    },
    Available,
    Deleting,
    /// Stays listed for about an hour (row NAT-4).
    Deleted,
}
