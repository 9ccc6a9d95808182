//! A snapshot with everything that packets leave behind, and a clock that stands until it is moved.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::ops::Deref;
use std::sync::Arc;

use super::longest_prefix::Lengths;
use super::{Recorder, Snapshot, Step};
use crate::connection::slot_of;
use crate::decide::{Fate, Refusal, decide};
use crate::flow::cache::place;
use crate::lookup::{Inserted, Tables};
use crate::tables::*;
use crate::{DropReason, Event, Ip, Parsed, Walk};

/// How much there is room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Entries: two for each connection between interfaces.
    pub connections: usize,
    /// Slots of the reclaiming ring, 0 = none.
    pub reclaim_slots: u32,
    pub nat_claims: usize,
    /// Slots of the flow cache, a power of two; 0 = there is none.
    pub flow_slots: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { connections: 1 << 20, reclaim_slots: 1 << 19, nat_claims: 1 << 19, flow_slots: 0 }
    }
}

/// A value that was looked up.
#[derive(Clone, Copy, Debug)]
pub struct Found<T>(T);

impl<T> Deref for Found<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

/// The engine's tables in memory. One thread.
#[derive(Clone, Debug)]
pub struct MemoryTables {
    snapshot: Arc<Snapshot>,
    lengths: [Lengths; 3],
    limits: Limits,
    monotonic: Cell<u64>,
    epoch: u32,
    conns: RefCell<HashMap<ConnKey, Conn>>,
    claims: RefCell<HashMap<NatKey, NatClaim>>,
    flows: RefCell<Vec<FlowSlot>>,
    cursors: RefCell<BTreeMap<u32, u32>>,
    ring: RefCell<HashMap<u32, ConnKey>>,
    hand: Cell<u64>,
    usage: RefCell<BTreeMap<u32, u64>>,
    own_hands: RefCell<BTreeMap<u32, u64>>,
    recorder: RefCell<Option<Recorder>>,
    walk: RefCell<Walk>,
}

impl MemoryTables {
    /// No connections yet; the clock stands at one hour.
    pub fn new(snapshot: impl Into<Arc<Snapshot>>) -> MemoryTables {
        MemoryTables::with_limits(snapshot, Limits::default())
    }

    pub fn with_limits(snapshot: impl Into<Arc<Snapshot>>, limits: Limits) -> MemoryTables {
        let snapshot = snapshot.into();
        MemoryTables {
            lengths: lengths(&snapshot),
            snapshot,
            limits,
            monotonic: Cell::new(3_600_000_000_000),
            epoch: 1,
            conns: RefCell::default(),
            claims: RefCell::default(),
            flows: RefCell::new(vec![FlowSlot::default(); limits.flow_slots as usize]),
            cursors: RefCell::default(),
            ring: RefCell::default(),
            hand: Cell::new(0),
            usage: RefCell::default(),
            own_hands: RefCell::default(),
            recorder: RefCell::default(),
            walk: RefCell::default(),
        }
    }

    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Another policy from the next packet on. Connections stay, and are judged afresh.
    pub fn change(&mut self, snapshot: impl Into<Arc<Snapshot>>) {
        self.snapshot = snapshot.into();
        self.lengths = lengths(&self.snapshot);
        self.epoch += 1;
    }

    /// Moves the clock on, ns.
    pub fn advance(&self, by: u64) {
        self.monotonic.set(self.monotonic.get().saturating_add(by));
    }

    /// Decides a packet from `port`, and rewrites it.
    pub fn send(&self, port: u32, packet: &mut [u8]) -> Result<Fate, Refusal> {
        decide(self, packet, port, &mut self.walk.borrow_mut())
    }

    /// Walks a packet that has no bytes, keeping its connection; never the short way. The walk is given back with
    /// its action or the gate where it fell.
    pub fn walk(&self, port: u32, packet: Parsed) -> (Result<Action, DropReason>, Walk) {
        let mut walk = Walk::default();
        let result = walk.judge(self, packet, port);
        (result.map(|()| walk.action), walk)
    }

