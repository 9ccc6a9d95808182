//! Values that cross the border to the kernel as they stand in memory.

use croft_engine::tables;

/// A type whose bytes are the key or value of a map.
///
/// # Safety
/// `repr(C)`, without holes, and any bytes are a legal value.
pub unsafe trait Plain: Copy + 'static {
    /// A value to be filled by the kernel.
    fn zeroed() -> Self {
        // SAFETY: any bytes are a legal value, zeros too.
        unsafe { std::mem::zeroed() }
    }

    /// The bytes of the value.
    fn bytes(&self) -> &[u8] {
        // SAFETY: no holes, so every byte is initialised.
        unsafe { std::slice::from_raw_parts(std::ptr::from_ref(self).cast(), size_of::<Self>()) }
    }

    /// From bytes, when there are enough of them.
    fn read(bytes: &[u8]) -> Option<Self> {
        if bytes.len() < size_of::<Self>() {
            return None;
        }
        // SAFETY: enough bytes, any of which are a legal value; read_unaligned asks for no alignment.
        Some(unsafe { std::ptr::read_unaligned(bytes.as_ptr().cast()) })
    }
}

/// A key of a longest-prefix table: how many bits count, then the key.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Prefix<K> {
    /// Bits of `key` that count, the fixed ones included.
    pub bits: u32,
    pub key: K,
}

macro_rules! plain { ($($t:ty),* $(,)?) => { $(
    // SAFETY: `repr(C)` numbers and arrays of numbers; that there are no holes is what the test below adds up.
    unsafe impl Plain for $t {}
)* } }

plain!(u8, u16, u32, u64, tables::Tuple, tables::ConnKey, tables::Action, tables::Conn, tables::Clock);
plain!(tables::FlowSlot);
plain!(tables::Interface, tables::Subnet, tables::NatGateway, tables::Uplink, tables::VpcAddress, tables::Owner);
plain!(tables::Public, tables::Private, tables::RouteKey, tables::Route, tables::ClassKey, tables::Class);
plain!(
    tables::MemberKey,
    tables::Span,
    tables::RuleKey,
    tables::Verdict,
    tables::NatKey,
    tables::DropKey,
    tables::DropCount,
    tables::DropEvent
);
plain!(tables::Usage, tables::Punt, tables::NatClaim, tables::ReclaimHand, croft_engine::Ip);

// SAFETY: a u32 in front of a key that is itself plain and aligned to four bytes or less, asserted on use.
unsafe impl<K: Plain> Plain for Prefix<K> {
    fn zeroed() -> Self {
        const { assert!(align_of::<K>() <= 4, "a hole between the length and the key") };
        Prefix { bits: 0, key: K::zeroed() }
    }
}

#[cfg(test)]
mod tests;
