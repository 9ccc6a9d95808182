//! Out through a NAT gateway: into its subnet, the source translated, and on from there (rows NAT-1, NAT-3).

use super::*;
use crate::nat;

impl Walk {
    #[inline(never)]
    pub(crate) fn nat_out<T: Tables>(&mut self, tables: &T) -> Hop {
        let node = self.node;
        let Some(gateway) = tables.nat(node) else { return self.drop_at(self.subnet, DropReason::Blackhole) };
        if gateway.flags & NAT_ZONE_FAILED != 0 {
            return self.drop_at(node, DropReason::ZoneFailed);
        }
        self.cross_into(tables, gateway.subnet)?;
        self.vpc = gateway.vpc;
        self.at_nat = 1;
        self.nat = node;
        self.crossed(MTU_NAT);
        self.gate = node;
        self.translate_source(tables, &gateway)?;
        let Some(address) = nat::address_of(&gateway, self.nat_address) else { return Err(DropReason::Internal) };
        self.tuple.source = address;
        self.outer_source = address;
        self.sender_known = 0;
        self.tuple.source_port = self.nat_port;
        let event = Event::NatOut { nat: node, address, port: self.nat_port, new: self.claimed != 0 };
        tables.saw(self, event);
        Ok(())
    }

    /// The port of a living translation, else a new one.
    #[inline(always)]
    fn translate_source<T: Tables>(&mut self, tables: &T, gateway: &NatGateway) -> Hop {
        if self.came.is(F_FRAGMENT) && self.tuple.protocol != UDP {
            return Err(DropReason::NatProtocol);
        }
        self.key = ConnKey::new(self.port, &self.came.tuple);
        self.nat_key = NatKey {
            nat: self.node,
            remote: self.tuple.destination,
            port: self.source.nat_port,
            remote_port: self.tuple.destination_port,
            address: self.source.nat_address,
            protocol: self.tuple.protocol as u16,
        };
        let has = self.source.nat == self.node && nat::address_of(gateway, self.source.nat_address).is_some();
        if has && self.has_claim(tables) {
            if !self.source.translation_idled_out(self.now) {
                self.nat_port = self.source.nat_port;
                self.nat_address = self.source.nat_address;
                return Ok(());
            }
            tables.nat_release(&self.nat_key);
        }
        self.may_open()?;
        self.claim.origin = self.key;
        self.claim.since = self.now;
        if !nat::take_port(tables, &mut self.nat_key, &self.claim, gateway) {
            return Err(DropReason::NatPortAllocation);
        }
        self.claimed = 1;
        self.nat_port = self.nat_key.port;
        self.nat_address = self.nat_key.address;
        Ok(())
    }

    /// Is the claim on the port that the connection names still this connection's?
    #[inline(always)]
    fn has_claim<T: Tables>(&self, tables: &T) -> bool {
        tables.nat_claim(&self.nat_key).is_some_and(|c| c.origin == self.key)
    }

    /// Only what can begin a conversation gets a new translation.
    #[inline(always)]
    fn may_open(&self) -> Hop {
        match self.tuple.protocol {
            _ if self.came.is(F_ERROR) => Err(DropReason::Unrelated),
            TCP if self.came.is(F_SYN) => Ok(()),
            TCP => Err(DropReason::NatIdle),
            UDP => Ok(()),
            ICMP if self.tuple.kind == KIND_ECHO => Ok(()),
            _ => Err(DropReason::NatProtocol),
        }
    }
}
