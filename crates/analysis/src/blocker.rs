//! Findings as blockers: the code, the resource, the rule, and a sentence.

use croft_control::Cloud;
use croft_engine::DropReason;
use croft_model::group::Direction as Way;
use croft_policy::{Compiler, SetName};

use crate::answer::{Blocker, Direction, ExpectedDrop, Kind};
use crate::code::Code;
use crate::ends::{Ends, blocked_source};
use crate::fix::route::matching;
use crate::path::{Asked, Finding, destination_text, rule_name};
use crate::router::Router;
use crate::trace::Leg;
use crate::world::Down;

/// A blocker without drop and fix.
fn bare(direction: Direction, code: Code, kind: Kind, components: Vec<String>, message: String) -> Blocker {
    let component = components.first().cloned().unwrap_or_default();
    let rule = None;
    Blocker { direction, code, kind, component, components, rule, message, drop: None, fix: Vec::new(), no_fix: None }
}

/// An interface that takes no packets.
pub(crate) fn down(interface: &croft_model::NetworkInterfaceId, down: &Down) -> Blocker {
    let (kind, components, message) = match down {
        Down::Detached => {
            (Kind::NetworkInterface, vec![interface.to_string()], format!("{interface} is attached to no instance."))
        }
        Down::Instance(instance) => {
            let components = vec![instance.to_string(), interface.to_string()];
            (Kind::Instance, components, format!("{instance} is not running, so {interface} is not there."))
        }
    };
    bare(Direction::Request, Code::BadState, kind, components, message)
}

/// The VPCs of the two ends have nothing to do with each other.
pub(crate) fn disconnected(cloud: &Cloud, ends: &Ends) -> Blocker {
    let interfaces = [&ends.source.interface, &ends.destination.interface].into_iter().flatten();
    let vpcs: Vec<_> = interfaces.filter_map(|id| cloud.interfaces.get(id)).map(|i| i.vpc.to_string()).collect();
    let message =
        format!("The ends are in different VPCs ({}), and the destination has no public address.", vpcs.join(", "));
    bare(Direction::Request, Code::DisconnectedVpcs, Kind::Vpc, vpcs, message)
}

/// Where a real packet is dropped.
pub(crate) fn expected_drop(compiler: &Compiler, leg: &Leg, finding: &Finding) -> Option<ExpectedDrop> {
    let reason = finding.reason?;
    Some(ExpectedDrop {
        reason: reason.name().to_string(),
        number: reason as u32,
        node: finding.gate,
        gate: compiler.node(finding.gate).map(|node| node.to_string()),
        port: leg.port,
    })
}

pub(crate) fn of(cloud: &Cloud, ends: &Ends, finding: &Finding) -> Blocker {
    let place = Place::of(cloud, finding);
    if let Some(asked) = &finding.asked {
        return match &asked.set {
            SetName::Groups { direction, .. } => groups(cloud, finding, *direction, asked, &place),
            SetName::NetworkAcl { acl, direction } => {
                let rule = asked.rules.first().map(rule_name);
                let shown = rule.clone().unwrap_or_default();
                let traffic = spoken(finding.direction, asked);
                let message = format!("{acl}, rule {shown}, denies {traffic} {} {}.", way(*direction), place.router);
                let components = vec![acl.to_string(), place.router];
                let blocker =
                    bare(finding.direction, Code::SubnetAclRestriction, Kind::NetworkAcl, components, message);
                Blocker { rule, ..blocker }
            }
        };
    }
    let (code, kind, components, message) = match finding.reason {
        Some(reason) => dropped(cloud, ends, finding, reason, &place),
        None => astray(finding, &place),
    };
    let rule = matches!(kind, Kind::RouteTable).then_some(place.route).flatten();
    Blocker { rule, ..bare(finding.direction, code, kind, components, message) }
}

/// The names of where a packet is.
struct Place {
    /// The subnet, or the internet gateway whose table was asked.
    router: String,
    table: String,
    route: Option<String>,
    interface: String,
    nat: String,
    gateway: String,
    destination: String,
}

impl Place {
    fn of(cloud: &Cloud, finding: &Finding) -> Place {
        let place = &finding.place;
        let text = |id: Option<String>| id.unwrap_or_default();
        // A packet that went astray did so by the route that it took last.
        let here = place.subnet.clone().map(|subnet| (Router::Subnet(subnet), finding.packet.destination));
        let last = place.routed.last().cloned();
        let looked_up = if finding.is_wrong_way() { last.or(here) } else { here.or(last) };
        let (router, destination) = looked_up.unzip();
        let destination = destination.unwrap_or(finding.packet.destination);
        let table = router.as_ref().and_then(|router| router.table(cloud));
        let route = table.and_then(|table| matching(cloud, &table.id, destination));
        Place {
            router: text(router.map(|router| router.to_string())),
            table: text(table.map(|table| table.id.to_string())),
            route: route.map(|route| destination_text(&route.destination)),
            interface: text(place.interface.as_ref().map(|id| id.to_string())),
            nat: text(place.nat.as_ref().map(|id| id.to_string())),
            gateway: text(place.gateway.as_ref().map(|id| id.to_string())),
            destination: destination.to_string(),
        }
    }
}

