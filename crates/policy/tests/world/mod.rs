//! Regions made by hand, and random ones that change at random.
#![allow(dead_code)] // Each test file uses its part of it.

use std::net::Ipv4Addr;

use croft_control::Cloud;
use croft_engine::tables::Uplink;
use croft_model::address::{Address, AddressAssociation};
use croft_model::gateway::{InternetGateway, NatGateway, NatGatewayAddress, NatGatewayState};
use croft_model::group::{Direction, Peer, SecurityGroup, SecurityGroupRule};
use croft_model::interface::{Attachment, AttachmentStatus, IdleTimeouts, InterfaceKind, NetworkInterface};
use croft_model::network_acl::{NetworkAcl, NetworkAclEntry};
use croft_model::prefix_list::{PrefixList, PrefixListEntry};
use croft_model::protocol::{Ports as PortRange, Protocol};
use croft_model::route::{Route, RouteDestination, RouteTable, RouteTarget};
use croft_model::subnet::Subnet;
use croft_model::vpc::{CidrBlock, Vpc};
use croft_model::*;
use croft_policy::Ports;
use ipnet::Ipv4Net;

pub const UPLINK: Uplink = Uplink { port: 9_000, mac: [0x02, 0xff, 0, 0, 0, 1], router_mac: [0x02, 0xff, 0, 0, 0, 2] };

pub struct World {
    pub cloud: Cloud,
    pub ports: Ports,
    count: u128,
    state: u64,
}

pub fn net(text: &str) -> Ipv4Net {
    text.parse().unwrap()
}

impl World {
    pub fn new(seed: u64) -> World {
        let ports = Ports { uplink: UPLINK, ..Ports::default() };
        let cloud = Cloud::new(croft_model::Scope::default());
        World { cloud, ports, count: 0, state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1 }
    }

    /// A number below `below` (xorshift).
    pub fn below(&mut self, below: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        ((self.state >> 11) % below.max(1) as u64) as usize
    }

    fn bits(&mut self) -> u128 {
        self.count += 1;
        self.count
    }

    pub fn vpc(&mut self, cidr: &str) -> VpcId {
        let id = VpcId::from_bits(self.bits());
        let main_route_table = self.route_table(&id);
        let default_network_acl = self.network_acl(&id, true);
        let default_security_group = self.group(&id);
        let (bits, association) = (self.bits(), self.bits());
        let vpc = Vpc {
            id: id.clone(),
            scope: Scope::default(),
            cidr_blocks: vec![CidrBlock { association: CidrAssociationId::from_bits(bits), block: net(cidr) }],
            ipv6_cidr_blocks: vec![],
            is_default: false,
            enable_dns_support: true,
            enable_dns_hostnames: false,
            enable_network_address_usage_metrics: false,
            dhcp_options: None,
            instance_tenancy: "default".into(),
            main_route_table,
            main_route_table_association: RouteTableAssociationId::from_bits(association),
            default_network_acl,
            default_security_group,
            tags: Tags::new(),
        };
        self.cloud.vpcs.insert(id.clone(), vpc);
        id
    }

    pub fn subnet(&mut self, vpc: &VpcId, block: &str, zone: &str) -> SubnetId {
        let id = SubnetId::from_bits(self.bits());
        let acl = self.cloud.vpcs[vpc].default_network_acl.clone();
        let bits = self.bits();
        let subnet = Subnet {
            id: id.clone(),
            scope: Scope::default(),
            vpc: vpc.clone(),
            block: net(block),
            zone: zone.into(),
            map_public_ip_on_launch: false,
            ipv6_cidr_block: None,
            assign_ipv6_address_on_creation: false,
            enable_dns64: false,
            private_dns: Default::default(),
            default_for_az: false,
            route_table: None,
            network_acl: (NetworkAclAssociationId::from_bits(bits), acl),
            tags: Tags::new(),
        };
        self.cloud.subnets.insert(id.clone(), subnet);
        id
    }