    /// Begins a record. `past_refusals`: walks go on behind gates that refuse, to find all of them. The record then
    /// holds the refusals, and the result of the walk means nothing.
    pub fn record(&self, past_refusals: bool) {
        *self.recorder.borrow_mut() = Some(Recorder { steps: Vec::new(), past_refusals });
    }

    /// The steps since the record began or was last taken. Recording goes on.
    pub fn take_record(&self) -> Vec<Step> {
        self.recorder.borrow_mut().as_mut().map(|r| std::mem::take(&mut r.steps)).unwrap_or_default()
    }

    /// All entries, in the order of their keys.
    pub fn connections(&self) -> BTreeMap<ConnKey, Conn> {
        self.conns.borrow().iter().map(|(k, c)| (*k, *c)).collect()
    }

    /// All claims on ports of NAT gateways.
    pub fn claims(&self) -> BTreeMap<NatKey, NatClaim> {
        self.claims.borrow().iter().map(|(k, c)| (*k, *c)).collect()
    }

    /// Forgets every connection and translation.
    pub fn forget(&self) {
        self.conns.borrow_mut().clear();
        self.claims.borrow_mut().clear();
        self.ring.borrow_mut().clear();
        self.flows.borrow_mut().fill(FlowSlot::default());
        self.usage.borrow_mut().clear();
    }
}

fn lengths(snapshot: &Snapshot) -> [Lengths; 3] {
    [Lengths::of(&snapshot.routes), Lengths::of(&snapshot.classes), Lengths::of(&snapshot.rules)]
}

impl Tables for MemoryTables {
    type Ref<'a, T: 'a> = Found<T>;

    fn monotonic(&self) -> u64 {
        self.monotonic.get()
    }

    fn clock(&self) -> Option<Found<Clock>> {
        let interface_connections = self.snapshot.interface_connections;
        Some(Found(Clock { epoch: self.epoch, interface_connections, ..Clock::default() }))
    }

    fn uplink(&self) -> Option<Found<Uplink>> {
        Some(Found(self.snapshot.uplink))
    }

    fn interface(&self, port: u32) -> Option<Found<Interface>> {
        self.snapshot.interfaces.get(&port).copied().map(Found)
    }

    fn subnet(&self, node: u32) -> Option<Found<Subnet>> {
        self.snapshot.subnets.get(&node).copied().map(Found)
    }

    fn nat(&self, node: u32) -> Option<Found<NatGateway>> {
        self.snapshot.nats.get(&node).copied().map(Found)
    }

    fn owner(&self, address: &VpcAddress) -> Option<Found<Owner>> {
        self.snapshot.owners.get(address).copied().map(Found)
    }

    fn public(&self, address: &VpcAddress) -> Option<Found<Public>> {
        self.snapshot.publics.get(address).copied().map(Found)
    }

    fn private(&self, address: &Ip) -> Option<Found<Private>> {
        self.snapshot.privates.get(address).copied().map(Found)
    }

    fn route(&self, key: &RouteKey) -> Option<Found<Route>> {
        self.lengths[0].find(&self.snapshot.routes, *key).map(Found)
    }

    fn class(&self, key: &ClassKey) -> Option<Found<Class>> {
        self.lengths[1].find(&self.snapshot.classes, *key).map(Found)
    }

    fn member_class(&self, key: &MemberKey) -> Option<Found<Class>> {
        self.snapshot.members.get(key).copied().map(Found)
    }

    fn rule(&self, key: &RuleKey) -> Option<Found<Verdict>> {
        self.lengths[2].find(&self.snapshot.rules, *key).map(Found)
    }

    fn conn<R>(&self, key: &ConnKey, change: impl FnOnce(&mut Conn) -> R) -> Option<R> {
        self.conns.borrow_mut().get_mut(key).map(change)
    }

