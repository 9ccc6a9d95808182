//! AWS's public parameters that name an image, such as
//! `/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64`: the newest image of the kind in Croft's list.

use croft_model::image::{self, Image};

/// What a public parameter looks for.
struct Wanted {
    /// How the image's name begins and how it ends.
    begins: &'static str,
    ends: &'static str,
}

const fn wanted(begins: &'static str, ends: &'static str) -> Wanted {
    Wanted { begins, ends }
}

const KERNELS: &[&str] = &["kernel-default", "kernel-6.1"];

/// The identifier that a public parameter holds. None: it is none that names an image of the list.
pub fn of(parameter: &str) -> Option<&'static str> {
    let wanted = linux(parameter).or_else(|| ecs(parameter)).or_else(|| other(parameter))?;
    let fits = |image: &&Image| image.name.starts_with(wanted.begins) && image.name.ends_with(wanted.ends);
    image::all().iter().filter(fits).max_by_key(|image| image.created).map(|image| image.id)
}

/// Some that are known, for messages.
pub const EXAMPLES: &[&str] = &[
    "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
    "/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2",
    "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id",
    "/aws/service/debian/release/12/latest/amd64",
];

fn linux(parameter: &str) -> Option<Wanted> {
    let name = parameter.strip_prefix("/aws/service/ami-amazon-linux-latest/")?;
    match name {
        "amzn2-ami-hvm-x86_64-gp2" => return Some(wanted("amzn2-ami-hvm-2.0.", "-x86_64-gp2")),
        "amzn2-ami-hvm-arm64-gp2" => return Some(wanted("amzn2-ami-hvm-2.0.", "-arm64-gp2")),
        "amzn2-ami-kernel-5.10-hvm-x86_64-gp2" => return Some(wanted("amzn2-ami-kernel-5.10-hvm-", "-x86_64-gp2")),
        "amzn2-ami-kernel-5.10-hvm-arm64-gp2" => return Some(wanted("amzn2-ami-kernel-5.10-hvm-", "-arm64-gp2")),
        _ => {}
    }
    let ends = *["-x86_64", "-arm64"].iter().find(|end| name.ends_with(**end))?;
    let kernel = name.strip_prefix("al2023-ami-")?.strip_suffix(ends)?;
    let (begins, kernel) = match kernel.strip_prefix("minimal-") {
        Some(kernel) => ("al2023-ami-minimal-", kernel),
        None => ("al2023-ami-2023.", kernel),
    };
    KERNELS.contains(&kernel).then(|| wanted(begins, ends))
}

fn ecs(parameter: &str) -> Option<Wanted> {
    let name = parameter.strip_prefix("/aws/service/ecs/optimized-ami/")?.strip_suffix("/image_id")?;
    match name {
        "amazon-linux-2023/recommended" => Some(wanted("al2023-ami-ecs-hvm-", "-x86_64")),
        "amazon-linux-2023/arm64/recommended" => Some(wanted("al2023-ami-ecs-hvm-", "-arm64")),
        "amazon-linux-2/recommended" => Some(wanted("amzn2-ami-ecs-hvm-", "-x86_64-ebs")),
        "amazon-linux-2/arm64/recommended" => Some(wanted("amzn2-ami-ecs-hvm-", "-arm64-ebs")),
        _ => None,
    }
}

