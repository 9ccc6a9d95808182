//! The life of an instance: start, run, adopt, stop, start again, terminate (row EC2-1).

use crate::world::{World, eventually, groups_named, launcher, run, shell};
use croft_workload::{Applied, Error, Status, Streams, adopt, remove, start};
use std::{
    fs,
    io::Write,
    os::unix::{fs::MetadataExt, process::ExitStatusExt},
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// Longer than an end takes on a machine under load.
const GRACE: Duration = Duration::from_secs(30);

#[test]
fn ec2_1_an_instance_starts_runs_programs_and_stops() {
    let world = World::with_user_data("#!/bin/sh\necho \"$GREETING from $(hostname)\"\n");
    let workload = world.start();
    assert_eq!(workload.status().unwrap(), Status::Running);
    eventually("output of UserData", || {
        fs::read_to_string(workload.log_path()).is_ok_and(|log| log == "hello from web-a\n")
    });
    let echoed = run(&workload, &["echo", "a", "b"]);
    assert_eq!((echoed.code, echoed.stdout.as_str(), echoed.stderr.as_str()), (0, "a b\n", ""));
    assert_eq!(workload.stop(GRACE).unwrap(), Status::Exited { code: 0 });
    assert_eq!(workload.stop(GRACE).unwrap(), Status::Exited { code: 0 }, "stopping twice changes nothing");
    assert_eq!(groups_named(&world.spec.name), Vec::<PathBuf>::new());
    let refused = workload.exec(&launcher(), &["true".into()], Streams::captured());
    assert!(matches!(refused, Err(Error::NotRunning { .. })));
}

#[test]
fn ec2_1_an_instance_has_namespaces_of_its_own_and_exec_enters_all_of_them() {
    let world = World::new();
    let workload = world.start();
    let inside = shell(&workload, "readlink /proc/self/ns/*").stdout;
    for kind in ["mnt", "pid", "net", "uts", "ipc", "cgroup"] {
        let of = |pid: &str| fs::read_link(format!("/proc/{pid}/ns/{kind}")).unwrap();
        let init = of(&workload.init().pid.to_string());
        assert_ne!(init, of("self"), "{kind}");
        assert!(inside.lines().any(|line| line == init.as_os_str()), "{kind}: {inside}");
    }
    let given = fs::metadata(&world.spec.netns).unwrap().ino();
    assert!(inside.contains(&format!("net:[{given}]")), "{inside}");
}

#[test]
fn exit_codes_are_those_of_the_program() {
    let world = World::new();
    let workload = world.start();
    assert_eq!(shell(&workload, "exit 7").code, 7);
    assert_eq!(shell(&workload, "kill -9 $$").code, 128 + 9);
    assert_eq!(run(&workload, &["no-such-program"]).code, 127);
    assert_eq!(run(&workload, &["/etc/hosts"]).code, 126);
    let both = shell(&workload, "echo out; echo err >&2; exit 1");
    assert_eq!((both.code, both.stdout.as_str(), both.stderr.as_str()), (1, "out\n", "err\n"));
}

#[test]
fn input_reaches_the_program_and_large_output_comes_back_whole() {
    let world = World::new();
    let workload = world.start();
    let streams = Streams { stdin: Stdio::piped(), ..Streams::captured() };
    let mut cat = workload.exec(&launcher(), &["cat".into()], streams).unwrap();
    let text: String = (0..200_000).map(|number| format!("{number}\n")).collect();
    let (mut stdin, sent) = (cat.stdin().unwrap(), text.clone());
    let writer = std::thread::spawn(move || stdin.write_all(sent.as_bytes()).unwrap());
    let output = cat.output().unwrap();
    writer.join().unwrap();
    assert_eq!(output.code, 0);
    assert!(output.stdout == text, "{} of {} bytes came back", output.stdout.len(), text.len());
}

#[test]
fn a_program_left_in_the_background_does_not_hold_up_exec_and_lives_on() {
    let world = World::new();
    let workload = world.start();
    let begun = Instant::now();
    let started = shell(&workload, "sleep 1000 & echo started");
    assert_eq!((started.code, started.stdout.as_str()), (0, "started\n"));
    assert!(begun.elapsed() < Duration::from_secs(60));
    assert_eq!(shell(&workload, "pgrep -x sleep").code, 0);
}

#[test]
fn killing_an_execution_ends_its_program() {
    let world = World::new();
    let workload = world.start();
    let mut sleep = workload.exec(&launcher(), &["sleep".into(), "1000".into()], Streams::captured()).unwrap();
    eventually("the program", || shell(&workload, "pgrep -x sleep").code == 0);
    sleep.kill().unwrap();
    sleep.wait().unwrap();
    eventually("its end", || shell(&workload, "pgrep -x sleep").code == 1);
}

#[test]
fn stop_asks_first_and_forces_after_the_grace() {
    let world = World::with_user_data("#!/bin/sh\ntrap 'echo closing' TERM\necho open\nwhile :; do sleep 0.05; done\n");
    let workload = world.start();
    eventually("UserData", || fs::read_to_string(workload.log_path()).is_ok_and(|log| log.contains("open")));
    assert_eq!(workload.stop(Duration::from_secs(2)).unwrap(), Status::Killed { signal: 9 });
    assert!(fs::read_to_string(workload.log_path()).unwrap().contains("closing"));
}

#[test]
fn an_instance_may_shut_itself_down() {
    let world = World::new();
    let workload = world.start();
    shell(&workload, "kill -TERM 1");
    eventually("the shutdown", || workload.status().unwrap() == Status::Exited { code: 0 });
}

#[test]
fn the_disk_outlives_a_stop_and_tmp_does_not() {
    let world = World::new();
    let workload = world.start();
    let write = "set -e; echo a > /root/kept; echo b > /usr/local/kept; echo c > /var/lib/kept; echo d > /etc/kept
        rm /usr/bin/env; echo e > /tmp/gone; echo f > /run/gone; echo g > /dev/shm/gone";
    assert_eq!(shell(&workload, write).code, 0);
    workload.stop(GRACE).unwrap();
    let workload = world.start();
    let kept = shell(&workload, "cat /root/kept /usr/local/kept /var/lib/kept /etc/kept");
    assert_eq!((kept.code, kept.stdout.as_str()), (0, "a\nb\nc\nd\n"));
    assert_eq!(shell(&workload, "ls /usr/bin/env").code, 2);
    assert_eq!(shell(&workload, "ls -A /tmp /run /dev/shm").stdout, "/dev/shm:\n\n/run:\n\n/tmp:\n");
    assert!(PathBuf::from("/usr/bin/env").exists(), "the machine's own file");
}

/// Only a fresh process can show that nothing is tied to the one that started the instance.
#[test]
fn an_instance_outlives_its_starter_and_is_adopted() {
    let world = World::with_user_data("#!/bin/sh\nwhile :; do echo beat; sleep 0.05; done\n");
    let spec = world.outside();
    fs::write(&spec, serde_json::to_vec(&world.spec).unwrap()).unwrap();
    let mut starter = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "life::starter", "--ignored", "--nocapture"])
        .env("CROFT_TEST_SPEC", &spec)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    eventually("the start", || adopt(&world.spec.dir).ok().flatten().is_some());
    starter.kill().unwrap();
    assert_eq!(starter.wait().unwrap().signal(), Some(9));
    let workload = adopt(&world.spec.dir).unwrap().unwrap();
    assert_eq!(workload.status().unwrap(), Status::Running);
    let length = || fs::metadata(workload.log_path()).map_or(0, |log| log.len());
    let before = length();
    eventually("more output", || length() > before);
    assert_eq!(shell(&workload, "echo here").stdout, "here\n");
    let again = start(&launcher(), &world.spec);
    assert!(matches!(again, Err(Error::AlreadyRunning { .. })), "{again:?}");
    assert_eq!(workload.stop(GRACE).unwrap(), Status::Exited { code: 0 });
}

