//! What a folder holds: a synthesised application, a template by its name, or one by its looks.

use super::assembly::{self, Assembled};
use super::{Chosen, read, stack_name_of};
use crate::failure::Failure;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where a CDK application leaves its templates.
const ASSEMBLY: &str = "cdk.out";
const ENDINGS: [&str; 4] = ["yaml", "yml", "json", "template"];

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    Template(PathBuf),
    /// The stacks of a synthesised application, each behind those that it needs.
    Application {
        folder: PathBuf,
        stacks: Vec<Assembled>,
    },
}

/// Looks at a file or a folder. Where several things may be meant it lists them and takes none.
pub fn find(path: &Path) -> Result<Source, Failure> {
    let fail = |what: String| Failure::new(format!("{}: {what}", path.display()));
    let kind = std::fs::metadata(path).map_err(|e| fail(e.to_string()))?;
    if !kind.is_dir() {
        return Ok(Source::Template(path.to_path_buf()));
    }
    if assembly::is_assembly(path) {
        return application(path);
    }
    let (mut fit, mut look) = (Vec::new(), Vec::new());
    let inner = path.join(ASSEMBLY);
    if assembly::is_assembly(&inner) {
        fit.push(inner.clone());
    }
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(path).map_err(|e| fail(e.to_string()))? {
        let file = entry.map_err(|e| fail(e.to_string()))?.path();
        if file.is_file() {
            files.push(file);
        }
    }
    files.sort();
    for file in files {
        if is_named_so(&file) {
            fit.push(file);
        } else if looks_so(&file) {
            look.push(file);
        }
    }
    let candidates = if fit.is_empty() { look } else { fit };
    match candidates.as_slice() {
        [only] if *only == inner => application(&inner),
        [only] => Ok(Source::Template(only.clone())),
        [] => Err(fail(format!(
            "no template here: neither {ASSEMBLY}, nor template.yaml or the like, nor a YAML or JSON file with Resources. Name one"
        ))),
        several => {
            let names: Vec<String> = several.iter().map(|p| format!("\n  {}", p.display())).collect();
            Err(fail(format!("several templates fit, name one of them:{}", names.concat())))
        }
    }
}

fn application(folder: &Path) -> Result<Source, Failure> {
    Ok(Source::Application { folder: folder.to_path_buf(), stacks: assembly::stacks(folder)? })
}

/// `template.yaml`, `shop.template.json`, `cloudformation.yml`, `main.json`.
fn is_named_so(file: &Path) -> bool {
    let name = file.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
    let Some((stem, ending)) = name.rsplit_once('.') else { return false };
    if !ENDINGS.contains(&ending) {
        return false;
    }
    let plain = ["template", "cloudformation", "main"].contains(&stem);
    ending == "template" || (plain && looks_so(file)) || stem.ends_with(".template")
}

/// It has resources, at the place where templates have them.
fn looks_so(file: &Path) -> bool {
    let ending = file.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    if !ENDINGS.contains(&ending.as_str()) {
        return false;
    }
    let Ok(text) = read(file) else { return false };
    match text.trim_start().starts_with('{') {
        true => {
            let top: Result<BTreeMap<String, serde_json::Value>, _> = serde_json::from_str(&text);
            // What is no JSON is shown as a template, so that its error is told.
            top.map_or(text.contains("\"Resources\""), |top| top.contains_key("Resources"))
        }
        false => text.lines().any(|line| {
            let rest = line.strip_prefix("Resources").or_else(|| line.strip_prefix("\"Resources\""));
            rest.is_some_and(|rest| rest.trim_start().starts_with(':'))
        }),
    }
}

impl Source {
    /// The stacks that are meant: of an application the one that is named, or all of them.
    pub fn choose(self, stack_name: Option<&str>, all: bool) -> Result<Vec<Chosen>, Failure> {
        match self {
            Source::Template(_) if all => {
                Err(Failure::new("--all is for a synthesised application (cdk.out): this is one template"))
            }
            Source::Template(file) => {
                let stack_name = stack_name.map(str::to_string).unwrap_or_else(|| stack_name_of(&file));
                Ok(vec![Chosen { file, stack_name, parameters: BTreeMap::new(), tags: BTreeMap::new() }])
            }
            Source::Application { stacks, .. } if all => {
                if stack_name.is_some() {
                    return Err(Failure::new("--all takes every stack: leave --stack-name out"));
                }
                Ok(stacks.into_iter().map(|stack| stack.chosen).collect())
            }
            Source::Application { folder, mut stacks } => match stack_name {
                None if stacks.len() == 1 => Ok(stacks.drain(..).map(|stack| stack.chosen).collect()),
                Some(name) => {
                    let names = names(&stacks);
                    let wanted = stacks.into_iter().find(|s| s.chosen.stack_name == name || s.id == name);
                    let unknown = || Failure::new(format!("{} has no stack {name}; it has{names}", folder.display()));
                    wanted.map(|stack| vec![stack.chosen]).ok_or_else(unknown)
                }
                None => Err(Failure::new(format!(
                    "{} has several stacks: choose one with --stack-name, or take --all:{}",
                    folder.display(),
                    names(&stacks)
                ))),
            },
        }
    }
}

fn names(stacks: &[Assembled]) -> String {
    stacks.iter().map(|stack| format!("\n  {}", stack.chosen.stack_name)).collect()
}
