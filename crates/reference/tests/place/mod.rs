//! A small place to judge in: one VPC, 10.0.0.0/16, with a public subnet 10.0.0.0/24 (zone a), a private one
//! 10.0.1.0/24 (zone b), an internet gateway, a NAT gateway in the public subnet, and three interfaces: WEB in the
//! public subnet with a public address, APP and DATA in the private one.

use croft_control::Cloud;
use croft_model::address::{Address, AddressAssociation};
use croft_model::gateway::{InternetGateway, NatGateway, NatGatewayAddress, NatGatewayState};
use croft_model::group::{Direction, Peer, SecurityGroup, SecurityGroupRule};
use croft_model::interface::{Attachment, AttachmentStatus, IdleTimeouts, InterfaceKind, NetworkInterface};
use croft_model::network_acl::{NetworkAcl, NetworkAclEntry};
use croft_model::protocol::{Ports, Protocol};
use croft_model::route::{Route, RouteDestination, RouteTable, RouteTarget};
use croft_model::subnet::Subnet;
use croft_model::vpc::{CidrBlock, Vpc};
use croft_model::zone::Zone;
use croft_model::*;
use croft_reference::{Hint, Judge, Outcome, Plug, Reason, Uplink, Wiring};
use std::net::Ipv4Addr;

pub const WEB: u32 = 1;
pub const APP: u32 = 2;
pub const DATA: u32 = 3;
pub const UPLINK: u32 = 9;

pub const WEB_IP: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 10);
pub const APP_IP: Ipv4Addr = Ipv4Addr::new(10, 0, 1, 10);
pub const DATA_IP: Ipv4Addr = Ipv4Addr::new(10, 0, 1, 20);
pub const NAT_IP: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 5);
pub const WEB_PUBLIC: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 1);
pub const NAT_PUBLIC: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 2);
pub const INTERNET: Ipv4Addr = Ipv4Addr::new(1, 1, 1, 1);

const ROUTER: [u8; 6] = [2, 0, 0, 0, 0, 1];
pub const SECOND: u64 = 1_000_000_000;

pub struct Place {
    pub cloud: Cloud,
    judge: Judge,
}

pub fn group(port: u32) -> SecurityGroupId {
    SecurityGroupId::from_bits(u128::from(port))
}

pub fn interface(port: u32) -> NetworkInterfaceId {
    NetworkInterfaceId::from_bits(u128::from(port))
}

fn subnet(public: bool) -> SubnetId {
    SubnetId::from_bits(u128::from(public))
}

fn table(public: bool) -> RouteTableId {
    RouteTableId::from_bits(u128::from(public))
}

fn acl(public: bool) -> NetworkAclId {
    NetworkAclId::from_bits(u128::from(public))
}

fn vpc() -> VpcId {
    VpcId::from_bits(1)
}

fn block(text: &str) -> ipnet::Ipv4Net {
    text.parse().expect("a block")
}

fn mac(port: u32) -> [u8; 6] {
    [2, 1, 0, 0, 0, port as u8]
}

fn to(cidr: &str, target: RouteTarget) -> Route {
    Route { destination: RouteDestination::Cidr(block(cidr)), target }
}

