//! Control groups: how many processes, how much memory and processor an instance may use.
//!
//! Each controller is used where the machine has it: in the unified hierarchy (version 2) or in one of its own
//! (version 1); many machines have both. A group is `croft/FABRIC/NAME` below the root of a hierarchy. A controller
//! that is missing or refuses is reported by name in [`AppliedLimits`], never passed over.

use crate::{Applied, AppliedLimits, Error, Limits, error::During};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

const CONTROLLERS: [&str; 3] = ["pids", "memory", "cpu"];
/// Period over which the share of processors is measured out, in microseconds.
const CPU_PERIOD: u64 = 100_000;

/// Where this machine's controllers are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hierarchies {
    /// Version 1: controller → mount point.
    version1: BTreeMap<String, PathBuf>,
    /// Version 2: mount point and the controllers that its root offers.
    version2: Option<(PathBuf, BTreeSet<String>)>,
}

impl Hierarchies {
    /// Those that are mounted.
    ///
    /// # Errors
    /// [`Error::Step`] if `/proc/self/mountinfo` cannot be read.
    pub fn detect() -> Result<Self, Error> {
        let mounts = fs::read_to_string("/proc/self/mountinfo").during(|| "read /proc/self/mountinfo".into())?;
        let mut found = Self::parse(&mounts);
        if let Some((root, controllers)) = &mut found.version2 {
            let offered = fs::read_to_string(root.join("cgroup.controllers")).unwrap_or_default();
            controllers.extend(offered.split_ascii_whitespace().map(str::to_owned));
        }
        Ok(found)
    }

    /// One line a mount: `… MOUNT_POINT OPTIONS … - TYPE SOURCE SUPER_OPTIONS`; the last name the controllers.
    fn parse(mounts: &str) -> Self {
        let mut found = Self::default();
        for line in mounts.lines() {
            let Some((left, right)) = line.split_once(" - ") else { continue };
            let (Some(point), mut right) = (left.split(' ').nth(4), right.split(' ')) else { continue };
            let point = PathBuf::from(point);
            match right.next() {
                Some("cgroup2") if found.version2.is_none() => found.version2 = Some((point, BTreeSet::new())),
                Some("cgroup") => {
                    for option in right.nth(1).unwrap_or_default().split(',') {
                        if CONTROLLERS.contains(&option) {
                            found.version1.entry(option.to_owned()).or_insert_with(|| point.clone());
                        }
                    }
                }
                _ => {}
            }
        }
        found
    }

    /// Which version holds `controller`, for a report on what the machine can enforce.
    pub fn version(&self, controller: &str) -> Option<u8> {
        match &self.version2 {
            Some((_, offered)) if offered.contains(controller) => Some(2),
            _ => self.version1.contains_key(controller).then_some(1),
        }
    }

    fn root(&self, controller: &str) -> Option<(&Path, u8)> {
        match self.version(controller)? {
            2 => self.version2.as_ref().map(|(root, _)| (root.as_path(), 2)),
            _ => self.version1.get(controller).map(|root| (root.as_path(), 1)),
        }
    }
}

/// The groups of one instance, one a hierarchy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Group {
    paths: Vec<PathBuf>,
}

impl Group {
    /// Makes the groups and sets their limits.
    pub(crate) fn create(
        hierarchies: &Hierarchies,
        fabric: &str,
        name: &str,
        limits: &Limits,
    ) -> Result<(Self, AppliedLimits), Error> {
        let mut group = Self::default();
        let mut limit = |controller: &str| match hierarchies.root(controller) {
            None => Applied::Absent(format!("this machine has no cgroup controller {controller}")),
            Some((root, version)) => {
                let path = root.join("croft").join(fabric).join(name);
                let limited = make(root, &path, (version == 2).then_some(controller)).and_then(|()| {
                    if !group.paths.contains(&path) {
                        group.paths.push(path.clone());
                    }
                    set(&path, controller, version, limits)
                });
                match (limited, version) {
                    (Ok(()), 2) => Applied::Version2,
                    (Ok(()), _) => Applied::Version1,
                    (Err(error), _) => Applied::Absent(format!("cgroup v{version} controller {controller}: {error}")),
                }
            }
        };
        let (processes, memory, cpu) = (limit("pids"), limit("memory"), limit("cpu"));
        Ok((group, AppliedLimits { processes, memory, cpu, disk: Applied::FileSystem }))
    }

    /// Moves the calling process into the groups; what it starts is born there.
    pub(crate) fn enter(&self) -> Result<(), Error> {
        for path in &self.paths {
            let file = path.join("cgroup.procs");
            fs::write(&file, "0").during(|| format!("enter {}", file.display()))?;
        }
        Ok(())
    }

    /// Removes the groups, and those above that are empty then. What was removed before is no error.
    pub(crate) fn remove(&self) -> Result<(), Error> {
        for path in &self.paths {
            remove_emptied(path).during(|| format!("remove {}", path.display()))?;
            for above in path.ancestors().skip(1).take(2) {
                if fs::remove_dir(above).is_err() {
                    break; // Another instance or fabric is in it.
                }
            }
        }
        Ok(())
    }
}

