//! The families, and the sizes that each has.

use super::{Architecture, InstanceType};
use Architecture::{Arm64, X86_64};

/// What the types of a family have in common.
#[derive(Debug)]
pub struct Family {
    /// Such as `t3`.
    pub name: &'static str,
    pub architecture: Architecture,
    pub manufacturer: &'static str,
    /// Sustained clock speed in tenths of a GHz.
    pub decigigahertz: u32,
    pub threads_per_core: u32,
    /// `nitro` or `xen`.
    pub hypervisor: &'static str,
    pub burstable: bool,
    /// Whether a burstable one starts as `unlimited`.
    pub unlimited: bool,
    pub current: bool,
    sizes: &'static [Size],
    /// MiB for each vCPU, where a size does not say.
    memory: u32,
    network: fn(&str) -> &'static str,
}

#[derive(Debug)]
struct Size {
    name: &'static str,
    vcpus: u32,
    /// MiB; 0: by the vCPU.
    memory: u32,
    interfaces: u32,
    addresses: u32,
}

const fn size(name: &'static str, vcpus: u32, memory: u32, interfaces: u32, addresses: u32) -> Size {
    Size { name, vcpus, memory, interfaces, addresses }
}

const GIB: u32 = 1024;

const T2: &[Size] = &[
    size("nano", 1, GIB / 2, 2, 2),
    size("micro", 1, GIB, 2, 2),
    size("small", 1, 2 * GIB, 3, 4),
    size("medium", 2, 4 * GIB, 3, 6),
    size("large", 2, 8 * GIB, 3, 12),
    size("xlarge", 4, 16 * GIB, 3, 15),
    size("2xlarge", 8, 32 * GIB, 3, 15),
];
const T3: &[Size] = &[
    size("nano", 2, GIB / 2, 2, 2),
    size("micro", 2, GIB, 2, 2),
    size("small", 2, 2 * GIB, 3, 4),
    size("medium", 2, 4 * GIB, 3, 6),
    size("large", 2, 8 * GIB, 3, 12),
    size("xlarge", 4, 16 * GIB, 4, 15),
    size("2xlarge", 8, 32 * GIB, 4, 15),
];
const T3A: &[Size] = &[
    size("nano", 2, GIB / 2, 2, 2),
    size("micro", 2, GIB, 2, 2),
    size("small", 2, 2 * GIB, 2, 4),
    size("medium", 2, 4 * GIB, 3, 6),
    size("large", 2, 8 * GIB, 3, 12),
    size("xlarge", 4, 16 * GIB, 4, 15),
    size("2xlarge", 8, 32 * GIB, 4, 15),
];
const NITRO: &[Size] = &[
    size("large", 2, 0, 3, 10),
    size("xlarge", 4, 0, 4, 15),
    size("2xlarge", 8, 0, 4, 15),
    size("4xlarge", 16, 0, 8, 30),
];
const M4: &[Size] = &[
    size("large", 2, 0, 2, 10),
    size("xlarge", 4, 0, 4, 15),
    size("2xlarge", 8, 0, 4, 15),
    size("4xlarge", 16, 0, 8, 30),
];
const GRAVITON: &[Size] = &[
    size("medium", 1, 0, 2, 4),
    size("large", 2, 0, 3, 10),
    size("xlarge", 4, 0, 4, 15),
    size("2xlarge", 8, 0, 4, 15),
    size("4xlarge", 16, 0, 8, 30),
];

fn t2(size: &str) -> &'static str {
    match size {
        "xlarge" | "2xlarge" => "Moderate",
        _ => "Low to Moderate",
    }
}

fn moderate_or_high(size: &str) -> &'static str {
    match size {
        "large" => "Moderate",
        _ => "High",
    }
}

fn up_to_5(_: &str) -> &'static str {
    "Up to 5 Gigabit"
}

fn up_to_10(_: &str) -> &'static str {
    "Up to 10 Gigabit"
}

fn up_to_12_5(_: &str) -> &'static str {
    "Up to 12.5 Gigabit"
}

