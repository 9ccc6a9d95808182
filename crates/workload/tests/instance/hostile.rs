//! A hostile program inside, by every door into an instance. Each way out that it tries is one assertion.

use crate::world::{World, eventually, launcher, run, shell};
use croft_workload::{Status, Workload, start};
use nix::{
    fcntl::{FcntlArg, FdFlag, fcntl},
    sys::{
        stat::{Mode, SFlag, makedev, mknod},
        statvfs::{FsFlags, statvfs},
    },
};
use std::{collections::BTreeSet, fs, path::Path, time::Duration};

/// Ways tried at least; a program that tries fewer has lost some.
const WAYS: usize = 150;

/// Asserts that every line of the program's output is a way that was found closed.
fn assert_closed(output: &str) {
    let open: Vec<_> = output.lines().filter(|line| !line.starts_with("closed ")).collect();
    assert!(open.is_empty(), "{open:#?}");
    assert!(output.lines().count() >= WAYS, "only {} ways were tried", output.lines().count());
}

fn hostname() -> String {
    fs::read_to_string("/proc/sys/kernel/hostname").unwrap()
}

#[test]
fn no_way_out_for_a_program_that_is_executed() {
    let world = World::new();
    fs::write(world.outside(), "secret").unwrap();
    let before = hostname();
    let _leaked = leak(&world.outside());
    let workload = world.start();
    // Someone with more rights made it; the instance itself could not.
    let device = world.spec.dir.join("disk/root/device");
    mknod(&device, SFlag::S_IFCHR, Mode::from_bits_truncate(0o666), makedev(1, 3)).unwrap();
    let outside = world.outside().to_string_lossy().into_owned();
    let tried = run(&workload, &["hostile", "ways", &outside, &std::process::id().to_string()]);
    assert_eq!((tried.code, tried.stderr.as_str()), (0, ""));
    assert_closed(&tried.stdout);
    assert_eq!(workload.status().unwrap(), Status::Running);
    assert_eq!(shell(&workload, "hostname").stdout, "web-a\n");
    assert_eq!(hostname(), before);
}

/// Opens `file` in a way that the processes this one starts inherit.
fn leak(file: &Path) -> fs::File {
    let file = fs::File::open(file).unwrap();
    fcntl(&file, FcntlArg::F_SETFD(FdFlag::empty())).unwrap();
    file
}

#[test]
fn nothing_of_the_starter_stays_open_and_the_program_file_is_out_of_reach() {
    let world = World::new();
    fs::write(world.outside(), "secret").unwrap();
    let _leaked = leak(&world.outside());
    let workload = world.start();
    for pid in [workload.supervisor().pid, workload.init().pid] {
        for entry in fs::read_dir(format!("/proc/{pid}/fd")).unwrap() {
            let target = fs::read_link(entry.unwrap().path()).unwrap();
            assert_ne!(target, world.outside(), "process {pid}");
        }
        assert_eq!(fs::read_link(format!("/proc/{pid}/cwd")).unwrap(), Path::new("/"));
        // Through the mount that these processes were executed from nobody can write to the file.
        let program = statvfs(format!("/proc/{pid}/exe").as_str()).unwrap();
        assert!(program.flags().contains(FsFlags::ST_RDONLY), "process {pid}");
    }
}

#[test]
fn no_way_out_for_user_data() {
    let mut world = World::new();
    fs::write(world.outside(), "secret").unwrap();
    let (outside, pid) = (world.outside(), std::process::id());
    world.spec.user_data = Some(format!("#!/bin/sh\nhostile ways {} {pid}\necho done\n", outside.display()));
    let workload = world.start();
    let log = || fs::read_to_string(workload.log_path()).unwrap_or_default();
    eventually("the end of UserData", || log().ends_with("done\n"));
    assert_closed(log().trim_end_matches("done\n"));
}

