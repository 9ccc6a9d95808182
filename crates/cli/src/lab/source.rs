//! Where labs come from: a folder of the working directory, or the ones embedded in the command.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

include!(concat!(env!("OUT_DIR"), "/labs.rs"));

/// The files of one lab.
#[derive(Clone, Debug)]
pub struct Source {
    pub name: String,
    /// For diagnostics: where the files lie.
    pub place: String,
    pub files: BTreeMap<String, String>,
}

#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error("there is no lab {name:?}: the labs are {}", known.join(", "))]
    Unknown { name: String, known: Vec<String> },
    #[error("{}: {error}", path.display())]
    Io { path: PathBuf, error: io::Error },
}

/// A lab by its name, or by the path of its folder.
pub fn find(name: &str) -> Result<Source, SourceError> {
    let folder = if name.contains('/') { PathBuf::from(name) } else { Path::new("labs").join(name) };
    if folder.join("lab.txt").is_file() {
        return read(&folder);
    }
    EMBEDDED.iter().find(|(n, _)| *n == name).map(|(n, files)| embedded(n, files)).ok_or_else(|| SourceError::Unknown {
        name: name.to_string(),
        known: all().into_iter().map(|s| s.name).collect(),
    })
}

/// Every lab, those of the working directory before the embedded ones.
pub fn all() -> Vec<Source> {
    let mut labs: BTreeMap<String, Source> =
        EMBEDDED.iter().map(|(name, files)| (name.to_string(), embedded(name, files))).collect();
    for folder in fs::read_dir("labs").into_iter().flatten().flatten() {
        if let Ok(source) = read(&folder.path()) {
            labs.insert(source.name.clone(), source);
        }
    }
    labs.into_values().collect()
}

fn embedded(name: &str, files: &[(&str, &str)]) -> Source {
    Source {
        name: name.to_string(),
        place: format!("labs/{name}"),
        files: files.iter().map(|(n, text)| (n.to_string(), text.to_string())).collect(),
    }
}

fn read(folder: &Path) -> Result<Source, SourceError> {
    let fail = |path: &Path, error| SourceError::Io { path: path.to_path_buf(), error };
    let whole = folder.canonicalize().map_err(|e| fail(folder, e))?;
    let mut files = BTreeMap::new();
    // The script must be there; what else cannot be read as text is none of the lab's files.
    let script = folder.join("lab.txt");
    files.insert("lab.txt".to_string(), fs::read_to_string(&script).map_err(|e| fail(&script, e))?);
    for entry in fs::read_dir(folder).map_err(|e| fail(folder, e))?.flatten() {
        if let Ok(text) = fs::read_to_string(entry.path()) {
            files.insert(entry.file_name().to_string_lossy().into_owned(), text);
        }
    }
    let name = whole.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Source { name, place: folder.display().to_string(), files })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_lab_is_whole() {
        assert!(EMBEDDED.iter().any(|(name, _)| *name == "hello"));
        for source in all() {
            let script =
                crate::lab::file::parse(&source.files["lab.txt"]).unwrap_or_else(|e| panic!("{}: {e}", source.name));
            for step in script.phases.iter().flat_map(|p| &p.steps) {
                if let crate::lab::file::Statement::Template { file, .. } = &step.statement {
                    assert!(source.files.contains_key(file), "{} line {}: {file}", source.name, step.line);
                }
            }
        }
    }

    #[test]
    fn an_unknown_lab_is_refused_with_the_known_ones() {
        assert!(find("nowhere").unwrap_err().to_string().contains("hello"));
    }
}
