//! What the tables say of interfaces, subnets, gateways and routes.

mod world;

use croft_engine::Ip;
use croft_engine::tables::*;
use croft_model::gateway::NatGatewayState;
use croft_model::group::{Direction, Peer};
use croft_model::protocol::{Ports as PortRange, Protocol};
use croft_model::route::{RouteDestination, RouteTarget};
use croft_model::*;
use croft_policy::{Compiler, Node, ROUTER_MAC, SetName};
use std::net::Ipv4Addr;
use world::{UPLINK, World, net, tcp};

struct Two {
    world: World,
    vpc: VpcId,
    public: SubnetId,
    private: SubnetId,
    group: SecurityGroupId,
}

fn two() -> Two {
    let mut world = World::new(1);
    let vpc = world.vpc("10.0.0.0/16");
    let public = world.subnet(&vpc, "10.0.1.0/24", "us-east-1a");
    let private = world.subnet(&vpc, "10.0.2.0/24", "us-east-1b");
    let group = world.group(&vpc);
    Two { world, vpc, public, private, group }
}

fn compile(world: &World) -> Compiler {
    let mut compiler = Compiler::new();
    compiler.update(&world.cloud, &world.ports);
    compiler
}

fn ip(text: &str) -> Ip {
    Ip::from(text.parse::<Ipv4Addr>().unwrap())
}

fn addr(text: &str) -> Ipv4Addr {
    text.parse().unwrap()
}

fn number(compiler: &Compiler, node: Node) -> u32 {
    compiler.number(&node).unwrap()
}

/// The route of a table for exactly this block.
fn route(compiler: &Compiler, table: &RouteTableId, block: &str) -> Option<Route> {
    let table = number(compiler, Node::RouteTable(table.clone()));
    let block = net(block);
    let key = RouteKey::v4(table, u32::from(block.network()), u32::from(block.prefix_len()));
    compiler.snapshot().routes.get(&key).copied()
}

#[test]
fn an_interface_has_its_row_and_its_addresses() {
    let Two { mut world, vpc, public, group, .. } = two();
    let id = world.interface(&public, addr("10.0.1.10"), std::slice::from_ref(&group));
    world.cloud.interfaces.get_mut(&id).unwrap().private_ips.push(addr("10.0.1.11"));
    let port = world.plug(&id);
    let compiler = compile(&world);
    let tables = compiler.snapshot();
    let row = tables.interfaces[&port];
    let subnet = number(&compiler, Node::Subnet(public));
    let (own, vpc) = (vpc.clone(), number(&compiler, Node::Vpc(vpc)));
    assert_eq!((row.vpc, row.subnet), (vpc, subnet));
    assert_eq!(row.node, number(&compiler, Node::Interface(id)));
    assert_eq!((row.address, row.resolver), (ip("10.0.1.10"), ip("10.0.0.2")));
    assert_eq!((row.router_mac, row.flags), (ROUTER_MAC, 0));
    assert_ne!(row.membership, 0);
    assert_eq!((row.tcp_idle, row.udp_idle, row.udp_stream_idle), (432_000, 30, 180));
    for address in ["10.0.1.10", "10.0.1.11"] {
        let owner = tables.owners[&VpcAddress { vpc, address: ip(address) }];
        assert_eq!(owner, Owner { kind: OWNER_INTERFACE, node: port, subnet, membership: row.membership });
    }
    assert_eq!(tables.uplink, UPLINK);
    let groups = std::slice::from_ref(&group);
    assert_eq!(compiler.set(row.egress_set), Some(&SetName::groups(&own, groups, Direction::Egress)));
    assert_eq!(compiler.set(row.ingress_set), Some(&SetName::groups(&own, groups, Direction::Ingress)));
    assert_eq!(compiler.node(subnet).map(Node::to_string), world.cloud.subnets.keys().next().map(|s| s.to_string()));
}

