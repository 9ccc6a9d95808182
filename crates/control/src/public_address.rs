//! Public addresses: the pool they come from, and those that are given at launch (row NET-6).

use crate::Transaction;
use crate::error::{Error, Result};
use croft_model::instance::InstanceState;
use croft_model::*;
use std::net::Ipv4Addr;

/// The range of RFC 2544, which no service on the internet uses.
pub(crate) const POOL: (Ipv4Addr, u8) = (Ipv4Addr::new(198, 18, 0, 0), 15);

/// Croft's own in the fabric's internet (row EXT-2): stacks are told there what they wait for. The last but one of the pool;
/// no interface ever has it.
pub const SIGNALS_ADDRESS: Ipv4Addr = Ipv4Addr::new(198, 19, 255, 254);

/// The pool's addresses without the first, the last and Croft's own before that.
const SIZE: u32 = (1 << 17) - 3;

/// Is it one that is given out?
pub(crate) fn is_of_pool(address: Ipv4Addr) -> bool {
    let offset = u32::from(address).wrapping_sub(u32::from(POOL.0));
    (1..=SIZE).contains(&offset)
}

/// After so many draws that met an address in use, the lowest free one is taken.
const DRAWS: usize = 16;

impl Transaction<'_> {
    /// A public address that nobody has, drawn at random so that one just given back is not met again at once.
    pub(crate) fn draw_public_address(&mut self) -> Result<Ipv4Addr> {
        let index = self.index();
        let taken = index.public();
        let first = u32::from(POOL.0) + 1;
        for _ in 0..DRAWS {
            let drawn = Ipv4Addr::from(first + (self.bits.draw() % u128::from(SIZE)) as u32);
            if !taken.contains(drawn) {
                return Ok(drawn);
            }
        }
        taken.lowest_missing(first.into(), (first + SIZE - 1).into()).ok_or_else(|| {
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
        let has_one = primary.is_some_and(|p| self.cloud.public_ip(interface, p).is_some());
        if up && interface.public_ip_at_start && !has_one {
            let address = self.draw_public_address()?;
            self.interface_mut(&only)?.auto_public_ip = Some(address);
        }
        Ok(())
    }
}
