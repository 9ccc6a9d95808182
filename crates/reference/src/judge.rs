//! The judge: a region, its wiring, what is remembered of packets, and the time.

use crate::connections::{Connections, End, Entry};
use crate::packet::{Frame, Packet, parse};
use crate::rewrite::{Delivery, rewrite};
use crate::translations::{Claim, Translation};
use crate::walk::{Knowledge, Walk, World};
use crate::{Reason, Wiring, arp};
use croft_control::Cloud;
use std::collections::HashMap;
use std::net::Ipv4Addr;

/// The fate of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Deliver {
        port: u32,
        bytes: Vec<u8>,
    },
    /// Goes back to where it came from: the answer to an ARP request.
    Answer {
        bytes: Vec<u8>,
    },
    Drop {
        reason: Reason,
    },
}

/// What the engine did with the same packet, for the choices that the rows leave open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hint {
    /// Source address and number (port or identifier) on delivery.
    pub source: Option<(Ipv4Addr, u16)>,
    pub reason: Option<Reason>,
}

impl Hint {
    /// From what the engine delivered.
    pub fn delivered(bytes: &[u8]) -> Hint {
        match parse(bytes) {
            Ok(Frame::Packet(packet)) => {
                Hint { source: Some((packet.flow.source, packet.flow.source_number())), reason: None }
            }
            _ => Hint::default(),
        }
    }

    /// From what it dropped.
    pub fn dropped(reason: Reason) -> Hint {
        Hint { source: None, reason: Some(reason) }
    }
}

/// What a packet met, for counting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// It belonged to a connection that was known.
    pub known: bool,
    /// It crossed a NAT gateway.
    pub nat: bool,
}

#[derive(Clone, Debug)]
pub struct Judge {
    cloud: Cloud,
    wiring: Wiring,
    now: u64,
    connections: Connections,
    translations: HashMap<Claim, Translation>,
    by_origin: HashMap<End, Claim>,
}

impl Judge {
    /// `now` in nanoseconds of the fabric's clock.
    pub fn new(cloud: Cloud, wiring: Wiring, now: u64) -> Judge {
        Judge {
            cloud,
            wiring,
            now,
            connections: Connections::default(),
            translations: HashMap::new(),
            by_origin: HashMap::new(),
        }
    }

    /// Another policy. What is known stays known; what of it still counts is judged with every packet.
    pub fn change(&mut self, cloud: Cloud, wiring: Wiring) {
        self.cloud = cloud;
        self.wiring = wiring;
    }

    /// Moves the clock forward by nanoseconds.
    pub fn advance(&mut self, by: u64) {
        self.now += by;
    }

    /// Judges a frame that came from a port.
    pub fn packet(&mut self, port: u32, frame: &[u8], hint: &Hint) -> (Outcome, Trace) {
        let mut trace = Trace::default();
        let outcome = match self.judge(port, frame, hint, &mut trace) {
            Ok(outcome) => outcome,
            Err(reason) => Outcome::Drop { reason },
        };
        (outcome, trace)
    }

    fn judge(&mut self, port: u32, frame: &[u8], hint: &Hint, trace: &mut Trace) -> Result<Outcome, Reason> {
        let packet = match parse(frame)? {
            Frame::Arp => {
                let bytes = arp::answer(&self.cloud, &self.wiring, port, frame)?;
                return Ok(Outcome::Answer { bytes });
            }
            Frame::Packet(packet) => packet,
        };
        let (delivery, source, destination, translation) = {
            let world = World {
                cloud: &self.cloud,
                wiring: &self.wiring,
                connections: &self.connections,
                translations: &self.translations,
                by_origin: &self.by_origin,
                now: self.now,
                hint,
            };
            let mut walk = Walk::new(&world, &packet, port);
            let result = walk.run();
            trace.known = walk.source_end == Some(Knowledge::Known) || walk.destination_end == Some(Knowledge::Known);
            trace.nat = walk.translation.is_some();
            (result?, walk.source_end, walk.destination_end, walk.translation)
        };
        let bytes = rewrite(frame, &packet, &delivery);
        // An ICMP error belongs to a connection and is no packet of it.
        if !packet.icmp_error {
            self.remember(port, &packet, &delivery, (source, destination), translation.is_some(), hint)?;
            let near = End { port, flow: packet.flow };
            let far = End { port: delivery.port, flow: delivery.flow.reversed() };
            // An end whose flow goes another way now has no use for its translation any more.
            let moved = |claim: &Claim| translation.as_ref().is_none_or(|t| t.claim != *claim);
            let left = |claim: &Claim| translation.as_ref().is_none_or(|t| t.claim.nat != claim.nat);
            let reopened = matches!(destination, Some(Knowledge::New { .. }));
            let old = self.by_origin.get(&near).filter(|claim| moved(claim)).cloned();
            let old_far = self.by_origin.get(&far).filter(|claim| reopened && left(claim)).cloned();
            for claim in [old, old_far].iter().flatten() {
                self.forget(claim);
            }
            if let Some(translation) = translation {
                self.translate(translation);
            }
        }
        Ok(Outcome::Deliver { port: delivery.port, bytes })
    }

