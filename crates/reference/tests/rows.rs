//! The judge on single packets, row by row: short enough to be checked against `docs/semantics.md` by eye.

mod place;

use croft_model::NatGatewayId;
use croft_model::group::{Direction, Peer};
use croft_model::protocol::{Ports, Protocol};
use croft_model::route::{Route, RouteDestination, RouteTarget};
use croft_reference::Reason;
use place::*;

fn everybody() -> Peer {
    Peer::Ipv4("0.0.0.0/0".parse().expect("a block"))
}

const CLIENT: u16 = 40_000;

#[test]
fn sg_1_a_new_group_lets_nothing_in() {
    let mut place = Place::new();
    let syn = tcp((APP_IP, CLIENT), (DATA_IP, 5432), SYN);
    assert_eq!(place.goes(APP, &syn), Err(Reason::SecurityGroupIngress));
    place.allow_tcp(DATA, 5432, everybody());
    assert_eq!(place.goes(APP, &syn), Ok(DATA));
    place.close(APP, Direction::Egress);
    let other = tcp((APP_IP, CLIENT + 1), (DATA_IP, 5432), SYN);
    assert_eq!(place.goes(APP, &other), Err(Reason::SecurityGroupEgress), "ORD-1: both ends are asked");
}

#[test]
fn sg_2_an_answer_needs_no_rule() {
    let mut place = Place::new();
    place.allow_tcp(DATA, 5432, everybody());
    place.close(DATA, Direction::Egress);
    let answer = tcp((DATA_IP, 5432), (APP_IP, CLIENT), SYN | ACK);
    assert_eq!(place.goes(DATA, &answer), Err(Reason::SecurityGroupEgress), "nobody has asked yet");
    assert_eq!(place.goes(APP, &tcp((APP_IP, CLIENT), (DATA_IP, 5432), SYN)), Ok(DATA));
    assert_eq!(place.goes(DATA, &answer), Ok(APP));
}

#[test]
fn sg_3_a_group_stands_for_the_private_addresses_of_its_interfaces() {
    let mut place = Place::new();
    place.allow_tcp(DATA, 5432, Peer::Group(group(APP)));
    assert_eq!(place.goes(APP, &tcp((APP_IP, CLIENT), (DATA_IP, 5432), SYN)), Ok(DATA));
    let from_web = tcp((WEB_IP, CLIENT), (DATA_IP, 5432), SYN);
    assert_eq!(place.goes(WEB, &from_web), Err(Reason::SecurityGroupIngress));
    place.cloud.interfaces.get_mut(&interface(WEB)).expect("WEB").groups.push(group(APP));
    place.changed();
    assert_eq!(place.goes(WEB, &from_web), Ok(DATA), "at once");
}

#[test]
fn sg_6_an_untracked_flow_is_cut_with_its_rule_and_a_tracked_one_is_not() {
    for (open_both_ways, after) in [(true, Err(Reason::SecurityGroupIngress)), (false, Ok(DATA))] {
        let mut place = Place::new();
        place.allow_tcp(DATA, 5432, everybody());
        if !open_both_ways {
            place.close(DATA, Direction::Egress);
        }
        assert_eq!(place.goes(APP, &tcp((APP_IP, CLIENT), (DATA_IP, 5432), SYN)), Ok(DATA));
        place.close(DATA, Direction::Ingress);
        assert_eq!(place.goes(APP, &tcp((APP_IP, CLIENT), (DATA_IP, 5432), ACK)), after);
    }
}

