//! Packets that a scene could meet: new flows of every kind, and what follows on those that got through.

use crate::frame::{self, ACK, FIN, Header, Payload, RST, SYN};
use crate::random::Random;
use crate::scene::{INTERNET, PORTS, Scene};
use croft_model::interface::{InterfaceKind, NetworkInterface};
use std::collections::VecDeque;
use std::net::Ipv4Addr;

/// How many packets that got through are remembered: in most worlds, and in those of few flows with many packets each.
pub const REMEMBERED: usize = 48;
pub const FEW: usize = 4;

/// Of how many that got through last a new flow may be like one.
const LIKE: usize = 4;

/// Private addresses of no VPC.
const NOBODYS: [Ipv4Addr; 2] = [Ipv4Addr::new(192, 168, 1, 1), Ipv4Addr::new(172, 16, 0, 9)];

/// What a run is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// In a hundred packets: how many follow on a flow that is known.
    pub following: usize,
    /// In a hundred packets: how many are sent once more after they were dropped.
    pub trying_again: usize,
    /// In a hundred new flows: how many go to the internet.
    pub outward: usize,
    /// Longest packet in bytes.
    pub longest: usize,
    /// Packets that are remembered, of those that got through.
    pub remembered: usize,
}

/// A packet that got through: as it was sent, and as it arrived.
#[derive(Clone, Debug)]
struct Passed {
    from: u32,
    sent: Vec<u8>,
    to: u32,
    arrived: Vec<u8>,
    /// Through a NAT gateway.
    translated: bool,
}

#[derive(Debug)]
pub struct Traffic {
    theme: Theme,
    passed: VecDeque<Passed>,
    /// Packets that were dropped, and where they came from.
    refused: VecDeque<(u32, Vec<u8>)>,
}

impl Traffic {
    pub fn new(theme: Theme) -> Traffic {
        Traffic { theme, passed: VecDeque::new(), refused: VecDeque::new() }
    }

    /// Tells of a packet that arrived.
    pub fn arrived(&mut self, (from, sent): (u32, &[u8]), (to, arrived): (u32, &[u8]), translated: bool) {
        if self.passed.len() == self.theme.remembered {
            self.passed.pop_front();
        }
        self.passed.push_back(Passed { from, sent: sent.to_vec(), to, arrived: arrived.to_vec(), translated });
    }

    /// Tells of a packet that was dropped: its sender may try again.
    pub fn refused(&mut self, from: u32, sent: &[u8]) {
        if self.refused.len() == REMEMBERED / 4 {
            self.refused.pop_front();
        }
        self.refused.push_back((from, sent.to_vec()));
    }

    /// The next packet and the port that it comes from.
    pub fn next(&mut self, random: &mut Random, scene: &Scene) -> (u32, Vec<u8>) {
        if random.percent(self.theme.trying_again)
            && let Some(again) = self.refused.get(random.below(self.refused.len()))
        {
            return again.clone();
        }
        let (port, mut frame) = match self.known(random) {
            Some(passed) if random.percent(self.theme.following) => self.following(random, scene, passed),
            _ => self.opening(random, scene),
        };
        if random.percent(5) {
            spoil(random, &mut frame);
        }
        (port, frame)
    }

    /// A flow that got through; often one that crossed a NAT gateway, which are few otherwise.
    fn known(&self, random: &mut Random) -> Option<&Passed> {
        let translated: Vec<&Passed> = self.passed.iter().filter(|p| p.translated).collect();
        let all: Vec<&Passed> = self.passed.iter().collect();
        let from = if random.percent(50) && !translated.is_empty() { translated } else { all };
        random.pick(&from).copied()
    }

    /// A packet of a flow that got through: its answer, more of it, its end, an error about it.
    fn following(&self, random: &mut Random, scene: &Scene, passed: &Passed) -> (u32, Vec<u8>) {
        let again = |flags: u8, random: &mut Random| {
            let frame = frame::read(&passed.sent).map(|(header, payload)| {
                let payload = with_flags(payload, flags);
                frame::build(&self.vary(random, header), &self.resize(random, payload))
            });
            (passed.from, frame.unwrap_or_else(|| passed.sent.clone()))
        };
        let answer = |flags: Option<u8>, random: &mut Random| {
            let frame = frame::read(&passed.arrived).map(|(header, payload)| {
                let (source_mac, destination_mac) = (header.destination_mac, header.source_mac);
                let (source, destination) = (header.destination, header.source);
                let header = Header { source_mac, destination_mac, source, destination, ttl: 64, ..header };
                let payload = answering(random, payload, flags);
                let payload = self.resize(random, payload);
                frame::build(&self.vary(random, header), &payload)
            });
            (passed.to, frame.unwrap_or_else(|| passed.arrived.clone()))
        };
        match random.weighted(&[30, 8, 26, 8, 5, 4, 4, 3, 8, 2, 2, 10]) {
            0 => answer(None, random),
            1 => answer(Some(ACK), random),
            2 => again(ACK, random),
            3 => (passed.from, passed.sent.clone()),
            4 => again(SYN, random),
            5 => again(random_end(random), random),
            6 => {
                let end = random_end(random);
                answer(Some(end), random)
            }
            // From somewhere that it does not come from.
            7 => (passed.to, passed.sent.clone()),
            8 => self.error(random, scene, passed),
            // Back as it came: from the far end, with the near end's addresses.
            9 => (passed.to, passed.arrived.clone()),
            10 => (passed.from, passed.arrived.clone()),
            _ => self.like(random, passed),
        }
    }

