//! Subnets (rows NET-1, NET-2, AZ-1).

use crate::error::{Error, Result};
use crate::request::{Request, request};
use crate::tag::check_tags;
use crate::{Cloud, Transaction, subnet_cidr_block};
use croft_model::block_public_access::Excluded;
use croft_model::subnet::{HostnameType, PrivateDnsNameOptions, Subnet};
use croft_model::vpc::{is_legal_size, overlap};
use croft_model::*;
use ipnet::{Ipv4Net, Ipv6Net};
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

request! {
    pub struct CreateSubnet {
        pub vpc_id: VpcId,
        pub cidr_block: Ipv4Net,
        /// Name or identifier of a zone; the region's first if absent.
        pub availability_zone: Option<String>,
        #[serde(default)]
        pub ipv6_cidr_block: Option<Ipv6Net>,
        #[serde(default)]
        pub tags: Tags,
    }

    pub struct DeleteSubnet {
        pub subnet_id: SubnetId,
    }

    /// What is absent stays as it is.
    #[derive(Default)]
    pub struct SubnetAttributes {
        /// Row NET-6.
        pub map_public_ip_on_launch: Option<bool>,
        pub assign_ipv6_address_on_creation: Option<bool>,
        pub enable_dns64: Option<bool>,
        pub private_dns_hostname_type_on_launch: Option<HostnameType>,
        pub enable_resource_name_dns_a_record_on_launch: Option<bool>,
        pub enable_resource_name_dns_aaaa_record_on_launch: Option<bool>,
    }

    pub struct ModifySubnetAttribute {
        pub subnet_id: SubnetId,
        pub attributes: SubnetAttributes,
    }
}

impl Request for CreateSubnet {
    type Response = Subnet;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Subnet> {
        check_tags(&self.tags)?;
        let zone = zone_named(tx, self.availability_zone.as_deref())?;
        let block = self.cidr_block.trunc();
        let vpc = tx.vpc(&self.vpc_id)?;
        if !is_legal_size(block) || !vpc.cidr_blocks.iter().any(|b| b.block.contains(&block)) {
            return Err(Error::new(
                "InvalidSubnet.Range",
                format!("The CIDR '{block}' is invalid: it must be a /16 to /28 inside a block of {}.", vpc.id),
            ));
        }
        let acl = vpc.default_network_acl.clone();
        let siblings = || tx.subnets().filter(|s| s.vpc == self.vpc_id);
        if let Some(other) = siblings().find(|s| overlap(s.block, block)) {
            return Err(Error::new(
                "InvalidSubnet.Conflict",
                format!("The CIDR '{block}' conflicts with another subnet, {} ({})", other.id, other.block),
            ));
        }
        let quota = tx.quotas().subnets_per_vpc;
        tx.room_for_one("SubnetLimitExceeded", "subnets in the VPC", siblings().count(), quota)?;
        let subnet = Subnet {
            id: tx.fresh(|r| &r.subnets, SubnetId::from_bits),
            scope: tx.scope.clone(),
            vpc: self.vpc_id,
            block,
            zone,
            map_public_ip_on_launch: false,
            ipv6_cidr_block: None,
            assign_ipv6_address_on_creation: false,
            enable_dns64: false,
            private_dns: PrivateDnsNameOptions::default(),
            default_for_az: false,
            route_table: None,
            network_acl: (NetworkAclAssociationId::from_bits(tx.bits.draw()), acl),
            tags: self.tags,
        };
        let id = subnet.id.clone();
        tx.cloud.subnets.insert(id.clone(), subnet);
        if let Some(block) = self.ipv6_cidr_block {
            subnet_cidr_block::add(tx, &id, block)?;
        }
        tx.subnet(&id).cloned()
    }
}

pub(crate) fn zone_named(tx: &Transaction<'_>, wanted: Option<&str>) -> Result<String> {
    let all = || tx.cloud.zones_in(&tx.scope.region);
    let mut zones = all();
    let found = match wanted {
        Some(name) => zones.find(|z| z.name == name || z.id == name),
        None => zones.next(),
    };
    found.map(|z| z.name.clone()).ok_or_else(|| {
        let names: Vec<_> = all().map(|z| z.name.as_str()).collect();
        let why =
            format!("Subnets can currently only be created in the following availability zones: {}.", names.join(", "));
        Error::invalid_value("availabilityZone", wanted.unwrap_or("none"), why)
    })
}

impl Request for DeleteSubnet {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        tx.subnet(&self.subnet_id)?;
        if let Some(interface) = tx.interfaces().find(|i| i.subnet == self.subnet_id) {
            return Err(Error::in_use("subnet", &self.subnet_id, &interface.id));
        }
        let reservations = tx.subnet_cidr_reservations().filter(|r| r.subnet == self.subnet_id);
        for id in reservations.map(|r| r.id.clone()).collect::<Vec<_>>() {
            tx.cloud.subnet_cidr_reservations.remove(&id);
        }
        tx.cloud.subnets.remove(&self.subnet_id);
        tx.forget_exclusion(&Excluded::Subnet(self.subnet_id));
        Ok(())
    }
}

impl Request for ModifySubnetAttribute {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let subnet = tx.subnet_mut(&self.subnet_id)?;
        let SubnetAttributes {
            map_public_ip_on_launch,
            assign_ipv6_address_on_creation,
            enable_dns64,
            private_dns_hostname_type_on_launch,
            enable_resource_name_dns_a_record_on_launch,
            enable_resource_name_dns_aaaa_record_on_launch,
        } = self.attributes;
        if subnet.ipv6_cidr_block.is_none() {
            let wanted = [
                (assign_ipv6_address_on_creation, "AssignIpv6AddressOnCreation"),
                (enable_resource_name_dns_aaaa_record_on_launch, "EnableResourceNameDnsAAAARecordOnLaunch"),
            ];
            if let Some((_, name)) = wanted.iter().find(|(value, _)| *value == Some(true)) {
                return Err(Error::invalid(format!(
                    "Invalid value 'true' for {name}: the subnet '{}' has no IPv6 CIDR block.",
                    subnet.id
                )));
            }
        }
        fn set<T>(attribute: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *attribute = value;
            }
        }
        set(&mut subnet.map_public_ip_on_launch, map_public_ip_on_launch);
        set(&mut subnet.assign_ipv6_address_on_creation, assign_ipv6_address_on_creation);
        set(&mut subnet.enable_dns64, enable_dns64);
        let names = &mut subnet.private_dns;
        set(&mut names.hostname_type, private_dns_hostname_type_on_launch);
        set(&mut names.resource_name_a_record, enable_resource_name_dns_a_record_on_launch);
        set(&mut names.resource_name_aaaa_record, enable_resource_name_dns_aaaa_record_on_launch);
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
        let held = match self.derived.index() {
            Some(index) => index.held_in(&subnet.id).len(),
            None => u32::try_from(self.addresses_held_in(&subnet.id).len()).unwrap_or(u32::MAX),
        };
        subnet.usable_count().saturating_sub(held)
    }
}

impl Transaction<'_> {
    /// The lowest free addresses of a subnet that are neither reserved nor spoken for, all of them or none.
    pub(crate) fn free_addresses_beside(
        &self,
        subnet: &SubnetId,
        spoken_for: &[Ipv4Addr],
        wanted: usize,
    ) -> Result<Vec<Ipv4Addr>> {
        let mut held = self.index().held_in(subnet);
        for block in self.reserved_blocks(subnet) {
            held.insert_all(block.network(), block.broadcast());
        }
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
