//! What the engine needs from around it: the tables, a clock, an observer.
//!
//! In the kernel they are BPF maps and a look-up gives a reference; over system calls it gives a copy; in memory
//! they are collections. The engine writes connections, translations and usage, and nothing else.

use core::ops::Deref;

use crate::tables::*;
use crate::{DropReason, Event, Ip, Walk};

/// What became of an insertion that must not replace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inserted {
    Done,
    /// Somebody was faster.
    Exists,
    Full,
}

/// The tables of `crate::tables`, wherever they are.
pub trait Tables {
    /// What a look-up gives: a reference in the kernel, a copy elsewhere.
    type Ref<'a, T: 'a>: Deref<Target = T>
    where
        Self: 'a;

    /// The monotonic clock in ns, without the fabric's offset. A few milliseconds of grain are fine.
    fn monotonic(&self) -> u64;
    fn clock(&self) -> Option<Self::Ref<'_, Clock>>;
    /// The fabric's clock, ns, for the short way: what is cheapest to read, and no further from `monotonic` with the offset
    /// than its grain.
    #[inline(always)]
    fn now(&self, clock: &Clock) -> u64 {
        self.monotonic().wrapping_add(clock.offset)
    }
    fn uplink(&self) -> Option<Self::Ref<'_, Uplink>>;
    fn interface(&self, port: u32) -> Option<Self::Ref<'_, Interface>>;
    fn subnet(&self, node: u32) -> Option<Self::Ref<'_, Subnet>>;
    fn nat(&self, node: u32) -> Option<Self::Ref<'_, NatGateway>>;
    fn owner(&self, address: &VpcAddress) -> Option<Self::Ref<'_, Owner>>;
    /// The public address of a private one.
    fn public(&self, address: &VpcAddress) -> Option<Self::Ref<'_, Public>>;
    /// The private address behind a public one.
    fn private(&self, address: &Ip) -> Option<Self::Ref<'_, Private>>;
    /// Longest prefix; all bits of the key count.
    fn route(&self, key: &RouteKey) -> Option<Self::Ref<'_, Route>>;
    /// Longest prefix; all bits of the key count.
    fn class(&self, key: &ClassKey) -> Option<Self::Ref<'_, Class>>;
    /// What a set allows to the addresses of a membership.
    fn member_class(&self, key: &MemberKey) -> Option<Self::Ref<'_, Class>>;
    /// Longest prefix; all bits of the key count.
    fn rule(&self, key: &RuleKey) -> Option<Self::Ref<'_, Verdict>>;

    /// Reads or changes a connection in place. `change` must not use the tables.
    fn conn<R>(&self, key: &ConnKey, change: impl FnOnce(&mut Conn) -> R) -> Option<R>;
    /// Never replaces.
    fn conn_insert(&self, key: &ConnKey, conn: &Conn) -> Inserted;
    /// True if it was there.
    fn conn_remove(&self, key: &ConnKey) -> bool;

    /// The slot of the flow cache where this flow's is. `look` must use no table but that of connections. `None`: there is
    /// no cache.
    #[inline(always)]
    fn flow_slot<R>(&self, _key: &ConnKey, _look: impl FnOnce(&mut FlowSlot) -> R) -> Option<R> {
        None
    }
    /// The right to fill that slot, until `flow_unlock`. False: another processor does, or who asks never fills one.
    #[inline(always)]
    fn flow_lock(&self, _key: &ConnKey) -> bool {
        false
    }
    #[inline(always)]
    fn flow_unlock(&self, _key: &ConnKey) {}

    /// Connections of an interface, as counted by `count`.
    fn used(&self, port: u32) -> u64;
    /// One connection of the interface more, or one less.
    fn count(&self, port: u32, more: bool);

    /// The slot to look at next, moving the hand. `None`: connections are not reclaimed here.
    fn reclaim_next(&self) -> Option<u32>;
    /// Where the port's own hand stands, moving it on by `by`, and how many slots have been in use. The count is to be
    /// taken modulo these. `None`: connections are not reclaimed here.
    fn reclaim_own(&self, port: u32, by: u32) -> Option<(u64, u64)>;
    /// A slot of the ring of connections; port 0 = free. `look` must not use the tables.
    fn reclaim_slot<R>(&self, slot: u32, look: impl FnOnce(&mut ConnKey) -> R) -> Option<R>;

    /// The precedent that stands at a place, below `PRECEDENTS`. `look` must not use the tables. `None`: none are kept here,
    /// and every new flow is seen to pass its gates.
    #[inline(always)]
    fn precedent<R>(&self, _place: u32, _look: impl FnOnce(&mut Precedent) -> R) -> Option<R> {
        None
    }

    fn nat_claim(&self, key: &NatKey) -> Option<Self::Ref<'_, NatClaim>>;
    /// Never replaces: the atomic claim of a port. False: taken, or the table is full.
    fn nat_claim_insert(&self, key: &NatKey, claim: &NatClaim) -> bool;
    /// Replaces; only under `nat_lock`.
    fn nat_claim_replace(&self, key: &NatKey, claim: &NatClaim) -> bool;
    fn nat_release(&self, key: &NatKey);
    /// Insert-if-absent of the right to take a dead claim over. A process that may be killed says false always: its
    /// lock would stay, and there are other ports.
    fn nat_lock(&self, key: &NatKey) -> bool;
    fn nat_unlock(&self, key: &NatKey);
    /// Moves a cursor on by `by` and gives what it was; atomic in the kernel. `index` is below `NAT_CURSORS`.
    fn nat_cursor(&self, index: u32, by: u32) -> u32;

    /// What a walk passes. Nothing in the kernel.
    #[inline(always)]
    fn saw(&self, _walk: &Walk, _event: Event) {}

    /// A gate refuses. True: the observer wants to see the gates behind it too; the packet goes nowhere then, the
    /// caller sees to that. Asked at gates that have a way on: source and destination check, groups, network ACLs.
    #[inline(always)]
    fn refused(&self, _walk: &Walk, _reason: DropReason) -> bool {
        false
    }
}
