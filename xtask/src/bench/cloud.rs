//! The region that is measured: two subnets, rules as five full groups have them, ACLs, and a NAT gateway.

use croft_conformance::world::{TCP, UDP, World, allow, cidr, ports};
use croft_conformance::{End, world};
use croft_control::SetQuota;
use croft_model::group::{Direction, Peer};
use croft_model::protocol::{Ports, Protocol};
use croft_model::route::RouteTarget;
use croft_model::{SecurityGroupId, VpcId};

/// Two instances in two subnets, with their namespaces' own stacks.
pub struct Measured {
    pub world: World,
    pub client: End,
    pub server: End,
    /// Behind a NAT gateway; it asks the internet.
    pub private: End,
}

/// The table of connections as it is where nobody says otherwise.
const CONNECTIONS: u32 = 1_000_000;

/// `rules` a group, five groups an interface, every tenth rule a reference to a group of `members` interfaces.
pub fn cloud(rules: usize, members: usize) -> Measured {
    let mut world = World::live(CONNECTIONS);
    for (name, value) in [("interfaces_per_region", 20_000), ("rules_per_security_group", 60)] {
        world.run(SetQuota { name: name.into(), value });
    }
    let vpc = world.vpc("10.0.0.0/16");
    let (one, two) = (world.subnet(&vpc, "10.0.1.0/24"), world.subnet(&vpc, "10.0.2.0/24"));
    let crowd = world.subnet(&vpc, "10.0.128.0/17");
    let groups: Vec<SecurityGroupId> = (0..5).map(|_| world.group(&vpc)).collect();
    let named: Vec<SecurityGroupId> = (0..5).map(|_| world.group(&vpc)).collect();
    world.quietly(|world| {
        for _ in 0..members {
            world.interface(&crowd, &named.iter().collect::<Vec<_>>());
        }
        for (g, group) in groups.iter().enumerate() {
            world.close(group, Direction::Egress);
            fill(world, group, g, rules, &named);
        }
        acls(world, &vpc, [&one, &two]);
    });
    let refs: Vec<&SecurityGroupId> = groups.iter().collect();
    let client = world.instance(&one, "10.0.1.10", &refs);
    let server = world.instance(&two, "10.0.2.10", &refs);
    let gateway = world.internet_gateway(&vpc);
    let public = world.public_subnet(&vpc, "10.0.3.0/24", &gateway);
    let (nat, _) = world.nat_gateway(&public);
    let inner = world.subnet(&vpc, "10.0.4.0/24");
    let table = world.route_table(&vpc, &inner);
    world.route(&table, "0.0.0.0/0", RouteTarget::NatGateway(nat.id));
    let private = world.instance(&inner, "10.0.4.10", &refs);
    world.deafen();
    Measured { world, client, server, private }
}

/// The last rules let the load through; the others match something else.
fn fill(world: &mut World, group: &SecurityGroupId, g: usize, rules: usize, named: &[SecurityGroupId]) {
    for i in 0..rules.saturating_sub(3) {
        let first = 8000 + (g * 60 + i) as u16 * 10;
        let protocol = if i % 2 == 0 { TCP } else { UDP };
        let peer = match i % 10 {
            0 => Peer::Group(named[(g + i / 10) % named.len()].clone()),
            _ => cidr(&format!("10.{}.{}.0/24", 100 + g, i)),
        };
        let range = ports(first, first + (i % 5) as u16);
        world.allow_in(group, protocol, range, peer.clone());
        world.allow_out(group, protocol, range, peer);
    }
    for protocol in [TCP, UDP] {
        world.allow_in(group, protocol, ports(7000, 7100), cidr("10.0.0.0/16"));
    }
    world.allow_out(group, TCP, ports(7000, 7100), cidr("0.0.0.0/1"));
    world.allow_out(group, Protocol::All, Ports::All, cidr("128.0.0.0/1"));
    world.allow_out(group, UDP, ports(7000, 7100), cidr("10.0.0.0/16"));
}

fn acls(world: &mut World, vpc: &VpcId, subnets: [&croft_model::SubnetId; 2]) {
    for subnet in subnets {
        let acl = world.network_acl(vpc, subnet);
        for direction in [Direction::Ingress, Direction::Egress] {
            for n in 1..=8u16 {
                let block = format!("10.{}.0.0/16", 200 + n);
                world.entry(&acl, world::deny(n * 10, direction, Protocol::All, Ports::All, &block));
            }
            world.entry(&acl, allow(100, direction, TCP, ports(1024, 65535), "0.0.0.0/0"));
            world.entry(&acl, allow(110, direction, UDP, ports(1024, 65535), "0.0.0.0/0"));
        }
    }
}
