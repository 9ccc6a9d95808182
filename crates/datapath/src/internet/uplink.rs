//! The veth pair between the fabric and the internet.

use std::{fs::File, net::Ipv4Addr, os::fd::AsRawFd};

use croft_engine::tables::Uplink;

use crate::{
    FabricError, carrier,
    error::Doing,
    internet::SIGNALS_ADDRESS,
    link::{RouteSpec, VethEnd},
    namespace,
    netlink::Netlink,
    run_dir::RunDir,
};

/// Public addresses of the fabric come from here (RFC 2544: never those of a real service).
pub const PUBLIC_POOL: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 0);
pub const PUBLIC_POOL_PREFIX: u8 = 15;

/// What the internet calls itself where a program in it binds no address (RFC 5737).
pub const INTERNET_ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

/// The fabric's edge as the internet sees it: its MAC is looked up by it, and errors come from it.
pub(crate) const ROUTER: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 1);

/// MTU of the internet (row NET-8).
const MTU: u32 = 1500;

/// Device name of both ends.
pub(crate) const DEVICE: &str = "uplink";

const INTERNET_MAC: [u8; 6] = [0x02, 0xc0, 0, 0, 0, 0x02];
const ROUTER_MAC: [u8; 6] = [0x02, 0xc0, 0, 0, 0, 0x01];

/// Of the internet's namespace: whatever comes is answered, and errors are not held back.
const SYSCTLS: &[(&str, &str)] = &[
    ("ipv4/conf/all/rp_filter", "0"),
    ("ipv4/conf/default/rp_filter", "0"),
    ("ipv4/icmp_ratelimit", "0"),
    ("ipv4/icmp_msgs_per_sec", "100000"),
    ("ipv4/ip_nonlocal_bind", "1"),
];

/// Makes the namespace and the pair, or puts right what is there; says how the engine reaches it.
pub(crate) fn ensure(dir: &RunDir, fabric: &mut Netlink) -> Result<Uplink, FabricError> {
    let path = dir.internet_namespace();
    if !crate::mount::is_mount(&path)? {
        namespace::create(&path, &[namespace::SYSCTLS, SYSCTLS].concat())?;
    }
    let mut internet = Netlink::open(&path)?;
    if internet.link(DEVICE)?.is_none() {
        let file = File::open(&path).doing(|| format!("open {}", path.display()))?;
        let near = VethEnd { name: DEVICE, mac: ROUTER_MAC, mtu: MTU, namespace: None };
        let far = VethEnd { name: DEVICE, mac: INTERNET_MAC, mtu: MTU, namespace: Some(file.as_raw_fd()) };
        fabric.add_veth(&near, &far)?;
    }
    let index = |netlink: &mut Netlink, device: &str| {
        netlink.link(device)?.map(|l| l.index).ok_or_else(|| FabricError::NoInterface(device.into()))
    };
    let lo = index(&mut internet, "lo")?;
    let far = index(&mut internet, DEVICE)?;
    let near = index(fabric, DEVICE)?;
    internet.set_up(lo, None)?;
    internet.set_up(far, None)?;
    fabric.set_up(near, None)?;
    carrier::wait(DEVICE, || internet.link(DEVICE))?;
    carrier::wait(DEVICE, || fabric.link(DEVICE))?;
    internet.add_address(far, INTERNET_ADDRESS, 32)?;
    internet.add_address(far, SIGNALS_ADDRESS, 32)?;
    internet.set_neighbour(far, ROUTER, ROUTER_MAC)?;
    internet.set_route(&RouteSpec {
        destination: PUBLIC_POOL,
        prefix: PUBLIC_POOL_PREFIX,
        device: far,
        gateway: Some(ROUTER),
        local: false,
        source: Some(INTERNET_ADDRESS),
        metric: 0,
        table: None,
    })?;
    internet.set_route(&RouteSpec {
        destination: Ipv4Addr::UNSPECIFIED,
        prefix: 0,
        device: lo,
        gateway: None,
        local: true,
        source: None,
        metric: 0,
        table: None,
    })?;
    Ok(Uplink { port: near, mac: INTERNET_MAC, router_mac: ROUTER_MAC })
}