#[test]
fn an_interface_that_is_not_plugged_in_answers_nowhere_and_carries_its_groups() {
    let Two { mut world, public, group, .. } = two();
    let id = world.interface(&public, addr("10.0.1.10"), &[group]);
    let elastic = world.elastic_ip(&id, addr("10.0.1.10"));
    let compiler = compile(&world);
    assert!(compiler.snapshot().interfaces.is_empty());
    let owners: Vec<_> = compiler.snapshot().owners.values().map(|o| (o.kind, o.node, o.membership != 0)).collect();
    assert_eq!(owners, [(OWNER_UNPLUGGED, 0, true)]);
    // Its Elastic IP is mapped all the same: packets for it find nobody home.
    assert!(compiler.snapshot().privates.contains_key(&Ip::from(elastic)));
}

#[test]
fn sg_1_groups_make_one_set_in_whatever_order() {
    let Two { mut world, vpc, public, group, .. } = two();
    let other = world.group(&vpc);
    let one = world.interface(&public, addr("10.0.1.10"), &[group.clone(), other.clone()]);
    let two = world.interface(&public, addr("10.0.1.11"), &[other, group]);
    let (one, two) = (world.plug(&one), world.plug(&two));
    let compiler = compile(&world);
    let rows = &compiler.snapshot().interfaces;
    assert_eq!(rows[&one].egress_set, rows[&two].egress_set);
    assert_ne!(rows[&one].egress_set, rows[&one].ingress_set);
    // Without rules a set has entries for nothing, and is not 0: it denies.
    assert_ne!(rows[&one].ingress_set, 0);
    assert!(compiler.snapshot().classes.is_empty());
}

#[test]
fn sg_12_a_group_in_two_vpcs_names_the_members_in_each() {
    let Two { mut world, vpc, public, group, .. } = two();
    let other = world.vpc("10.0.0.0/16");
    let away = world.subnet(&other, "10.0.1.0/24", "us-east-1a");
    world.cloud.security_groups.get_mut(&group).unwrap().associated_vpcs.insert(other.clone());
    world.rule(&group, Direction::Ingress, Protocol::Number(TCP), PortRange::All, Peer::Group(group.clone()));
    let carried = std::slice::from_ref(&group);
    let (one, two) =
        (world.interface(&public, addr("10.0.1.10"), carried), world.interface(&away, addr("10.0.1.20"), carried));
    let (one, two) = (world.plug(&one), world.plug(&two));
    let compiler = compile(&world);
    let tables = compiler.snapshot();
    let (one, two) = (tables.interfaces[&one], tables.interfaces[&two]);
    let name = |vpc| SetName::groups(vpc, carried, Direction::Ingress);
    assert_eq!(compiler.set(one.ingress_set), Some(&name(&vpc)));
    assert_eq!(compiler.set(two.ingress_set), Some(&name(&other)));
    let members: Vec<_> = tables.members.keys().map(|key| (key.set, key.membership)).collect();
    let mut wanted = [(one.ingress_set, one.membership), (two.ingress_set, two.membership)];
    wanted.sort();
    assert_eq!(members, wanted);
    // The address is in the tables of its own VPC alone.
    let owner = |vpc, address| tables.owners.get(&VpcAddress { vpc, address: ip(address) }).map(|o| o.membership);
    assert_eq!(owner(one.vpc, "10.0.1.10"), Some(one.membership));
    assert_eq!(owner(two.vpc, "10.0.1.10"), None);
}

#[test]
fn sg_6_an_interface_knows_what_is_open_to_all() {
    let Two { mut world, public, group, .. } = two();
    let id = world.interface(&public, addr("10.0.1.10"), std::slice::from_ref(&group));
    let port = world.plug(&id);
    let all = Peer::Ipv4(net("0.0.0.0/0"));
    let range = |from, to| PortRange::Range { from, to };
    world.rule(&group, Direction::Egress, Protocol::All, PortRange::All, all.clone());
    world.rule(&group, Direction::Ingress, Protocol::Number(TCP), range(0, 1023), all.clone());
    let mut compiler = compile(&world);
    let flags = |compiler: &Compiler| compiler.snapshot().interfaces[&port].flags;
    assert_eq!(flags(&compiler), IF_EGRESS_OPEN_TCP | IF_EGRESS_OPEN_UDP);
    world.rule(&group, Direction::Ingress, Protocol::Number(TCP), range(1024, 65535), all.clone());
    compiler.update(&world.cloud, &world.ports);
    assert_eq!(flags(&compiler), IF_EGRESS_OPEN_TCP | IF_EGRESS_OPEN_UDP | IF_INGRESS_OPEN_TCP);
    // Every port, but not to all addresses.
    world.cloud.security_groups.get_mut(&group).unwrap().rules.pop();
    world.rule(&group, Direction::Ingress, Protocol::Number(TCP), PortRange::All, Peer::Ipv4(net("10.0.0.0/8")));
    compiler.update(&world.cloud, &world.ports);
    assert_eq!(flags(&compiler), IF_EGRESS_OPEN_TCP | IF_EGRESS_OPEN_UDP);
}