    /// A new flow like one of the last, from another port: what the engine may let follow the one before.
    fn like(&self, random: &mut Random, passed: &Passed) -> (u32, Vec<u8>) {
        let last = &self.passed.iter().rev().nth(random.below(LIKE)).unwrap_or(passed);
        let Some((header, payload)) = frame::read(&last.sent) else { return (last.from, last.sent.clone()) };
        let mut payload = with_flags(payload, SYN);
        if let Payload::Tcp { source, .. } | Payload::Udp { source, .. } = &mut payload {
            // On either side of where rules begin and end.
            let near = random.one([0, 1, 2, 500, 1_000, 1_001, 30_000]);
            *source = random.one(PORTS).saturating_add(near);
        }
        (last.from, frame::build(&self.vary(random, header), &payload))
    }

    /// An ICMP error about a packet that arrived: from its receiver, or from a router that it met.
    fn error(&self, random: &mut Random, scene: &Scene, passed: &Passed) -> (u32, Vec<u8>) {
        let Some((header, _)) = frame::read(&passed.arrived) else { return (passed.to, passed.arrived.clone()) };
        let mut about = passed.arrived[14..].to_vec();
        about.truncate(random.one([28, 28, 28, 32, 40, 40, 60, 200, 24]));
        if random.percent(4) && about.len() >= 28 {
            about[random.below(28)] ^= 1 << random.below(8);
        }
        let (kind, code) = random.one([(3, 1), (3, 3), (3, 4), (11, 0), (12, 0), (4, 0), (5, 1)]);
        let source = match random.below(8) {
            0 => random.one(INTERNET),
            1 => {
                let inside: Vec<Ipv4Addr> =
                    scene.cloud.interfaces.values().flat_map(|i| i.private_ips.iter().copied()).collect();
                random.pick(&inside).copied().unwrap_or(header.destination)
            }
            _ => header.destination,
        };
        let back = Header {
            destination_mac: header.source_mac,
            source_mac: header.destination_mac,
            source,
            destination: header.source,
            ttl: 64,
            do_not_fragment: false,
        };
        (passed.to, frame::build(&self.vary(random, back), &Payload::Error { kind, code, about }))
    }

    fn opening(&self, random: &mut Random, scene: &Scene) -> (u32, Vec<u8>) {
        if random.percent(14) {
            return self.unasked(random, scene);
        }
        let plugged: Vec<(&NetworkInterface, u32)> =
            scene.ports.iter().filter_map(|(id, port)| Some((scene.cloud.interfaces.get(id)?, *port))).collect();
        let Some(&(interface, port)) = random.pick(&plugged) else { return self.unasked(random, scene) };
        if random.percent(3) {
            return (port, arp(random, scene, interface));
        }
        // Who may send from any address does.
        let foreign = if interface.source_dest_check { 3 } else { 22 };
        let source = if random.percent(foreign) {
            some_address(random, scene, interface)
        } else {
            random.pick(&interface.private_ips).copied().unwrap_or(Ipv4Addr::UNSPECIFIED)
        };
        let destination = self.destination(random, scene, interface);
        let header = Header {
            destination_mac: [2, 0, 0, 0, 0, 1],
            source_mac: interface.mac,
            source,
            destination,
            ttl: 64,
            do_not_fragment: random.percent(50),
        };
        let payload = self.payload(random);
        let port = match scene.empty.first() {
            Some(empty) if random.percent(1) => *empty,
            _ => port,
        };
        (port, frame::build(&self.vary(random, header), &payload))
    }