fn groups(cloud: &Cloud, finding: &Finding, direction: Way, asked: &Asked, place: &Place) -> Blocker {
    let held = finding.place.interface.as_ref().and_then(|id| cloud.interfaces.get(id));
    let groups: Vec<_> = held.into_iter().flat_map(|interface| &interface.groups).collect();
    let rules = groups.iter().filter_map(|&id| cloud.security_groups.get(id)).flat_map(|group| &group.rules);
    let some = rules.into_iter().any(|rule| rule.direction == direction);
    let mut components: Vec<_> = groups.iter().map(|id| id.to_string()).collect();
    let names = components.join(", ");
    components.push(place.interface.clone());
    let (code, message) = match some {
        true => {
            let message = format!(
                "No rule of {names} allows {} {} {}.",
                spoken(finding.direction, asked),
                way(direction),
                place.interface
            );
            (Code::EniSgRulesMismatch, message)
        }
        false => {
            let message = format!("{names} has no rule for what goes {} {}.", way(direction), place.interface);
            (Code::SgHasNoRules, message)
        }
    };
    bare(finding.direction, code, Kind::SecurityGroup, components, message)
}

type Told = (Code, Kind, Vec<String>, String);

fn dropped(cloud: &Cloud, ends: &Ends, finding: &Finding, reason: DropReason, place: &Place) -> Told {
    let Place { router, table, interface, nat, gateway, destination, .. } = place;
    let source = finding.packet.source;
    match reason {
        DropReason::NoRoute => (
            Code::NoRouteToDestination,
            Kind::RouteTable,
            vec![table.clone(), router.clone()],
            format!("{table} of {router} has no route for {destination}."),
        ),
        DropReason::Blackhole => (
            Code::BadStateRoute,
            Kind::RouteTable,
            vec![table.clone(), router.clone()],
            format!("The route of {table} for {destination} is a blackhole: its target is not there."),
        ),
        DropReason::NoAddress => nobody(cloud, ends, finding),
        DropReason::SourceCheck => (
            Code::EniAddressRestriction,
            Kind::NetworkInterface,
            vec![interface.clone()],
            format!("{interface} does not hold {source}, and its source/destination check is on."),
        ),
        DropReason::DestinationCheck => (
            Code::EniSourceDestCheckRestriction,
            Kind::NetworkInterface,
            vec![interface.clone()],
            format!("{interface} does not hold {destination}, and its source/destination check is on."),
        ),
        DropReason::ZoneFailed => {
            let at_nat = !nat.is_empty() && finding.place.nat.as_ref().is_some_and(|id| is_failed_nat(cloud, id));
            let (kind, component) = match at_nat {
                true => (Kind::NatGateway, nat.clone()),
                false => (Kind::NetworkInterface, interface.clone()),
            };
            let message = format!("The Availability Zone of {component} has failed.");
            (Code::BadState, kind, vec![component], message)
        }
        DropReason::NoPublicAddress if finding.at_appliance() => (
            Code::IgwPrivateIpAssociationForIngress,
            Kind::NetworkInterface,
            vec![interface.clone(), table.clone(), gateway.clone()],
            format!(
                "{table} of {gateway} leads to {interface}, which has no public address: the gateway sends nothing to it."
            ),
        ),
        DropReason::NoPublicAddress if blocked_source(cloud, finding).is_some() => (
            Code::VpcBlockPublicAccessEnabled,
            Kind::InternetGateway,
            vec![gateway.clone(), interface.clone()],
            format!("VPC block public access keeps {source} from {gateway}."),
        ),
        DropReason::NoPublicAddress => (
            Code::IgwPublicIpAssociationForEgress,
            Kind::InternetGateway,
            vec![gateway.clone(), interface.clone()],
            format!("{source} has no public address, so {gateway} does not take it to the internet."),
        ),
        DropReason::PrivateDestination => {
            let shared = finding.packet.destination.octets()[0] == 100;
            let code = if shared { Code::IgwDestinationShared } else { Code::IgwDestinationPrivate };
            let message =
                format!("{destination} is nobody's address in the internet, so {gateway} does not take it there.");
            (code, Kind::InternetGateway, vec![gateway.clone()], message)
        }
        DropReason::UnknownPublicAddress => {
            let wanted = ends.destination.interface.as_ref().map(|id| id.to_string());
            let kind = if wanted.is_some() { Kind::NetworkInterface } else { Kind::Internet };
            let component = wanted.unwrap_or_else(|| "internet".to_string());
            let message =
                format!("{destination} is not the public address of anything: no internet gateway takes it in.");
            (Code::IgwPrivateIpAssociationForIngress, kind, vec![component], message)
        }
        DropReason::NoInternetGateway => {
            let holder = crate::ends::holder_of_public(cloud, finding.packet.destination);
            if let Some(holder) = holder.filter(|holder| cloud.is_internet_blocked(holder)) {
                let message = format!("VPC block public access keeps what comes for {destination} from {}.", holder.id);
                return (Code::VpcBlockPublicAccessEnabled, Kind::Vpc, vec![holder.vpc.to_string()], message);
            }
            let vpc = holder.map(|holder| holder.vpc.to_string()).unwrap_or_default();
            let message = format!("{vpc} has no internet gateway, so nothing comes in for {destination}.");
            (Code::IgwPrivateIpAssociationForIngress, Kind::Vpc, vec![vpc], message)
        }
        DropReason::NatUnsolicited => (
            Code::NgwDestAddressPreservation,
            Kind::NatGateway,
            vec![nat.clone()],
            format!("{nat} lets nothing in but answers to what went out through it."),
        ),
        DropReason::NatIdle | DropReason::NatProtocol if finding.direction == Direction::Reply => (
            Code::NgwSourceAddressReassign,
            Kind::NatGateway,
            vec![nat.clone()],
            format!(
                "The answer goes out through {nat}, which would give it another source than the one that was asked."
            ),
        ),
        DropReason::NatProtocol => (
            Code::ProtocolRestriction,
            Kind::NatGateway,
            vec![nat.clone()],
            format!("{nat} carries TCP, UDP and ICMP echo only."),
        ),
        DropReason::Loop => (
            Code::CannotRoute,
            Kind::RouteTable,
            vec![table.clone(), router.clone()],
            format!("The route of {table} for {destination} leads back to where the packet stands."),
        ),
        other => (
            Code::NoPossibleDestination,
            Kind::NetworkInterface,
            vec![interface.clone()],
            format!("The packet to {destination} is dropped: {}.", other.name()),
        ),
    }
}

