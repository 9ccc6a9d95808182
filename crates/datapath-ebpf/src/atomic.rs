//! Atomic addition to map memory. `core` has none for this target, the instruction set does.

use core::arch::asm;

/// Adds, and gives what was there.
///
/// # Safety
/// `to` points to a value in a map, aligned to 8 bytes.
#[inline(always)]
pub unsafe fn fetch_add64(to: *mut u64, by: u64) -> u64 {
    let mut value = by;
    // SAFETY: the caller's.
    unsafe { asm!("{v} = atomic_fetch_add((u64 *)({p} + 0), {v})", v = inout(reg) value, p = in(reg) to) };
    value
}

/// Adds, and gives what was there.
///
/// # Safety
/// `to` points to a value in a map, aligned to 4 bytes.
#[inline(always)]
pub unsafe fn fetch_add32(to: *mut u32, by: u32) -> u32 {
    let mut value = by;
    // SAFETY: the caller's.
    unsafe { asm!("{v} = atomic_fetch_add((u32 *)({p} + 0), {v})", v = inout(wreg) value, p = in(reg) to) };
    value
}
