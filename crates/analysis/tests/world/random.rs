//! Regions drawn by a seed.

use std::net::Ipv4Addr;

use croft_analysis::Change;
use croft_analysis::*;
use croft_control::*;
use croft_model::group::{self, Peer};
use croft_model::interface::InterfaceKind;
use croft_model::network_acl::NetworkAclEntry;
use croft_model::prefix_list::PrefixListEntry;
use croft_model::protocol::{Ports as PortRange, Protocol};
use croft_model::route::{RouteDestination, RouteTarget};
use croft_model::subnet::Subnet;
use croft_model::*;

use super::*;

/// Numbers from a seed (xorshift).
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % below.max(1) as u64) as usize
    }

    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        from.get(self.below(from.len())).cloned()
    }
}

pub const PORTS: [u16; 5] = [22, 80, 443, 5432, 8080];

pub struct Random {
    pub world: World,
    pub dice: Dice,
    vpcs: Vec<VpcId>,
    subnets: Vec<Subnet>,
    pub interfaces: Vec<NetworkInterfaceId>,
    list: PrefixListId,
}

impl Random {
    /// Many of the commands are refused; what is left is a cloud that could be.
    pub fn new(seed: u64) -> Random {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let mut world = World::new();
        for quota in ["elastic_ips_per_region", "nat_gateways_per_zone"] {
            if !dice.one_in(4) {
                world.run(SetQuota { name: quota.into(), value: 50 });
            }
        }
        let entries =
            ["8.8.8.0/24", "203.0.113.0/24"].map(|cidr| PrefixListEntry { cidr: net(cidr).into(), description: None });
        let list = world.run(CreateManagedPrefixList {
            prefix_list_name: "somewhere".into(),
            address_family: Default::default(),
            max_entries: 5,
            entries: entries.to_vec(),
            tags: Tags::new(),
        });
        let mut random = Random { world, dice, vpcs: vec![], subnets: vec![], interfaces: vec![], list: list.id };
        for _ in 0..1 + random.dice.below(2) {
            random.vpc();
        }
        for _ in 0..30 {
            random.change();
        }
        random
    }

    pub fn vpc(&mut self) {
        let vpc = self.world.vpc(["10.0.0.0/16", "10.1.0.0/16"][self.dice.below(2)]);
        let block = self.world.cloud().vpcs[&vpc].cidr_blocks[0].block.network().octets();
        if !self.dice.one_in(4) {
            self.world.internet_gateway(&vpc);
        }
        for n in 1..=3 {
            let zone = ["us-east-1a", "us-east-1b"][self.dice.below(2)];
            let subnet = self.world.subnet(&vpc, &format!("10.{}.{n}.0/24", block[1]), zone);
            if !self.dice.one_in(3) {
                self.world.table(&subnet);
            }
            if self.dice.one_in(3) {
                self.world.network_acl(&subnet);
            }
            self.subnets.push(subnet);
        }
        for n in 0..3 {
            let group = self.world.group(&vpc, &format!("group-{n}"));
            if self.dice.one_in(4) {
                self.world.nothing_out(&group);
            }
        }
        for other in self.vpcs.clone() {
            self.lend(&vpc, &other);
            self.lend(&other, &vpc);
        }
        self.vpcs.push(vpc.clone());
        for _ in 0..3 {
            self.instance(&vpc);
        }
    }

    /// Lets the one VPC use a group of the other (row SG-12).
    fn lend(&mut self, from: &VpcId, to: &VpcId) {
        let default = self.world.cloud().vpcs[from].default_security_group.clone();
        let own = self.world.cloud().security_groups.values().filter(|g| g.vpc == *from && g.id != default);
        let own: Vec<_> = own.map(|g| g.id.clone()).collect();
        if let Some(group_id) = self.dice.pick(&own) {
            self.world.run(AssociateSecurityGroupVpc { group_id, vpc_id: to.clone() });
        }
    }

    pub fn groups(&self, vpc: &VpcId) -> Vec<SecurityGroupId> {
        self.world.cloud().security_groups.values().filter(|g| g.is_usable_in(vpc)).map(|g| g.id.clone()).collect()
    }

    pub fn instance(&mut self, vpc: &VpcId) {
        let here: Vec<_> = self.subnets.iter().filter(|s| s.vpc == *vpc).cloned().collect();
        let Some(subnet) = self.dice.pick(&here) else { return };
        let mut groups = self.groups(vpc);
        groups.retain(|_| self.dice.one_in(2));
        if let Ok(interface) = self.world.try_instance(&subnet, &groups, None) {
            self.interfaces.push(interface);
        }
    }

