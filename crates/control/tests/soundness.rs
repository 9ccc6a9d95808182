//! The checker sees what is broken: a sound region is broken in one thing at a time.

mod world;

use croft_control::*;
use croft_model::instance::InstanceState;
use croft_model::route::{Route, RouteDestination, RouteTarget};
use croft_model::*;
use std::net::Ipv4Addr;
use world::*;

/// Two VPCs, a NAT gateway, an instance with an Elastic IP, groups, a route.
fn sound() -> Cloud {
    let mut w = World::new();
    let vpc = w.vpc("10.0.0.0/16");
    w.vpc("10.0.0.0/16");
    let subnet = w.subnet(&vpc, "10.0.1.0/24");
    w.subnet(&vpc, "10.0.2.0/24");
    let igw = w.gateway(&vpc);
    w.run(route(&vpc.main_route_table, "0.0.0.0/0", RouteTarget::InternetGateway(igw)));
    let (one, two) = (w.elastic(), w.elastic());
    w.run(create_nat(&subnet, Some(&one)));
    let instance = w.running(&subnet).id;
    w.run(associate(&two, &w.primary(&instance).id.clone()));
    let web = w.group(&vpc, "web");
    w.run(ingress(&web, vec![tcp(80, everyone())]));
    assert_eq!(check(w.cloud()), [""; 0]);
    w.cloud().clone()
}

/// Breaks the cloud and expects one sentence with these words among those that come out.
#[track_caller]
fn broken(words: &str, break_it: impl FnOnce(&mut Cloud)) {
    let mut cloud = sound();
    break_it(&mut cloud);
    let sentences = check(&cloud);
    assert!(sentences.iter().any(|s| s.contains(words)), "no word of {words:?} in {sentences:#?}");
}

fn each<K: Ord + Clone, V: Clone>(map: &mut imbl::OrdMap<K, V>, change: impl Fn(&mut V)) {
    for key in map.keys().cloned().collect::<Vec<_>>() {
        change(map.get_mut(&key).unwrap());
    }
}

macro_rules! first {
    ($cloud:ident.$field:ident $(, $such:expr)?) => {{
        let key = $cloud.$field.iter().find(|(_, _v)| true $(&& $such(_v))?).unwrap().0.clone();
        $cloud.$field.get_mut(&key).unwrap()
    }};
}

#[test]
fn dangling_references_are_seen() {
    broken("no main route table", |r| first!(r.vpcs).main_route_table = "rtb-0".parse().unwrap());
    broken("no default ACL", |r| first!(r.vpcs).default_network_acl = "acl-0".parse().unwrap());
    broken("which it cannot be", |r| {
        first!(r.security_groups).associated_vpcs.insert("vpc-0".parse().unwrap());
    });
    broken("which it cannot be", |r| {
        let vpc = first!(r.security_groups).vpc.clone();
        first!(r.security_groups).associated_vpcs.insert(vpc);
    });
    broken("no default group", |r| first!(r.vpcs).default_security_group = "sg-0".parse().unwrap());
    broken("lies in no zone", |r| first!(r.subnets).zone = "mars-1a".into());
    broken("lies in no block", |r| first!(r.subnets).block = "10.9.0.0/24".parse().unwrap());
    broken("has no ACL of its VPC", |r| first!(r.subnets).network_acl.1 = "acl-0".parse().unwrap());
    broken("attached to no VPC", |r| first!(r.internet_gateways).vpc = Some("vpc-0".parse().unwrap()));
    broken("has no interface", |r| first!(r.nat_gateways).interface = "eni-0".parse().unwrap());
    broken("without its Elastic IP", |r| first!(r.nat_gateways).addresses[0].allocation = None);
    broken("that is not of its VPC", |r| first!(r.interfaces).groups = vec!["sg-0".parse().unwrap()]);
    broken("in no subnet of its VPC", |r| first!(r.interfaces).subnet = "subnet-0".parse().unwrap());
    broken("is of no VPC", |r| first!(r.route_tables).vpc = "vpc-0".parse().unwrap());
    broken("that is not attached to it", |r| first!(r.instances).interfaces = vec!["eni-0".parse().unwrap()]);
    broken("which does not know", |r| {
        r.instances = imbl::OrdMap::new();
    });
    broken("in a VPC without internet gateway", |r| first!(r.internet_gateways).vpc = None);
}