#[test]
fn acl_3_the_default_network_acl_is_set_0_and_an_empty_one_is_not() {
    let Two { mut world, vpc, public, private, .. } = two();
    let custom = world.network_acl(&vpc, false);
    world.use_acl(&private, &custom);
    let compiler = compile(&world);
    let row = |id| compiler.snapshot().subnets[&number(&compiler, Node::Subnet(id))];
    assert_eq!((row(public).egress_acl, row(private.clone()).egress_acl == 0), (0, false));
    let set = compiler.set(row(private).ingress_acl).unwrap();
    assert_eq!(*set, SetName::NetworkAcl { acl: custom, direction: Direction::Ingress });
}

#[test]
fn a_subnet_has_its_block_and_its_table() {
    let Two { mut world, vpc, public, private, .. } = two();
    let table = world.route_table(&vpc);
    world.use_table(&public, &table);
    let compiler = compile(&world);
    let row = |id| compiler.snapshot().subnets[&number(&compiler, Node::Subnet(id))];
    assert_eq!(row(public.clone()).network, ip("10.0.1.0"));
    assert_eq!(row(public.clone()).mask.0[3], u32::from(addr("255.255.255.0")).to_be());
    assert_eq!(row(public).route_table, number(&compiler, Node::RouteTable(table)));
    // RT-3: without an association the main table.
    let main = world.cloud.vpcs[&vpc].main_route_table.clone();
    assert_eq!(row(private).route_table, number(&compiler, Node::RouteTable(main)));
}

#[test]
fn az_2_a_failed_zone_marks_its_interfaces_and_nat_gateways() {
    let Two { mut world, public, private, group, .. } = two();
    let a = world.interface(&public, addr("10.0.1.10"), std::slice::from_ref(&group));
    let b = world.interface(&private, addr("10.0.2.10"), &[group]);
    let (a, b) = (world.plug(&a), world.plug(&b));
    let nat = world.nat_gateway(&public, addr("10.0.1.20"), true);
    world.cloud.zones.get_mut("us-east-1a").unwrap().failed = true;
    let compiler = compile(&world);
    let tables = compiler.snapshot();
    assert_eq!((tables.interfaces[&a].flags, tables.interfaces[&b].flags), (IF_ZONE_FAILED, 0));
    assert_eq!(tables.nats[&number(&compiler, Node::NatGateway(nat))].flags, NAT_ZONE_FAILED);
}

#[test]
fn net_4_without_the_check_an_interface_takes_any_address() {
    let Two { mut world, public, group, .. } = two();
    let id = world.interface(&public, addr("10.0.1.10"), &[group]);
    world.cloud.interfaces.get_mut(&id).unwrap().source_dest_check = false;
    let port = world.plug(&id);
    assert_eq!(compile(&world).snapshot().interfaces[&port].flags, IF_ANY_ADDRESS);
}

