//! The engine's tables as BPF maps. A loader sets the sizes; those written here suit a test.

use core::arch::asm;
use core::cell::UnsafeCell;

use aya_ebpf::bindings::{BPF_ANY, BPF_EXIST, BPF_F_MMAPABLE, BPF_F_NO_PREALLOC, BPF_NOEXIST};
use aya_ebpf::helpers::generated::{bpf_jiffies64, bpf_ktime_get_coarse_ns};
use aya_ebpf::macros::map;
use aya_ebpf::maps::lpm_trie::Key;
use aya_ebpf::maps::{Array, HashMap, LpmTrie, LruPerCpuHashMap, PerCpuArray, RingBuf};
use croft_engine::tables::{self, *};
use croft_engine::{Inserted, Ip, Tables, Walk};

use crate::atomic::{fetch_add32, fetch_add64};

/// A section of its own is a map with one value, and the address of it stands in the program: no look-up.
#[unsafe(link_section = ".bss.clock")]
#[unsafe(no_mangle)]
pub static CLOCK: Shared<Clock> = Shared(UnsafeCell::new(Clock {
    offset: 0,
    epoch: 0,
    interface_connections: 0,
    ticks_began: 0,
    tick: 0,
    flow_mask: 0,
}));
#[map]
pub static UPLINK: Array<Uplink> = Array::with_max_entries(1, 0);
#[map]
pub static INTERFACES: HashMap<u32, Interface> = HashMap::with_max_entries(16_384, BPF_F_NO_PREALLOC);
#[map]
pub static SUBNETS: HashMap<u32, Subnet> = HashMap::with_max_entries(4_096, BPF_F_NO_PREALLOC);
#[map]
pub static NATS: HashMap<u32, NatGateway> = HashMap::with_max_entries(1_024, BPF_F_NO_PREALLOC);
#[map]
pub static OWNERS: HashMap<VpcAddress, Owner> = HashMap::with_max_entries(65_536, BPF_F_NO_PREALLOC);
#[map]
pub static PUBLICS: HashMap<VpcAddress, Public> = HashMap::with_max_entries(65_536, BPF_F_NO_PREALLOC);
#[map]
pub static PRIVATES: HashMap<Ip, Private> = HashMap::with_max_entries(65_536, BPF_F_NO_PREALLOC);
#[map]
pub static ROUTES: LpmTrie<RouteKey, Route> = LpmTrie::with_max_entries(65_536, 0);
#[map]
pub static CLASSES: LpmTrie<ClassKey, Class> = LpmTrie::with_max_entries(1 << 20, 0);
#[map]
pub static MEMBERS: HashMap<MemberKey, Class> = HashMap::with_max_entries(1 << 18, BPF_F_NO_PREALLOC);
#[map]
pub static RULES: LpmTrie<RuleKey, Verdict> = LpmTrie::with_max_entries(1 << 20, 0);
/// Preallocated: a full table refuses new connections and never forgets old ones.
#[map]
pub static CONNS: HashMap<ConnKey, Conn> = HashMap::with_max_entries(65_536, 0);
/// User space has it mapped, so that it too can empty a slot and leave the rest as it is.
#[map]
pub static FLOW_CACHE: Array<FlowSlot> = Array::with_max_entries(65_536, BPF_F_MMAPABLE);
/// Half as many again as `CONNS`.
#[map]
pub static RECLAIM: Array<ConnKey> = Array::with_max_entries(98_304, 0);
#[map]
pub static RECLAIM_HAND: Array<ReclaimHand> = Array::with_max_entries(1, 0);
/// Half as many as `CONNS`: a translated connection has two entries there.
#[map]
pub static NAT_CLAIMS: HashMap<NatKey, NatClaim> = HashMap::with_max_entries(32_768, 0);
#[map]
pub static NAT_LOCKS: HashMap<NatKey, u32> = HashMap::with_max_entries(1_024, 0);
#[map]
pub static NAT_CURSOR: Array<u32> = Array::with_max_entries(NAT_CURSORS, 0);
#[map]
pub static USAGE: HashMap<u32, Usage> = HashMap::with_max_entries(16_384, BPF_F_NO_PREALLOC);
/// The least used counters make room when it is full.
#[map]
pub static DROPS: LruPerCpuHashMap<DropKey, DropCount> = LruPerCpuHashMap::with_max_entries(16_384, 0);
#[map]
pub static EVENTS: RingBuf = RingBuf::with_byte_size(1 << 18, 0);
#[map]
pub static PUNT: Array<Punt> = Array::with_max_entries(1, 0);
#[map]
pub static SCRATCH: PerCpuArray<Walk> = PerCpuArray::with_max_entries(1, 0);

/// What user space writes as well.
#[repr(transparent)]
pub struct Shared<T>(UnsafeCell<T>);
// SAFETY: as for the values of maps.
unsafe impl<T> Sync for Shared<T> {}

