//! `cargo xtask bench`: figures as ratios against a peer measured in the same run. Never part of a test.

mod bare;
mod cloud;
mod datapath;
mod effect;
mod figures;
mod load;

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
    Datapath(datapath::Options),
    /// From the answered change of a rule to the first packet that obeys it
    Effect(effect::Options),
}

pub fn run(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    match &options.which {
        Which::Datapath(options) => datapath::run(options),
        Which::Effect(options) => effect::run(options),
    }
}
