//! What holds in every cloud, whatever commands made it: no dangling reference, nothing held twice.
//!
//! The commands keep these by their own means; this says them once more, as plainly as can be, so that a test can
//! drive the machine at random and a daemon can look at what it reads back before it builds on it.

use crate::{Cloud, public_address};
use croft_model::block_public_access::Excluded;
use croft_model::gateway::{NatGateway, NatGatewayState};
use croft_model::group::Peer;
use croft_model::instance::{DesiredState, InstanceState};
use croft_model::interface::{AttachmentStatus, InterfaceKind};
use croft_model::prefix_list::{AddressFamily, PrefixListEntry, PrefixListOwner};
use croft_model::route::{RouteDestination, RouteTarget};
use croft_model::stack::stack_id_prefix;
use croft_model::vpc::{IPV6_BLOCK_BITS, is_legal_size, overlap, overlap_ipv6};
use croft_model::{Scope, Scoped};
use ipnet::{IpNet, Ipv4Net};
use std::collections::BTreeSet;
use std::fmt::{Debug, Display};

/// The sentences that should hold and do not. Empty for a sound cloud.
pub fn check(cloud: &Cloud) -> Vec<String> {
    let mut broken = Broken(Vec::new());
    keys(cloud, &mut broken);
    scopes(cloud, &mut broken);
    vpcs(cloud, &mut broken);
    subnets(cloud, &mut broken);
    gateways(cloud, &mut broken);
    public_addresses(cloud, &mut broken);
    rules(cloud, &mut broken);
    interfaces(cloud, &mut broken);
    instances(cloud, &mut broken);
    volumes(cloud, &mut broken);
    launch_parts(cloud, &mut broken);
    crate::iam::check_iam(cloud, |sentence| broken.0.push(sentence));
    broken.0
}

struct Broken(Vec<String>);

impl Broken {
    fn unless(&mut self, holds: bool, sentence: impl FnOnce() -> String) {
        if !holds {
            self.0.push(sentence());
        }
    }

    fn unless_distinct<T: Ord + Debug>(&mut self, what: &str, all: impl Iterator<Item = T>) {
        let mut seen = BTreeSet::new();
        for one in all {
            if let Some(twice) = seen.replace(one) {
                self.0.push(format!("{what} {twice:?} is there twice"));
            }
        }
    }
}

fn keys(cloud: &Cloud, broken: &mut Broken) {
    macro_rules! keys { ($($field:ident)*) => { $(
        for (key, value) in &cloud.$field {
            broken.unless(*key == value.id, || format!("{} is kept under {key}", value.id));
        }
    )* } }
    keys! {
        vpcs subnets subnet_cidr_reservations dhcp_options_sets block_public_access_exclusions
        egress_only_internet_gateways internet_gateways nat_gateways addresses route_tables security_groups network_acls interfaces
        instances prefix_lists volumes key_pairs launch_templates
    }
    for (key, settings) in &cloud.settings {
        broken.unless(*key == settings.scope, || format!("settings of {} are kept under {key}", settings.scope));
    }
    for (key, credential) in &cloud.credentials {
        let id = &credential.access_key_id;
        broken.unless(key == id, || format!("access key {id} is kept under {key}"));
    }
    broken.unless_distinct("credential's name", cloud.credentials.values().filter_map(|c| c.name.as_ref()));
    for (key, zone) in &cloud.zones {
        broken.unless(*key == zone.name, || format!("zone {} is kept under {key}", zone.name));
    }
    for (key, token) in &cloud.client_tokens {
        broken.unless(*key == token.key(), || format!("client token {} is kept under {key}", token.token));
        let readable = serde_json::from_str::<crate::Response>(&token.response);
        broken.unless(readable.is_ok(), || format!("client token {key} has an answer that cannot be read"));
    }
    for (key, stack) in &cloud.stacks {
        broken.unless(*key == stack.id, || format!("stack {} is kept under {key}", stack.name));
        let prefix = stack_id_prefix(&stack.scope, Some(&stack.name));
        broken.unless(stack.id.starts_with(&prefix), || format!("stack {} has another's identifier", stack.id));
        let live = cloud.stack(&stack.scope, &stack.name);
        broken.unless(stack.is_deleted() || live == Some(stack), || format!("two stacks are called {}", stack.name));
    }
    let of_stack = |what: &str, key: &str, own: &str, id: &str, scope: &Scope, broken: &mut Broken| {
        broken.unless(key == own, || format!("{what} {own} is kept under {key}"));
        let stack = cloud.stacks.get(id);
        broken.unless(stack.is_some_and(|s| s.scope == *scope), || format!("{what} {key} has no stack {id}"));
    };
    for (key, one) in &cloud.stack_resources {
        of_stack("stack resource", key, &one.key(), &one.stack_id, &one.scope, broken);
    }
    for (key, one) in &cloud.stack_events {
        of_stack("stack event", key, &one.key(), &one.stack_id, &one.scope, broken);
    }
    for (key, one) in &cloud.change_sets {
        of_stack("change set", key, &one.id, &one.stack_id, &one.scope, broken);
    }
    for (key, one) in &cloud.drift_detections {
        of_stack("drift detection", key, &one.id, &one.stack_id, &one.scope, broken);
    }
    for (key, one) in &cloud.stack_signals {
        of_stack("signals", key, &one.key, &one.stack_id, &one.scope, broken);
    }
}

