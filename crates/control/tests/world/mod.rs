//! A cloud to try commands on.
#![allow(dead_code, reason = "each test binary uses a part")]

use croft_control::*;
use croft_model::group::{Direction, Peer};
use croft_model::instance::{Instance, InstanceState};
use croft_model::interface::NetworkInterface;
use croft_model::network_acl::NetworkAclEntry;
use croft_model::protocol::{Ports, Protocol};
use croft_model::route::{RouteDestination, RouteTarget};
use croft_model::subnet::Subnet;
use croft_model::vpc::Vpc;
use croft_model::*;
use std::net::Ipv4Addr;

pub struct World {
    pub control: Control,
    pub context: Context,
}

impl World {
    pub fn new() -> World {
        let cloud = Cloud::new(croft_model::Scope::default());
        World {
            control: Control::new(cloud),
            context: Context { scope: croft_model::Scope::default(), now: 1_800_000_000, bits: Bits::from_seed(7) },
        }
    }

    /// Runs a request that must succeed and leave the cloud sound.
    pub fn run<R: Request>(&mut self, request: R) -> R::Response {
        let shown = format!("{request:?}");
        let response = match self.control.run(request, &mut self.context) {
            Ok(response) => response,
            Err(e) => panic!("{shown} was refused: {e}"),
        };
        let broken = check(self.control.cloud());
        assert!(broken.is_empty(), "after {shown}: {broken:#?}");
        response
    }

    /// Runs a request that must be refused with this code and change nothing.
    #[track_caller]
    pub fn refused<R: Request>(&mut self, request: R, code: &str) -> String {
        let before = self.control.cloud().clone();
        let shown = format!("{request:?}");
        let Err(e) = self.control.run(request, &mut self.context) else { panic!("{shown} was not refused") };
        assert_eq!(e.code, code, "{shown}: {}", e.message);
        assert!(before == *self.control.cloud(), "{shown} was refused and changed something");
        e.message
    }

    pub fn cloud(&self) -> &Cloud {
        self.control.cloud()
    }

    pub fn quota(&mut self, name: &str, value: u32) {
        self.run(SetQuota { name: name.into(), value });
    }

    pub fn vpc(&mut self, block: &str) -> Vpc {
        self.run(create_vpc(block))
    }

    pub fn subnet(&mut self, vpc: &Vpc, block: &str) -> Subnet {
        self.run(create_subnet(vpc, block))
    }

    pub fn gateway(&mut self, vpc: &Vpc) -> InternetGatewayId {
        let id = self.run(CreateInternetGateway { tags: Tags::new() }).id;
        self.run(AttachInternetGateway { internet_gateway_id: id.clone(), vpc_id: vpc.id.clone() });
        id
    }

    pub fn group(&mut self, vpc: &Vpc, name: &str) -> SecurityGroupId {
        self.run(create_group(vpc, name)).id
    }

    pub fn interface(&mut self, subnet: &Subnet) -> NetworkInterface {
        self.run(create_interface(subnet))
    }

    pub fn elastic(&mut self) -> AllocationId {
        self.run(AllocateAddress { tags: Tags::new() }).id
    }

    pub fn launch(&mut self, subnet: &Subnet) -> Instance {
        self.run(run_instances(subnet)).remove(0)
    }

    /// An instance that has come up.
    pub fn running(&mut self, subnet: &Subnet) -> Instance {
        let instance = self.launch(subnet);
        self.observe(&instance.id, InstanceState::Running);
        self.instance(&instance.id)
    }

    pub fn observe(&mut self, id: &InstanceId, state: InstanceState) {
        let generation = self.instance(id).generation;
        self.run(ObserveInstance { instance_id: id.clone(), generation, state, reason: None });
    }

    pub fn instance(&self, id: &InstanceId) -> Instance {
        self.cloud().instances[id].clone()
    }

    pub fn primary(&self, id: &InstanceId) -> NetworkInterface {
        self.cloud().interfaces[&self.cloud().instances[id].interfaces[0]].clone()
    }

    pub fn public_ip(&self, id: &InstanceId) -> Option<Ipv4Addr> {
        let primary = self.primary(id);
        self.cloud().public_ip(&primary, primary.private_ips[0])
    }

