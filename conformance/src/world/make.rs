//! What a world is made of: VPCs, subnets, groups, instances, gateways.

use super::{End, World, cidr};
use crate::socket::FrameSocket;
use croft_control::*;
use croft_datapath::InterfaceSpec;
use croft_model::gateway::{NatGateway, NatGatewayState};
use croft_model::group::{Direction, Peer};
use croft_model::instance::InstanceState;
use croft_model::interface::NetworkInterface;
use croft_model::network_acl::NetworkAclEntry;
use croft_model::protocol::{Ports, Protocol};
use croft_model::route::{RouteDestination, RouteTarget};
use croft_model::*;
use std::net::Ipv4Addr;
use std::sync::atomic::Ordering;

impl World {
    pub fn vpc(&mut self, block: &str) -> VpcId {
        let cidr_block = block.parse().expect("a block");
        self.run(CreateVpc {
            cidr_block,
            instance_tenancy: None,
            amazon_provided_ipv6_cidr_block: false,
            tags: Tags::new(),
        })
        .id
    }

    /// In zone `us-east-1a`.
    pub fn subnet(&mut self, vpc: &VpcId, block: &str) -> SubnetId {
        self.subnet_in(vpc, block, "us-east-1a")
    }

    pub fn subnet_in(&mut self, vpc: &VpcId, block: &str, zone: &str) -> SubnetId {
        let request = CreateSubnet {
            vpc_id: vpc.clone(),
            cidr_block: block.parse().expect("a block"),
            availability_zone: Some(zone.into()),
            ipv6_cidr_block: None,
            tags: Tags::new(),
        };
        self.run(request).id
    }

    /// A new group: nothing in, everything out (row SG-1).
    pub fn group(&mut self, vpc: &VpcId) -> SecurityGroupId {
        let name = format!("group-{}", self.cloud().security_groups.len());
        let request = CreateSecurityGroup {
            group_name: name.clone(),
            description: name,
            vpc_id: Some(vpc.clone()),
            tags: Tags::new(),
        };
        self.run(request).id
    }

    /// A group that lets everything in and out, tracked nevertheless: its rule names the block 0.0.0.0/1 and its other half.
    pub fn open_group(&mut self, vpc: &VpcId) -> SecurityGroupId {
        let group = self.group(vpc);
        for half in ["0.0.0.0/1", "128.0.0.0/1"] {
            self.allow_in(&group, Protocol::All, Ports::All, cidr(half));
        }
        group
    }

    pub fn allow_in(&mut self, group: &SecurityGroupId, protocol: Protocol, ports: Ports, peer: Peer) {
        let ip_permissions = vec![IpPermission { protocol, ports, peer, description: None }];
        self.run(AuthorizeSecurityGroupIngress { group_id: group.clone(), ip_permissions, tags: Tags::new() });
    }

    pub fn allow_out(&mut self, group: &SecurityGroupId, protocol: Protocol, ports: Ports, peer: Peer) {
        let ip_permissions = vec![IpPermission { protocol, ports, peer, description: None }];
        self.run(AuthorizeSecurityGroupEgress { group_id: group.clone(), ip_permissions, tags: Tags::new() });
    }

    /// Takes away every rule of one direction.
    pub fn close(&mut self, group: &SecurityGroupId, direction: Direction) {
        let rules = &self.cloud().security_groups[group].rules;
        let security_group_rule_ids: Vec<_> =
            rules.iter().filter(|r| r.direction == direction).map(|r| r.id.clone()).collect();
        if security_group_rule_ids.is_empty() {
            return;
        }
        let group_id = group.clone();
        match direction {
            Direction::Ingress => {
                self.run(RevokeSecurityGroupIngress { group_id, ip_permissions: vec![], security_group_rule_ids });
            }
            Direction::Egress => {
                self.run(RevokeSecurityGroupEgress { group_id, ip_permissions: vec![], security_group_rule_ids });
            }
        }
    }

    /// A running instance with this address.
    pub fn instance(&mut self, subnet: &SubnetId, address: &str, groups: &[&SecurityGroupId]) -> End {
        let request = RunInstances {
            image_id: "ami-0c02fb55956c7d316".into(),
            subnet_id: Some(subnet.clone()),
            security_group_ids: groups.iter().map(|g| (*g).clone()).collect(),
            private_ip_address: Some(address.parse().expect("an address")),
            ..RunInstances::default()
        };
        let instance = self.run(request).remove(0);
        self.run(ObserveInstance {
            instance_id: instance.id.clone(),
            generation: instance.generation,
            state: InstanceState::Running,
            reason: None,
        });
        self.plug(&instance.interfaces[0])
    }

    /// Plugs an interface into the fabric, in a namespace of its own.
    pub fn plug(&mut self, id: &NetworkInterfaceId) -> End {
        let interface: NetworkInterface = self.cloud().interfaces[id].clone();
        self.fabric().ensure_namespace(id.as_str()).expect("a namespace");
        let (addresses, gateway) = if self.live {
            let block = self.cloud().subnets[&interface.subnet].block;
            let router = Ipv4Addr::from(u32::from(block.network()) + 1);
            (interface.private_ips.iter().map(|a| (*a, block.prefix_len())).collect(), router)
        } else {
            // Of no VPC: the namespace's own stack answers nothing that the tests send.
            (vec![(Ipv4Addr::new(192, 0, 2, 2), 24)], Ipv4Addr::new(192, 0, 2, 1))
        };
        let spec = InterfaceSpec {
            name: id.to_string(),
            namespace: id.to_string(),
            device: "eth0".into(),
            mac: interface.mac,
            addresses,
            gateway,
            mtu: 9001,
        };
        let port = self.fabric().ensure_interface(&spec).expect("an interface");
        let socket = self.fabric().in_namespace(id.as_str(), || FrameSocket::open("eth0")).expect("the namespace");
        self.sockets.insert(id.to_string(), socket.expect("its device"));
        self.plugged.interfaces.insert(id.clone(), port);
        self.apply();
        let end = End {
            name: id.to_string(),
            address: interface.private_ips[0],
            mac: interface.mac,
            port,
            subnet: Some(interface.subnet),
            instance: interface.attachment.map(|a| a.instance),
        };
        self.ends.insert(end.name.clone(), end.clone());
        end
    }