fn other(parameter: &str) -> Option<Wanted> {
    if let Some(path) = parameter.strip_prefix("/aws/service/canonical/ubuntu/server/") {
        let parts: Vec<&str> = path.split('/').collect();
        let [release, "stable", "current", architecture, "hvm", volume, "ami-id"] = parts.as_slice() else {
            return None;
        };
        return match (*release, *architecture, *volume) {
            ("24.04" | "noble", "amd64", "ebs-gp3") => {
                Some(wanted("ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64", ""))
            }
            ("24.04" | "noble", "arm64", "ebs-gp3") => {
                Some(wanted("ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-arm64", ""))
            }
            ("22.04" | "jammy", "amd64", "ebs-gp2") => {
                Some(wanted("ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64", ""))
            }
            ("22.04" | "jammy", "arm64", "ebs-gp2") => {
                Some(wanted("ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-arm64", ""))
            }
            ("20.04" | "focal", "amd64", "ebs-gp2") => {
                Some(wanted("ubuntu/images/hvm-ssd/ubuntu-focal-20.04-amd64", ""))
            }
            ("20.04" | "focal", "arm64", "ebs-gp2") => {
                Some(wanted("ubuntu/images/hvm-ssd/ubuntu-focal-20.04-arm64", ""))
            }
            _ => None,
        };
    }
    if let Some(path) = parameter.strip_prefix("/aws/service/debian/release/") {
        return match path {
            "12/latest/amd64" | "bookworm/latest/amd64" => Some(wanted("debian-12-amd64-", "")),
            "12/latest/arm64" | "bookworm/latest/arm64" => Some(wanted("debian-12-arm64-", "")),
            "13/latest/amd64" | "trixie/latest/amd64" => Some(wanted("debian-13-amd64-", "")),
            "13/latest/arm64" | "trixie/latest/arm64" => Some(wanted("debian-13-arm64-", "")),
            _ => None,
        };
    }
    match parameter.strip_prefix("/aws/service/ami-windows-latest/")? {
        "Windows_Server-2019-English-Full-Base" => Some(wanted("Windows_Server-2019-English-Full-Base-", "")),
        "Windows_Server-2022-English-Full-Base" => Some(wanted("Windows_Server-2022-English-Full-Base-", "")),
        "Windows_Server-2022-English-Core-Base" => Some(wanted("Windows_Server-2022-English-Core-Base-", "")),
        "Windows_Server-2025-English-Full-Base" => Some(wanted("Windows_Server-2025-English-Full-Base-", "")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(parameter: &str) -> &'static str {
        image::of(of(parameter).unwrap_or_else(|| panic!("{parameter}"))).expect("of the list").name
    }

    #[test]
    fn a_public_parameter_names_the_newest_image_of_its_kind() {
        let cases = [
            (
                "ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
                "al2023-ami-2023.8.20250804.0-kernel-6.1-x86_64",
            ),
            ("ami-amazon-linux-latest/al2023-ami-kernel-6.1-arm64", "al2023-ami-2023.8.20250804.0-kernel-6.1-arm64"),
            (
                "ami-amazon-linux-latest/al2023-ami-minimal-kernel-default-arm64",
                "al2023-ami-minimal-2023.8.20250804.0-kernel-6.1-arm64",
            ),
            ("ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2", "amzn2-ami-hvm-2.0.20250728.1-x86_64-gp2"),
            (
                "ami-amazon-linux-latest/amzn2-ami-kernel-5.10-hvm-arm64-gp2",
                "amzn2-ami-kernel-5.10-hvm-2.0.20250728.1-arm64-gp2",
            ),
            ("ecs/optimized-ami/amazon-linux-2/recommended/image_id", "amzn2-ami-ecs-hvm-2.0.20250730-x86_64-ebs"),
            (
                "canonical/ubuntu/server/noble/stable/current/amd64/hvm/ebs-gp3/ami-id",
                "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20250804",
            ),
            (
                "canonical/ubuntu/server/22.04/stable/current/arm64/hvm/ebs-gp2/ami-id",
                "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-arm64-server-20250728",
            ),
            ("debian/release/12/latest/amd64", "debian-12-amd64-20250814-2204"),
            (
                "ami-windows-latest/Windows_Server-2022-English-Core-Base",
                "Windows_Server-2022-English-Core-Base-2025.08.13",
            ),
        ];
        for (parameter, expected) in cases {
            assert_eq!(name(&format!("/aws/service/{parameter}")), expected, "{parameter}");
        }
        assert!(EXAMPLES.iter().all(|example| of(example).is_some()));
    }

    #[test]
    fn what_names_no_image_is_told_apart() {
        for parameter in [
            "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-5.10-x86_64",
            "/aws/service/ami-amazon-linux-latest/amzn-ami-hvm-x86_64-gp2",
            "/aws/service/ami-amazon-linux-latest/",
            "/aws/service/ecs/optimized-ami/amazon-linux-2/recommended",
            "/aws/service/canonical/ubuntu/server/24.04/stable/20250101/amd64/hvm/ebs-gp3/ami-id",
            "/app/config",
            "",
        ] {
            assert_eq!(of(parameter), None, "{parameter}");
        }
    }
}
