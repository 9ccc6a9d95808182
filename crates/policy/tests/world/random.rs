//! Random regions that change at random, and stay valid.

use super::*;

fn pick<T: Clone>(world: &mut World, from: impl IntoIterator<Item = T>) -> Option<T> {
    let all: Vec<T> = from.into_iter().collect();
    let at = world.below(all.len());
    all.get(at).cloned()
}

/// Two VPCs with one block, two subnets each, a group that both may use, and what a few random changes make of them.
pub fn random_world(seed: u64) -> World {
    let mut world = World::new(seed);
    for _ in 0..2 {
        let vpc = world.vpc("10.0.0.0/16");
        world.subnet(&vpc, "10.0.1.0/24", "us-east-1a");
        world.subnet(&vpc, "10.0.2.0/24", "us-east-1b");
        world.group(&vpc);
        world.group(&vpc);
    }
    let vpcs: Vec<_> = world.cloud.vpcs.keys().cloned().collect();
    let shared = world.cloud.security_groups.values().find(|g| g.vpc == vpcs[0]).unwrap().id.clone();
    world.cloud.security_groups.get_mut(&shared).unwrap().associated_vpcs.insert(vpcs[1].clone());
    world.prefix_list(&["10.0.1.0/28", "8.8.8.0/24"]);
    for _ in 0..40 {
        change(&mut world);
    }
    world
}

pub fn random_address(world: &mut World) -> Ipv4Addr {
    match world.below(6) {
        0 => Ipv4Addr::new(8, 8, 8, world.below(256) as u8),
        1 => Ipv4Addr::new(198, 18, 0, world.below(256) as u8),
        _ => Ipv4Addr::new(10, 0, 1 + world.below(2) as u8, 4 + world.below(40) as u8),
    }
}

pub fn random_traffic(world: &mut World) -> (u8, u16) {
    match world.below(5) {
        0 => (1, [0x0800, 0x0000, 0x0304][world.below(3)]),
        1 => (17, [53, 7, 500][world.below(3)]),
        2 => ([47, 50][world.below(2)], 0),
        _ => (6, [22, 80, 443, 8080, 32768, 65535][world.below(6)]),
    }
}

fn random_rule(world: &mut World) -> (Protocol, PortRange) {
    match world.below(6) {
        0 => (Protocol::All, PortRange::All),
        1 => (Protocol::Number(6), PortRange::Range { from: 0, to: 65535 }),
        2 => (Protocol::Number(1), PortRange::Icmp { kind: 8, code: None }),
        3 => (Protocol::Number(47), PortRange::All),
        _ => {
            let (a, b) = (random_traffic(world).1, random_traffic(world).1);
            (Protocol::Number([6, 17][world.below(2)]), PortRange::Range { from: a.min(b), to: a.max(b) })
        }
    }
}

fn random_cidr(world: &mut World) -> Ipv4Net {
    let length = [0, 8, 16, 24, 28, 32][world.below(6)];
    Ipv4Net::new(random_address(world), length).unwrap().trunc()
}

fn direction(world: &mut World) -> Direction {
    [Direction::Ingress, Direction::Egress][world.below(2)]
}