    pub fn rule_count(&self, group: &SecurityGroupId, direction: Direction) -> usize {
        self.cloud().security_groups[group].rules.iter().filter(|r| r.direction == direction).count()
    }
}

pub fn create_vpc(block: &str) -> CreateVpc {
    CreateVpc {
        cidr_block: block.parse().unwrap(),
        instance_tenancy: None,
        amazon_provided_ipv6_cidr_block: false,
        tags: Tags::new(),
    }
}

pub fn create_subnet(vpc: &Vpc, block: &str) -> CreateSubnet {
    CreateSubnet {
        vpc_id: vpc.id.clone(),
        cidr_block: block.parse().unwrap(),
        availability_zone: None,
        ipv6_cidr_block: None,
        tags: Tags::new(),
    }
}

pub fn add_block(vpc: &Vpc, block: &str) -> AssociateVpcCidrBlock {
    AssociateVpcCidrBlock {
        vpc_id: vpc.id.clone(),
        cidr_block: Some(block.parse().unwrap()),
        amazon_provided_ipv6_cidr_block: false,
    }
}

pub fn public_at_launch(subnet: &Subnet) -> ModifySubnetAttribute {
    let attributes = SubnetAttributes { map_public_ip_on_launch: Some(true), ..SubnetAttributes::default() };
    ModifySubnetAttribute { subnet_id: subnet.id.clone(), attributes }
}

pub fn create_group(vpc: &Vpc, name: &str) -> CreateSecurityGroup {
    CreateSecurityGroup {
        group_name: name.into(),
        description: name.into(),
        vpc_id: Some(vpc.id.clone()),
        tags: Tags::new(),
    }
}

pub fn create_interface(subnet: &Subnet) -> CreateNetworkInterface {
    CreateNetworkInterface::in_subnet(subnet.id.clone())
}

pub fn run_instances(subnet: &Subnet) -> RunInstances {
    RunInstances {
        image_id: "ami-0c02fb55956c7d316".into(),
        subnet_id: Some(subnet.id.clone()),
        ..RunInstances::default()
    }
}

pub fn create_nat(subnet: &Subnet, allocation: Option<&AllocationId>) -> CreateNatGateway {
    CreateNatGateway {
        subnet_id: subnet.id.clone(),
        connectivity_type: None,
        availability_mode: None,
        allocation_id: allocation.cloned(),
        private_ip_address: None,
        secondary_allocation_ids: vec![],
        secondary_private_ip_addresses: vec![],
        secondary_private_ip_address_count: None,
        tags: Tags::new(),
    }
}

pub fn associate(allocation: &AllocationId, interface: &NetworkInterfaceId) -> AssociateAddress {
    AssociateAddress {
        allocation_id: allocation.clone(),
        instance_id: None,
        network_interface_id: Some(interface.clone()),
        private_ip_address: None,
        allow_reassociation: None,
    }
}

pub fn route(table: &RouteTableId, to: &str, target: RouteTarget) -> CreateRoute {
    CreateRoute { route_table_id: table.clone(), destination: RouteDestination::Cidr(to.parse().unwrap()), target }
}

pub fn tcp(port: u16, peer: Peer) -> IpPermission {
    IpPermission {
        protocol: Protocol::Number(6),
        ports: Ports::Range { from: port, to: port },
        peer,
        description: None,
    }
}

pub fn everyone() -> Peer {
    Peer::Ipv4("0.0.0.0/0".parse().unwrap())
}

pub fn ingress(group: &SecurityGroupId, permissions: Vec<IpPermission>) -> AuthorizeSecurityGroupIngress {
    AuthorizeSecurityGroupIngress { group_id: group.clone(), ip_permissions: permissions, tags: Tags::new() }
}

pub fn egress(group: &SecurityGroupId, permissions: Vec<IpPermission>) -> AuthorizeSecurityGroupEgress {
    AuthorizeSecurityGroupEgress { group_id: group.clone(), ip_permissions: permissions, tags: Tags::new() }
}

pub fn acl_entry(number: u16, direction: Direction) -> NetworkAclEntry {
    NetworkAclEntry {
        number,
        direction,
        protocol: Protocol::Number(6),
        ports: Ports::Range { from: 443, to: 443 },
        cidr: "10.0.0.0/8".parse().unwrap(),
        allow: true,
    }
}
