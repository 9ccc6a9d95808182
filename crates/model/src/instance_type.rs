//! Instance types: what a type of a name is made of. Facts from AWS's tables of instance types; Croft gives a workload what
//! its host has.

mod family;

use std::sync::LazyLock;

pub use family::Family;

/// A type such as `t3.micro`.
#[derive(Clone, Debug)]
pub struct InstanceType {
    pub name: String,
    pub family: &'static Family,
    pub vcpus: u32,
    /// MiB.
    pub memory: u32,
    /// As AWS words it.
    pub network_performance: &'static str,
    pub interfaces: u32,
    /// Of each interface.
    pub ipv4_addresses: u32,
}

/// The processor's instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Architecture {
    #[serde(rename = "x86_64")]
    X86_64,
    #[serde(rename = "arm64")]
    Arm64,
}

impl Architecture {
    /// As AWS writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Architecture::X86_64 => "x86_64",
            Architecture::Arm64 => "arm64",
        }
    }
}

/// What is launched where no type is named. AWS takes `m1.small`, which it no longer offers to new accounts.
pub const DEFAULT: &str = "t3.micro";

static ALL: LazyLock<Vec<InstanceType>> = LazyLock::new(|| {
    let mut all: Vec<_> = family::ALL.iter().flat_map(family::types).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
});

/// Every type, by name.
pub fn all() -> &'static [InstanceType] {
    &ALL
}

/// The type of this name.
pub fn of(name: &str) -> Option<&'static InstanceType> {
    let at = ALL.binary_search_by(|t| t.name.as_str().cmp(name)).ok()?;
    ALL.get(at)
}

impl InstanceType {
    pub fn architecture(&self) -> Architecture {
        self.family.architecture
    }

    pub fn threads_per_core(&self) -> u32 {
        self.family.threads_per_core.min(self.vcpus)
    }

    pub fn cores(&self) -> u32 {
        self.vcpus / self.threads_per_core()
    }

    /// The numbers of cores that `CpuOptions` may ask for.
    pub fn valid_cores(&self) -> Vec<u32> {
        let cores = self.cores();
        match (self.family.burstable, cores) {
            (true, _) | (_, 1) => vec![cores],
            (false, _) if self.family.threads_per_core == 1 || self.family.hypervisor == "xen" => (1..=cores).collect(),
            (false, _) => (1..=cores / 2).map(|n| n * 2).collect(),
        }
    }

    /// The numbers of threads that `CpuOptions` may ask for.
    pub fn valid_threads_per_core(&self) -> Vec<u32> {
        (1..=self.threads_per_core()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_found_by_its_name() {
        let t = of("t3.micro").unwrap();
        assert_eq!((t.vcpus, t.memory, t.interfaces, t.ipv4_addresses, t.cores()), (2, 1024, 2, 2, 1));
        let m = of("m5.4xlarge").unwrap();
        assert_eq!((m.vcpus, m.memory, m.interfaces, m.ipv4_addresses, m.cores()), (16, 65_536, 8, 30, 8));
        assert_eq!(m.valid_cores(), [2, 4, 6, 8]);
        let g = of("m6g.medium").unwrap();
        assert_eq!((g.vcpus, g.memory, g.architecture(), g.cores()), (1, 4096, Architecture::Arm64, 1));
        let r = of("r4.xlarge").unwrap();
        assert_eq!((r.vcpus, r.memory, r.interfaces, r.family.current), (4, 31_232, 4, false));
        assert_eq!(r.valid_cores(), [1, 2]);
        assert_eq!(of("m4.large").unwrap().interfaces, 2);
        assert_eq!(of(DEFAULT).unwrap().name, DEFAULT);
        assert!(of("t3.enormous").is_none());
    }

    #[test]
    fn no_name_stands_for_two_types() {
        assert!(all().windows(2).all(|w| w[0].name < w[1].name));
        assert!(all().iter().all(|t| t.memory > 0 && t.cores() * t.threads_per_core() == t.vcpus));
    }
}
