//! ARP (row NET-5): the router answers for all, nothing is flooded.

use crate::addresses::{Holder, holder};
use crate::packet::ETHERNET;
use crate::{Reason, Wiring};
use croft_control::Cloud;
use std::net::Ipv4Addr;

const BODY: usize = 28;

/// The frame that answers a request from a port.
pub fn answer(cloud: &Cloud, wiring: &Wiring, port: u32, frame: &[u8]) -> Result<Vec<u8>, Reason> {
    if frame.len() < ETHERNET + BODY {
        return Err(Reason::Malformed);
    }
    let body = &frame[ETHERNET..ETHERNET + BODY];
    // Ethernet, IPv4, address lengths 6 and 4, request.
    if body[..8] != [0, 1, 8, 0, 6, 4, 0, 1] {
        return Err(Reason::Arp);
    }
    let plug = wiring.plugs.iter().find(|(_, plug)| plug.port == port);
    let found = plug.and_then(|(id, plug)| {
        let interface = cloud.interfaces.get(id)?;
        Some((interface, cloud.subnets.get(&interface.subnet)?, plug))
    });
    let Some((interface, subnet, plug)) = found else { return Err(Reason::NoInterface) };
    // Row AZ-2.
    if cloud.zone_failed(&subnet.zone) {
        return Err(Reason::ZoneFailed);
    }
    let asker: [u8; 6] = [body[8], body[9], body[10], body[11], body[12], body[13]];
    let address = |at: usize| Ipv4Addr::new(body[at], body[at + 1], body[at + 2], body[at + 3]);
    let (sender, target) = (address(14), address(24));
    // Only for itself, and not about itself. What MAC it gives itself is its own affair: the answer goes to its port.
    if !interface.private_ips.contains(&sender) || interface.private_ips.contains(&target) {
        return Err(Reason::Arp);
    }
    let mac = match holder(cloud, wiring, &interface.vpc, target) {
        Some(Holder::Interface(id)) if subnet.block.contains(&target) => {
            cloud.interfaces.get(&id).map_or(plug.router_mac, |i| i.mac)
        }
        _ => plug.router_mac,
    };
    let mut reply = frame.to_vec();
    reply[..6].copy_from_slice(&asker);
    reply[6..12].copy_from_slice(&mac);
    let out = &mut reply[ETHERNET..ETHERNET + BODY];
    out[7] = 2;
    out[8..14].copy_from_slice(&mac);
    out[14..18].copy_from_slice(&target.octets());
    out[18..24].copy_from_slice(&asker);
    out[24..28].copy_from_slice(&sender.octets());
    Ok(reply)
}