/// No resource refers to one of another scope.
fn scopes(cloud: &Cloud, broken: &mut Broken) {
    let mut same = |what: &dyn Display, scope: &Scope, other: Option<&Scope>| {
        let apart = other.is_some_and(|other| other != scope);
        broken.unless(!apart, || format!("{what} of {scope} refers to what is of {other:?}"));
    };
    macro_rules! of_vpc { ($($field:ident)*) => { $(
        for one in cloud.$field.values() {
            same(&one.id, &one.scope, cloud.vpcs.get(&one.vpc).map(Scoped::scope));
        }
    )* } }
    of_vpc! { subnets egress_only_internet_gateways nat_gateways route_tables security_groups network_acls interfaces }
    for gateway in cloud.internet_gateways.values() {
        let vpc = gateway.vpc.as_ref().and_then(|v| cloud.vpcs.get(v));
        same(&gateway.id, &gateway.scope, vpc.map(Scoped::scope));
    }
    for vpc in cloud.vpcs.values() {
        let options = vpc.dhcp_options.as_ref().and_then(|id| cloud.dhcp_options_sets.get(id));
        same(&vpc.id, &vpc.scope, options.map(Scoped::scope));
    }
    for reservation in cloud.subnet_cidr_reservations.values() {
        same(&reservation.id, &reservation.scope, cloud.subnets.get(&reservation.subnet).map(Scoped::scope));
    }
    for exclusion in cloud.block_public_access_exclusions.values() {
        let of = match &exclusion.of {
            Excluded::Vpc(id) => cloud.vpcs.get(id).map(Scoped::scope),
            Excluded::Subnet(id) => cloud.subnets.get(id).map(Scoped::scope),
        };
        same(&exclusion.id, &exclusion.scope, of);
    }
    for address in cloud.addresses.values() {
        let interface = address.association.as_ref().and_then(|on| cloud.interfaces.get(&on.interface));
        same(&address.id, &address.scope, interface.map(Scoped::scope));
    }
    for instance in cloud.instances.values() {
        for interface in &instance.interfaces {
            same(&instance.id, &instance.scope, cloud.interfaces.get(interface).map(Scoped::scope));
        }
    }
    for volume in cloud.volumes.values() {
        let instance = volume.attachment.as_ref().and_then(|a| cloud.instances.get(&a.instance));
        same(&volume.id, &volume.scope, instance.map(Scoped::scope));
    }
    let list = |id| cloud.prefix_lists.get(id).map(Scoped::scope);
    for table in cloud.route_tables.values() {
        for route in &table.routes {
            if let RouteDestination::PrefixList(id) = &route.destination {
                same(&table.id, &table.scope, list(id));
            }
            let target = match &route.target {
                RouteTarget::Local => None,
                RouteTarget::InternetGateway(id) => cloud.internet_gateways.get(id).map(Scoped::scope),
                RouteTarget::NatGateway(id) => cloud.nat_gateways.get(id).map(Scoped::scope),
                RouteTarget::NetworkInterface(id) => cloud.interfaces.get(id).map(Scoped::scope),
                RouteTarget::EgressOnlyInternetGateway(id) => {
                    cloud.egress_only_internet_gateways.get(id).map(Scoped::scope)
                }
            };
            same(&table.id, &table.scope, target);
        }
    }
    for group in cloud.security_groups.values() {
        for rule in &group.rules {
            if let Peer::PrefixList(id) = &rule.peer {
                same(&group.id, &group.scope, list(id));
            }
        }
    }
}