/// Makes `path` below `root`; in version 2 a controller must be handed down step by step. Another instance that ends
/// may take an empty parent away in between, so this is tried again.
fn make(root: &Path, path: &Path, hand_down: Option<&str>) -> io::Result<()> {
    let mut left = 20;
    loop {
        let made = fs::create_dir_all(path).and_then(|()| match hand_down {
            None => Ok(()),
            Some(controller) => {
                let steps = path.ancestors().skip(1).take_while(|step| step.starts_with(root));
                let mut steps: Vec<_> = steps.collect();
                steps.reverse();
                steps
                    .iter()
                    .try_for_each(|step| fs::write(step.join("cgroup.subtree_control"), format!("+{controller}")))
            }
        });
        match made {
            Err(error) if error.kind() == io::ErrorKind::NotFound && left > 0 => left -= 1,
            other => return other,
        }
    }
}

fn set(path: &Path, controller: &str, version: u8, limits: &Limits) -> io::Result<()> {
    let write = |file: &str, value: String| {
        fs::write(path.join(file), value).map_err(|error| io::Error::new(error.kind(), format!("{file}: {error}")))
    };
    let quota = u64::from(limits.cpu_percent) * CPU_PERIOD / 100;
    // Swap is not always accounted for; where it is, there shall be none: it would make the limit a soft one.
    let write_if_there = |file: &str, value: String| if path.join(file).exists() { write(file, value) } else { Ok(()) };
    match (controller, version) {
        ("pids", _) => write("pids.max", limits.processes.to_string()),
        ("memory", 1) => {
            write("memory.limit_in_bytes", limits.memory.to_string())?;
            write_if_there("memory.memsw.limit_in_bytes", limits.memory.to_string())
        }
        ("memory", _) => {
            write("memory.max", limits.memory.to_string())?;
            write_if_there("memory.swap.max", "0".into())
        }
        (_, 1) => {
            write("cpu.cfs_period_us", CPU_PERIOD.to_string())?;
            write("cpu.cfs_quota_us", quota.to_string())
        }
        _ => write("cpu.max", format!("{quota} {CPU_PERIOD}")),
    }
}

/// The last process of a group stays in it for a moment after it was reaped.
fn remove_emptied(path: &Path) -> io::Result<()> {
    let mut left = 200;
    loop {
        match fs::remove_dir(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::ResourceBusy && left > 0 => {
                left -= 1;
                thread::sleep(Duration::from_millis(5));
            }
            other => return other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HYBRID: &str = "\
30 23 0:26 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
31 30 0:27 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:9 - cgroup cgroup rw,cpu,cpuacct
32 30 0:28 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids
33 30 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate
34 30 0:30 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
";

    #[test]
    fn controllers_are_found_in_both_versions() {
        let mut found = Hierarchies::parse(HYBRID);
        assert_eq!(found.version("pids"), Some(1));
        assert_eq!(found.root("cpu"), Some((Path::new("/sys/fs/cgroup/cpu,cpuacct"), 1)));
        assert_eq!(found.version("memory"), None);
        if let Some((_, offered)) = &mut found.version2 {
            offered.insert("memory".into());
        }
        assert_eq!(found.root("memory"), Some((Path::new("/sys/fs/cgroup/unified"), 2)));
    }

    #[test]
    fn an_absent_controller_is_reported_by_name() {
        let (group, applied) = Group::create(&Hierarchies::default(), "fabric", "name", &Limits::default()).unwrap();
        assert!(group.paths.is_empty());
        assert_eq!(applied.memory, Applied::Absent("this machine has no cgroup controller memory".into()));
    }

    /// Version 2 has no controllers to give on a machine that binds them to version 1; its file protocol is shown on
    /// plain directories, which hold what was written.
    #[test]
    fn version_2_hands_controllers_down_and_writes_its_own_file_names() {
        let root = tempfile::tempdir().unwrap();
        let hierarchies = Hierarchies {
            version1: BTreeMap::new(),
            version2: Some((root.path().into(), CONTROLLERS.map(str::to_owned).into())),
        };
        let (group, applied) = Group::create(&hierarchies, "f", "i-1", &Limits::default()).unwrap();
        assert_eq!(applied.processes, Applied::Version2);
        assert_eq!((&applied.memory, &applied.cpu), (&Applied::Version2, &Applied::Version2));
        assert_eq!(group.paths, [root.path().join("croft/f/i-1")]);
        let read = |file: &str| fs::read_to_string(root.path().join(file)).unwrap();
        assert_eq!(read("croft/f/i-1/pids.max"), "256");
        assert_eq!(read("croft/f/i-1/memory.max"), (512u64 << 20).to_string());
        assert_eq!(read("croft/f/i-1/cpu.max"), "100000 100000");
        for step in ["", "croft/", "croft/f/"] {
            assert_eq!(read(&format!("{step}cgroup.subtree_control")), "+cpu");
        }
        assert!(!root.path().join("croft/f/i-1/cgroup.subtree_control").exists(), "a leaf holds processes");
    }
}
