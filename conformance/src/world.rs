//! A region and its fabric, with an end for every interface and one for the internet.

use crate::frame::{self, Packet, Seen};
use crate::outcome::Outcome;
use crate::socket::FrameSocket;
use croft_control::*;
use croft_datapath::{Fabric, FabricOptions, InterfaceSpec};
use croft_engine::DropReason;
use croft_engine::tables::{DropCount, DropKey};
use croft_model::gateway::{NatGateway, NatGatewayState};
use croft_model::group::Peer;
use croft_model::instance::InstanceState;
use croft_model::interface::NetworkInterface;
use croft_model::network_acl::NetworkAclEntry;
use croft_model::protocol::{Ports, Protocol};
use croft_model::route::{RouteDestination, RouteTarget};
use croft_model::*;
use croft_policy::{Compiler, ROUTER_MAC};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Where the fabrics of tests live.
const BASE: &str = "/run/croft";

/// How long a verdict may take. Nothing waits for it: a packet that is neither delivered nor counted is a failure.
const PATIENCE: Duration = Duration::from_secs(5);

/// An interface that can be sent from and to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// The interface's id, or `internet`.
    pub name: String,
    pub address: Ipv4Addr,
    pub mac: [u8; 6],
    pub port: u32,
    pub subnet: Option<SubnetId>,
    pub instance: Option<InstanceId>,
}

impl End {
    pub fn id(&self) -> NetworkInterfaceId {
        self.name.parse().expect("an interface's id")
    }
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

pub struct World {
    control: Control,
    context: Context,
    compiler: Compiler,
    plugged: croft_policy::Ports,
    fabric: Held,
    sockets: BTreeMap<String, FrameSocket>,
    ends: BTreeMap<String, End>,
    markers: AtomicU64,
    /// Do the namespaces' own stacks hold the interfaces' addresses?
    live: bool,
    quiet: bool,
    /// Has the internet's own stack been silenced?
    silenced: Cell<bool>,
}

/// Worlds run side by side: each has a name of its own.
static WORLDS: AtomicU32 = AtomicU32::new(0);

impl Default for World {
    fn default() -> Self {
        World::new()
    }
}

impl World {
    /// An empty region `us-east-1` in a fabric with 4,096 connections, of which an interface may open a quarter.
    pub fn new() -> World {
        World::with_connections(4096, 1024)
    }

    /// With so many connections, and a share for each interface (0 = all of them).
    pub fn with_connections(connections: u32, share: u32) -> World {
        World::build(connections, share, false)
    }

    /// With the namespaces' own stacks: interfaces hold their addresses, and the internet answers.
    pub fn live(connections: u32) -> World {
        World::build(connections, 0, true)
    }

    fn build(connections: u32, share: u32, live: bool) -> World {
        let number = WORLDS.fetch_add(1, Ordering::Relaxed);
        if number == 0 {
            // What an earlier run that was killed may have left.
            croft_datapath::clean(Path::new(BASE)).expect("fabrics without an owner can be removed");
        }
        let id = format!("w{:x}-{number:x}", std::process::id());
        let mut options = FabricOptions::new(id.as_str(), Path::new(BASE).join(&id));
        options.connections = connections;
        options.ephemeral = true;
        let fabric = Fabric::open(options.clone()).expect("a fabric: these tests need root and a Linux with tcx");
        let held = Held { fabric: Some(fabric), options };
        let fabric = held.fabric();
        let plugged = croft_policy::Ports { uplink: fabric.uplink(), ..croft_policy::Ports::default() };
        let socket = fabric.in_internet(|| FrameSocket::open("uplink")).expect("the internet").expect("its device");
        let internet = End {
            name: "internet".into(),
            address: Ipv4Addr::new(203, 0, 113, 7),
            mac: fabric.uplink().mac,
            port: fabric.uplink().port,
            subnet: None,
            instance: None,
        };
        World {
            control: Control::new(Region::new("us-east-1", "000000000000")),
            context: Context { now: 1_700_000_000, bits: Bits::from_seed(7) },
            compiler: Compiler::with_interface_connections(share),
            plugged,
            fabric: held,
            sockets: BTreeMap::from([("internet".to_string(), socket)]),
            ends: BTreeMap::from([("internet".to_string(), internet)]),
            markers: AtomicU64::new(1),
            live,
            quiet: false,
            silenced: Cell::new(false),
        }
    }

    pub fn region(&self) -> &Region {
        self.control.region()
    }

    pub fn fabric(&self) -> &Fabric {
        self.fabric.fabric()
    }

