//! ARP (row NET-5).

mod world;

use croft_engine::DropReason::*;
use croft_engine::tables::*;
use world::net::Net;
use world::*;

fn arp(operation: u8, sender: u32, target: u32) -> Vec<u8> {
    let mut f = vec![0xff; 6];
    f.extend(mac(APP));
    f.extend([8, 6, 0, 1, 8, 0, 6, 4, 0, operation]);
    f.extend(mac(APP));
    f.extend(sender.to_be_bytes());
    f.extend([0; 6]);
    f.extend(target.to_be_bytes());
    f
}

fn answered(net: &Net, target: u32) -> [u8; 6] {
    let (port, f) = net.send(APP, &arp(1, APP_IP, target)).expect("answered");
    assert_eq!((port, f[21], &f[..6], &f[32..38]), (APP, 2, &mac(APP)[..], &mac(APP)[..]));
    assert_eq!((&f[28..32], &f[38..42]), (&target.to_be_bytes()[..], &APP_IP.to_be_bytes()[..]));
    assert_eq!(f[6..12], f[22..28]);
    [f[22], f[23], f[24], f[25], f[26], f[27]]
}

#[test]
fn net_5_neighbours_have_their_own_mac_and_the_rest_the_router_s() {
    let net = Net::new(&World::new());
    assert_eq!(answered(&net, PEER_IP), mac(PEER));
    for other in [ip(10, 0, 1, 1), DATA_IP, ip(10, 0, 1, 99), ip(169, 254, 169, 254)] {
        assert_eq!(answered(&net, other), ROUTER);
    }
}

#[test]
fn net_5_only_requests_from_the_interface_s_own_address() {
    let net = Net::new(&World::new());
    for (frame, why) in [
        (arp(2, APP_IP, PEER_IP), "an answer that nobody asked for"),
        (arp(1, PEER_IP, DATA_IP), "somebody else's address"),
        (arp(1, 0, PEER_IP), "a probe"),
        (arp(1, APP_IP, APP_IP), "gratuitous"),
    ] {
        assert_eq!(net.to(APP, &frame), Err(Arp), "{why}");
    }
    assert_eq!(net.to(APP, &arp(1, APP_IP, PEER_IP)[..40]), Err(Malformed));
    assert_eq!(net.to(UPLINK, &arp(1, INTERNET, WEB_PUBLIC)), Err(NoInterface), "the uplink's neighbours are fixed");
    let mut w = World::new();
    w.edit(APP, |i| i.flags |= IF_ZONE_FAILED);
    assert_eq!(Net::new(&w).to(APP, &arp(1, APP_IP, PEER_IP)), Err(ZoneFailed));
}
