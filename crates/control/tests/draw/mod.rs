//! Draws commands that have a chance: mostly with identifiers that exist, now and then with others.

use croft_control::*;
use croft_model::gateway::NatGatewayState;
use croft_model::group::{Direction, Peer};
use croft_model::instance::InstanceState;
use croft_model::interface::IdleTimeouts;
use croft_model::network_acl::NetworkAclEntry;
use croft_model::prefix_list::PrefixListEntry;
use croft_model::protocol::{Ports, Protocol};
use croft_model::route::{RouteDestination, RouteTarget};
use croft_model::stack::Stack;
use croft_model::*;
use imbl::OrdMap;
use ipnet::Ipv4Net;
use std::net::Ipv4Addr;
use std::str::FromStr;

pub struct Draw(u64);

macro_rules! drawn { ($($weight:literal $name:ident)*) => {
    /// Every command by name.
    pub const ALL: &[&str] = &[$(stringify!($name)),*];
    const WEIGHTS: &[u64] = &[$($weight),*];
} }

drawn! {
    4 CreateVpc 1 DeleteVpc 2 AssociateVpcCidrBlock 2 DisassociateVpcCidrBlock 1 ModifyVpcAttribute 1 CreateDefaultVpc
    8 CreateSubnet 2 DeleteSubnet 2 ModifySubnetAttribute
    3 CreateInternetGateway 1 DeleteInternetGateway 6 AttachInternetGateway 2 DetachInternetGateway
    8 AllocateAddress 3 ReleaseAddress 8 AssociateAddress 3 DisassociateAddress
    8 CreateNatGateway 2 DeleteNatGateway 3 AssociateNatGatewayAddress 3 DisassociateNatGatewayAddress
    3 AssignPrivateNatGatewayAddress 3 UnassignPrivateNatGatewayAddress
    4 CreateRouteTable 3 DeleteRouteTable 4 AssociateRouteTable 2 DisassociateRouteTable 3 ReplaceRouteTableAssociation
    10 CreateRoute 6 ReplaceRoute 4 DeleteRoute
    5 CreateSecurityGroup 4 DeleteSecurityGroup
    8 AuthorizeSecurityGroupIngress 4 AuthorizeSecurityGroupEgress 4 RevokeSecurityGroupIngress
    3 RevokeSecurityGroupEgress
    3 CreateNetworkAcl 2 DeleteNetworkAcl 6 CreateNetworkAclEntry 3 ReplaceNetworkAclEntry 3 DeleteNetworkAclEntry
    3 ReplaceNetworkAclAssociation
    6 CreateNetworkInterface 4 DeleteNetworkInterface 4 ModifyNetworkInterfaceAttribute
    5 AttachNetworkInterface 3 DetachNetworkInterface 4 AssignPrivateIpAddresses 3 UnassignPrivateIpAddresses
    8 RunInstances 4 StopInstances 4 StartInstances 3 TerminateInstances
    2 CreateManagedPrefixList 4 ModifyManagedPrefixList 2 DeleteManagedPrefixList
    2 CreateTags 2 DeleteTags
    1 FailZone 1 RestoreZone 2 SetQuota 20 ObserveInstance 10 ObserveNatGateway 1 PutStack 1 DeleteStack
}