    /// Leaves the fabric to the kernel, as a daemon that has died does. What stays is its run directory.
    pub fn abandon(&mut self) -> PathBuf {
        if let Some(fabric) = self.fabric.fabric.take() {
            fabric.close();
        }
        self.fabric.options.run_dir.clone()
    }

    /// Takes an abandoned fabric over.
    pub fn adopt(&mut self) {
        let options = self.fabric.options.clone();
        self.fabric.fabric = Some(Fabric::open(options).expect("the fabric is still there"));
    }

    /// Runs a command, and brings the fabric to the new region.
    #[track_caller]
    pub fn run<R: Request>(&mut self, request: R) -> R::Response {
        self.try_run(request).expect("a command that is allowed")
    }

    pub fn try_run<R: Request>(&mut self, request: R) -> croft_control::Result<R::Response> {
        let prepared = self.control.prepare(request, &mut self.context)?;
        let outcome = self.control.install(prepared);
        self.apply();
        Ok(outcome.response)
    }

    /// Many commands, and the tables once behind them.
    pub fn quietly<T>(&mut self, work: impl FnOnce(&mut World) -> T) -> T {
        self.quiet = true;
        let done = work(self);
        self.quiet = false;
        self.apply();
        done
    }

    /// Compiles and writes the tables.
    pub fn apply(&mut self) {
        if self.quiet {
            return;
        }
        let update = self.compiler.update(self.control.region(), &self.plugged);
        self.fabric().apply_delta(&update.delta).expect("tables that can be written");
    }

    // ---- What a world is made of -------------------------------------------------------------------------------

    pub fn vpc(&mut self, block: &str) -> VpcId {
        let cidr_block = block.parse().expect("a block");
        self.run(CreateVpc { cidr_block, instance_tenancy: None, tags: Tags::new() }).id
    }

    /// In zone `us-east-1a`.
    pub fn subnet(&mut self, vpc: &VpcId, block: &str) -> SubnetId {
        self.subnet_in(vpc, block, "us-east-1a")
    }

    pub fn subnet_in(&mut self, vpc: &VpcId, block: &str, zone: &str) -> SubnetId {
        let request = CreateSubnet {
            vpc_id: vpc.clone(),
            cidr_block: block.parse().expect("a block"),
            availability_zone: Some(zone.into()),
            tags: Tags::new(),
        };
        self.run(request).id
    }

    /// A new group: nothing in, everything out (row SG-1).
    pub fn group(&mut self, vpc: &VpcId) -> SecurityGroupId {
        let name = format!("group-{}", self.region().security_groups.len());
        let request = CreateSecurityGroup {
            group_name: name.clone(),
            description: name,
            vpc_id: Some(vpc.clone()),
            tags: Tags::new(),
        };
        self.run(request).id
    }

    /// A group that lets everything in and out, tracked nevertheless: its rule names the block 0.0.0.0/1 and its other half.
    pub fn open_group(&mut self, vpc: &VpcId) -> SecurityGroupId {
        let group = self.group(vpc);
        for half in ["0.0.0.0/1", "128.0.0.0/1"] {
            self.allow_in(&group, Protocol::All, Ports::All, cidr(half));
        }
        group
    }

    pub fn allow_in(&mut self, group: &SecurityGroupId, protocol: Protocol, ports: Ports, peer: Peer) {
        let ip_permissions = vec![IpPermission { protocol, ports, peer, description: None }];
        self.run(AuthorizeSecurityGroupIngress { group_id: group.clone(), ip_permissions, tags: Tags::new() });
    }

    pub fn allow_out(&mut self, group: &SecurityGroupId, protocol: Protocol, ports: Ports, peer: Peer) {
        let ip_permissions = vec![IpPermission { protocol, ports, peer, description: None }];
        self.run(AuthorizeSecurityGroupEgress { group_id: group.clone(), ip_permissions, tags: Tags::new() });
    }

    /// Takes away every rule of one direction.
    pub fn close(&mut self, group: &SecurityGroupId, direction: croft_model::group::Direction) {
        let rules = &self.region().security_groups[group].rules;
        let security_group_rule_ids: Vec<_> =
            rules.iter().filter(|r| r.direction == direction).map(|r| r.id.clone()).collect();
        if security_group_rule_ids.is_empty() {
            return;
        }
        let group_id = group.clone();
        match direction {
            croft_model::group::Direction::Ingress => self.run(RevokeSecurityGroupIngress {
                group_id,
                ip_permissions: vec![],
                security_group_rule_ids,
            }),
            croft_model::group::Direction::Egress => self.run(RevokeSecurityGroupEgress {
                group_id,
                ip_permissions: vec![],
                security_group_rule_ids,
            }),
        }
    }

