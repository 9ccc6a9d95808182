//! What is committed is there at the next opening; what cannot be read is refused with a reason.

use croft_control::*;
use croft_model::stack::Status;
use croft_model::{Scope, Tags};
use croft_store::{CHANGES_KEPT, Durability, Error, Store, Touched};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

struct Writer {
    store: Store,
    control: Control,
    context: Context,
}

impl Writer {
    fn open(directory: &Path) -> Writer {
        let (store, cloud) = Store::open(directory, Durability::Full).unwrap();
        let context = Context { scope: croft_model::Scope::default(), now: 0, bits: Bits::from_seed(store.version()) };
        Writer { store, control: Control::new(cloud), context }
    }

    fn run<R: Request>(&mut self, request: R) -> R::Response {
        let prepared = self.control.prepare(request, &mut self.context).unwrap();
        self.store.commit(prepared.outcome().version, &prepared.outcome().changes).unwrap();
        self.control.install(prepared).response
    }
}

fn create_vpc() -> CreateVpc {
    CreateVpc {
        cidr_block: "10.0.0.0/16".parse().unwrap(),
        instance_tenancy: None,
        amazon_provided_ipv6_cidr_block: false,
        tags: Tags::new(),
    }
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[test]
fn a_cloud_comes_back_as_it_was() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("state");
    let mut w = Writer::open(&directory);
    assert_eq!(w.control.cloud().home, Scope::default());
    let vpc = w.run(create_vpc());
    let gone = w.run(CreateSecurityGroup {
        group_name: "web".into(),
        description: "web".into(),
        vpc_id: Some(vpc.id.clone()),
        tags: Tags::new(),
    });
    w.run(DeleteSecurityGroup { group_id: gone.id });
    w.run(FailZone { zone_name: "us-east-1b".into() });
    w.run(SetQuota { name: "vpcs_per_region".into(), value: 9 });
    w.run(CreateDefaultVpc {});
    let before = w.control.cloud().clone();
    drop(w);
    let again = Writer::open(&directory);
    assert!(before == *again.control.cloud());
    assert_eq!(again.store.version(), 6);
    assert_eq!(check(again.control.cloud()), [""; 0]);
}

#[test]
fn what_a_commit_touched_can_be_read_back_by_its_number() {
    let home = tempfile::tempdir().unwrap();
    let mut w = Writer::open(home.path());
    let vpc = w.run(create_vpc());
    let touched = w.store.touched(1).unwrap().unwrap();
    assert_eq!(touched.len(), 4, "the VPC, its table, its ACL and its group");
    assert!(touched.contains(&Touched { kind: Kind::Vpc, id: vpc.id.to_string(), deleted: false }));
    assert_eq!(w.store.touched(2).unwrap(), None);
}

#[test]
fn old_change_records_are_dropped() {
    let home = tempfile::tempdir().unwrap();
    let (mut store, _) = Store::open(home.path(), Durability::Normal).unwrap();
    let change = |n: u64| vec![Change::Delete(Kind::Stack, n.to_string())];
    for version in 1..=CHANGES_KEPT + 1 {
        store.commit(version, &change(version)).unwrap();
    }
    let touched = |n: u64| Touched { kind: Kind::Stack, id: n.to_string(), deleted: true };
    assert_eq!(store.touched(1).unwrap(), None);
    assert_eq!(store.touched(2).unwrap(), Some(vec![touched(2)]));
    assert_eq!(store.touched(CHANGES_KEPT + 1).unwrap(), Some(vec![touched(CHANGES_KEPT + 1)]));
}

#[test]
fn versions_follow_each_other() {
    let home = tempfile::tempdir().unwrap();
    let (mut store, _) = Store::open(home.path(), Durability::Full).unwrap();
    let change = [Change::Delete(Kind::Stack, "x".into())];
    assert!(matches!(store.commit(2, &change), Err(Error::OutOfOrder { expected: 1, found: 2 })));
    store.commit(0, &[]).unwrap();
    store.commit(1, &change).unwrap();
    assert!(matches!(store.commit(1, &change), Err(Error::OutOfOrder { expected: 2, found: 1 })));
}

#[test]
fn files_are_the_owners_alone() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("a").join("state");
    let mut w = Writer::open(&directory);
    w.run(create_vpc());
    assert_eq!(mode(&directory), 0o700);
    let files: Vec<_> = std::fs::read_dir(&directory).unwrap().map(|f| f.unwrap().path()).collect();
    assert!(files.len() >= 3, "database, journal and lock: {files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn a_second_opener_is_refused_and_told_by_whom() {
    let home = tempfile::tempdir().unwrap();
    let first = Store::open(home.path(), Durability::Full).unwrap();
    let second = Store::open(home.path(), Durability::Full).unwrap_err();
    let text = second.to_string();
    assert!(matches!(second, Error::InUse { .. }));
    assert!(text.contains(&format!("process {}", std::process::id())), "{text}");
    drop(first);
    Store::open(home.path(), Durability::Full).unwrap();
}

#[test]
fn two_directories_do_not_see_each_other() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut w = Writer::open(one.path());
    w.run(create_vpc());
    assert!(Writer::open(other.path()).control.cloud().vpcs.is_empty());
}

fn tamper(directory: &Path, sql: &str) {
    let connection = rusqlite::Connection::open(directory.join("region.db")).unwrap();
    connection.execute_batch(sql).unwrap();
}

