//! Entering an interface: ingress ACL if the packet crossed a subnet's edge, destination check, ingress groups.

use super::leave::open_bit;
use super::*;
use crate::observer::{Direction, Tracking};
use crate::policy::{self, Judgement};

impl Walk {
    #[inline(never)]
    pub(crate) fn enter<T: Tables>(&mut self, tables: &T) -> Hop {
        let Some(interface) = tables.interface(self.node) else { return self.drop_at(0, DropReason::NoInterface) };
        let (node, port) = (interface.node, self.node);
        tables.saw(self, Event::Reached { port, interface: node, subnet: interface.subnet });
        if port == self.port {
            return self.drop_at(node, DropReason::Loop);
        }
        if interface.flags & IF_ZONE_FAILED != 0 {
            return self.drop_at(node, DropReason::ZoneFailed);
        }
        self.cross_into(tables, interface.subnet)?;
        if self.owned == 0
            && interface.flags & IF_ANY_ADDRESS == 0
            && !self.holds(tables, &interface, self.tuple.destination)
        {
            self.refuse(tables, node, DropReason::DestinationCheck)?;
        }
        self.key = ConnKey::new(port, &self.tuple.reversed());
        self.look_at_destination(tables);
        self.destination.alive = self.alive(&self.destination, TimeOuts::of(&interface)) as u32;
        let allowed = if self.destination.known() {
            self.known(tables, &interface, Direction::Ingress);
            true
        } else {
            self.ask_ingress(tables, &interface)?
        };
        if !allowed {
            self.refuse(tables, node, DropReason::SecurityGroupIngress)?;
        }
        self.action.port = port;
        self.action.destination_mac = interface.mac;
        self.action.source_mac = interface.router_mac;
        self.hop = DONE;
        tables.saw(self, Event::Delivered { port, interface: node });
        Ok(())
    }

    /// The groups that the source carries in the VPC.
    #[inline(always)]
    fn membership_of_source<T: Tables>(&self, tables: &T, vpc: u32) -> u32 {
        if self.sender_known != 0 && self.vpc == vpc {
            return self.sender_membership;
        }
        tables.owner(&VpcAddress { vpc, address: self.outer_source }).map_or(0, |o| o.membership)
    }

    #[inline(always)]
    fn ask_ingress<T: Tables>(&mut self, tables: &T, interface: &Interface) -> Result<bool, DropReason> {
        if self.came.is(F_ERROR) && self.destination.alive == 0 {
            return self.drop_at(interface.node, DropReason::Unrelated);
        }
        let remote = self.outer_source;
        let (protocol, port) = policy::asked(&self.came, &self.tuple);
        let membership = || self.membership_of_source(tables, interface.vpc);
        let judged = match interface.flags & open_bit(protocol, IF_INGRESS_OPEN_TCP, IF_INGRESS_OPEN_UDP) {
            0 => policy::judge_groups(tables, interface.ingress_set, remote, protocol, port, membership),
            _ => Judgement::ALL,
        };
        let open = open_bit(self.tuple.protocol, IF_EGRESS_OPEN_TCP, IF_EGRESS_OPEN_UDP);
        self.destination_untracked = (judged.wide() && interface.flags & open != 0) as u32;
        let event = Event::Groups {
            interface: interface.node,
            direction: Direction::Ingress,
            tracking: if self.destination.alive != 0 { Tracking::Untracked } else { Tracking::New },
            set: interface.ingress_set,
            class: judged.class,
            bits: judged.bits,
            remote,
            protocol,
            port,
        };
        tables.saw(self, event);
        Ok(judged.allows())
    }
}
