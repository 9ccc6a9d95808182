//! Addresses, subnets, interfaces, sizes.

use croft_conformance::frame::SYN;
use croft_conformance::{End, Packet, World};
use croft_control::*;
use croft_engine::DropReason::*;
use croft_model::route::RouteTarget;
use croft_model::{SecurityGroupId, SubnetId, Tags, VpcId};
use std::net::Ipv4Addr;

struct Net {
    world: World,
    vpc: VpcId,
    subnet: SubnetId,
    open: SecurityGroupId,
    a: End,
    b: End,
}

/// Two neighbours whose groups let everything through.
fn net() -> Net {
    let mut world = World::new();
    let vpc = world.vpc("10.0.0.0/16");
    let subnet = world.subnet(&vpc, "10.0.1.0/24");
    let open = world.open_group(&vpc);
    let a = world.instance(&subnet, "10.0.1.10", &[&open]);
    let b = world.instance(&subnet, "10.0.1.20", &[&open]);
    Net { world, vpc, subnet, open, a, b }
}

fn udp(from: &End, to: Ipv4Addr) -> Packet {
    Packet::udp((from.address, 5000), (to, 5001))
}

fn at(address: &str) -> Ipv4Addr {
    address.parse().expect("an address")
}

#[test]
fn net_1_addresses_of_every_block_of_a_vpc_are_local() {
    let mut n = net();
    n.world.run(AssociateVpcCidrBlock {
        vpc_id: n.vpc.clone(),
        cidr_block: Some("10.7.0.0/16".parse().expect("a block")),
        amazon_provided_ipv6_cidr_block: false,
    });
    n.world.send(&n.a, &udp(&n.a, at("10.7.1.5"))).dropped(NoAddress, &n.subnet);
    let far = n.world.subnet(&n.vpc.clone(), "10.7.1.0/24");
    let c = n.world.instance(&far, "10.7.1.5", &[&n.open.clone()]);
    n.world.exchange(&n.a, &c, &udp(&n.a, c.address));
    n.world.send(&n.a, &udp(&n.a, at("10.8.0.1"))).dropped(NoRoute, &n.subnet);
}

#[test]
fn net_2_reserved_addresses_are_nobodys() {
    let n = net();
    for address in ["10.0.1.0", "10.0.1.1", "10.0.1.3", "10.0.1.255"] {
        n.world.send(&n.a, &udp(&n.a, at(address))).dropped(NoAddress, &n.subnet);
    }
    n.world.send(&n.a, &udp(&n.a, n.b.address)).delivered_to(&n.b);
}

#[test]
fn net_3_two_vpcs_with_one_block_never_meet() {
    let mut world = World::new();
    let mut ends = vec![];
    for _ in 0..2 {
        let vpc = world.vpc("10.0.0.0/16");
        let subnet = world.subnet(&vpc, "10.0.1.0/24");
        let open = world.open_group(&vpc);
        ends.push((
            world.instance(&subnet, "10.0.1.10", &[&open]),
            world.instance(&subnet, "10.0.1.20", &[&open]),
            subnet,
            open,
        ));
    }
    let (first, second) = (ends[0].clone(), ends[1].clone());
    world.exchange(&first.0, &first.1, &udp(&first.0, first.1.address));
    world.exchange(&second.0, &second.1, &udp(&second.0, second.1.address));
    let only = world.instance(&first.2, "10.0.1.30", &[&first.3]);
    world.send(&first.0, &udp(&first.0, only.address)).delivered_to(&only);
    world.send(&second.0, &udp(&second.0, only.address)).dropped(NoAddress, &second.2);
}

#[test]
fn net_4_an_address_that_the_interface_does_not_hold() {
    let mut n = net();
    let foreign = at("10.0.1.77");
    let spoofed = Packet::udp((foreign, 5000), (n.b.address, 5001));
    n.world.send(&n.a, &spoofed).dropped(SourceCheck, &n.a);
    n.world.send(&n.a, &Packet::udp((n.b.address, 5000), (n.b.address, 5001))).dropped(SourceCheck, &n.a);
    // A secondary address is held.
    n.world.run(AssignPrivateIpAddresses {
        network_interface_id: n.a.id(),
        private_ip_addresses: vec![foreign],
        secondary_private_ip_address_count: None,
        allow_reassignment: false,
    });
    n.world.send(&n.a, &spoofed).delivered_to(&n.b);
    n.world.send(&n.b, &udp(&n.b, foreign)).delivered_to(&n.a);
}

