//! What holds of VPCs, what lies in them, and what leads out of them.

use super::Broken;
use crate::gateway_route_table::unfit;
use crate::{Cloud, public_address};
use croft_model::block_public_access::Excluded;
use croft_model::gateway::{InternetGateway, NatGateway, NatGatewayState};
use croft_model::group::Peer;
use croft_model::interface::InterfaceKind;
use croft_model::prefix_list::{AddressFamily, PrefixListEntry, PrefixListOwner};
use croft_model::route::RouteDestination;
use croft_model::vpc::{IPV6_BLOCK_BITS, is_legal_size, overlap, overlap_ipv6};
use ipnet::{IpNet, Ipv4Net};

pub(super) fn vpcs(cloud: &Cloud, broken: &mut Broken) {
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
    let of_gateways = cloud.internet_gateways.values().filter_map(|g| g.route_table.as_ref().map(|(id, _)| id));
    broken.unless_distinct("route table association", main.chain(explicit).chain(of_gateways));
}

pub(super) fn subnets(cloud: &Cloud, broken: &mut Broken) {
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
pub(super) fn holds_interface(gateway: &NatGateway) -> bool {
    use NatGatewayState::{Available, Deleting, Pending};
    matches!(gateway.state, Pending | Available | Deleting)
}

pub(super) fn gateways(cloud: &Cloud, broken: &mut Broken) {
    for gateway in cloud.internet_gateways.values() {
        let dangling = gateway.vpc.as_ref().is_some_and(|v| !cloud.vpcs.contains_key(v));
        broken.unless(!dangling, || format!("{} is attached to no VPC that exists", gateway.id));
        gateway_route_table(cloud, gateway, broken);
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

/// The table of a gateway is of its VPC and leads into it.
fn gateway_route_table(cloud: &Cloud, gateway: &InternetGateway, broken: &mut Broken) {
    let Some((_, id)) = &gateway.route_table else { return };
    let table = cloud.route_tables.get(id).filter(|table| gateway.vpc.as_ref() == Some(&table.vpc));
    let Some((table, vpc)) = table.and_then(|table| Some((table, cloud.vpcs.get(&table.vpc)?))) else {
        broken.unless(false, || format!("{} is routed by {id}, which is not of its VPC", gateway.id));
        return;
    };
    for route in table.routes.iter().filter(|route| unfit(vpc, route).is_some()) {
        broken.unless(false, || format!("{} is routed by {id} to {:?}", gateway.id, route.destination));
    }
}

pub(super) fn public_addresses(cloud: &Cloud, broken: &mut Broken) {
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

pub(super) fn rules(cloud: &Cloud, broken: &mut Broken) {
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
        let own = cloud.vpcs.get(&group.vpc);
        broken.unless(own.is_some(), || format!("{} is of no VPC", group.id));
        for id in &group.associated_vpcs {
            let fits = cloud.vpcs.get(id).is_some_and(|v| v.scope == group.scope && !v.is_default && v.id != group.vpc)
                && own.is_some_and(|v| v.default_security_group != group.id);
            broken.unless(fits, || format!("{} is associated with {id}, which it cannot be", group.id));
        }
        let content = group.rules.iter().map(|r| (&group.id, r.direction, r.protocol, r.ports, &r.peer));
        broken.unless_distinct("rule", content);
        for rule in &group.rules {
            let sound = match &rule.peer {
                Peer::Ipv4(block) => *block == block.trunc(),
                Peer::Ipv6(block) => *block == block.trunc(),
                // One that cannot be used in this VPC any more, or is gone since, is left standing (row SG-12).
                Peer::Group(other) => cloud.security_groups.get(other).is_none_or(|g| g.scope == group.scope),
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
