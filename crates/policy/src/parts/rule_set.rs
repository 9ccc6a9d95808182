//! The rules of a set, with every name in them resolved to blocks of addresses or to memberships.

use std::collections::BTreeMap;

use croft_model::group::{Direction, Peer};
use croft_model::{NetworkAclId, SecurityGroupId, VpcId};
use ipnet::IpNet;

use crate::content::Clause;
use crate::fact::Reader;
use crate::name::SetName;
use crate::set::{Block, Bundle, Combine, Rules};

pub(crate) fn rules(reader: &mut Reader, name: &SetName) -> Rules {
    match name {
        SetName::Groups { vpc, groups, direction } => of_groups(reader, vpc, groups, *direction),
        SetName::NetworkAcl { acl, direction } => of_network_acl(reader, acl, *direction),
    }
}

/// The union of the groups' rules, bundled by peer (row SG-1).
fn of_groups(reader: &mut Reader, vpc: &VpcId, groups: &[SecurityGroupId], direction: Direction) -> Rules {
    let mut rules = Rules::new(Combine::Union);
    let mut bundles: BTreeMap<&Peer, u32> = BTreeMap::new();
    for id in groups {
        let Some(group) = reader.group(id, direction) else { continue };
        for rule in group.rules.iter().filter(|rule| rule.direction == direction) {
            let clause = Clause { protocol: rule.protocol, ports: rule.ports, allow: true };
            let bundle = match bundles.get(&rule.peer) {
                Some(&bundle) => bundle,
                None => {
                    let bundle = rules.bundles.len() as u32;
                    rules.bundles.push(Bundle { clauses: Vec::new(), wide: is_all_addresses(&rule.peer) });
                    bundles.insert(&rule.peer, bundle);
                    match &rule.peer {
                        Peer::Ipv4(net) => rules.named.push((Block::from(*net), bundle)),
                        // No IPv6 packet gets this far (row NET-13).
                        Peer::Ipv6(_) => {}
                        Peer::Group(other) => {
                            let members = reader.members(vpc, other);
                            rules.members.extend(members.map(|membership| (membership, bundle)));
                        }
                        Peer::PrefixList(list) => {
                            let blocks = reader.prefix_list(list).into_iter().flat_map(|list| list.ipv4());
                            rules.named.extend(blocks.map(|block| (Block::from(block), bundle)));
                        }
                    }
                    bundle
                }
            };
            if let Some(bundle) = rules.bundles.get_mut(bundle as usize) {
                bundle.clauses.push(clause);
            }
        }
    }
    rules
}

/// The entries in the order of their numbers, each a bundle of its own; what none matches is denied (row ACL-2).
fn of_network_acl(reader: &mut Reader, id: &NetworkAclId, direction: Direction) -> Rules {
    let mut rules = Rules::new(Combine::FirstMatch);
    let Some(acl) = reader.network_acl(id, direction) else { return rules };
    let mut entries: Vec<_> = acl.entries.iter().filter(|entry| entry.direction == direction).collect();
    entries.sort_by_key(|entry| entry.number);
    for entry in entries {
        if let IpNet::V4(net) = entry.cidr {
            rules.named.push((Block::from(net), rules.bundles.len() as u32));
            let clause = Clause { protocol: entry.protocol, ports: entry.ports, allow: entry.allow };
            rules.bundles.push(Bundle { clauses: vec![clause], wide: false });
        }
    }
    rules
}

fn is_all_addresses(peer: &Peer) -> bool {
    matches!(peer, Peer::Ipv4(net) if net.prefix_len() == 0)
}