fn vpcs(cloud: &Cloud, broken: &mut Broken) {
    let defaults = cloud.vpcs.values().filter(|v| v.is_default);
    broken.unless_distinct("default VPC of", defaults.map(|v| &v.scope));
    for vpc in cloud.vpcs.values() {
        let id = &vpc.id;
        broken.unless(!vpc.cidr_blocks.is_empty(), || format!("{id} has no block"));
        for (n, block) in vpc.cidr_blocks.iter().enumerate() {
            broken.unless(is_legal_size(block.block), || format!("{id} has a block of illegal size, {}", block.block));
            let others = vpc.cidr_blocks.iter().skip(n + 1);
            for other in others.filter(|o| overlap(o.block, block.block)) {
                broken.unless(false, || format!("{id} has overlapping blocks {} and {}", block.block, other.block));
            }
        }
        let main = cloud.route_tables.get(&vpc.main_route_table);
        broken.unless(main.is_some_and(|t| t.vpc == *id), || format!("{id} has no main route table of its own"));
        let acl = cloud.network_acls.get(&vpc.default_network_acl);
        broken.unless(acl.is_some_and(|a| a.vpc == *id), || format!("{id} has no default ACL of its own"));
        let options = vpc.dhcp_options.as_ref().is_none_or(|id| cloud.dhcp_options_sets.contains_key(id));
        broken.unless(options, || format!("{id} has DHCP options that do not exist"));
        let group = cloud.security_groups.get(&vpc.default_security_group);
        broken.unless(group.is_some_and(|g| g.vpc == *id), || format!("{id} has no default group of its own"));
    }
    let blocks = cloud.vpcs.values().flat_map(|v| v.cidr_blocks.iter().map(|b| &b.association));
    let ipv6 = || cloud.vpcs.values().flat_map(|v| &v.ipv6_cidr_blocks);
    broken.unless_distinct("block association", blocks.chain(ipv6().map(|b| &b.association)));
    broken.unless_distinct("IPv6 block", ipv6().map(|b| b.block));
    for block in ipv6() {
        broken.unless(block.block.prefix_len() == IPV6_BLOCK_BITS, || format!("{} is no IPv6 block", block.block));
    }
    let main = cloud.vpcs.values().map(|v| &v.main_route_table_association);
    let explicit = cloud.subnets.values().filter_map(|s| s.route_table.as_ref().map(|(id, _)| id));
    broken.unless_distinct("route table association", main.chain(explicit));
}