    fn conn_insert(&self, key: &ConnKey, conn: &Conn) -> Inserted {
        let mut conns = self.conns.borrow_mut();
        if conns.contains_key(key) {
            return Inserted::Exists;
        }
        if conns.len() >= self.limits.connections {
            return Inserted::Full;
        }
        conns.insert(*key, *conn);
        Inserted::Done
    }

    fn conn_remove(&self, key: &ConnKey) -> bool {
        self.conns.borrow_mut().remove(key).is_some()
    }

    fn flow_slot<R>(&self, key: &ConnKey, look: impl FnOnce(&mut FlowSlot) -> R) -> Option<R> {
        let mask = self.limits.flow_slots.checked_sub(1)?;
        self.flows.borrow_mut().get_mut(place(key, mask) as usize).map(look)
    }

    fn flow_lock(&self, _key: &ConnKey) -> bool {
        true
    }

    fn used(&self, port: u32) -> u64 {
        self.usage.borrow().get(&port).copied().unwrap_or(0)
    }

    fn count(&self, port: u32, more: bool) {
        let mut usage = self.usage.borrow_mut();
        let used = usage.entry(port).or_default();
        *used = if more { *used + 1 } else { used.saturating_sub(1) };
    }

    fn reclaim_next(&self) -> Option<u32> {
        if self.limits.reclaim_slots == 0 {
            return None;
        }
        let next = self.hand.get();
        self.hand.set(next + 1);
        Some(slot_of(next, self.limits.reclaim_slots as u64))
    }

    fn reclaim_own(&self, port: u32, by: u32) -> Option<(u64, u64)> {
        if self.limits.reclaim_slots == 0 {
            return None;
        }
        let mut hands = self.own_hands.borrow_mut();
        let hand = hands.entry(port).or_default();
        let was = *hand;
        *hand += by as u64;
        Some((was, self.hand.get().min(self.limits.reclaim_slots as u64)))
    }

    fn reclaim_slot<R>(&self, slot: u32, look: impl FnOnce(&mut ConnKey) -> R) -> Option<R> {
        Some(look(self.ring.borrow_mut().entry(slot).or_default()))
    }

    fn nat_claim(&self, key: &NatKey) -> Option<Found<NatClaim>> {
        self.claims.borrow().get(key).copied().map(Found)
    }

    fn nat_claim_insert(&self, key: &NatKey, claim: &NatClaim) -> bool {
        let mut claims = self.claims.borrow_mut();
        if claims.contains_key(key) || claims.len() >= self.limits.nat_claims {
            return false;
        }
        claims.insert(*key, *claim);
        true
    }

    fn nat_claim_replace(&self, key: &NatKey, claim: &NatClaim) -> bool {
        self.claims.borrow_mut().insert(*key, *claim);
        true
    }

    fn nat_release(&self, key: &NatKey) {
        self.claims.borrow_mut().remove(key);
    }

    fn nat_lock(&self, _key: &NatKey) -> bool {
        true
    }

    fn nat_unlock(&self, _key: &NatKey) {}

    fn nat_cursor(&self, index: u32, by: u32) -> u32 {
        let mut cursors = self.cursors.borrow_mut();
        let cursor = cursors.entry(index).or_default();
        let was = *cursor;
        *cursor = was.wrapping_add(by);
        was
    }

    fn saw(&self, _walk: &Walk, event: Event) {
        if let Some(recorder) = self.recorder.borrow_mut().as_mut() {
            recorder.steps.push(Step::Saw(event));
        }
    }

    fn refused(&self, walk: &Walk, reason: DropReason) -> bool {
        let mut recorder = self.recorder.borrow_mut();
        let Some(recorder) = recorder.as_mut().filter(|r| r.past_refusals) else { return false };
        recorder.steps.push(Step::Refused { reason, gate: walk.gate });
        true
    }
}
