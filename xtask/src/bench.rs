//! `cargo xtask bench`: figures as ratios against a peer measured in the same run. Never part of a test.

mod api;
mod bare;
mod cloud;
mod datapath;
mod effect;
mod figures;
mod groups;
mod load;
mod programs;
mod stack;
mod template;

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
    /// AWS's API beside moto's server: a three-tier apply, a large region, start, memory, reset
    Api(api::Options),
    /// Bytes, requests, connections and datagrams through Croft beside a veth pair, a bare redirect and a router
    Datapath(datapath::Options),
    /// From the answered change of a rule to the first packet that obeys it
    Effect(effect::Options),
    /// A region with 10,000 security groups beside one with 1,000
    Groups(groups::Options),
    /// A stack of 200 resources, from `croft up` to CREATE_COMPLETE, and where the time goes
    Stack(stack::Options),
    /// The worst templates of each shape, until they are refused or planned
    Template(template::Options),
}

pub fn run(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    match &options.which {
        Which::Api(options) => api::run(options),
        Which::Datapath(options) => datapath::run(options),
        Which::Effect(options) => effect::run(options),
        Which::Groups(options) => groups::run(options),
        Which::Stack(options) => stack::run(options),
        Which::Template(options) => template::run(options),
    }
}