fn subnets(cloud: &Cloud, broken: &mut Broken) {
    for subnet in cloud.subnets.values() {
        let id = &subnet.id;
        let vpc = cloud.vpcs.get(&subnet.vpc);
        let inside = vpc.is_some_and(|v| v.cidr_blocks.iter().any(|b| b.block.contains(&subnet.block)));
        broken.unless(inside, || format!("{id} lies in no block of its VPC"));
        broken.unless(is_legal_size(subnet.block), || format!("{id} has an illegal size, {}", subnet.block));
        broken.unless(cloud.zones.get(&subnet.zone).is_some_and(|z| z.region == subnet.scope.region), || {
            format!("{id} lies in no zone")
        });
        if let Some((_, table)) = &subnet.route_table {
            let own = cloud.route_tables.get(table).is_some_and(|t| t.vpc == subnet.vpc);
            broken.unless(own, || format!("{id} is routed by {table}, which is not of its VPC"));
        }
        let acl = cloud.network_acls.get(&subnet.network_acl.1);
        broken.unless(acl.is_some_and(|a| a.vpc == subnet.vpc), || format!("{id} has no ACL of its VPC"));
    }
    let mut blocks: Vec<_> = cloud.subnets.values().map(|s| (&s.vpc, s.block.network(), s)).collect();
    blocks.sort_by_key(|(vpc, network, _)| (*vpc, *network));
    for (one, next) in blocks.iter().zip(blocks.iter().skip(1)) {
        let apart = one.0 != next.0 || !overlap(one.2.block, next.2.block);
        broken.unless(apart, || format!("{} and {} overlap", one.2.id, next.2.id));
    }
    for subnet in cloud.subnets.values() {
        let id = &subnet.id;
        let Some(own) = &subnet.ipv6_cidr_block else {
            let wanted = subnet.assign_ipv6_address_on_creation || subnet.private_dns.resource_name_aaaa_record;
            broken.unless(!wanted, || format!("{id} gives IPv6 addresses and has none"));
            continue;
        };
        let vpc = cloud.vpcs.get(&subnet.vpc);
        let inside = vpc.is_some_and(|v| v.ipv6_cidr_blocks.iter().any(|b| b.block.contains(&own.block)));
        broken.unless(inside, || format!("{id} has an IPv6 block that is not of its VPC, {}", own.block));
        let mut others = cloud.subnets.values().filter(|s| s.vpc == subnet.vpc && s.id > *id);
        let same = others.find(|s| s.ipv6_cidr_block.as_ref().is_some_and(|b| overlap_ipv6(b.block, own.block)));
        broken.unless(same.is_none(), || format!("{id} shares its IPv6 block"));
    }
    let ipv6 = cloud.subnets.values().filter_map(|s| s.ipv6_cidr_block.as_ref());
    broken.unless_distinct("subnet block association", ipv6.map(|b| &b.association));
    for reservation in cloud.subnet_cidr_reservations.values() {
        let id = &reservation.id;
        let subnet = cloud.subnets.get(&reservation.subnet);
        let inside = subnet.is_some_and(|s| match reservation.block {
            IpNet::V4(block) => s.block.contains(&block),
            IpNet::V6(block) => s.ipv6_cidr_block.as_ref().is_some_and(|b| b.block.contains(&block)),
        });
        broken.unless(inside, || format!("{id} reserves what is not of its subnet"));
    }
    let live = cloud.block_public_access_exclusions.values().filter(|e| e.applies());
    broken.unless_distinct("exclusion of", live.map(|e| &e.of));
    for exclusion in cloud.block_public_access_exclusions.values() {
        let there = match &exclusion.of {
            Excluded::Vpc(id) => cloud.vpcs.contains_key(id),
            Excluded::Subnet(id) => cloud.subnets.contains_key(id),
        };
        broken.unless(there, || format!("{} excludes what does not exist", exclusion.id));
    }
    for gateway in cloud.egress_only_internet_gateways.values() {
        let there = cloud.vpcs.contains_key(&gateway.vpc);
        broken.unless(there, || format!("{} is of no VPC", gateway.id));
    }
    broken.unless_distinct("ACL association", cloud.subnets.values().map(|s| &s.network_acl.0));
}

/// Does the gateway hold an interface?
fn holds_interface(gateway: &NatGateway) -> bool {
    use NatGatewayState::{Available, Deleting, Pending};
    matches!(gateway.state, Pending | Available | Deleting)
}

fn gateways(cloud: &Cloud, broken: &mut Broken) {
    for gateway in cloud.internet_gateways.values() {
        let dangling = gateway.vpc.as_ref().is_some_and(|v| !cloud.vpcs.contains_key(v));
        broken.unless(!dangling, || format!("{} is attached to no VPC that exists", gateway.id));
    }
    let attached = cloud.internet_gateways.values().filter_map(|g| g.vpc.as_ref());
    broken.unless_distinct("internet gateway of", attached);
    for gateway in cloud.nat_gateways.values() {
        let id = &gateway.id;
        let interface = cloud.interfaces.get(&gateway.interface);
        if !holds_interface(gateway) {
            broken.unless(interface.is_none(), || format!("{id} is gone and keeps its interface"));
            continue;
        }
        let Some(interface) = interface else {
            broken.unless(false, || format!("{id} has no interface"));
            continue;
        };
        let own = interface.kind == InterfaceKind::NatGateway(id.clone())
            && interface.subnet == gateway.subnet
            && interface.vpc == gateway.vpc;
        broken.unless(own, || format!("{id} has an interface that is not its own, {}", interface.id));
        let addresses: Vec<_> = gateway.addresses.iter().map(|a| a.private_ip).collect();
        broken.unless(addresses == interface.private_ips, || format!("{id} and its interface differ in addresses"));
        for address in &gateway.addresses {
            let association = address.allocation.as_ref().map(|a| cloud.addresses.get(a)?.association.as_ref());
            let fits = match association {
                None => !gateway.public,
                Some(on) => on.is_some_and(|on| {
                    // What was kept before it was written down says nothing.
                    let noted = address.association.as_ref().is_none_or(|noted| *noted == on.id);
                    noted && on.interface == interface.id && on.private_ip == address.private_ip
                }),
            };
            broken.unless(fits, || format!("{id} has {} without its Elastic IP", address.private_ip));
        }
    }
}

