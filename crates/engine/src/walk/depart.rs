//! Out of the subnet where the packet stands: to a neighbour directly, else by network ACL and route table; and
//! into another one.

use super::*;
use crate::observer::Direction;
use crate::policy::{self, PortRange};

impl Walk {
    /// Neighbours are reached directly (row ACL-1); anything else passes the egress ACL and takes the route with the
    /// longest prefix (row RT-1).
    #[inline(never)]
    pub(crate) fn depart<T: Tables>(&mut self, tables: &T) -> Hop {
        let here = self.subnet;
        let Some(subnet) = tables.subnet(here) else { return self.drop_at(here, DropReason::Internal) };
        let destination = self.tuple.destination;
        if contains(&subnet, destination) {
            tables.saw(self, Event::SameSubnet { subnet: here });
            return self.go_to_owner(tables, here);
        }
        if !self.acl(tables, here, subnet.egress_acl, Direction::Egress) {
            self.refuse(tables, here, DropReason::NetworkAclEgress)?;
        }
        let table = subnet.route_table;
        let Some(route) = tables.route(&RouteKey { table, destination }) else {
            return self.drop_at(here, DropReason::NoRoute);
        };
        let route = *route;
        tables.saw(self, Event::Routed { subnet: here, table, destination, route });
        match route.kind {
            ROUTE_LOCAL => self.go_to_owner(tables, here),
            ROUTE_NAT if self.at_nat != 0 => self.drop_at(self.node, DropReason::Loop),
            ROUTE_NAT => self.go_to(NAT_OUT, route.node),
            ROUTE_INTERNET => self.go_to(IGW_OUT, route.node),
            ROUTE_INTERFACE => self.go_to(ENTER, route.node),
            _ => self.drop_at(here, DropReason::Blackhole),
        }
    }

    /// To whoever holds the destination; `gate` is where the packet falls if nobody does.
    #[inline(always)]
    pub(crate) fn go_to_owner<T: Tables>(&mut self, tables: &T, gate: u32) -> Hop {
        self.ask_owner(tables);
        let (kind, node) = (self.owner.kind, self.owner.node);
        match kind {
            0 | OWNER_UNPLUGGED => self.drop_at(gate, DropReason::NoAddress),
            OWNER_INTERFACE => {
                self.owned = 1;
                self.go_to(ENTER, node)
            }
            OWNER_NAT => self.go_to(NAT_IN, node),
            _ => self.drop_at(gate, DropReason::Internal),
        }
    }

    /// Into a subnet: its ingress ACL judges what crosses its edge.
    #[inline(always)]
    pub(crate) fn cross_into<T: Tables>(&mut self, tables: &T, subnet: u32) -> Hop {
        if subnet == self.subnet {
            return Ok(());
        }
        let Some(entered) = tables.subnet(subnet) else { return self.drop_at(subnet, DropReason::Internal) };
        self.subnet = subnet;
        if !self.acl(tables, subnet, entered.ingress_acl, Direction::Ingress) {
            self.refuse(tables, subnet, DropReason::NetworkAclIngress)?;
        }
        Ok(())
    }

    /// Network ACLs know no connections: each packet is judged by its outer addresses (rows ACL-1, ACL-4).
    #[inline(always)]
    fn acl<T: Tables>(&mut self, tables: &T, subnet: u32, set: u32, direction: Direction) -> bool {
        let remote = match direction {
            Direction::Egress => self.tuple.destination,
            Direction::Ingress => self.outer_source,
        };
        let (protocol, port) = policy::asked(&self.came, &self.tuple);
        let judged = policy::judge(tables, set, remote, protocol, port);
        let (class, bits) = (judged.class, judged.bits);
        let alike = PortRange { first: self.alike_first, last: self.alike_last }.and(judged.alike);
        (self.alike_first, self.alike_last) = (alike.first, alike.last);
        let event = Event::NetworkAcl { subnet, direction, set, class, bits, remote, protocol, port };
        tables.saw(self, event);
        judged.allows()
    }

    #[inline(always)]
    pub(crate) fn go_to(&mut self, hop: u32, node: u32) -> Hop {
        self.hop = hop;
        self.node = node;
        Ok(())
    }
}

#[inline(always)]
fn contains(subnet: &Subnet, address: Ip) -> bool {
    let (n, m, a) = (subnet.network.0, subnet.mask.0, address.0);
    (a[0] & m[0]) == n[0] && (a[1] & m[1]) == n[1] && (a[2] & m[2]) == n[2] && (a[3] & m[3]) == n[3]
}