    pub fn traffic(&mut self) -> (Protocol, PortRange) {
        match self.dice.below(6) {
            0 => (Protocol::All, PortRange::All),
            1 => (Protocol::Number(1), PortRange::Icmp { kind: 8, code: None }),
            2 => (Protocol::Number(6), PortRange::Range { from: 0, to: 65535 }),
            3 => (Protocol::Number(6), PortRange::Range { from: 1024, to: 65535 }),
            n => {
                let port = PORTS[self.dice.below(5)];
                (Protocol::Number([6, 17][n % 2]), PortRange::Range { from: port, to: port })
            }
        }
    }

    pub fn cidr(&mut self) -> ipnet::Ipv4Net {
        let text = ["0.0.0.0/0", "10.0.0.0/8", "10.0.1.0/24", "10.0.2.0/24", "10.1.1.4/32", "203.0.113.0/24"];
        net(text[self.dice.below(6)])
    }

    /// Tries one thing; a refusal changes nothing.
    pub fn change(&mut self) {
        let Some(vpc) = self.dice.pick(&self.vpcs.clone()) else { return };
        let cloud = self.world.cloud().clone();
        let tables: Vec<_> = cloud.route_tables.values().filter(|t| t.vpc == vpc).map(|t| t.id.clone()).collect();
        let acls: Vec<_> =
            cloud.network_acls.values().filter(|a| a.vpc == vpc && !a.is_default).map(|a| a.id.clone()).collect();
        let groups = self.groups(&vpc);
        let subnets: Vec<_> = self.subnets.iter().filter(|s| s.vpc == vpc).cloned().collect();
        let interfaces: Vec<_> = cloud
            .interfaces
            .values()
            .filter(|i| i.vpc == vpc && i.kind == InterfaceKind::Interface)
            .map(|i| i.id.clone())
            .collect();
        let direction = [group::Direction::Ingress, group::Direction::Egress][self.dice.below(2)];
        let (protocol, ports) = self.traffic();
        match self.dice.below(12) {
            0..=2 => {
                let peer = match self.dice.below(3) {
                    0 => Peer::Group(self.dice.pick(&groups).unwrap()),
                    1 => Peer::PrefixList(self.list.clone()),
                    _ => Peer::Ipv4(self.cidr()),
                };
                let group = self.dice.pick(&groups).unwrap();
                let _ = self.world.trial.apply(&Change::AllowInGroup { group, direction, protocol, ports, peer });
            }
            3..=5 => {
                let Some(acl) = self.dice.pick(&acls) else { return };
                let (number, allow) = (1 + self.dice.below(6) as u16, !self.dice.one_in(3));
                let entry = NetworkAclEntry { number, direction, protocol, ports, cidr: self.cidr().into(), allow };
                let _ = self.world.trial.apply(&Change::CreateAclEntry { acl, entry });
            }
            6 | 7 if self.dice.one_in(5) => self.route_gateway(&vpc),
            6 | 7 => {
                let gateway = cloud.internet_gateway_of(&vpc).map(|g| RouteTarget::InternetGateway(g.id.clone()));
                let nats: Vec<_> = cloud.nat_gateways.values().filter(|n| n.vpc == vpc).map(|n| n.id.clone()).collect();
                let target = match self.dice.below(4) {
                    0 | 1 => gateway,
                    2 => self.dice.pick(&nats).map(RouteTarget::NatGateway),
                    _ => self.dice.pick(&interfaces).map(RouteTarget::NetworkInterface),
                };
                let Some(target) = target else { return };
                let destination = match self.dice.below(5) {
                    0 => RouteDestination::PrefixList(self.list.clone()),
                    1 => RouteDestination::Cidr(self.dice.pick(&subnets).unwrap().block),
                    _ => everything(),
                };
                let route_table_id = self.dice.pick(&tables).unwrap();
                let _ = self.world.trial.run(CreateRoute { route_table_id, destination, target });
            }
            8 => {
                let subnet = self.dice.pick(&subnets).unwrap();
                let Ok(address) = self.world.trial.run(AllocateAddress { tags: Tags::new() }) else { return };
                let private = self.dice.one_in(5);
                let connectivity_type = private.then_some(ConnectivityType::Private);
                let gateway = self.world.trial.run(CreateNatGateway {
                    subnet_id: subnet.id,
                    connectivity_type,
                    availability_mode: None,
                    allocation_id: (!private).then_some(address.id),
                    private_ip_address: None,
                    secondary_allocation_ids: vec![],
                    secondary_private_ip_addresses: vec![],
                    secondary_private_ip_address_count: None,
                    tags: Tags::new(),
                });
                // One in three is still on its way.
                if let (Ok(gateway), false) = (gateway, self.dice.one_in(3)) {
                    let change = Change::WaitForNatGateway { nat_gateway: gateway.id };
                    let _ = self.world.trial.apply(&change);
                }
            }
            9 => {
                let Some(interface) = self.dice.pick(&interfaces) else { return };
                let private_ip = self.world.address_of(&interface);
                let _ = self.world.trial.apply(&Change::GiveElasticIp { interface, private_ip });
            }
            10 => match self.dice.below(4) {
                0 => {
                    let zone_name = ["us-east-1a", "us-east-1b"][self.dice.below(2)].to_string();
                    let _ = self.world.trial.run(FailZone { zone_name });
                }
                1 => {
                    let nats: Vec<_> = cloud.nat_gateways.keys().cloned().collect();
                    let Some(nat_gateway_id) = self.dice.pick(&nats) else { return };
                    let _ = self.world.trial.run(DeleteNatGateway { nat_gateway_id });
                }
                2 => {
                    let Some(interface) = self.dice.pick(&interfaces) else { return };
                    let instance_ids = vec![self.world.instance_of(&interface)];
                    let instance_id = instance_ids[0].clone();
                    let _ = self.world.trial.run(StopInstances { instance_ids });
                    let generation = self.world.cloud().instances[&instance_id].generation;
                    let state = croft_model::instance::InstanceState::Stopped;
                    let seen = ObserveInstance { instance_id, generation, state, reason: None };
                    let _ = self.world.trial.run(seen);
                }
                _ => {
                    let Some(network_interface_id) = self.dice.pick(&interfaces) else { return };
                    let _ = self.world.trial.run(ModifyNetworkInterfaceAttribute {
                        source_dest_check: Some(false),
                        ..ModifyNetworkInterfaceAttribute::of(network_interface_id)
                    });
                }
            },
            _ => self.instance(&vpc),
        }
    }

