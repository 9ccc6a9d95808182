//! A small network written straight into the engine's tables, and packets for it.
//!
//! VPC 1, 10.0.0.0/16: a public subnet with `WEB` (198.18.0.5) and a NAT gateway (198.18.0.10), a private subnet with
//! `APP` and `PEER`, whose way out is the NAT gateway, and a data subnet with `DATA`, which has none. VPC 2 has the
//! same addresses and one interface, `STRANGER`. Everything may leave everywhere; nothing may enter until a test
//! says so.
#![allow(dead_code)]

pub mod net;
pub mod packets;

use croft_engine::Ip;
use croft_engine::memory::Snapshot;
use croft_engine::tables::*;

pub const WEB: u32 = 11;
pub const APP: u32 = 12;
pub const PEER: u32 = 13;
pub const DATA: u32 = 14;
pub const STRANGER: u32 = 15;
pub const UPLINK: u32 = 16;

pub const VPC: u32 = 1;
pub const OTHER_VPC: u32 = 2;
pub const PUBLIC: u32 = 101;
pub const PRIVATE: u32 = 102;
pub const DATA_SUBNET: u32 = 103;
pub const OTHER_SUBNET: u32 = 104;
pub const NAT: u32 = 201;
pub const GATEWAY: u32 = 202;
pub const OTHER_GATEWAY: u32 = 203;

/// Host order.
pub const fn ip(a: u8, b: u8, c: u8, d: u8) -> u32 {
    u32::from_be_bytes([a, b, c, d])
}

pub const WEB_IP: u32 = ip(10, 0, 0, 5);
pub const WEB_PUBLIC: u32 = ip(198, 18, 0, 5);
pub const NAT_IP: u32 = ip(10, 0, 0, 10);
pub const NAT_PUBLIC: u32 = ip(198, 18, 0, 10);
pub const APP_IP: u32 = ip(10, 0, 1, 5);
pub const PEER_IP: u32 = ip(10, 0, 1, 6);
pub const DATA_IP: u32 = ip(10, 0, 2, 5);
pub const INTERNET: u32 = ip(203, 0, 113, 7);

pub const ALL: u16 = 0xffff;

/// The node of an interface.
pub const fn node(port: u32) -> u32 {
    port + 1000
}

pub const fn egress(port: u32) -> u32 {
    port + 2000
}

pub const fn ingress(port: u32) -> u32 {
    port + 3000
}

pub fn mac(port: u32) -> [u8; 6] {
    [2, 0, 0, 0, 0, port as u8]
}

pub const ROUTER: [u8; 6] = [2, 0, 0, 0, 1, 1];

/// Snapshot and the number of the next class.
#[derive(Clone)]
pub struct World {
    pub tables: Snapshot,
    next_class: u32,
}

impl World {
    pub fn new() -> World {
        let mut w = World { tables: Snapshot::default(), next_class: 1 };
        w.tables.uplink = Uplink { port: UPLINK, mac: mac(UPLINK), router_mac: ROUTER };
        w.subnet(PUBLIC, VPC, ip(10, 0, 0, 0), Some((ROUTE_INTERNET, GATEWAY)));
        w.subnet(PRIVATE, VPC, ip(10, 0, 1, 0), Some((ROUTE_NAT, NAT)));
        w.subnet(DATA_SUBNET, VPC, ip(10, 0, 2, 0), None);
        w.subnet(OTHER_SUBNET, OTHER_VPC, ip(10, 0, 0, 0), Some((ROUTE_INTERNET, OTHER_GATEWAY)));
        w.interface(WEB, VPC, PUBLIC, WEB_IP);
        w.interface(APP, VPC, PRIVATE, APP_IP);
        w.interface(PEER, VPC, PRIVATE, PEER_IP);
        w.interface(DATA, VPC, DATA_SUBNET, DATA_IP);
        w.interface(STRANGER, OTHER_VPC, OTHER_SUBNET, WEB_IP);
        w.public(VPC, WEB_IP, WEB_PUBLIC, GATEWAY);
        let mut addresses = [Ip::UNSPECIFIED; 8];
        addresses[0] = Ip::v4(NAT_IP);
        w.tables.nats.insert(NAT, NatGateway { vpc: VPC, subnet: PUBLIC, flags: 0, count: 1, addresses });
        let owner = Owner { kind: OWNER_NAT, node: NAT, subnet: PUBLIC, membership: 0 };
        w.tables.owners.insert(VpcAddress { vpc: VPC, address: Ip::v4(NAT_IP) }, owner);
        w.public(VPC, NAT_IP, NAT_PUBLIC, GATEWAY);
        w
    }