impl<T> Shared<T> {
    /// Where it is. What stands there is nothing that the compiler knows.
    #[inline(always)]
    fn get(&self) -> *mut T {
        let mut at = self.0.get();
        // SAFETY: no instruction.
        unsafe { asm!("/* {} */", inout(reg) at, options(nostack, preserves_flags)) };
        at
    }
}

/// Each processor has its own, so that none is read half written.
#[map]
pub static PRECEDENTS: PerCpuArray<Precedent> = PerCpuArray::with_max_entries(tables::PRECEDENTS, 0);

/// `EEXIST` of the kernel.
const EXISTS: i32 = -17;

/// The tables: the maps above.
pub struct Maps;

impl Tables for Maps {
    type Ref<'a, T: 'a> = &'a T;

    #[inline(always)]
    fn monotonic(&self) -> u64 {
        // SAFETY: a helper without arguments.
        unsafe { bpf_ktime_get_coarse_ns() }
    }

    #[inline(always)]
    fn clock(&self) -> Option<&Clock> {
        // SAFETY: user space changes the value whole.
        Some(unsafe { &*CLOCK.get() })
    }

    /// By the count of ticks, which is there to be read; the clock must be called.
    #[inline(always)]
    fn now(&self, clock: &Clock) -> u64 {
        if clock.ticks_began == 0 {
            return self.monotonic().wrapping_add(clock.offset);
        }
        ticks().wrapping_mul(clock.tick as u64).wrapping_add(clock.ticks_began).wrapping_add(clock.offset)
    }

    #[inline(always)]
    fn uplink(&self) -> Option<&Uplink> {
        UPLINK.get(0)
    }

    #[inline(always)]
    fn interface(&self, port: u32) -> Option<&Interface> {
        find(&INTERFACES, &port)
    }

    #[inline(always)]
    fn subnet(&self, node: u32) -> Option<&Subnet> {
        find(&SUBNETS, &node)
    }

    #[inline(always)]
    fn nat(&self, node: u32) -> Option<&NatGateway> {
        find(&NATS, &node)
    }

    #[inline(always)]
    fn owner(&self, address: &VpcAddress) -> Option<&Owner> {
        find(&OWNERS, address)
    }

    #[inline(always)]
    fn public(&self, address: &VpcAddress) -> Option<&Public> {
        find(&PUBLICS, address)
    }

    #[inline(always)]
    fn private(&self, address: &Ip) -> Option<&Private> {
        find(&PRIVATES, address)
    }

    #[inline(always)]
    fn route(&self, key: &RouteKey) -> Option<&Route> {
        ROUTES.get(Key::new(ROUTE_FIXED_BITS + 128, *key))
    }

    #[inline(always)]
    fn class(&self, key: &ClassKey) -> Option<&Class> {
        CLASSES.get(Key::new(CLASS_FIXED_BITS + 128, *key))
    }

    #[inline(always)]
    fn member_class(&self, key: &MemberKey) -> Option<&Class> {
        find(&MEMBERS, key)
    }

    #[inline(always)]
    fn rule(&self, key: &RuleKey) -> Option<&Verdict> {
        RULES.get(Key::new(RULE_FIXED_BITS + 16, *key))
    }

    #[inline(always)]
    fn conn<R>(&self, key: &ConnKey, change: impl FnOnce(&mut Conn) -> R) -> Option<R> {
        // SAFETY: map memory; two processors may write one entry at a time, which the engine allows for.
        CONNS.get_ptr_mut(key).map(|c| change(unsafe { &mut *c }))
    }

    #[inline(always)]
    fn conn_insert(&self, key: &ConnKey, conn: &Conn) -> Inserted {
        match CONNS.insert(key, conn, BPF_NOEXIST as u64) {
            Ok(()) => Inserted::Done,
            Err(EXISTS) => Inserted::Exists,
            Err(_) => Inserted::Full,
        }
    }

    #[inline(always)]
    fn conn_remove(&self, key: &ConnKey) -> bool {
        CONNS.remove(key).is_ok()
    }

    #[inline(always)]
    fn flow_slot<R>(&self, key: &ConnKey, look: impl FnOnce(&mut FlowSlot) -> R) -> Option<R> {
        // SAFETY: map memory; processors may write one slot at a time, which the engine allows for.
        flow(key).map(|slot| look(unsafe { &mut *slot }))
    }

    #[inline(always)]
    fn flow_lock(&self, key: &ConnKey) -> bool {
        // SAFETY: map memory, aligned to 4 bytes.
        flow(key).is_some_and(|slot| unsafe { fetch_add32(&raw mut (*slot).lock, 1) == 0 })
    }

    #[inline(always)]
    fn flow_unlock(&self, key: &ConnKey) {
        if let Some(slot) = flow(key) {
            // SAFETY: map memory; this processor's to write.
            unsafe { (&raw mut (*slot).lock).write_volatile(0) };
        }
    }

    #[inline(always)]
    fn used(&self, port: u32) -> u64 {
        find(&USAGE, &port).map_or(0, |u| u.connections)
    }

