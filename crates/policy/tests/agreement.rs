//! The compiled tables say, through the engine, what the rules say when they are read one by one.

mod world;

use croft_engine::memory::MemoryTables;
use croft_engine::tables::{VERDICT_ALLOW, VERDICT_WIDE, VpcAddress};
use croft_engine::{Ip, policy};
use croft_model::group::{Direction, Peer};
use croft_policy::{Compiler, RuleRef, SetName, Traffic, matching};
use world::{World, change, random_address, random_traffic, random_world};

/// Does some rule that matches name all addresses (row SG-6)?
fn by_rule_for_all(world: &World, rules: &[RuleRef]) -> bool {
    rules.iter().any(|rule| {
        let RuleRef::SecurityGroup { group, rule } = rule else { return false };
        let group = &world.cloud.security_groups[group];
        let rule = group.rules.iter().find(|r| r.id == *rule);
        matches!(rule.map(|r| &r.peer), Some(Peer::Ipv4(net)) if net.prefix_len() == 0)
    })
}

/// Is it allowed by rules that name groups alone?
fn only_by_reference(world: &World, rules: &[RuleRef]) -> bool {
    rules.iter().all(|rule| {
        let RuleRef::SecurityGroup { group, rule } = rule else { return false };
        let rule = world.cloud.security_groups[group].rules.iter().find(|r| r.id == *rule);
        matches!(rule.map(|r| &r.peer), Some(Peer::Group(_)))
    })
}

/// Does the network ACL's first match allow?
fn allows(world: &World, rule: &RuleRef) -> bool {
    match rule {
        RuleRef::NetworkAcl { acl, direction, number } => {
            let entries = &world.cloud.network_acls[acl].entries;
            entries.iter().any(|e| e.direction == *direction && e.number == *number && e.allow)
        }
        _ => false,
    }
}

#[test]
fn the_engine_decides_what_the_rules_explain() {
    let (mut allowed, mut denied, mut wide, mut by_group) = (0, 0, 0, 0);
    for seed in 0..60 {
        let mut world = random_world(seed);
        let mut compiler = Compiler::new();
        for _ in 0..4 {
            for _ in 0..40 {
                change(&mut world);
            }
            compiler.update(&world.cloud, &world.ports);
            let tables = MemoryTables::new(compiler.snapshot().clone());
            let interfaces = compiler.snapshot().interfaces.values();
            let mut sets: Vec<_> = interfaces.flat_map(|i| [(i.egress_set, i.vpc), (i.ingress_set, i.vpc)]).collect();
            sets.extend(
                compiler.snapshot().subnets.values().flat_map(|s| [(s.egress_acl, s.vpc), (s.ingress_acl, s.vpc)]),
            );
            sets.sort();
            sets.dedup();
            for (set, vpc) in sets.into_iter().filter(|(set, _)| *set != 0) {
                let name = compiler.set(set).unwrap().clone();
                for _ in 0..30 {
                    let remote = random_address(&mut world);
                    let (protocol, port) = random_traffic(&mut world);
                    let traffic = Traffic { remote, protocol, port };
                    let verdict = match &name {
                        SetName::Groups { .. } => {
                            let address = VpcAddress { vpc, address: Ip::from(remote) };
                            let membership = || compiler.snapshot().owners.get(&address).map_or(0, |o| o.membership);
                            policy::judge_groups(&tables, set, Ip::from(remote), protocol, port, membership).bits
                        }
                        SetName::NetworkAcl { .. } => {
                            policy::judge(&tables, set, Ip::from(remote), protocol, port).bits
                        }
                    };
                    let rules = compiler.explain(set, traffic).unwrap().rules;
                    assert_eq!(rules, matching(&world.cloud, &name, traffic).rules);
                    let expected = match &name {
                        SetName::Groups { .. } => !rules.is_empty(),
                        SetName::NetworkAcl { .. } => allows(&world, &rules[0]),
                    };
                    assert_eq!(verdict & VERDICT_ALLOW != 0, expected, "{name} {traffic:?} {rules:?}");
                    if matches!(protocol, 6 | 17) {
                        let all = by_rule_for_all(&world, &rules);
                        assert_eq!(verdict & VERDICT_WIDE != 0, all, "{name} {traffic:?} {rules:?}");
                        wide += usize::from(all);
                    }
                    by_group += usize::from(expected && only_by_reference(&world, &rules));
                    allowed += usize::from(expected);
                    denied += usize::from(!expected);
                }
            }
        }
    }
    println!("{allowed} allowed ({wide} by a rule for all addresses, {by_group} by naming a group), {denied} denied");
    assert!(allowed > 10_000 && denied > 10_000 && wide > 1_000 && by_group > 200);
}

#[test]
fn acl_2_a_set_of_number_0_is_an_acl_that_allows_everything() {
    for seed in 0..30 {
        let mut world = random_world(seed);
        let mut compiler = Compiler::new();
        compiler.update(&world.cloud, &world.ports);
        let subnets: Vec<_> = world.cloud.subnets.values().cloned().collect();
        for subnet in subnets {
            let number = compiler.number(&croft_policy::Node::Subnet(subnet.id.clone())).unwrap();
            let row = compiler.snapshot().subnets[&number];
            for (set, direction) in [(row.egress_acl, Direction::Egress), (row.ingress_acl, Direction::Ingress)] {
                if set != 0 {
                    continue;
                }
                let name = SetName::NetworkAcl { acl: subnet.network_acl.1.clone(), direction };
                for _ in 0..50 {
                    let remote = random_address(&mut world);
                    let (protocol, port) = random_traffic(&mut world);
                    let rules = matching(&world.cloud, &name, Traffic { remote, protocol, port }).rules;
                    assert!(allows(&world, &rules[0]), "{name} {rules:?}");
                }
            }
        }
    }
}