#[test]
fn sg_7_a_connection_idles_out() {
    let mut place = Place::new();
    place.rule(DATA, Direction::Ingress, Protocol::Number(17), Ports::All, Peer::Group(group(APP)));
    place.close(DATA, Direction::Egress);
    let (question, answer) = (udp((APP_IP, CLIENT), (DATA_IP, 53)), udp((DATA_IP, 53), (APP_IP, CLIENT)));
    assert_eq!(place.goes(APP, &question), Ok(DATA));
    place.wait(29);
    assert_eq!(place.goes(DATA, &answer), Ok(APP));
    place.wait(30);
    assert_eq!(place.goes(DATA, &answer), Err(Reason::SecurityGroupEgress));
    for frame in [&question, &question] {
        assert_eq!(place.goes(APP, frame), Ok(DATA));
    }
    for frame in [&answer, &answer] {
        assert_eq!(place.goes(DATA, frame), Ok(APP));
    }
    place.wait(179);
    assert_eq!(place.goes(DATA, &answer), Ok(APP), "two each way are a stream");
}

#[test]
fn sg_10_an_error_passes_for_a_known_flow_only() {
    let mut place = Place::new();
    place.allow_tcp(DATA, 5432, everybody());
    place.close(DATA, Direction::Egress);
    place.close(APP, Direction::Ingress);
    let syn = tcp((APP_IP, CLIENT), (DATA_IP, 5432), SYN);
    let error = icmp(DATA_IP, APP_IP, 3, &syn[14..]);
    assert_eq!(place.goes(DATA, &error), Err(Reason::Unrelated));
    assert_eq!(place.goes(APP, &syn), Ok(DATA));
    assert_eq!(place.goes(DATA, &error), Ok(APP));
}

#[test]
fn sg_11_an_rst_opens_nothing() {
    let mut place = Place::new();
    place.allow_tcp(DATA, 5432, everybody());
    let rst = tcp((APP_IP, CLIENT), (DATA_IP, 5432), RST);
    assert_eq!(place.goes(APP, &rst), Err(Reason::NoConnection));
    assert_eq!(place.goes(APP, &tcp((APP_IP, CLIENT), (DATA_IP, 5432), ACK)), Ok(DATA), "anything else may");
    assert_eq!(place.goes(APP, &rst), Ok(DATA));
}

#[test]
fn acl_1_neighbours_meet_no_acl_and_others_meet_two() {
    let mut place = Place::new();
    place.allow_tcp(DATA, 5432, everybody());
    place.acl(false, entry(1, Direction::Ingress, false));
    assert_eq!(place.goes(APP, &tcp((APP_IP, CLIENT), (DATA_IP, 5432), SYN)), Ok(DATA));
    let from_web = tcp((WEB_IP, CLIENT), (DATA_IP, 5432), SYN);
    assert_eq!(place.goes(WEB, &from_web), Err(Reason::NetworkAclIngress));
    place.acl(true, entry(1, Direction::Egress, false));
    assert_eq!(place.goes(WEB, &from_web), Err(Reason::NetworkAclEgress));
}

#[test]
fn acl_2_the_lowest_number_decides() {
    let mut place = Place::new();
    place.allow_tcp(DATA, 5432, everybody());
    place.acl(false, entry(20, Direction::Ingress, false));
    place.acl(false, entry(10, Direction::Ingress, true));
    assert_eq!(place.goes(WEB, &tcp((WEB_IP, CLIENT), (DATA_IP, 5432), SYN)), Ok(DATA));
}

#[test]
fn net_4_nobody_sends_from_an_address_that_it_does_not_hold() {
    let mut place = Place::new();
    place.allow_tcp(DATA, 5432, everybody());
    let spoofed = tcp((WEB_IP, CLIENT), (DATA_IP, 5432), SYN);
    assert_eq!(place.goes(APP, &spoofed), Err(Reason::SourceCheck));
    place.cloud.interfaces.get_mut(&interface(APP)).expect("APP").source_dest_check = false;
    place.changed();
    assert_eq!(place.goes(APP, &spoofed), Ok(DATA));
}