fn public_addresses(cloud: &Cloud, broken: &mut Broken) {
    let elastic = cloud.addresses.values().map(|a| a.public_ip);
    let automatic = cloud.interfaces.values().filter_map(|i| i.auto_public_ip);
    let all: Vec<_> = elastic.chain(automatic).collect();
    if let Ok(pool) = Ipv4Net::new(public_address::POOL.0, public_address::POOL.1) {
        for address in all.iter().filter(|a| !pool.contains(*a)) {
            broken.unless(false, || format!("public address {address} is not of the pool"));
        }
    }
    broken.unless_distinct("public address", all.into_iter());
    let associations = || cloud.addresses.values().filter_map(|a| a.association.as_ref());
    broken.unless_distinct("address association", associations().map(|on| &on.id));
    broken.unless_distinct("Elastic IP on", associations().map(|on| (&on.interface, on.private_ip)));
    for on in associations() {
        let interface = cloud.interfaces.get(&on.interface);
        let held = interface.is_some_and(|i| i.private_ips.contains(&on.private_ip));
        broken.unless(held, || format!("{} is on an address that its interface does not hold", on.id));
        let reachable = interface.is_some_and(|i| cloud.internet_gateway_of(&i.vpc).is_some());
        broken.unless(reachable, || format!("{} is in a VPC without internet gateway", on.id));
    }
}

fn rules(cloud: &Cloud, broken: &mut Broken) {
    for table in cloud.route_tables.values() {
        broken.unless(cloud.vpcs.contains_key(&table.vpc), || format!("{} is of no VPC", table.id));
        broken.unless_distinct("route", table.routes.iter().map(|r| (&table.id, &r.destination)));
        for route in &table.routes {
            let sound = match &route.destination {
                RouteDestination::Cidr(block) => *block == block.trunc(),
                RouteDestination::Ipv6Cidr(block) => *block == block.trunc(),
                RouteDestination::PrefixList(list) => cloud.prefix_list_in(&table.scope, list).is_ok(),
            };
            broken.unless(sound, || format!("{} has an unsound destination, {:?}", table.id, route.destination));
        }
    }
    for group in cloud.security_groups.values() {
        broken.unless(cloud.vpcs.contains_key(&group.vpc), || format!("{} is of no VPC", group.id));
        let content = group.rules.iter().map(|r| (&group.id, r.direction, r.protocol, r.ports, &r.peer));
        broken.unless_distinct("rule", content);
        for rule in &group.rules {
            let sound = match &rule.peer {
                Peer::Ipv4(block) => *block == block.trunc(),
                Peer::Ipv6(block) => *block == block.trunc(),
                Peer::Group(other) => cloud.security_groups.get(other).is_some_and(|g| g.vpc == group.vpc),
                Peer::PrefixList(list) => cloud.prefix_list_in(&group.scope, list).is_ok(),
            };
            broken.unless(sound, || format!("{} has an unsound peer, {:?}", group.id, rule.peer));
        }
    }
    broken.unless_distinct("group name", cloud.security_groups.values().map(|g| (&g.vpc, &g.name)));
    let ids = cloud.security_groups.values().flat_map(|g| g.rules.iter().map(|r| &r.id));
    broken.unless_distinct("rule identifier", ids);
    for acl in cloud.network_acls.values() {
        let vpc = cloud.vpcs.get(&acl.vpc);
        let sound = vpc.is_some_and(|v| acl.is_default == (v.default_network_acl == acl.id));
        broken.unless(sound, || format!("{} is of no VPC, or wrongly its default", acl.id));
        let order = acl.entries.iter().map(|e| (e.direction, e.number));
        broken.unless(order.clone().is_sorted(), || format!("{} has entries out of order", acl.id));
        broken.unless_distinct("ACL entry", order.map(|o| (&acl.id, o)));
    }
    for list in cloud.prefix_lists.values() {
        let fits = list.entries.len() <= list.max_entries as usize;
        broken.unless(fits, || format!("{} has too many entries", list.id));
        let sound = |e: &PrefixListEntry| e.cidr == e.cidr.trunc() && AddressFamily::of(&e.cidr) == list.family;
        broken.unless(list.entries.iter().all(sound), || format!("{} has an unsound entry", list.id));
        broken.unless(list.owner == PrefixListOwner::Customer, || format!("{} is kept and not the account's", list.id));
        let earlier = list.earlier.keys().all(|version| *version < list.version);
        broken.unless(earlier, || format!("{} keeps an earlier version that is not earlier", list.id));
        broken.unless_distinct("prefix list entry", list.entries.iter().map(|e| (&list.id, e.cidr)));
    }
}

