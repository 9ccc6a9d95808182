//! Instances for tests: a network namespace, a directory, and a guard that leaves nothing behind.

use croft_workload::{Launcher, Limits, Output, Spec, Streams, Workload, remove, start};
use nix::{
    mount::{MntFlags, MsFlags, mount, umount2},
    sched::{CloneFlags, unshare},
};
use std::{
    collections::BTreeMap,
    fs,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    sync::{
        Once,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};

/// An instance and what it stands on. Dropping it, also in a panic, removes all of it.
pub struct World {
    pub spec: Spec,
    folder: tempfile::TempDir,
}

pub fn launcher() -> Launcher {
    Launcher { program: env!("CARGO_BIN_EXE_croft-workload-init").into(), args: Vec::new() }
}

impl World {
    /// A description that can be started, with a network namespace that has nothing but `lo`.
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        assert!(nix::unistd::geteuid().is_root(), "these tests make namespaces and need root");
        static SWEPT: Once = Once::new();
        SWEPT.call_once(sweep);
        let folder = tempfile::Builder::new().prefix(&format!("{PREFIX}{}-", std::process::id())).tempdir().unwrap();
        let name = format!("i-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let netns = folder.path().join("netns");
        make_netns(&netns);
        let spec = Spec {
            fabric: format!("test-{}", std::process::id()),
            dir: folder.path().join("instance"),
            netns,
            hostname: "web-a".into(),
            hosts: vec![("10.0.1.10".parse().unwrap(), vec!["app-a".into(), "app".into()])],
            resolver: Ipv4Addr::new(10, 0, 0, 2),
            user_data: None,
            environment: BTreeMap::from([("GREETING".into(), "hello".into())]),
            limits: Limits::default(),
            tools: vec![
                (env!("CARGO_BIN_EXE_croft-workload-init").into(), "croft".into()),
                (env!("CARGO_BIN_EXE_croft-workload-hostile").into(), "hostile".into()),
            ],
            name,
        };
        Self { spec, folder }
    }

    pub fn with_user_data(text: &str) -> Self {
        let mut world = Self::new();
        world.spec.user_data = Some(text.into());
        world
    }

    pub fn start(&self) -> Workload {
        start(&launcher(), &self.spec).unwrap()
    }

    /// A place outside that the instance must not see.
    pub fn outside(&self) -> PathBuf {
        self.folder.path().join("outside")
    }
}

const PREFIX: &str = "croft-workload-test-";

/// Removes what test processes left that were killed before they could.
fn sweep() {
    for entry in fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
        if let Some(owner) = owner
            && !Path::new("/proc").join(owner).exists()
        {
            let _ = clear(&entry.path());
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn clear(folder: &Path) -> Result<(), croft_workload::Error> {
    let removed = remove(&folder.join("instance"));
    let _ = umount2(&folder.join("netns"), MntFlags::MNT_DETACH);
    removed
}

impl Drop for World {
    fn drop(&mut self) {
        let removed = clear(self.folder.path());
        if !thread::panicking() {
            removed.unwrap();
        }
    }
}

/// Runs `argv` inside and returns what it answered.
pub fn run(workload: &Workload, argv: &[&str]) -> Output {
    let argv: Vec<String> = argv.iter().map(|arg| (*arg).to_owned()).collect();
    workload.exec(&launcher(), &argv, Streams::captured()).unwrap().output().unwrap()
}

/// Runs a shell script inside.
pub fn shell(workload: &Workload, script: &str) -> Output {
    run(workload, &["sh", "-c", script])
}

/// Looks again and again, for half a minute.
pub fn eventually(what: &str, mut seen: impl FnMut() -> bool) {
    for _ in 0..1500 {
        if seen() {
            return;
        }
        thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("not seen: {what}");
}

/// The paths of all control groups of this name.
pub fn groups_named(name: &str) -> Vec<PathBuf> {
    fn walk(dir: &Path, name: &str, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() && !path.is_symlink() {
                if entry.file_name() == name {
                    found.push(path.clone());
                }
                walk(&path, name, found);
            }
        }
    }
    let mut found = Vec::new();
    walk(Path::new("/sys/fs/cgroup"), name, &mut found);
    found
}

fn make_netns(path: &Path) {
    fs::write(path, "").unwrap();
    let path = path.to_owned();
    thread::spawn(move || {
        unshare(CloneFlags::CLONE_NEWNET).unwrap();
        loopback_up();
        mount(Some("/proc/thread-self/ns/net"), &path, None::<&str>, MsFlags::MS_BIND, None::<&str>).unwrap();
    })
    .join()
    .unwrap();
}

fn loopback_up() {
    // SAFETY: a plain structure of integers, filled below.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (place, byte) in request.ifr_name.iter_mut().zip(b"lo\0") {
        *place = *byte as libc::c_char;
    }
    request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
    // SAFETY: the request outlives the call; the descriptor is closed after it.
    unsafe {
        let socket = libc::socket(libc::AF_INET, libc::SOCK_DGRAM, 0);
        assert!(socket >= 0);
        assert_eq!(libc::ioctl(socket, libc::SIOCSIFFLAGS, &request), 0);
        libc::close(socket);
    }
}
