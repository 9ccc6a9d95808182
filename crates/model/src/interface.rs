//! Network interfaces (rows NET-4, NET-6).

use crate::*;
use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, Ipv6Addr};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkInterface {
    pub id: NetworkInterfaceId,
    #[serde(default)]
    pub scope: Scope,
    pub vpc: VpcId,
    pub subnet: SubnetId,
    pub description: String,
    pub mac: [u8; 6],
    /// The first is the primary one.
    pub private_ips: Vec<Ipv4Addr>,
    /// Kept and returned; no packet yet (row NET-13).
    #[serde(default)]
    pub ipv6_addresses: Vec<Ipv6Addr>,
    /// The first IPv6 address stays as long as the interface.
    #[serde(default)]
    pub primary_ipv6: bool,
    pub groups: Vec<SecurityGroupId>,
    pub source_dest_check: bool,
    /// Given at launch, lost at stop and when an Elastic IP takes its place (rows NET-6, IGW-4).
    pub auto_public_ip: Option<Ipv4Addr>,
    /// Every start of the instance gives it a public address.
    #[serde(default)]
    pub public_ip_at_start: bool,
    pub kind: InterfaceKind,
    pub attachment: Option<Attachment>,
    pub idle: IdleTimeouts,
    pub tags: Tags,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InterfaceKind {
    Interface,
    /// Made for a NAT gateway, which alone may delete it.
    NatGateway(NatGatewayId),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    pub id: AttachmentId,
    pub instance: InstanceId,
    pub device_index: u16,
    pub delete_on_termination: bool,
    #[serde(default)]
    pub status: AttachmentStatus,
    /// When it was asked for, in seconds since 1970.
    #[serde(default)]
    pub attached: u64,
}

/// Is the interface there, inside the instance?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AttachmentStatus {
    /// Asked for, of an instance that runs or starts.
    Attaching,
    /// Seen; of a stopped instance there is nothing to see.
    #[default]
    Attached,
}

/// Idle time-outs of tracked connections in seconds (row SG-7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdleTimeouts {
    pub tcp_established: u32,
    pub udp: u32,
    pub udp_stream: u32,
}

impl Default for IdleTimeouts {
    fn default() -> Self {
        IdleTimeouts { tcp_established: 432_000, udp: 30, udp_stream: 180 }
    }
}