fn graviton3(size: &str) -> &'static str {
    match size {
        "4xlarge" => "Up to 15 Gigabit",
        _ => "Up to 12.5 Gigabit",
    }
}

const BURSTABLE: Family = Family {
    name: "t3",
    architecture: X86_64,
    manufacturer: "Intel",
    decigigahertz: 25,
    threads_per_core: 2,
    hypervisor: "nitro",
    burstable: true,
    unlimited: true,
    current: true,
    sizes: T3,
    memory: 0,
    network: up_to_5,
};
const INTEL: Family = Family { burstable: false, unlimited: false, sizes: NITRO, ..BURSTABLE };
const XEN: Family = Family { hypervisor: "xen", current: false, network: moderate_or_high, ..INTEL };
const ARM: Family = Family {
    architecture: Arm64,
    manufacturer: "AWS",
    threads_per_core: 1,
    burstable: false,
    unlimited: false,
    sizes: GRAVITON,
    ..BURSTABLE
};

pub(super) const ALL: &[Family] = &[
    Family {
        name: "t2",
        decigigahertz: 23,
        threads_per_core: 1,
        hypervisor: "xen",
        unlimited: false,
        sizes: T2,
        network: t2,
        ..BURSTABLE
    },
    BURSTABLE,
    Family { name: "t3a", manufacturer: "AMD", decigigahertz: 22, sizes: T3A, ..BURSTABLE },
    Family { name: "t4g", architecture: Arm64, manufacturer: "AWS", threads_per_core: 1, ..BURSTABLE },
    Family { name: "m4", memory: 4 * GIB, decigigahertz: 24, sizes: M4, ..XEN },
    Family { name: "c4", memory: 1920, decigigahertz: 29, ..XEN },
    Family { name: "r4", memory: 7808, decigigahertz: 23, network: up_to_10, ..XEN },
    Family { name: "m5", memory: 4 * GIB, decigigahertz: 31, network: up_to_10, ..INTEL },
    Family { name: "m6i", memory: 4 * GIB, decigigahertz: 35, network: up_to_12_5, ..INTEL },
    Family { name: "m7i", memory: 4 * GIB, decigigahertz: 32, network: up_to_12_5, ..INTEL },
    Family { name: "m6g", memory: 4 * GIB, network: up_to_10, ..ARM },
    Family { name: "m7g", memory: 4 * GIB, decigigahertz: 26, network: graviton3, ..ARM },
    Family { name: "c5", memory: 2 * GIB, decigigahertz: 34, network: up_to_10, ..INTEL },
    Family { name: "c6i", memory: 2 * GIB, decigigahertz: 35, network: up_to_12_5, ..INTEL },
    Family { name: "c7i", memory: 2 * GIB, decigigahertz: 32, network: up_to_12_5, ..INTEL },
    Family { name: "c6g", memory: 2 * GIB, network: up_to_10, ..ARM },
    Family { name: "c7g", memory: 2 * GIB, decigigahertz: 26, network: graviton3, ..ARM },
    Family { name: "r5", memory: 8 * GIB, decigigahertz: 31, network: up_to_10, ..INTEL },
    Family { name: "r6i", memory: 8 * GIB, decigigahertz: 35, network: up_to_12_5, ..INTEL },
    Family { name: "r6g", memory: 8 * GIB, network: up_to_10, ..ARM },
    Family { name: "r7g", memory: 8 * GIB, decigigahertz: 26, network: graviton3, ..ARM },
];

pub(super) fn types(family: &'static Family) -> impl Iterator<Item = InstanceType> {
    family.sizes.iter().map(move |size| InstanceType {
        name: format!("{}.{}", family.name, size.name),
        family,
        vcpus: size.vcpus,
        memory: if size.memory == 0 { size.vcpus * family.memory } else { size.memory },
        network_performance: (family.network)(size.name),
        interfaces: size.interfaces,
        ipv4_addresses: size.addresses,
    })
}
