//! `cargo xtask differential`: random regions and packets, judged by the reference and by the engine.

use clap::Args;
use croft_differential::{catch_all, run as compare};
use std::error::Error;
use std::process::ExitCode;

/// The reference against the engine in user space and in the kernel, over random regions and packets.
///
/// Examples:
///   cargo xtask differential --packets 1000000 --seed 7
///   cargo xtask differential --user-space --packets 50000
///   cargo xtask differential --mutants
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct Options {
    /// How many packets.
    #[arg(long, default_value_t = 200_000)]
    packets: u64,
    /// Where the random numbers start. A mismatch prints the seed that repeats it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Leave the kernel out: needs no root.
    #[arg(long)]
    user_space: bool,
    /// Spoil the engine in one spot at a time and see each caught.
    #[arg(long)]
    mutants: bool,
}

pub fn run(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    if options.mutants {
        return mutants(options.seed);
    }
    let report = compare(croft_differential::Options {
        packets: options.packets,
        seed: options.seed,
        kernel: !options.user_space,
        ..Default::default()
    })?;
    print!("{report}");
    report.check()?;
    Ok(ExitCode::SUCCESS)
}

fn mutants(seed: u64) -> Result<ExitCode, Box<dyn Error>> {
    let all = catch_all(seed, |caught| match caught.packets {
        Some(packets) => println!("caught after {packets:>6} packets: {}", caught.mutant),
        None => println!("SURVIVED: {}", caught.mutant),
    })?;
    let caught = all.iter().filter(|c| c.packets.is_some()).count();
    println!("{caught} of {} mutants caught", all.len());
    Ok(if caught == all.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
