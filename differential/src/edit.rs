//! One change of a region between two packets. A value that can be printed, repeated and left out.

use crate::random::Random;
use crate::scene::{INTERNET, Scene, ZONES, acl_entry, fits_gateway, gateway_route, gateway_with, group_rule, route};
use croft_model::address::AddressAssociation;
use croft_model::block_public_access::*;
use croft_model::gateway::{NatGatewayAddress, NatGatewayState};
use croft_model::group::{Direction, SecurityGroupRule};
use croft_model::interface::InterfaceKind;
use croft_model::network_acl::NetworkAclEntry;
use croft_model::prefix_list::PrefixListEntry;
use croft_model::route::{Route, RouteDestination};
use croft_model::*;
use ipnet::Ipv4Net;
use std::net::Ipv4Addr;

#[derive(Clone, Debug)]
pub enum Edit {
    AddGroupRule(SecurityGroupId, SecurityGroupRule),
    RemoveGroupRule(SecurityGroupId, SecurityGroupRuleId),
    SetGroups(NetworkInterfaceId, Vec<SecurityGroupId>),
    PutAclEntry(NetworkAclId, NetworkAclEntry),
    RemoveAclEntry(NetworkAclId, Direction, u16),
    SetSubnetAcl(SubnetId, NetworkAclId),
    SetSubnetTable(SubnetId, Option<RouteTableId>),
    SetGatewayTable(InternetGatewayId, Option<RouteTableId>),
    PutRoute(RouteTableId, Route),
    RemoveRoute(RouteTableId, RouteDestination),
    SetZoneFailed(String, bool),
    SetBlockMode(InternetGatewayBlockMode),
    /// Takes the exclusion off, if none.
    Exclude(Excluded, Option<ExclusionMode>),
    SetCheck(NetworkInterfaceId, bool),
    /// An Elastic IP goes to a private address, or is taken off.
    Associate(AllocationId, Option<(NetworkInterfaceId, Ipv4Addr)>),
    SetAutoPublic(NetworkInterfaceId, Option<Ipv4Addr>),
    SetNatState(NatGatewayId, NatGatewayState),
    /// A NAT gateway's addresses by the order they now have.
    SetNatAddresses(NatGatewayId, Vec<NatGatewayAddress>),
    Attach(InternetGatewayId, Option<VpcId>),
    Plug(NetworkInterfaceId, Option<u32>),
    SetPrefixList(PrefixListId, Vec<Ipv4Net>),
}