    pub fn route_table(&mut self, vpc: &VpcId) -> RouteTableId {
        let id = RouteTableId::from_bits(self.bits());
        let table =
            RouteTable { id: id.clone(), scope: Scope::default(), vpc: vpc.clone(), routes: vec![], tags: Tags::new() };
        self.cloud.route_tables.insert(id.clone(), table);
        id
    }

    pub fn route(&mut self, table: &RouteTableId, destination: RouteDestination, target: RouteTarget) {
        let table = self.cloud.route_tables.get_mut(table).unwrap();
        table.routes.retain(|r| r.destination != destination);
        table.routes.push(Route { destination, target });
    }

    pub fn use_table_of_gateway(&mut self, gateway: &InternetGatewayId, table: Option<&RouteTableId>) {
        let association = RouteTableAssociationId::from_bits(self.bits());
        let gateway = self.cloud.internet_gateways.get_mut(gateway).unwrap();
        gateway.route_table = table.map(|table| (association, table.clone()));
    }

    pub fn use_table(&mut self, subnet: &SubnetId, table: &RouteTableId) {
        let association = RouteTableAssociationId::from_bits(self.bits());
        self.cloud.subnets.get_mut(subnet).unwrap().route_table = Some((association, table.clone()));
    }

    pub fn internet_gateway(&mut self, vpc: &VpcId) -> InternetGatewayId {
        let id = InternetGatewayId::from_bits(self.bits());
        let gateway = InternetGateway {
            id: id.clone(),
            scope: Scope::default(),
            vpc: Some(vpc.clone()),
            route_table: None,
            tags: Tags::new(),
        };
        self.cloud.internet_gateways.insert(id.clone(), gateway);
        id
    }

    /// With one entry a direction that allows everything, or without entries.
    pub fn network_acl(&mut self, vpc: &VpcId, open: bool) -> NetworkAclId {
        let id = NetworkAclId::from_bits(self.bits());
        let entries = [Direction::Ingress, Direction::Egress].into_iter().filter(|_| open);
        let entries = entries.map(|direction| NetworkAclEntry {
            number: 100,
            direction,
            protocol: Protocol::All,
            ports: PortRange::All,
            cidr: net("0.0.0.0/0").into(),
            allow: true,
        });
        let entries = entries.collect();
        let acl = NetworkAcl {
            id: id.clone(),
            scope: Scope::default(),
            vpc: vpc.clone(),
            is_default: open,
            entries,
            tags: Tags::new(),
        };
        self.cloud.network_acls.insert(id.clone(), acl);
        id
    }

    pub fn use_acl(&mut self, subnet: &SubnetId, acl: &NetworkAclId) {
        self.cloud.subnets.get_mut(subnet).unwrap().network_acl.1 = acl.clone();
    }

    pub fn group(&mut self, vpc: &VpcId) -> SecurityGroupId {
        let id = SecurityGroupId::from_bits(self.bits());
        let group = SecurityGroup {
            id: id.clone(),
            scope: Scope::default(),
            vpc: vpc.clone(),
            associated_vpcs: Default::default(),
            name: format!("group-{}", self.count),
            description: "made by a test".into(),
            rules: vec![],
            tags: Tags::new(),
        };
        self.cloud.security_groups.insert(id.clone(), group);
        id
    }

    pub fn rule(
        &mut self,
        group: &SecurityGroupId,
        direction: Direction,
        protocol: Protocol,
        ports: PortRange,
        peer: Peer,
    ) -> SecurityGroupRuleId {
        let id = SecurityGroupRuleId::from_bits(self.bits());
        let rule = SecurityGroupRule {
            id: id.clone(),
            direction,
            protocol,
            ports,
            peer,
            description: None,
            tags: Tags::new(),
        };
        self.cloud.security_groups.get_mut(group).unwrap().rules.push(rule);
        id
    }

