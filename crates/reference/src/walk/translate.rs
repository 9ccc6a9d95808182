//! Through a NAT gateway (rows NAT-1…6): out with a port of its own, back in only as an answer.

use super::{Hop, MTU_NAT, Walk, World};
use crate::Reason;
use crate::addresses::public_of;
use crate::connections::End;
use crate::flow::{Detail, UDP};
use crate::routes::{self, Target};
use crate::translations::{Claim, FIRST_PORT, PORTS, Translation};
use croft_model::NatGatewayId;
use croft_model::gateway::NatGateway;
use std::net::Ipv4Addr;

impl Walk<'_> {
    /// Rows NAT-1, NAT-3.
    pub(super) fn nat_out(&mut self, id: &NatGatewayId) -> Result<Hop, Reason> {
        let (nat, subnet) = self.nat(id)?;
        self.cross_edge_into(subnet)?;
        self.cross_gateway(MTU_NAT);
        let translation = match self.translation_of(nat) {
            Some(translation) => translation,
            None => self.new_translation(nat)?,
        };
        self.flow = self.flow.with_source(translation.claim.address, translation.claim.port);
        self.source = translation.claim.address;
        self.private_nat = !nat.public;
        self.translation = Some(translation);
        self.depart(subnet, true)
    }

    /// Row NAT-2: only what belongs to a translation.
    pub(super) fn nat_in(&mut self, id: &NatGatewayId) -> Result<Hop, Reason> {
        let (nat, subnet) = self.nat(id)?;
        self.cross_edge_into(subnet)?;
        self.cross_gateway(MTU_NAT);
        let reply = self.flow.reversed();
        let claim = Claim {
            nat: nat.id.clone(),
            address: self.flow.destination,
            port: reply.source_number(),
            remote: self.flow.source,
            remote_port: reply.destination_port(),
            protocol: self.flow.protocol,
        };
        let translation = self
            .world
            .translations
            .get(&claim)
            .filter(|t| t.is_live(self.world.now) && t.origin.flow.detail.is_answered_by(self.flow.detail));
        let translation = translation.filter(|t| self.still_leads_here(t)).ok_or(Reason::NatUnsolicited)?;
        let origin = translation.origin.flow;
        self.flow = self.flow.with_destination(origin.source, origin.source_number());
        self.destination = origin.source;
        self.translation = Some(translation.clone());
        // The origin is an interface, or was sent for by one whose check is off. There is no way out again from here.
        match self.depart(subnet, true)? {
            Hop::Enter(interface) => Ok(Hop::Enter(interface)),
            _ => Err(Reason::TooManyHops),
        }
    }

    fn origin(&self) -> End {
        End { port: self.from, flow: self.packet.flow }
    }

    /// The translation that the flow has at this gateway, if it has not idled out and the gateway still holds the
    /// address (row NAT-6).
    fn translation_of(&self, nat: &NatGateway) -> Option<Translation> {
        let claim = self.world.by_origin.get(&self.origin())?;
        let translation = self.world.translations.get(claim).filter(|t| t.claim.nat == nat.id)?;
        let held = nat.addresses.iter().any(|a| a.private_ip == claim.address);
        (held && translation.is_live(self.world.now)).then(|| translation.clone())
    }

    /// Row NAT-6: a translation counts only while the flow that it is for would still come here.
    fn still_leads_here(&self, translation: &Translation) -> bool {
        let World { cloud, wiring, .. } = self.world;
        let plug = wiring.plugs.iter().find(|(_, plug)| plug.port == translation.origin.port);
        let interface = plug.and_then(|(id, _)| cloud.interfaces.get(id));
        let subnet = interface.and_then(|i| cloud.subnets.get(&i.subnet));
        subnet.is_some_and(|subnet| {
            routes::from_subnet(cloud, wiring, subnet, translation.origin.flow.destination)
                == Some(Target::Nat(translation.claim.nat.clone()))
        })
    }

    fn new_translation(&self, nat: &NatGateway) -> Result<Translation, Reason> {
        let may_open = match self.flow.detail {
            _ if self.packet.icmp_error => return Err(Reason::Unrelated),
            Detail::Ports { .. } => self.flow.protocol == UDP || self.packet.opens,
            Detail::Query { timestamp: false, reply: false, .. } => true,
            _ => return Err(Reason::NatProtocol),
        };
        if !may_open {
            return Err(Reason::NatIdle);
        }
        let cloud = self.world.cloud;
        let hint = self.world.hint;
        let taken = |claim: &Claim| self.world.translations.get(claim).is_some_and(|t| t.is_live(self.world.now));
        let claim_of = |address: Ipv4Addr, port: u16| Claim {
            nat: nat.id.clone(),
            address,
            port,
            remote: self.flow.destination,
            remote_port: self.flow.destination_port(),
            protocol: self.flow.protocol,
        };
        let translation = |claim| Translation { claim, origin: self.origin(), last: self.world.now };
        // The engine's choice, if it is a legal one.
        if let Some((source, port)) = hint.source {
            let address = nat
                .addresses
                .iter()
                .map(|a| a.private_ip)
                .find(|private| *private == source || public_of(cloud, &nat.vpc, *private) == Some(source));
            if let Some(address) = address {
                let claim = claim_of(address, port);
                if port >= FIRST_PORT && !taken(&claim) {
                    return Ok(translation(claim));
                }
            }
        }
        let mut free = None;
        for address in &nat.addresses {
            // The engine takes them in turn: of a packet that it dropped, what is known of the last port is no more than
            // what is known of any port that was never taken.
            let claims = (0..PORTS).rev().map(|n| claim_of(address.private_ip, FIRST_PORT + n as u16));
            let mut used = 0;
            for claim in claims {
                if taken(&claim) {
                    used += 1;
                } else if free.is_none() {
                    free = Some(claim);
                    if hint.reason != Some(Reason::NatPortAllocation) {
                        break;
                    }
                }
            }
            // A gateway looks at some ports, then gives up; it may do so when nearly all are taken.
            if hint.reason == Some(Reason::NatPortAllocation) && used >= PORTS * 9 / 10 {
                return Err(Reason::NatPortAllocation);
            }
        }
        free.map(translation).ok_or(Reason::NatPortAllocation)
    }
}
