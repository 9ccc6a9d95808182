//! `kill -9` at a random moment, under load, again and again: what was answered is there, and nothing half.

use crate::place::{Folder, Server, made};
use croft_api_client::Client;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

const ROUNDS: usize = 6;
const WRITERS: usize = 4;

/// What was answered, and what was asked and not answered.
#[derive(Default)]
struct Ledger {
    present: BTreeSet<String>,
    absent: BTreeSet<String>,
    /// Its deletion was under way.
    uncertain: BTreeSet<String>,
}

#[test]
fn a_killed_server_has_kept_every_answered_write() {
    let folder = Folder::new();
    let mut server = folder.serve(&[]);
    let mut client = server.client();
    let vpc = made(&mut client, "CreateVpc", &[("CidrBlock", "10.0.0.0/16")], "vpcId");
    let ledger = Arc::new(Mutex::new(Ledger::default()));
    for round in 0..ROUNDS {
        client.address = server.address();
        let answered = Arc::new(AtomicUsize::new(0));
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (client, vpc, ledger, answered) =
                    (client.clone(), vpc.clone(), Arc::clone(&ledger), Arc::clone(&answered));
                std::thread::spawn(move || write(client, &vpc, &format!("{round}-{writer}"), &ledger, &answered))
            })
            .collect();
        // A different moment of a different write each time.
        let after = 10 + (std::process::id() as usize + round * 7) % 23;
        while answered.load(Ordering::Relaxed) < after {
            std::thread::yield_now();
        }
        server.kill();
        for writer in writers {
            writer.join().unwrap();
        }
        server = folder.serve(&[]);
        compare(&folder, &ledger.lock().unwrap(), round);
        assert!(answered.load(Ordering::Relaxed) >= after);
    }
    assert_works(&server, client, &vpc);
}

/// Creates groups and deletes every third, until the server is gone.
fn write(mut client: Client, vpc: &str, name: &str, ledger: &Mutex<Ledger>, answered: &AtomicUsize) {
    for n in 0.. {
        let group = format!("{name}-{n}");
        let parameters = [("GroupName", group.as_str()), ("GroupDescription", "x"), ("VpcId", vpc)];
        let Ok(answer) = client.ec2("CreateSecurityGroup", &parameters) else { return };
        assert_eq!(answer.status, 200, "{}", answer.body);
        let id = answer.text("groupId").unwrap().to_string();
        ledger.lock().unwrap().present.insert(id.clone());
        answered.fetch_add(1, Ordering::Relaxed);
        if n % 3 == 2 {
            {
                let mut ledger = ledger.lock().unwrap();
                ledger.present.remove(&id);
                ledger.uncertain.insert(id.clone());
            }
            let Ok(answer) = client.ec2("DeleteSecurityGroup", &[("GroupId", &id)]) else { return };
            assert_eq!(answer.status, 200, "{}", answer.body);
            let mut ledger = ledger.lock().unwrap();
            ledger.uncertain.remove(&id);
            ledger.absent.insert(id);
            answered.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn compare(folder: &Folder, ledger: &Ledger, round: usize) {
    // The export has judged the whole state: nothing half is in it.
    let cloud = folder.exported();
    let there: BTreeSet<String> = cloud.security_groups.keys().map(ToString::to_string).collect();
    let lost: Vec<_> = ledger.present.difference(&there).collect();
    assert!(lost.is_empty(), "round {round}: answered and lost: {lost:?}");
    let back: Vec<_> = ledger.absent.intersection(&there).collect();
    assert!(back.is_empty(), "round {round}: deleted and back: {back:?}");
    // At most one write of each writer was under way in each round.
    let known = ledger.present.len() + ledger.uncertain.len();
    let own = cloud.security_groups.values().filter(|g| g.name != "default").count();
    assert!(own <= known + WRITERS * (round + 1), "round {round}: {own} groups, {known} known");
}

fn assert_works(server: &Server, mut client: Client, vpc: &str) {
    client.address = server.address();
    let mut client = client.clone();
    let parameters = [("GroupName", "last"), ("GroupDescription", "x"), ("VpcId", vpc)];
    made(&mut client, "CreateSecurityGroup", &parameters, "groupId");
}