#[test]
fn net_4_a_middlebox_passes_on_what_is_not_its_own_once_the_check_is_off() {
    let mut n = net();
    let vpc = n.vpc.clone();
    let (first, second) = (n.world.subnet(&vpc, "10.0.5.0/24"), n.world.subnet(&vpc, "10.0.6.0/24"));
    let client = n.world.instance(&first, "10.0.5.10", &[&n.open.clone()]);
    let server = n.world.instance(&second, "10.0.6.10", &[&n.open.clone()]);
    let table = n.world.route_table(&vpc, &first);
    n.world.route(&table, "10.0.6.0/24", RouteTarget::NetworkInterface(n.a.id()));
    let request = udp(&client, server.address);
    n.world.send(&client, &request).dropped(DestinationCheck, &n.a);
    n.world.run(ModifyNetworkInterfaceAttribute {
        source_dest_check: Some(false),
        ..ModifyNetworkInterfaceAttribute::of(n.a.id())
    });
    n.world.send(&client, &request).delivered_to(&n.a);
    // The middlebox sends it on as it is.
    n.world.send(&n.a, &request).delivered_to(&server);
}

#[test]
fn net_5_arp_is_answered_and_never_flooded() {
    let n = net();
    for (asked, own_mac) in [(n.b.address, true), (at("10.0.1.1"), false), (at("10.0.2.9"), false)] {
        n.world.send_raw(&n.a, &arp(1, &n.a, n.a.address, asked));
        let answer = n.world.receive_frame(&n.a, |f| (f[12..14] == [8, 6] && f[21] == 2).then(|| f.to_vec()));
        assert_eq!(answer[28..32], asked.octets());
        let mac: [u8; 6] = answer[22..28].try_into().expect("six bytes");
        assert_eq!(mac == n.b.mac, own_mac, "{asked} is at {mac:02x?}");
        assert_eq!(answer[6..12], mac);
    }
    // In another's name, and an answer that nobody asked for.
    for (operation, sender) in [(1, n.b.address), (2, n.a.address)] {
        let before = n.world.dropped(&n.a, Arp);
        n.world.send_raw(&n.a, &arp(operation, &n.a, sender, n.b.address));
        // Behind it a packet that is let through: what came before it has been judged.
        n.world.send(&n.a, &udp(&n.a, n.b.address)).delivered_to(&n.b);
        assert_eq!(n.world.dropped(&n.a, Arp), before + 1);
    }
}

/// An ARP packet, padded to the least size of a frame.
fn arp(operation: u8, from: &End, sender: Ipv4Addr, target: Ipv4Addr) -> Vec<u8> {
    let mut frame = vec![0xff; 6];
    frame.extend(from.mac);
    frame.extend([8, 6, 0, 1, 8, 0, 6, 4, 0, operation]);
    frame.extend(from.mac);
    frame.extend(sender.octets());
    frame.extend([0; 6]);
    frame.extend(target.octets());
    frame.resize(60, 0);
    frame
}

#[test]
fn net_5_macs_that_a_workload_writes_decide_nothing() {
    let n = net();
    let packet = udp(&n.a, n.b.address);
    let marker = *b"anymac!!";
    let frame = packet.bytes([2, 0, 0, 0, 0, 0x77], [2, 0, 0, 0, 0, 0x99], marker);
    let seen = n.world.send_bytes(&n.a, &frame, marker).delivered_to(&n.b).clone();
    assert_eq!(seen.destination_mac, n.b.mac);
}