impl Edit {
    pub fn apply(&self, scene: &mut Scene) {
        let cloud = &mut scene.cloud;
        cloud.version += 1;
        match self {
            Edit::AddGroupRule(group, rule) => {
                if let Some(g) = cloud.security_groups.get_mut(group) {
                    g.rules.push(rule.clone());
                }
            }
            Edit::RemoveGroupRule(group, rule) => {
                if let Some(g) = cloud.security_groups.get_mut(group) {
                    g.rules.retain(|r| r.id != *rule);
                }
            }
            Edit::SetGroups(interface, groups) => {
                if let Some(i) = cloud.interfaces.get_mut(interface) {
                    i.groups = groups.clone();
                }
            }
            Edit::PutAclEntry(acl, entry) => {
                if let Some(acl) = cloud.network_acls.get_mut(acl) {
                    acl.entries.retain(|e| (e.direction, e.number) != (entry.direction, entry.number));
                    acl.entries.push(entry.clone());
                    acl.entries.sort_by_key(|e| (e.direction, e.number));
                }
            }
            Edit::RemoveAclEntry(acl, direction, number) => {
                if let Some(acl) = cloud.network_acls.get_mut(acl) {
                    acl.entries.retain(|e| (e.direction, e.number) != (*direction, *number));
                }
            }
            Edit::SetSubnetAcl(subnet, acl) => {
                if let Some(s) = cloud.subnets.get_mut(subnet) {
                    s.network_acl.1 = acl.clone();
                }
            }
            Edit::SetSubnetTable(subnet, table) => {
                if let Some(s) = cloud.subnets.get_mut(subnet) {
                    s.route_table = table.clone().map(|t| (RouteTableAssociationId::from_bits(0xa550c), t));
                }
            }
            Edit::SetGatewayTable(gateway, table) => {
                if let Some(g) = cloud.internet_gateways.get_mut(gateway) {
                    g.route_table = table.clone().map(|t| (RouteTableAssociationId::from_bits(0xa550d), t));
                }
            }
            Edit::PutRoute(table, route) => {
                if let Some(t) = cloud.route_tables.get_mut(table) {
                    t.routes.retain(|r| r.destination != route.destination);
                    t.routes.push(route.clone());
                }
            }
            Edit::RemoveRoute(table, destination) => {
                if let Some(t) = cloud.route_tables.get_mut(table) {
                    t.routes.retain(|r| r.destination != *destination);
                }
            }
            Edit::SetZoneFailed(zone, failed) => {
                if let Some(z) = cloud.zones.get_mut(zone) {
                    z.failed = *failed;
                }
            }
            Edit::SetBlockMode(mode) => {
                let settings = cloud.settings.entry(Scope::default()).or_default();
                settings.block_public_access = BlockPublicAccess { mode: *mode, updated: Some(0) };
            }
            Edit::Exclude(of, mode) => {
                let there = cloud.block_public_access_exclusions.values().find(|e| e.of == *of);
                let there = there.map(|e| e.id.clone());
                let next = cloud.block_public_access_exclusions.len() as u128;
                let id = there.unwrap_or_else(|| BlockPublicAccessExclusionId::from_bits(next));
                let exclusion = BlockPublicAccessExclusion {
                    id: id.clone(),
                    scope: Scope::default(),
                    of: of.clone(),
                    mode: mode.unwrap_or(ExclusionMode::AllowBidirectional),
                    state: match mode {
                        Some(_) => ExclusionState::CreateComplete,
                        None => ExclusionState::DeleteComplete,
                    },
                    created: 0,
                    updated: 0,
                    deleted: mode.is_none().then_some(0),
                    tags: Tags::new(),
                };
                cloud.block_public_access_exclusions.insert(id, exclusion);
            }
            Edit::SetCheck(interface, check) => {
                if let Some(i) = cloud.interfaces.get_mut(interface) {
                    i.source_dest_check = *check;
                }
            }
            Edit::Associate(allocation, to) => {
                if let Some(a) = cloud.addresses.get_mut(allocation) {
                    a.association = to.clone().map(|(interface, private_ip)| AddressAssociation {
                        id: AddressAssociationId::from_bits(0xa550c),
                        interface,
                        private_ip,
                    });
                }
            }
            Edit::SetAutoPublic(interface, address) => {
                if let Some(i) = cloud.interfaces.get_mut(interface) {
                    i.auto_public_ip = *address;
                }
            }
            Edit::SetNatState(nat, state) => {
                if let Some(n) = cloud.nat_gateways.get_mut(nat) {
                    n.state = state.clone();
                }
            }
            Edit::SetNatAddresses(nat, addresses) => {
                if let Some(n) = cloud.nat_gateways.get_mut(nat) {
                    n.addresses = addresses.clone();
                    if let Some(i) = cloud.interfaces.get_mut(&n.interface) {
                        i.private_ips = addresses.iter().map(|a| a.private_ip).collect();
                    }
                }
            }
            Edit::Attach(gateway, vpc) => {
                if let Some(g) = cloud.internet_gateways.get_mut(gateway) {
                    g.vpc = vpc.clone();
                    // Only an attached gateway has a table, and of its own VPC (row RT-7).
                    g.route_table = None;
                }
            }
            Edit::Plug(interface, port) => match port {
                Some(port) => {
                    scene.ports.insert(interface.clone(), *port);
                }
                None => {
                    scene.ports.remove(interface);
                }
            },
            Edit::SetPrefixList(list, cidrs) => {
                if let Some(l) = cloud.prefix_lists.get_mut(list) {
                    l.version += 1;
                    l.entries =
                        cidrs.iter().map(|c| PrefixListEntry { cidr: (*c).into(), description: None }).collect();
                }
            }
        }
    }
}

