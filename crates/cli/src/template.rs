//! Which template `croft up` and `croft diff` take: a file, or what a folder holds.

mod assembly;
mod find;
mod nested;
mod parameters;
mod read;

pub use find::{Source, find};
pub use nested::nested;
pub use parameters::read_parameters;
pub use read::read;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A template and what it is brought up as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    pub file: PathBuf,
    pub stack_name: String,
    /// Of a synthesised application: what it says beside the template.
    pub parameters: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
}

/// A stack's name from a file's: without its endings, in the letters that a stack's name may have. A name that says
/// nothing gives way to the folder's.
pub fn stack_name_of(path: &Path) -> String {
    /// What templates are called that are alone in their folder.
    const PLAIN: [&str; 4] = ["template", "main", "cloudformation", "stack"];
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let stem = |p: &Path| p.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let mut name = stem(&whole);
    if let Some(short) = name.strip_suffix(".template").filter(|short| !short.is_empty()) {
        name = short.to_string();
    }
    if PLAIN.contains(&name.as_str())
        && let Some(folder) = whole.parent().and_then(Path::file_name)
    {
        name = folder.to_string_lossy().into_owned();
    }
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    match name.chars().next() {
        Some(first) if first.is_ascii_alphabetic() => name,
        _ => format!("stack-{name}"),
    }
}

#[cfg(test)]
mod tests;
