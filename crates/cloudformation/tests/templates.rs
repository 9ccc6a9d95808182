//! Small templates that use every feature of the language, each with what it comes to in its own Metadata section
//! (row CFN-1).
//!
//! `Resources`: the resolved properties of each resource that is made, without what is known only once something is
//! made. Beside it, where a template is about them: `Outputs`, `Needs`, `Policies`, `Signals`, `Skipped`,
//! `SkippedOutputs`; `Given` are the parameters.

use croft_cloudformation::Template;
use croft_cloudformation::language::diagnostic::Report;
use croft_cloudformation::language::template::Options;
use croft_cloudformation::stack::{Design, Frame};
use croft_control::Cloud;
use croft_model::Scope;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

fn files() -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/templates");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

/// What a template comes to, in the shape of its Metadata, with the keys that stand there.
fn come_to(name: &str, text: &[u8], wanted: &Value) -> Result<Value, String> {
    let skip_unsupported = wanted.get("SkipUnsupported") == Some(&json!(true));
    let template = Template::parse_with(name, text, Options { skip_unsupported }).map_err(|wrong| wrong.to_string())?;
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_string);
    let given: BTreeMap<String, String> = wanted
        .get("Given")
        .and_then(Value::as_object)
        .map(|given| given.iter().map(|(name, value)| (name.clone(), text(value))).collect())
        .unwrap_or_default();
    let cloud = Cloud::new(Scope::default());
    let frame = Frame::new(&cloud, &cloud.home, "web", 0);
    let bound = Design::bind(&template, &frame, &given, &cloud).map_err(|wrong| wrong.to_string())?;
    let design = Design::new(&bound, &cloud).map_err(|wrong| wrong.to_string())?;
    let (there, changing) = Default::default();
    let present = design.present(&cloud, &there, &changing);
    let mut report = Report::default();
    let (mut resources, mut needs, mut policies) = (Map::new(), Map::new(), Map::new());
    for step in &design.steps {
        let name = step.resource.name.text.clone();
        let resolved = design.resolve(step.resource, &present, &mut report);
        resources.insert(name.clone(), Value::Object(resolved.json));
        if !step.needs.is_empty() {
            needs.insert(name.clone(), json!(step.needs));
        }
        policies.insert(name, json!([step.resource.deletion_policy, step.resource.update_replace_policy]));
    }
    let outputs = design.outputs(&present).map_err(|wrong| wrong.to_string())?;
    assert!(report.is_empty(), "{name}: {report:?}");
    let signals: Map<String, Value> =
        bound.signals.iter().map(|(name, s)| (name.clone(), json!([s.count, s.timeout_seconds]))).collect();
    let all = json!({
        "Resources": resources,
        "Outputs": outputs.iter().map(|o| (o.key.clone(), json!(o.value))).collect::<Map<_, _>>(),
        "Needs": needs,
        "Policies": policies,
        "Signals": signals,
        "Skipped": template.skipped.iter().map(|s| &s.logical_id).collect::<Vec<_>>(),
        "SkippedOutputs": template.skipped_outputs,
    });
    let keys: BTreeSet<&String> = wanted.as_object().into_iter().flat_map(Map::keys).collect();
    let asked = all.as_object().into_iter().flatten().filter(|(key, _)| keys.contains(key));
    Ok(asked.map(|(key, value)| (key.clone(), value.clone())).collect())
}

fn judge(name: &str, text: &[u8]) -> Result<(), String> {
    let skipping = Options { skip_unsupported: true };
    let wanted = Template::parse_with(name, text, skipping).map_err(|wrong| wrong.to_string())?.metadata;
    let mut wanted = wanted.ok_or(format!("{name} says not what it comes to"))?;
    let found = come_to(name, text, &wanted)?;
    let known = ["Resources", "Outputs", "Needs", "Policies", "Signals", "Skipped", "SkippedOutputs"];
    if let Some(wanted) = wanted.as_object_mut() {
        wanted.retain(|key, _| known.contains(&key.as_str()));
    }
    match found == wanted {
        true => Ok(()),
        false => Err(format!("{name}:\n  found  {found}\n  wanted {wanted}")),
    }
}

#[test]
fn cfn_1_every_feature_of_the_language_comes_to_what_its_template_says() {
    let files = files();
    assert!(files.len() >= 40, "{} templates", files.len());
    let mut wrong = Vec::new();
    for file in files {
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        let text = std::fs::read(&file).expect("readable");
        wrong.extend(judge(&name, &text).err());
        // The same text as it comes from another editor.
        let text = String::from_utf8(text).expect("UTF-8");
        if name.ends_with(".yaml") {
            wrong.extend(judge(&name, text.replace('\n', "\r\n").as_bytes()).err());
        }
        wrong.extend(judge(&name, format!("\u{feff}{text}").as_bytes()).err());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever becomes of a good template's bytes, it is taken or refused, at a place inside the file.
    #[test]
    fn cfn_1_a_broken_template_is_taken_or_refused_at_a_place(
        which in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0usize..12, "[-:{}\\[\\],!&*#|>%@'\" \na-zA-Z0-9$.é]{0,9}|!Sub |Fn::ForEach::X|!Ref "), 1..4),
    ) {
        let files = files();
        let mut bytes = std::fs::read(which.get(&files)).expect("readable");
        for (at, length, instead) in edits {
            let at = at.index(bytes.len());
            let end = (at + length).min(bytes.len());
            bytes.splice(at..end, instead.bytes());
            if bytes.is_empty() {
                break;
            }
        }
        let lines = bytes.iter().filter(|byte| **byte == b'\n').count() + 2;
        let told = match Template::parse("t", &bytes) {
            Err(wrong) => Err(wrong),
            Ok(template) => {
                let cloud = Cloud::new(Scope::default());
                let frame = Frame::new(&cloud, &cloud.home, "web", 0);
                let bound = Design::bind(&template, &frame, &BTreeMap::new(), &cloud);
                bound.and_then(|bound| Design::new(&bound, &cloud).map(|_| ()))
            }
        };
        if let Err(wrong) = told {
            prop_assert!(!wrong.list().is_empty());
            prop_assert!(!wrong.api_message().is_empty());
            for diagnostic in wrong.list() {
                prop_assert!(!diagnostic.message.is_empty());
                prop_assert!(diagnostic.at.is_none_or(|at| at.line as usize <= lines && at.column > 0), "{:?}", diagnostic);
            }
        }
    }
}
