//! Addresses of 16 bytes: one engine for both families (IPv4 is kept mapped, RFC 4291 section 2.5.5.2).

/// An IPv6 address, or an IPv4 one as `::ffff:a.b.c.d`. The four words hold the bytes in network order as they
/// stand in memory, so an `Ip` is at once a hash key and the address part of a longest-prefix key.
#[repr(C)]
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ip(pub [u32; 4]);

/// Bits in front of an IPv4 address in its mapped form: a prefix /n of IPv4 is a prefix /(96 + n) here.
pub const V4_BITS: u32 = 96;

const MAPPED: u32 = u32::from_be(0x0000_ffff);

impl Ip {
    /// No address.
    pub const UNSPECIFIED: Ip = Ip([0; 4]);

    /// From an IPv4 address in host order (`0x0a000001` is 10.0.0.1).
    #[inline(always)]
    pub const fn v4(host_order: u32) -> Ip {
        Ip([0, 0, MAPPED, host_order.to_be()])
    }

    /// From the four bytes as they stand in an IPv4 header.
    #[inline(always)]
    pub const fn v4_bytes(b: [u8; 4]) -> Ip {
        Ip([0, 0, MAPPED, u32::from_ne_bytes(b)])
    }

    /// From the four bytes as a word of memory, in network order: what `v4_wire` gives.
    #[inline(always)]
    pub const fn v4_wire_of(word: u32) -> Ip {
        Ip([0, 0, MAPPED, word])
    }

    /// The IPv4 address in host order, if it is one.
    #[inline(always)]
    pub const fn as_v4(self) -> Option<u32> {
        if self.is_v4() { Some(u32::from_be(self.0[3])) } else { None }
    }

    #[inline(always)]
    pub const fn is_v4(self) -> bool {
        self.0[0] == 0 && self.0[1] == 0 && self.0[2] == MAPPED
    }

    /// An IPv4 address that is nobody's in the internet: private (RFC 1918), shared (RFC 6598), loopback, this network,
    /// link-local.
    #[inline(always)]
    pub const fn is_private(self) -> bool {
        let a = u32::from_be(self.0[3]);
        self.is_v4()
            && (a >> 24 == 10
                || a >> 20 == 0xac1
                || a >> 16 == 0xc0a8
                || a >> 22 == 0x191
                || a >> 24 == 127
                || a >> 24 == 0
                || a >> 16 == 0xa9fe)
    }

    /// The last four bytes in network order: the whole of an IPv4 address.
    #[inline(always)]
    pub const fn v4_wire(self) -> u32 {
        self.0[3]
    }
}

impl core::fmt::Debug for Ip {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Display::fmt(self, f)
    }
}

impl core::fmt::Display for Ip {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut b = [0u8; 16];
        for (i, w) in self.0.iter().enumerate() {
            b[i * 4..i * 4 + 4].copy_from_slice(&w.to_ne_bytes());
        }
        let v6 = core::net::Ipv6Addr::from(b);
        match v6.to_ipv4_mapped() {
            Some(v4) => v4.fmt(f),
            None => v6.fmt(f),
        }
    }
}

impl From<core::net::Ipv4Addr> for Ip {
    fn from(a: core::net::Ipv4Addr) -> Ip {
        Ip::v4(u32::from(a))
    }
}