/// Changes one thing.
pub fn change(world: &mut World) {
    let vpc = pick(world, world.cloud.vpcs.keys().cloned().collect::<Vec<_>>()).unwrap();
    let of_vpc = |world: &World| -> Vec<NetworkInterfaceId> {
        let here = world.cloud.interfaces.values().filter(|i| i.vpc == vpc && i.kind == InterfaceKind::Interface);
        here.map(|i| i.id.clone()).collect()
    };
    let subnets: Vec<_> = world.cloud.subnets.values().filter(|s| s.vpc == vpc).map(|s| s.id.clone()).collect();
    let usable = world.cloud.security_groups.values().filter(|g| g.is_usable_in(&vpc));
    let groups: Vec<_> = usable.map(|g| g.id.clone()).collect();
    let tables: Vec<_> = world.cloud.route_tables.values().filter(|t| t.vpc == vpc).map(|t| t.id.clone()).collect();
    let acls: Vec<_> = world.cloud.network_acls.values().filter(|a| a.vpc == vpc).map(|a| a.id.clone()).collect();
    let interface = pick(world, of_vpc(world));
    let lists: Vec<_> = world.cloud.prefix_lists.keys().cloned().collect();
    match world.below(24) {
        0..=2 => {
            let subnet = pick(world, subnets).unwrap();
            let block = world.cloud.subnets[&subnet].block;
            let address = Ipv4Addr::from(u32::from(block.network()) + 4 + world.below(40) as u32);
            let taken = world.cloud.interfaces.values().any(|i| i.vpc == vpc && i.private_ips.contains(&address));
            if !taken {
                let mut carried: Vec<_> = groups.into_iter().filter(|_| world.below(2) == 0).collect();
                carried.truncate(5);
                let id = world.interface(&subnet, address, &carried);
                if world.below(4) > 0 {
                    world.plug(&id);
                }
            }
        }
        3 => {
            if let Some(id) = interface {
                world.cloud.interfaces.remove(&id);
                world.ports.interfaces.remove(&id);
                let addresses: Vec<_> = world.cloud.addresses.keys().cloned().collect();
                for address in addresses {
                    let address = world.cloud.addresses.get_mut(&address).unwrap();
                    address.association = address.association.take().filter(|on| on.interface != id);
                }
            }
        }
        4 => {
            if let Some(id) = interface
                && world.ports.interfaces.remove(&id).is_none()
            {
                world.plug(&id);
            }
        }
        5 => {
            if let Some(id) = interface {
                let carried = groups.into_iter().filter(|_| world.below(2) == 0).collect();
                world.cloud.interfaces.get_mut(&id).unwrap().groups = carried;
            }
        }
        6..=10 => {
            let group = pick(world, groups.clone()).unwrap();
            let (protocol, ports) = random_rule(world);
            let peer = match world.below(4) {
                0 => Peer::Group(pick(world, groups).unwrap()),
                1 => Peer::PrefixList(pick(world, lists).unwrap()),
                2 if world.below(3) == 0 => Peer::Ipv6("::/0".parse().unwrap()),
                _ => Peer::Ipv4(random_cidr(world)),
            };
            let direction = direction(world);
            world.rule(&group, direction, protocol, ports, peer);
        }
        11 => {
            let group = pick(world, groups).unwrap();
            let rules = world.cloud.security_groups[&group].rules.len();
            let at = world.below(rules);
            let group = world.cloud.security_groups.get_mut(&group).unwrap();
            if at < rules {
                group.rules.remove(at);
            }
        }
        12 => {
            let acl = world.network_acl(&vpc, false);
            let subnet = pick(world, subnets).unwrap();
            world.use_acl(&subnet, &acl);
        }
        13 | 14 => {
            let acl = pick(world, acls).unwrap();
            let (protocol, ports) = random_rule(world);
            let cidr = random_cidr(world).into();
            let (number, direction, allow) = (1 + world.below(200) as u16, direction(world), world.below(3) > 0);
            let entries = &mut world.cloud.network_acls.get_mut(&acl).unwrap().entries;
            entries.retain(|e| (e.number, e.direction) != (number, direction));
            entries.push(NetworkAclEntry { number, direction, protocol, ports, cidr, allow });
            entries.sort_by_key(|e| (e.direction, e.number));
        }
        15 => {
            let subnet = pick(world, subnets).unwrap();
            let acl = pick(world, acls).unwrap();
            world.use_acl(&subnet, &acl);
        }
        16 => match world.cloud.internet_gateway_of(&vpc).map(|g| g.id.clone()) {
            Some(id) => world.cloud.internet_gateways.get_mut(&id).unwrap().vpc = None,
            None => {
                let detached = world.cloud.internet_gateways.values().find(|g| g.vpc.is_none());
                match detached.map(|g| g.id.clone()) {
                    Some(id) => world.cloud.internet_gateways.get_mut(&id).unwrap().vpc = Some(vpc),
                    None => drop(world.internet_gateway(&vpc)),
                }
            }
        },
        17 | 18 => {
            let table = match world.below(4) {
                0 => world.route_table(&vpc),
                _ => pick(world, tables).unwrap(),
            };
            let gateways: Vec<_> = world.cloud.internet_gateways.keys().cloned().collect();
            let nats: Vec<_> = world.cloud.nat_gateways.keys().cloned().collect();
            let target = match world.below(3) {
                0 => pick(world, gateways).map(RouteTarget::InternetGateway),
                1 => pick(world, nats).map(RouteTarget::NatGateway),
                _ => interface.map(RouteTarget::NetworkInterface),
            };
            let destination = match world.below(4) {
                0 => RouteDestination::PrefixList(pick(world, lists).unwrap()),
                1 => RouteDestination::Cidr(random_cidr(world)),
                _ => RouteDestination::Cidr(net("0.0.0.0/0")),
            };
            if let Some(target) = target {
                world.route(&table, destination, target);
            }
        }
        19 => {
            let subnet = pick(world, subnets).unwrap();
            let table = pick(world, tables).unwrap();
            let gateway = world.cloud.internet_gateway_of(&vpc).map(|gateway| gateway.id.clone());
            match (gateway, world.below(3)) {
                (Some(gateway), 0) => world.use_table_of_gateway(&gateway, Some(&table)),
                (Some(gateway), 1) => world.use_table_of_gateway(&gateway, None),
                _ => world.use_table(&subnet, &table),
            }
        }
        20 => {
            let subnet = pick(world, subnets).unwrap();
            let block = world.cloud.subnets[&subnet].block;
            let address = Ipv4Addr::from(u32::from(block.network()) + 100 + world.below(100) as u32);
            let taken = world.cloud.interfaces.values().any(|i| i.vpc == vpc && i.private_ips.contains(&address));
            if !taken && world.cloud.nat_gateways.len() < 6 {
                let public = world.below(2) == 0;
                world.nat_gateway(&subnet, address, public);
            }
        }
        21 => {
            if let Some(id) = pick(world, world.cloud.nat_gateways.keys().cloned().collect::<Vec<_>>()) {
                let state = [NatGatewayState::Available, NatGatewayState::Pending, NatGatewayState::Deleted];
                world.cloud.nat_gateways.get_mut(&id).unwrap().state = state[world.below(3)].clone();
            }
        }
        22 => {
            if let Some(id) = interface {
                let private = world.cloud.interfaces[&id].private_ips[0];
                match world.below(3) {
                    0 => drop(world.elastic_ip(&id, private)),
                    1 => {
                        // Nobody else has it.
                        let auto = Ipv4Addr::from(0xc613_0000 + world.bits() as u32);
                        world.cloud.interfaces.get_mut(&id).unwrap().auto_public_ip = Some(auto);
                    }
                    _ => {
                        let check = world.below(2) == 0;
                        world.cloud.interfaces.get_mut(&id).unwrap().source_dest_check = check;
                    }
                }
            }
        }
        _ => match world.below(3) {
            0 => {
                let zone = ["us-east-1a", "us-east-1b"][world.below(2)];
                world.cloud.zones.get_mut(zone).unwrap().failed ^= true;
            }
            1 => {
                let list = pick(world, lists).unwrap();
                let cidr = random_cidr(world).into();
                let list = world.cloud.prefix_lists.get_mut(&list).unwrap();
                match list.entries.iter().position(|e| e.cidr == cidr) {
                    Some(at) => drop(list.entries.remove(at)),
                    None => list.entries.push(PrefixListEntry { cidr, description: None }),
                }
            }
            _ => {
                let tags = Tags::from([(croft_model::tag::NAME.to_string(), "renamed".to_string())]);
                world.cloud.vpcs.get_mut(&vpc).unwrap().tags = tags;
            }
        },
    }
    world.cloud.version += 1;
}
