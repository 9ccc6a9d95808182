//! A kernel buffer as the engine's `Packet`. Pointers are taken anew for each view, because helpers that change a
//! checksum may move the data.

use aya_ebpf::bindings::__sk_buff;
use aya_ebpf::helpers::generated::{bpf_l4_csum_replace, bpf_skb_pull_data};
use core::arch::asm;
use core::mem::size_of;
use croft_engine::packet::{Fix, Packet};

/// `BPF_F_PSEUDO_HDR` and `BPF_F_MARK_MANGLED_0` of `bpf_l4_csum_replace`.
const PSEUDO_HEADER: u64 = 0x10;
const MANGLED_ZERO: u64 = 0x20;

/// All that the engine ever reads: an ICMP error with the first 18 bytes of an embedded TCP segment.
const HEADERS: u32 = 14 + 20 + 8 + 20 + 18;

#[repr(transparent)]
pub struct Skb(*mut __sk_buff);

impl Skb {
    #[inline(always)]
    pub fn new(raw: *mut __sk_buff) -> Skb {
        Skb(raw)
    }

    #[inline(always)]
    pub fn raw(&self) -> *mut __sk_buff {
        self.0
    }

    /// The ifindex that the packet came in by.
    #[inline(always)]
    pub fn port(&self) -> u32 {
        // SAFETY: the context of the program.
        unsafe { (*self.0).ifindex }
    }

    #[inline(always)]
    pub fn has_vlan_tag(&self) -> bool {
        // SAFETY: as above.
        unsafe { (*self.0).vlan_present != 0 }
    }

    /// Headers that lie in pages of their own are copied to where the engine can read them. False: there are none.
    #[inline(always)]
    pub fn pull_headers(&mut self) -> bool {
        let wanted = if self.frame_length() < HEADERS { self.frame_length() } else { HEADERS };
        if self.data() + wanted as usize <= self.end() {
            return false;
        }
        // SAFETY: the context of the program; no view is held.
        unsafe { bpf_skb_pull_data(self.0, wanted) == 0 }
    }

    #[inline(always)]
    fn data(&self) -> usize {
        // SAFETY: the context of the program; the data are somewhere.
        unsafe {
            let data = (*self.0).data as usize;
            core::hint::assert_unchecked(data != 0);
            data
        }
    }

    #[inline(always)]
    fn end(&self) -> usize {
        // SAFETY: as above.
        unsafe { (*self.0).data_end as usize }
    }

    #[inline(always)]
    fn at<T>(&self, offset: usize) -> Option<*mut T> {
        let start = self.data() + offset;
        if start + size_of::<T>() > self.end() { None } else { Some(start as *mut T) }
    }
}

impl Packet for Skb {
    #[inline(always)]
    fn view<const N: usize>(&self, at: usize) -> Option<&[u8; N]> {
        // SAFETY: within the packet, as just compared; bytes have no alignment.
        self.at(at).map(|p| unsafe { &*p })
    }

    #[inline(always)]
    fn view_mut<const N: usize>(&mut self, at: usize) -> Option<&mut [u8; N]> {
        // SAFETY: as above, and `self` is borrowed.
        self.at(at).map(|p| unsafe { &mut *p })
    }

    #[inline(always)]
    fn load16<const AT: usize, const N: usize>(view: &[u8; N]) -> u16 {
        const { assert!(AT + 2 <= N) };
        let word: u32;
        // SAFETY: within the view.
        unsafe {
            asm!("{w} = *(u16 *)({p} + {at})", w = out(wreg) word, p = in(reg) view, at = const AT,
                options(pure, readonly, nostack));
        }
        // SAFETY: two bytes.
        unsafe { core::hint::assert_unchecked(word <= u16::MAX as u32) };
        word as u16
    }

    #[inline(always)]
    fn load32<const AT: usize, const N: usize>(view: &[u8; N]) -> u32 {
        const { assert!(AT + 4 <= N) };
        let word: u32;
        // SAFETY: within the view.
        unsafe {
            asm!("{w} = *(u32 *)({p} + {at})", w = out(wreg) word, p = in(reg) view, at = const AT,
                options(pure, readonly, nostack));
        }
        word
    }

    #[inline(always)]
    fn store16<const AT: usize, const N: usize>(view: &mut [u8; N], word: u16) {
        const { assert!(AT + 2 <= N) };
        // SAFETY: within the view.
        unsafe {
            asm!("*(u16 *)({p} + {at}) = {w}", w = in(wreg) word as u32, p = in(reg) view, at = const AT,
                options(nostack));
        }
    }

    #[inline(always)]
    fn store32<const AT: usize, const N: usize>(view: &mut [u8; N], word: u32) {
        const { assert!(AT + 4 <= N) };
        // SAFETY: within the view.
        unsafe {
            asm!("*(u32 *)({p} + {at}) = {w}", w = in(wreg) word, p = in(reg) view, at = const AT, options(nostack));
        }
    }

    #[inline(always)]
    fn store64<const AT: usize, const N: usize>(view: &mut [u8; N], word: u64) {
        const { assert!(AT + 8 <= N) };
        // SAFETY: within the view.
        unsafe {
            asm!("*(u64 *)({p} + {at}) = {w}", w = in(reg) word, p = in(reg) view, at = const AT, options(nostack));
        }
    }

    #[inline(always)]
    fn frame_length(&self) -> u32 {
        // SAFETY: the context of the program.
        unsafe { (*self.0).len }
    }

    #[inline(always)]
    fn segment(&self) -> u32 {
        // SAFETY: as above.
        unsafe { (*self.0).gso_size }
    }

    /// The helper knows a checksum that offload has left unfinished; arithmetic on the bytes would not.
    #[inline(always)]
    fn fix_checksum(&mut self, at: usize, difference: u32, kind: Fix) {
        let flags = if kind.pseudo { PSEUDO_HEADER } else { 0 } | if kind.udp { MANGLED_ZERO } else { 0 };
        // SAFETY: the context of the program; no view is held.
        unsafe { bpf_l4_csum_replace(self.0, at as u32, 0, difference as u64, flags) };
    }
}