    /// From the internet.
    fn unasked(&self, random: &mut Random, scene: &Scene) -> (u32, Vec<u8>) {
        let public = publics(scene);
        let destination = if random.percent(90) { random.pick(&public).copied() } else { None };
        let header = Header {
            destination_mac: [2, 0, 0, 0, 0, 1],
            source_mac: [2, 0, 0, 0, 0, 9],
            source: random.one(INTERNET),
            destination: destination.unwrap_or(Ipv4Addr::new(198, 18, 77, random.below(256) as u8)),
            ttl: 64,
            do_not_fragment: random.percent(50),
        };
        let payload = self.payload(random);
        (scene.uplink, frame::build(&self.vary(random, header), &payload))
    }

    fn destination(&self, random: &mut Random, scene: &Scene, from: &NetworkInterface) -> Ipv4Addr {
        if random.percent(self.theme.outward) {
            return random.one(INTERNET);
        }
        if random.percent(3) {
            return random.one(NOBODYS);
        }
        let neighbours: Vec<Ipv4Addr> = scene
            .cloud
            .interfaces
            .values()
            .filter(|i| i.vpc == from.vpc && i.id != from.id && i.kind == InterfaceKind::Interface)
            .flat_map(|i| i.private_ips.iter().copied())
            .collect();
        if random.percent(75) {
            return random.pick(&neighbours).copied().unwrap_or(INTERNET[0]);
        }
        some_address(random, scene, from)
    }

    fn payload(&self, random: &mut Random) -> Payload {
        // Few source ports, so that flows meet their own remains.
        let source = 40_000 + random.below(200) as u16;
        let destination = random.one(PORTS);
        let payload = match random.below(100) {
            0..45 => {
                let flags = random.one([SYN, SYN, SYN, SYN, SYN, SYN, ACK, SYN | ACK, FIN | ACK, RST]);
                Payload::Tcp { source, destination, flags, length: 0 }
            }
            45..70 => Payload::Udp { source, destination, length: 4, bare: random.percent(10) },
            70..90 => {
                let kind = random.one([8, 8, 8, 8, 8, 0, 13, 14, 9, 3]);
                Payload::Icmp { kind, code: random.one([0, 0, 0, 4]), identifier: source, length: 24 }
            }
            90..92 => Payload::Error { kind: 3, code: 1, about: vec![0x45; 28] },
            _ => Payload::Other { protocol: random.one([47, 50, 132, 2]), length: 16 },
        };
        self.resize(random, payload)
    }

    /// Mostly what it is; now and then a short life, and rarely a hostile one.
    fn vary(&self, random: &mut Random, mut header: Header) -> Header {
        match random.below(100) {
            0..3 => header.ttl = random.one([0, 1, 2, 3]),
            3 => header.do_not_fragment = !header.do_not_fragment,
            4 => header.destination_mac = [0xff; 6],
            _ => {}
        }
        header
    }

    /// Mostly small; now and then as large as some path takes, or larger.
    fn resize(&self, random: &mut Random, mut payload: Payload) -> Payload {
        let long = match random.below(100) {
            0..3 => random.one([1472, 1480, 1500, 1600, 2500, 8472, 8490, 8600, 8973, 8990]),
            3..8 => random.below(64),
            _ => return payload,
        }
        .min(self.theme.longest - 60);
        match &mut payload {
            Payload::Tcp { length, .. }
            | Payload::Udp { length, .. }
            | Payload::Icmp { length, .. }
            | Payload::Other { length, .. } => *length = long,
            Payload::Error { .. } => {}
        }
        payload
    }
}

fn random_end(random: &mut Random) -> u8 {
    random.one([FIN | ACK, RST, RST | ACK, FIN])
}

fn with_flags(payload: Payload, new: u8) -> Payload {
    match payload {
        Payload::Tcp { source, destination, length, .. } => Payload::Tcp { source, destination, flags: new, length },
        other => other,
    }
}

/// The payload of the answer.
fn answering(random: &mut Random, payload: Payload, flags: Option<u8>) -> Payload {
    match payload {
        Payload::Tcp { source, destination, flags: asked, length } => {
            let usual = if asked & SYN != 0 && asked & ACK == 0 { SYN | ACK } else { ACK };
            Payload::Tcp { source: destination, destination: source, flags: flags.unwrap_or(usual), length }
        }
        Payload::Udp { source, destination, length, bare } => {
            Payload::Udp { source: destination, destination: source, length, bare }
        }
        Payload::Icmp { kind, code, identifier, length } => {
            let kind = match kind {
                // Now and then the answer to another question.
                8 | 13 if random.percent(3) => random.one([0, 14]),
                8 => 0,
                0 => 8,
                13 => 14,
                14 => 13,
                other => other,
            };
            Payload::Icmp { kind, code, identifier, length }
        }
        other => other,
    }
}