#[test]
fn igw_1_public_addresses_are_mapped_both_ways() {
    let Two { mut world, vpc, public, group, .. } = two();
    let id = world.interface(&public, addr("10.0.1.10"), &[group]);
    world.cloud.interfaces.get_mut(&id).unwrap().auto_public_ip = Some(addr("198.19.0.1"));
    let mut compiler = compile(&world);
    let row = VpcAddress { vpc: number(&compiler, Node::Vpc(vpc.clone())), address: ip("10.0.1.10") };
    // Without an internet gateway the mapping leads nowhere.
    assert_eq!(compiler.snapshot().publics[&row], Public { address: ip("198.19.0.1"), gateway: 0 });
    let igw = world.internet_gateway(&vpc);
    // IGW-4: an Elastic IP replaces the address given at launch.
    let elastic = world.elastic_ip(&id, addr("10.0.1.10"));
    compiler.update(&world.cloud, &world.ports);
    let gateway = number(&compiler, Node::InternetGateway(igw));
    let tables = compiler.snapshot();
    assert_eq!(tables.publics[&row], Public { address: elastic.into(), gateway });
    assert_eq!(
        tables.privates[&elastic.into()],
        Private { address: row.address, vpc: row.vpc, gateway, route_table: 0 }
    );
    assert!(!tables.privates.contains_key(&ip("198.19.0.1")));
}

#[test]
fn rt_7_what_comes_in_knows_the_table_of_its_gateway() {
    let Two { mut world, vpc, public, group, .. } = two();
    let id = world.interface(&public, addr("10.0.1.10"), std::slice::from_ref(&group));
    let port = world.plug(&id);
    let igw = world.internet_gateway(&vpc);
    let mut compiler = compile(&world);
    assert_eq!(compiler.snapshot().interfaces[&port].flags, 0, "no appliance without a public address");
    let elastic = Ip::from(world.elastic_ip(&id, addr("10.0.1.10")));
    let table = world.route_table(&vpc);
    compiler.update(&world.cloud, &world.ports);
    assert_eq!(compiler.snapshot().interfaces[&port].flags, IF_PUBLIC);
    assert_eq!(compiler.snapshot().privates[&elastic].route_table, 0);
    world.use_table_of_gateway(&igw, Some(&table));
    compiler.update(&world.cloud, &world.ports);
    let node = number(&compiler, Node::RouteTable(table.clone()));
    assert_eq!(compiler.snapshot().privates[&elastic].route_table, node);
    assert_eq!(route(&compiler, &table, "10.0.0.0/16"), Some(Route { kind: ROUTE_LOCAL, node: 0 }));
    world.use_table_of_gateway(&igw, None);
    compiler.update(&world.cloud, &world.ports);
    assert_eq!(compiler.snapshot().privates[&elastic].route_table, 0);
}

#[test]
fn nat_4_a_gateway_that_is_not_available_is_a_blackhole() {
    let Two { mut world, vpc, public, .. } = two();
    let nat = world.nat_gateway(&public, addr("10.0.1.20"), true);
    let main = world.cloud.vpcs[&vpc].main_route_table.clone();
    let default = RouteDestination::Cidr(net("0.0.0.0/0"));
    world.route(&main, default, RouteTarget::NatGateway(nat.clone()));
    let mut compiler = compile(&world);
    let node = number(&compiler, Node::NatGateway(nat.clone()));
    let row = compiler.snapshot().nats[&node];
    assert_eq!((row.count, row.addresses[0], row.flags), (1, ip("10.0.1.20"), 0));
    assert_eq!(row.subnet, number(&compiler, Node::Subnet(public.clone())));
    let owner = VpcAddress { vpc: row.vpc, address: ip("10.0.1.20") };
    assert_eq!(compiler.snapshot().owners[&owner], Owner { kind: OWNER_NAT, node, subnet: row.subnet, membership: 0 });
    assert!(compiler.snapshot().publics.contains_key(&owner));
    assert_eq!(route(&compiler, &main, "0.0.0.0/0"), Some(Route { kind: ROUTE_NAT, node }));
    world.cloud.nat_gateways.get_mut(&nat).unwrap().state = NatGatewayState::Pending;
    compiler.update(&world.cloud, &world.ports);
    assert_eq!(route(&compiler, &main, "0.0.0.0/0"), Some(Route { kind: ROUTE_BLACKHOLE, node: 0 }));
    assert!(compiler.snapshot().nats.is_empty() && !compiler.snapshot().owners.contains_key(&owner));
}

