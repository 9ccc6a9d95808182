//! Using up what is limited, and watching for a moment of carelessness.

use std::{
    collections::BTreeSet,
    fs, io, thread,
    time::{Duration, Instant},
};

/// Starts processes until the kernel refuses, and says how many there were.
pub fn fork_bomb() {
    let mut children = Vec::new();
    let reason = loop {
        // SAFETY: this process has one thread; the child only waits.
        match unsafe { libc::fork() } {
            0 => loop {
                unsafe { libc::pause() };
            },
            -1 => break io::Error::last_os_error(),
            pid => children.push(pid),
        }
        if children.len() >= 5000 {
            break io::Error::other("no limit up to 5000");
        }
    };
    println!("{} {:?}", children.len(), reason.raw_os_error());
    for pid in children {
        // SAFETY: a child of this process, not yet waited for.
        unsafe { libc::kill(pid, libc::SIGKILL) };
    }
}

/// Fills memory.
pub fn memory(mebibytes: usize) {
    let mut held = Vec::new();
    for _ in 0..mebibytes {
        held.push(vec![1u8; 1 << 20]);
    }
    println!("{} MiB are full", held.len());
}

/// Keeps four threads busy and says how much processor time, in seconds, they got.
pub fn processor(seconds: f64) {
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    let threads: Vec<_> = (0..4).map(|_| thread::spawn(move || while Instant::now() < end {})).collect();
    for thread in threads {
        thread.join().expect("a busy thread");
    }
    // SAFETY: a plain structure of integers that the call fills.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    unsafe { libc::getrusage(libc::RUSAGE_SELF, &mut usage) };
    let [user, system] = [usage.ru_utime, usage.ru_stime].map(|time| time.tv_sec as f64 + time.tv_usec as f64 / 1e6);
    println!("{:.3}", user + system);
}

/// Looks for a process of Croft on its way into the instance whose program file can be opened: a write to that file
/// would be a write to the machine.
pub fn watch_executables(seconds: f64) {
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    let (mut seen, mut opened) = (BTreeSet::new(), BTreeSet::new());
    while Instant::now() < end {
        for entry in fs::read_dir("/proc").expect("/proc is visible").flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else { continue };
            seen.insert(pid);
            let file = entry.path().join("exe");
            let Ok(target) = fs::read_link(&file) else { continue };
            let ours = target.to_string_lossy().contains("croft-workload-init");
            if ours && fs::OpenOptions::new().write(true).open(&file).is_ok() {
                opened.insert(format!("{pid} {}", target.display()));
            }
            if ours && !target.starts_with("/usr/local/bin") {
                opened.insert(format!("seen: {pid} {}", target.display()));
            }
        }
    }
    println!("{} {opened:?}", seen.len());
}
