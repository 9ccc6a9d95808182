//! The end of all workloads of a host, agent or not.

use crate::AgentError;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Ends every workload in a directory, all at a time, as a restart of the machine would: their disks, which are memory,
/// are gone, their logs stay. The cloud goes on to want them: the next agent starts them again.
pub fn end_workloads(instances: &Path) -> Result<(), AgentError> {
    each(instances, |directory| match croft_workload::adopt(directory) {
        Ok(Some(workload)) => workload.stop(Duration::ZERO).map(drop),
        _ => Ok(()),
    })?;
    unmount_below(instances)
}

/// Lets go of every mount below a directory, the innermost first.
fn unmount_below(directory: &Path) -> Result<(), AgentError> {
    let io = |source: std::io::Error| AgentError::Io { path: directory.to_path_buf(), source };
    let Ok(directory) = directory.canonicalize() else { return Ok(()) };
    let table = std::fs::read_to_string("/proc/self/mountinfo").map_err(io)?;
    // The fifth field is the mount point.
    let points = table.lines().filter_map(|line| line.split(' ').nth(4)).map(Path::new);
    let mut below: Vec<&Path> = points.filter(|point| point.starts_with(&directory)).collect();
    below.sort_by_key(|point| std::cmp::Reverse(point.components().count()));
    for point in below {
        nix::mount::umount2(point, nix::mount::MntFlags::MNT_DETACH).map_err(|e| io(e.into()))?;
    }
    Ok(())
}

/// Ends every workload in a directory and removes it with its directory.
pub fn remove_workloads(instances: &Path) -> Result<(), AgentError> {
    each(instances, croft_workload::remove)
}

fn each(instances: &Path, end: impl Fn(&Path) -> Result<(), croft_workload::Error> + Sync) -> Result<(), AgentError> {
    let entries = std::fs::read_dir(instances).into_iter().flatten().flatten();
    let directories: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    std::thread::scope(|scope| {
        let ends: Vec<_> = directories
            .iter()
            .map(|directory| {
                scope.spawn(|| {
                    crate::instance::settle(directory);
                    end(directory)
                })
            })
            .collect();
        // A panic has been printed.
        ends.into_iter().filter_map(|end| end.join().ok()).collect::<Result<(), _>>()
    })?;
    Ok(())
}