#[test]
fn net_8_jumbo_frames_inside_and_1500_to_the_internet() {
    let mut n = net();
    n.world.send(&n.a, &udp(&n.a, n.b.address).padded(8973)).delivered_to(&n.b);
    let gateway = n.world.internet_gateway(&n.vpc.clone());
    let public = n.world.public_subnet(&n.vpc.clone(), "10.0.9.0/24", &gateway);
    let c = n.world.instance(&public, "10.0.9.10", &[&n.open.clone()]);
    n.world.elastic_ip(&c);
    let outside = n.world.internet();
    n.world.send(&c, &udp(&c, outside.address).padded(1472)).delivered_to(&outside);
    let large = Packet { dont_fragment: true, ..udp(&c, outside.address).padded(1473) };
    n.world.send(&c, &large).dropped_for(TooBig);
    let answer = n.world.receive(&c, |seen| seen.icmp == Some((3, 4)));
    assert_eq!(answer.mtu, Some(1500));
    // Without DF it is cut, and the pieces are within the size.
    let small = udp(&c, outside.address).padded(3000);
    n.world.send_raw(&c, &small.bytes(c.mac, croft_policy::ROUTER_MAC, *b"fragment"));
    let first = n.world.receive(&outside, |seen| seen.more_fragments && seen.fragment_offset == 0);
    let next = n.world.receive(&outside, |seen| seen.fragment_offset != 0);
    assert!(first.length <= 1500 && next.length <= 1500);
}

#[test]
fn net_8_a_nat_gateway_carries_8500_bytes() {
    let mut n = net();
    let vpc = n.vpc.clone();
    let far = n.world.subnet(&vpc, "10.0.9.0/24");
    let server = n.world.instance(&far, "10.0.9.10", &[&n.open.clone()]);
    let request = CreateNatGateway {
        subnet_id: far,
        connectivity_type: Some(ConnectivityType::Private),
        availability_mode: None,
        allocation_id: None,
        private_ip_address: None,
        secondary_allocation_ids: vec![],
        secondary_private_ip_addresses: vec![],
        secondary_private_ip_address_count: None,
        tags: Tags::new(),
    };
    let nat = n.world.make_nat_gateway(request);
    let table = n.world.route_table(&vpc, &n.subnet.clone());
    n.world.route(&table, "10.0.9.0/24", RouteTarget::NatGateway(nat.id));
    n.world.send(&n.a, &udp(&n.a, server.address).padded(8472)).delivered_to(&server);
    let large = Packet { dont_fragment: true, ..udp(&n.a, server.address).padded(8473) };
    n.world.send(&n.a, &large).dropped_for(TooBig);
    assert_eq!(n.world.receive(&n.a, |seen| seen.icmp == Some((3, 4))).mtu, Some(8500));
}

#[test]
fn net_11_fragments_arrive_in_any_order() {
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let n = net();
        let pieces = cut(&udp(&n.a, n.b.address).padded(3000).bytes(n.a.mac, croft_policy::ROUTER_MAC, *b"fragment"));
        for i in order {
            n.world.send_raw(&n.a, &pieces[i]);
        }
        let mut offsets: Vec<u16> =
            (0..3).map(|_| n.world.receive(&n.b, |s| s.protocol == 17).fragment_offset).collect();
        offsets.sort_unstable();
        assert_eq!(offsets, [0, 125, 250]);
    }
}

#[test]
fn net_11_fragments_are_judged_as_their_first() {
    let mut n = net();
    let closed = n.world.group(&n.vpc.clone());
    let c = n.world.instance(&n.subnet.clone(), "10.0.1.30", &[&closed]);
    let pieces = cut(&udp(&n.a, c.address).padded(3000).bytes(n.a.mac, croft_policy::ROUTER_MAC, *b"fragment"));
    for piece in &pieces {
        n.world.send_raw(&n.a, piece);
    }
    let began = std::time::Instant::now();
    while n.world.dropped(&n.a, SecurityGroupIngress) < 3 {
        assert!(began.elapsed().as_secs() < 30, "the pieces are counted: {:?}", n.world.drops_from(&n.a));
    }
}

