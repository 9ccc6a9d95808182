//! A small world with tables written by hand: a VPC 10.0.0.0/16 with two subnets.

use std::{
    net::Ipv4Addr,
    path::{Path, PathBuf},
    sync::{
        Once,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use croft_datapath::{Fabric, FabricOptions, InterfaceSpec, destroy_by_run_dir};
use croft_engine::{Ip, memory::Snapshot, tables::*};

pub const VPC: u32 = 7;
pub const TABLE: u32 = 70;
pub const GATEWAY: u32 = 71;
pub const ROUTER_MAC: [u8; 6] = [0x02, 0, 0, 0, 0, 0x01];

/// A fabric that is removed with the test, whatever becomes of it.
pub struct World {
    pub run_dir: PathBuf,
    pub fabric: Option<Fabric>,
    pub tables: Snapshot,
}

pub fn options(run_dir: &Path) -> FabricOptions {
    FabricOptions {
        connections: 4096,
        ephemeral: true,
        services: vec![env!("CARGO_BIN_EXE_croft-fabric").into(), "internet".into()],
        ..FabricOptions::new("test", run_dir)
    }
}

/// A directory that no other test has.
pub fn run_dir(name: &str) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    static CLEANED: Once = Once::new();
    let base = std::env::temp_dir().join("croft-datapath-tests");
    CLEANED.call_once(|| remove_orphans(&base));
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    base.join(format!("{name}-{}-{n}", std::process::id()))
}

/// Fabrics of test processes that were killed: the process is in the name.
fn remove_orphans(base: &Path) {
    for entry in std::fs::read_dir(base).into_iter().flatten().flatten() {
        let name = entry.file_name().into_string().unwrap();
        let process = name.split('-').nth(1).unwrap_or_default();
        if !Path::new("/proc").join(process).exists() {
            destroy_by_run_dir(&entry.path()).unwrap();
        }
    }
}

impl World {
    /// A fabric with an empty VPC of two subnets, 10.0.1.0/24 and 10.0.2.0/24.
    pub fn new(name: &str) -> World {
        let run_dir = run_dir(name);
        let fabric = Fabric::open(options(&run_dir)).unwrap();
        let mut tables = Snapshot { uplink: fabric.uplink(), ..Snapshot::default() };
        for n in [1u32, 2] {
            tables.subnets.insert(
                n,
                Subnet {
                    network: Ip::v4(0x0a00_0000 | n << 8),
                    mask: Ip([!0, !0, !0, 0xffff_ff00u32.to_be()]),
                    egress_acl: 0,
                    ingress_acl: 0,
                    route_table: TABLE,
                    vpc: VPC,
                },
            );
        }
        tables.routes.insert(RouteKey::v4(TABLE, 0x0a00_0000, 16), Route { kind: ROUTE_LOCAL, node: 0 });
        World { run_dir, fabric: Some(fabric), tables }
    }

    pub fn fabric(&self) -> &Fabric {
        self.fabric.as_ref().unwrap()
    }

    /// An interface 10.0.`subnet`.`host` in a namespace of its own. Its groups allow everything, unless changed.
    pub fn interface(&mut self, name: &str, subnet: u8, host: u8) -> u32 {
        let fabric = self.fabric.as_ref().unwrap();
        let spec = spec(name, subnet, host);
        fabric.ensure_namespace(name).unwrap();
        let port = fabric.ensure_interface(&spec).unwrap();
        self.add(port, &spec, subnet.into());
        port
    }

    /// Puts an interface into the tables.
    pub fn add(&mut self, port: u32, spec: &InterfaceSpec, subnet: u32) {
        let address = Ip::from(spec.addresses[0].0);
        self.tables.interfaces.insert(
            port,
            Interface {
                vpc: VPC,
                subnet,
                node: 1000 + port,
                address,
                mac: spec.mac,
                router_mac: ROUTER_MAC,
                ..Interface::default()
            },
        );
        let owner = Owner { kind: OWNER_INTERFACE, node: port, subnet, membership: 0 };
        self.tables.owners.insert(VpcAddress { vpc: VPC, address }, owner);
    }

    /// A public address of an interface, and a route to the internet.
    pub fn public(&mut self, private: Ipv4Addr, public: Ipv4Addr) {
        let (private, public) = (Ip::from(private), Ip::from(public));
        let key = VpcAddress { vpc: VPC, address: private };
        self.tables.publics.insert(key, Public { address: public, gateway: GATEWAY });
        self.tables.privates.insert(public, Private { address: private, vpc: VPC, gateway: GATEWAY, route_table: 0 });
        self.tables.routes.insert(RouteKey::v4(TABLE, 0, 0), Route { kind: ROUTE_INTERNET, node: GATEWAY });
    }

    /// Puts a NAT gateway (10.0.2.200, 198.18.0.200) into the second subnet, and the first one's way out through it.
    pub fn nat_gateway(&mut self, node: u32) {
        let tables = &mut self.tables;
        let address = Ip::from(Ipv4Addr::new(10, 0, 2, 200));
        let mut addresses = [Ip::UNSPECIFIED; 8];
        addresses[0] = address;
        tables.nats.insert(node, NatGateway { vpc: VPC, subnet: 2, flags: 0, count: 1, addresses });
        tables
            .owners
            .insert(VpcAddress { vpc: VPC, address }, Owner { kind: OWNER_NAT, node, subnet: 2, membership: 0 });
        let public_table = TABLE + 5;
        tables.subnets.get_mut(&2).unwrap().route_table = public_table;
        tables.routes.insert(RouteKey::v4(public_table, 0x0a00_0000, 16), Route { kind: ROUTE_LOCAL, node: 0 });
        tables.routes.insert(RouteKey::v4(public_table, 0, 0), Route { kind: ROUTE_INTERNET, node: GATEWAY });
        self.public([10, 0, 2, 200].into(), [198, 18, 0, 200].into());
        self.tables.routes.insert(RouteKey::v4(TABLE, 0, 0), Route { kind: ROUTE_NAT, node });
    }

    pub fn apply(&self) -> croft_datapath::Applied {
        self.fabric().apply(&self.tables).unwrap()
    }

    /// Packets dropped for a reason, of an interface.
    pub fn dropped(&self, reason: croft_engine::DropReason, port: u32) -> u64 {
        let all = self.fabric().drops().unwrap();
        all.iter().filter(|(k, _)| k.reason == reason as u32 && k.port == port).map(|(_, c)| c.packets).sum()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        drop(self.fabric.take());
        let result = destroy_by_run_dir(&self.run_dir);
        if !std::thread::panicking() {
            result.unwrap();
        }
    }
}

pub fn spec(name: &str, subnet: u8, host: u8) -> InterfaceSpec {
    InterfaceSpec {
        name: format!("eni-{name}"),
        namespace: name.into(),
        device: "eth0".into(),
        mac: [0x0a, 0, 0, 0, subnet, host],
        addresses: vec![(Ipv4Addr::new(10, 0, subnet, host), 24)],
        gateway: Ipv4Addr::new(10, 0, subnet, 1),
        mtu: 9001,
    }
}

/// Waits for what comes about by itself.
pub fn eventually(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(30), "it does not come about");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Set when this is dropped: what runs beside a test that fails would go on for ever.
pub struct Stop<'a>(pub &'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