/// The public addresses of the scene.
fn publics(scene: &Scene) -> Vec<Ipv4Addr> {
    let elastic = scene.cloud.addresses.values().map(|a| a.public_ip);
    let given = scene.cloud.interfaces.values().filter_map(|i| i.auto_public_ip);
    elastic.chain(given).collect()
}

/// Any kind of address but an ordinary neighbour's.
fn some_address(random: &mut Random, scene: &Scene, near: &NetworkInterface) -> Ipv4Addr {
    let block = scene.cloud.subnets.get(&near.subnet).map(|s| s.block).unwrap_or_default();
    let within = |n: u32| Ipv4Addr::from(u32::from(block.network()) + n);
    let nat: Vec<Ipv4Addr> = scene
        .cloud
        .interfaces
        .values()
        .filter(|i| i.vpc == near.vpc && i.kind != InterfaceKind::Interface)
        .flat_map(|i| i.private_ips.iter().copied())
        .collect();
    let chosen = match random.below(16) {
        0..4 => random.pick(&publics(scene)).copied(),
        4..6 => random.pick(&nat).copied(),
        6 => Some(within(random.below(256) as u32)),
        7 => Some(Ipv4Addr::new(10, 0, random.below(6) as u8, random.below(40) as u8)),
        8 => Some(Ipv4Addr::new(10, 1, random.below(4) as u8, random.below(20) as u8)),
        9 => Some(Ipv4Addr::new(100, 64, 3, random.below(20) as u8)),
        10 => Some(random.one(NOBODYS)),
        11 => Some(random.one([Ipv4Addr::new(169, 254, 169, 254), Ipv4Addr::new(169, 254, 169, 253)])),
        12 => Some(Ipv4Addr::new(10, random.below(2) as u8, 0, 2)),
        13 => Some(random.one([Ipv4Addr::new(224, 0, 0, 251), Ipv4Addr::BROADCAST, Ipv4Addr::new(239, 1, 1, 1)])),
        14 => near.private_ips.first().copied(),
        _ => Some(random.one([Ipv4Addr::UNSPECIFIED, Ipv4Addr::LOCALHOST, Ipv4Addr::new(198, 18, 99, 9)])),
    };
    chosen.unwrap_or(INTERNET[0])
}

fn arp(random: &mut Random, scene: &Scene, interface: &NetworkInterface) -> Vec<u8> {
    let neighbours: Vec<Ipv4Addr> =
        scene.cloud.interfaces.values().filter(|i| i.subnet == interface.subnet).map(|i| i.private_ips[0]).collect();
    let own = interface.private_ips.last().copied().unwrap_or(Ipv4Addr::UNSPECIFIED);
    let target = if random.percent(60) {
        random.pick(&neighbours).copied().unwrap_or(own)
    } else {
        some_address(random, scene, interface)
    };
    let sender = if random.percent(80) { own } else { some_address(random, scene, interface) };
    let mac = if random.percent(90) { interface.mac } else { [2, 9, 9, 9, 9, 9] };
    frame::arp(random.one([1, 1, 1, 1, 2]), (mac, sender), target)
}

/// Makes a frame what nobody should send.
fn spoil(random: &mut Random, frame: &mut Vec<u8>) {
    if frame.len() < 42 {
        return;
    }
    let long = frame.len() > 54;
    match random.below(15) {
        0 => frame.truncate(random.between(15, frame.len().max(16))),
        1 => frame[16] = frame[16].wrapping_add(random.one([1, 255])),
        2 => frame[17] = frame[17].wrapping_add(random.one([1, 2, 8, 254, 255])),
        3 => frame[14] = random.one([0x44, 0x40, 0x55, 0x65, 0x05]),
        13 => frame[14] = random.one([0x46, 0x4f]),
        4 => frame[20] |= random.one([0x20, 0x20, 0x80]),
        5 => {
            frame[20] |= random.one([0, 0x20, 0x1f]);
            frame[21] = random.one([1, 185, 255]);
        }
        6 => frame[12..14].copy_from_slice(&[0x86, 0xdd]),
        7 => frame[12..14].copy_from_slice(&random.one([[0x81, 0x00], [0x88, 0xa8], [0, 0x2e], [0x88, 0xb5]])),
        8 if long => frame[46] = random.one([0x00, 0x40, 0x60, 0xf0, 0x50]),
        9 => frame[39] = frame[39].wrapping_add(random.one([1, 4, 200])),
        // A checksum that is wrong stays wrong.
        10 if long => frame[50] ^= 0x10,
        11 => frame[24] ^= 0x01,
        // Padding behind the packet.
        12 => frame.extend([0xee; 9]),
        _ => {
            let at = random.between(14, frame.len() - 1);
            frame[at] ^= 1 << random.below(8);
        }
    }
}
