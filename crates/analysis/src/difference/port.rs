//! Where rules cut the ports: between two cuts no gate can tell one port from another.

use std::collections::{BTreeMap, BTreeSet};

use croft_control::Cloud;
use croft_model::group::Direction as Way;
use croft_model::interface::{InterfaceKind, NetworkInterface};
use croft_model::protocol::{Ports, Protocol};
use croft_model::route::RouteTarget;
use croft_model::{SubnetId, VpcId};

use super::party::{Asked, Parties};
use super::report::TrafficRange;
use super::side::Side;
use crate::question::Transport;

/// The first ports of ranges, of TCP and of UDP. Port 0 is not listed.
#[derive(Clone, Debug, Default)]
struct Firsts([BTreeSet<u16>; 2]);

/// The cuts where a class sends and where it is sent to, and on the way: at gateways and at interfaces that routes lead
/// through.
pub(crate) struct Cuts {
    at_ends: [Vec<Firsts>; 2],
    on_the_way: Vec<Firsts>,
}

impl Cuts {
    pub(crate) fn of(parties: &Parties, before: &Side, after: &Side) -> Cuts {
        let classes = parties.count();
        let mut at_ends = [vec![Firsts::default(); classes], vec![Firsts::default(); classes]];
        let mut on_the_way = vec![Firsts::default(); classes];
        for (side, is_after) in [(before, false), (after, true)] {
            let cloud = side.cloud();
            let transit = transit(cloud);
            for (class, interface) in parties.interfaces(cloud, is_after).into_iter().enumerate() {
                let Some(interface) = interface else { continue };
                for (firsts, way) in at_ends.iter_mut().zip([Way::Egress, Way::Ingress]) {
                    firsts[class].interface(cloud, interface, way);
                }
                if let Some(transit) = transit.get(&interface.vpc) {
                    on_the_way[class].join(transit);
                }
            }
        }
        Cuts { at_ends, on_the_way }
    }

    /// The ranges that have to be asked about one by one.
    pub(crate) fn ranges(&self, asked: &Asked, protocol: Transport) -> Vec<TrafficRange> {
        let kind = match protocol {
            Transport::Icmp => return vec![TrafficRange { protocol, from: 0, to: 0 }],
            Transport::Tcp => 0,
            Transport::Udp => 1,
        };
        let at_ends = asked.classes.iter().zip(&self.at_ends).map(|(class, firsts)| firsts.get(*class));
        let firsts = at_ends.chain(asked.classes.iter().map(|class| self.on_the_way.get(*class)));
        let firsts: BTreeSet<u16> = firsts.flatten().flat_map(|f| f.0[kind].iter().copied()).chain([0]).collect();
        let lasts = firsts.iter().skip(1).map(|first| first - 1).chain([u16::MAX]);
        firsts.iter().zip(lasts).map(|(from, to)| TrafficRange { protocol, from: *from, to }).collect()
    }
}

impl Firsts {
    fn interface(&mut self, cloud: &Cloud, interface: &NetworkInterface, way: Way) {
        let rules = interface.groups.iter().filter_map(|id| cloud.security_groups.get(id)).flat_map(|g| &g.rules);
        for rule in rules.filter(|rule| rule.direction == way) {
            self.cut(rule.protocol, rule.ports);
        }
        self.subnet(cloud, &interface.subnet);
    }

    fn subnet(&mut self, cloud: &Cloud, subnet: &SubnetId) {
        let acl = cloud.subnets.get(subnet).and_then(|subnet| cloud.network_acls.get(&subnet.network_acl.1));
        for entry in acl.into_iter().flat_map(|acl| &acl.entries) {
            self.cut(entry.protocol, entry.ports);
        }
    }

    fn cut(&mut self, protocol: Protocol, ports: Ports) {
        let Ports::Range { from, to } = ports else { return };
        let firsts = [Some(from).filter(|from| *from > 0), to.checked_add(1)];
        for (kind, number) in [croft_model::protocol::TCP, croft_model::protocol::UDP].into_iter().enumerate() {
            if matches!(protocol, Protocol::All) || protocol == Protocol::Number(number) {
                self.0[kind].extend(firsts.iter().flatten());
            }
        }
    }

    fn join(&mut self, other: &Firsts) {
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            mine.extend(theirs.iter());
        }
    }
}

/// By VPC: what packets may meet that is at neither end.
fn transit(cloud: &Cloud) -> BTreeMap<VpcId, Firsts> {
    let mut all: BTreeMap<VpcId, Firsts> = BTreeMap::new();
    let targets: BTreeSet<_> = cloud
        .route_tables
        .values()
        .flat_map(|table| &table.routes)
        .filter_map(|route| match &route.target {
            RouteTarget::NetworkInterface(id) => Some(id),
            _ => None,
        })
        .collect();
    for interface in cloud.interfaces.values() {
        if interface.kind != InterfaceKind::Interface || targets.contains(&interface.id) {
            for way in [Way::Egress, Way::Ingress] {
                all.entry(interface.vpc.clone()).or_default().interface(cloud, interface, way);
            }
        }
    }
    all
}
