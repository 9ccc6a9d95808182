//! ARP, answered on the spot (row NET-5): a neighbour's address with the neighbour's MAC, any other with the
//! router's. Nothing is ever flooded.

use crate::lookup::Tables;
use crate::tables::*;
use crate::{DropReason, Ip, Packet};

/// An Ethernet frame with a request for an IPv4 address: type 1, protocol 0x0800, lengths 6 and 4, operation 1.
const REQUEST: [u8; 8] = [0, 1, 8, 0, 6, 4, 0, 1];

/// Turns the request into its answer, to go back to the port it came from. Requests must bear the asker's own
/// address and ask for another; all else is dropped.
#[inline(never)]
pub fn answer<T: Tables, P: Packet + ?Sized>(tables: &T, packet: &mut P, port: u32) -> Result<(), DropReason> {
    let a = packet.view::<28>(14).ok_or(DropReason::Malformed)?;
    let head: [u8; 8] = [a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]];
    let asker: [u8; 6] = [a[8], a[9], a[10], a[11], a[12], a[13]];
    let from: [u8; 4] = [a[14], a[15], a[16], a[17]];
    let wanted: [u8; 4] = [a[24], a[25], a[26], a[27]];
    if head != REQUEST {
        return Err(DropReason::Arp);
    }
    let interface = tables.interface(port).ok_or(DropReason::NoInterface)?;
    if interface.flags & IF_ZONE_FAILED != 0 {
        return Err(DropReason::ZoneFailed);
    }
    let vpc = interface.vpc;
    let holder = |address| tables.owner(&VpcAddress { vpc, address });
    if !holder(Ip::v4_bytes(from)).is_some_and(|o| o.kind == OWNER_INTERFACE && o.node == port) {
        return Err(DropReason::Arp);
    }
    let mut mac = interface.router_mac;
    if let Some(owner) = holder(Ip::v4_bytes(wanted)) {
        if owner.kind == OWNER_INTERFACE && owner.node == port {
            return Err(DropReason::Arp);
        }
        if owner.kind == OWNER_INTERFACE
            && owner.subnet == interface.subnet
            && let Some(neighbour) = tables.interface(owner.node)
        {
            mac = neighbour.mac;
        }
    }
    let frame = packet.view_mut::<42>(0).ok_or(DropReason::Malformed)?;
    frame[..6].copy_from_slice(&asker);
    frame[6..12].copy_from_slice(&mac);
    frame[21] = 2;
    frame[22..28].copy_from_slice(&mac);
    frame[28..32].copy_from_slice(&wanted);
    frame[32..38].copy_from_slice(&asker);
    frame[38..42].copy_from_slice(&from);
    Ok(())
}
