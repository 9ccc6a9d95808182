//! A command costs what it changes, not what the cloud holds.

mod world;

use croft_control::*;
use std::time::{Duration, Instant};
use world::*;

#[test]
fn net_10_a_rule_changes_one_resource_among_ten_thousand_interfaces() {
    let mut w = World::new();
    w.quota("interfaces_per_region", 20_000);
    w.quota("private_ips_per_interface", 50);
    let vpc = w.vpc("10.0.0.0/16");
    let subnet = w.run(create_subnet(&vpc, "10.0.0.0/18"));
    let group = w.group(&vpc, "web");
    let start = Instant::now();
    for _ in 0..10_000 {
        w.control.run(create_interface(&subnet), &mut w.context).unwrap();
    }
    println!("10,000 interfaces in {:?}", start.elapsed());
    assert_eq!(check(w.cloud()), [""; 0]);
    let mut times: Vec<Duration> = Vec::new();
    for port in 1..=51 {
        let request = ingress(&group, vec![tcp(port, everyone())]);
        let start = Instant::now();
        let outcome = w.control.apply(request, &mut w.context).unwrap();
        times.push(start.elapsed());
        assert_eq!(outcome.changes.len(), 1);
        assert_eq!(outcome.changes[0], Change::Put(Resource::SecurityGroup(w.cloud().security_groups[&group].clone())));
    }
    times.sort();
    println!("a rule: median {:?}, worst {:?}", times[25], times[50]);
    let start = Instant::now();
    let _snapshot = w.cloud().clone();
    println!("a snapshot: {:?}", start.elapsed());
}