    /// A running instance with this address.
    pub fn instance(&mut self, subnet: &SubnetId, address: &str, groups: &[&SecurityGroupId]) -> End {
        let request = RunInstances {
            image_id: "ami-0c02fb55956c7d316".into(),
            instance_type: None,
            subnet_id: Some(subnet.clone()),
            security_group_ids: groups.iter().map(|g| (*g).clone()).collect(),
            private_ip_address: Some(address.parse().expect("an address")),
            network_interfaces: vec![],
            user_data: None,
            key_name: None,
            iam_instance_profile: None,
            tags: Tags::new(),
        };
        let instance = self.run(request);
        self.run(ObserveInstance {
            instance_id: instance.id.clone(),
            generation: instance.generation,
            state: InstanceState::Running,
            reason: None,
        });
        self.plug(&instance.interfaces[0])
    }

    /// Plugs an interface into the fabric, in a namespace of its own.
    pub fn plug(&mut self, id: &NetworkInterfaceId) -> End {
        let interface: NetworkInterface = self.region().interfaces[id].clone();
        self.fabric().ensure_namespace(id.as_str()).expect("a namespace");
        let (addresses, gateway) = if self.live {
            let block = self.region().subnets[&interface.subnet].block;
            let router = Ipv4Addr::from(u32::from(block.network()) + 1);
            (interface.private_ips.iter().map(|a| (*a, block.prefix_len())).collect(), router)
        } else {
            // Of no VPC: the namespace's own stack answers nothing that the tests send.
            (vec![(Ipv4Addr::new(192, 0, 2, 2), 24)], Ipv4Addr::new(192, 0, 2, 1))
        };
        let spec = InterfaceSpec {
            name: id.to_string(),
            namespace: id.to_string(),
            device: "eth0".into(),
            mac: interface.mac,
            addresses,
            gateway,
            mtu: 9001,
        };
        let port = self.fabric().ensure_interface(&spec).expect("an interface");
        let socket = self.fabric().in_namespace(id.as_str(), || FrameSocket::open("eth0")).expect("the namespace");
        self.sockets.insert(id.to_string(), socket.expect("its device"));
        self.plugged.interfaces.insert(id.clone(), port);
        self.apply();
        let end = End {
            name: id.to_string(),
            address: interface.private_ips[0],
            mac: interface.mac,
            port,
            subnet: Some(interface.subnet),
            instance: interface.attachment.map(|a| a.instance),
        };
        self.ends.insert(end.name.clone(), end.clone());
        end
    }

    /// Puts an interface into the tables with a port that does not exist: for measuring how tables grow.
    pub fn pretend(&mut self, id: &NetworkInterfaceId) {
        let port = 1_000_000 + self.plugged.interfaces.len() as u32;
        self.plugged.interfaces.insert(id.clone(), port);
        self.apply();
    }

    /// The internet, which calls itself 203.0.113.7 here.
    pub fn internet(&self) -> End {
        if !self.live && !self.silenced.replace(true) {
            // Without a way to the fabric its own stack answers nothing: what comes from the internet, the tests send.
            let pool = (Ipv4Addr::new(198, 18, 0, 0), Ipv4Addr::new(255, 254, 0, 0));
            let removed = self.fabric().in_internet(|| crate::socket::remove_route(pool.0, pool.1));
            removed.expect("the internet").expect("its route");
        }
        self.ends["internet"].clone()
    }

    pub fn internet_gateway(&mut self, vpc: &VpcId) -> InternetGatewayId {
        let gateway = self.run(CreateInternetGateway { tags: Tags::new() }).id;
        self.run(AttachInternetGateway { internet_gateway_id: gateway.clone(), vpc_id: vpc.clone() });
        gateway
    }

    /// A table of its own for a subnet.
    pub fn route_table(&mut self, vpc: &VpcId, subnet: &SubnetId) -> RouteTableId {
        let table = self.run(CreateRouteTable { vpc_id: vpc.clone(), tags: Tags::new() }).id;
        self.run(AssociateRouteTable { route_table_id: table.clone(), subnet_id: subnet.clone() });
        table
    }

    pub fn route(&mut self, table: &RouteTableId, destination: &str, target: RouteTarget) {
        let destination = RouteDestination::Cidr(destination.parse().expect("a block"));
        self.run(CreateRoute { route_table_id: table.clone(), destination, target });
    }

