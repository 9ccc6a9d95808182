//! `cargo xtask bench`: figures as ratios against a peer measured in the same run. Never part of a test.

pub mod load;

use clap::{Args, Subcommand};
use std::error::Error;
use std::process::ExitCode;

#[derive(Args)]
pub struct Options {
    #[command(subcommand)]
    which: Which,
}

#[derive(Subcommand)]
enum Which {
    /// Bytes, requests, connections and datagrams through Croft beside a veth pair, a bare redirect and a router
    Datapath,
}

pub fn run(_options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    Ok(ExitCode::SUCCESS)
}