#[test]
fn nat_5_a_private_gateway_says_so() {
    let Two { mut world, private, .. } = two();
    let nat = world.nat_gateway(&private, addr("10.0.2.20"), false);
    let compiler = compile(&world);
    assert_eq!(compiler.snapshot().nats[&number(&compiler, Node::NatGateway(nat))].flags, NAT_PRIVATE);
}

#[test]
fn rt_1_a_cidr_route_comes_before_a_prefix_lists() {
    let Two { mut world, vpc, public, group, .. } = two();
    let igw = world.internet_gateway(&vpc);
    let middlebox = world.interface(&public, addr("10.0.1.9"), &[group]);
    let port = world.plug(&middlebox);
    let list = world.prefix_list(&["203.0.113.0/24", "192.0.2.0/24"]);
    let main = world.cloud.vpcs[&vpc].main_route_table.clone();
    world.route(&main, RouteDestination::PrefixList(list), RouteTarget::NetworkInterface(middlebox));
    world.route(&main, RouteDestination::Cidr(net("192.0.2.0/24")), RouteTarget::InternetGateway(igw.clone()));
    let compiler = compile(&world);
    let node = number(&compiler, Node::InternetGateway(igw));
    assert_eq!(route(&compiler, &main, "192.0.2.0/24"), Some(Route { kind: ROUTE_INTERNET, node }));
    assert_eq!(route(&compiler, &main, "203.0.113.0/24"), Some(Route { kind: ROUTE_INTERFACE, node: port }));
}

#[test]
fn the_lists_of_aws_are_compiled_like_any_other_and_ipv6_is_left_out() {
    let Two { mut world, vpc, .. } = two();
    let igw = world.internet_gateway(&vpc);
    let list = world.prefix_list(&["192.0.2.0/24"]);
    let six = croft_model::prefix_list::PrefixListEntry { cidr: "2001:db8::/32".parse().unwrap(), description: None };
    world.cloud.prefix_lists.get_mut(&list).unwrap().entries.push(six);
    let main = world.cloud.vpcs[&vpc].main_route_table.clone();
    let target = RouteTarget::InternetGateway(igw.clone());
    world.route(&main, RouteDestination::PrefixList("pl-63a5400a".parse().unwrap()), target.clone());
    world.route(&main, RouteDestination::PrefixList(list), target.clone());
    world.route(&main, RouteDestination::Ipv6Cidr("::/0".parse().unwrap()), target);
    let compiler = compile(&world);
    let internet = Some(Route { kind: ROUTE_INTERNET, node: number(&compiler, Node::InternetGateway(igw)) });
    assert_eq!(route(&compiler, &main, "52.216.0.0/15"), internet);
    assert_eq!(route(&compiler, &main, "192.0.2.0/24"), internet);
    let table = number(&compiler, Node::RouteTable(main));
    let count = compiler.snapshot().routes.iter().filter(|((_, key), _)| key.table == table).count();
    assert_eq!(count, 5, "three blocks of S3, one of the list, local");
}

#[test]
fn rt_2_local_exists_for_each_block_and_a_subnets_block_may_lead_elsewhere() {
    let Two { mut world, vpc, public, private, group } = two();
    let block =
        croft_model::vpc::CidrBlock { association: CidrAssociationId::from_bits(99), block: net("10.1.0.0/16") };
    world.cloud.vpcs.get_mut(&vpc).unwrap().cidr_blocks.push(block);
    let middlebox = world.interface(&public, addr("10.0.1.9"), &[group]);
    let port = world.plug(&middlebox);
    let main = world.cloud.vpcs[&vpc].main_route_table.clone();
    let to = world.cloud.subnets[&private].block;
    world.route(&main, RouteDestination::Cidr(to), RouteTarget::NetworkInterface(middlebox));
    let compiler = compile(&world);
    let local = Some(Route { kind: ROUTE_LOCAL, node: 0 });
    assert_eq!(route(&compiler, &main, "10.0.0.0/16"), local);
    assert_eq!(route(&compiler, &main, "10.1.0.0/16"), local);
    assert_eq!(route(&compiler, &main, "10.0.2.0/24"), Some(Route { kind: ROUTE_INTERFACE, node: port }));
}