    fn subnet(&mut self, node: u32, vpc: u32, network: u32, default: Option<(u32, u32)>) {
        let table = node + 500;
        let mask = Ip([u32::MAX, u32::MAX, u32::MAX, 0xffff_ff00u32.to_be()]);
        let subnet = Subnet { network: Ip::v4(network), mask, egress_acl: 0, ingress_acl: 0, route_table: table, vpc };
        self.tables.subnets.insert(node, subnet);
        self.tables.routes.insert(RouteKey::v4(table, ip(10, 0, 0, 0), 16), Route { kind: ROUTE_LOCAL, node: 0 });
        if let Some((kind, node)) = default {
            self.tables.routes.insert(RouteKey::v4(table, 0, 0), Route { kind, node });
        }
    }

    pub fn interface(&mut self, port: u32, vpc: u32, subnet: u32, address: u32) {
        let interface = Interface {
            vpc,
            subnet,
            node: node(port),
            egress_set: egress(port),
            ingress_set: ingress(port),
            flags: IF_EGRESS_OPEN_TCP | IF_EGRESS_OPEN_UDP,
            address: Ip::v4(address),
            resolver: Ip::v4(ip(10, 0, 0, 2)),
            mac: mac(port),
            router_mac: ROUTER,
            tcp_idle: 432_000,
            udp_idle: 30,
            udp_stream_idle: 180,
            membership: 0,
        };
        self.tables.interfaces.insert(port, interface);
        let owner = Owner { kind: OWNER_INTERFACE, node: port, subnet, membership: 0 };
        self.tables.owners.insert(VpcAddress { vpc, address: Ip::v4(address) }, owner);
        let open = OPEN_ICMP | OPEN_TCP | OPEN_UDP | OPEN_REST | OPEN_TCP_WIDE | OPEN_UDP_WIDE;
        self.class(egress(port), 0, 0, open);
    }

    pub fn public(&mut self, vpc: u32, private: u32, public: u32, gateway: u32) {
        let address = VpcAddress { vpc, address: Ip::v4(private) };
        self.tables.publics.insert(address, Public { address: Ip::v4(public), gateway });
        let private = Private { address: Ip::v4(private), vpc, gateway, route_table: 0 };
        self.tables.privates.insert(Ip::v4(public), private);
        let holder = self.tables.owners.get(&address).and_then(|owner| self.tables.interfaces.get_mut(&owner.node));
        if let Some(holder) = holder {
            holder.flags |= IF_PUBLIC;
        }
    }

    /// Everything that comes in for the VPC is routed by this table, which is `local` for 10.0.0.0/16.
    pub fn gateway_table(&mut self, vpc: u32, table: u32) {
        for private in self.tables.privates.values_mut().filter(|private| private.vpc == vpc) {
            private.route_table = table;
        }
        self.tables.routes.insert(RouteKey::v4(table, ip(10, 0, 0, 0), 16), Route { kind: ROUTE_LOCAL, node: 0 });
    }

    /// A class of a set with these protocols open; its number.
    pub fn class(&mut self, set: u32, network: u32, length: u32, open: u32) -> u32 {
        let id = self.next_class;
        self.next_class += 1;
        self.tables.classes.insert(ClassKey::v4(set, network, length), Class { id, open, ..Class::default() });
        if length == 0 {
            self.tell_interfaces(set, open);
        }
        id
    }

