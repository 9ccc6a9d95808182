//! Whoever works on a stack dies at any commit: the next one goes on.

use super::*;

/// Dies after so many commits of some work. False: the work was done before.
fn dies(memory: &mut Memory, after: u64, begin: impl Fn(&Stacks, &Scope) -> Result<Option<Begun>, StackError>) -> bool {
    (memory.commits, memory.dies_after) = (0, Some(after));
    let halted = memory.with(|stacks, scope| match begin(stacks, scope) {
        Ok(begun) => stacks.finish(&begun.expect("there is something to do")).is_err(),
        // It died before it was taken on.
        Err(_) => true,
    });
    memory.dies_after = None;
    halted
}

/// What the next process makes of it.
fn goes_on(memory: &mut Memory) {
    let resumed = memory.with(|stacks, _| {
        let resumed = stacks.resume().expect("it can be taken up");
        for one in &resumed {
            stacks.finish(&Begun { stack_id: one.stack_id.clone(), after: 0 }).expect("it comes to an end");
        }
        resumed
    });
    for one in resumed {
        assert!(memory.heard.contains(&one.what), "{:?}", memory.heard);
        let goes_on = |e: &StackEvent| e.stack_id == one.stack_id && e.reason.as_deref() == Some(resume::GOES_ON);
        assert!(memory.control.cloud().stack_events.values().any(goes_on));
    }
}

fn deploys(template: &str) -> impl Fn(&Stacks, &Scope) -> Result<Option<Begun>, StackError> {
    let asked = Asked { template: Some(template.to_string()), ..Asked::default() };
    move |stacks, scope| match stacks.host().cloud().stack(scope, "web") {
        Some(_) => stacks.update_if_changed(scope, "web", &asked),
        None => stacks.create(scope, "web", &asked).map(Some),
    }
}

fn deletes(stacks: &Stacks, scope: &Scope) -> Result<Option<Begun>, StackError> {
    stacks.delete(scope, "web", &Deletion::default())
}

/// Logical ids and statuses of what is there.
fn there(memory: &Memory) -> BTreeMap<String, (String, usize)> {
    let mut all = BTreeMap::new();
    for entry in memory.resources() {
        assert!(entry.physical_id.is_some(), "{entry:?}");
        assert!(!entry.made || entry.status == Status::CreateComplete, "{entry:?}");
        assert_eq!((&entry.before, entry.until, entry.replaced), (&None, None, false), "{entry:?}");
        all.entry(entry.logical_id).or_insert((entry.kind, 0)).1 += 1;
    }
    all
}

/// How many resources of each kind there are, besides what stacks are about.
fn count(cloud: &Cloud) -> BTreeMap<croft_control::Kind, usize> {
    let mut count = BTreeMap::new();
    cloud.export(false).iter().for_each(|r| *count.entry(r.kind()).or_insert(0) += 1);
    count
}

/// Kills the work at every commit, and compares what the next process makes of it with what it would have been.
fn at_every_commit(
    before: impl Fn() -> Memory,
    work: impl Fn(&Stacks, &Scope) -> Result<Option<Begun>, StackError>,
    status: &str,
) {
    let mut whole = before();
    assert!(!dies(&mut whole, u64::MAX, &work));
    let commits = whole.commits;
    assert!(commits > 2, "{commits}");
    let status_of = |memory: &Memory| {
        let stacks = memory.control.cloud().stacks.values();
        stacks.max_by_key(|s| s.created).map(|s| s.status.to_string())
    };
    assert_eq!(status_of(&whole).as_deref(), Some(status));
    for after in 1..commits {
        let mut memory = before();
        assert!(dies(&mut memory, after, &work), "it died at {after} of {commits}");
        goes_on(&mut memory);
        let events = memory.control.cloud().stack_events.values();
        let told: Vec<_> = events.map(|e| (e.number, e.status, &e.logical_id, &e.reason)).collect();
        assert_eq!(status_of(&memory).as_deref(), Some(status), "{after} of {commits}: {told:#?}");
        assert_eq!(count(&memory.bare()), count(&whole.bare()), "{after} of {commits}");
        assert_eq!(there(&memory), there(&whole), "{after} of {commits}");
        // And it can be lived with.
        if status != "DELETE_COMPLETE" {
            let empty = Memory::new().bare();
            memory.down().expect("it goes");
            assert_eq!(memory.bare(), empty);
        }
    }
}

/// The same stack after an update that changes, replaces, adds and removes.
fn changed() -> String {
    let changed = TIERS
        .replace("Value: production-vpc", "Value: renamed")
        .replace("CidrIp: 0.0.0.0/0", "CidrIp: 198.51.100.0/24")
        .replace("CidrBlock: 10.0.2.0/24", "CidrBlock: 10.0.3.0/24")
        .replace("# a comment in the script", "sleep 1")
        .replace("  PublicAssociation2:", "  AnotherAssociation:");
    assert_ne!(changed, TIERS);
    changed
}

fn up() -> Memory {
    let mut memory = Memory::new();
    memory.up(TIERS).expect("it comes up");
    memory
}

#[test]
fn cfn_1_a_creation_goes_on_wherever_it_was_cut_off() {
    at_every_commit(Memory::new, deploys(TIERS), "CREATE_COMPLETE");
}

#[test]
fn cfn_1_a_deletion_goes_on_wherever_it_was_cut_off() {
    at_every_commit(up, deletes, "DELETE_COMPLETE");
}

#[test]
fn cfn_1_an_update_goes_on_wherever_it_was_cut_off() {
    at_every_commit(up, deploys(&changed()), "UPDATE_COMPLETE");
}

#[test]
fn cfn_1_the_rollback_of_a_creation_goes_on_wherever_it_was_cut_off() {
    let overlap = TIERS.replace("CidrBlock: 10.0.11.0/24", "CidrBlock: 10.0.10.128/25");
    at_every_commit(Memory::new, deploys(&overlap), "ROLLBACK_COMPLETE");
}

#[test]
fn cfn_1_the_rollback_of_an_update_goes_on_wherever_it_was_cut_off() {
    let broken = changed().replace("sleep 1", BREAKS);
    at_every_commit(up, deploys(&broken), "UPDATE_ROLLBACK_COMPLETE");
    let mut memory = up();
    let before = memory.bare();
    for after in [3, 5, 7] {
        dies(&mut memory, after, deploys(&broken));
        goes_on(&mut memory);
        update::similar(&memory.bare(), &before);
    }
}

#[test]
fn work_of_a_croft_that_did_not_write_it_down_is_given_up_and_can_be_deleted() {
    let mut memory = up();
    let stack = Stack { status: Status::UpdateInProgress, ..memory.stack().clone() };
    memory.run(croft_control::PutStack { stack }).expect("put");
    assert_eq!(memory.with(|stacks, _| stacks.resume()), Ok(Vec::new()));
    assert_eq!(memory.stack().status, "UPDATE_ROLLBACK_FAILED");
    memory.down().expect("it goes");
    assert!(memory.bare().vpcs.is_empty());
}
