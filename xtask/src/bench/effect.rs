//! How long until a change of a rule is obeyed, with few and with many interfaces in the tables.

use super::figures::Spread;
use clap::Args;
use croft_conformance::world::{TCP, UDP, World, cidr, port};
use croft_conformance::{End, Packet};
use croft_control::SetQuota;
use croft_model::SecurityGroupId;
use croft_model::group::{Direction, Peer};
use std::error::Error;
use std::process::ExitCode;
use std::time::Instant;

#[derive(Args)]
pub struct Options {
    /// Changes measured for each size
    #[arg(long, default_value_t = 400)]
    changes: usize,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Real interfaces among those in the tables.
const REAL: usize = 20;

pub fn run(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let mut rows = vec![];
    for interfaces in [1, 10_000] {
        for (what, by_reference) in [("a block", false), ("a group", true)] {
            let mut times = measure(interfaces, by_reference, options.changes);
            times.sort_by(f64::total_cmp);
            let at = |part: f64| times[((times.len() - 1) as f64 * part).round() as usize];
            let spread = Spread::of(&times).ok_or("nothing was measured")?;
            rows.push(serde_json::json!({
                "interfaces": interfaces, "rule names": what, "changes": times.len(),
                "p50 ms": spread.median, "p99 ms": at(0.99), "max ms": at(1.0),
            }));
            if !options.json {
                println!(
                    "{interfaces:6} interfaces, a rule that names {what}: p50 {:.3} ms, p99 {:.3} ms, worst {:.3} ms of {}",
                    spread.median,
                    at(0.99),
                    at(1.0),
                    times.len()
                );
            }
        }
    }
    if options.json {
        println!("{}", serde_json::to_string_pretty(&rows)?);
    }
    Ok(ExitCode::SUCCESS)
}

/// Milliseconds from the change being asked for to a packet that obeys it having arrived, or having been refused.
fn measure(interfaces: usize, by_reference: bool, changes: usize) -> Vec<f64> {
    let mut world = World::new();
    world.run(SetQuota { name: "interfaces_per_region".into(), value: 20_000 });
    let vpc = world.vpc("10.0.0.0/16");
    let subnet = world.subnet(&vpc, "10.0.1.0/24");
    let crowd = world.subnet(&vpc, "10.0.128.0/17");
    let group = world.group(&vpc);
    let real = interfaces.clamp(1, REAL);
    let ends: Vec<End> =
        (0..real.max(2)).map(|i| world.instance(&subnet, &format!("10.0.1.{}", 10 + i), &[&group])).collect();
    world.quietly(|world| {
        for _ in real..interfaces {
            let interface = world.interface(&crowd, &[&group]);
            world.pretend(&interface);
        }
    });
    // One rule stays, so that a set is never empty.
    world.allow_in(&group, UDP, port(9), cidr("10.0.0.0/16"));
    (0..changes).map(|i| one_change(&mut world, &group, &ends, by_reference, i)).collect()
}

fn one_change(world: &mut World, group: &SecurityGroupId, ends: &[End], by_reference: bool, i: usize) -> f64 {
    let (from, to) = (&ends[i % ends.len()], &ends[(i + 1) % ends.len()]);
    let peer = if by_reference { Peer::Group(group.clone()) } else { cidr("10.0.0.0/16") };
    let packet =
        Packet::tcp((from.address, 20_000 + (i % 30_000) as u16), (to.address, 80), croft_conformance::frame::SYN);
    let began = Instant::now();
    world.allow_in(group, TCP, port(80), peer.clone());
    world.send(from, &packet).delivered_to(to);
    let opened = began.elapsed().as_secs_f64() * 1000.0;
    world.close(group, Direction::Ingress);
    world.allow_in(group, UDP, port(9), cidr("10.0.0.0/16"));
    opened
}
