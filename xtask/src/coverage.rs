//! `cargo xtask coverage`: which rows of the semantics have a test, and which of those tests send packets.
//!
//! A test carries the row in its name: `sg_4_members_without_a_self_reference_cannot_talk` covers SG-4.

use clap::Args;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Where tests send packets through a fabric; elsewhere they are unit and property tests.
const SEND_PACKETS: [&str; 4] = ["conformance", "crates/datapath/tests", "crates/cli/tests", "crates/workload/tests"];

#[derive(Args)]
pub struct Options {
    /// As JSON
    #[arg(long)]
    json: bool,
    /// Fail if a row has no test that sends packets
    #[arg(long)]
    strict: bool,
}

#[derive(Serialize, Default)]
struct Row {
    name: String,
    /// Tests that send packets.
    packets: BTreeSet<String>,
    /// Other tests.
    others: BTreeSet<String>,
}

pub fn run(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let root = root();
    let names = rows(&std::fs::read_to_string(root.join("docs/semantics.md"))?);
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    for name in &names {
        rows.insert(test_prefix(name), Row { name: name.clone(), ..Row::default() });
    }
    for folder in ["conformance", "crates", "differential"] {
        for file in sources(&root.join(folder))? {
            let packets = SEND_PACKETS.iter().any(|f| file.starts_with(root.join(f)));
            for test in tests(&std::fs::read_to_string(&file)?) {
                let Some(row) = row_of(&test, &rows) else { continue };
                let Some(row) = rows.get_mut(&row) else { continue };
                if packets {
                    row.packets.insert(test)
                } else {
                    row.others.insert(test)
                };
            }
        }
    }
    let ordered: Vec<&Row> = names.iter().filter_map(|n| rows.get(&test_prefix(n))).collect();
    if options.json {
        println!("{}", serde_json::to_string_pretty(&ordered)?);
    } else {
        for row in &ordered {
            println!("{:8} {:3} with packets, {:3} others", row.name, row.packets.len(), row.others.len());
        }
        let bare: Vec<&str> = ordered.iter().filter(|r| r.packets.is_empty()).map(|r| r.name.as_str()).collect();
        println!("\n{} rows, {} without a test that sends packets: {}", ordered.len(), bare.len(), bare.join(" "));
    }
    let bare = ordered.iter().any(|r| r.packets.is_empty());
    Ok(if options.strict && bare { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// `SG-4` → `sg_4_`.
fn test_prefix(row: &str) -> String {
    format!("{}_", row.to_lowercase().replace('-', "_"))
}

/// The row whose prefix the test's name starts with.
fn row_of(test: &str, rows: &BTreeMap<String, Row>) -> Option<String> {
    rows.keys().find(|prefix| format!("{test}_").starts_with(prefix.as_str())).cloned()
}

/// The names in `- **SG-4** …`.
fn rows(page: &str) -> Vec<String> {
    let mut found = vec![];
    for line in page.lines() {
        if let Some((name, _)) = line.strip_prefix("- **").and_then(|l| l.split_once("**")) {
            found.push(name.to_string());
        }
    }
    found
}

/// Functions under a test attribute.
fn tests(source: &str) -> Vec<String> {
    let mut found = vec![];
    let mut marked = false;
    for line in source.lines().map(str::trim) {
        if line == "#[test]" {
            marked = true;
        } else if let Some(rest) = line.strip_prefix("fn ") {
            if marked {
                found.push(rest.split(['(', '<']).next().unwrap_or_default().to_string());
            }
            marked = false;
        }
    }
    found
}

fn sources(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = vec![];
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        if !next.is_dir() {
            continue;
        }
        for entry in std::fs::read_dir(next)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_tests_are_found_by_name() {
        assert_eq!(rows("- **SG-4** A rule\ntext\n- **NET-1** B"), ["SG-4", "NET-1"]);
        assert_eq!(tests("#[test]\nfn sg_4_a() {}\nfn not_one() {}\n"), ["sg_4_a"]);
    }

    #[test]
    fn a_row_is_not_taken_for_its_longer_neighbour() {
        let all = ["NAT-1", "SG-1", "SG-10"].map(|n| (test_prefix(n), Row { name: n.into(), ..Row::default() }));
        let all = BTreeMap::from(all);
        assert_eq!(row_of("sg_10_errors_pass", &all).as_deref(), Some("sg_10_"));
        assert_eq!(row_of("sg_1_rules_only_allow", &all).as_deref(), Some("sg_1_"));
        assert_eq!(row_of("nat_1", &all).as_deref(), Some("nat_1_"));
        assert_eq!(row_of("sg_2_other", &all), None);
    }
}
