//! What parts of the tables are made from.
//!
//! Compiling a part goes through a [`Reader`], which notes every fact that it was asked for. When a fact changes, the
//! parts that read it are compiled again, and no others. Nothing has to be declared, so nothing can be forgotten.

use croft_control::Cloud;
use croft_model::gateway::NatGateway;
use croft_model::group::{Direction, SecurityGroup};
use croft_model::interface::NetworkInterface;
use croft_model::network_acl::NetworkAcl;
use croft_model::prefix_list::PrefixList;
use croft_model::route::RouteTable;
use croft_model::subnet::Subnet;
use croft_model::vpc::Vpc;
use croft_model::*;
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use crate::index::Index;
use crate::name::SetName;
use crate::plug::Ports;

/// One thing that may change by itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fact {
    /// Its blocks and its main route table.
    Vpc(VpcId),
    /// Its block, zone and associations.
    Subnet(SubnetId),
    Interface(NetworkInterfaceId),
    /// Where it is plugged in.
    Port(NetworkInterfaceId),
    /// The Elastic IPs of its addresses.
    Elastic(NetworkInterfaceId),
    /// The internet gateway that is attached to the VPC, and its route table.
    Gateway(VpcId),
    /// What block public access keeps from the internet gateway for a subnet.
    BlockMode(SubnetId),
    NatGateway(NatGatewayId),
    RouteTable(RouteTableId),
    /// The rules of a group in one direction.
    Rules(SecurityGroupId, Direction),
    /// The memberships that hold a group.
    Members(SecurityGroupId),
    NetworkAcl(NetworkAclId, Direction),
    PrefixList(PrefixListId),
    /// Whether the zone has failed (row AZ-2).
    Zone(String),
    /// The number of a compiled set, and what it allows to all addresses.
    Set(SetName),
}

/// A part of the tables that is compiled as one. In the order in which they are: sets first, for others read them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    Set(SetName),
    Subnet(SubnetId),
    Interface(NetworkInterfaceId),
    NatGateway(NatGatewayId),
    RouteTable(RouteTableId),
}

/// Reads the cloud and notes what was read.
pub(crate) struct Reader<'a> {
    cloud: &'a Cloud,
    ports: &'a Ports,
    index: &'a Index,
    pub(crate) reads: BTreeSet<Fact>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(cloud: &'a Cloud, ports: &'a Ports, index: &'a Index) -> Self {
        Reader { cloud, ports, index, reads: BTreeSet::new() }
    }

    /// Notes that a compiled set is used.
    pub(crate) fn uses(&mut self, set: &SetName) {
        self.reads.insert(Fact::Set(set.clone()));
    }

    pub(crate) fn vpc(&mut self, id: &VpcId) -> Option<&'a Vpc> {
        self.reads.insert(Fact::Vpc(id.clone()));
        self.cloud.vpcs.get(id)
    }

    pub(crate) fn subnet(&mut self, id: &SubnetId) -> Option<&'a Subnet> {
        self.reads.insert(Fact::Subnet(id.clone()));
        self.cloud.subnets.get(id)
    }

    pub(crate) fn interface(&mut self, id: &NetworkInterfaceId) -> Option<&'a NetworkInterface> {
        self.reads.insert(Fact::Interface(id.clone()));
        self.cloud.interfaces.get(id)
    }

    pub(crate) fn port(&mut self, id: &NetworkInterfaceId) -> Option<u32> {
        self.reads.insert(Fact::Port(id.clone()));
        self.ports.interfaces.get(id).copied()
    }

    /// The public address of each private address of an interface that has one (rows NET-6, IGW-4).
    pub(crate) fn public_addresses(&mut self, interface: &NetworkInterface) -> BTreeMap<Ipv4Addr, Ipv4Addr> {
        self.reads.insert(Fact::Elastic(interface.id.clone()));
        let mut addresses = BTreeMap::new();
        if let (Some(&primary), Some(public)) = (interface.private_ips.first(), interface.auto_public_ip) {
            addresses.insert(primary, public);
        }
        for (&private, &public) in self.index.elastic_of(&interface.id) {
            if interface.private_ips.contains(&private) {
                addresses.insert(private, public);
            }
        }
        addresses
    }

    pub(crate) fn gateway(&mut self, vpc: &VpcId) -> Option<&'a InternetGatewayId> {
        self.reads.insert(Fact::Gateway(vpc.clone()));
        self.index.gateway_of(vpc)
    }

    /// The route table of the internet gateway that is attached to the VPC.
    pub(crate) fn gateway_route_table(&mut self, vpc: &VpcId) -> Option<&'a RouteTableId> {
        let gateway = self.gateway(vpc)?;
        self.cloud.internet_gateways.get(gateway)?.route_table.as_ref().map(|(_, table)| table)
    }

    /// Is the interface kept from the internet gateway by block public access?
    pub(crate) fn internet_blocked(&mut self, interface: &NetworkInterface) -> bool {
        self.reads.insert(Fact::BlockMode(interface.subnet.clone()));
        self.cloud.is_internet_blocked(interface)
    }

    pub(crate) fn nat_gateway(&mut self, id: &NatGatewayId) -> Option<&'a NatGateway> {
        self.reads.insert(Fact::NatGateway(id.clone()));
        self.cloud.nat_gateways.get(id)
    }

    pub(crate) fn route_table(&mut self, id: &RouteTableId) -> Option<&'a RouteTable> {
        self.reads.insert(Fact::RouteTable(id.clone()));
        self.cloud.route_tables.get(id)
    }

    /// A group, for its rules in one direction.
    pub(crate) fn group(&mut self, id: &SecurityGroupId, direction: Direction) -> Option<&'a SecurityGroup> {
        self.reads.insert(Fact::Rules(id.clone(), direction));
        self.cloud.security_groups.get(id)
    }

    /// The memberships in a VPC that hold a group (row SG-3).
    pub(crate) fn members(&mut self, vpc: &VpcId, group: &SecurityGroupId) -> impl Iterator<Item = u32> + use<'a> {
        self.reads.insert(Fact::Members(group.clone()));
        self.index.memberships.of(vpc, group)
    }

    /// The membership of an interface's addresses, 0 = none. Part of what the interface is.
    pub(crate) fn membership(&self, interface: &NetworkInterface) -> u32 {
        self.index.memberships.number(interface)
    }

    pub(crate) fn network_acl(&mut self, id: &NetworkAclId, direction: Direction) -> Option<&'a NetworkAcl> {
        self.reads.insert(Fact::NetworkAcl(id.clone(), direction));
        self.cloud.network_acls.get(id)
    }

    pub(crate) fn prefix_list(&mut self, id: &PrefixListId) -> Option<&'a PrefixList> {
        self.reads.insert(Fact::PrefixList(id.clone()));
        self.cloud.prefix_list(id)
    }

    pub(crate) fn zone_failed(&mut self, zone: &str) -> bool {
        self.reads.insert(Fact::Zone(zone.to_string()));
        self.cloud.zone_failed(zone)
    }
}