impl Place {
    /// All groups let everything out and nothing in; ACLs allow everything.
    pub fn new() -> Place {
        let mut cloud = Cloud::default();
        for name in ["a", "b"] {
            let zone = Zone { name: name.into(), region: Default::default(), id: name.into(), failed: false };
            cloud.zones.insert(name.into(), zone);
        }
        let cidr = CidrBlock { association: CidrAssociationId::from_bits(1), block: block("10.0.0.0/16") };
        cloud.vpcs.insert(
            vpc(),
            Vpc {
                id: vpc(),
                scope: Scope::default(),
                cidr_blocks: vec![cidr],
                ipv6_cidr_blocks: vec![],
                is_default: false,
                enable_dns_support: true,
                enable_dns_hostnames: true,
                enable_network_address_usage_metrics: false,
                dhcp_options: None,
                instance_tenancy: "default".into(),
                main_route_table: table(false),
                main_route_table_association: RouteTableAssociationId::from_bits(1),
                default_network_acl: acl(false),
                default_security_group: group(WEB),
                tags: Tags::new(),
            },
        );
        let gateway = InternetGatewayId::from_bits(1);
        let nat = NatGatewayId::from_bits(1);
        let internet = InternetGateway {
            id: gateway.clone(),
            scope: Scope::default(),
            vpc: Some(vpc()),
            route_table: None,
            tags: Tags::new(),
        };
        cloud.internet_gateways.insert(gateway.clone(), internet);
        for (public, cidr, zone) in [(true, "10.0.0.0/24", "a"), (false, "10.0.1.0/24", "b")] {
            let target = if public {
                RouteTarget::InternetGateway(gateway.clone())
            } else {
                RouteTarget::NatGateway(nat.clone())
            };
            let routes = vec![to("0.0.0.0/0", target)];
            let route_table =
                RouteTable { id: table(public), scope: Scope::default(), vpc: vpc(), routes, tags: Tags::new() };
            cloud.route_tables.insert(table(public), route_table);
            let entries = vec![entry(100, Direction::Ingress, true), entry(100, Direction::Egress, true)];
            let list = NetworkAcl {
                id: acl(public),
                scope: Scope::default(),
                vpc: vpc(),
                is_default: false,
                entries,
                tags: Tags::new(),
            };
            cloud.network_acls.insert(acl(public), list);
            cloud.subnets.insert(
                subnet(public),
                Subnet {
                    id: subnet(public),
                    scope: Scope::default(),
                    vpc: vpc(),
                    block: block(cidr),
                    zone: zone.into(),
                    default_for_az: false,
                    map_public_ip_on_launch: false,
                    ipv6_cidr_block: None,
                    assign_ipv6_address_on_creation: false,
                    enable_dns64: false,
                    private_dns: Default::default(),
                    route_table: Some((RouteTableAssociationId::from_bits(2), table(public))),
                    network_acl: (NetworkAclAssociationId::from_bits(2), acl(public)),
                    tags: Tags::new(),
                },
            );
        }
        for (port, public, address, given) in
            [(WEB, true, WEB_IP, Some(WEB_PUBLIC)), (APP, false, APP_IP, None), (DATA, false, DATA_IP, None)]
        {
            let (name, rules) = (format!("group-{port}"), Vec::new());
            let id = group(port);
            let (description, tags) = (String::new(), Tags::new());
            cloud.security_groups.insert(
                id.clone(),
                SecurityGroup {
                    id,
                    scope: Scope::default(),
                    vpc: vpc(),
                    associated_vpcs: Default::default(),
                    name,
                    description,
                    rules,
                    tags,
                },
            );
            let kind = InterfaceKind::Interface;
            cloud.interfaces.insert(interface(port), network_interface(port, public, address, given, kind));
        }
        let held = interface(5);
        let kind = InterfaceKind::NatGateway(nat.clone());
        cloud.interfaces.insert(held.clone(), network_interface(5, true, NAT_IP, None, kind));
        let allocation = AllocationId::from_bits(1);
        let association = Some(AddressAssociation {
            id: AddressAssociationId::from_bits(1),
            interface: held.clone(),
            private_ip: NAT_IP,
        });
        let address = Address {
            id: allocation.clone(),
            scope: Scope::default(),
            public_ip: NAT_PUBLIC,
            association,
            ptr_record: None,
            tags: Tags::new(),
        };
        cloud.addresses.insert(allocation.clone(), address);
        cloud.nat_gateways.insert(
            nat.clone(),
            NatGateway {
                id: nat,
                scope: Scope::default(),
                vpc: vpc(),
                subnet: subnet(true),
                public: true,
                state: NatGatewayState::Available,
                interface: held,
                addresses: vec![NatGatewayAddress {
                    private_ip: NAT_IP,
                    allocation: Some(allocation),
                    public_ip: Some(NAT_PUBLIC),
                    association: Some(AddressAssociationId::from_bits(1)),
                }],
                created: 0,
                deleted: None,
                tags: Tags::new(),
            },
        );
        let mut place = Place { judge: Judge::new(cloud.clone(), Wiring::default(), 1_000_000 * SECOND), cloud };
        for port in [WEB, APP, DATA] {
            place.rule(port, Direction::Egress, Protocol::All, Ports::All, Peer::Ipv4(block("0.0.0.0/0")));
        }
        place
    }