    /// Keeps what the packet taught: an entry at each end (row SG-7: if there is room).
    fn remember(
        &mut self,
        port: u32,
        packet: &Packet,
        delivery: &Delivery,
        (source, destination): (Option<Knowledge>, Option<Knowledge>),
        through_nat: bool,
        hint: &Hint,
    ) -> Result<(), Reason> {
        let near = End { port, flow: packet.flow };
        let far = End { port: delivery.port, flow: delivery.flow.reversed() };
        let unknown = Knowledge::New { tracked: true };
        let (source, destination) = (source.unwrap_or(unknown), destination.unwrap_or(unknown));
        self.make_room(near, far, through_nat, hint)?;
        let tracked = |knowledge| through_nat || matches!(knowledge, Knowledge::New { tracked: true });
        let now = self.now;
        let fresh = |knowledge, far| Entry { last: now, packets: 0, closing: false, tracked: tracked(knowledge), far };
        for (end, other, knowledge) in [(near, far, source), (far, near, destination)] {
            let entry = self.connections.entries.entry(end).or_insert_with(|| fresh(knowledge, other));
            match knowledge {
                Knowledge::New { .. } => *entry = fresh(knowledge, other),
                // Where a direction goes is for its own packets to say.
                Knowledge::Known if end == near => entry.far = other,
                Knowledge::Known => {}
            }
        }
        if let Some(entry) = self.connections.entries.get_mut(&near) {
            entry.last = now;
            entry.packets += 1;
            entry.closing |= packet.closes;
            // Row SG-6: flows through NAT gateways are always tracked.
            entry.tracked |= through_nat;
        }
        Ok(())
    }

    /// Row SG-7: a full table drops new flows. An entry that has idled out gives its room to a new one when somebody comes
    /// across it, so it may or may not be gone by now: between the two the engine's answer is taken. But a table that is mostly
    /// of such entries is not full.
    fn make_room(&self, near: End, far: End, through_nat: bool, hint: &Hint) -> Result<(), Reason> {
        let limits = self.wiring.limits;
        let held = &self.connections.entries;
        let says = |reason| hint.reason == Some(reason);
        let ends = [near, far];
        let new: Vec<End> = ends.into_iter().filter(|end| !held.contains_key(end)).collect();
        let known = !through_nat && ends.iter().all(|end| self.is_live(end));
        if known {
            return Ok(());
        }
        let share = limits.entries_per_interface;
        for end in ends.iter().filter(|end| share != 0 && end.port != self.wiring.uplink.port) {
            let live = held.keys().filter(|e| e.port == end.port && self.is_live(e)).count();
            let must = new.contains(end) && live + 1 > share;
            let may = self.connections.at(end.port) + usize::from(new.contains(end) || through_nat) > share;
            if must || (may && says(Reason::InterfaceTableFull)) {
                return Err(Reason::InterfaceTableFull);
            }
        }
        if held.len() + ends.len() > limits.entries {
            let live = held.keys().filter(|end| self.is_live(end)).count();
            let must = live + new.len() > limits.entries;
            // A packet that was dropped does not tell which port the NAT gateway chose, and so whether the end is new.
            let missing = if through_nat { ends.len() } else { new.len() };
            let may = held.len() + missing > limits.entries;
            let kept = || held.keys().filter(|end| self.is_kept(end)).count();
            if must || (may && says(Reason::TableFull) && kept() >= limits.entries / 4) {
                return Err(Reason::TableFull);
            }
        }
        Ok(())
    }

    /// Does anybody still need the entry: either end, or the NAT gateway between them?
    fn is_kept(&self, end: &End) -> bool {
        let Some(entry) = self.connections.entries.get(end) else { return false };
        let translated = |end: &End| {
            let claim = self.by_origin.get(end).and_then(|claim| self.translations.get(claim));
            claim.is_some_and(|t| t.is_live(self.now))
        };
        self.may_be_live(end) || self.may_be_live(&entry.far) || translated(end) || translated(&entry.far)
    }

    /// Does an interface at either end still know the connection? `None`: neither end is an interface any more. (The
    /// uplink has no time-outs of its own: the other end's count.)
    fn known_to_interface(&self, end: &End) -> Option<bool> {
        let timeouts = |port: u32| {
            let plug = self.wiring.plugs.iter().find(|(_, plug)| plug.port == port);
            plug.and_then(|(id, _)| self.cloud.interfaces.get(id)).map(|i| i.idle)
        };
        let far = self.connections.entries.get(end).map(|entry| entry.far.port);
        let timeouts = timeouts(end.port).or_else(|| timeouts(far?))?;
        Some(self.connections.live(end, &timeouts, self.now).is_some())
    }

    /// Certainly still there.
    fn is_live(&self, end: &End) -> bool {
        self.known_to_interface(end).unwrap_or(false)
    }

    /// Possibly still there.
    fn may_be_live(&self, end: &End) -> bool {
        let unplugged = || self.connections.live(end, &Default::default(), self.now).is_some();
        self.known_to_interface(end).unwrap_or_else(unplugged)
    }

    fn translate(&mut self, mut translation: Translation) {
        translation.last = self.now;
        if let Some(old) = self.by_origin.get(&translation.origin).cloned() {
            self.forget(&old);
        }
        self.forget(&translation.claim);
        self.by_origin.insert(translation.origin, translation.claim.clone());
        self.translations.insert(translation.claim.clone(), translation);
    }

    fn forget(&mut self, claim: &Claim) {
        if let Some(translation) = self.translations.remove(claim)
            && self.by_origin.get(&translation.origin) == Some(claim)
        {
            self.by_origin.remove(&translation.origin);
        }
    }
}
