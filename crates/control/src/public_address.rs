//! Public addresses: the pool they come from, and those that are given at launch (row NET-6).

use crate::error::{Error, Result};
use crate::{Region, Transaction};
use croft_model::instance::InstanceState;
use croft_model::*;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

/// The range of RFC 2544, which no service on the internet uses.
pub(crate) const POOL: (Ipv4Addr, u8) = (Ipv4Addr::new(198, 18, 0, 0), 15);

/// Its addresses without the first and the last.
const SIZE: u32 = (1 << 17) - 2;

/// After so many draws that met an address in use, the pool is searched from one end to the other.
const DRAWS: usize = 16;

impl Region {
    /// Every public address that is given out, Elastic IPs and those given at launch.
    pub fn public_addresses(&self) -> BTreeSet<Ipv4Addr> {
        let elastic = self.addresses.values().map(|a| a.public_ip);
        elastic.chain(self.interfaces.values().filter_map(|i| i.auto_public_ip)).collect()
    }
}

impl Transaction<'_> {
    /// A public address that nobody has, drawn at random so that one just given back is not met again at once.
    pub(crate) fn draw_public_address(&mut self) -> Result<Ipv4Addr> {
        let taken = self.region.public_addresses();
        let first = u32::from(POOL.0) + 1;
        let drawn = (0..DRAWS).map(|_| first + (self.bits.draw() % u128::from(SIZE)) as u32);
        let drawn: Vec<_> = drawn.collect();
        let mut candidates = drawn.into_iter().chain(first..first + SIZE).map(Ipv4Addr::from);
        candidates.find(|a| !taken.contains(a)).ok_or_else(|| {
            Error::new("InsufficientAddressCapacity", "Not enough available addresses to satisfy your request.")
        })
    }

    /// Gives an instance's only interface the public address that its launch asked for: at every start, and when an
    /// Elastic IP leaves the running instance. Not where there are several interfaces, nor beside an Elastic IP.
    pub(crate) fn give_public_address(&mut self, instance: &InstanceId) -> Result<()> {
        let instance = self.instance(instance)?;
        let up = matches!(instance.state, InstanceState::Pending | InstanceState::Running);
        let [only] = instance.interfaces.as_slice() else { return Ok(()) };
        let only = only.clone();
        let interface = self.interface(&only)?;
        let primary = interface.private_ips.first().copied();
        let has_one = primary.is_some_and(|p| self.region.public_ip(interface, p).is_some());
        if up && interface.public_ip_at_start && !has_one {
            let address = self.draw_public_address()?;
            self.interface_mut(&only)?.auto_public_ip = Some(address);
        }
        Ok(())
    }
}
