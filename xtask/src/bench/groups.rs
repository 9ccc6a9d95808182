//! What a region with very many security groups costs, beside one with fewer.

use super::figures::Spread;
use clap::Args;
use croft_conformance::world::{TCP, World, port};
use croft_control::SetQuota;
use croft_model::SecurityGroupId;
use croft_model::group::{Direction, Peer};
use croft_policy::{Compiler, Ports};
use std::error::Error;
use std::process::ExitCode;
use std::time::Instant;

#[derive(Args)]
pub struct Options {
    /// Security groups of the larger region; the smaller one has a tenth
    #[arg(long, default_value_t = 10_000)]
    groups: usize,
    /// Changes measured in each, one in each by turns
    #[arg(long, default_value_t = 200)]
    changes: usize,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Interfaces, spread over the groups.
const INTERFACES: usize = 200;

struct Many {
    world: World,
    groups: Vec<SecurityGroupId>,
}

pub fn run(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let sizes = [options.groups / 10, options.groups];
    let mut regions = sizes.map(many);
    let compiled = regions.each_ref().map(|many| milliseconds(|| drop(compile(many))));
    let mut changes: [Vec<f64>; 2] = Default::default();
    for i in 0..options.changes {
        for (many, times) in regions.iter_mut().zip(&mut changes) {
            times.push(milliseconds(|| one_change(many, i)));
        }
    }
    let of = |times: &[f64]| Spread::of(times).ok_or("nothing was measured");
    let (small, large) = (of(&changes[0])?, of(&changes[1])?);
    let ratio = Spread::of_ratios(&changes[1], &changes[0]).ok_or("nothing was measured")?;
    if options.json {
        let rows = serde_json::json!({
            "groups": sizes, "all compiled ms": compiled, "one change ms": [small, large], "one change, ratio": ratio,
        });
        println!("{}", serde_json::to_string_pretty(&rows)?);
        return Ok(ExitCode::SUCCESS);
    }
    for (size, (all, change)) in sizes.iter().zip(compiled.iter().zip([small, large])) {
        println!("{size:6} groups: all compiled in {all:.1} ms; a rule added, in the tables after {change} ms");
    }
    println!("the larger to the smaller, change by change: {ratio}");
    Ok(ExitCode::SUCCESS)
}

/// A region with so many groups, each naming the next one.
fn many(count: usize) -> Many {
    let mut world = World::new();
    for (name, value) in [("security_groups_per_region", count as u32 + 1), ("interfaces_per_region", 20_000)] {
        world.run(SetQuota { name: name.into(), value });
    }
    let vpc = world.vpc("10.0.0.0/16");
    let subnet = world.subnet(&vpc, "10.0.128.0/17");
    let groups = world.quietly(|world| {
        let groups: Vec<_> = (0..count).map(|_| world.group(&vpc)).collect();
        for (n, group) in groups.iter().enumerate() {
            let next = groups[(n + 1) % count].clone();
            world.allow_in(group, TCP, port(8080), Peer::Group(next));
        }
        for n in 0..INTERFACES {
            let group = groups[n * count / INTERFACES].clone();
            let interface = world.interface(&subnet, &[&group]);
            world.pretend(&interface);
        }
        groups
    });
    Many { world, groups }
}

fn compile(many: &Many) -> Compiler {
    let mut compiler = Compiler::new();
    compiler.update(many.world.cloud(), &Ports::default());
    compiler
}

/// A rule of a group that an interface has, in the kernel's tables when this returns; then it is taken away again.
fn one_change(many: &mut Many, i: usize) {
    let used = (i % INTERFACES) * many.groups.len() / INTERFACES;
    let (group, peer) = (many.groups[used].clone(), many.groups[(used + 7) % many.groups.len()].clone());
    many.world.allow_in(&group, TCP, port(9000), Peer::Group(peer));
    many.world.close(&group, Direction::Ingress);
}

fn milliseconds(work: impl FnOnce()) -> f64 {
    let began = Instant::now();
    work();
    began.elapsed().as_secs_f64() * 1000.0
}