    /// What interfaces know of their sets follows from these: what is open to all addresses.
    fn tell_interfaces(&mut self, set: u32, open: u32) {
        for interface in self.tables.interfaces.values_mut() {
            for (of, bit, flag) in [
                (interface.egress_set, OPEN_TCP_WIDE, IF_EGRESS_OPEN_TCP),
                (interface.egress_set, OPEN_UDP_WIDE, IF_EGRESS_OPEN_UDP),
                (interface.ingress_set, OPEN_TCP_WIDE, IF_INGRESS_OPEN_TCP),
                (interface.ingress_set, OPEN_UDP_WIDE, IF_INGRESS_OPEN_UDP),
            ] {
                if of == set {
                    interface.flags = interface.flags & !flag | if open & bit != 0 { flag } else { 0 };
                }
            }
        }
    }

    /// A set allows a port, or with `ALL` every one, to or from a block.
    pub fn allow(&mut self, set: u32, network: u32, length: u32, protocol: u8, port: u16) {
        let found = self.tables.classes.get(&ClassKey::v4(set, network, length)).map(|c| c.id).filter(|id| *id != 0);
        let class = found.unwrap_or_else(|| self.class(set, network, length, 0));
        let wide = if length == 0 { VERDICT_WIDE } else { 0 };
        let bits = if port == ALL { 0 } else { 16 };
        let key = RuleKey::ports(class, protocol as u16, port, bits);
        self.tables.rules.insert(key, Verdict { bits: VERDICT_ALLOW | wide });
    }

    /// The address of an interface carries groups, for which this number stands.
    pub fn carry(&mut self, port: u32, membership: u32) {
        self.edit(port, |i| i.membership = membership);
        for owner in self.tables.owners.values_mut().filter(|o| o.kind == OWNER_INTERFACE && o.node == port) {
            owner.membership = membership;
        }
    }

    /// A set allows a port, or with `ALL` every one, to or from those who carry groups that it names.
    pub fn allow_members(&mut self, set: u32, membership: u32, protocol: u8, port: u16) {
        let key = MemberKey { set, membership };
        let class = match self.tables.members.get(&key) {
            Some(class) => class.id,
            None => {
                let id = self.next_class;
                self.next_class += 1;
                self.tables.members.insert(key, Class { id, ..Class::default() });
                id
            }
        };
        let bits = if port == ALL { 0 } else { 16 };
        self.tables.rules.insert(RuleKey::ports(class, protocol as u16, port, bits), Verdict { bits: VERDICT_ALLOW });
        self.tables.classes.entry(ClassKey::v4(set, 0, 0)).or_default();
        for (_, class) in self.tables.classes.iter_mut().filter(|(k, _)| k.1.set == set) {
            class.open |= ASKS_GROUPS;
        }
    }

    /// The set allows nothing any more.
    pub fn clear(&mut self, set: u32) {
        self.tables.classes.retain(|k, _| k.1.set != set);
        self.tables.members.retain(|k, _| k.set != set);
        self.tell_interfaces(set, 0);
    }

    pub fn route(&mut self, subnet: u32, network: u32, length: u32, kind: u32, node: u32) {
        self.tables.routes.insert(RouteKey::v4(subnet + 500, network, length), Route { kind, node });
    }

    /// The network ACL of a subnet: a set number each way, 0 allows everything.
    pub fn acl(&mut self, subnet: u32, ingress: u32, egress: u32) {
        if let Some(s) = self.tables.subnets.get_mut(&subnet) {
            s.ingress_acl = ingress;
            s.egress_acl = egress;
        }
    }

    pub fn edit(&mut self, port: u32, change: impl FnOnce(&mut Interface)) {
        change(self.tables.interfaces.get_mut(&port).expect("an interface of the world"));
    }
}
