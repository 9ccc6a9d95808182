//! Puts a region together, thing by thing.

use super::rules::{group_rule, route};
use super::{ZONES, block, everywhere};
use crate::random::Random;
use croft_control::Cloud;
use croft_model::address::{Address, AddressAssociation};
use croft_model::gateway::{InternetGateway, NatGateway, NatGatewayAddress, NatGatewayState};
use croft_model::group::{Peer, SecurityGroup, SecurityGroupRule};
use croft_model::interface::{Attachment, IdleTimeouts, InterfaceKind, NetworkInterface};
use croft_model::network_acl::NetworkAcl;
use croft_model::prefix_list::{PrefixList, PrefixListEntry};
use croft_model::route::{Route, RouteDestination, RouteTable, RouteTarget};
use croft_model::subnet::Subnet;
use croft_model::vpc::{CidrBlock, Vpc};
use croft_model::*;
use ipnet::Ipv4Net;
use std::net::Ipv4Addr;

pub(super) struct Builder<'a> {
    pub(super) random: &'a mut Random,
    pub(super) cloud: Cloud,
    ids: u128,
    public: u32,
    macs: u32,
}
impl<'a> Builder<'a> {
    pub(super) fn new(random: &'a mut Random) -> Builder<'a> {
        let public = u32::from(Ipv4Addr::new(198, 18, 0, 10));
        Builder { random, cloud: Cloud::default(), ids: 0, public, macs: 0 }
    }

    pub(super) fn id(&mut self) -> u128 {
        self.ids += 1;
        self.ids
    }

    fn public_address(&mut self) -> Ipv4Addr {
        self.public += 1;
        Ipv4Addr::from(self.public)
    }

    pub(super) fn prefix_lists(&mut self) {
        for entries in [["10.0.1.0/24", "1.1.1.0/24"], ["8.8.8.0/24", "10.0.0.0/8"]] {
            let id = PrefixListId::from_bits(self.id());
            let entries =
                entries.iter().map(|e| PrefixListEntry { cidr: block(e).into(), description: None }).collect();
            let list = PrefixList::new(id.clone(), Scope::default(), id.to_string(), 5, entries);
            self.cloud.prefix_lists.insert(id, list);
        }
    }

    /// A VPC with its subnets, groups, ACLs, gateways; interfaces and routes come later.
    pub(super) fn vpc(&mut self, cidr: &str) -> VpcId {
        let id = VpcId::from_bits(self.id());
        let main = RouteTableId::from_bits(self.id());
        let acls: Vec<NetworkAclId> = (0..3).map(|_| NetworkAclId::from_bits(self.id())).collect();
        let groups: Vec<SecurityGroupId> = (0..5).map(|_| SecurityGroupId::from_bits(self.id())).collect();
        let mut blocks = vec![block(cidr)];
        if self.random.percent(25) {
            blocks.push(block("100.64.0.0/16"));
        }
        let mut cidr_blocks = Vec::new();
        for block in &blocks {
            cidr_blocks.push(CidrBlock { association: CidrAssociationId::from_bits(self.id()), block: *block });
        }
        let vpc = Vpc {
            id: id.clone(),
            scope: Scope::default(),
            cidr_blocks,
            ipv6_cidr_blocks: vec![],
            is_default: false,
            enable_dns_support: true,
            enable_dns_hostnames: true,
            enable_network_address_usage_metrics: false,
            dhcp_options: None,
            instance_tenancy: "default".into(),
            main_route_table: main.clone(),
            main_route_table_association: RouteTableAssociationId::from_bits(self.id()),
            default_network_acl: acls[0].clone(),
            default_security_group: groups[0].clone(),
            tags: Tags::new(),
        };
        self.cloud.vpcs.insert(id.clone(), vpc);
        let tables = [main, RouteTableId::from_bits(self.id()), RouteTableId::from_bits(self.id())];
        for table in &tables {
            let table = RouteTable {
                id: table.clone(),
                scope: Scope::default(),
                vpc: id.clone(),
                routes: Vec::new(),
                tags: Tags::new(),
            };
            self.cloud.route_tables.insert(table.id.clone(), table);
        }
        for (n, acl) in acls.iter().enumerate() {
            let entries = self.acl_entries(n);
            let acl = NetworkAcl {
                id: acl.clone(),
                scope: Scope::default(),
                vpc: id.clone(),
                is_default: n == 0,
                entries,
                tags: Tags::new(),
            };
            self.cloud.network_acls.insert(acl.id.clone(), acl);
        }
        for (n, group) in groups.iter().enumerate() {
            let rules = self.group_rules(n, &groups);
            let (name, tags) = (format!("group-{n}"), Tags::new());
            let group = SecurityGroup {
                id: group.clone(),
                scope: Scope::default(),
                vpc: id.clone(),
                associated_vpcs: Default::default(),
                name,
                description: String::new(),
                rules,
                tags,
            };
            self.cloud.security_groups.insert(group.id.clone(), group);
        }
        self.subnets(&id, &blocks, &tables, &acls);
        if self.random.percent(90) {
            let gateway = InternetGatewayId::from_bits(self.id());
            let vpc = self.random.percent(95).then(|| id.clone());
            self.cloud.internet_gateways.insert(
                gateway.clone(),
                InternetGateway { id: gateway, scope: Scope::default(), vpc, route_table: None, tags: Tags::new() },
            );
        }
        for _ in 0..self.random.between(1, 2) {
            self.nat_gateway(&id);
        }
        id
    }

    fn subnets(&mut self, vpc: &VpcId, blocks: &[Ipv4Net], tables: &[RouteTableId], acls: &[NetworkAclId]) {
        let count = self.random.between(3, 4);
        for n in 0..count {
            let within = blocks[if n == 3 { blocks.len() - 1 } else { 0 }];
            let base = u32::from(within.network()) + ((n as u32) << 8);
            let length = self.random.one([24, 24, 25, 28]);
            let block = Ipv4Net::new(Ipv4Addr::from(base), length).unwrap_or_default();
            let acl = acls[self.random.weighted(&[8, 2, 1])].clone();
            let table = tables[n % tables.len()].clone();
            let route_table = (n % tables.len() != 0).then(|| (RouteTableAssociationId::from_bits(self.id()), table));
            let id = SubnetId::from_bits(self.id());
            let subnet = Subnet {
                id: id.clone(),
                scope: Scope::default(),
                vpc: vpc.clone(),
                block,
                zone: ZONES[n % 2].into(),
                default_for_az: false,
                map_public_ip_on_launch: false,
                ipv6_cidr_block: None,
                assign_ipv6_address_on_creation: false,
                enable_dns64: false,
                private_dns: Default::default(),
                route_table,
                network_acl: (NetworkAclAssociationId::from_bits(self.id()), acl),
                tags: Tags::new(),
            };
            self.cloud.subnets.insert(id, subnet);
        }
    }

    fn nat_gateway(&mut self, vpc: &VpcId) {
        let Some(mut subnet) = self.a_subnet(vpc) else { return };
        // Mostly in the subnet that is made for it: the second one.
        if self.random.percent(85)
            && let Some(second) = self.cloud.subnets.values().filter(|s| s.vpc == *vpc).nth(1)
        {
            subnet = second.clone();
        }
        let id = NatGatewayId::from_bits(self.id());
        let interface = NetworkInterfaceId::from_bits(self.id());
        let public = self.random.percent(85);
        let mut addresses = Vec::new();
        let mut private_ips = Vec::new();
        for _ in 0..self.random.one([1, 2, 2, 3]) {
            let Some(private_ip) = self.free_address(&subnet, &private_ips) else { break };
            let allocation = public.then(|| self.elastic_ip(&interface, private_ip));
            private_ips.push(private_ip);
            addresses.push(NatGatewayAddress { private_ip, allocation, public_ip: None, association: None });
        }
        let state = match self.random.below(20) {
            0 => NatGatewayState::Pending,
            1 => NatGatewayState::Deleting,
            _ => NatGatewayState::Available,
        };
        let mac = self.mac();
        self.cloud.interfaces.insert(
            interface.clone(),
            NetworkInterface {
                id: interface.clone(),
                scope: Scope::default(),
                vpc: vpc.clone(),
                subnet: subnet.id.clone(),
                description: "NAT gateway".into(),
                mac,
                private_ips,
                ipv6_addresses: Vec::new(),
                primary_ipv6: false,
                groups: Vec::new(),
                source_dest_check: false,
                auto_public_ip: None,
                public_ip_at_start: false,
                kind: InterfaceKind::NatGateway(id.clone()),
                attachment: None,
                idle: IdleTimeouts::default(),
                tags: Tags::new(),
            },
        );
        let (vpc, subnet) = (vpc.clone(), subnet.id);
        let (created, deleted, tags) = (0, None, Tags::new());
        self.cloud.nat_gateways.insert(
            id.clone(),
            NatGateway {
                id,
                scope: Scope::default(),
                vpc,
                subnet,
                public,
                state,
                interface,
                addresses,
                created,
                deleted,
                tags,
            },
        );
    }

    /// Groups that a VPC lends to the others, and rules that name them there (row SG-12).
    pub(super) fn share_groups(&mut self, vpcs: &[VpcId]) {
        for vpc in vpcs {
            let own: Vec<SecurityGroupId> =
                self.cloud.security_groups.values().filter(|g| g.vpc == *vpc).map(|g| g.id.clone()).collect();
            let (Some(shared), true) = (own.last(), self.random.percent(50)) else { continue };
            for other in vpcs.iter().filter(|other| *other != vpc) {
                if let Some(group) = self.cloud.security_groups.get_mut(shared) {
                    group.associated_vpcs.insert(other.clone());
                }
                let theirs: Vec<SecurityGroupId> =
                    self.cloud.security_groups.values().filter(|g| g.vpc == *other).map(|g| g.id.clone()).collect();
                let (direction, protocol, ports, _) = group_rule(self.random, &[], &[]);
                let (id, peer) = (SecurityGroupRuleId::from_bits(self.id()), Peer::Group(shared.clone()));
                let (description, tags) = (None, Tags::new());
                let rule = SecurityGroupRule { id, direction, protocol, ports, peer, description, tags };
                if let Some(group) = self.random.pick(&theirs).and_then(|g| self.cloud.security_groups.get_mut(g)) {
                    group.rules.push(rule);
                }
            }
        }
    }

    pub(super) fn interface(&mut self, vpc: &VpcId) -> Option<NetworkInterfaceId> {
        let subnet = self.a_subnet(vpc)?;
        let id = NetworkInterfaceId::from_bits(self.id());
        let mut private_ips = Vec::new();
        for _ in 0..self.random.one([1, 1, 1, 2]) {
            private_ips.push(self.free_address(&subnet, &private_ips)?);
        }
        let all: Vec<SecurityGroupId> =
            self.cloud.security_groups.values().filter(|g| g.vpc == *vpc).map(|g| g.id.clone()).collect();
        let mut groups = vec![all[self.random.weighted(&[3, 3, 3, 2, 2])].clone()];
        let lent: Vec<SecurityGroupId> = self
            .cloud
            .security_groups
            .values()
            .filter(|g| g.associated_vpcs.contains(vpc))
            .map(|g| g.id.clone())
            .collect();
        if let Some(lent) = self.random.pick(&lent).cloned()
            && self.random.percent(40)
        {
            groups.push(lent);
        }
        if self.random.percent(30) {
            let second = all[self.random.below(all.len())].clone();
            if !groups.contains(&second) {
                groups.push(second);
            }
        }
        let auto_public_ip = self.random.percent(40).then(|| self.public_address());
        if self.random.percent(25) {
            let address = private_ips[self.random.below(private_ips.len())];
            self.elastic_ip(&id, address);
        }
        let attachment = Attachment {
            id: AttachmentId::from_bits(self.id()),
            instance: InstanceId::from_bits(self.id()),
            device_index: 0,
            delete_on_termination: true,
            status: Default::default(),
            attached: 0,
        };
        let idle = match self.random.below(4) {
            0 => IdleTimeouts { tcp_established: 60, udp: 30, udp_stream: 60 },
            1 => IdleTimeouts { tcp_established: 350, udp: 60, udp_stream: 180 },
            _ => IdleTimeouts::default(),
        };
        let interface = NetworkInterface {
            id: id.clone(),
            scope: Scope::default(),
            vpc: vpc.clone(),
            subnet: subnet.id,
            description: String::new(),
            mac: self.mac(),
            private_ips,
            ipv6_addresses: Vec::new(),
            primary_ipv6: false,
            groups,
            source_dest_check: self.random.percent(80),
            auto_public_ip,
            public_ip_at_start: false,
            kind: InterfaceKind::Interface,
            attachment: Some(attachment),
            idle,
            tags: Tags::new(),
        };
        self.cloud.interfaces.insert(id.clone(), interface);
        Some(id)
    }

    /// Routes of the three tables of a VPC: one to the internet gateway, one to a NAT gateway, one for anything.
    pub(super) fn routes(&mut self, vpc: &VpcId) {
        let gateway = self.cloud.internet_gateways.values().next_back().map(|g| g.id.clone());
        let own = self.cloud.internet_gateway_of(vpc).map(|g| g.id.clone());
        let nats: Vec<NatGatewayId> =
            self.cloud.nat_gateways.values().filter(|n| n.vpc == *vpc).map(|n| n.id.clone()).collect();
        let vpc_record = self.cloud.vpcs.get(vpc).cloned();
        let main = vpc_record.map(|v| v.main_route_table);
        let tables: Vec<RouteTableId> =
            self.cloud.route_tables.values().filter(|t| t.vpc == *vpc).map(|t| t.id.clone()).collect();
        let nat_subnets: Vec<SubnetId> =
            nats.iter().filter_map(|n| self.cloud.nat_gateways.get(n)).map(|n| n.subnet.clone()).collect();
        for table in tables {
            // The table of a NAT gateway's subnet mostly leads to the internet gateway.
            let serves_nat = nat_subnets.iter().any(|s| {
                let subnet = self.cloud.subnets.get(s);
                subnet.and_then(|s| self.cloud.route_table_of(s)).is_some_and(|t| t.id == table)
            });
            let to_internet = if serves_nat { self.random.percent(82) } else { self.random.percent(15) };
            let mut routes = Vec::new();
            let target = if to_internet {
                own.clone().or(gateway.clone()).map(RouteTarget::InternetGateway)
            } else if Some(&table) == main.as_ref() && self.random.percent(20) {
                None
            } else {
                self.random.pick(&nats).cloned().map(RouteTarget::NatGateway)
            };
            if let Some(target) = target {
                routes.push(Route { destination: RouteDestination::Cidr(everywhere()), target });
            }
            for _ in 0..self.random.below(4) {
                let route = route(self.random, &self.cloud, vpc);
                if routes.iter().all(|r| r.destination != route.destination) {
                    routes.push(route);
                }
            }
            if let Some(table) = self.cloud.route_tables.get_mut(&table) {
                table.routes = routes;
            }
        }
    }

    fn a_subnet(&mut self, vpc: &VpcId) -> Option<Subnet> {
        let subnets: Vec<Subnet> = self.cloud.subnets.values().filter(|s| s.vpc == *vpc).cloned().collect();
        self.random.pick(&subnets).cloned()
    }

    /// An address of the subnet that nobody holds (the first five and the last are AWS's own, row NET-2).
    fn free_address(&mut self, subnet: &Subnet, besides: &[Ipv4Addr]) -> Option<Ipv4Addr> {
        let held: Vec<Ipv4Addr> = self
            .cloud
            .interfaces
            .values()
            .filter(|i| i.vpc == subnet.vpc)
            .flat_map(|i| i.private_ips.clone())
            .chain(besides.iter().copied())
            .collect();
        subnet.block.hosts().skip(4).find(|a| !held.contains(a))
    }

    fn elastic_ip(&mut self, interface: &NetworkInterfaceId, private_ip: Ipv4Addr) -> AllocationId {
        let id = AllocationId::from_bits(self.id());
        let association = AddressAssociation {
            id: AddressAssociationId::from_bits(self.id()),
            interface: interface.clone(),
            private_ip,
        };
        let public_ip = self.public_address();
        let address = Address {
            id: id.clone(),
            scope: Scope::default(),
            public_ip,
            association: Some(association),
            ptr_record: None,
            tags: Tags::new(),
        };
        self.cloud.addresses.insert(id.clone(), address);
        id
    }

    fn mac(&mut self) -> [u8; 6] {
        self.macs += 1;
        let [a, b, c, d] = self.macs.to_be_bytes();
        [2, 0x10, a, b, c, d]
    }
}