#[test]
fn rt_1_the_longest_prefix_wins() {
    let mut place = Place::new();
    let to = |cidr: &str, target| Route { destination: RouteDestination::Cidr(cidr.parse().expect("a block")), target };
    let gone = RouteTarget::NatGateway(NatGatewayId::from_bits(99));
    let nat = RouteTarget::NatGateway(NatGatewayId::from_bits(1));
    place.routes(false, vec![to("0.0.0.0/0", nat), to("1.1.1.0/24", gone)]);
    assert_eq!(place.goes(APP, &udp((APP_IP, CLIENT), (INTERNET, 53))), Err(Reason::Blackhole), "RT-4");
    assert_eq!(place.goes(APP, &udp((APP_IP, CLIENT), ([8, 8, 8, 8].into(), 53))), Ok(UPLINK));
    place.routes(false, Vec::new());
    assert_eq!(place.goes(APP, &udp((APP_IP, CLIENT), (INTERNET, 53))), Err(Reason::NoRoute));
}

#[test]
fn igw_1_private_and_public_address_stand_for_each_other() {
    let mut place = Place::new();
    place.allow_tcp(WEB, 443, everybody());
    let (port, out) = place.send(WEB, &udp((WEB_IP, CLIENT), (INTERNET, 53))).expect("out");
    assert_eq!((port, ends(&out).0), (UPLINK, (WEB_PUBLIC, CLIENT)));
    let (port, back) = place.send(UPLINK, &tcp((INTERNET, CLIENT), (WEB_PUBLIC, 443), SYN)).expect("in");
    assert_eq!((port, ends(&back).1), (WEB, (WEB_IP, 443)));
    let nobody = tcp((INTERNET, CLIENT), ([198, 18, 7, 7].into(), 443), SYN);
    assert_eq!(place.goes(UPLINK, &nobody), Err(Reason::UnknownPublicAddress));
    place.cloud.interfaces.get_mut(&interface(WEB)).expect("WEB").auto_public_ip = None;
    place.changed();
    let other = udp((WEB_IP, CLIENT + 1), (INTERNET, 53));
    assert_eq!(place.goes(WEB, &other), Err(Reason::NoPublicAddress));
}

#[test]
fn rt_7_what_comes_in_goes_by_the_table_of_the_gateway() {
    let mut place = Place::new();
    place.allow_tcp(WEB, 443, everybody());
    place.allow_tcp(APP, 443, everybody());
    let own = tcp((INTERNET, CLIENT), (WEB_PUBLIC, 443), SYN);
    let to_nat = tcp((INTERNET, CLIENT), (NAT_PUBLIC, 443), SYN);
    let public = place.cloud.interfaces.get_mut(&interface(APP)).expect("APP");
    (public.auto_public_ip, public.source_dest_check) = (Some([198, 18, 0, 3].into()), false);
    place.gateway_table("10.0.0.0/24", RouteTarget::NetworkInterface(interface(APP)));
    assert_eq!(place.goes(UPLINK, &own), Ok(APP));
    assert_eq!(place.goes(UPLINK, &to_nat), Ok(APP));
    place.cloud.interfaces.get_mut(&interface(APP)).expect("APP").source_dest_check = true;
    place.changed();
    assert_eq!(place.goes(UPLINK, &own), Err(Reason::DestinationCheck));
    place.gateway_table("10.0.0.0/24", RouteTarget::NetworkInterface(interface(DATA)));
    assert_eq!(place.goes(UPLINK, &own), Err(Reason::NoPublicAddress));
    place.gateway_table("10.0.0.0/24", RouteTarget::NetworkInterface(interface(77)));
    assert_eq!(place.goes(UPLINK, &own), Err(Reason::Blackhole));
    place.gateway_table("10.0.0.0/24", RouteTarget::Local);
    assert_eq!(place.goes(UPLINK, &own), Ok(WEB));
}

#[test]
fn nat_1_and_nat_2_answers_come_back_and_nothing_else_does() {
    let mut place = Place::new();
    let (port, out) = place.send(APP, &udp((APP_IP, CLIENT), (INTERNET, 53))).expect("out");
    let ((source, number), _) = ends(&out);
    assert_eq!((port, source), (UPLINK, NAT_PUBLIC));
    assert!(number >= 10_536, "a port of the gateway's");
    let (port, back) = place.send(UPLINK, &udp((INTERNET, 53), (NAT_PUBLIC, number))).expect("back");
    assert_eq!((port, ends(&back).1), (APP, (APP_IP, CLIENT)));
    let stranger = udp(([8, 8, 8, 8].into(), 53), (NAT_PUBLIC, number));
    assert_eq!(place.goes(UPLINK, &stranger), Err(Reason::NatUnsolicited));
}

