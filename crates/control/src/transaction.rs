//! One command at work on a copy of the region.

use crate::error::{Error, Identified, Result};
use crate::index::Index;
use crate::{Bits, Cloud};
use croft_model::address::Address;
use croft_model::gateway::{InternetGateway, NatGateway};
use croft_model::group::SecurityGroup;
use croft_model::instance::Instance;
use croft_model::interface::NetworkInterface;
use croft_model::network_acl::NetworkAcl;
use croft_model::prefix_list::PrefixList;
use croft_model::route::RouteTable;
use croft_model::subnet::Subnet;
use croft_model::vpc::Vpc;
use croft_model::*;
use imbl::OrdMap;

/// What a command runs on: the region, its own to change, the time and a source of bits. Dropped when the command
/// fails, so nothing it did remains.
pub struct Transaction<'a> {
    pub(crate) cloud: Cloud,
    /// The region before the command, and its index.
    pub(crate) before: &'a Cloud,
    pub(crate) index_before: &'a Index,
    /// Seconds since 1970.
    pub(crate) now: u64,
    pub(crate) bits: &'a mut Bits,
}

macro_rules! lookups { ($($one:ident, $one_mut:ident: $id:ty => $type:ty = $field:ident;)*) => { $(
    pub(crate) fn $one(&self, id: &$id) -> Result<&$type> {
        self.cloud.$field.get(id).ok_or_else(|| id.not_found())
    }
    pub(crate) fn $one_mut(&mut self, id: &$id) -> Result<&mut $type> {
        self.cloud.$field.get_mut(id).ok_or_else(|| id.not_found())
    }
)* } }

impl Transaction<'_> {
    lookups! {
        vpc, vpc_mut: VpcId => Vpc = vpcs;
        subnet, subnet_mut: SubnetId => Subnet = subnets;
        internet_gateway, internet_gateway_mut: InternetGatewayId => InternetGateway = internet_gateways;
        nat_gateway, nat_gateway_mut: NatGatewayId => NatGateway = nat_gateways;
        address, address_mut: AllocationId => Address = addresses;
        route_table, route_table_mut: RouteTableId => RouteTable = route_tables;
        security_group, security_group_mut: SecurityGroupId => SecurityGroup = security_groups;
        network_acl, network_acl_mut: NetworkAclId => NetworkAcl = network_acls;
        interface, interface_mut: NetworkInterfaceId => NetworkInterface = interfaces;
        instance, instance_mut: InstanceId => Instance = instances;
        prefix_list, prefix_list_mut: PrefixListId => PrefixList = prefix_lists;
    }

    /// Which addresses are held now, what the command itself has done included.
    pub(crate) fn index(&self) -> Index {
        let mut index = self.index_before.clone();
        index.follow(self.before, &self.cloud);
        index
    }

    /// An identifier that nothing in `map` bears.
    pub(crate) fn fresh<K: Ord, V>(&mut self, map: fn(&Cloud) -> &OrdMap<K, V>, id: fn(u128) -> K) -> K {
        loop {
            let id = id(self.bits.draw());
            if !map(&self.cloud).contains_key(&id) {
                return id;
            }
        }
    }

    /// Refuses one more where `have` has reached the quota (row NET-10).
    pub(crate) fn room_for_one(&self, code: &'static str, what: &str, have: usize, quota: u32) -> Result<()> {
        match have < quota as usize {
            true => Ok(()),
            false => Err(Error::limit(code, what, quota)),
        }
    }
}