    /// A subnet whose table leads to an internet gateway.
    pub fn public_subnet(&mut self, vpc: &VpcId, block: &str, gateway: &InternetGatewayId) -> SubnetId {
        let subnet = self.subnet(vpc, block);
        let table = self.route_table(vpc, &subnet);
        self.route(&table, "0.0.0.0/0", RouteTarget::InternetGateway(gateway.clone()));
        subnet
    }

    /// An Elastic IP on the interface's primary address.
    pub fn elastic_ip(&mut self, end: &End) -> Ipv4Addr {
        let address = self.run(AllocateAddress { tags: Tags::new() });
        self.run(AssociateAddress {
            allocation_id: address.id,
            instance_id: None,
            network_interface_id: Some(end.id()),
            private_ip_address: None,
            allow_reassociation: None,
        });
        address.public_ip
    }

    /// A NAT gateway that is available, and its public address.
    pub fn nat_gateway(&mut self, subnet: &SubnetId) -> (NatGateway, Ipv4Addr) {
        let address = self.run(AllocateAddress { tags: Tags::new() });
        let request = CreateNatGateway {
            subnet_id: subnet.clone(),
            connectivity_type: None,
            availability_mode: None,
            allocation_id: Some(address.id),
            private_ip_address: None,
            secondary_allocation_ids: vec![],
            secondary_private_ip_addresses: vec![],
            secondary_private_ip_address_count: None,
            client_token: None,
            tags: Tags::new(),
        };
        (self.make_nat_gateway(request), address.public_ip)
    }

    pub fn make_nat_gateway(&mut self, request: CreateNatGateway) -> NatGateway {
        let id = self.run(request).id;
        self.run(ObserveNatGateway { nat_gateway_id: id.clone(), state: NatGatewayState::Available });
        self.region().nat_gateways[&id].clone()
    }

    /// A network ACL of the subnet's own: it denies everything until told otherwise (row ACL-3).
    pub fn network_acl(&mut self, vpc: &VpcId, subnet: &SubnetId) -> NetworkAclId {
        let acl = self.run(CreateNetworkAcl { vpc_id: vpc.clone(), tags: Tags::new() }).id;
        let association_id = self.region().subnets[subnet].network_acl.0.clone();
        self.run(ReplaceNetworkAclAssociation { association_id, network_acl_id: acl.clone() });
        acl
    }

    pub fn entry(&mut self, acl: &NetworkAclId, entry: NetworkAclEntry) {
        self.run(CreateNetworkAclEntry { network_acl_id: acl.clone(), entry });
    }

    // ---- What packets do ------------------------------------------------------------------------------------------

    /// Sends a packet from an end and says what became of it.
    #[track_caller]
    pub fn send(&self, from: &End, packet: &Packet) -> Outcome {
        let marker = self.markers.fetch_add(1, Ordering::Relaxed);
        let marker = (0xc0f7_0000_0000_0000 | marker).to_be_bytes();
        let to = if from.name == "internet" { self.fabric().uplink().router_mac } else { ROUTER_MAC };
        self.send_bytes(from, &packet.bytes(from.mac, to, marker), marker)
    }

    /// Sends a frame that ends with `marker`.
    #[track_caller]
    pub fn send_bytes(&self, from: &End, frame: &[u8], marker: [u8; 8]) -> Outcome {
        let before = self.drops_from(from);
        self.sockets[&from.name].send(frame).expect("a frame that the device takes");
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            for (name, socket) in self.sockets.iter().filter(|(name, _)| **name != from.name) {
                while let Some(frame) = socket.receive().expect("the device is there") {
                    if !frame.ends_with(&marker) {
                        continue;
                    }
                    if let Some(seen) = frame::see(&frame) {
                        return Outcome::Delivered { to: name.clone(), seen, frame };
                    }
                }
            }
            for (key, count) in self.drops_from(from) {
                if count.packets > before.get(&key).map_or(0, |b| b.packets) {
                    let reason = DropReason::from_number(key.reason).expect("a known reason");
                    return Outcome::Dropped { reason, gate: self.gate(key.node) };
                }
            }
        }
        panic!("a packet that was neither delivered nor counted: {from} sent {frame:02x?}");
    }

    /// The next frame that reaches an end and that `wanted` picks: answers that Croft makes itself.
    #[track_caller]
    pub fn receive(&self, end: &End, wanted: impl Fn(&Seen) -> bool) -> Seen {
        self.receive_frame(end, |frame| frame::see(frame).filter(|s| wanted(s)))
    }