    /// Adds a rule to a port's group.
    pub fn rule(&mut self, port: u32, direction: Direction, protocol: Protocol, ports: Ports, peer: Peer) {
        let rules = &mut self.cloud.security_groups.get_mut(&group(port)).expect("its group").rules;
        let id = SecurityGroupRuleId::from_bits(rules.len() as u128);
        rules.push(SecurityGroupRule { id, direction, protocol, ports, peer, description: None, tags: Tags::new() });
        self.changed();
    }

    /// Lets one TCP port in.
    pub fn allow_tcp(&mut self, port: u32, tcp: u16, from: Peer) {
        let ports = Ports::Range { from: tcp, to: tcp };
        self.rule(port, Direction::Ingress, Protocol::Number(6), ports, from);
    }

    /// Takes away all rules of one direction.
    pub fn close(&mut self, port: u32, direction: Direction) {
        let group = self.cloud.security_groups.get_mut(&group(port)).expect("its group");
        group.rules.retain(|r| r.direction != direction);
        self.changed();
    }

    /// Puts an entry into the ACL of the public or of the private subnet.
    pub fn acl(&mut self, public: bool, entry: NetworkAclEntry) {
        self.cloud.network_acls.get_mut(&acl(public)).expect("its ACL").entries.push(entry);
        self.changed();
    }

    pub fn routes(&mut self, public: bool, routes: Vec<Route>) {
        self.cloud.route_tables.get_mut(&table(public)).expect("its table").routes = routes;
        self.changed();
    }

    /// Gives the internet gateway a table with this route beside `local` (row RT-7).
    pub fn gateway_table(&mut self, cidr: &str, target: RouteTarget) {
        let (id, association) = (RouteTableId::from_bits(7), RouteTableAssociationId::from_bits(7));
        let (scope, tags) = (Scope::default(), Tags::new());
        let table = RouteTable { id: id.clone(), scope, vpc: vpc(), routes: vec![to(cidr, target)], tags };
        self.cloud.route_tables.insert(id.clone(), table);
        for gateway in self.cloud.internet_gateways.keys().cloned().collect::<Vec<_>>() {
            let gateway = self.cloud.internet_gateways.get_mut(&gateway).expect("a gateway");
            gateway.route_table = Some((association.clone(), id.clone()));
        }
        self.changed();
    }

    /// Brings the judge to the cloud as it is.
    pub fn changed(&mut self) {
        let plugs = [WEB, APP, DATA].map(|port| (interface(port), Plug { port, router_mac: ROUTER }));
        let uplink = Uplink { port: UPLINK, mac: [2, 9, 9, 9, 9, 9], router_mac: ROUTER };
        self.judge.change(self.cloud.clone(), Wiring { plugs: plugs.into(), uplink, ..Wiring::default() });
    }

    pub fn wait(&mut self, seconds: u64) {
        self.judge.advance(seconds * SECOND);
    }

    /// Where a frame is delivered, and as what; or why not.
    pub fn send(&mut self, port: u32, frame: &[u8]) -> Result<(u32, Vec<u8>), Reason> {
        match self.judge.packet(port, frame, &Hint::default()).0 {
            Outcome::Deliver { port, bytes } => Ok((port, bytes)),
            Outcome::Answer { bytes } => Ok((port, bytes)),
            Outcome::Drop { reason } => Err(reason),
        }
    }

