//! A synthesised application, as the CDK writes it: a manifest that names the templates and what each stack needs.

use super::Chosen;
use crate::failure::Failure;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const MANIFEST: &str = "manifest.json";
/// Applications in applications (stages) go no deeper than this.
const DEEPEST: usize = 8;

/// A stack of an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assembled {
    /// What the application calls it.
    pub id: String,
    pub chosen: Chosen,
}

#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    artifacts: BTreeMap<String, Artifact>,
}

#[derive(Deserialize)]
struct Artifact {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    properties: Properties,
    #[serde(default)]
    dependencies: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Properties {
    template_file: Option<String>,
    stack_name: Option<String>,
    parameters: BTreeMap<String, String>,
    tags: BTreeMap<String, String>,
    directory_name: Option<String>,
}

/// Is this folder one? There are other manifests in the world: it has to name artifacts.
pub fn is_assembly(folder: &Path) -> bool {
    let text = std::fs::read_to_string(folder.join(MANIFEST)).unwrap_or_default();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    value.get("artifacts").is_some_and(serde_json::Value::is_object)
}

/// Its stacks, each behind those that it depends on.
pub fn stacks(folder: &Path) -> Result<Vec<Assembled>, Failure> {
    let mut found = Vec::new();
    collect(folder, DEEPEST, &mut found)?;
    if found.is_empty() {
        return Err(Failure::new(format!("{}: the application has no stacks", folder.display())));
    }
    Ok(in_order(found))
}

/// A stack and the ids of those that it needs.
type Needing = (Assembled, BTreeSet<String>);

fn collect(folder: &Path, deeper: usize, found: &mut Vec<Needing>) -> Result<(), Failure> {
    let path = folder.join(MANIFEST);
    let fail = |what: String| Failure::new(format!("{}: {what}", path.display()));
    if deeper == 0 {
        return Err(fail(format!("applications nest deeper than {DEEPEST}")));
    }
    let text = std::fs::read_to_string(&path).map_err(|e| fail(e.to_string()))?;
    let manifest: Manifest = serde_json::from_str(&text).map_err(|e| fail(e.to_string()))?;
    for (id, artifact) in manifest.artifacts {
        let Artifact { kind, properties, dependencies } = artifact;
        match kind.as_str() {
            "aws:cloudformation:stack" => {
                let template = properties.template_file.ok_or_else(|| fail(format!("{id} names no template")))?;
                let chosen = Chosen {
                    file: inside(folder, &template).ok_or_else(|| fail(format!("{template} is not in this folder")))?,
                    stack_name: properties.stack_name.unwrap_or_else(|| id.clone()),
                    parameters: properties.parameters,
                    tags: properties.tags,
                };
                found.push((Assembled { id, chosen }, dependencies.into_iter().collect()));
            }
            "cdk:cloud-assembly" => {
                let name = properties.directory_name.ok_or_else(|| fail(format!("{id} names no folder")))?;
                let inner = inside(folder, &name).ok_or_else(|| fail(format!("{name} is not in this folder")))?;
                collect(&inner, deeper - 1, found)?;
            }
            // Assets, trees, feature flags: nothing that is brought up.
            _ => {}
        }
    }
    Ok(())
}

fn inside(folder: &Path, name: &str) -> Option<PathBuf> {
    let plain = Path::new(name).components().all(|c| matches!(c, std::path::Component::Normal(_)));
    (plain && !name.is_empty()).then(|| folder.join(name))
}

fn in_order(mut left: Vec<Needing>) -> Vec<Assembled> {
    let mut placed = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let open: BTreeSet<String> = left.iter().map(|(stack, _)| stack.id.clone()).collect();
        // In a circle, which no application that was synthesised has, the first comes first.
        let next = left.iter().position(|(_, needs)| needs.is_disjoint(&open)).unwrap_or(0);
        placed.push(left.remove(next).0);
    }
    placed
}