/// The shell's own means, without a program that was brought along. Each is harmless to the machine if it works.
#[test]
fn no_way_out_for_a_shell_script() {
    let world = World::new();
    let workload = world.start();
    for script in [
        "mount -t tmpfs none /mnt",
        "mount --bind /usr /tmp",
        "umount /proc/sys",
        "mount -o remount,rw /",
        "unshare -U true",
        "unshare -n true",
        "nsenter -t 1 -m true",
        "chroot /usr true",
        "mknod /tmp/disk b 8 0",
        "mknod /tmp/memory c 1 1",
        ": >> /proc/sys/net/ipv4/ip_forward",
        ": >> /proc/sys/kernel/core_pattern",
        ": >> /proc/sysrq-trigger",
        "test -c /dev/kmsg || test -c /dev/mem || test -b /dev/vda",
        "echo x > /proc/1/oom_score_adj && false",
        "hostname owned",
        "date -s now",
        "dmesg | grep .",
        "ls /proc/1/root/",
        "cat /proc/1/fd/0",
        "readlink /proc/1/fd/1",
        "cat /proc/1/environ",
        "ls /sys | grep .",
        "ls /work /boot /mnt",
        "chmod 755 /usr/local/bin/croft",
        "rm /usr/local/bin/croft",
        "mv /etc/hosts /etc/hosts.old",
        "find / -xdev -path /proc -prune -o -name '*.sock' -print | grep .",
        "insmod /tmp/x.ko",
        "kill -9 1; kill -STOP 1; kill -0 1 && false",
    ] {
        let tried = shell(&workload, script);
        assert_ne!(tried.code, 0, "{script}: {tried:?}");
    }
    assert_eq!(workload.status().unwrap(), Status::Running);
}

#[test]
fn processes_are_bounded() {
    let mut world = World::new();
    world.spec.limits.processes = 64;
    let workload = world.start();
    let bomb = run(&workload, &["hostile", "fork-bomb"]);
    let (count, reason) = bomb.stdout.trim().split_once(' ').unwrap();
    assert!((40..64).contains(&count.parse::<u32>().unwrap()), "{count} processes");
    assert_eq!(reason, format!("Some({})", libc::EAGAIN));
    eventually("room again", || shell(&workload, "true").code == 0);
}

#[test]
fn memory_is_bounded_and_the_instance_goes_on() {
    let mut world = World::new();
    world.spec.limits = croft_workload::Limits { memory: 96 << 20, disk: 16 << 20, ..world.spec.limits };
    let workload = world.start();
    let hog = run(&workload, &["hostile", "memory", "256"]);
    assert_eq!((hog.code, hog.stdout.as_str()), (128 + 9, ""));
    assert_eq!(workload.status().unwrap(), Status::Running);
    assert_eq!(run(&workload, &["hostile", "memory", "32"]).stdout, "32 MiB are full\n");
}

#[test]
fn processor_time_is_bounded() {
    let mut world = World::new();
    world.spec.limits.cpu_percent = 20;
    let workload = world.start();
    let used = run(&workload, &["hostile", "processor", "1"]).stdout;
    let used: f64 = used.trim().parse().unwrap();
    assert!(used < 0.45, "{used} s of processor time in 1 s at 20 percent");
}

#[test]
fn every_file_system_is_bounded_and_filling_all_does_not_end_the_instance() {
    let mut world = World::new();
    world.spec.limits = croft_workload::Limits { memory: 96 << 20, disk: 16 << 20, ..world.spec.limits };
    let workload = world.start();
    let fill = |path: &str| {
        let written =
            shell(&workload, &format!("dd if=/dev/zero of={path} bs=64k count=1024 2>/dev/null; stat -c %s {path}"));
        written.stdout.trim().parse::<u64>().unwrap()
    };
    for (path, mebibytes) in [("/usr/fill", 16), ("/tmp/fill", 4), ("/dev/shm/fill", 4), ("/run/fill", 1)] {
        let written = fill(path);
        assert!((mebibytes << 19..=mebibytes << 20).contains(&written), "{path}: {written} bytes");
    }
    for path in ["/root/fill", "/var/fill", "/home/fill", "/etc/fill"] {
        assert!(fill(path) < 1 << 20, "{path} has room beside the full disk");
    }
    let devices = "i=0; while echo > /dev/$i.fill; do i=$((i+1)); done; test $i -lt 64";
    assert_eq!(shell(&workload, devices).code, 0);
    assert_eq!(workload.status().unwrap(), Status::Running);
    assert_eq!(shell(&workload, "rm /usr/fill && echo freed > /usr/fill && cat /usr/fill").stdout, "freed\n");
}