/// Not a test: the process that the one above kills.
#[test]
#[ignore = "run by another test as a process of its own"]
fn starter() {
    let spec = serde_json::from_slice(&fs::read(std::env::var("CROFT_TEST_SPEC").unwrap()).unwrap()).unwrap();
    // In case the one above ends before it comes to that.
    nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL).unwrap();
    start(&launcher(), &spec).unwrap();
    loop {
        std::thread::park();
    }
}

/// The guard of these tests is part of what they promise.
#[test]
fn a_test_that_panics_leaves_nothing_behind() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "life::panicking", "--ignored", "--nocapture"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let left = text.lines().find_map(|line| line.strip_prefix("started ")).expect("the instance was started");
    let (dir, pid) = left.split_once(' ').unwrap();
    assert!(!output.status.success());
    assert!(!PathBuf::from(dir).exists());
    assert!(!PathBuf::from("/proc").join(pid).exists());
    assert!(!fs::read_to_string("/proc/self/mountinfo").unwrap().contains(dir));
}

/// Not a test: the process that the one above runs.
#[test]
#[ignore = "run by another test as a process of its own"]
fn panicking() {
    let world = World::new();
    let workload = world.start();
    println!("\nstarted {} {}", world.spec.dir.display(), workload.init().pid);
    panic!("on purpose");
}

/// A daemon that the kernel spares and that ignores its children must not make instances of the same kind.
#[test]
fn what_is_special_about_the_starter_is_not_inherited() {
    let world = World::new();
    let workload = world.start();
    let status = shell(&workload, "cat /proc/self/status").stdout;
    for field in ["SigBlk:", "SigIgn:"] {
        let set = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
        // Signals 32 and 33 belong to the C library, which changes them when it needs them.
        assert_eq!(u64::from_str_radix(set.trim(), 16).unwrap() & 0x7fff_ffff, 0, "{field} {set}");
    }
    let score: i32 = shell(&workload, "cat /proc/self/oom_score_adj").stdout.trim().parse().unwrap();
    assert!(score >= 0);
    assert_eq!(shell(&workload, "ulimit -Hc").stdout, "0\n");
}

