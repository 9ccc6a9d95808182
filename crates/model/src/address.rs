//! Elastic IP addresses (rows NET-6, IGW-4).

use crate::*;
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    pub id: AllocationId,
    #[serde(default)]
    pub scope: Scope,
    pub public_ip: Ipv4Addr,
    pub association: Option<AddressAssociation>,
    /// Its reverse name, with the dot at its end. Kept and returned.
    #[serde(default)]
    pub ptr_record: Option<String>,
    pub tags: Tags,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressAssociation {
    pub id: AddressAssociationId,
    pub interface: NetworkInterfaceId,
    pub private_ip: Ipv4Addr,
}
