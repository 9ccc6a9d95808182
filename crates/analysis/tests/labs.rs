//! Every lab, predicted: templates applied in lab, and each path that a lab names asked of the engine.
//!
//! The packets are sent elsewhere; here the predictions are held against what is written by hand.

mod world;

use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use croft_analysis::*;
use croft_control::{FailZone, RestoreZone};
use croft_model::instance::InstanceState;
use croft_policy::Ports;
use world::World;

const STACK: &str = "lab";

/// A cloud and the stack of a lab in it.
struct Lab(World);

impl Lab {
    fn template(&mut self, file: &Path, parameters: &[&str]) {
        let text = fs::read_to_string(file).unwrap();
        self.0
            .up_with(STACK, "template", &text, parameters)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }

    /// The identifier of a resource of the stack.
    fn physical(&self, logical_id: &str) -> Option<String> {
        let cloud = self.0.cloud().clone();
        let stack = cloud.stack(&cloud.home, STACK)?;
        cloud.stack_resource(&stack.id, logical_id)?.physical_id.clone()
    }

    fn endpoint(&self, text: &str) -> Endpoint {
        if text == "internet" {
            return Endpoint::Internet(None);
        }
        if let Some(address) = text.strip_prefix("internet@") {
            return Endpoint::Internet(Some(address.parse().unwrap()));
        }
        let text = match text.strip_prefix("${").and_then(|text| text.strip_suffix('}')) {
            Some(logical_id) => self.physical(logical_id).unwrap(),
            None => text.to_string(),
        };
        if let Ok(address) = text.parse::<Ipv4Addr>() {
            return Endpoint::Address(address);
        }
        let cloud = self.0.cloud().clone();
        let instance = cloud.instances.values().find(|i| {
            i.state != InstanceState::Terminated
                && (i.tags.get("Name") == Some(&text) || self.physical(&text).as_deref() == Some(i.id.as_str()))
        });
        Endpoint::Interface(instance.unwrap_or_else(|| panic!("no workload {text}")).interfaces[0].clone())
    }

    /// `SRC -> DST:PORT/PROTOCOL`
    fn question(&self, source: &str, destination: &str) -> ReachQuestion {
        let (destination, protocol) = destination.split_once('/').unwrap();
        let (destination, port) = destination.rsplit_once(':').unwrap_or((destination, "0"));
        let protocol = match protocol {
            "tcp" => Transport::Tcp,
            "udp" => Transport::Udp,
            "icmp" => Transport::Icmp,
            other => panic!("protocol {other}"),
        };
        let (source, destination) = (self.endpoint(source), self.endpoint(destination));
        ReachQuestion { source, destination, protocol, port: port.parse().unwrap() }
    }

    fn ask(&self, question: &ReachQuestion) -> Answer {
        reach(&self.0.cloud().clone(), &Ports::default(), question).unwrap()
    }

    /// What is wrong with the prediction of a path; none if it is as written.
    fn check(&self, words: &[&str]) -> Option<String> {
        let [source, _, destination, verdict, rest @ ..] = words else { panic!("{words:?}") };
        let answer = self.ask(&self.question(source, destination));
        let blocker = answer.blockers.first();
        let seen =
            blocker.map_or("open".to_string(), |b| format!("closed {} at {} {:?}", b.code, b.component, b.direction));
        let mut good = answer.predicted == (*verdict == "open");
        let mut rest = rest.iter();
        while let Some(&word) = rest.next() {
            good &= match word {
                "at" => {
                    let at = rest.next().unwrap();
                    let id = self.physical(at).unwrap_or_else(|| at.to_string());
                    blocker.is_some_and(|b| b.components.contains(&id))
                }
                "reply" => blocker.is_some_and(|b| b.direction == Direction::Reply),
                code => blocker.is_some_and(|b| b.code.to_string() == code),
            };
        }
        (!good).then_some(seen)
    }
}

/// Runs a lab. Gives how many paths it names, and those that are not predicted as written.
fn run(folder: &Path, seed: u64) -> (usize, Vec<String>) {
    let mut lab = Lab(World::seeded(seed));
    let (mut paths, mut wrong) = (0, Vec::new());
    for (number, line) in fs::read_to_string(folder.join("lab.txt")).unwrap().lines().enumerate() {
        let words: Vec<&str> = line.split_whitespace().take_while(|word| !word.starts_with('#')).collect();
        match words[..] {
            [] | ["title" | "shows" | "phase" | "ready" | "http" | "advance", ..] => {}
            ["template", file, ref parameters @ ..] => lab.template(&folder.join(file), parameters),
            ["down"] => lab.0.down(STACK).unwrap(),
            ["zone", "fail", zone] => lab.0.run(FailZone { zone_name: zone.into() }),
            ["zone", "restore", zone] => lab.0.run(RestoreZone { zone_name: zone.into() }),
            ["fix", source, "->", destination] => {
                let answer = lab.ask(&lab.question(source, destination));
                let fix = answer.fix.unwrap_or_else(|| panic!("{}: no fix for {line}", folder.display()));
                assert!(fix.opens, "{}: {line}", folder.display());
                for step in fix.steps {
                    lab.0.trial.apply(&step.change).unwrap();
                }
            }
            [_, "->", ..] => {
                paths += 1;
                let mut other = words.clone();
                other[3] = if words[3] == "open" { "closed" } else { "open" };
                assert!(lab.check(&other).is_some(), "{line}: both verdicts pass");
                if let Some(seen) = lab.check(&words) {
                    wrong.push(format!("{}:{}: {line}\n    predicted: {seen}", folder.display(), number + 1));
                }
            }
            _ => panic!("{}:{}: {line}", folder.display(), number + 1),
        }
    }
    (paths, wrong)
}

#[test]
fn every_path_of_every_lab_is_predicted_as_written() {
    let labs = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../labs");
    let mut labs: Vec<_> = fs::read_dir(labs).unwrap().map(|entry| entry.unwrap().path()).collect();
    labs.retain(|lab| lab.join("lab.txt").exists());
    labs.sort();
    let (mut paths, mut wrong) = (0, Vec::new());
    for lab in &labs {
        let (some, bad) = run(lab, 0);
        paths += some;
        wrong.extend(bad);
    }
    println!("{paths} paths in {} labs", labs.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(labs.len() >= 8 && paths >= 100, "{paths} paths in {} labs", labs.len());
}

/// Whatever identifiers are drawn.
#[test]
fn a_prediction_does_not_hang_on_identifiers() {
    let lab = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../labs/no-nat-gateway");
    for seed in 1..8 {
        assert_eq!(run(&lab, seed).1, Vec::<String>::new(), "{seed}");
    }
}
