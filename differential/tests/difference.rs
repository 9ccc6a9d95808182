//! The difference as part of the test run.

use croft_differential::{Options, run};

/// Verdict, reason, target and bytes, three times the same (rows of sections 1 to 6 of `docs/semantics.md`).
#[test]
fn reference_engine_and_kernel_agree_on_200_000_packets() {
    let report = run(Options::default()).unwrap_or_else(|failure| panic!("{failure}"));
    println!("{report}");
    report.check().unwrap_or_else(|missed| panic!("{missed}\n{report}"));
    assert!(report.packets >= 200_000);
    assert!(report.in_kernel * 10 >= report.packets * 9, "nearly all of them in the kernel too");
}

/// The same seed gives the same packets: a mismatch can be looked at again.
#[test]
fn a_seed_is_a_run() {
    let options = Options { packets: 3_000, seed: 7, kernel: false, ..Options::default() };
    let (one, other) = (run(options.clone()), run(options));
    assert_eq!(one.map(|r| r.to_string()).ok(), other.map(|r| r.to_string()).ok());
}
