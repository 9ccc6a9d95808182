//! What a fabric leaves on the machine: nothing.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
};

use croft_datapath::{Fabric, FabricError, FabricOptions, clean, fabrics};

use crate::{
    traffic::{exchange, udp},
    world::{Stop, World, options, run_dir, spec},
};

/// Devices, routes, sysctls and modules of the machine's own namespace.
fn host() -> Vec<(String, String)> {
    let mut seen = vec![];
    let mut devices: Vec<_> =
        fs::read_dir("/sys/class/net").unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    devices.sort();
    seen.push(("devices".into(), devices.join(" ")));
    for file in ["/proc/net/route", "/proc/net/arp", "/proc/modules"] {
        // Who is in it; ages and counts change by themselves.
        let text: Vec<String> = fs::read_to_string(file)
            .unwrap_or_default()
            .lines()
            .map(|l| l.split_whitespace().next().unwrap_or_default().to_owned())
            .collect();
        seen.push((file.into(), text.join("\n")));
    }
    let mut sysctls = vec![];
    walk(Path::new("/proc/sys/net"), &mut sysctls);
    seen.extend(sysctls);
    seen
}

fn walk(dir: &Path, into: &mut Vec<(String, String)>) {
    let mut entries: Vec<_> = fs::read_dir(dir).into_iter().flatten().flatten().map(|e| e.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            walk(&path, into);
        } else if let Ok(text) = fs::read_to_string(&path) {
            // Counters, not settings.
            if !path.ends_with("ipv4/route/flush") && !path.ends_with("netfilter/nf_conntrack_count") {
                into.push((path.display().to_string(), text));
            }
        }
    }
}

/// Mount points outside of the directories where other fabrics are, which come and go beside this one.
fn mounts() -> BTreeSet<String> {
    let text = fs::read_to_string("/proc/self/mountinfo").unwrap();
    let points = text.lines().map(|l| l.split(' ').nth(4).unwrap().to_owned());
    let others = [std::env::temp_dir(), "/run/croft".into()];
    points.filter(|p| !others.iter().any(|o| Path::new(p).starts_with(o))).collect()
}

/// What differs, and nothing else, for a failure that can be read.
fn assert_same(before: &[(String, String)], after: &[(String, String)], when: &str) {
    let changed: Vec<_> = before.iter().zip(after).filter(|(b, a)| b != a).collect();
    assert!(changed.is_empty() && before.len() == after.len(), "{when}: {changed:#?}");
}

#[test]
fn a_fabric_leaves_the_machine_as_it_was() {
    let (machine, mounted) = (host(), mounts());
    let mut world = World::new("trace");
    world.interface("a", 1, 10);
    world.apply();
    assert_same(&machine, &host(), "while it runs");
    assert_eq!(mounted, mounts(), "while it runs");
    let dir = world.run_dir.clone();
    drop(world);
    assert_same(&machine, &host(), "after it ended");
    assert_eq!(mounted, mounts(), "after it ended");
    assert!(!dir.exists());
    let text = fs::read_to_string("/proc/self/mountinfo").unwrap();
    assert!(!text.contains(dir.to_str().unwrap()));
}

#[test]
fn namespaces_and_interfaces_are_made_once() {
    let mut world = World::new("once");
    let port = world.interface("a", 1, 10);
    let again = world.fabric().ensure_interface(&spec("a", 1, 10)).unwrap();
    assert_eq!(port, again);
    assert_eq!(world.fabric().namespaces().unwrap(), ["a"]);
    assert_eq!(world.fabric().port("eni-a"), Some(port));

    // Another address and another MTU: the same interface, changed in place.
    let mut changed = spec("a", 1, 10);
    changed.addresses.push(([10, 0, 1, 11].into(), 24));
    changed.mtu = 8000;
    assert_eq!(world.fabric().ensure_interface(&changed).unwrap(), port);
    let seen =
        world.fabric().in_namespace("a", || fs::read_to_string("/proc/thread-self/net/fib_trie")).unwrap().unwrap();
    assert!(seen.contains("10.0.1.11"), "{seen}");
    changed.addresses.pop();
    world.fabric().ensure_interface(&changed).unwrap();
    let seen =
        world.fabric().in_namespace("a", || fs::read_to_string("/proc/thread-self/net/fib_trie")).unwrap().unwrap();
    assert!(!seen.contains("10.0.1.11"), "{seen}");

    world.fabric().remove_interface("eni-a").unwrap();
    world.fabric().remove_interface("eni-a").unwrap();
    assert!(world.fabric().ports().is_empty());
    let again = world.fabric().ensure_interface(&spec("a", 1, 10)).unwrap();
    assert_ne!(again, port, "a port is never given out twice");
    world.fabric().remove_namespace("a").unwrap();
    world.fabric().remove_namespace("a").unwrap();
    assert!(matches!(world.fabric().ensure_interface(&spec("a", 1, 10)), Err(FabricError::NoNamespace(_))));
}

#[test]
fn applying_twice_changes_nothing() {
    let mut world = World::new("twice");
    world.interface("a", 1, 10);
    let first = world.apply();
    assert!(first.inserted >= 5, "{first:?}");
    let second = world.apply();
    assert_eq!((second.inserted, second.updated, second.deleted), (0, 0, 0));
    assert_eq!(second.epoch, first.epoch);
    assert_eq!(world.fabric().applied().unwrap(), world.tables);

    world.tables.owners.clear();
    let third = world.apply();
    assert_eq!((third.inserted, third.updated, third.deleted), (0, 0, 1));
    assert_eq!(third.epoch, first.epoch + 1);
}