#[test]
fn what_is_held_twice_is_seen() {
    broken("overlap", |r| {
        let first = r.subnets.values().next().unwrap().block;
        each(&mut r.subnets, |s| s.block = first);
    });
    broken("private address", |r| {
        each(&mut r.interfaces, |i| i.private_ips = vec![Ipv4Addr::new(10, 0, 1, 9)]);
    });
    broken("MAC address", |r| each(&mut r.interfaces, |i| i.mac = [2, 0, 0, 0, 0, 1]));
    broken("public address", |r| {
        each(&mut r.addresses, |a| a.public_ip = Ipv4Addr::new(198, 18, 0, 9));
    });
    broken("Elastic IP on", |r| {
        let on = r.addresses.values().next().unwrap().association.clone();
        each(&mut r.addresses, |a| a.association = on.clone());
    });
    broken("route", |r| {
        let twice = Route {
            destination: RouteDestination::Cidr(Default::default()),
            target: RouteTarget::NatGateway("nat-0".parse().unwrap()),
        };
        first!(r.route_tables, |t: &route::RouteTable| !t.routes.is_empty()).routes.push(twice);
    });
    broken("group name", |r| each(&mut r.security_groups, |g| g.name = "one".into()));
    broken("rule", |r| {
        let group = first!(r.security_groups);
        let twice = group.rules[0].clone();
        group.rules.push(twice);
    });
    broken("ACL entry", |r| {
        let acl = first!(r.network_acls);
        let twice = acl.entries[0].clone();
        acl.entries.insert(0, twice);
    });
}

#[test]
fn illegal_values_are_seen() {
    broken("illegal size", |r| first!(r.vpcs).cidr_blocks[0].block = "10.0.0.0/8".parse().unwrap());
    broken("has no block", |r| first!(r.vpcs).cidr_blocks.clear());
    broken("that its subnet does not give", |r| {
        first!(r.interfaces).private_ips = vec![Ipv4Addr::new(10, 0, 1, 1)];
    });
    broken("carries no group", |r| {
        first!(r.interfaces, |i: &interface::NetworkInterface| !i.groups.is_empty()).groups.clear();
    });
    broken("has groups or an instance", |r| {
        let group = r.security_groups.keys().next().unwrap().clone();
        first!(r.interfaces, |i: &interface::NetworkInterface| i.groups.is_empty()).groups.push(group);
    });
    broken("not local and unicast", |r| first!(r.interfaces).mac[0] = 1);
    broken("beside an Elastic IP", |r| {
        first!(r.interfaces).auto_public_ip = Some(Ipv4Addr::new(198, 18, 0, 200));
    });
    broken("is not of the pool", |r| first!(r.addresses).public_ip = Ipv4Addr::new(8, 8, 8, 8));
    broken("and wanted", |r| first!(r.instances).state = InstanceState::Stopped);
    broken("at no time", |r| first!(r.instances).state = InstanceState::Terminated);
    broken("out of order", |r| first!(r.network_acls).entries.reverse());
    broken("default VPC of", |r| each(&mut r.vpcs, |v| v.is_default = true));
    broken("refers to what is of", |r| {
        first!(r.subnets).scope = Scope::new("111111111111", "us-east-1").unwrap();
    });
    broken("lies in no zone", |r| r.zones.clear());
    broken("is no IPv6 block", |r| {
        let association = CidrAssociationId::from_bits(9);
        let block = vpc::Ipv6CidrBlock { association, block: "2001:db8::/64".parse().unwrap() };
        first!(r.vpcs).ipv6_cidr_blocks.push(block);
    });
    broken("gives IPv6 addresses and has none", |r| first!(r.subnets).assign_ipv6_address_on_creation = true);
    broken("has DHCP options that do not exist", |r| {
        first!(r.vpcs).dhcp_options = Some(DhcpOptionsId::from_bits(9));
    });
    broken("is kept under", |r| first!(r.vpcs).id = "vpc-0".parse().unwrap());
    broken("keeps its interface", |r| {
        first!(r.nat_gateways).state = gateway::NatGatewayState::Deleted;
    });
}

#[test]
fn unsound_interfaces_are_seen() {
    let address: std::net::Ipv6Addr = "2001:db8::9".parse().unwrap();
    let attached = |i: &interface::NetworkInterface| i.attachment.is_some();
    broken("not of its subnet's block", |r| first!(r.interfaces).ipv6_addresses.push(address));
    broken("IPv6 address", |r| each(&mut r.interfaces, |i| i.ipv6_addresses.push(address)));
    broken("has lost its primary IPv6 address", |r| first!(r.interfaces).primary_ipv6 = true);
    broken("attaching to an instance that does not run", |r| {
        let interface = first!(r.interfaces, attached);
        interface.attachment.as_mut().unwrap().status = interface::AttachmentStatus::Attaching;
        let instance = first!(r.instances);
        (instance.state, instance.desired) = (InstanceState::Stopped, instance::DesiredState::Stopped);
    });
    broken("without its Elastic IP", |r| {
        first!(r.nat_gateways).addresses[0].association = Some(AddressAssociationId::from_bits(9));
    });
}