/// A change that this scene could meet; `None` if the chosen kind has nothing to work on.
pub fn edit(random: &mut Random, scene: &Scene) -> Option<Edit> {
    let cloud = &scene.cloud;
    let interfaces: Vec<_> = cloud.interfaces.values().filter(|i| i.kind == InterfaceKind::Interface).collect();
    let interface = *random.pick(&interfaces)?;
    let groups: Vec<SecurityGroupId> =
        cloud.security_groups.values().filter(|g| g.is_usable_in(&interface.vpc)).map(|g| g.id.clone()).collect();
    let group = random.pick(&interface.groups).cloned()?;
    let subnet = cloud.subnets.get(&interface.subnet)?;
    let acls: Vec<NetworkAclId> =
        cloud.network_acls.values().filter(|a| a.vpc == interface.vpc).map(|a| a.id.clone()).collect();
    let acl = subnet.network_acl.1.clone();
    let tables: Vec<RouteTableId> =
        cloud.route_tables.values().filter(|t| t.vpc == interface.vpc).map(|t| t.id.clone()).collect();
    let table = cloud.route_table_of(subnet)?;
    let nats: Vec<_> = cloud.nat_gateways.values().filter(|n| n.vpc == interface.vpc).collect();
    let addresses: Vec<_> = cloud.addresses.values().collect();
    Some(match random.weighted(&[6, 7, 5, 4, 4, 2, 2, 3, 3, 3, 2, 2, 2, 2, 5, 2, 3, 5, 2]) {
        0 => {
            let lists: Vec<PrefixListId> = cloud.prefix_lists.keys().cloned().collect();
            let (direction, protocol, ports, peer) = group_rule(random, &groups, &lists);
            let id = SecurityGroupRuleId::from_bits(u128::from(random.number()));
            let (description, tags) = (None, Tags::new());
            Edit::AddGroupRule(group, SecurityGroupRule { id, direction, protocol, ports, peer, description, tags })
        }
        1 => {
            let rule = random.pick(&cloud.security_groups.get(&group)?.rules)?.id.clone();
            Edit::RemoveGroupRule(group, rule)
        }
        2 => {
            let mut some = vec![random.pick(&groups)?.clone(), random.pick(&groups)?.clone()];
            some.dedup();
            Edit::SetGroups(interface.id.clone(), some)
        }
        3 => {
            let number = random.between(1, 120) as u16;
            let direction = random.one([Direction::Ingress, Direction::Egress]);
            let strict = random.percent(50);
            Edit::PutAclEntry(acl, acl_entry(random, number, direction, strict))
        }
        4 => {
            let entry = random.pick(&cloud.network_acls.get(&acl)?.entries)?;
            Edit::RemoveAclEntry(acl, entry.direction, entry.number)
        }
        5 => Edit::SetSubnetAcl(subnet.id.clone(), random.pick(&acls)?.clone()),
        6 => {
            let table = if random.percent(25) { None } else { Some(random.pick(&tables)?.clone()) };
            Edit::SetSubnetTable(subnet.id.clone(), table)
        }
        7 => {
            let route = match gateway_with(cloud, &table.id) {
                Some(_) => gateway_route(random, cloud, &interface.vpc)?,
                None => route(random, cloud, &interface.vpc),
            };
            Edit::PutRoute(table.id.clone(), route)
        }
        8 => Edit::RemoveRoute(table.id.clone(), random.pick(&table.routes)?.destination.clone()),
        9 => match random.below(3) {
            0 => Edit::SetZoneFailed(random.one(ZONES).to_string(), random.percent(25)),
            1 => {
                use InternetGatewayBlockMode::*;
                Edit::SetBlockMode(random.one([Off, Off, BlockIngress, BlockBidirectional]))
            }
            _ => {
                let vpc = Excluded::Vpc(interface.vpc.clone());
                let of = if random.percent(50) { vpc } else { Excluded::Subnet(subnet.id.clone()) };
                let modes = [None, Some(ExclusionMode::AllowBidirectional), Some(ExclusionMode::AllowEgress)];
                Edit::Exclude(of, random.one(modes))
            }
        },
        10 => Edit::SetCheck(interface.id.clone(), random.percent(60)),
        11 => {
            let address = random.pick(&addresses)?;
            // A NAT gateway keeps its addresses.
            let of_nat = |a: &AllocationId| {
                cloud.nat_gateways.values().any(|n| n.addresses.iter().any(|x| x.allocation.as_ref() == Some(a)))
            };
            if of_nat(&address.id) {
                return None;
            }
            let private = *random.pick(&interface.private_ips)?;
            let taken = addresses.iter().any(|a| {
                a.association.as_ref().is_some_and(|on| on.interface == interface.id && on.private_ip == private)
            });
            let to = (!taken && random.percent(60)).then(|| (interface.id.clone(), private));
            Edit::Associate(address.id.clone(), to)
        }
        12 => {
            let fresh = Ipv4Addr::from(u32::from(Ipv4Addr::new(198, 18, 200, 0)) + random.below(10_000) as u32);
            let taken = fresh == INTERNET[3] || cloud.interfaces.values().any(|i| i.auto_public_ip == Some(fresh));
            let address = (!taken && random.percent(60)).then_some(fresh);
            Edit::SetAutoPublic(interface.id.clone(), address)
        }
        13 => {
            let nat = random.pick(&nats)?;
            let state = if random.percent(60) { NatGatewayState::Available } else { NatGatewayState::Deleting };
            Edit::SetNatState(nat.id.clone(), state)
        }
        14 => {
            let nat = random.pick(&nats)?;
            let mut addresses = nat.addresses.clone();
            if addresses.len() < 2 {
                return None;
            }
            if random.percent(50) {
                addresses.rotate_left(1);
            } else {
                addresses.remove(random.below(addresses.len()));
            }
            Edit::SetNatAddresses(nat.id.clone(), addresses)
        }
        15 => {
            let gateways: Vec<_> = cloud.internet_gateways.values().collect();
            let gateway = random.pick(&gateways)?;
            let free = cloud.internet_gateway_of(&interface.vpc).is_none();
            let vpc = (free && random.percent(80)).then(|| interface.vpc.clone());
            Edit::Attach(gateway.id.clone(), vpc)
        }
        16 => match scene.ports.get(&interface.id) {
            Some(_) if random.percent(25) => Edit::Plug(interface.id.clone(), None),
            Some(_) => return None,
            None => {
                let port = scene.empty.iter().find(|p| !scene.ports.values().any(|used| used == *p))?;
                Edit::Plug(interface.id.clone(), Some(*port))
            }
        },
        17 => {
            let gateway = cloud.internet_gateway_of(&interface.vpc)?;
            match &gateway.route_table {
                Some((_, table)) if random.percent(60) => {
                    Edit::PutRoute(table.clone(), gateway_route(random, cloud, &interface.vpc)?)
                }
                Some(_) => Edit::SetGatewayTable(gateway.id.clone(), None),
                None => {
                    let of_vpc = cloud.route_tables.values().filter(|t| t.vpc == interface.vpc);
                    let fit: Vec<_> = of_vpc.filter(|t| fits_gateway(cloud, t)).map(|t| t.id.clone()).collect();
                    Edit::SetGatewayTable(gateway.id.clone(), Some(random.pick(&fit)?.clone()))
                }
            }
        }
        _ => {
            let lists: Vec<PrefixListId> = cloud.prefix_lists.keys().cloned().collect();
            let list = random.pick(&lists)?.clone();
            let blocks: Vec<Ipv4Net> = ["10.0.1.0/24", "1.1.1.0/24", "8.8.8.0/24", "10.0.0.0/8", "10.0.0.4/31"]
                .iter()
                .filter(|_| random.percent(40))
                .filter_map(|b| b.parse().ok())
                .collect();
            Edit::SetPrefixList(list, blocks)
        }
    })
}
