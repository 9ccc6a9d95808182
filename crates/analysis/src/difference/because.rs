//! Why a path changes: what refuses in one version, and the rules on the way that only the other version has.

use croft_control::Cloud;
use croft_model::group::{Direction as Way, Peer, SecurityGroupRule};
use croft_model::protocol::{Ports, Protocol};
use croft_model::route::RouteTarget;
use croft_model::{NetworkAclId, RouteTableId, SecurityGroupId};

use super::party::Asked;
use super::report::{Because, Closed, OpeningRule, TrafficRange};
use super::side::Side;
use crate::answer::{Hop, Kind};
use crate::path::destination_text;

pub(crate) fn because(before: &Side, after: &Side, asked: &Asked, opened: bool, traffic: &TrafficRange) -> Because {
    let (shut, shut_ends, open, open_ends) = match opened {
        true => (before, &asked.before, after, &asked.after),
        false => (after, &asked.after, before, &asked.before),
    };
    let (protocol, port) = (traffic.protocol, traffic.probe());
    let refused = shut.look(shut_ends, protocol, port);
    let first = refused.and_then(|round| round.troubles.into_iter().next()).map(|(_, blocker)| Closed::Refused {
        code: blocker.code,
        direction: blocker.direction,
        component: blocker.component,
        rule: blocker.rule,
        message: blocker.message,
    });
    let path = open.look(open_ends, protocol, port).map(|round| round.path).unwrap_or_default();
    let mut rules: Vec<OpeningRule> = path.iter().flat_map(|hop| only_here(open.cloud(), shut.cloud(), hop)).collect();
    rules.sort();
    rules.dedup();
    let closed = first.unwrap_or_else(|| Closed::Absent { source: asked.lacks_source(opened) });
    Because { closed, rules }
}

/// The rules of a hop that the other version has not.
fn only_here(cloud: &Cloud, other: &Cloud, hop: &Hop) -> Vec<OpeningRule> {
    let found = |component: &str, rule: String, text: String| OpeningRule {
        kind: hop.kind,
        component: component.to_string(),
        rule,
        text,
    };
    match hop.kind {
        Kind::SecurityGroup => {
            let groups = hop
                .component
                .split(',')
                .filter_map(|id| cloud.security_groups.get(&id.parse::<SecurityGroupId>().ok()?));
            let rules = groups.flat_map(|group| group.rules.iter().map(move |rule| (group, rule)));
            let matched = rules.filter(|(_, rule)| hop.rules.iter().any(|id| id == rule.id.as_str()));
            let there = |id, rule: &SecurityGroupRule| {
                let held = other.security_groups.get(id).into_iter().flat_map(|group| &group.rules);
                held.into_iter()
                    .any(|r| (&r.id, r.protocol, r.ports, &r.peer) == (&rule.id, rule.protocol, rule.ports, &rule.peer))
            };
            let new = matched.filter(|(group, rule)| !there(&group.id, rule));
            new.map(|(group, rule)| found(group.id.as_str(), rule.id.to_string(), rule_text(rule))).collect()
        }
        Kind::NetworkAcl => {
            let acl = |cloud: &Cloud| cloud.network_acls.get(&hop.component.parse::<NetworkAclId>().ok()?).cloned();
            let (Some(here), there) = (acl(cloud), acl(other)) else { return Vec::new() };
            let held = there.map(|acl| acl.entries).unwrap_or_default();
            // A VPC's own network ACL lets everything pass until somebody changes it: that is no news.
            let held = if here.is_default && held.is_empty() { here.entries.clone() } else { held };
            let matched = here.entries.iter().filter(|e| e.allow && hop.rules.contains(&e.number.to_string()));
            let new = matched.filter(|entry| !held.contains(entry));
            new.map(|e| {
                let text = format!("allow {}", traffic_text(e.protocol, e.ports, e.direction, &e.cidr.to_string()));
                found(here.id.as_str(), e.number.to_string(), text)
            })
            .collect()
        }
        Kind::RouteTable => {
            let table = |cloud: &Cloud| cloud.route_tables.get(&hop.component.parse::<RouteTableId>().ok()?).cloned();
            let (Some(here), there) = (table(cloud), table(other)) else { return Vec::new() };
            let held = there.map(|table| table.routes).unwrap_or_default();
            let matched = here.routes.iter().filter(|r| hop.rules.contains(&destination_text(&r.destination)));
            let new = matched.filter(|route| {
                !held.iter().any(|r| (&r.destination, &r.target) == (&route.destination, &route.target))
            });
            new.map(|route| {
                let destination = destination_text(&route.destination);
                let text = format!("{destination} to {}", target_text(&route.target));
                found(here.id.as_str(), destination, text)
            })
            .collect()
        }
        _ => Vec::new(),
    }
}

fn rule_text(rule: &SecurityGroupRule) -> String {
    let peer = match &rule.peer {
        Peer::Ipv4(block) => block.to_string(),
        Peer::Ipv6(block) => block.to_string(),
        Peer::Group(id) => id.to_string(),
        Peer::PrefixList(id) => id.to_string(),
    };
    traffic_text(rule.protocol, rule.ports, rule.direction, &peer)
}

fn traffic_text(protocol: Protocol, ports: Ports, way: Way, peer: &str) -> String {
    let what = match (protocol, ports) {
        (Protocol::All, _) => "all traffic".to_string(),
        (protocol, Ports::Range { from, to }) if from == to => format!("{protocol} {from}"),
        (protocol, Ports::Range { from: 0, to: u16::MAX }) => protocol.to_string(),
        (protocol, Ports::Range { from, to }) => format!("{protocol} {from}-{to}"),
        (protocol, Ports::Icmp { kind, code: Some(code) }) => format!("{protocol} type {kind} code {code}"),
        (protocol, Ports::Icmp { kind, code: None }) => format!("{protocol} type {kind}"),
        (protocol, Ports::All) => protocol.to_string(),
    };
    match way {
        Way::Ingress => format!("{what} from {peer}"),
        Way::Egress => format!("{what} to {peer}"),
    }
}

fn target_text(target: &RouteTarget) -> String {
    match target {
        RouteTarget::Local => "local".to_string(),
        RouteTarget::InternetGateway(id) => id.to_string(),
        RouteTarget::EgressOnlyInternetGateway(id) => id.to_string(),
        RouteTarget::NatGateway(id) => id.to_string(),
        RouteTarget::NetworkInterface(id) => id.to_string(),
    }
}