    /// The port that a frame is delivered to.
    pub fn goes(&mut self, port: u32, frame: &[u8]) -> Result<u32, Reason> {
        self.send(port, frame).map(|(port, _)| port)
    }
}

pub fn entry(number: u16, direction: Direction, allow: bool) -> NetworkAclEntry {
    let cidr = "0.0.0.0/0".parse().expect("a block");
    NetworkAclEntry { number, direction, protocol: Protocol::All, ports: Ports::All, cidr, allow }
}

fn network_interface(
    port: u32,
    public: bool,
    address: Ipv4Addr,
    given: Option<Ipv4Addr>,
    kind: InterfaceKind,
) -> NetworkInterface {
    let attachment = Attachment {
        id: AttachmentId::from_bits(u128::from(port)),
        instance: InstanceId::from_bits(u128::from(port)),
        device_index: 0,
        delete_on_termination: true,
        status: AttachmentStatus::Attached,
        attached: 0,
    };
    NetworkInterface {
        id: interface(port),
        scope: Scope::default(),
        vpc: vpc(),
        subnet: subnet(public),
        description: String::new(),
        mac: mac(port),
        private_ips: vec![address],
        ipv6_addresses: vec![],
        primary_ipv6: false,
        groups: vec![group(port)],
        source_dest_check: true,
        auto_public_ip: given,
        public_ip_at_start: false,
        kind,
        attachment: Some(attachment),
        idle: IdleTimeouts::default(),
        tags: Tags::new(),
    }
}

pub const SYN: u8 = 2;
pub const RST: u8 = 4;
pub const ACK: u8 = 16;

/// A TCP segment; checksums are left zero, which the judge carries over as wrong as they are.
pub fn tcp(from: (Ipv4Addr, u16), to: (Ipv4Addr, u16), flags: u8) -> Vec<u8> {
    let mut body = [0; 20];
    body[..2].copy_from_slice(&from.1.to_be_bytes());
    body[2..4].copy_from_slice(&to.1.to_be_bytes());
    body[12] = 0x50;
    body[13] = flags;
    frame(6, from.0, to.0, &body)
}

pub fn udp(from: (Ipv4Addr, u16), to: (Ipv4Addr, u16)) -> Vec<u8> {
    let mut body = [0; 8];
    body[..2].copy_from_slice(&from.1.to_be_bytes());
    body[2..4].copy_from_slice(&to.1.to_be_bytes());
    body[5] = 8;
    frame(17, from.0, to.0, &body)
}

/// An ICMP message of so many bytes behind its type.
pub fn icmp(from: Ipv4Addr, to: Ipv4Addr, kind: u8, rest: &[u8]) -> Vec<u8> {
    let mut body = vec![kind, 0, 0, 0, 0, 7, 0, 0];
    body.extend(rest);
    frame(1, from, to, &body)
}

/// Don't fragment, time to live 64.
fn frame(protocol: u8, from: Ipv4Addr, to: Ipv4Addr, body: &[u8]) -> Vec<u8> {
    let mut frame = vec![0; 12];
    frame.extend([8, 0, 0x45, 0]);
    frame.extend((20 + body.len() as u16).to_be_bytes());
    frame.extend([0, 0, 0x40, 0, 64, protocol, 0, 0]);
    frame.extend(from.octets());
    frame.extend(to.octets());
    frame.extend(body);
    frame
}

/// Source and destination address and port of a frame that arrived.
pub fn ends(frame: &[u8]) -> ((Ipv4Addr, u16), (Ipv4Addr, u16)) {
    let address = |at: usize| Ipv4Addr::new(frame[at], frame[at + 1], frame[at + 2], frame[at + 3]);
    let port = |at: usize| u16::from_be_bytes([frame[at], frame[at + 1]]);
    ((address(26), port(34)), (address(30), port(36)))
}