#[test]
fn nat_3_a_translation_idles_out() {
    let mut place = Place::new();
    assert_eq!(place.goes(APP, &tcp((APP_IP, CLIENT), (INTERNET, 80), SYN)), Ok(UPLINK));
    place.wait(349);
    assert_eq!(place.goes(APP, &tcp((APP_IP, CLIENT), (INTERNET, 80), ACK)), Ok(UPLINK));
    place.wait(350);
    assert_eq!(place.goes(APP, &tcp((APP_IP, CLIENT), (INTERNET, 80), ACK)), Err(Reason::NatIdle));
    let sctp = {
        let mut frame = udp((APP_IP, CLIENT), (INTERNET, 80));
        frame[23] = 132;
        frame
    };
    assert_eq!(place.goes(APP, &sctp), Err(Reason::NatProtocol));
}

#[test]
fn nat_6_a_translation_goes_with_its_route() {
    let mut place = Place::new();
    let (_, out) = place.send(APP, &udp((APP_IP, CLIENT), (INTERNET, 53))).expect("out");
    let back = udp((INTERNET, 53), (NAT_PUBLIC, ends(&out).0.1));
    assert_eq!(place.goes(UPLINK, &back), Ok(APP));
    place.routes(false, Vec::new());
    assert_eq!(place.goes(UPLINK, &back), Err(Reason::NatUnsolicited));
}

#[test]
fn az_2_a_failed_zone_takes_nothing_and_gives_nothing() {
    let mut place = Place::new();
    place.allow_tcp(WEB, 443, everybody());
    place.cloud.zones.get_mut("b").unwrap().failed = true;
    place.changed();
    let from_app = tcp((APP_IP, CLIENT), (WEB_IP, 443), SYN);
    assert_eq!(place.goes(APP, &from_app), Err(Reason::ZoneFailed));
    assert_eq!(place.goes(WEB, &tcp((WEB_IP, CLIENT), (APP_IP, 80), SYN)), Err(Reason::ZoneFailed));
    assert_eq!(place.goes(UPLINK, &tcp((INTERNET, CLIENT), (WEB_PUBLIC, 443), SYN)), Ok(WEB));
}

#[test]
fn net_5_the_router_answers_for_what_is_no_neighbour() {
    let mut place = Place::new();
    let ask = |target: std::net::Ipv4Addr| {
        let mut frame = vec![0xff; 12];
        frame.extend([8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 1, 0, 0, 0, 2]);
        frame.extend(APP_IP.octets());
        frame.extend([0; 6]);
        frame.extend(target.octets());
        frame
    };
    for (target, mac) in [(DATA_IP, [2, 1, 0, 0, 0, 3]), (WEB_IP, [2, 0, 0, 0, 0, 1]), (INTERNET, [2, 0, 0, 0, 0, 1])] {
        let (port, answer) = place.send(APP, &ask(target)).expect("an answer");
        assert_eq!((port, &answer[22..28]), (APP, &mac[..]), "{target}");
    }
    assert_eq!(place.goes(APP, &ask(APP_IP)), Err(Reason::Arp), "about itself");
}

#[test]
fn net_8_what_is_too_big_for_the_path_does_not_go() {
    let mut place = Place::new();
    place.rule(DATA, Direction::Ingress, Protocol::Number(1), Ports::All, everybody());
    let large = |to| icmp(APP_IP, to, 8, &[0; 3_000]);
    assert_eq!(place.goes(APP, &large(DATA_IP)), Ok(DATA));
    assert_eq!(place.goes(APP, &large(INTERNET)), Err(Reason::TooBig));
}