#[test]
fn a_newer_schema_is_refused_by_name() {
    let home = tempfile::tempdir().unwrap();
    Writer::open(home.path()).run(create_vpc());
    tamper(home.path(), "PRAGMA user_version = 99");
    let error = Store::open(home.path(), Durability::Full).unwrap_err();
    assert!(matches!(error, Error::NewerSchema { found: 99, known: 3, .. }));
    assert!(error.to_string().contains("schema 99"), "{error}");
    tamper(home.path(), "PRAGMA user_version = 3");
    assert_eq!(Writer::open(home.path()).control.cloud().vpcs.len(), 1, "nothing was touched");
}

/// What the first schema looked like: one account and region, whose resources did not say so.
#[test]
fn a_state_from_before_scopes_is_of_the_one_scope_there_was() {
    let home = tempfile::tempdir().unwrap();
    let mut w = Writer::open(home.path());
    let vpc = w.run(create_vpc()).id;
    w.run(SetQuota { name: "vpcs_per_region".into(), value: 9 });
    w.run(FailZone { zone_name: "us-east-1b".into() });
    let before = w.control.cloud().clone();
    drop(w);
    // A stack as it was written then.
    let stack = r#"{"name": "web", "id": "arn:aws:cloudformation:us-east-1:000000000000:stack/web/1",
        "status": "UPDATE_COMPLETE", "status_reason": null, "template": "Resources: {}", "parameters": {"A": "b"},
        "resources": [
            {"logical_id": "V", "type": "AWS::EC2::VPC", "physical_id": "vpc-1", "properties": {"CidrBlock": "10.0.0.0/16"},
             "status": "REPLACED", "status_reason": null, "deletion_policy": "Delete"},
            {"logical_id": "V", "type": "AWS::EC2::VPC", "physical_id": "vpc-2", "properties": {"CidrBlock": "10.1.0.0/16"},
             "status": "CREATE_COMPLETE", "status_reason": null, "deletion_policy": "Retain"}],
        "outputs": [{"key": "O", "value": "v", "description": null, "export": null}], "tags": {"k": "v"},
        "created": 5, "updated": null}"#
        .replace('\n', " ");
    tamper(
        home.path(),
        &format!(
            "UPDATE resource SET body = json_remove(body, '$.scope', '$.region');
             INSERT INTO resource (kind, id, version, body) VALUES ('Stack', 'web', 1, '{stack}');
             UPDATE resource SET kind = 'Quotas', id = 'region', body = json_extract(body, '$.quotas')
                WHERE kind = 'RegionSettings';
             PRAGMA user_version = 1"
        ),
    );
    let mut after = Writer::open(home.path());
    let cloud = after.control.cloud().clone();
    assert!(before.vpcs == cloud.vpcs && before.zones == cloud.zones && before.settings == cloud.settings);
    assert_eq!(cloud.quotas(&Scope::default()).vpcs_per_region, 9);
    assert_eq!(check(&cloud), Vec::<String>::new());
    let stack = cloud.stack(&Scope::default(), "web").unwrap();
    assert_eq!((stack.created, stack.updated, stack.status), (5000, None, Status::UpdateComplete));
    assert_eq!((stack.version.parameters["A"].as_str(), stack.version.tags["k"].as_str()), ("b", "v"));
    assert_eq!(stack.version.outputs[0].value, "v");
    let resources: Vec<_> = cloud.stack_resources(&stack.id).collect();
    let said = |n: usize| (resources[n].number, resources[n].replaced, resources[n].physical_id.as_deref());
    assert_eq!((said(0), said(1)), ((1, true, Some("vpc-1")), (2, false, Some("vpc-2"))));
    assert_eq!(resources[0].status, Status::CreateComplete);
    assert_eq!(resources[1].deletion_policy.as_deref(), Some("Retain"));
    after.run(DeleteVpc { vpc_id: vpc });
    after.run(ForgetStack { stack_id: stack.id.clone() });
    drop(after);
    let last = Writer::open(home.path()).control;
    assert!(last.cloud().stacks.is_empty() && last.cloud().stack_resources.is_empty());
}

#[test]
fn an_unknown_kind_is_refused_by_name() {
    let home = tempfile::tempdir().unwrap();
    drop(Writer::open(home.path()));
    tamper(home.path(), "INSERT INTO resource VALUES ('Peering', 'pcx-1', 0, '{}')");
    let error = Store::open(home.path(), Durability::Full).unwrap_err();
    assert!(matches!(&error, Error::UnknownKind { kind, id } if kind == "Peering" && id == "pcx-1"), "{error}");
}

#[test]
fn a_broken_record_is_refused_by_name() {
    let home = tempfile::tempdir().unwrap();
    let mut w = Writer::open(home.path());
    let vpc = w.run(create_vpc()).id.to_string();
    drop(w);
    tamper(home.path(), "UPDATE resource SET body = '{}' WHERE kind = 'Vpc'");
    let error = Store::open(home.path(), Durability::Full).unwrap_err();
    assert!(matches!(&error, Error::Unreadable { kind, id, .. } if kind == "Vpc" && *id == vpc), "{error}");
}

#[test]
fn another_file_is_refused_and_left_alone() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("region.db");
    let text = "not a database, but a letter of more than a hundred characters, ".repeat(9);
    std::fs::write(&file, &text).unwrap();
    assert!(matches!(Store::open(home.path(), Durability::Full), Err(Error::Foreign { .. })));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);

    std::fs::remove_file(&file).unwrap();
    tamper(home.path(), "CREATE TABLE theirs (x)");
    let before = std::fs::read(&file).unwrap();
    assert!(matches!(Store::open(home.path(), Durability::Full), Err(Error::Foreign { .. })));
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = Store::open(&file.join("state"), Durability::Full).unwrap_err();
    assert!(matches!(error, Error::Io { .. }));
    assert!(error.to_string().contains("state"), "{error}");
}