#[test]
fn one_owner_at_a_time() {
    let world = World::new("owner");
    let found = fabrics(world.run_dir.parent().unwrap()).unwrap();
    let mine = found.iter().find(|f| f.run_dir == world.run_dir).unwrap();
    assert!(mine.owned && mine.ephemeral);
    assert!(matches!(Fabric::open(options(&world.run_dir)), Err(FabricError::Owned(_))));
}

#[test]
fn what_nobody_owns_is_cleaned_away_if_it_is_ephemeral() {
    let base = run_dir("clean");
    for (name, ephemeral) in [("lab", true), ("kept", false)] {
        let fabric = Fabric::open(croft_datapath::FabricOptions { ephemeral, ..options(&base.join(name)) }).unwrap();
        fabric.ensure_namespace("w").unwrap();
    }
    let owned = Fabric::open(options(&base.join("owned"))).unwrap();
    assert_eq!(clean(&base).unwrap(), [base.join("lab")]);
    assert!(!base.join("lab").exists() && base.join("kept").exists());
    owned.destroy().unwrap();
    croft_datapath::destroy_by_run_dir(&base.join("kept")).unwrap();
    fs::remove_dir(&base).unwrap();
}

/// Whoever opens a fabric gets a whole one, or is told that somebody has it.
#[test]
fn a_fabric_that_is_opened_while_others_clean_up_is_whole() {
    let base = run_dir("race");
    let done = AtomicBool::new(false);
    std::thread::scope(|s| {
        for _ in 0..2 {
            s.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    clean(&base).unwrap();
                    std::thread::yield_now();
                }
            });
        }
        let _done = Stop(&done);
        for _ in 0..5 {
            let fabric = loop {
                match Fabric::open(FabricOptions { services: vec![], ..options(&base.join("lab")) }) {
                    Err(FabricError::Owned(_)) => {}
                    other => break other.unwrap(),
                }
            };
            fabric.ensure_namespace("w").unwrap();
            assert_eq!(fabric.namespaces().unwrap(), ["w"]);
            let found = fabrics(&base).unwrap();
            assert!(found.iter().any(|f| f.run_dir == fabric.run_dir() && f.owned), "{found:?}");
            // Nobody owns it from here on.
            drop(fabric);
        }
    });
    clean(&base).unwrap();
    fs::remove_dir(&base).unwrap();
}

#[test]
fn another_layout_is_refused_by_name() {
    let mut world = World::new("layout");
    drop(world.fabric.take());
    fs::write(world.run_dir.join("layout"), "0123456789abcdef").unwrap();
    let error = Fabric::open(options(&world.run_dir)).err().unwrap();
    assert!(matches!(error, FabricError::Layout { .. }));
    assert!(error.to_string().contains("0123456789abcdef"), "{error}");
}

#[test]
fn names_do_not_lead_out_of_the_directory() {
    let world = World::new("names");
    for name in ["../own/fabric", "", ".", "..", "a/b", "a b"] {
        assert!(matches!(world.fabric().ensure_namespace(name), Err(FabricError::Invalid { .. })), "{name:?}");
    }
}

#[test]
fn doctor_tries_what_it_can() {
    let output = Command::new(env!("CARGO_BIN_EXE_croft-fabric")).arg("doctor").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("ok      packet program"), "{text}");
}

#[test]
fn net_4_a_second_interface_answers_from_its_own_address() {
    let mut world = World::new("second");
    world.interface("a", 1, 10);
    world.interface("b", 2, 20);
    // A second interface in the namespace of the first, in another subnet.
    let mut second = spec("a", 2, 11);
    second.name = "eni-second".into();
    second.device = "eth1".into();
    let port = world.fabric().ensure_interface(&second).unwrap();
    assert_eq!(world.fabric().ensure_interface(&second).unwrap(), port);
    world.add(port, &second, 2);
    world.apply();
    let on_second = udp(&world, "a", [10, 0, 2, 11], 5000);
    let on_first = udp(&world, "a", [10, 0, 1, 10], 5000);
    let b = udp(&world, "b", [10, 0, 2, 20], 5000);
    exchange(&b, &on_second);
    // From another subnet: the answer must not leave by the first interface, whose default route comes first.
    world.interface("c", 1, 30);
    world.apply();
    let c = udp(&world, "c", [10, 0, 1, 30], 5000);
    exchange(&c, &on_second);
    exchange(&c, &on_first);
}

#[test]
fn ext_1_the_internets_services_are_started_again_when_they_have_ended() {
    let world = World::new("again");
    let file = world.run_dir.join("services");
    let pid = || fs::read_to_string(&file).unwrap().split(' ').next().unwrap().parse::<i32>().unwrap();
    let first = pid();
    let services = options(&world.run_dir).services;
    world.fabric().ensure_services(&services).unwrap();
    assert_eq!(pid(), first, "it is alive and stays");
    // SAFETY: a process that this test has started.
    assert_eq!(unsafe { libc::kill(first, libc::SIGKILL) }, 0);
    while fs::read_to_string(format!("/proc/{first}/stat")).is_ok_and(|s| !s.contains(") Z ")) {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    world.fabric().ensure_services(&services).unwrap();
    let second = pid();
    assert_ne!(second, first);
    assert!(!Path::new("/proc").join(first.to_string()).exists(), "no zombie stays");
    drop(world);
    assert!(!fs::read_to_string(format!("/proc/{second}/stat")).is_ok_and(|s| s.contains("croft-fabric")));
}