#[test]
fn rt_2_a_whole_block_of_the_vpc_may_lead_elsewhere_and_a_list_never_does() {
    let Two { mut world, vpc, public, group, .. } = two();
    let igw = world.internet_gateway(&vpc);
    let main = world.cloud.vpcs[&vpc].main_route_table.clone();
    let list = world.prefix_list(&["10.0.0.0/16"]);
    world.route(&main, RouteDestination::PrefixList(list), RouteTarget::InternetGateway(igw));
    assert_eq!(route(&compile(&world), &main, "10.0.0.0/16"), Some(Route { kind: ROUTE_LOCAL, node: 0 }));
    let middlebox = world.interface(&public, addr("10.0.1.9"), &[group]);
    let port = world.plug(&middlebox);
    world.route(&main, RouteDestination::Cidr(net("10.0.0.0/16")), RouteTarget::NetworkInterface(middlebox));
    assert_eq!(route(&compile(&world), &main, "10.0.0.0/16"), Some(Route { kind: ROUTE_INTERFACE, node: port }));
}

#[test]
fn rt_4_a_target_that_is_gone_is_a_blackhole() {
    let Two { mut world, vpc, public, group, .. } = two();
    let other = world.vpc("10.0.0.0/16");
    let igw = world.internet_gateway(&other);
    let stopped = world.interface(&public, addr("10.0.1.9"), &[group]);
    let main = world.cloud.vpcs[&vpc].main_route_table.clone();
    let gone = NatGatewayId::from_bits(12345);
    for (block, target) in [
        ("192.0.2.0/24", RouteTarget::InternetGateway(igw)),
        ("198.51.100.0/24", RouteTarget::NatGateway(gone)),
        ("203.0.113.0/24", RouteTarget::NetworkInterface(stopped)),
    ] {
        world.route(&main, RouteDestination::Cidr(net(block)), target);
    }
    let compiler = compile(&world);
    for block in ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"] {
        assert_eq!(route(&compiler, &main, block), Some(Route { kind: ROUTE_BLACKHOLE, node: 0 }), "{block}");
    }
}

#[test]
fn sg_3_a_reference_means_members_in_its_own_vpc() {
    let Two { mut world, vpc, public, group, .. } = two();
    let other = world.vpc("10.0.0.0/16");
    let there = world.subnet(&other, "10.0.1.0/24", "us-east-1a");
    let (protocol, ports) = tcp(443);
    world.rule(&group, Direction::Ingress, protocol, ports, Peer::Group(group.clone()));
    let one = world.interface(&public, addr("10.0.1.10"), std::slice::from_ref(&group));
    world.plug(&one);
    // Not something that the API allows; were it there, its address would not count.
    world.interface(&there, addr("10.0.1.77"), &[group]);
    let compiler = compile(&world);
    let tables = compiler.snapshot();
    let named: Vec<_> = tables.members.keys().collect();
    let (here, there) = (number(&compiler, Node::Vpc(vpc)), number(&compiler, Node::Vpc(other)));
    let membership = |vpc, address| tables.owners[&VpcAddress { vpc, address: ip(address) }].membership;
    let row = tables.interfaces.values().next().unwrap();
    assert_eq!(named, [&MemberKey { set: row.ingress_set, membership: membership(here, "10.0.1.10") }]);
    assert_ne!(membership(there, "10.0.1.77"), membership(here, "10.0.1.10"));
    // Nothing but the reference: every address is asked for its groups.
    assert_eq!(
        tables.classes.values().collect::<Vec<_>>(),
        [&Class { open: ASKS_GROUPS | IN_SPANS, ..Class::default() }]
    );
}