impl Draw {
    pub fn from_seed(seed: u64) -> Draw {
        Draw(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) | 1)
    }

    fn bits(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, n: u64) -> u64 {
        (self.bits() >> 11) % n
    }

    fn often(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        if of.is_empty() {
            return None;
        }
        of.get(self.below(of.len() as u64) as usize).cloned()
    }

    /// Of a map, or one that is not there.
    fn id<K: Ord + Clone + FromStr, V: Clone>(&mut self, map: &OrdMap<K, V>, prefix: &str) -> K
    where
        K::Err: std::fmt::Debug,
    {
        let keys: Vec<_> = map.keys().cloned().collect();
        let known = if self.often(98) { self.one(&keys) } else { None };
        known.unwrap_or_else(|| format!("{prefix}-{}", self.below(9)).parse().unwrap())
    }

    fn maybe<T>(&mut self, percent: u64, draw: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.often(percent) { Some(draw(self)) } else { None }
    }

    fn some<T>(&mut self, most: u64, mut draw: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(most + 1)).map(|_| draw(self)).collect()
    }

    fn tags(&mut self) -> Tags {
        let tag = |d: &mut Self| (format!("k{}", d.below(3)), format!("v{}", d.below(2)));
        self.some(2, tag).into_iter().collect()
    }

    fn block(&mut self, from: u8, to: u8) -> Ipv4Net {
        let bits = from + self.below(u64::from(to - from) + 1) as u8;
        let address = Ipv4Addr::new(10, self.below(3) as u8, self.below(4) as u8, self.below(4) as u8 * 64);
        Ipv4Net::new(address, bits).unwrap()
    }

    fn address(&mut self, region: &Region) -> Ipv4Addr {
        let subnets: Vec<_> = region.subnets.values().map(|s| s.block.network()).collect();
        let base = self.one(&subnets).unwrap_or(Ipv4Addr::new(10, 0, 0, 0));
        (u32::from(base) + self.below(20) as u32).into()
    }

    fn direction(&mut self) -> Direction {
        if self.often(50) { Direction::Ingress } else { Direction::Egress }
    }

    fn protocol(&mut self) -> (Protocol, Ports) {
        let from = self.below(4) as u16 * 40;
        let ports = Ports::Range { from, to: from + self.below(3) as u16 * 10 };
        match self.below(8) {
            0 => (Protocol::All, Ports::All),
            1 => (Protocol::Number(1), Ports::Icmp { kind: 8, code: self.maybe(50, |d| d.below(2) as u8) }),
            2 => (Protocol::Number(50), Ports::All),
            3 => (Protocol::Number(17), ports),
            4 => (Protocol::Number(1), ports),
            _ => (Protocol::Number(6), ports),
        }
    }

    fn peer(&mut self, region: &Region) -> Peer {
        match self.below(5) {
            0 => Peer::Ipv6("2001:db8::/32".parse().unwrap()),
            1 | 2 => Peer::Group(self.id(&region.security_groups, "sg")),
            3 => Peer::PrefixList(self.id(&region.prefix_lists, "pl")),
            _ => Peer::Ipv4(self.block(0, 32)),
        }
    }

    fn permissions(&mut self, region: &Region) -> Vec<IpPermission> {
        self.some(3, |d| {
            let (protocol, ports) = d.protocol();
            IpPermission { protocol, ports, peer: d.peer(region), description: None }
        })
    }

    /// Of a rule that is there, mostly.
    fn known(&mut self, region: &Region, group: &SecurityGroupId, direction: Direction) -> Vec<IpPermission> {
        let rules = region.security_groups.get(group).map(|g| g.rules.clone()).unwrap_or_default();
        let rules: Vec<_> = rules.into_iter().filter(|r| r.direction == direction).collect();
        match self.one(&rules) {
            Some(rule) => {
                vec![IpPermission { protocol: rule.protocol, ports: rule.ports, peer: rule.peer, description: None }]
            }
            None => self.permissions(region),
        }
    }

    fn destination(&mut self, region: &Region) -> RouteDestination {
        let subnets: Vec<_> = region.subnets.values().map(|s| s.block).collect();
        match self.below(6) {
            0 => RouteDestination::PrefixList(self.id(&region.prefix_lists, "pl")),
            1 => RouteDestination::Cidr(Ipv4Net::default()),
            2 => RouteDestination::Cidr(self.one(&subnets).unwrap_or_default()),
            3 => RouteDestination::Cidr(self.block(8, 32)),
            n => RouteDestination::Cidr(Ipv4Net::new(Ipv4Addr::new(192, 0, n as u8, 0), 24).unwrap()),
        }
    }

    fn target(&mut self, region: &Region) -> RouteTarget {
        match self.below(7) {
            0 => RouteTarget::Local,
            1 | 2 => RouteTarget::NatGateway(self.id(&region.nat_gateways, "nat")),
            3 | 4 => RouteTarget::NetworkInterface(self.id(&region.interfaces, "eni")),
            _ => RouteTarget::InternetGateway(self.id(&region.internet_gateways, "igw")),
        }
    }

    /// A route that is there, mostly.
    fn route(&mut self, region: &Region) -> (RouteTableId, RouteDestination) {
        let routes: Vec<_> = region
            .route_tables
            .values()
            .flat_map(|t| t.routes.iter().map(|r| (t.id.clone(), r.destination.clone())))
            .collect();
        match self.one(&routes) {
            Some(route) if self.often(80) => route,
            _ => (self.id(&region.route_tables, "rtb"), self.destination(region)),
        }
    }

    fn acl_entry(&mut self) -> NetworkAclEntry {
        let (protocol, ports) = self.protocol();
        NetworkAclEntry {
            number: self.below(6) as u16 * 100,
            direction: self.direction(),
            protocol,
            ports,
            cidr: self.block(0, 32).into(),
            allow: self.often(70),
        }
    }

    fn launch_interface(&mut self, region: &Region, device_index: u16) -> InstanceNetworkInterface {
        let existing = self.maybe(25, |d| d.id(&region.interfaces, "eni"));
        InstanceNetworkInterface {
            device_index,
            subnet_id: if existing.is_some() { None } else { Some(self.id(&region.subnets, "subnet")) },
            network_interface_id: existing,
            groups: vec![],
            description: None,
            private_ip_address: None,
            private_ip_addresses: vec![],
            secondary_private_ip_address_count: None,
            associate_public_ip_address: self.maybe(15, |d| d.often(50)),
            delete_on_termination: self.maybe(30, |d| d.often(50)),
        }
    }

    fn association(&mut self, region: &Region) -> AddressAssociationId {
        let all: Vec<_> =
            region.addresses.values().filter_map(|a| a.association.as_ref().map(|on| on.id.clone())).collect();
        self.one(&all).unwrap_or_else(|| "eipassoc-0".parse().unwrap())
    }

    fn nat(&mut self, region: &Region, public: bool) -> NatGatewayId {
        let fits: Vec<_> = region.nat_gateways.values().filter(|n| n.public == public).map(|n| n.id.clone()).collect();
        match self.one(&fits) {
            Some(id) if self.often(90) => id,
            _ => self.id(&region.nat_gateways, "nat"),
        }
    }

    fn free_allocation(&mut self, region: &Region) -> AllocationId {
        let free: Vec<_> =
            region.addresses.values().filter(|a| a.association.is_none()).map(|a| a.id.clone()).collect();
        match self.one(&free) {
            Some(id) if self.often(85) => id,
            _ => self.id(&region.addresses, "eipalloc"),
        }
    }

    pub fn command(&mut self, region: &Region) -> Command {
        let mut at = self.below(WEIGHTS.iter().sum());
        let mut name = ALL[0];
        for (candidate, weight) in ALL.iter().zip(WEIGHTS) {
            name = candidate;
            match at.checked_sub(*weight) {
                Some(rest) => at = rest,
                None => break,
            }
        }
        self.named(name, region)
    }

    fn named(&mut self, name: &str, region: &Region) -> Command {
        match name {
            "CreateVpc" => {
                CreateVpc { cidr_block: self.block(15, 22), instance_tenancy: None, tags: self.tags() }.into()
            }
            "DeleteVpc" => DeleteVpc { vpc_id: self.id(&region.vpcs, "vpc") }.into(),
            "AssociateVpcCidrBlock" => {
                AssociateVpcCidrBlock { vpc_id: self.id(&region.vpcs, "vpc"), cidr_block: self.block(16, 24) }.into()
            }
            "DisassociateVpcCidrBlock" => {
                let all: Vec<_> =
                    region.vpcs.values().flat_map(|v| &v.cidr_blocks).map(|b| b.association.clone()).collect();
                let association_id = self.one(&all).unwrap_or_else(|| "vpc-cidr-assoc-0".parse().unwrap());
                DisassociateVpcCidrBlock { association_id }.into()
            }
            "ModifyVpcAttribute" => ModifyVpcAttribute {
                vpc_id: self.id(&region.vpcs, "vpc"),
                enable_dns_support: self.maybe(50, |d| d.often(50)),
                enable_dns_hostnames: self.maybe(50, |d| d.often(50)),
            }
            .into(),
            "CreateDefaultVpc" => CreateDefaultVpc {}.into(),
            "CreateSubnet" => CreateSubnet {
                vpc_id: self.id(&region.vpcs, "vpc"),
                cidr_block: self.block(22, 29),
                availability_zone: self.one(&["us-east-1a", "us-east-1b"]).map(String::from),
                tags: self.tags(),
            }
            .into(),
            "DeleteSubnet" => DeleteSubnet { subnet_id: self.id(&region.subnets, "subnet") }.into(),
            "ModifySubnetAttribute" => ModifySubnetAttribute {
                subnet_id: self.id(&region.subnets, "subnet"),
                map_public_ip_on_launch: Some(self.often(70)),
            }
            .into(),
            "CreateInternetGateway" => CreateInternetGateway { tags: self.tags() }.into(),
            "DeleteInternetGateway" => {
                DeleteInternetGateway { internet_gateway_id: self.id(&region.internet_gateways, "igw") }.into()
            }
            "AttachInternetGateway" => AttachInternetGateway {
                internet_gateway_id: self.id(&region.internet_gateways, "igw"),
                vpc_id: self.id(&region.vpcs, "vpc"),
            }
            .into(),
            "DetachInternetGateway" => {
                let id = self.id(&region.internet_gateways, "igw");
                let vpc = region.internet_gateways.get(&id).and_then(|g| g.vpc.clone());
                let vpc_id = vpc.unwrap_or_else(|| self.id(&region.vpcs, "vpc"));
                DetachInternetGateway { internet_gateway_id: id, vpc_id }.into()
            }
            "AllocateAddress" => AllocateAddress { tags: self.tags() }.into(),
            "ReleaseAddress" => ReleaseAddress { allocation_id: self.id(&region.addresses, "eipalloc") }.into(),
            "AssociateAddress" => {
                let by_instance = self.often(40);
                AssociateAddress {
                    allocation_id: self.id(&region.addresses, "eipalloc"),
                    instance_id: by_instance.then(|| self.id(&region.instances, "i")),
                    network_interface_id: (!by_instance || self.often(5)).then(|| self.id(&region.interfaces, "eni")),
                    private_ip_address: self.maybe(20, |d| d.address(region)),
                    allow_reassociation: self.maybe(50, |d| d.often(50)),
                }
                .into()
            }
            "DisassociateAddress" => DisassociateAddress { association_id: self.association(region) }.into(),
            "CreateNatGateway" => {
                let public = self.often(70);
                CreateNatGateway {
                    subnet_id: self.id(&region.subnets, "subnet"),
                    connectivity_type: (!public).then_some(ConnectivityType::Private),
                    availability_mode: self.maybe(5, |_| AvailabilityMode::Regional),
                    allocation_id: (public || self.often(5)).then(|| self.free_allocation(region)),
                    private_ip_address: self.maybe(10, |d| d.address(region)),
                    secondary_allocation_ids: if public { self.some(1, |d| d.free_allocation(region)) } else { vec![] },
                    secondary_private_ip_addresses: vec![],
                    secondary_private_ip_address_count: if public {
                        None
                    } else {
                        self.maybe(50, |d| d.below(9) as u32)
                    },
                    client_token: self.maybe(10, |d| format!("t{}", d.below(3))),
                    tags: self.tags(),
                }
                .into()
            }
            "DeleteNatGateway" => DeleteNatGateway { nat_gateway_id: self.id(&region.nat_gateways, "nat") }.into(),
            "AssociateNatGatewayAddress" => AssociateNatGatewayAddress {
                nat_gateway_id: self.nat(region, true),
                allocation_ids: vec![self.free_allocation(region)],
                private_ip_addresses: vec![],
            }
            .into(),
            "DisassociateNatGatewayAddress" => {
                let id = self.nat(region, true);
                let on = region.nat_gateways.get(&id).and_then(|n| n.addresses.last()?.allocation.clone());
                let on = on.and_then(|a| region.addresses.get(&a)?.association.clone()).map(|a| a.id);
                let association = on.unwrap_or_else(|| self.association(region));
                DisassociateNatGatewayAddress { nat_gateway_id: id, association_ids: vec![association] }.into()
            }
            "AssignPrivateNatGatewayAddress" => AssignPrivateNatGatewayAddress {
                nat_gateway_id: self.nat(region, false),
                private_ip_addresses: self.some(1, |d| d.address(region)),
                private_ip_address_count: self.maybe(70, |d| d.below(3) as u32),
            }
            .into(),
            "UnassignPrivateNatGatewayAddress" => {
                let id = self.nat(region, false);
                let held = region.nat_gateways.get(&id).and_then(|n| n.addresses.last().map(|a| a.private_ip));
                let address = held.unwrap_or_else(|| self.address(region));
                UnassignPrivateNatGatewayAddress { nat_gateway_id: id, private_ip_addresses: vec![address] }.into()
            }
            "CreateRouteTable" => CreateRouteTable { vpc_id: self.id(&region.vpcs, "vpc"), tags: self.tags() }.into(),
            "DeleteRouteTable" => DeleteRouteTable { route_table_id: self.id(&region.route_tables, "rtb") }.into(),
            "AssociateRouteTable" => AssociateRouteTable {
                route_table_id: self.id(&region.route_tables, "rtb"),
                subnet_id: self.id(&region.subnets, "subnet"),
            }
            .into(),
            "DisassociateRouteTable" => {
                DisassociateRouteTable { association_id: self.table_association(region) }.into()
            }
            "ReplaceRouteTableAssociation" => ReplaceRouteTableAssociation {
                association_id: self.table_association(region),
                route_table_id: self.id(&region.route_tables, "rtb"),
            }
            .into(),
            "CreateRoute" => CreateRoute {
                route_table_id: self.id(&region.route_tables, "rtb"),
                destination: self.destination(region),
                target: self.target(region),
            }
            .into(),
            "ReplaceRoute" => {
                let (route_table_id, destination) = self.route(region);
                ReplaceRoute { route_table_id, destination, target: self.target(region) }.into()
            }
            "DeleteRoute" => {
                let (route_table_id, destination) = self.route(region);
                DeleteRoute { route_table_id, destination }.into()
            }
            _ => self.named_filter(name, region),
        }
    }

    fn table_association(&mut self, region: &Region) -> RouteTableAssociationId {
        let main = region.vpcs.values().map(|v| v.main_route_table_association.clone());
        let own = region.subnets.values().filter_map(|s| s.route_table.as_ref().map(|(id, _)| id.clone()));
        let all: Vec<_> = main.chain(own).collect();
        self.one(&all).unwrap_or_else(|| "rtbassoc-0".parse().unwrap())
    }

    fn named_filter(&mut self, name: &str, region: &Region) -> Command {
        let group_id = self.id(&region.security_groups, "sg");
        match name {
            "CreateSecurityGroup" => CreateSecurityGroup {
                group_name: format!("g{}", self.below(6)),
                description: "d".into(),
                vpc_id: self.maybe(90, |d| d.id(&region.vpcs, "vpc")),
                tags: self.tags(),
            }
            .into(),
            "DeleteSecurityGroup" => DeleteSecurityGroup { group_id }.into(),
            "AuthorizeSecurityGroupIngress" => {
                AuthorizeSecurityGroupIngress { group_id, ip_permissions: self.permissions(region), tags: self.tags() }
                    .into()
            }
            "AuthorizeSecurityGroupEgress" => {
                AuthorizeSecurityGroupEgress { group_id, ip_permissions: self.permissions(region), tags: self.tags() }
                    .into()
            }
            "RevokeSecurityGroupIngress" => RevokeSecurityGroupIngress {
                ip_permissions: self.known(region, &group_id, Direction::Ingress),
                group_id,
                security_group_rule_ids: self.some(1, |_| "sgr-0".parse().unwrap()),
            }
            .into(),
            "RevokeSecurityGroupEgress" => RevokeSecurityGroupEgress {
                ip_permissions: self.known(region, &group_id, Direction::Egress),
                group_id,
                security_group_rule_ids: vec![],
            }
            .into(),
            "CreateNetworkAcl" => CreateNetworkAcl { vpc_id: self.id(&region.vpcs, "vpc"), tags: self.tags() }.into(),
            "DeleteNetworkAcl" => DeleteNetworkAcl { network_acl_id: self.id(&region.network_acls, "acl") }.into(),
            "CreateNetworkAclEntry" => {
                CreateNetworkAclEntry { network_acl_id: self.id(&region.network_acls, "acl"), entry: self.acl_entry() }
                    .into()
            }
            "ReplaceNetworkAclEntry" => {
                ReplaceNetworkAclEntry { network_acl_id: self.id(&region.network_acls, "acl"), entry: self.acl_entry() }
                    .into()
            }
            "DeleteNetworkAclEntry" => DeleteNetworkAclEntry {
                network_acl_id: self.id(&region.network_acls, "acl"),
                rule_number: self.below(6) as u16 * 100,
                direction: self.direction(),
            }
            .into(),
            "ReplaceNetworkAclAssociation" => {
                let all: Vec<_> = region.subnets.values().map(|s| s.network_acl.0.clone()).collect();
                let association = self.one(&all).unwrap_or_else(|| "aclassoc-0".parse().unwrap());
                ReplaceNetworkAclAssociation {
                    association_id: association,
                    network_acl_id: self.id(&region.network_acls, "acl"),
                }
                .into()
            }
            _ => self.named_compute(name, region),
        }
    }

    fn named_compute(&mut self, name: &str, region: &Region) -> Command {
        let interface = self.id(&region.interfaces, "eni");
        let instance = self.id(&region.instances, "i");
        match name {
            "CreateNetworkInterface" => CreateNetworkInterface {
                subnet_id: self.id(&region.subnets, "subnet"),
                description: None,
                groups: self.some(1, |d| d.id(&region.security_groups, "sg")),
                private_ip_address: self.maybe(20, |d| d.address(region)),
                private_ip_addresses: self.some(1, |d| d.address(region)),
                secondary_private_ip_address_count: self.maybe(30, |d| d.below(3) as u32),
                tags: self.tags(),
            }
            .into(),
            "DeleteNetworkInterface" => DeleteNetworkInterface { network_interface_id: interface }.into(),
            "ModifyNetworkInterfaceAttribute" => {
                let groups: Vec<_> = region
                    .interfaces
                    .get(&interface)
                    .map(|i| region.security_groups.values().filter(|g| g.vpc == i.vpc).map(|g| g.id.clone()).collect())
                    .unwrap_or_default();
                ModifyNetworkInterfaceAttribute {
                    network_interface_id: interface,
                    description: None,
                    groups: self.maybe(70, |d| d.some(3, |d| d.one(&groups)).into_iter().flatten().collect()),
                    source_dest_check: self.maybe(50, |d| d.often(50)),
                    connection_tracking: self.maybe(20, |d| IdleTimeouts {
                        tcp_established: 350,
                        udp: 30 + d.below(40) as u32,
                        udp_stream: 60,
                    }),
                    delete_on_termination: self.maybe(20, |d| d.often(50)),
                }
                .into()
            }
            "AttachNetworkInterface" => AttachNetworkInterface {
                network_interface_id: interface,
                instance_id: instance,
                device_index: self.below(17) as u16,
            }
            .into(),
            "DetachNetworkInterface" => {
                let all: Vec<_> =
                    region.interfaces.values().filter_map(|i| i.attachment.as_ref().map(|a| a.id.clone())).collect();
                let attachment_id = self.one(&all).unwrap_or_else(|| "eni-attach-0".parse().unwrap());
                DetachNetworkInterface { attachment_id }.into()
            }
            "AssignPrivateIpAddresses" => {
                let named = self.often(50);
                AssignPrivateIpAddresses {
                    network_interface_id: interface,
                    private_ip_addresses: if named { self.some(2, |d| d.address(region)) } else { vec![] },
                    secondary_private_ip_address_count: (!named).then(|| self.below(3) as u32),
                    allow_reassignment: self.often(50),
                }
                .into()
            }
            "UnassignPrivateIpAddresses" => {
                let held = region.interfaces.get(&interface).and_then(|i| i.private_ips.last().copied());
                let address = held.unwrap_or_else(|| self.address(region));
                UnassignPrivateIpAddresses { network_interface_id: interface, private_ip_addresses: vec![address] }
                    .into()
            }
            "RunInstances" => {
                let several = self.often(40);
                let count = 1 + self.below(2) as u16;
                RunInstances {
                    image_id: "ami-1".into(),
                    instance_type: None,
                    subnet_id: if several { None } else { self.maybe(95, |d| d.id(&region.subnets, "subnet")) },
                    security_group_ids: vec![],
                    private_ip_address: None,
                    network_interfaces: match several {
                        true => (0..count).map(|n| self.launch_interface(region, n)).collect(),
                        false => vec![],
                    },
                    user_data: None,
                    key_name: None,
                    iam_instance_profile: None,
                    tags: self.tags(),
                }
                .into()
            }
            "StopInstances" => StopInstances { instance_ids: vec![instance] }.into(),
            "StartInstances" => StartInstances { instance_ids: vec![instance] }.into(),
            "TerminateInstances" => TerminateInstances { instance_ids: vec![instance] }.into(),
            "ObserveInstance" => {
                let generation = region.instances.get(&instance).map_or(1, |i| i.generation);
                ObserveInstance {
                    instance_id: instance,
                    generation: if self.often(90) { generation } else { 1 },
                    state: self
                        .one(&[
                            InstanceState::Running,
                            InstanceState::Running,
                            InstanceState::Stopped,
                            InstanceState::Pending,
                            InstanceState::Terminated,
                        ])
                        .unwrap(),
                    reason: None,
                }
                .into()
            }
            _ => self.named_other(name, region),
        }
    }

    fn named_other(&mut self, name: &str, region: &Region) -> Command {
        let list = self.id(&region.prefix_lists, "pl");
        let zone_name = self.one(&["us-east-1a", "us-east-1b", "mars-1a"]).unwrap().to_string();
        let entry = |d: &mut Self| PrefixListEntry { cidr: d.block(20, 28), description: None };
        match name {
            "CreateManagedPrefixList" => CreateManagedPrefixList {
                prefix_list_name: "l".into(),
                max_entries: self.below(40) as u32,
                entries: self.some(3, entry),
                tags: self.tags(),
            }
            .into(),
            "ModifyManagedPrefixList" => {
                let grow = self.often(40);
                let have = region.prefix_lists.get(&list).map(|l| l.entries.clone()).unwrap_or_default();
                ModifyManagedPrefixList {
                    prefix_list_id: list,
                    current_version: self.maybe(10, |d| d.below(4)),
                    prefix_list_name: None,
                    max_entries: grow.then(|| self.below(70) as u32),
                    add_entries: if grow { vec![] } else { self.some(2, entry) },
                    remove_entries: if grow {
                        vec![]
                    } else {
                        self.some(1, |d| d.one(&have)).into_iter().flatten().map(|e| e.cidr).collect()
                    },
                }
                .into()
            }
            "DeleteManagedPrefixList" => DeleteManagedPrefixList { prefix_list_id: list }.into(),
            "CreateTags" => {
                CreateTags { resource_ids: vec![self.id(&region.vpcs, "vpc").to_string()], tags: self.tags() }.into()
            }
            "DeleteTags" => DeleteTags {
                resource_ids: vec![self.id(&region.vpcs, "vpc").to_string()],
                tags: [("k0".to_string(), None)].into(),
            }
            .into(),
            "FailZone" => FailZone { zone_name }.into(),
            "RestoreZone" => RestoreZone { zone_name }.into(),
            "SetQuota" => {
                let names = ["vpcs_per_region", "elastic_ips_per_region", "rules_per_security_group", "moons"];
                SetQuota { name: self.one(&names).unwrap().into(), value: 5 + self.below(60) as u32 }.into()
            }
            "ObserveNatGateway" => ObserveNatGateway {
                nat_gateway_id: self.id(&region.nat_gateways, "nat"),
                state: self
                    .one(&[
                        NatGatewayState::Available,
                        NatGatewayState::Available,
                        NatGatewayState::Deleted,
                        NatGatewayState::Failed { code: "InternalError".into(), message: "no".into() },
                    ])
                    .unwrap(),
            }
            .into(),
            "PutStack" => PutStack {
                stack: Stack {
                    name: self.one(&["web", "app", "1"]).unwrap().into(),
                    id: "arn".into(),
                    status: "CREATE_COMPLETE".into(),
                    status_reason: None,
                    template: String::new(),
                    parameters: [].into(),
                    resources: vec![],
                    outputs: vec![],
                    tags: self.tags(),
                    created: 0,
                    updated: None,
                },
            }
            .into(),
            "DeleteStack" => DeleteStack { stack_name: self.one(&["web", "app", "db"]).unwrap().into() }.into(),
            other => panic!("{other} is in the list and is not drawn"),
        }
    }
}