    /// The same over whole frames.
    #[track_caller]
    pub fn receive_frame<T>(&self, end: &End, wanted: impl Fn(&[u8]) -> Option<T>) -> T {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            while let Some(frame) = self.sockets[&end.name].receive().expect("the device is there") {
                if let Some(found) = wanted(&frame) {
                    return found;
                }
            }
        }
        panic!("nothing like that reached {end}");
    }

    /// Everything that waits at an end.
    pub fn received(&self, end: &End) -> Vec<Vec<u8>> {
        let mut frames = vec![];
        while let Some(frame) = self.sockets[&end.name].receive().expect("the device is there") {
            frames.push(frame);
        }
        frames
    }

    /// Sends a frame as it is and waits for nothing.
    pub fn send_raw(&self, from: &End, frame: &[u8]) {
        self.sockets[&from.name].send(frame).expect("a frame that the device takes");
    }

    /// Drops of packets that came from an end.
    pub fn drops_from(&self, end: &End) -> BTreeMap<DropKey, DropCount> {
        let drops = self.fabric().drops().expect("the counters");
        drops.into_iter().filter(|(key, _)| key.port == end.port).collect()
    }

    /// How many packets of an end were dropped for a reason.
    pub fn dropped(&self, end: &End, reason: DropReason) -> u64 {
        let drops = self.drops_from(end);
        drops.iter().filter(|(key, _)| key.reason == reason as u32).map(|(_, count)| count.packets).sum()
    }

    /// Moves the fabric's clock forward.
    pub fn advance(&self, seconds: u64) {
        self.fabric().advance_clock(Duration::from_secs(seconds)).expect("the clock");
    }

    fn gate(&self, node: u32) -> String {
        self.compiler.node(node).map(ToString::to_string).unwrap_or_default()
    }

    /// Sends and expects the answer to come back; both must arrive.
    #[track_caller]
    pub fn exchange(&self, from: &End, to: &End, request: &Packet) {
        let arrived = self.send(from, request);
        let seen = arrived.delivered_to(to).clone();
        let mut answer = request.answer();
        // The answer goes to whom the receiver saw, with the ports it saw.
        (answer.source, answer.destination) = (seen.destination, seen.source);
        match (&mut answer.body, seen.ports, seen.identifier) {
            (frame::Body::Tcp { source, destination, .. } | frame::Body::Udp { source, destination }, Some(p), _) => {
                (*source, *destination) = (p.1, p.0);
            }
            (frame::Body::Echo { identifier, .. }, _, Some(seen)) => *identifier = seen,
            _ => {}
        }
        self.send(to, &answer).delivered_to(from);
    }
}

/// A fabric that is removed with its world, also after a panic.
struct Held {
    /// None while nobody owns it.
    fabric: Option<Fabric>,
    options: FabricOptions,
}

impl Held {
    fn fabric(&self) -> &Fabric {
        self.fabric.as_ref().expect("the fabric has an owner")
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let removed = match self.fabric.take() {
            Some(fabric) => fabric.destroy(),
            None => croft_datapath::destroy_by_run_dir(&self.options.run_dir),
        };
        if let Err(error) = removed {
            eprintln!("the fabric of a test could not be removed: {error}");
        }
    }
}

// ---- Short words for rules -----------------------------------------------------------------------------------------

pub const TCP: Protocol = Protocol::Number(6);
pub const UDP: Protocol = Protocol::Number(17);
pub const ICMP: Protocol = Protocol::Number(1);

pub fn port(port: u16) -> Ports {
    Ports::Range { from: port, to: port }
}

pub fn ports(from: u16, to: u16) -> Ports {
    Ports::Range { from, to }
}

pub fn cidr(block: &str) -> Peer {
    Peer::Ipv4(block.parse().expect("a block"))
}

/// An entry that allows.
pub fn allow(
    number: u16,
    direction: croft_model::group::Direction,
    protocol: Protocol,
    ports: Ports,
    block: &str,
) -> NetworkAclEntry {
    NetworkAclEntry { number, direction, protocol, ports, cidr: block.parse().expect("a block"), allow: true }
}

/// An entry that denies.
pub fn deny(
    number: u16,
    direction: croft_model::group::Direction,
    protocol: Protocol,
    ports: Ports,
    block: &str,
) -> NetworkAclEntry {
    NetworkAclEntry { allow: false, ..allow(number, direction, protocol, ports, block) }
}