    /// An interface that nothing is plugged into.
    pub fn interface(&mut self, subnet: &SubnetId, groups: &[&SecurityGroupId]) -> NetworkInterfaceId {
        let request = CreateNetworkInterface {
            groups: groups.iter().map(|g| (*g).clone()).collect(),
            ..CreateNetworkInterface::in_subnet(subnet.clone())
        };
        self.run(request).id
    }

    /// Puts an interface into the tables with a port that does not exist: for measuring how tables grow.
    pub fn pretend(&mut self, id: &NetworkInterfaceId) {
        let port = 1_000_000 + self.plugged.interfaces.len() as u32;
        self.plugged.interfaces.insert(id.clone(), port);
        self.apply();
    }

    /// The internet, which calls itself 203.0.113.7 here.
    pub fn internet(&self) -> End {
        if !self.live && !self.silenced.swap(true, Ordering::Relaxed) {
            // Without a way to the fabric its own stack answers nothing: what comes from the internet, the tests send.
            let pool = (Ipv4Addr::new(198, 18, 0, 0), Ipv4Addr::new(255, 254, 0, 0));
            let removed = self.fabric().in_internet(|| crate::socket::remove_route(pool.0, pool.1));
            removed.expect("the internet").expect("its route");
        }
        self.ends["internet"].clone()
    }

    pub fn internet_gateway(&mut self, vpc: &VpcId) -> InternetGatewayId {
        let gateway = self.run(CreateInternetGateway { tags: Tags::new() }).id;
        self.run(AttachInternetGateway { internet_gateway_id: gateway.clone(), vpc_id: vpc.clone() });
        gateway
    }

    /// A table of its own for a subnet.
    pub fn route_table(&mut self, vpc: &VpcId, subnet: &SubnetId) -> RouteTableId {
        let table = self.run(CreateRouteTable { vpc_id: vpc.clone(), tags: Tags::new() }).id;
        self.run(AssociateRouteTable { route_table_id: table.clone(), subnet_id: subnet.clone() });
        table
    }

    pub fn route(&mut self, table: &RouteTableId, destination: &str, target: RouteTarget) {
        let destination = RouteDestination::Cidr(destination.parse().expect("a block"));
        self.run(CreateRoute { route_table_id: table.clone(), destination, target });
    }

    /// A subnet whose table leads to an internet gateway.
    pub fn public_subnet(&mut self, vpc: &VpcId, block: &str, gateway: &InternetGatewayId) -> SubnetId {
        let subnet = self.subnet(vpc, block);
        let table = self.route_table(vpc, &subnet);
        self.route(&table, "0.0.0.0/0", RouteTarget::InternetGateway(gateway.clone()));
        subnet
    }

    /// An Elastic IP on the interface's primary address.
    pub fn elastic_ip(&mut self, end: &End) -> Ipv4Addr {
        let address = self.run(AllocateAddress { tags: Tags::new() });
        self.run(AssociateAddress {
            allocation_id: address.id,
            instance_id: None,
            network_interface_id: Some(end.id()),
            private_ip_address: None,
            allow_reassociation: None,
        });
        address.public_ip
    }

    /// A NAT gateway that is available, and its public address.
    pub fn nat_gateway(&mut self, subnet: &SubnetId) -> (NatGateway, Ipv4Addr) {
        let address = self.run(AllocateAddress { tags: Tags::new() });
        let request = CreateNatGateway {
            subnet_id: subnet.clone(),
            connectivity_type: None,
            availability_mode: None,
            allocation_id: Some(address.id),
            private_ip_address: None,
            secondary_allocation_ids: vec![],
            secondary_private_ip_addresses: vec![],
            secondary_private_ip_address_count: None,
            tags: Tags::new(),
        };
        (self.make_nat_gateway(request), address.public_ip)
    }

    pub fn make_nat_gateway(&mut self, request: CreateNatGateway) -> NatGateway {
        let id = self.run(request).id;
        self.run(ObserveNatGateway { nat_gateway_id: id.clone(), state: NatGatewayState::Available });
        self.cloud().nat_gateways[&id].clone()
    }

    /// A network ACL of the subnet's own: it denies everything until told otherwise (row ACL-3).
    pub fn network_acl(&mut self, vpc: &VpcId, subnet: &SubnetId) -> NetworkAclId {
        let acl = self.run(CreateNetworkAcl { vpc_id: vpc.clone(), tags: Tags::new() }).id;
        let association_id = self.cloud().subnets[subnet].network_acl.0.clone();
        self.run(ReplaceNetworkAclAssociation { association_id, network_acl_id: acl.clone() });
        acl
    }

    pub fn entry(&mut self, acl: &NetworkAclId, entry: NetworkAclEntry) {
        self.run(CreateNetworkAclEntry { network_acl_id: acl.clone(), entry });
    }
}
