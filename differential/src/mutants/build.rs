//! A copy of the engine with all mistakes in it, and runs over that copy.

use super::{MUTANTS, Mutant};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the copy asks whether it shall make a mistake.
const CHOICE: &str = r#"//! Which mistake to make.
use std::sync::OnceLock;

pub fn is(number: u32) -> bool {
    static CHOSEN: OnceLock<u32> = OnceLock::new();
    *CHOSEN.get_or_init(|| std::env::var("CROFT_MUTANT").ok().and_then(|n| n.parse().ok()).unwrap_or(0)) == number
}
"#;

/// The crates that a run needs.
const CRATES: [&str; 6] =
    ["crates/engine", "crates/policy", "crates/control", "crates/model", "crates/reference", "differential"];
const OBJECT: &str = "crates/datapath/ebpf/croft.bpf.o";

/// A mutant and how it fared.
#[derive(Clone, Copy, Debug)]
pub struct Caught {
    pub mutant: Mutant,
    /// After so many packets of the run that noticed; `None`: none did.
    pub packets: Option<u64>,
}

/// Why mutants could not be run.
#[derive(Debug, thiserror::Error)]
pub enum MutantError {
    #[error("{path}: {error}")]
    File { path: PathBuf, error: io::Error },
    #[error("{mutant}: {:?} does not stand there exactly once; the engine has changed, so change the mutant", mutant.right)]
    NoSpot { mutant: Mutant },
    #[error("the copy of the engine does not compile:\n{output}")]
    Build { output: String },
    #[error("without a mistake in it the engine is found wrong: run `cargo xtask differential` first\n{output}")]
    Baseline { output: String },
}

/// Runs every mutant, in user space only, until a run notices or all have been run; tells of each as it is done.
pub fn catch_all(seed: u64, mut tell: impl FnMut(&Caught)) -> Result<Vec<Caught>, MutantError> {
    let program = build()?;
    let baseline = judge(&program, 0, seed, RUNS[0].0)?;
    if let Some(output) = baseline {
        return Err(MutantError::Baseline { output });
    }
    let mut all = Vec::new();
    for (number, mutant) in MUTANTS.iter().enumerate() {
        let mut packets = None;
        for (bound, seed) in RUNS.map(|(bound, more)| (bound, seed + more)) {
            packets = judge(&program, number + 1, seed, bound)?.map(|report| count(&report));
            if packets.is_some() {
                break;
            }
        }
        let caught = Caught { mutant: *mutant, packets };
        tell(&caught);
        all.push(caught);
    }
    Ok(all)
}

/// Packets of the runs that a mutant must get through, and what is added to the seed. The longer ones fill a NAT gateway
/// too; rare mistakes need luck.
const RUNS: [(u64, u64); 5] = [(90_000, 0), (180_000, 1), (90_000, 2), (90_000, 3), (90_000, 4)];

/// What a run with this mistake says, if it notices.
fn judge(program: &Path, mutant: usize, seed: u64, packets: u64) -> Result<Option<String>, MutantError> {
    let output = Command::new(program)
        .args([packets.to_string(), seed.to_string()])
        .env("CROFT_MUTANT", mutant.to_string())
        .output()
        .map_err(|error| MutantError::File { path: program.into(), error })?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    Ok((!output.status.success()).then_some(said))
}

/// How many packets a report is about.
fn count(report: &str) -> u64 {
    let mut words = report.split_whitespace().peekable();
    while let Some(word) = words.next() {
        if words.peek() == Some(&"packets") {
            return word.parse().unwrap_or(0);
        }
    }
    0
}

/// Writes the copy below the target directory and builds it there.
fn build() -> Result<PathBuf, MutantError> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let copy = root.join("target/mutants");
    for member in CRATES {
        copy_tree(&root.join(member), &copy.join(member))?;
    }
    write(&copy.join(OBJECT), &read(&root.join(OBJECT))?)?;
    write(&copy.join("Cargo.lock"), &read(&root.join("Cargo.lock"))?)?;
    let manifest = String::from_utf8_lossy(&read(&root.join("Cargo.toml"))?).into_owned();
    let members = CRATES.map(|c| format!("{c:?}")).join(", ");
    let manifest: String = manifest
        .lines()
        .filter(|line| !line.starts_with("default-members"))
        .map(|line| if line.starts_with("members") { format!("members = [{members}]\n") } else { format!("{line}\n") })
        .collect();
    write(&copy.join("Cargo.toml"), manifest.as_bytes())?;
    spoil(&root.join("crates/engine/src"), &copy.join("crates/engine/src"))?;
    let output = Command::new(option_env!("CARGO").unwrap_or("cargo"))
        .args(["build", "--quiet", "--package", "croft-differential", "--bin", "croft-differential"])
        .current_dir(&copy)
        .env("CARGO_TARGET_DIR", copy.join("target"))
        .output()
        .map_err(|error| MutantError::File { path: copy.clone(), error })?;
    if !output.status.success() {
        return Err(MutantError::Build { output: String::from_utf8_lossy(&output.stderr).into_owned() });
    }
    Ok(copy.join("target/debug/croft-differential"))
}

/// Puts every mistake into the copy of the engine.
fn spoil(engine: &Path, copy: &Path) -> Result<(), MutantError> {
    let mut files: Vec<&str> = MUTANTS.iter().map(|m| m.file).collect();
    files.dedup();
    for file in files {
        let mut source = String::from_utf8_lossy(&read(&engine.join(file))?).into_owned();
        for (number, mutant) in MUTANTS.iter().enumerate().filter(|(_, m)| m.file == file) {
            source = mutant.apply(number + 1, &source).ok_or(MutantError::NoSpot { mutant: *mutant })?;
        }
        write(&copy.join(file), source.as_bytes())?;
    }
    let library = String::from_utf8_lossy(&read(&engine.join("lib.rs"))?).into_owned();
    write(&copy.join("lib.rs"), (library + "\npub mod mutant;\n").as_bytes())?;
    write(&copy.join("mutant.rs"), CHOICE.as_bytes())
}

/// Files that mutants change are left to `spoil`, so that what is already right is not built again.
fn copy_tree(from: &Path, to: &Path) -> Result<(), MutantError> {
    let entries = fs::read_dir(from).map_err(|error| MutantError::File { path: from.into(), error })?;
    for entry in entries {
        let entry = entry.map_err(|error| MutantError::File { path: from.into(), error })?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy_tree(&source, &target)?;
        } else if !is_spoilt(&source) {
            write(&target, &read(&source)?)?;
        }
    }
    Ok(())
}

fn is_spoilt(path: &Path) -> bool {
    let engine = Path::new("crates/engine/src");
    path.ends_with(engine.join("lib.rs")) || MUTANTS.iter().any(|m| path.ends_with(engine.join(m.file)))
}

fn read(path: &Path) -> Result<Vec<u8>, MutantError> {
    fs::read(path).map_err(|error| MutantError::File { path: path.into(), error })
}

/// Writes what is not there already.
fn write(path: &Path, content: &[u8]) -> Result<(), MutantError> {
    if fs::read(path).is_ok_and(|there| there == content) {
        return Ok(());
    }
    let failed = |error| MutantError::File { path: path.into(), error };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    fs::write(path, content).map_err(failed)
}