/// An IPv4 frame in three fragments of 1000 bytes of payload.
pub fn cut(frame: &[u8]) -> Vec<Vec<u8>> {
    let (head, payload) = frame.split_at(34);
    let count = payload.len().div_ceil(1000).min(3);
    (0..count)
        .map(|i| {
            let end = if i + 1 == count { payload.len() } else { (i + 1) * 1000 };
            let piece = &payload[i * 1000..end];
            let mut out = head.to_vec();
            out[16..18].copy_from_slice(&((20 + piece.len()) as u16).to_be_bytes());
            out[18..20].copy_from_slice(&4711u16.to_be_bytes());
            let more = if i + 1 == count { 0 } else { 0x2000u16 };
            out[20..22].copy_from_slice(&(more | (i * 125) as u16).to_be_bytes());
            out[24..26].fill(0);
            let sum = out[14..34].chunks(2).map(|c| u32::from(u16::from_be_bytes([c[0], c[1]]))).sum::<u32>();
            let sum = (sum & 0xffff) + (sum >> 16);
            out[24..26].copy_from_slice(&(!((sum & 0xffff) as u16 + (sum >> 16) as u16)).to_be_bytes());
            out.extend(piece);
            out
        })
        .collect()
}

#[test]
fn net_12_multicast_broadcast_and_options_are_not_carried() {
    let n = net();
    for address in ["224.0.0.1", "255.255.255.255", "239.1.2.3"] {
        n.world.send(&n.a, &udp(&n.a, at(address))).dropped_for(Multicast);
    }
    let marker = *b"options!";
    let plain = udp(&n.a, n.b.address).bytes(n.a.mac, croft_policy::ROUTER_MAC, marker);
    let mut with = plain[..34].to_vec();
    with[14] = 0x46;
    let total = u16::from_be_bytes([plain[16], plain[17]]) + 4;
    with[16..18].copy_from_slice(&total.to_be_bytes());
    with.extend([1, 1, 1, 0]);
    with.extend(&plain[34..]);
    n.world.send_bytes(&n.a, &with, marker).dropped_for(IpOptions);
    n.world.send_bytes(&n.a, &plain, marker).delivered_to(&n.b);
}

#[test]
fn net_13_ipv6_is_dropped_by_its_own_reason() {
    let n = net();
    let mut frame = vec![0u8; 14 + 40 + 8];
    frame[..6].copy_from_slice(&n.b.mac);
    frame[6..12].copy_from_slice(&n.a.mac);
    frame[12..15].copy_from_slice(&[0x86, 0xdd, 0x60]);
    frame[54..].copy_from_slice(b"ipv6!!!!");
    n.world.send_bytes(&n.a, &frame, *b"ipv6!!!!").dropped_for(Ipv6);
    n.world.send(&n.a, &udp(&n.a, n.b.address)).delivered_to(&n.b);
}

#[test]
fn net_14_the_time_to_live_is_left_alone_inside_and_shrinks_at_gateways() {
    let mut n = net();
    let inside = Packet { ttl: 1, ..udp(&n.a, n.b.address) };
    assert_eq!(n.world.send(&n.a, &inside).delivered_to(&n.b).ttl, 1);
    let gateway = n.world.internet_gateway(&n.vpc.clone());
    let public = n.world.public_subnet(&n.vpc.clone(), "10.0.9.0/24", &gateway);
    let c = n.world.instance(&public, "10.0.9.10", &[&n.open.clone()]);
    n.world.elastic_ip(&c);
    let outside = n.world.internet();
    assert_eq!(n.world.send(&c, &udp(&c, outside.address)).delivered_to(&outside).ttl, 63);
    let last = Packet { ttl: 1, ..udp(&c, outside.address) };
    n.world.send(&c, &last).dropped_for(TtlExpired);
    n.world.receive(&c, |seen| seen.icmp == Some((11, 0)));
}

#[test]
fn net_15_services_that_are_not_there_say_so_at_once() {
    let n = net();
    for address in ["10.0.0.2", "169.254.169.253", "169.254.169.254"] {
        n.world.send(&n.a, &udp(&n.a, at(address))).dropped_for(NoService);
        n.world.receive(&n.a, |seen| seen.icmp == Some((3, 3)));
        n.world.send(&n.a, &Packet::tcp((n.a.address, 40_000), (at(address), 80), SYN)).dropped_for(NoService);
        let reset = n.world.receive(&n.a, |seen| seen.rst);
        assert_eq!(reset.source, at(address));
    }
}
