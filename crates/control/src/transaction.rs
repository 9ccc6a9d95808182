//! One command at work on a copy of the cloud.

use crate::error::{Error, Identified, Result};
use crate::index::Index;
use crate::{Bits, Cloud, Request};
use croft_model::address::Address;
use croft_model::block_public_access::BlockPublicAccessExclusion;
use croft_model::dhcp_options::DhcpOptions;
use croft_model::gateway::{EgressOnlyInternetGateway, InternetGateway, NatGateway};
use croft_model::group::SecurityGroup;
use croft_model::instance::Instance;
use croft_model::interface::NetworkInterface;
use croft_model::key_pair::KeyPair;
use croft_model::launch_template::LaunchTemplate;
use croft_model::network_acl::NetworkAcl;
use croft_model::prefix_list::PrefixList;
use croft_model::quota::Quotas;
use croft_model::route::RouteTable;
use croft_model::settings::RegionSettings;
use croft_model::subnet::{Subnet, SubnetCidrReservation};
use croft_model::volume::Volume;
use croft_model::vpc::Vpc;
use croft_model::*;
use imbl::OrdMap;

/// What a command runs on: the cloud, its own to change, whose command it is, the time and a source of bits. Dropped
/// when the command fails, so nothing it did remains.
pub struct Transaction<'a> {
    pub(crate) cloud: Cloud,
    /// Whose command it is. The look-ups find nothing of anybody else.
    pub(crate) scope: Scope,
    /// The cloud before the command, and its index.
    pub(crate) before: &'a Cloud,
    pub(crate) index_before: &'a Index,
    /// Seconds since 1970.
    pub(crate) now: u64,
    pub(crate) bits: &'a mut Bits,
}

/// A command at one moment of its work.
pub struct Saved(Cloud);

macro_rules! lookups { ($($one:ident, $one_mut:ident, $all:ident: $id:ty => $type:ty;)*) => { $(
    pub(crate) fn $one(&self, id: &$id) -> Result<&$type> {
        self.cloud.$all.get(id).filter(|r| r.scope == self.scope).ok_or_else(|| id.not_found())
    }
    pub(crate) fn $one_mut(&mut self, id: &$id) -> Result<&mut $type> {
        let Transaction { cloud, scope, .. } = self;
        cloud.$all.get_mut(id).filter(|r| r.scope == *scope).ok_or_else(|| id.not_found())
    }
    /// All of the caller's scope.
    pub(crate) fn $all(&self) -> impl Iterator<Item = &$type> {
        self.cloud.$all.values().filter(|r| r.scope == self.scope)
    }
)* } }

#[allow(dead_code, reason = "each look-up for each kind, not all of which is needed")]
impl Transaction<'_> {
    lookups! {
        vpc, vpc_mut, vpcs: VpcId => Vpc;
        subnet, subnet_mut, subnets: SubnetId => Subnet;
        subnet_cidr_reservation, subnet_cidr_reservation_mut, subnet_cidr_reservations:
            SubnetCidrReservationId => SubnetCidrReservation;
        dhcp_options, dhcp_options_mut, dhcp_options_sets: DhcpOptionsId => DhcpOptions;
        block_public_access_exclusion, block_public_access_exclusion_mut, block_public_access_exclusions:
            BlockPublicAccessExclusionId => BlockPublicAccessExclusion;
        egress_only_internet_gateway, egress_only_internet_gateway_mut, egress_only_internet_gateways:
            EgressOnlyInternetGatewayId => EgressOnlyInternetGateway;
        internet_gateway, internet_gateway_mut, internet_gateways: InternetGatewayId => InternetGateway;
        nat_gateway, nat_gateway_mut, nat_gateways: NatGatewayId => NatGateway;
        address, address_mut, addresses: AllocationId => Address;
        route_table, route_table_mut, route_tables: RouteTableId => RouteTable;
        security_group, security_group_mut, security_groups: SecurityGroupId => SecurityGroup;
        network_acl, network_acl_mut, network_acls: NetworkAclId => NetworkAcl;
        interface, interface_mut, interfaces: NetworkInterfaceId => NetworkInterface;
        instance, instance_mut, instances: InstanceId => Instance;
        prefix_list, prefix_list_mut, prefix_lists: PrefixListId => PrefixList;
        volume, volume_mut, volumes: VolumeId => Volume;
        key_pair, key_pair_mut, key_pairs: KeyPairId => KeyPair;
        launch_template, launch_template_mut, launch_templates: LaunchTemplateId => LaunchTemplate;
    }

    /// The cloud so far, with what the command itself has done.
    pub fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    /// Whose command it is.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Runs another request as a part of this one. What it did before it failed is thrown away.
    pub fn run<R: Request>(&mut self, request: R) -> Result<R::Response> {
        let saved = self.save();
        request.run(self).inspect_err(|_| self.restore(saved))
    }

    /// What has been done so far, to go back to. Cheap.
    pub fn save(&self) -> Saved {
        Saved(self.cloud.clone())
    }

    /// Throws away what has been done since.
    pub fn restore(&mut self, saved: Saved) {
        self.cloud = saved.0;
    }

    /// What the caller may have.
    pub(crate) fn quotas(&self) -> Quotas {
        self.cloud.quotas(&self.scope)
    }

    /// What the caller has set for the region.
    pub(crate) fn settings_mut(&mut self) -> &mut RegionSettings {
        let new = || RegionSettings { scope: self.scope.clone(), ..RegionSettings::default() };
        self.cloud.settings.entry(self.scope.clone()).or_insert_with(new)
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
