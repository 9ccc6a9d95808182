//! What a loss of power leaves of the log is read up to its last whole commit, wherever it is cut.

use croft_control::*;
use croft_model::{Scope, Tags};
use croft_store::{Durability, Store};
use std::fs;
use std::path::Path;

const DATABASE: &str = "region.db";
const LOG: &str = "region.db-wal";
/// A prime, so that cuts fall on every place of a page.
const STRIDE: usize = 251;

fn step(control: &mut Control, store: &mut Store) {
    let version = control.cloud().version;
    let mut context = Context { scope: Scope::default(), now: version, bits: Bits::from_seed(version) };
    let command: Command = match control.cloud().vpcs.values().next() {
        None => CreateVpc {
            cidr_block: "10.0.0.0/16".parse().unwrap(),
            instance_tenancy: None,
            amazon_provided_ipv6_cidr_block: false,
            tags: Tags::new(),
        }
        .into(),
        Some(vpc) => CreateSecurityGroup {
            group_name: format!("group-{version}"),
            description: "of a test".into(),
            vpc_id: Some(vpc.id.clone()),
            tags: Tags::new(),
        }
        .into(),
    };
    let prepared = control.prepare(command, &mut context).unwrap();
    store.commit(prepared.outcome().version, &prepared.outcome().changes).unwrap();
    control.install(prepared);
}

/// Opens a copy: the database as it was, and this log.
#[track_caller]
fn reopened(folder: &Path, database: &[u8], log: &[u8], what: &str) -> Cloud {
    fs::write(folder.join(DATABASE), database).unwrap();
    fs::write(folder.join(LOG), log).unwrap();
    match Store::open(folder, Durability::Normal) {
        Ok((store, cloud)) => {
            assert_eq!(store.version(), cloud.version, "{what}");
            cloud
        }
        Err(error) => panic!("{what}: {error}"),
    }
}

#[test]
fn a_log_that_is_cut_anywhere_ends_at_a_whole_commit() {
    let home = tempfile::tempdir().unwrap();
    let (mut store, cloud) = Store::open(home.path(), Durability::Full).unwrap();
    let mut control = Control::new(cloud);
    // All in the log: what is before it is made durable first, so that every cut leaves a store.
    step(&mut control, &mut store);
    drop(store);
    let (mut store, _) = Store::open(home.path(), Durability::Full).unwrap();
    let first = control.cloud().version;
    let mut clouds = vec![control.cloud().clone()];
    for _ in 0..6 {
        step(&mut control, &mut store);
        clouds.push(control.cloud().clone());
    }
    // As the disk has it while the writer lives.
    let database = fs::read(home.path().join(DATABASE)).unwrap();
    let log = fs::read(home.path().join(LOG)).unwrap();
    drop(store);
    let written = log.len() - log.iter().rev().take_while(|byte| **byte == 0).count();
    assert!(log.len() > 2 * written, "the log has been grown: {written} of {}", log.len());

    let copy = tempfile::tempdir().unwrap();
    let mut reached = first;
    for end in (0..written).step_by(STRIDE).chain([written]) {
        let kept = &log[..end];
        let mut torn = log.clone();
        torn[end..].fill(0);
        let mut garbled = log.clone();
        garbled[end..written].iter_mut().for_each(|byte| *byte = byte.wrapping_mul(31).wrapping_add(17));
        for (what, log) in [("cut", kept), ("torn", &torn[..written]), ("garbled", &garbled[..])] {
            let cloud = reopened(copy.path(), &database, log, &format!("{what} at {end} of {written}"));
            let whole = &clouds[usize::try_from(cloud.version - first).unwrap()];
            assert!(cloud == *whole, "{what} at {end}: version {} is not whole", cloud.version);
            assert!(cloud.version >= reached, "{what} at {end}: {} after {reached}", cloud.version);
            reached = cloud.version;
        }
    }
    assert_eq!(reached, first + 6, "whole at the end");
}
