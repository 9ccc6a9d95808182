//! What goes through the interfaces, as the kernel counts it on the workloads' ends of their links.
//!
//! The engine counts what it drops and what it sends over each connection, but keeps no sum of what it forwards: a connection
//! takes its count with it. The kernel counts for every link, at no cost of ours. The host's ends would not do: a packet
//! that is redirected to its receiver passes by the receiver's host end.

use std::collections::BTreeMap;

use netlink_packet_route::{
    RouteNetlinkMessage as Message,
    link::{LinkAttribute, LinkMessage},
};

use crate::{Fabric, FabricError, netlink::Netlink};

/// Packets, and their bytes with Ethernet headers. What a workload sends in one piece for its device to cut counts once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub packets: u64,
    pub bytes: u64,
}

/// What went through one interface since it was made, ARP included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Sent by the workload: forwarded, answered or dropped.
    pub sent: Count,
    /// Delivered to the workload.
    pub delivered: Count,
}

/// Where the kernel knows the other end of a pair: an index in a namespace, whose number it has made up for this one.
struct FarEnd {
    namespace: i32,
    index: u32,
}

impl Fabric {
    /// The traffic of every interface, by name. One that goes away meanwhile is left out.
    pub fn traffic(&self) -> Result<BTreeMap<String, Traffic>, FabricError> {
        let mut netlink = self.netlink();
        let list = Message::GetLink(LinkMessage::default());
        let links = netlink.dump(list, || "list the links".into())?;
        let far_ends: BTreeMap<u32, FarEnd> = links.iter().filter_map(far_end).collect();
        let mut found = BTreeMap::new();
        for (name, port) in self.ports() {
            let Some(end) = far_ends.get(&port) else { continue };
            match read(&mut netlink, end, &name) {
                Ok(traffic) => found.extend(traffic.map(|traffic| (name, traffic))),
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }
}

fn far_end(message: &Message) -> Option<(u32, FarEnd)> {
    let Message::NewLink(link) = message else { return None };
    let (mut namespace, mut index) = (None, None);
    for attribute in &link.attributes {
        match attribute {
            LinkAttribute::LinkNetNsId(id) => namespace = Some(*id),
            LinkAttribute::Link(far) => index = Some(*far),
            _ => {}
        }
    }
    Some((link.header.index, FarEnd { namespace: namespace?, index: index? }))
}

fn read(netlink: &mut Netlink, end: &FarEnd, name: &str) -> Result<Option<Traffic>, FabricError> {
    let mut wanted = LinkMessage::default();
    wanted.header.index = end.index;
    wanted.attributes.push(LinkAttribute::IfNetnsId(end.namespace));
    let answers = netlink.get(Message::GetLink(wanted), || format!("count the traffic of {name}"))?;
    let links = answers.iter().filter_map(|m| if let Message::NewLink(link) = m { Some(link) } else { None });
    Ok(links.flat_map(|link| &link.attributes).find_map(|attribute| match attribute {
        LinkAttribute::Stats64(count) => Some(Traffic {
            sent: Count { packets: count.tx_packets, bytes: count.tx_bytes },
            delivered: Count { packets: count.rx_packets, bytes: count.rx_bytes },
        }),
        _ => None,
    }))
}
