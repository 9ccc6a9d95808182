//! No type that crosses to the kernel has holes: its fields add up to its size.

use croft_engine::{Ip, tables::*};

use super::Prefix;

/// Takes a value apart completely, so that a new field must be added here.
macro_rules! no_holes { ($($t:ident { $($f:ident),* $(,)? })*) => { $({
    let $t { $($f),* } = $t::default();
    assert_eq!(0 $(+ size_of_val(&$f))*, size_of::<$t>(), stringify!($t));
})* } }

#[test]
fn values_of_maps_have_no_holes() {
    no_holes! {
        Tuple { source, destination, source_port, destination_port, protocol, kind, pad }
        Action { tuple, port, mtu, flags, ttl_cost, destination_mac, source_mac }
        Conn {
            epoch, packets, last, bytes, nat, nat_port, nat_address, flags, change, mtu, port, macs, macs_end, source,
            destination, ports,
        }
        Clock { offset, epoch, interface_connections, ticks_began, tick, flow_mask }
        FlowSlot { key, synced, lock, pad, conn, rest }
        Interface {
            vpc, subnet, node, egress_set, ingress_set, flags, address, resolver, mac, router_mac, tcp_idle, udp_idle,
            udp_stream_idle, membership,
        }
        Subnet { network, mask, egress_acl, ingress_acl, route_table, vpc }
        NatGateway { vpc, subnet, flags, count, addresses }
        Uplink { port, mac, router_mac }
        VpcAddress { vpc, address }
        Owner { kind, node, subnet, membership }
        Public { address, gateway }
        Private { address, vpc, gateway, route_table }
        RouteKey { table, destination }
        Route { kind, node }
        ClassKey { set, address }
        Class { id, open, spans }
        Span { first, last, protocol, bits }
        MemberKey { set, membership }
        RuleKey { class, protocol, port }
        Verdict { bits }
        NatKey { nat, remote, port, remote_port, address, protocol }
        NatClaim { origin, since }
        ReclaimHand { next, slots }
        DropKey { reason, node, port }
        DropCount { packets, bytes }
        DropEvent { time, key, length, tuple }
        Usage { connections, credit, topped_up, hand }
        Punt { port, pad, heartbeat }
    }
    assert_eq!((size_of::<Ip>(), size_of::<ConnKey>()), (16, 16));
    assert_eq!(size_of::<Prefix<RouteKey>>(), 4 + size_of::<RouteKey>());
    assert_eq!(size_of::<Prefix<ClassKey>>(), 4 + size_of::<ClassKey>());
    assert_eq!(size_of::<Prefix<RuleKey>>(), 4 + size_of::<RuleKey>());
}
