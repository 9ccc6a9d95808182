//! Random bits for identifiers and addresses, from a seed that is handed in.

/// A stream of bits (SplitMix64). The same seed gives the same cloud, which is what tests want; a daemon seeds it
/// from the operating system. Identifiers need no secrecy: two that meet are drawn again.
#[derive(Clone, Debug)]
pub struct Bits(u64);

impl Bits {
    pub fn from_seed(seed: u64) -> Bits {
        Bits(seed)
    }

    pub(crate) fn draw(&mut self) -> u128 {
        (u128::from(self.next()) << 64) | u128::from(self.next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