    #[inline(always)]
    fn count(&self, port: u32, more: bool) {
        let Some(usage) = usage(port) else { return };
        // SAFETY: map memory, aligned to 8 bytes.
        unsafe {
            if more {
                fetch_add64(&raw mut (*usage).connections, 1);
            } else if (*usage).connections > 0 {
                fetch_add64(&raw mut (*usage).connections, u64::MAX);
            }
        }
    }

    #[inline(always)]
    fn reclaim_next(&self) -> Option<u32> {
        let hand = RECLAIM_HAND.get_ptr_mut(0)?;
        // SAFETY: map memory, aligned to 8 bytes.
        let slots = unsafe { (*hand).slots };
        if slots == 0 {
            return None;
        }
        // SAFETY: as above.
        let next = unsafe { fetch_add64(&raw mut (*hand).next, 1) };
        Some(croft_engine::connection::slot_of(next, slots))
    }

    #[inline(always)]
    fn reclaim_own(&self, port: u32, by: u32) -> Option<(u64, u64)> {
        let usage = usage(port)?;
        let all = RECLAIM_HAND.get(0)?;
        // SAFETY: map memory, aligned to 8 bytes.
        let was = unsafe { fetch_add64(&raw mut (*usage).hand, by as u64) };
        Some((was, if all.next < all.slots { all.next } else { all.slots }))
    }

    #[inline(always)]
    fn reclaim_slot<R>(&self, slot: u32, look: impl FnOnce(&mut ConnKey) -> R) -> Option<R> {
        // SAFETY: map memory.
        RECLAIM.get_ptr_mut(slot).map(|k| look(unsafe { &mut *k }))
    }

    #[inline(always)]
    fn precedent<R>(&self, place: u32, look: impl FnOnce(&mut Precedent) -> R) -> Option<R> {
        // SAFETY: this processor's own.
        PRECEDENTS.get_ptr_mut(place).map(|p| look(unsafe { &mut *p }))
    }

    #[inline(always)]
    fn nat_claim(&self, key: &NatKey) -> Option<&NatClaim> {
        find(&NAT_CLAIMS, key)
    }

    #[inline(always)]
    fn nat_claim_insert(&self, key: &NatKey, claim: &NatClaim) -> bool {
        NAT_CLAIMS.insert(key, claim, BPF_NOEXIST as u64).is_ok()
    }

    #[inline(always)]
    fn nat_claim_replace(&self, key: &NatKey, claim: &NatClaim) -> bool {
        NAT_CLAIMS.insert(key, claim, BPF_EXIST as u64).is_ok()
    }

    #[inline(always)]
    fn nat_release(&self, key: &NatKey) {
        let _ = NAT_CLAIMS.remove(key);
    }

    #[inline(always)]
    fn nat_lock(&self, key: &NatKey) -> bool {
        NAT_LOCKS.insert(key, 1u32, BPF_NOEXIST as u64).is_ok()
    }

    #[inline(always)]
    fn nat_unlock(&self, key: &NatKey) {
        let _ = NAT_LOCKS.remove(key);
    }

    #[inline(always)]
    fn nat_cursor(&self, index: u32, by: u32) -> u32 {
        let Some(cursor) = NAT_CURSOR.get_ptr_mut(index) else { return 0 };
        // SAFETY: map memory, aligned to 4 bytes.
        unsafe { fetch_add32(cursor, by) }
    }
}

#[inline(always)]
fn ticks() -> u64 {
    // SAFETY: a helper without arguments.
    unsafe { bpf_jiffies64() }
}

/// Finds out when the count of ticks began. Both clocks move at once, so this is found once and stays.
#[inline(always)]
pub fn find_ticks() {
    let clock = CLOCK.get();
    // SAFETY: map memory; whoever finds it finds the same.
    unsafe {
        let tick = (*clock).tick as u64;
        if tick == 0 {
            return;
        }
        let began = Maps.monotonic().wrapping_sub(ticks().wrapping_mul(tick));
        // A tick may have passed between the two.
        if began.wrapping_sub((*clock).ticks_began).wrapping_add(2 * tick) > 4 * tick {
            (*clock).ticks_began = began;
        }
    }
}

#[inline(always)]
fn flow(key: &ConnKey) -> Option<*mut FlowSlot> {
    // SAFETY: as for the clock.
    let mask = unsafe { (*CLOCK.get()).flow_mask };
    FLOW_CACHE.get_ptr_mut(croft_engine::flow::cache::place(key, mask))
}

/// What a port has used, made if it is not there yet.
#[inline(always)]
pub fn usage(port: u32) -> Option<*mut Usage> {
    if let Some(usage) = USAGE.get_ptr_mut(&port) {
        return Some(usage);
    }
    let _ = USAGE.insert(&port, Usage { connections: 0, credit: 0, topped_up: 0, hand: 0 }, BPF_ANY as u64);
    USAGE.get_ptr_mut(&port)
}

#[inline(always)]
fn find<'a, K, V>(map: &'a HashMap<K, V>, key: &K) -> Option<&'a V> {
    // SAFETY: user space changes values whole, and a value that is removed meanwhile is one that was valid.
    unsafe { map.get(key) }
}
