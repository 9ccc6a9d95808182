//! Ways out through other processes and what was left open.

use crate::Found;
use std::{collections::BTreeSet, fs, io};

pub fn ways(outside: &str, pid: i32) -> Vec<(String, Found)> {
    vec![
        ("signal an outside process".into(), gone(|| unsafe { libc::kill(pid, 0) }.into())),
        ("open an outside process".into(), gone(|| unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) })),
        (
            "limits of an outside process".into(),
            gone(|| unsafe { libc::prlimit(pid, libc::RLIMIT_CORE, std::ptr::null(), std::ptr::null_mut()).into() }),
        ),
        ("outside processes in /proc".into(), listed(pid)),
        ("end pid 1".into(), end_pid_1()),
        ("names in command lines".into(), command_lines(outside)),
        ("open files".into(), open_files()),
        ("variables".into(), variables()),
        (
            "working directory".into(),
            match std::env::current_dir() {
                Ok(path) if path.as_os_str() == "/" => Ok("/".into()),
                other => Err(format!("{other:?}")),
            },
        ),
        (
            "control groups named".into(),
            match fs::read_to_string("/proc/self/cgroup") {
                Ok(text) if text.lines().all(|line| line.ends_with(":/")) => Ok("only the root of each".into()),
                other => Err(format!("{other:?}")),
            },
        ),
    ]
}

/// The process does not exist here.
fn gone(attempt: impl FnOnce() -> i64) -> Found {
    if attempt() >= 0 {
        return Err("worked".into());
    }
    match io::Error::last_os_error() {
        error if error.raw_os_error() == Some(libc::ESRCH) => Ok(error.to_string()),
        error => Err(error.to_string()),
    }
}

fn listed(outside: i32) -> Found {
    let names = fs::read_dir("/proc").map_err(|error| error.to_string())?;
    let pids: BTreeSet<i32> = names.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    if pids.contains(&outside) || pids.len() > 20 { Err(format!("{pids:?}")) } else { Ok(format!("{pids:?}")) }
}

/// No process says where the machine keeps the instance.
fn command_lines(outside: &str) -> Found {
    let folder = std::path::Path::new(outside).parent().expect("a file in a folder").to_string_lossy().into_owned();
    let own = std::process::id().to_string();
    for entry in fs::read_dir("/proc").map_err(|error| error.to_string())?.flatten() {
        let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).into_owned();
        // This program was told the name, and the shell that started it.
        if line.contains(&folder)
            && entry.file_name() != *own
            && !line.contains("hostile")
            && !line.contains("user-data")
        {
            return Err(line);
        }
    }
    Ok("none".into())
}

/// A machine's first process cannot be killed from inside. SIGTERM would shut the instance down, as it may.
fn end_pid_1() -> Found {
    for signal in [libc::SIGKILL, libc::SIGSTOP] {
        // SAFETY: kill takes two integers.
        unsafe { libc::kill(1, signal) };
    }
    std::thread::sleep(std::time::Duration::from_millis(20));
    match fs::read_to_string("/proc/1/stat") {
        Ok(stat) if !stat.contains(") T ") && !stat.contains(") Z ") => Ok("it goes on".into()),
        other => Err(format!("{other:?}")),
    }
}

/// Only the three standard streams are open, and none is a file of the machine.
fn open_files() -> Found {
    let mut seen = Vec::new();
    for entry in fs::read_dir("/proc/self/fd").map_err(|error| error.to_string())?.flatten() {
        let target = fs::read_link(entry.path()).unwrap_or_default().to_string_lossy().into_owned();
        // The one that lists the directory, and the terminals of an earlier attempt.
        if !target.starts_with("/proc/") && !target.starts_with("/dev/pt") {
            seen.push((entry.file_name().to_string_lossy().into_owned(), target));
        }
    }
    let standard = |(number, target): &(String, String)| {
        ["0", "1", "2"].contains(&number.as_str()) && (target.starts_with("pipe:") || target == "/dev/null")
    };
    if seen.iter().all(standard) { Ok(format!("{seen:?}")) } else { Err(format!("{seen:?}")) }
}

/// Nothing of the starter's environment is inherited.
fn variables() -> Found {
    let expected = ["GREETING", "HOME", "LANG", "OLDPWD", "PATH", "PWD", "SHLVL", "USER", "_"];
    let surplus: Vec<String> =
        std::env::vars().map(|(name, _)| name).filter(|name| !expected.contains(&name.as_str())).collect();
    if surplus.is_empty() { Ok("only its own".into()) } else { Err(format!("{surplus:?}")) }
}
