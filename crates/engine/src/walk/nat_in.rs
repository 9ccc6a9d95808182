//! Back through a NAT gateway: only answers to a translation pass (row NAT-2).

use super::*;
use crate::nat;

impl Walk {
    #[inline(never)]
    pub(crate) fn nat_in<T: Tables>(&mut self, tables: &T) -> Hop {
        let node = self.node;
        let Some(gateway) = tables.nat(node) else { return self.drop_at(node, DropReason::NatUnsolicited) };
        if gateway.flags & NAT_ZONE_FAILED != 0 {
            return self.drop_at(node, DropReason::ZoneFailed);
        }
        self.cross_into(tables, gateway.subnet)?;
        self.vpc = gateway.vpc;
        self.at_nat = 1;
        self.nat = node;
        self.nat_port = 0;
        self.crossed(MTU_NAT);
        self.gate = node;
        if self.came.is(F_FRAGMENT) && self.tuple.protocol != UDP {
            return Err(DropReason::NatProtocol);
        }
        let address = nat::suffix(self.tuple.destination);
        if nat::address_of(&gateway, address) != Some(self.tuple.destination) {
            return Err(DropReason::NatUnsolicited);
        }
        let key = NatKey {
            nat: node,
            remote: self.tuple.source,
            port: self.tuple.destination_port,
            remote_port: self.tuple.source_port,
            address,
            protocol: self.tuple.protocol as u16,
        };
        let Some(claim) = tables.nat_claim(&key) else { return Err(DropReason::NatUnsolicited) };
        if !nat::holds(tables, &key, &claim, self.now) || !self.leads_here(tables, &claim.origin) {
            return Err(DropReason::NatUnsolicited);
        }
        let origin = claim.origin.tuple();
        // A timestamp's answer is none to an echo, though both have identifiers.
        if origin.reversed().kind != self.tuple.kind {
            return Err(DropReason::NatUnsolicited);
        }
        self.tuple.destination = origin.source;
        self.owner_asked = 0;
        self.tuple.destination_port = origin.source_port;
        let event = Event::NatIn { nat: node, address: origin.source, port: origin.source_port };
        tables.saw(self, event);
        Ok(())
    }

    /// Would the flow still come to this gateway? If its route has gone, so has its translation (row NAT-6).
    #[inline(always)]
    fn leads_here<T: Tables>(&self, tables: &T, origin: &ConnKey) -> bool {
        let Some(subnet) = tables.interface(origin.port()).map(|i| i.subnet) else { return false };
        let Some(table) = tables.subnet(subnet).map(|s| s.route_table) else { return false };
        let route = tables.route(&RouteKey { table, destination: origin.tuple().destination });
        route.is_some_and(|r| r.kind == ROUTE_NAT && r.node == self.node)
    }
}
