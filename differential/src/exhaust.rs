//! A world of its own for row NAT-1: 55,000 flows through one address of a NAT gateway towards one destination, then
//! one more.

use crate::arena::Arena;
use crate::edit::Edit;
use crate::frame::{Header, Payload, build, read};
use crate::kernel::Kernel;
use crate::random::Random;
use crate::report::{Failure, Mismatch, Report};
use crate::run::LARGE;
use crate::scene::{Scene, everywhere, scene};
use crate::step::Step;
use croft_model::gateway::NatGatewayState;
use croft_model::group::Direction;
use croft_model::interface::InterfaceKind;
use croft_model::network_acl::NetworkAclEntry;
use croft_model::protocol::{Ports, Protocol};
use croft_model::route::{Route, RouteDestination, RouteTarget};
use croft_reference::{Limits, Outcome};
use std::net::Ipv4Addr;

const FLOWS: u64 = 55_000;
/// Beyond what the gateway has.
const MORE: u64 = 400;
/// How many packets the world takes, answers included.
pub const PACKETS: u64 = (FLOWS + MORE) * 3 / 2;

const REMOTE: Ipv4Addr = Ipv4Addr::new(93, 184, 216, 34);

pub fn world(report: &mut Report, ports: &[u32], kernel: Option<&mut Kernel>) -> Result<(), Failure> {
    let Some((scene, senders)) = open_scene(ports) else { return Ok(()) };
    let limits = Limits { entries: LARGE, entries_per_interface: 0 };
    let mut arena = Arena::new(scene, limits, kernel)?;
    report.worlds += 1;
    for n in 0..FLOWS + MORE {
        let (port, mac, source) = senders[n as usize % senders.len()];
        let source_port = (n / senders.len() as u64) as u16;
        let mut step = Some(opening((port, mac, source), source_port));
        // Every other flow is answered.
        while let Some(packet) = step.take() {
            let Some(result) = arena.step(&packet)? else { continue };
            report.count(&result.judged, result.trace);
            report.in_kernel += u64::from(result.in_kernel);
            if let Some((subject, got)) = result.mismatch {
                let cloud = "the world of row NAT-1: one address of a NAT gateway, one destination".into();
                let (seed, judged, steps) = (report.seed, result.judged, vec![packet]);
                report.mismatch = Some(Box::new(Mismatch { seed, world: n, subject, judged, got, steps, cloud }));
                return Ok(());
            }
            if n % 2 == 0
                && let (Outcome::Deliver { port: uplink, bytes }, Step::Packet { port: from, .. }) =
                    (result.judged, packet)
                && from != uplink
                && from == port
            {
                step = answer(&bytes).map(|frame| Step::Packet { port: uplink, frame });
            }
        }
    }
    Ok(())
}

/// A datagram of a sender's to the internet.
pub(crate) fn opening((port, mac, source): Sender, source_port: u16) -> Step {
    let header = Header {
        destination_mac: [2, 0, 0, 0, 0, 1],
        source_mac: mac,
        source,
        destination: REMOTE,
        ttl: 64,
        do_not_fragment: true,
    };
    let payload = Payload::Udp { source: source_port, destination: 53, length: 8, bare: false };
    Step::Packet { port, frame: build(&header, &payload) }
}

/// What the far end sends back.
fn answer(arrived: &[u8]) -> Option<Vec<u8>> {
    let (header, payload) = read(arrived)?;
    let Payload::Udp { source, destination, length, bare } = payload else { return None };
    let (source_mac, destination_mac) = (header.destination_mac, header.source_mac);
    let back = Header { source_mac, destination_mac, source: header.destination, destination: header.source, ..header };
    Some(build(&back, &Payload::Udp { source: destination, destination: source, length, bare }))
}

pub(crate) type Sender = (u32, [u8; 6], Ipv4Addr);

/// A cloud in which two interfaces reach the internet through one address of one NAT gateway, and those two.
pub(crate) fn open_scene(ports: &[u32]) -> Option<(Scene, Vec<Sender>)> {
    for seed in 0..1_000 {
        let mut scene = scene(&mut Random::new(seed), ports);
        let cloud = &scene.cloud;
        let found = cloud.nat_gateways.values().find_map(|nat| {
            let inside: Vec<_> = cloud
                .interfaces
                .values()
                .filter(|i| i.vpc == nat.vpc && i.subnet != nat.subnet && i.kind == InterfaceKind::Interface)
                .filter(|i| scene.ports.contains_key(&i.id))
                .cloned()
                .collect();
            let gateway = cloud.internet_gateway_of(&nat.vpc)?;
            (nat.public && inside.len() >= 2).then(|| (nat.clone(), inside, gateway.id.clone()))
        });
        let Some((nat, inside, gateway)) = found else { continue };
        scene.cloud.settings.clear();
        for name in crate::scene::ZONES {
            if let Some(zone) = scene.cloud.zones.get_mut(name) {
                zone.failed = false;
            }
        }
        Edit::SetNatState(nat.id.clone(), NatGatewayState::Available).apply(&mut scene);
        Edit::SetNatAddresses(nat.id.clone(), nat.addresses[..1].to_vec()).apply(&mut scene);
        let ids: Vec<_> = scene.cloud.network_acls.keys().cloned().collect();
        for acl in ids {
            for direction in [Direction::Ingress, Direction::Egress] {
                let (protocol, ports, cidr) = (Protocol::All, Ports::All, everywhere().into());
                let entry = NetworkAclEntry { number: 1, direction, protocol, ports, cidr, allow: true };
                Edit::PutAclEntry(acl.clone(), entry).apply(&mut scene);
            }
        }
        let group = scene.cloud.vpcs.get(&nat.vpc)?.default_security_group.clone();
        let mut senders = Vec::new();
        let to = |target| Route { destination: RouteDestination::Cidr(everywhere()), target };
        for interface in inside.iter().take(2) {
            Edit::SetGroups(interface.id.clone(), vec![group.clone()]).apply(&mut scene);
            let subnet = scene.cloud.subnets.get(&interface.subnet)?;
            let table = scene.cloud.route_table_of(subnet)?.id.clone();
            scene.cloud.route_tables.get_mut(&table)?.routes = vec![to(RouteTarget::NatGateway(nat.id.clone()))];
            senders.push((*scene.ports.get(&interface.id)?, interface.mac, *interface.private_ips.first()?));
        }
        let subnet = scene.cloud.subnets.get(&nat.subnet)?;
        let table = scene.cloud.route_table_of(subnet)?.id.clone();
        let shared = inside.iter().take(2).any(|i| {
            let subnet = scene.cloud.subnets.get(&i.subnet);
            subnet.and_then(|s| scene.cloud.route_table_of(s)).is_some_and(|t| t.id == table)
        });
        if shared {
            continue;
        }
        scene.cloud.route_tables.get_mut(&table)?.routes = vec![to(RouteTarget::InternetGateway(gateway))];
        return Some((scene, senders));
    }
    None
}
