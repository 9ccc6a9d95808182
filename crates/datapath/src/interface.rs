//! Network interfaces: a veth pair each, the host end in the fabric's namespace with the packet program on its ingress,
//! the other end inside the workload.

use std::{collections::BTreeSet, fs, fs::File, net::Ipv4Addr, os::fd::AsRawFd};

use croft_engine::tables::MAX_PORT;

use crate::{
    Fabric, FabricError, bpf, carrier,
    error::Doing,
    link::{Link, RouteSpec, VethEnd},
    mount, namespace,
    netlink::Netlink,
    run_dir::RunDir,
};

/// What an interface is to be like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterfaceSpec {
    /// Its name in the fabric (an interface id, say).
    pub name: String,
    /// The namespace it appears in; see [`Fabric::ensure_namespace`].
    pub namespace: String,
    /// What it is called there, `eth0` for the first.
    pub device: String,
    pub mac: [u8; 6],
    /// Addresses and the prefix length of their subnet, the primary one first.
    pub addresses: Vec<(Ipv4Addr, u8)>,
    /// The router of the subnet, where the default route leads.
    pub gateway: Ipv4Addr,
    /// Bytes, 9001 inside a VPC (row NET-8).
    pub mtu: u32,
}

/// Where an interface is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attachment {
    pub(crate) port: u32,
    pub(crate) namespace: String,
    pub(crate) device: String,
}

impl Attachment {
    /// What is kept in the host end's alias, so that the next owner finds it with the device.
    fn alias(&self, name: &str) -> String {
        format!("{} {} {name}", self.namespace, self.device)
    }

    /// The interface's name and place, from a host end.
    pub(crate) fn read(link: &Link) -> Option<(String, Attachment)> {
        let mut parts = link.alias.as_deref()?.splitn(3, ' ');
        let (namespace, device, name) = (parts.next()?, parts.next()?, parts.next()?);
        Some((
            name.to_owned(),
            Attachment { port: link.index, namespace: namespace.to_owned(), device: device.to_owned() },
        ))
    }
}

impl Fabric {
    /// Makes the interface, or brings what is there to the specification; says its port (the ifindex of the host end,
    /// which stays the same as long as the interface exists). What is right already is not touched.
    pub fn ensure_interface(&self, spec: &InterfaceSpec) -> Result<u32, FabricError> {
        check(spec)?;
        let path = self.dir().namespace(&spec.namespace)?;
        if !mount::is_mount(&path)? {
            return Err(FabricError::NoNamespace(spec.namespace.clone()));
        }
        let mut inner = Netlink::open(&path)?;
        let mut fabric = self.netlink();
        let host_device = host_device(&spec.name);

        let mut host = fabric.link(&host_device)?;
        let mut device = inner.link(&spec.device)?;
        if let (Some(old), None) = (&host, &device) {
            // Its other end is elsewhere, or on its way out with a namespace that was removed.
            fabric.remove_link(old.index)?;
            host = None;
        }
        if host.is_none() {
            let file = File::open(&path).doing(|| format!("open {}", path.display()))?;
            let near = VethEnd { name: &host_device, mac: HOST_MAC, mtu: spec.mtu, namespace: None };
            let far = VethEnd { name: &spec.device, mac: spec.mac, mtu: spec.mtu, namespace: Some(file.as_raw_fd()) };
            fabric.add_veth(&near, &far)?;
            host = fabric.link(&host_device)?;
            device = inner.link(&spec.device)?;
        }
        let lost = || FabricError::NoInterface(spec.name.clone());
        let (host, device) = (host.ok_or_else(lost)?, device.ok_or_else(lost)?);
        if host.index > MAX_PORT {
            fabric.remove_link(host.index)?;
            return Err(FabricError::NoPortLeft(spec.name.clone()));
        }
        attach(self.dir(), &host_device, host.index)?;
        let attachment =
            Attachment { port: host.index, namespace: spec.namespace.clone(), device: spec.device.clone() };
        let alias = attachment.alias(&spec.name);
        if !host.up || host.alias.as_ref() != Some(&alias) {
            fabric.set_up(host.index, Some(&alias))?;
        }
        if host.mtu != spec.mtu {
            fabric.set_mac_and_mtu(host.index, host.mac, spec.mtu)?;
        }
        drop(fabric);
        configure(&mut inner, spec, &device)?;
        carrier::wait(&spec.device, || inner.link(&spec.device))?;
        carrier::wait(&host_device, || self.netlink().link(&host_device))?;
        self.port_table().insert(spec.name.clone(), attachment);
        Ok(host.index)
    }