    pub fn interface(
        &mut self,
        subnet: &SubnetId,
        address: Ipv4Addr,
        groups: &[SecurityGroupId],
    ) -> NetworkInterfaceId {
        let id = NetworkInterfaceId::from_bits(self.bits());
        let of = self.cloud.subnets[subnet].clone();
        let [.., a, b, c, d] = (self.count as u64).to_be_bytes();
        let (attachment, instance) = (self.bits(), self.bits());
        let interface = NetworkInterface {
            id: id.clone(),
            scope: Scope::default(),
            vpc: of.vpc,
            subnet: subnet.clone(),
            description: String::new(),
            mac: [0x02, 0x10, a, b, c, d],
            private_ips: vec![address],
            ipv6_addresses: vec![],
            primary_ipv6: false,
            groups: groups.to_vec(),
            source_dest_check: true,
            auto_public_ip: None,
            public_ip_at_start: false,
            kind: InterfaceKind::Interface,
            attachment: Some(Attachment {
                id: AttachmentId::from_bits(attachment),
                instance: InstanceId::from_bits(instance),
                device_index: 0,
                delete_on_termination: true,
                status: AttachmentStatus::Attached,
                attached: 0,
            }),
            idle: IdleTimeouts::default(),
            tags: Tags::new(),
        };
        self.cloud.interfaces.insert(id.clone(), interface);
        id
    }

    pub fn plug(&mut self, interface: &NetworkInterfaceId) -> u32 {
        let port = 10 + self.bits() as u32;
        self.ports.interfaces.insert(interface.clone(), port);
        port
    }

    pub fn elastic_ip(&mut self, interface: &NetworkInterfaceId, private: Ipv4Addr) -> Ipv4Addr {
        let id = AllocationId::from_bits(self.bits());
        let association = AddressAssociationId::from_bits(self.bits());
        let public_ip = Ipv4Addr::from(0xc612_0000 + self.count as u32);
        let association =
            Some(AddressAssociation { id: association, interface: interface.clone(), private_ip: private });
        self.cloud.addresses.insert(
            id.clone(),
            Address { id, scope: Scope::default(), public_ip, association, ptr_record: None, tags: Tags::new() },
        );
        public_ip
    }

    pub fn nat_gateway(&mut self, subnet: &SubnetId, address: Ipv4Addr, public: bool) -> NatGatewayId {
        let id = NatGatewayId::from_bits(self.bits());
        let interface = self.interface(subnet, address, &[]);
        let held = self.cloud.interfaces.get_mut(&interface).unwrap();
        held.kind = InterfaceKind::NatGateway(id.clone());
        let vpc = held.vpc.clone();
        if public {
            self.elastic_ip(&interface, address);
        }
        let gateway = NatGateway {
            id: id.clone(),
            scope: Scope::default(),
            vpc,
            subnet: subnet.clone(),
            public,
            state: NatGatewayState::Available,
            interface,
            addresses: vec![NatGatewayAddress {
                private_ip: address,
                allocation: None,
                public_ip: None,
                association: None,
            }],
            created: 0,
            deleted: None,
            tags: Tags::new(),
        };
        self.cloud.nat_gateways.insert(id.clone(), gateway);
        id
    }

    pub fn prefix_list(&mut self, cidrs: &[&str]) -> PrefixListId {
        let id = PrefixListId::from_bits(self.bits());
        let entry = |cidr: &&str| PrefixListEntry { cidr: net(cidr).into(), description: None };
        let entries = cidrs.iter().map(entry).collect();
        let list = PrefixList::new(id.clone(), Scope::default(), format!("list-{}", self.count), 10, entries);
        self.cloud.prefix_lists.insert(id.clone(), list);
        id
    }
}

/// TCP to one port.
pub fn tcp(port: u16) -> (Protocol, PortRange) {
    (Protocol::Number(6), PortRange::Range { from: port, to: port })
}

mod random;
pub use random::*;