fn interfaces(cloud: &Cloud, broken: &mut Broken) {
    broken.unless_distinct("MAC address", cloud.interfaces.values().map(|i| i.mac));
    let held = cloud.interfaces.values().flat_map(|i| i.private_ips.iter().map(|a| (&i.subnet, *a)));
    broken.unless_distinct("private address", held);
    for interface in cloud.interfaces.values() {
        let id = &interface.id;
        broken.unless(!interface.private_ips.is_empty(), || format!("{id} has no address"));
        broken.unless(interface.mac[0] & 3 == 2, || format!("{id} has a MAC that is not local and unicast"));
        match cloud.subnets.get(&interface.subnet).filter(|s| s.vpc == interface.vpc) {
            None => broken.unless(false, || format!("{id} is in no subnet of its VPC")),
            Some(subnet) => {
                let legal = |a: &std::net::Ipv4Addr| subnet.block.contains(a) && !subnet.is_reserved(*a);
                let all = interface.private_ips.iter().all(legal);
                broken.unless(all, || format!("{id} holds an address that its subnet does not give"));
            }
        }
        let of_vpc = |g| cloud.security_groups.get(g).is_some_and(|g| g.vpc == interface.vpc);
        broken.unless(interface.groups.iter().all(of_vpc), || format!("{id} carries a group that is not of its VPC"));
        broken.unless_distinct("group of an interface", interface.groups.iter().map(|g| (id, g)));
        match &interface.kind {
            InterfaceKind::Interface => {
                broken.unless(!interface.groups.is_empty(), || format!("{id} carries no group"));
            }
            InterfaceKind::NatGateway(gateway) => {
                let live = cloud.nat_gateways.get(gateway).is_some_and(|g| holds_interface(g) && g.interface == *id);
                broken.unless(live, || format!("{id} has outlived {gateway}"));
                let bare = interface.groups.is_empty() && interface.attachment.is_none();
                broken.unless(bare, || format!("{id} of a NAT gateway has groups or an instance"));
            }
        }
        let block = cloud.subnets.get(&interface.subnet).and_then(|s| s.ipv6_cidr_block.as_ref());
        let inside = interface.ipv6_addresses.iter().all(|a| block.is_some_and(|b| b.block.contains(a)));
        broken.unless(inside, || format!("{id} holds an IPv6 address that is not of its subnet's block"));
        let staying = !interface.primary_ipv6 || !interface.ipv6_addresses.is_empty();
        broken.unless(staying, || format!("{id} has lost its primary IPv6 address"));
        if let Some(attachment) = &interface.attachment {
            let instance = cloud.instances.get(&attachment.instance);
            let listed = instance.is_some_and(|i| i.interfaces.contains(id));
            broken.unless(listed, || format!("{id} is attached to {}, which does not know", attachment.instance));
            use InstanceState::{Pending, Running, ShuttingDown, Stopping};
            let comes_up = instance.is_some_and(|i| matches!(i.state, Pending | Running | Stopping | ShuttingDown));
            let seen = attachment.status == AttachmentStatus::Attached;
            broken.unless(seen || comes_up, || format!("{id} is attaching to an instance that does not run"));
        }
        if interface.auto_public_ip.is_some() {
            broken.unless(interface.attachment.is_some(), || format!("{id} has a launch address and no instance"));
            let elastic = cloud.addresses.values().filter_map(|a| a.association.as_ref());
            let mut elastic = elastic.filter(|on| on.interface == *id);
            let both = elastic.any(|on| Some(&on.private_ip) == interface.private_ips.first());
            broken.unless(!both, || format!("{id} has a launch address beside an Elastic IP"));
        }
    }
    let ipv6 = cloud.interfaces.values().flat_map(|i| i.ipv6_addresses.iter().map(|a| (&i.subnet, *a)));
    broken.unless_distinct("IPv6 address", ipv6);
    let attachments = cloud.interfaces.values().filter_map(|i| i.attachment.as_ref());
    broken.unless_distinct("attachment", attachments.map(|a| &a.id));
}