    /// Gives the gateway of a VPC a table, or its table a route through an interface (row RT-7).
    fn route_gateway(&mut self, vpc: &VpcId) {
        let cloud = self.world.cloud().clone();
        let Some(gateway) = cloud.internet_gateway_of(vpc) else { return };
        let Some((_, route_table_id)) = gateway.route_table.clone() else {
            let table = self.world.run(CreateRouteTable { vpc_id: vpc.clone(), tags: Tags::new() });
            let gateway_id = gateway.id.clone();
            self.world.run(AssociateGatewayRouteTable { route_table_id: table.id, gateway_id });
            return self.route_gateway(vpc);
        };
        let of_vpc = cloud.interfaces.values().filter(|i| i.vpc == *vpc);
        let interfaces: Vec<_> = of_vpc.map(|i| (i.id.clone(), i.subnet.clone())).collect();
        let Some((_, subnet)) = self.dice.pick(&interfaces) else { return };
        let Some((appliance, _)) = self.dice.pick(&interfaces) else { return };
        let target = RouteTarget::NetworkInterface(appliance);
        let request = match self.dice.one_in(4) {
            true => {
                let destination = RouteDestination::Cidr(cloud.vpcs[vpc].cidr_blocks[0].block);
                self.world.trial.run(ReplaceRoute { route_table_id, destination, target })
            }
            false => {
                let destination = RouteDestination::Cidr(cloud.subnets[&subnet].block);
                self.world.trial.run(CreateRoute { route_table_id, destination, target })
            }
        };
        // The same destination may be there already.
        let _ = request;
    }

    pub fn end(&mut self) -> Endpoint {
        let interface = self.dice.pick(&self.interfaces.clone());
        match (self.dice.below(10), interface) {
            (0, _) | (_, None) => Endpoint::Internet(None),
            (1, _) => Endpoint::Internet(Some(Ipv4Addr::new(8, 8, 8, 8))),
            (2, Some(interface)) => Endpoint::Address(self.world.address_of(&interface)),
            (3, Some(_)) => {
                let addresses: Vec<_> = self.world.cloud().addresses.values().map(|a| a.public_ip).collect();
                Endpoint::Address(self.dice.pick(&addresses).unwrap_or(Ipv4Addr::new(10, 0, 1, 200)))
            }
            (_, Some(interface)) => Endpoint::Interface(interface),
        }
    }

    pub fn question(&mut self) -> ReachQuestion {
        let protocol = [Transport::Tcp, Transport::Tcp, Transport::Udp, Transport::Icmp][self.dice.below(4)];
        let port = if protocol == Transport::Icmp { 0 } else { PORTS[self.dice.below(5)] };
        ReachQuestion { source: self.end(), destination: self.end(), protocol, port }
    }

    /// Opens a path, if it is closed and can be opened.
    pub fn mend(&mut self) {
        let question = self.question();
        if let Ok(answer) = reach(self.world.cloud(), &Ports::default(), &question) {
            for step in answer.fix.iter().flat_map(|fix| &fix.steps) {
                let _ = self.world.trial.apply(&step.change);
            }
        }
    }
}