/// Nobody answers at the destination: an interface that is not there, or a free address.
fn nobody(cloud: &Cloud, ends: &Ends, finding: &Finding) -> Told {
    let address = finding.packet.destination;
    let code = Code::NoPossibleDestination;
    if let Some(interface) = &ends.destination.interface {
        let message = format!("{interface} holds {address} and takes no packets.");
        return (code, Kind::NetworkInterface, vec![interface.to_string()], message);
    }
    let here = finding.place.vpc(cloud);
    let subnet = cloud.subnets.values().find(|s| Some(&s.vpc) == here && s.block.contains(&address));
    let message = format!("No interface of the VPC holds {address}.");
    match (subnet, here) {
        (Some(subnet), _) => (code, Kind::Subnet, vec![subnet.id.to_string()], message),
        (None, vpc) => (code, Kind::Vpc, vpc.map(|vpc| vpc.to_string()).into_iter().collect(), message),
    }
}

fn is_failed_nat(cloud: &Cloud, id: &croft_model::NatGatewayId) -> bool {
    let subnet = cloud.nat_gateways.get(id).and_then(|nat| cloud.subnets.get(&nat.subnet));
    subnet.is_some_and(|subnet| cloud.zone_failed(&subnet.zone))
}

/// The packet arrived, but not where it should.
fn astray(finding: &Finding, place: &Place) -> Told {
    let Place { table, interface, nat, destination, .. } = place;
    if finding.direction == Direction::Reply && finding.place.translated {
        let message =
            format!("The answer goes out through {nat}, which gives it another source than the one that was asked.");
        return (Code::NgwSourceAddressReassign, Kind::NatGateway, vec![nat.clone()], message);
    }
    let got = if finding.place.at_internet { "the internet" } else { interface.as_str() };
    let message = format!("The packet to {destination} is delivered to {got}: the route of {table} leads there.");
    (Code::CannotRoute, Kind::RouteTable, vec![table.clone(), interface.clone()], message)
}

fn way(direction: Way) -> &'static str {
    match direction {
        Way::Ingress => "into",
        Way::Egress => "out of",
    }
}

/// Such as `TCP 443 from 10.0.1.5`. An answer goes to a port of the client's choice (row ACL-4).
fn spoken(leg: Direction, asked: &Asked) -> String {
    let traffic = asked.traffic;
    let [kind, code] = traffic.port.to_be_bytes();
    let port = match leg {
        Direction::Reply if traffic.port >= 1024 => format!("answers on ephemeral ports such as {}", traffic.port),
        _ => traffic.port.to_string(),
    };
    let what = match traffic.protocol {
        croft_engine::tables::TCP => format!("TCP {port}"),
        croft_engine::tables::UDP => format!("UDP {port}"),
        croft_engine::tables::ICMP => format!("ICMP type {kind} code {code}"),
        other => format!("protocol {other}"),
    };
    let of = match asked.set.direction() {
        Way::Ingress => "from",
        Way::Egress => "to",
    };
    format!("{what} {of} {}", traffic.remote)
}