fn instances(cloud: &Cloud, broken: &mut Broken) {
    for instance in cloud.instances.values() {
        let id = &instance.id;
        use InstanceState::*;
        let wanted = match instance.state {
            Pending | Running => DesiredState::Running,
            Stopping | Stopped => DesiredState::Stopped,
            ShuttingDown | Terminated => DesiredState::Terminated,
        };
        let (state, desired) = (instance.state, instance.desired);
        broken.unless(desired == wanted, || format!("{id} is {state:?} and wanted {desired:?}"));
        let gone = instance.state == Terminated;
        broken.unless(gone == instance.terminated.is_some(), || format!("{id} is {state:?} at no time"));
        broken.unless(gone == instance.interfaces.is_empty(), || format!("{id} is {state:?} with these interfaces"));
        let index = |i| {
            let attachment = cloud.interfaces.get(i)?.attachment.as_ref()?;
            (attachment.instance == *id).then_some(attachment.device_index)
        };
        let indexes: Option<Vec<_>> = instance.interfaces.iter().map(index).collect();
        match indexes {
            None => broken.unless(false, || format!("{id} lists an interface that is not attached to it")),
            Some(indexes) => {
                let primary = gone || indexes.first() == Some(&0);
                broken.unless(primary, || format!("{id} has no primary interface"));
                broken.unless(indexes.is_sorted(), || format!("{id} lists its interfaces out of order"));
                broken.unless_distinct("device index", indexes.iter().map(|n| (id, n)));
            }
        }
        let running = matches!(instance.state, Pending | Running | Stopping | ShuttingDown);
        let public = |i| cloud.interfaces.get(i).is_some_and(|i| i.auto_public_ip.is_some());
        let quiet = running || !instance.interfaces.iter().any(public);
        broken.unless(quiet, || format!("{id} is {state:?} and keeps a launch address"));
    }
}

fn volumes(cloud: &Cloud, broken: &mut Broken) {
    for volume in cloud.volumes.values() {
        let Some(attachment) = &volume.attachment else { continue };
        let listed = cloud.instances.get(&attachment.instance).is_some_and(|i| i.volumes.contains(&volume.id));
        broken.unless(listed, || format!("{} is attached to {}, which does not know", volume.id, attachment.instance));
    }
    for instance in cloud.instances.values() {
        let id = &instance.id;
        let attachment = |v| cloud.volumes.get(v).and_then(|v| v.attachment.as_ref()).filter(|a| a.instance == *id);
        let attachments: Vec<_> = instance.volumes.iter().filter_map(attachment).collect();
        let all = attachments.len() == instance.volumes.len();
        broken.unless(all, || format!("{id} lists a volume that is not attached to it"));
        broken.unless_distinct("device of an instance", attachments.iter().map(|a| (id, &a.device)));
        let gone = instance.state == InstanceState::Terminated;
        broken.unless(!gone || instance.volumes.is_empty(), || format!("{id} is terminated and keeps volumes"));
        let bare = instance.profile_association.is_some() && instance.instance_profile.is_none();
        broken.unless(!bare, || format!("{id} has an association with no profile"));
    }
    let associations = cloud.instances.values().filter_map(|i| i.profile_association.as_ref());
    broken.unless_distinct("profile association", associations.map(|a| &a.id));
}

fn launch_parts(cloud: &Cloud, broken: &mut Broken) {
    broken.unless_distinct("key pair", cloud.key_pairs.values().map(|k| (&k.scope, &k.name)));
    broken.unless_distinct("launch template", cloud.launch_templates.values().map(|t| (&t.scope, &t.name)));
    for template in cloud.launch_templates.values() {
        let id = &template.id;
        let default = template.versions.contains_key(&template.default_version);
        broken.unless(default, || format!("{id} has no version {}, its default", template.default_version));
        let last = template.versions.keys().next_back();
        let counted = last.is_some_and(|last| *last <= template.latest_version);
        broken.unless(counted, || format!("{id} has a version beyond its latest, {}", template.latest_version));
    }
}
