//! Embeds every lab of `labs/` into the command, so that it runs without a checkout.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let labs = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../../labs");
    println!("cargo::rerun-if-changed={}", labs.display());
    let mut code = String::from("pub static EMBEDDED: &[(&str, &[(&str, &str)])] = &[\n");
    for folder in sorted(&labs).into_iter().filter(|p| p.join("lab.txt").is_file()) {
        println!("cargo::rerun-if-changed={}", folder.display());
        writeln!(code, "    ({:?}, &[", name(&folder)).expect("writing to a string");
        for file in sorted(&folder).into_iter().filter(|p| p.is_file()) {
            println!("cargo::rerun-if-changed={}", file.display());
            let path = file.canonicalize().expect("a file that was just listed");
            writeln!(code, "        ({:?}, include_str!({:?})),", name(&file), path.display().to_string())
                .expect("writing to a string");
        }
        code.push_str("    ]),\n");
    }
    code.push_str("];\n");
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it")).join("labs.rs");
    fs::write(out, code).expect("cargo's output directory can be written");
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).map(|d| d.flatten().map(|e| e.path()).collect()).unwrap_or_default();
    entries.sort();
    entries
}

fn name(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}