    /// Removes the interface, both ends of it. One that is not there is no error.
    pub fn remove_interface(&self, name: &str) -> Result<(), FabricError> {
        let device = host_device(name);
        let mut fabric = self.netlink();
        if let Some(link) = fabric.link(&device)? {
            match fabric.remove_link(link.index) {
                Err(e) if !e.is_not_found() => return Err(e),
                _ => {}
            }
        }
        drop(fabric);
        let _ = fs::remove_file(self.dir().links().join(&device));
        self.port_table().remove(name);
        Ok(())
    }
}

/// Attaches the packet program to a device of the fabric's namespace and pins the link, unless that is so.
pub(crate) fn attach(dir: &RunDir, device: &str, index: u32) -> Result<(), FabricError> {
    let pin = dir.links().join(device);
    match bpf::open_pin(&pin) {
        Ok(link) if bpf::link_device(&link)? == index => return Ok(()),
        // A device of that name that is gone.
        Ok(_) => fs::remove_file(&pin).doing(|| format!("remove {}", pin.display()))?,
        Err(e) if e.is_not_found() => {}
        Err(e) => return Err(e),
    }
    let program = bpf::open_pin(&dir.program())?;
    namespace::inside(&dir.fabric_namespace(), || bpf::attach_tcx_ingress(&program, index))?
        .and_then(|link| bpf::pin(&link, &pin))
}

/// MAC of every host end. Nobody ever sees it: the engine writes both MACs of a packet it delivers.
const HOST_MAC: [u8; 6] = [0x02, 0xc0, 0, 0, 0, 0xfe];

/// The end inside the workload: addresses, up, default route.
fn configure(inner: &mut Netlink, spec: &InterfaceSpec, device: &Link) -> Result<(), FabricError> {
    let index = device.index;
    if (device.mac, device.mtu) != (spec.mac, spec.mtu) {
        inner.set_mac_and_mtu(index, spec.mac, spec.mtu)?;
    }
    let wanted: BTreeSet<_> = spec.addresses.iter().copied().collect();
    let present = inner.addresses(index)?;
    for (address, prefix) in present.difference(&wanted) {
        match inner.remove_address(index, *address, *prefix) {
            // It went with the primary one.
            Err(e) if !e.is_not_found() => return Err(e),
            _ => {}
        }
    }
    let right = device.up && present == wanted;
    for (address, prefix) in spec.addresses.iter().filter(|a| !right && !present.contains(a)) {
        inner.add_address(index, *address, *prefix)?;
    }
    if let Some(lo) = inner.link("lo")?.filter(|l| !l.up) {
        inner.set_up(lo.index, None)?;
    }
    if !device.up {
        inner.set_up(index, None)?;
    }
    let route = RouteSpec {
        destination: Ipv4Addr::UNSPECIFIED,
        prefix: 0,
        device: index,
        gateway: Some(spec.gateway),
        local: false,
        source: spec.addresses.first().map(|a| a.0),
        metric: index,
        table: None,
    };
    // Of several interfaces the first, whose index is the lowest, has the default route. What comes from the address of
    // another leaves by that one, as its source check demands.
    inner.set_route(&route)?;
    let links = inner.links()?;
    let first = links.values().filter(|l| l.name != "lo").map(|l| l.index).min();
    let table = SOURCE_TABLES + index;
    let mut sources = BTreeSet::new();
    if first.is_some_and(|f| f < index) {
        inner.set_route(&RouteSpec { table: Some(table), ..route })?;
        sources.extend(spec.addresses.iter().map(|(address, _)| (*address, table)));
    }
    let present = inner.source_tables()?;
    // What an address that has moved has left behind, and an interface that is gone.
    let stale = |(address, other): &&(Ipv4Addr, u32)| {
        let held = spec.addresses.iter().any(|a| a.0 == *address);
        let dead = !links.values().any(|l| SOURCE_TABLES + l.index == *other);
        (held || *other == table || dead) && !sources.contains(&(*address, *other))
    };
    for (address, other) in present.iter().filter(stale) {
        inner.remove_source_table(*address, *other)?;
    }
    for (address, table) in sources.difference(&present) {
        inner.set_source_table(*address, *table)?;
    }
    Ok(())
}

/// Numbers of the routing tables for what comes from one interface's addresses start here.
const SOURCE_TABLES: u32 = 10_000;

