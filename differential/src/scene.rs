//! A random region and what is plugged into it.

mod build;
mod gates;
mod gateway;
mod rules;

pub use gateway::{fits_gateway, gateway_route, gateway_with};
pub use rules::{acl_entry, group_rule, route};

use crate::random::Random;
use build::Builder;
use croft_control::Cloud;
use croft_model::NetworkInterfaceId;
use croft_model::zone::Zone;
use ipnet::Ipv4Net;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

/// A cloud, and which of its interfaces is plugged into which port.
#[derive(Clone, Debug)]
pub struct Scene {
    pub cloud: Cloud,
    pub ports: BTreeMap<NetworkInterfaceId, u32>,
    pub uplink: u32,
    /// Ports into which nothing is plugged.
    pub empty: Vec<u32>,
}

/// Ports that rules and packets name: few, so that they meet.
pub const PORTS: [u16; 8] = [22, 53, 80, 443, 1024, 5432, 8080, 65_535];

/// Addresses on the internet that nobody of the cloud holds.
pub const INTERNET: [Ipv4Addr; 4] = [
    Ipv4Addr::new(1, 1, 1, 1),
    Ipv4Addr::new(8, 8, 8, 8),
    Ipv4Addr::new(93, 184, 216, 34),
    Ipv4Addr::new(198, 19, 250, 250),
];

pub const ZONES: [&str; 2] = ["us-east-1a", "us-east-1b"];

pub fn everywhere() -> Ipv4Net {
    Ipv4Net::default()
}

fn block(text: &str) -> Ipv4Net {
    text.parse().unwrap_or_default()
}
/// Makes a cloud with as many plugged interfaces as there are `ports` (the last one is the uplink, the one before it
/// stays empty).
pub fn scene(random: &mut Random, ports: &[u32]) -> Scene {
    let mut builder = Builder::new(random);
    for (name, id) in ZONES.iter().zip(["use1-az1", "use1-az2"]) {
        let failed = builder.random.percent(3);
        let zone = Zone { name: name.to_string(), region: Default::default(), id: id.into(), failed };
        builder.cloud.zones.insert(name.to_string(), zone);
    }
    builder.prefix_lists();
    // Two VPCs with one block side by side (row NET-3), and often a third.
    let blocks: &[&str] =
        if builder.random.percent(60) { &["10.0.0.0/16", "10.0.0.0/16", "10.1.0.0/16"] } else { &["10.0.0.0/16"; 2] };
    let mut vpcs = Vec::new();
    for block in blocks {
        vpcs.push(builder.vpc(block));
    }
    builder.share_groups(&vpcs);
    let (plugs, uplink, empty) = match ports {
        [plugs @ .., empty, uplink] => (plugs, *uplink, vec![*empty]),
        _ => (ports, 0, Vec::new()),
    };
    let mut plugged = BTreeMap::new();
    for (n, port) in plugs.iter().enumerate() {
        let vpc = &vpcs[n * vpcs.len() / plugs.len()];
        if let Some(id) = builder.interface(vpc) {
            plugged.insert(id, *port);
        }
    }
    for vpc in &vpcs {
        if builder.random.percent(60) {
            builder.interface(vpc);
        }
        builder.routes(vpc);
        builder.gateway_table(vpc);
    }
    let cloud = builder.cloud;
    // Now and then a plugged-in interface has no port any more: its workload has stopped.
    Scene { cloud, ports: plugged, uplink, empty }
}
