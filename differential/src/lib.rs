//! The three-way difference: random regions and packets from a seed, judged by the reference, by the engine in user
//! space and by the engine in the kernel. Verdict, reason, target and every byte on delivery must be the same.
//!
//! A run is a row of *worlds*. Each has a cloud of its own and some hundred *steps*: packets, jumps of the clock,
//! changes of the cloud. What follows depends on what got through, so half of all packets belong to known flows. Where
//! two judges differ, the steps are cut down to the fewest that still show it, then the cloud is (see [`shrink`]).
//!
//! The rows that this rests on are those of sections 1 to 6 of `docs/semantics.md`.

mod arena;
mod compare;
mod edit;
mod engine;
mod exhaust;
mod frame;
mod kernel;
mod mutants;
mod quota;
mod random;
mod report;
mod run;
mod scene;
mod share;
mod shrink;
mod step;
mod traffic;

pub use mutants::{Caught, MUTANTS, Mutant, catch_all};
pub use report::{Failure, Mismatch, Report};
pub use run::{Options, run};
