//! Which interfaces are plugged into the fabric, and where.

use croft_engine::tables::Uplink;
use croft_model::NetworkInterfaceId;
use imbl::OrdMap;

/// The ports of a fabric. Cheap to clone, and two versions that share most entries are cheap to compare: keep one and
/// change it, rather than making a new one each time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ports {
    /// Interfaces of running instances, by the number of their port (the ifindex of their host end). An interface that
    /// is not listed holds its addresses in the cloud, but nothing in the fabric answers there.
    pub interfaces: OrdMap<NetworkInterfaceId, u32>,
    /// The way to the internet; port 0 = none.
    pub uplink: Uplink,
}
