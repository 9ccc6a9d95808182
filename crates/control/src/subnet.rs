//! Subnets (rows NET-1, NET-2, AZ-1).

use crate::error::{Error, Result};
use crate::request::{Request, request};
use crate::tag::check_tags;
use crate::{Cloud, Transaction};
use croft_model::subnet::Subnet;
use croft_model::vpc::{is_legal_size, overlap};
use croft_model::*;
use ipnet::Ipv4Net;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

request! {
    pub struct CreateSubnet {
        pub vpc_id: VpcId,
        pub cidr_block: Ipv4Net,
        /// Name or identifier of a zone; the region's first if absent.
        pub availability_zone: Option<String>,
        #[serde(default)]
        pub tags: Tags,
    }

    pub struct DeleteSubnet {
        pub subnet_id: SubnetId,
    }

    pub struct ModifySubnetAttribute {
        pub subnet_id: SubnetId,
        /// Row NET-6.
        pub map_public_ip_on_launch: Option<bool>,
    }
}

impl Request for CreateSubnet {
    type Response = Subnet;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Subnet> {
        check_tags(&self.tags)?;
        let zone = zone_named(&tx.cloud, self.availability_zone.as_deref())?;
        let block = self.cidr_block.trunc();
        let vpc = tx.vpc(&self.vpc_id)?;
        if !is_legal_size(block) || !vpc.cidr_blocks.iter().any(|b| b.block.contains(&block)) {
            return Err(Error::new(
                "InvalidSubnet.Range",
                format!("The CIDR '{block}' is invalid: it must be a /16 to /28 inside a block of {}.", vpc.id),
            ));
        }
        let acl = vpc.default_network_acl.clone();
        let siblings = || tx.cloud.subnets.values().filter(|s| s.vpc == self.vpc_id);
        if let Some(other) = siblings().find(|s| overlap(s.block, block)) {
            return Err(Error::new(
                "InvalidSubnet.Conflict",
                format!("The CIDR '{block}' conflicts with another subnet, {} ({})", other.id, other.block),
            ));
        }
        let quota = tx.cloud.quotas.subnets_per_vpc;
        tx.room_for_one("SubnetLimitExceeded", "subnets in the VPC", siblings().count(), quota)?;
        let subnet = Subnet {
            id: tx.fresh(|r| &r.subnets, SubnetId::from_bits),
            vpc: self.vpc_id,
            block,
            zone,
            map_public_ip_on_launch: false,
            default_for_az: false,
            route_table: None,
            network_acl: (NetworkAclAssociationId::from_bits(tx.bits.draw()), acl),
            tags: self.tags,
        };
        tx.cloud.subnets.insert(subnet.id.clone(), subnet.clone());
        Ok(subnet)
    }
}

fn zone_named(cloud: &Cloud, wanted: Option<&str>) -> Result<String> {
    let mut zones = cloud.zones.iter();
    let found = match wanted {
        Some(name) => zones.find(|z| z.name == name || z.id == name),
        None => zones.next(),
    };
    found.map(|z| z.name.clone()).ok_or_else(|| {
        let names: Vec<_> = cloud.zones.iter().map(|z| z.name.as_str()).collect();
        let why =
            format!("Subnets can currently only be created in the following availability zones: {}.", names.join(", "));
        Error::invalid_value("availabilityZone", wanted.unwrap_or("none"), why)
    })
}

impl Request for DeleteSubnet {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        tx.subnet(&self.subnet_id)?;
        if let Some(interface) = tx.cloud.interfaces.values().find(|i| i.subnet == self.subnet_id) {
            return Err(Error::in_use("subnet", &self.subnet_id, &interface.id));
        }
        tx.cloud.subnets.remove(&self.subnet_id);
        Ok(())
    }
}

impl Request for ModifySubnetAttribute {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let subnet = tx.subnet_mut(&self.subnet_id)?;
        subnet.map_public_ip_on_launch = self.map_public_ip_on_launch.unwrap_or(subnet.map_public_ip_on_launch);
        Ok(())
    }
}

impl Cloud {
    /// The private addresses that interfaces of a subnet hold.
    pub fn addresses_held_in(&self, subnet: &SubnetId) -> BTreeSet<Ipv4Addr> {
        let interfaces = self.interfaces.values().filter(|i| i.subnet == *subnet);
        interfaces.flat_map(|i| i.private_ips.iter().copied()).collect()
    }

    /// AWS's `AvailableIpAddressCount` (row NET-2).
    pub fn available_ip_address_count(&self, subnet: &Subnet) -> u32 {
        let held = u32::try_from(self.addresses_held_in(&subnet.id).len()).unwrap_or(u32::MAX);
        subnet.usable_count().saturating_sub(held)
    }
}

impl Transaction<'_> {
    /// The lowest free addresses of a subnet that are not spoken for, all of them or none.
    pub(crate) fn free_addresses_beside(
        &self,
        subnet: &SubnetId,
        spoken_for: &[Ipv4Addr],
        wanted: usize,
    ) -> Result<Vec<Ipv4Addr>> {
        let mut held = self.index().held_in(subnet);
        for address in spoken_for {
            held.insert(*address);
        }
        let (first, last) = self.subnet(subnet)?.usable_ends();
        let mut free = Vec::new();
        while free.len() < wanted {
            let lowest = held.lowest_missing(first, last).ok_or_else(|| Error::no_free_address(subnet, wanted))?;
            held.insert(lowest);
            free.push(lowest);
        }
        Ok(free)
    }

    /// Refuses addresses that the subnet does not have, reserves or has given to another, and doubles.
    pub(crate) fn check_free(&self, subnet: &SubnetId, addresses: &[Ipv4Addr]) -> Result<()> {
        let block = self.subnet(subnet)?;
        let mut held = self.index().held_in(subnet);
        for address in addresses {
            if !block.block.contains(address) {
                return Err(Error::invalid(format!(
                    "Address {address} does not fall within the subnet's address range, {}",
                    block.block
                )));
            }
            if block.is_reserved(*address) {
                return Err(Error::invalid(format!("Address {address} is in subnet's reserved address range")));
            }
            if !held.insert(*address) {
                return Err(Error::address_in_use(address));
            }
        }
        Ok(())
    }
}