#[test]
fn sg_3_a_reference_costs_an_entry_for_each_membership_that_holds_the_group() {
    let Two { mut world, vpc, public, group, .. } = two();
    let (named, more) = (world.group(&vpc), world.group(&vpc));
    let (protocol, ports) = tcp(443);
    world.rule(&group, Direction::Ingress, protocol, ports, Peer::Group(named.clone()));
    let server = world.interface(&public, addr("10.0.1.10"), &[group]);
    world.plug(&server);
    for host in 0..100u8 {
        // Half of them carry another group too, in either order.
        let groups = match host % 4 {
            0 => vec![named.clone(), more.clone()],
            1 => vec![more.clone(), named.clone()],
            _ => vec![named.clone()],
        };
        world.interface(&public, Ipv4Addr::new(10, 0, 1, 100 + host), &groups);
    }
    let mut compiler = compile(&world);
    assert_eq!(compiler.snapshot().members.len(), 2);
    assert_eq!(compiler.snapshot().classes.len(), 1);
    // One of them leaves the group: its address has another membership, and the set stays as it is.
    let id = world.cloud.interfaces.values().next_back().unwrap().id.clone();
    world.cloud.interfaces.get_mut(&id).unwrap().groups = vec![more];
    let update = compiler.update(&world.cloud, &world.ports);
    assert_eq!((update.recompiled.sets, update.delta.len(), update.delta.owners.len()), (0, 1, 1));
}

#[test]
fn two_compilers_give_the_same_numbers() {
    let world = world::random_world(21);
    assert_eq!(compile(&world).snapshot(), compile(&world).snapshot());
}

/// Block public access: what it keeps from the gateway has no way out, and what comes for it leads nowhere.
#[test]
fn block_public_access_takes_the_way_through_the_gateway() {
    use croft_model::block_public_access::*;
    let mut world = World::new(1);
    let vpc = world.vpc("10.0.0.0/16");
    world.internet_gateway(&vpc);
    let subnet = world.subnet(&vpc, "10.0.1.0/24", "us-east-1a");
    let group = world.cloud.vpcs[&vpc].default_security_group.clone();
    let interface = world.interface(&subnet, addr("10.0.1.10"), &[group]);
    world.plug(&interface);
    let public = Ip::from(world.elastic_ip(&interface, addr("10.0.1.10")));
    world.nat_gateway(&subnet, addr("10.0.1.20"), true);
    let mut compiler = Compiler::new();
    let mut ways = |world: &World| {
        compiler.update(&world.cloud, &world.ports);
        let tables = compiler.snapshot();
        assert_eq!(tables.privates.len(), 2, "the addresses are known, whatever is blocked");
        let out = |address| tables.publics.keys().any(|p| p.address == Ip::from(addr(address)));
        (out("10.0.1.10"), tables.privates[&public].gateway != 0, out("10.0.1.20"))
    };
    assert_eq!(ways(&world), (true, true, true));
    let set = |world: &mut World, mode| {
        let settings = world.cloud.settings.entry(Scope::default()).or_default();
        settings.block_public_access.mode = mode;
    };
    set(&mut world, InternetGatewayBlockMode::BlockIngress);
    assert_eq!(ways(&world), (false, false, true), "a NAT gateway lets only answers in");
    set(&mut world, InternetGatewayBlockMode::BlockBidirectional);
    assert_eq!(ways(&world), (false, false, false));
    let exclude = |world: &mut World, mode, state| {
        let exclusion = BlockPublicAccessExclusion {
            id: BlockPublicAccessExclusionId::from_bits(1),
            scope: Scope::default(),
            of: Excluded::Subnet(subnet.clone()),
            mode,
            state,
            created: 0,
            updated: 0,
            deleted: None,
            tags: Tags::new(),
        };
        world.cloud.block_public_access_exclusions.insert(exclusion.id.clone(), exclusion);
    };
    exclude(&mut world, ExclusionMode::AllowEgress, ExclusionState::CreateComplete);
    assert_eq!(ways(&world), (false, false, true));
    exclude(&mut world, ExclusionMode::AllowBidirectional, ExclusionState::UpdateComplete);
    assert_eq!(ways(&world), (true, true, true));
    exclude(&mut world, ExclusionMode::AllowBidirectional, ExclusionState::DeleteComplete);
    assert_eq!(ways(&world), (false, false, false));
}
