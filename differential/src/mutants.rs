//! Mutants: the engine spoiled in one spot at a time. A run that does not notice would prove nothing.
//!
//! The engine knows nothing of this. A copy of its source is written with each spot as a choice between what stands
//! there and what is wrong, built once, and told by the environment which mistake to make ([`build`]).

pub mod build;
mod list;

pub use build::{Caught, catch_all};
pub use list::MUTANTS;

use std::fmt;

/// One mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// What the engine does wrong.
    pub mistake: &'static str,
    /// In the engine's `src`.
    pub file: &'static str,
    /// An expression (or statement, if it ends in a semicolon) that stands there exactly once ...
    pub right: &'static str,
    /// ... and what stands there instead. Empty: nothing.
    pub wrong: &'static str,
}

impl fmt::Display for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.mistake, self.file)
    }
}

impl Mutant {
    /// The source of its file with the spot as a choice. `None`: the spot is not there, or not once.
    pub fn apply(&self, number: usize, source: &str) -> Option<String> {
        if source.matches(self.right).count() != 1 {
            return None;
        }
        let (right, wrong) = (self.right, self.wrong);
        let choice = if right.ends_with(';') {
            format!("if crate::mutant::is({number}) {{ {wrong} }} else {{ {right} }}")
        } else {
            format!("(if crate::mutant::is({number}) {{ {wrong} }} else {{ {right} }})")
        };
        Some(source.replacen(right, &choice, 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn every_mutant_has_its_spot_in_the_engine() {
        let engine = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/engine/src");
        let mut sources = BTreeMap::new();
        for (number, mutant) in MUTANTS.iter().enumerate() {
            let source = sources.entry(mutant.file).or_insert_with(|| {
                std::fs::read_to_string(engine.join(mutant.file)).unwrap_or_else(|e| panic!("{}: {e}", mutant.file))
            });
            *source = mutant.apply(number + 1, source).unwrap_or_else(|| {
                panic!(
                    "{mutant}: {:?} must stand there exactly once; the engine has changed, so change the mutant",
                    mutant.right
                )
            });
        }
    }

    #[test]
    fn there_are_enough_mutants_and_no_two_alike() {
        let different: BTreeSet<_> = MUTANTS.iter().map(|m| (m.file, m.right, m.wrong)).collect();
        assert_eq!(different.len(), MUTANTS.len());
        assert!(MUTANTS.len() >= 25);
    }
}
