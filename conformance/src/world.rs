//! A cloud and its fabric, with an end for every interface and one for the internet.

use crate::frame::{self, Packet, Seen};
use crate::outcome::Outcome;
use crate::socket::FrameSocket;
use croft_analysis::{Answer, ReachQuestion, Runner};
use croft_control::*;
use croft_datapath::{Fabric, FabricOptions};
use croft_engine::DropReason;
use croft_engine::tables::{DropCount, DropKey};
use croft_model::gateway::NatGatewayState;
use croft_model::*;
use croft_policy::{Compiler, ROUTER_MAC};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

mod make;
mod rules;

pub use rules::*;

/// Where the fabrics of tests live.
const BASE: &str = "/run/croft";

/// How long a verdict may take. Nothing waits for it: a packet that is neither delivered nor counted is a failure.
/// Long enough for a machine under load.
const PATIENCE: Duration = Duration::from_secs(30);

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
    silenced: AtomicBool,
}

/// Worlds run side by side: each has a name of its own.
static WORLDS: AtomicU32 = AtomicU32::new(0);
static CLEANED: Once = Once::new();

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
        CLEANED.call_once(remove_orphans);
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
            control: Control::new(Cloud::new(croft_model::Scope::default())),
            context: Context { scope: croft_model::Scope::default(), now: 1_700_000_000, bits: Bits::from_seed(7) },
            compiler: Compiler::with_interface_connections(share),
            plugged,
            fabric: held,
            sockets: BTreeMap::from([("internet".to_string(), socket)]),
            ends: BTreeMap::from([("internet".to_string(), internet)]),
            markers: AtomicU64::new(1),
            live,
            quiet: false,
            silenced: AtomicBool::new(false),
        }
    }

    pub fn cloud(&self) -> &Cloud {
        self.control.cloud()
    }

    /// Closes the packet sockets, which take a copy of every frame: the ends can neither send nor receive any more, and
    /// nothing stands beside the namespaces' own stacks.
    pub fn deafen(&mut self) {
        self.sockets.clear();
    }

    pub fn fabric(&self) -> &Fabric {
        self.fabric.fabric()
    }

    /// What an explanation says of a path.
    pub fn reach(&self, question: &ReachQuestion) -> Answer {
        croft_analysis::reach(self.cloud(), &self.plugged, question).expect("a question that has an answer")
    }

    /// Leaves the fabric to the kernel, as a daemon that has died does. What stays is its run directory.
    pub fn abandon(&mut self) -> PathBuf {
        let run_dir = self.fabric.options.run_dir.clone();
        if let Some(fabric) = self.fabric.fabric.take() {
            // Or a daemon that another test starts would take it for one of a test that was killed.
            std::fs::remove_file(run_dir.join("ephemeral")).expect("a fabric of a test");
            fabric.close();
        }
        run_dir
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
        let update = self.compiler.update(self.control.cloud(), &self.plugged);
        self.fabric().apply_delta(&update.delta).expect("tables that can be written");
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

/// Worlds of a run that was killed: the process is in the name. Fabrics of others are not looked at.
fn remove_orphans() {
    for found in croft_datapath::fabrics(Path::new(BASE)).expect("a directory that can be read") {
        let name = found.run_dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let process = name.strip_prefix('w').and_then(|n| u32::from_str_radix(n.split_once('-')?.0, 16).ok());
        if process.is_some_and(|process| !Path::new("/proc").join(process.to_string()).exists()) {
            match croft_datapath::destroy_by_run_dir(&found.run_dir) {
                // Somebody else is at it.
                Err(croft_datapath::FabricError::Owned(_)) => {}
                other => other.expect("the fabric of a run that was killed can be removed"),
            }
        }
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

/// The changes of an explanation are commands like any other; what they begin is completed at once.
impl Runner for World {
    type Error = croft_control::Error;

    fn cloud(&self) -> Cloud {
        self.control.cloud().clone()
    }

    fn run_in<R: Request>(&mut self, scope: &Scope, request: R) -> croft_control::Result<R::Response> {
        self.context.scope = scope.clone();
        let response = self.try_run(request)?;
        let pending: Vec<NatGatewayId> = self
            .cloud()
            .nat_gateways
            .values()
            .filter(|n| n.state == NatGatewayState::Pending)
            .map(|n| n.id.clone())
            .collect();
        for nat_gateway_id in pending {
            self.try_run(ObserveNatGateway { nat_gateway_id, state: NatGatewayState::Available })?;
        }
        Ok(response)
    }
}
