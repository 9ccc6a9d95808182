//! `aws-models`: what Croft needs to know of AWS's service models, taken from the files that come with botocore.
//!
//! Names, shapes and traits of the operations listed in `operations.json`, and the bare names of all others; no prose.
//! One line an operation and a shape, sorted, so that a new model shows as a small change.

use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Where lists of operations and the models made from them lie: those that ship, and those that only tests read.
const FOLDERS: [&str; 2] = ["crates/aws/models", "crates/aws/tests/models"];

/// What is kept of a shape, of a member of one and of a reference to one.
const KEPT: [&str; 25] = [
    "type",
    "shape",
    "members",
    "member",
    "key",
    "value",
    "required",
    "enum",
    "min",
    "max",
    "pattern",
    "location",
    "locationName",
    "queryName",
    "flattened",
    "payload",
    "timestampFormat",
    "xmlNamespace",
    "xmlAttribute",
    "streaming",
    "idempotencyToken",
    "jsonvalue",
    "error",
    "exception",
    "fault",
];

#[derive(clap::Args)]
pub struct Options {
    /// The folder `botocore/data`; by default that of the botocore which `python3` imports
    #[arg(long)]
    from: Option<PathBuf>,
    /// Write nothing; fail if a committed model differs from what would be written
    #[arg(long)]
    check: bool,
}

/// A service in `operations.json`.
#[derive(Deserialize)]
struct Wanted {
    /// Folder and version in botocore's data.
    model: String,
    operations: BTreeSet<String>,
}

pub fn run(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let data = match &options.from {
        Some(folder) => folder.clone(),
        None => botocore_data()?,
    };
    let mut stale = Vec::new();
    for folder in FOLDERS.map(Path::new) {
        let list = std::fs::read_to_string(folder.join("operations.json"))?;
        let services: BTreeMap<String, Wanted> = serde_json::from_str(&list)?;
        for (service, wanted) in services {
            let text = extract(&read_model(&data.join(&wanted.model))?, &wanted.operations)?;
            let path = folder.join(format!("{service}.json"));
            match options.check {
                true if std::fs::read_to_string(&path)? != text => stale.push(path.display().to_string()),
                true => {}
                false => {
                    std::fs::write(&path, &text)?;
                    println!("{}: {} operations, {} bytes", path.display(), wanted.operations.len(), text.len());
                }
            }
        }
    }
    match stale.is_empty() {
        true => Ok(ExitCode::SUCCESS),
        false => Err(format!("not as the models have it (run cargo xtask aws-models): {}", stale.join(", ")).into()),
    }
}

fn botocore_data() -> Result<PathBuf, Box<dyn Error>> {
    let program = "import botocore, os; print(os.path.join(os.path.dirname(botocore.__file__), 'data'), end='')";
    let output = Command::new("python3").args(["-c", program]).output()?;
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout)?.into()),
        false => Err("python3 has no botocore; name the folder botocore/data with --from".into()),
    }
}

fn read_model(folder: &Path) -> Result<Value, Box<dyn Error>> {
    let plain = folder.join("service-2.json");
    if plain.exists() {
        return Ok(serde_json::from_slice(&std::fs::read(plain)?)?);
    }
    let packed = folder.join("service-2.json.gz");
    let output = Command::new("gzip").arg("-dc").arg(&packed).output()?;
    match output.status.success() {
        true => Ok(serde_json::from_slice(&output.stdout)?),
        false => Err(format!("{}: {}", packed.display(), String::from_utf8_lossy(&output.stderr)).into()),
    }
}

fn extract(model: &Value, wanted: &BTreeSet<String>) -> Result<String, Box<dyn Error>> {
    let all = model["operations"].as_object().ok_or("a model without operations")?;
    let mut operations = BTreeMap::new();
    let mut shapes = BTreeMap::new();
    let mut reached = Vec::new();
    for name in wanted {
        let operation = all.get(name).ok_or_else(|| format!("no operation {name}"))?;
        let mut kept = Map::new();
        for key in ["http", "input", "output", "errors"] {
            let Some(value) = operation.get(key) else { continue };
            let shape_of = |of: &Value| of["shape"].as_str().unwrap_or_default().to_string();
            match value {
                Value::Array(errors) => reached.extend(errors.iter().map(shape_of)),
                reference if key != "http" => reached.push(shape_of(reference)),
                _ => {}
            }
            let value = match key {
                "http" => value.clone(),
                _ => stripped(value),
            };
            kept.insert(key.to_string(), value);
        }
        operations.insert(name.clone(), Value::Object(kept));
    }
    while let Some(name) = reached.pop() {
        if shapes.contains_key(&name) {
            continue;
        }
        let shape = stripped(&model["shapes"][&name]);
        reached.extend(references(&shape));
        shapes.insert(name, shape);
    }
    let others: Vec<&String> = all.keys().filter(|name| !wanted.contains(*name)).collect();
    let mut metadata = Map::new();
    for key in [
        "apiVersion",
        "endpointPrefix",
        "jsonVersion",
        "protocol",
        "serviceId",
        "signingName",
        "targetPrefix",
        "xmlNamespace",
    ] {
        if let Some(value) = model["metadata"].get(key) {
            metadata.insert(key.to_string(), value.clone());
        }
    }
    let mut text = format!("{{\"metadata\":{},\n\"operations\":{{\n", Value::Object(metadata));
    lines(&mut text, &operations)?;
    text.push_str("},\n\"shapes\":{\n");
    lines(&mut text, &shapes)?;
    writeln!(text, "}},\n\"others\":{}}}", serde_json::to_string(&others)?)?;
    Ok(text)
}

/// The names of the shapes that a shape refers to.
fn references(shape: &Value) -> Vec<String> {
    let members = shape["members"].as_object().into_iter().flat_map(Map::values);
    let elements = ["member", "key", "value"].into_iter().filter_map(|key| shape.get(key));
    members.chain(elements).filter_map(|r| r["shape"].as_str().map(String::from)).collect()
}

/// A shape or reference without what is not [`KEPT`]. The keys of `members` are names and stay.
fn stripped(value: &Value) -> Value {
    let Value::Object(map) = value else { return value.clone() };
    let kept = map.iter().filter(|(key, _)| KEPT.contains(&key.as_str()));
    let kept = kept.map(|(key, value)| {
        let value = match (key.as_str(), value) {
            ("members", Value::Object(members)) => {
                Value::Object(members.iter().map(|(name, member)| (name.clone(), stripped(member))).collect())
            }
            _ => stripped(value),
        };
        (key.clone(), value)
    });
    // Only httpStatusCode and code of an error matter, and xmlNamespace has a uri: both are kept whole.
    match map.contains_key("httpStatusCode") || map.contains_key("uri") {
        true => value.clone(),
        false => Value::Object(kept.collect()),
    }
}

fn lines(text: &mut String, entries: &BTreeMap<String, Value>) -> Result<(), Box<dyn Error>> {
    for (at, (name, value)) in entries.iter().enumerate() {
        let end = if at + 1 == entries.len() { "" } else { "," };
        writeln!(text, "\"{name}\":{}{end}", serde_json::to_string(value)?)?;
    }
    Ok(())
}