fn check(spec: &InterfaceSpec) -> Result<(), FabricError> {
    let invalid = |what, value: &str, why| Err(FabricError::Invalid { what, value: value.into(), why });
    // Name, namespace and device share a link's alias of 255 bytes.
    if spec.name.is_empty() || spec.name.len() + spec.namespace.len() > 230 {
        return invalid("the interface name", &spec.name, "it and its namespace's name must have 1 to 230 bytes");
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if spec.device.is_empty() || spec.device.len() > 15 || spec.device == "lo" || !spec.device.chars().all(plain) {
        return invalid("the device name", &spec.device, "device names have 1 to 15 letters, digits, '-' and '_'");
    }
    if spec.addresses.iter().any(|a| a.1 > 32) {
        return invalid("the prefix length of", &spec.name, "it is larger than 32");
    }
    if spec.mac[0] & 1 != 0 || spec.mac == [0; 6] {
        return invalid("the MAC of", &spec.name, "it is not the address of one station");
    }
    if !(576..=65_535).contains(&spec.mtu) {
        return invalid("the MTU of", &spec.name, "it must be 576 to 65535");
    }
    Ok(())
}

/// Device name of the host end: the same for the same interface, whoever asks, and short enough for the kernel.
pub(crate) fn host_device(name: &str) -> String {
    format!("c{:014x}", hash(name.as_bytes()) >> 8)
}

/// FNV-1a with a final mix: stable over versions, which a device name must be.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    let mut h = 0xcbf2_9ce4_8422_2325u64;
    for b in bytes {
        h = (h ^ u64::from(*b)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    h ^= h >> 32;
    h = h.wrapping_mul(0xd6e8_feb8_6659_fd93);
    h ^ (h >> 32)
}

#[cfg(test)]
mod tests {
    use netlink_packet_route::RouteNetlinkMessage;

    use super::*;
    use crate::{FabricOptions, netlink::Mode};

    #[test]
    fn device_names_fit_and_differ() {
        let a = host_device("eni-0123456789abcdef0");
        assert_eq!(a.len(), 15);
        assert_ne!(a, host_device("eni-0123456789abcdef1"));
        assert_eq!(a, host_device("eni-0123456789abcdef0"));
    }

    /// Destroys it whatever becomes of the test.
    struct Scratch(Option<Fabric>);

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = self.0.take().map(Fabric::destroy);
        }
    }

    /// Here the device is given its number: to get there by making devices takes sixteen million of them.
    #[test]
    fn a_device_with_a_number_that_no_key_has_room_for_is_refused_and_removed() {
        let run_dir = std::env::temp_dir().join("croft-datapath-tests").join(format!("numbers-{}", std::process::id()));
        let options = FabricOptions { connections: 64, ephemeral: true, ..FabricOptions::new("test", &run_dir) };
        let scratch = Scratch(Some(Fabric::open(options).unwrap()));
        let fabric = scratch.0.as_ref().unwrap();
        let file = File::open(fabric.ensure_namespace("n").unwrap()).unwrap();
        let spec = InterfaceSpec {
            name: "late".into(),
            namespace: "n".into(),
            device: "eth0".into(),
            mac: [2, 0, 0, 0, 0, 9],
            addresses: vec![(Ipv4Addr::new(10, 0, 1, 9), 24)],
            gateway: Ipv4Addr::new(10, 0, 1, 1),
            mtu: 1500,
        };
        let host = host_device(&spec.name);
        let near = VethEnd { name: &host, mac: HOST_MAC, mtu: 1500, namespace: None };
        let far = VethEnd { name: "eth0", mac: spec.mac, mtu: 1500, namespace: Some(file.as_raw_fd()) };
        let mut pair = near.pair(&far);
        pair.header.index = MAX_PORT + 1;
        fabric.netlink().request(RouteNetlinkMessage::NewLink(pair), Mode::Create, || "make a pair".into()).unwrap();
        assert_eq!(fabric.netlink().link(&host).unwrap().unwrap().index, MAX_PORT + 1);

        let refused = fabric.ensure_interface(&spec);
        assert!(matches!(&refused, Err(FabricError::NoPortLeft(name)) if name == "late"), "{refused:?}");
        assert!(fabric.netlink().link(&host).unwrap().is_none());
        assert!(fabric.ensure_interface(&spec).unwrap() <= MAX_PORT, "the kernel's own choice is a low one");
    }
}
