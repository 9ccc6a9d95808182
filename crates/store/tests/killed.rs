//! A writer that is killed at any moment leaves every command that was answered, and no half of another.

use croft_control::*;
use croft_model::instance::InstanceState;
use croft_model::*;
use croft_store::{Durability, Store};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command as Process, Stdio};

/// Names the directory to the process that is to be killed.
const WRITE_IN: &str = "CROFT_TEST_WRITE_IN";
const ROUNDS: u64 = 12;

/// What follows on a cloud is a function of the cloud alone, so the test can go the same way without a store.
/// Launches and terminations change several resources at once.
fn next(cloud: &Cloud) -> Command {
    let Some(vpc) = cloud.vpcs.values().next() else {
        let cidr_block = "10.0.0.0/16".parse().unwrap();
        return CreateVpc {
            cidr_block,
            instance_tenancy: None,
            amazon_provided_ipv6_cidr_block: false,
            tags: Tags::new(),
        }
        .into();
    };
    let Some(subnet) = cloud.subnets.values().next() else {
        let cidr_block = "10.0.0.0/24".parse().unwrap();
        let vpc_id = vpc.id.clone();
        return CreateSubnet { vpc_id, cidr_block, availability_zone: None, ipv6_cidr_block: None, tags: Tags::new() }
            .into();
    };
    let going = cloud.instances.values().find(|i| i.state == InstanceState::ShuttingDown);
    if let Some(going) = going {
        let state = InstanceState::Terminated;
        return ObserveInstance { instance_id: going.id.clone(), generation: 1, state, reason: None }.into();
    }
    let up: Vec<_> = cloud.instances.values().filter(|i| i.state == InstanceState::Pending).collect();
    if up.len() > 20 {
        return TerminateInstances { instance_ids: vec![up[0].id.clone()] }.into();
    }
    RunInstances {
        image_id: "ami-0c02fb55956c7d316".into(),
        subnet_id: Some(subnet.id.clone()),
        user_data: Some("#!/bin/sh\n".repeat(200)),
        ..RunInstances::default()
    }
    .into()
}

fn step(control: &Control) -> Prepared<Response> {
    let version = control.cloud().version;
    let mut context =
        Context { scope: croft_model::Scope::default(), now: version * 10, bits: Bits::from_seed(version) };
    control.prepare(next(control.cloud()), &mut context).unwrap()
}

/// Writes for ever, and answers each command on its standard output when it is durable.
fn write(directory: &Path) {
    let (mut store, cloud) = Store::open(directory, Durability::Full).unwrap();
    let mut control = Control::new(cloud);
    let mut out = std::io::stdout();
    loop {
        let prepared = step(&control);
        store.commit(prepared.outcome().version, &prepared.outcome().changes).unwrap();
        let version = control.install(prepared).version;
        if writeln!(out, "answered {version}").and_then(|()| out.flush()).is_err() {
            return;
        }
    }
}

/// Not a test of its own: what the test below starts and kills.
#[test]
fn writer() {
    if let Some(directory) = std::env::var_os(WRITE_IN) {
        write(Path::new(&directory));
    }
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_killed_writer_loses_nothing_it_answered() {
    let home = tempfile::tempdir().unwrap();
    let mut expected = Control::new(Cloud::new(croft_model::Scope::default()));
    let mut ahead = 0;
    for round in 1..=ROUNDS {
        let writer = Process::new(std::env::current_exe().unwrap())
            .args(["--exact", "writer", "--nocapture"])
            .env(WRITE_IN, home.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut writer = Killed(writer);
        let mut answered = 0;
        let lines = BufReader::new(writer.0.stdout.take().unwrap()).lines();
        let mut numbers = lines.filter_map(|line| line.ok()?.split_once("answered ")?.1.trim().parse::<u64>().ok());
        for number in numbers.by_ref().take(5 + 7 * round as usize % 40) {
            answered = number;
        }
        // In the middle of whatever it is at.
        std::thread::sleep(std::time::Duration::from_micros(round * 137));
        writer.0.kill().unwrap();
        answered = numbers.last().unwrap_or(answered).max(answered);
        writer.0.wait().unwrap();

        let (store, cloud) = Store::open(home.path(), Durability::Full).unwrap();
        assert!(answered > expected.cloud().version, "round {round}: nothing was written");
        assert!(cloud.version >= answered, "round {round}: {answered} was answered, {} is there", cloud.version);
        ahead += cloud.version - answered;
        while expected.cloud().version < cloud.version {
            let prepared = step(&expected);
            expected.install(prepared);
        }
        assert!(*expected.cloud() == cloud, "round {round}: version {} is not whole", cloud.version);
        assert_eq!(check(&cloud), [""; 0], "round {round}");
        assert_eq!(store.version(), cloud.version);
    }
    assert!(ahead <= ROUNDS, "at most one command a round is durable and not answered: {ahead}");
}
