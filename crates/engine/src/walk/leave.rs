//! Leaving an interface: source check, services, egress groups, then out of the subnet or not.

use super::*;
use crate::observer::{Direction, Tracking};
use crate::policy::{self, Judgement};

/// 169.254.0.0/16: Amazon's services, exempt from groups and ACLs.
const LINK_LOCAL: u32 = 0xa9fe_0000;

impl Walk {
    #[inline(never)]
    pub(crate) fn leave<T: Tables>(&mut self, tables: &T) -> Hop {
        let Some(interface) = tables.interface(self.node) else { return self.drop_at(0, DropReason::NoInterface) };
        self.vpc = interface.vpc;
        self.subnet = interface.subnet;
        let from = Event::Left { port: self.port, interface: interface.node, subnet: interface.subnet };
        tables.saw(self, from);
        if interface.flags & IF_ZONE_FAILED != 0 {
            return self.drop_at(interface.node, DropReason::ZoneFailed);
        }
        if interface.flags & IF_ANY_ADDRESS == 0 && !self.holds(tables, &interface, self.outer_source) {
            self.refuse(tables, interface.node, DropReason::SourceCheck)?;
        }
        self.sender_known = (interface.address == self.outer_source) as u32;
        self.sender_membership = interface.membership;
        if is_service(&interface, self.tuple.destination) {
            return self.drop_at(interface.node, DropReason::NoService);
        }
        self.look_at_source(tables);
        self.source.alive = self.alive(&self.source, TimeOuts::of(&interface)) as u32;
        let allowed = if self.source.known() {
            self.known(tables, &interface, Direction::Egress);
            true
        } else {
            self.ask_egress(tables, &interface)?
        };
        if !allowed {
            self.refuse(tables, interface.node, DropReason::SecurityGroupEgress)?;
        }
        Ok(())
    }

    #[inline(always)]
    fn ask_egress<T: Tables>(&mut self, tables: &T, interface: &Interface) -> Result<bool, DropReason> {
        if self.came.is(F_ERROR) && self.source.alive == 0 {
            return self.drop_at(interface.node, DropReason::Unrelated);
        }
        let remote = self.tuple.destination;
        let (protocol, port) = policy::asked(&self.came, &self.tuple);
        let membership = || {
            self.ask_owner(tables);
            self.owner.membership
        };
        let judged = match interface.flags & open_bit(protocol, IF_EGRESS_OPEN_TCP, IF_EGRESS_OPEN_UDP) {
            0 => policy::judge_groups(tables, interface.egress_set, remote, protocol, port, membership),
            _ => Judgement::ALL,
        };
        let open = open_bit(self.tuple.protocol, IF_INGRESS_OPEN_TCP, IF_INGRESS_OPEN_UDP);
        self.source_untracked = (judged.wide() && interface.flags & open != 0) as u32;
        let event = Event::Groups {
            interface: interface.node,
            direction: Direction::Egress,
            tracking: if self.source.alive != 0 { Tracking::Untracked } else { Tracking::New },
            set: interface.egress_set,
            class: judged.class,
            bits: judged.bits,
            remote,
            protocol,
            port,
        };
        tables.saw(self, event);
        Ok(judged.allows())
    }

    /// The groups of an interface are not asked: it knows the connection.
    #[inline(always)]
    pub(crate) fn known<T: Tables>(&mut self, tables: &T, interface: &Interface, direction: Direction) {
        let (protocol, port) = policy::asked(&self.came, &self.tuple);
        let (set, remote) = match direction {
            Direction::Egress => (interface.egress_set, self.tuple.destination),
            Direction::Ingress => (interface.ingress_set, self.outer_source),
        };
        let event = Event::Groups {
            interface: interface.node,
            direction,
            tracking: Tracking::Known,
            set,
            class: 0,
            bits: VERDICT_ALLOW,
            remote,
            protocol,
            port,
        };
        tables.saw(self, event);
    }

    /// Is the address one of the interface at `self.node`?
    #[inline(always)]
    pub(crate) fn holds<T: Tables>(&self, tables: &T, interface: &Interface, address: Ip) -> bool {
        interface.address == address
            || tables
                .owner(&VpcAddress { vpc: interface.vpc, address })
                .is_some_and(|o| o.kind == OWNER_INTERFACE && o.node == self.node)
    }
}

/// The flag of an interface that says that the other direction is open for the protocol; no flag for others, which
/// are always tracked (row SG-6).
#[inline(always)]
pub(crate) fn open_bit(protocol: u8, tcp: u32, udp: u32) -> u32 {
    match protocol {
        TCP => tcp,
        UDP => udp,
        _ => 0,
    }
}

#[inline(always)]
fn is_service(interface: &Interface, destination: Ip) -> bool {
    let link_local = destination.as_v4().is_some_and(|a| a & 0xffff_0000 == LINK_LOCAL);
    link_local || (destination == interface.resolver && destination != Ip::UNSPECIFIED)
}
