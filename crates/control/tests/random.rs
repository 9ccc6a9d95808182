//! Random commands from a seed: nothing panics, nothing unsound remains, a refusal changes nothing, and whoever
//! replays the changes has the same cloud.

mod draw;

use croft_control::*;
use croft_model::Scope;
use draw::Draw;
use std::collections::{BTreeMap, BTreeSet};

const SEEDS: u64 = 12;
const COMMANDS: usize = 1200;

#[derive(Default)]
struct Seen {
    accepted: BTreeMap<&'static str, usize>,
    refused: BTreeMap<&'static str, usize>,
    codes: BTreeSet<&'static str>,
}

/// Whose the changed resource is, or was.
fn owner(change: &Change, before: &Cloud) -> Option<Scope> {
    match change {
        Change::Put(resource) => resource.scope().cloned(),
        Change::Delete(kind, id) => {
            let all = Cloud::default().changes_to(before);
            let gone = all.into_iter().find_map(|c| match c {
                Change::Put(r) if r.kind() == *kind && r.id() == *id => Some(r),
                _ => None,
            });
            gone.and_then(|r| r.scope().cloned())
        }
    }
}

/// One life of a cloud.
fn live(seed: u64, seen: &mut Seen) {
    let mut draw = Draw::from_seed(seed);
    let mut control = Control::new(Cloud::new(croft_model::Scope::default()));
    let mut context = Context { scope: croft_model::Scope::default(), now: 1_800_000_000, bits: Bits::from_seed(seed) };
    let mut replica = Cloud::default();
    replica.replay(0, Cloud::default().changes_to(control.cloud()));
    for step in 0..COMMANDS {
        let command = draw.command(control.cloud());
        context.now += draw.below(120);
        context.scope = draw.scope();
        let scope = context.scope.clone();
        let place = || format!("seed {seed}, step {step}, {scope}, {command:?}");
        let text = serde_json::to_string(&command).unwrap();
        assert_eq!(serde_json::from_str::<Command>(&text).unwrap(), command, "{}", place());

        let before = control.cloud().clone();
        match control.apply(command.clone(), &mut context) {
            Err(e) => {
                *seen.refused.entry(command.name()).or_default() += 1;
                seen.codes.insert(e.code);
                assert_ne!(e.code, "InternalError", "{}", place());
                assert!(*control.cloud() == before, "{}: {e} and something changed", place());
            }
            Ok(outcome) => {
                *seen.accepted.entry(command.name()).or_default() += 1;
                let broken = check(control.cloud());
                assert!(broken.is_empty(), "{}: {broken:#?}", place());
                for change in outcome.changes.iter().filter_map(|c| owner(c, &before)) {
                    assert_eq!(change, scope, "{}: something of another scope was changed", place());
                }
                let risen = u64::from(!outcome.changes.is_empty());
                assert_eq!(outcome.version, before.version + risen, "{}", place());
                let text = serde_json::to_string(&outcome.changes).unwrap();
                let changes: Vec<Change> = serde_json::from_str(&text).unwrap();
                replica.replay(outcome.version, changes);
                assert!(replica == *control.cloud(), "{}: the replica differs", place());
            }
        }
    }
    assert!(control == Control::new(control.cloud().clone()), "seed {seed}: the index has lost its way");
    let mut fresh = Cloud::default();
    fresh.replay(control.cloud().version, Cloud::default().changes_to(control.cloud()));
    assert!(fresh == *control.cloud(), "seed {seed}: made anew it differs");
}

#[test]
fn random_commands_keep_every_invariant() {
    let mut seen = Seen::default();
    for seed in 0..SEEDS {
        live(seed, &mut seen);
    }
    let count = |of: &BTreeMap<_, usize>| of.values().sum::<usize>();
    println!("{} accepted, {} refused", count(&seen.accepted), count(&seen.refused));
    println!("accepted: {:?}", seen.accepted);
    println!("codes: {:?}", seen.codes);
    let never: Vec<_> = draw::ALL.iter().filter(|name| !seen.accepted.contains_key(*name)).collect();
    assert!(never.is_empty(), "never accepted: {never:?}");
    assert!(count(&seen.accepted) * 3 > SEEDS as usize * COMMANDS, "too few are accepted to mean much");
    assert!(seen.codes.len() >= 40, "too few refusals are met: {:?}", seen.codes);
}