/// What an instance leaves on its disk lies in wait for the next start, which has more rights than the instance.
#[test]
fn what_was_left_on_the_disk_does_not_mislead_the_next_start() {
    let mut world = World::new();
    let trap = world.outside();
    fs::create_dir(&trap).unwrap();
    // Without tools at first: where one is mounted, names cannot be changed.
    let tools = std::mem::take(&mut world.spec.tools);
    let workload = world.start();
    let set = format!(
        "set -e; t={}; rm -rf /usr/local; ln -s ../../../../../../..$t /usr/local
         rm -rf /var/lib; ln -s $t /var/lib; rm -rf /usr/share/doc; ln -s $t /usr/share/doc
         rm /etc/resolv.conf; ln -s $t/resolv.conf /etc/resolv.conf; rm /etc/passwd; ln -s $t/passwd /etc/passwd
         rm -rf /home/ec2-user; ln -s $t /home/ec2-user",
        trap.display()
    );
    assert_eq!(shell(&workload, &set).code, 0);
    workload.stop(Duration::ZERO).unwrap();
    world.spec.tools = tools;
    // The start may fail, since the tools have no place any more; what counts is where it wrote.
    let started = start(&launcher(), &world.spec);
    let caught: Vec<_> = fs::read_dir(&trap).unwrap().flatten().map(|entry| entry.path()).collect();
    assert!(caught.is_empty(), "{caught:?} {started:?}");
}

/// A process of Croft is inside for a moment before it becomes the program that was asked for.
#[test]
fn a_process_on_its_way_in_cannot_be_looked_into() {
    let world = World::new();
    let workload = world.start();
    let program = fs::read(launcher().program).unwrap();
    let watcher = {
        let workload: Workload = workload.clone();
        std::thread::spawn(move || run(&workload, &["hostile", "watch-executables", "1"]).stdout)
    };
    let mut codes = BTreeSet::new();
    while !watcher.is_finished() {
        codes.insert(shell(&workload, "true").code);
    }
    let watched = watcher.join().unwrap();
    let (seen, opened) = watched.trim().split_once(' ').unwrap();
    assert!(seen.parse::<u32>().unwrap() > 5, "the watcher saw {seen} processes");
    assert_eq!(opened, "{}");
    assert_eq!(codes, BTreeSet::from([0]));
    // An interpreter line that names the program of whoever executes it: Croft's own.
    shell(&workload, "printf '#!/proc/self/exe\\n' > /root/evil; chmod 755 /root/evil");
    let evil = run(&workload, &["/root/evil"]);
    assert_ne!(evil.code, 0);
    assert!(fs::read(launcher().program).unwrap() == program);
}

/// The caller's own file as standard input: inside it is a pipe, and cannot be opened anew for writing.
#[test]
fn the_callers_files_do_not_come_in_with_the_streams() {
    let world = World::new();
    fs::write(world.outside(), "given\n").unwrap();
    let workload = world.start();
    let streams = croft_workload::Streams {
        stdin: fs::File::open(world.outside()).unwrap().into(),
        ..croft_workload::Streams::captured()
    };
    let argv = ["sh", "-c", "cat; readlink /proc/self/fd/0; echo changed > /proc/self/fd/0"].map(String::from);
    let output = workload.exec(&launcher(), &argv, streams).unwrap().output().unwrap();
    assert!(output.stdout.starts_with("given\npipe:["), "{output:?}");
    assert_eq!(fs::read_to_string(world.outside()).unwrap(), "given\n");
}

#[test]
fn a_flood_of_output_neither_grows_without_bound_nor_blocks() {
    let world =
        World::with_user_data("#!/bin/sh\nyes 0123456789012345678901234567890123456789 | head -c 40000000\necho end\n");
    let workload = world.start();
    eventually("the end of the flood", || {
        fs::read_to_string(workload.log_path()).is_ok_and(|log| log.ends_with("end\n"))
    });
    let length = |path: std::path::PathBuf| fs::metadata(path).unwrap().len();
    let (newest, before) = (length(workload.log_path()), length(workload.log_path().with_extension("1")));
    assert!(newest <= (16 << 20) + (1 << 16) && before <= (16 << 20) + (1 << 16), "{newest} and {before} bytes");
}
