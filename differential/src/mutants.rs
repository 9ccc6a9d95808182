//! Mutants.
use std::fmt;
#[derive(Clone, Copy, Debug)]
pub struct Mutant(pub u32, pub &'static str);
pub const MUTANTS: &[Mutant] = &[];
impl fmt::Display for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, self.1)
    }
}
pub fn catch_all(_seed: u64) -> Vec<(Mutant, Option<u64>)> {
    Vec::new()
}
