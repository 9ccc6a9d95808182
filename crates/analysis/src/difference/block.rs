//! Blocks of addresses that something names: a rule, a route, a prefix list. Addresses in the same ones are alike.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use croft_control::Cloud;
use croft_model::group::Peer;
use croft_model::route::RouteDestination;
use ipnet::{IpNet, Ipv4Net};

use crate::ends::on_the_internet;
use crate::question::INTERNET_ADDRESS;

pub(crate) struct Blocks {
    /// All of both versions, without the whole address space.
    named: Vec<Ipv4Net>,
    /// An address on the internet for each part of it that is named apart; none: the part that nobody names.
    pub(crate) internet: Vec<(Option<Ipv4Net>, Ipv4Addr)>,
    /// Public blocks beyond the bound.
    pub(crate) left_out: usize,
}

impl Blocks {
    pub(crate) fn of(versions: [&Cloud; 2], most: usize) -> Blocks {
        let named: BTreeSet<Ipv4Net> = versions.into_iter().flat_map(named).filter(|b| b.prefix_len() > 0).collect();
        let named: Vec<Ipv4Net> = named.into_iter().collect();
        let outside = |address: &Ipv4Addr| versions.iter().all(|v| on_the_internet(v, Some(*address)).is_ok());
        let mut blocks = Blocks { named, internet: Vec::new(), left_out: 0 };
        let edges: Vec<Ipv4Addr> = blocks.named.iter().flat_map(|b| edges(*b)).collect();
        let own = |block: Option<Ipv4Net>| {
            let nested = edges.iter().copied().filter(|a| block.is_none_or(|b| b.contains(a)));
            let first = match block {
                Some(block) => edges_within(block).to_vec(),
                None => vec![INTERNET_ADDRESS],
            };
            first.into_iter().chain(nested).find(|a| blocks.around(*a) == block && outside(a)).map(|a| (block, a))
        };
        let mut internet: Vec<_> = own(None).into_iter().collect();
        internet.extend(blocks.named.iter().filter_map(|b| own(Some(*b))));
        let limit = most.max(1);
        blocks.left_out = internet.len().saturating_sub(limit);
        internet.truncate(limit);
        blocks.internet = internet;
        blocks
    }

    /// The smallest named block around an address.
    pub(crate) fn around(&self, address: Ipv4Addr) -> Option<Ipv4Net> {
        self.named.iter().filter(|b| b.contains(&address)).max_by_key(|b| b.prefix_len()).copied()
    }
}

/// Just outside of a block.
fn edges(block: Ipv4Net) -> impl Iterator<Item = Ipv4Addr> {
    let below = u32::from(block.network()).checked_sub(1);
    let above = u32::from(block.broadcast()).checked_add(1);
    [below, above].into_iter().flatten().map(Ipv4Addr::from)
}

fn edges_within(block: Ipv4Net) -> [Ipv4Addr; 3] {
    let second = u32::from(block.network()).saturating_add(1);
    [Ipv4Addr::from(second), block.network(), block.broadcast()]
}

fn named(cloud: &Cloud) -> BTreeSet<Ipv4Net> {
    let v4 = |block: &IpNet| match block {
        IpNet::V4(block) => Some(block.trunc()),
        IpNet::V6(_) => None,
    };
    let rules = cloud.security_groups.values().flat_map(|group| &group.rules);
    let rules = rules.filter_map(|rule| match &rule.peer {
        Peer::Ipv4(block) => Some(block.trunc()),
        _ => None,
    });
    let entries = cloud.network_acls.values().flat_map(|acl| &acl.entries).filter_map(|entry| v4(&entry.cidr));
    let routes = cloud.route_tables.values().flat_map(|table| &table.routes);
    let routes = routes.filter_map(|route| match &route.destination {
        RouteDestination::Cidr(block) => Some(block.trunc()),
        _ => None,
    });
    let lists = cloud.prefix_lists.values().flat_map(|list| &list.entries).filter_map(|entry| v4(&entry.cidr));
    rules.chain(entries).chain(routes).chain(lists).collect()
}