#[test]
fn without_its_supervisor_an_instance_ends_and_can_be_started_again() {
    let world = World::new();
    let workload = world.start();
    let supervisor = nix::unistd::Pid::from_raw(workload.supervisor().pid);
    nix::sys::signal::kill(supervisor, nix::sys::signal::Signal::SIGKILL).unwrap();
    eventually("the end", || workload.status().unwrap() == Status::Lost);
    let workload = world.start();
    assert_eq!(shell(&workload, "echo again").stdout, "again\n");
}

#[test]
fn etc_holds_the_names_the_resolver_and_nothing_secret() {
    let world = World::new();
    let mut workload = world.start();
    assert_eq!(shell(&workload, "cat /etc/resolv.conf /etc/hostname").stdout, "nameserver 10.0.0.2\nweb-a\n");
    assert_eq!(shell(&workload, "getent hosts app").stdout, "10.0.1.10       app-a app\n");
    workload.update_hosts(&[("10.0.9.9".parse().unwrap(), vec!["db".into()])]).unwrap();
    assert_eq!(shell(&workload, "getent hosts db").stdout, "10.0.9.9        db\n");
    assert_eq!(shell(&workload, "getent hosts app").code, 2);
    assert_eq!(shell(&workload, "ls /etc/shadow").code, 2);
    let refused = workload.update_hosts(&[("10.0.9.9".parse().unwrap(), vec!["a\n10.0.0.1 b".into()])]);
    assert!(matches!(refused, Err(Error::Invalid { field: "hosts", .. })));
    workload.stop(GRACE).unwrap();
    let workload = world.start();
    assert_eq!(shell(&workload, "cat /etc/resolv.conf").stdout, "nameserver 10.0.0.2\n");
}

#[test]
fn user_data_without_a_first_line_is_named_in_the_log() {
    let world = World::with_user_data("echo hello\n");
    let workload = world.start();
    eventually("the reason", || {
        fs::read_to_string(workload.log_path()).is_ok_and(|log| log.contains("does not begin with #!"))
    });
    assert_eq!(workload.status().unwrap(), Status::Running);
}

#[test]
fn what_cannot_be_started_says_which_step_failed_and_leaves_nothing() {
    let mut world = World::new();
    world.spec.tools.push(("/no/such/tool".into(), "tool".into()));
    let failed = start(&launcher(), &world.spec).unwrap_err();
    assert!(failed.to_string().contains("/no/such/tool"), "{failed}");
    assert!(adopt(&world.spec.dir).unwrap().is_none());
    assert_eq!(groups_named(&world.spec.name), Vec::<PathBuf>::new());
    world.spec.tools.pop();
    world.start();
}

#[test]
fn a_description_that_means_something_else_is_refused() {
    let world = World::new();
    let refused = |change: &dyn Fn(&mut croft_workload::Spec)| {
        let mut spec = world.spec.clone();
        change(&mut spec);
        match start(&launcher(), &spec) {
            Err(Error::Invalid { field, .. }) => field,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(refused(&|spec| spec.name = "../other".into()), "name");
    assert_eq!(refused(&|spec| spec.fabric = String::new()), "fabric");
    assert_eq!(refused(&|spec| spec.dir = "/usr/share/croft/i-1".into()), "dir");
    std::os::unix::fs::symlink("/usr/share", world.outside()).unwrap();
    assert_eq!(refused(&|spec| spec.dir = world.outside().join("croft/i-1")), "dir");
    assert_eq!(refused(&|spec| spec.hostname = "a\nb".into()), "hostname");
    assert_eq!(refused(&|spec| spec.user_data = Some("#!/bin/sh\0".into())), "user_data");
    assert_eq!(refused(&|spec| spec.limits.memory = 64 << 20), "limits");
    assert_eq!(refused(&|spec| spec.limits.processes = 0), "limits");
    assert_eq!(refused(&|spec| spec.tools.push(("/bin/sh".into(), "a/b".into()))), "tools");
    assert!(!world.spec.dir.exists());
}

#[test]
fn remove_frees_the_disk_and_takes_what_runs_with_it() {
    let world = World::new();
    let workload = world.start();
    let limits = workload.limits();
    for limit in [&limits.processes, &limits.memory, &limits.cpu] {
        assert!(matches!(limit, Applied::Version1 | Applied::Version2), "{limit}");
    }
    remove(&world.spec.dir).unwrap();
    assert!(!world.spec.dir.exists());
    assert!(!workload.init().is_alive());
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    assert!(!mounts.contains(&*world.spec.dir.to_string_lossy()));
    assert_eq!(groups_named(&world.spec.name), Vec::<PathBuf>::new());
    remove(&world.spec.dir).unwrap();
}
