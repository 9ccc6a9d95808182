//! Files with parameters, as people have them for AWS's command and for the CDK.

use crate::failure::Failure;
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::Path;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Entry {
    parameter_key: String,
    parameter_value: Option<String>,
    /// The stack's value stays: that is what a parameter does that is not given.
    #[serde(default)]
    use_previous_value: bool,
    #[serde(rename = "ResolvedValue")]
    _resolved_value: Option<String>,
}

/// Reads `[{"ParameterKey": …, "ParameterValue": …}]`, `["KEY=VALUE"]`, `{"Parameters": {…}}`, `{"KEY": "VALUE"}`, or
/// lines `KEY=VALUE` with comments after `#`.
pub fn read_parameters(path: &Path) -> Result<BTreeMap<String, String>, Failure> {
    let fail = |what: String| Failure::new(format!("{}: {what}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|e| fail(e.to_string()))?;
    parse(&text).map_err(fail)
}

pub fn parse(text: &str) -> Result<BTreeMap<String, String>, String> {
    if !text.trim_start().starts_with(['[', '{']) {
        let lines = text.lines().enumerate().map(|(number, line)| (number, line.trim()));
        let said = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        return said
            .map(|(number, line)| pair(line).ok_or_else(|| format!("line {}: a parameter is KEY=VALUE", number + 1)))
            .collect();
    }
    match serde_json::from_str::<Json>(text).map_err(|e| e.to_string())? {
        Json::Array(entries) => {
            let read = entries.into_iter().map(entry).collect::<Result<Vec<_>, String>>()?;
            Ok(read.into_iter().flatten().collect())
        }
        Json::Object(mut object) => {
            let inner = object.remove("Parameters").unwrap_or(Json::Object(object));
            let Json::Object(inner) = inner else { return Err("Parameters is not an object".to_string()) };
            inner.into_iter().map(|(key, value)| value_of(&key, value).map(|value| (key, value))).collect()
        }
        _ => Err("neither a list nor an object of parameters".to_string()),
    }
}

/// None: the value that the stack has stays.
fn entry(entry: Json) -> Result<Option<(String, String)>, String> {
    if let Json::String(text) = &entry {
        return pair(text).map(Some).ok_or_else(|| format!("{text:?}: a parameter is KEY=VALUE"));
    }
    let Entry { parameter_key, parameter_value, use_previous_value, .. } =
        serde_json::from_value(entry).map_err(|e| e.to_string())?;
    match (parameter_value, use_previous_value) {
        (None, true) => Ok(None),
        (Some(value), false) => Ok(Some((parameter_key, value))),
        _ => Err(format!("{parameter_key} takes either a ParameterValue or UsePreviousValue")),
    }
}

fn pair(text: &str) -> Option<(String, String)> {
    let (key, value) = text.split_once('=')?;
    let (key, value) = (key.trim(), value.trim());
    let quoted = value.strip_prefix('"').and_then(|v| v.strip_suffix('"'));
    (!key.is_empty()).then(|| (key.to_string(), quoted.unwrap_or(value).to_string()))
}

/// Lists with commas between, as the API takes them.
fn value_of(key: &str, value: Json) -> Result<String, String> {
    match value {
        Json::String(text) => Ok(text),
        Json::Number(number) => Ok(number.to_string()),
        Json::Bool(truth) => Ok(truth.to_string()),
        Json::Array(items) => {
            let items: Result<Vec<String>, String> = items.into_iter().map(|item| value_of(key, item)).collect();
            Ok(items?.join(","))
        }
        Json::Null | Json::Object(_) => Err(format!("{key} is neither a text nor a list")),
    }
}
