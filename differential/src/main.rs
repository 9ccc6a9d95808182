//! A run in user space as a program of its own, so that it can be built over another engine (see `mutants`).
//!
//! usage: croft-differential PACKETS SEED

use croft_differential::{Options, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|n| n.parse().ok()).collect();
    let [packets, seed] = numbers[..] else {
        eprintln!("usage: croft-differential PACKETS SEED");
        return ExitCode::from(2);
    };
    match run(Options { packets, seed, kernel: false, shrink: false, ..Options::default() }) {
        Ok(report) => {
            println!("{report}");
            if report.mismatch.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(failure) => {
            eprintln!("croft-differential: {failure}");
            ExitCode::FAILURE
        }
    }
}
