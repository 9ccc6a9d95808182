//! Answers are whole: the tables under `answers/` list, for each resource and state, every member that AWS returns.
//!
//! A file is `{"source": […], "cases": [{"name": …, "steps": […]}]}`. Every case begins with a cloud of its own. A step
//! is one of
//!
//! - `{"call": "CreateVpc", "with": {…}, "answer": {…}}`: the answer has exactly these members with these values;
//! - `{"call": "DeleteVpc", "with": {…}, "refused": "DependencyViolation"}`;
//! - `{"command": {"ObserveInstance": {…}}}`: something happens beneath the API (a workload comes up);
//! - `{"advance": 1000}`: milliseconds pass;
//! - `{"template": "https://…", "text": "{…}"}`: from now on a template lies where the URL leads;
//! - `{"settle": true}`: whatever is under way with stacks comes to its end.
//!
//! A call may also have `"keep": {"subnet": "/Subnets/0/SubnetId"}`, which keeps values of an answer whose members are
//! another table's affair.
//! With `"once": "/StackResourceDetail/PhysicalResourceId"` it is made again until the answer has that, while something
//! is under way with a stack.
//!
//! In an `answer`, `"?name"` takes any value and keeps it, `"?name~regex"` one that matches, `"~regex"` keeps nothing;
//! `"$name"` anywhere stands for what was kept, also within a text as `${name}`. A list must have the same elements in
//! the same order, unless it stands as `{"any order": […]}`. Services other than EC2 are named: `iam:CreateRole`.
//!
//! Every operation stands in a table, and every parameter that its struct honours is given in a call that succeeds;
//! filters and pages have tests of their own.
//!
//! With `CROFT_ANSWERS` set to a folder, every answer is also written there, for botocore's parsers to read.

mod client;

use client::Client;
use croft_aws::{Backend, Entry};
use regex::Regex;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

type Kept = BTreeMap<String, Value>;

/// What the tables tell of.
#[derive(Default)]
struct Told {
    /// Operations whose answer is listed, and such as answer nothing.
    answers: BTreeSet<String>,
    /// By operation, the parameters of calls that succeeded: with dots down to them, elements without their number.
    given: BTreeMap<String, BTreeSet<String>>,
    /// The same of calls that were refused.
    refused: BTreeMap<String, BTreeSet<String>>,
}

impl Told {
    /// Takes note of every parameter in `with`, at any depth.
    fn note(given: &mut BTreeMap<String, BTreeSet<String>>, operation: &str, with: &Value) {
        fn below(at: &str, value: &Value, given: &mut BTreeSet<String>) {
            match value {
                Value::Object(fields) => {
                    for (name, value) in fields {
                        let at = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
                        below(&at, value, given);
                        given.insert(at);
                    }
                }
                Value::Array(elements) => elements.iter().for_each(|element| below(at, element, given)),
                _ => {}
            }
        }
        below("", with, given.entry(operation.to_string()).or_default());
    }

    /// Operations and parameters that no table tells of.
    fn lacks(&self) -> Vec<String> {
        let of = |calls: &BTreeMap<String, BTreeSet<String>>, operation: &str, parameter: &str| {
            calls.get(operation).is_some_and(|given| given.contains(parameter))
        };
        let mut lacks = Vec::new();
        for (operation, entry) in operations() {
            let refused = |parameter: &str| REFUSED.contains(&(operation.as_str(), parameter));
            let honoured = entry.honoured();
            let takes_some = honoured.is_empty() || honoured.iter().any(|parameter| !refused(parameter));
            if takes_some && !self.answers.contains(&operation) {
                lacks.push(format!("the answer of {operation}"));
            }
            for parameter in &honoured {
                let elsewhere = ELSEWHERE.iter().any(|name| parameter.split('.').next() == Some(*name));
                let given = of(&self.given, &operation, parameter);
                match refused(parameter) {
                    true if given => lacks.push(format!("the refusal of {operation} with {parameter}: it is taken")),
                    true if !of(&self.refused, &operation, parameter) => {
                        lacks.push(format!("the refusal of {operation} with {parameter}"));
                    }
                    false if !given && !elsewhere => lacks.push(format!("{operation} with {parameter}")),
                    _ => {}
                }
            }
        }
        lacks
    }
}

/// Parameters that tests of their own give to every operation which has them: filters in `vpc.rs`, `networks.rs`,
/// `groups_and_routes.rs`, `interfaces.rs` and `instance.rs`, tokens in `pages.rs`.
const ELSEWHERE: &[&str] = &["Filters", "MaxResults", "NextToken", "MaxItems", "Marker"];

/// What AWS takes and can only refuse here. A table shows the refusal, and none a success.
const REFUSED: &[(&str, &str)] = &[
    // There are no virtual private gateways.
    ("EnableVgwRoutePropagation", "RouteTableId"),
    ("EnableVgwRoutePropagation", "GatewayId"),
    ("DisableVgwRoutePropagation", "RouteTableId"),
    ("DisableVgwRoutePropagation", "GatewayId"),
    // In a VPC an address is released by its allocation, and taken off by its association.
    ("ReleaseAddress", "PublicIp"),
    ("DisassociateAddress", "PublicIp"),
];

#[test]
fn answers_are_whole() {
    let mut told = Told::default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("answers");
    let mut wrong = Vec::new();
    let mut cases = 0;
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for path in files {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let table: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert!(table["source"].as_array().is_some_and(|s| !s.is_empty()), "{name}: names no source");
        for case in table["cases"].as_array().expect("cases") {
            cases += 1;
            let title = format!("{name}: {}", case["name"].as_str().expect("a name"));
            if let Err(what) = run(case, &title, &mut told) {
                wrong.push(format!("{title}: {what}"));
            }
        }
    }
    assert!(cases > 0);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let untold = told.lacks();
    assert!(untold.is_empty(), "no table tells\n{}", untold.join("\n"));
}

/// Every operation that there is, named as the tables name it.
fn operations() -> impl Iterator<Item = (String, Entry)> {
    let services = [
        ("", croft_aws::ec2::OPERATIONS),
        ("sts:", croft_aws::sts::OPERATIONS),
        ("iam:", croft_aws::iam::OPERATIONS),
        ("cloudformation:", croft_aws::cloudformation::OPERATIONS),
    ];
    let named = |(service, lists): (&'static str, &'static [&'static [Entry]])| {
        lists.iter().copied().flatten().map(move |entry| (format!("{service}{}", entry.name), *entry))
    };
    services.into_iter().flat_map(named)
}

fn run(case: &Value, title: &str, told: &mut Told) -> Result<(), String> {
    let client = Client::new();
    let mut kept = Kept::from([
        ("account".to_string(), json!(client.scope.account)),
        ("region".to_string(), json!(client.scope.region)),
        ("now".to_string(), json!(client.backend.now())),
    ]);
    for (n, step) in case["steps"].as_array().expect("steps").iter().enumerate() {
        let at = |what: String| format!("step {}: {what}", n + 1);
        if let Some(millis) = step["advance"].as_u64() {
            client.backend.advance(std::time::Duration::from_millis(millis));
            kept.insert("now".into(), json!(client.backend.now()));
        } else if let Some(url) = step["template"].as_str() {
            client.backend.put_template(url, step["text"].as_str().expect("a text"));
        } else if step["settle"] == true {
            client.settle();
            kept.insert("now".into(), json!(client.backend.now()));
        } else if !step["command"].is_null() {
            let command = serde_json::from_value(filled(&step["command"], &kept)).map_err(|e| at(e.to_string()))?;
            client.backend.run(&client.scope, command).map_err(|e| at(e.to_string()))?;
        } else {
            let operation = step["call"].as_str().expect("a call");
            let with = if step["with"].is_null() { json!({}) } else { filled(&step["with"], &kept) };
            if let Some(pointer) = step["once"].as_str() {
                while client.try_call(operation, with.clone()).map_or(true, |answer| answer.pointer(pointer).is_none())
                {
                    let under_way = client.backend.cloud().stacks.values().any(|stack| stack.work.is_some());
                    assert!(under_way, "{title}: step {}: {operation} never has {pointer}", n + 1);
                    std::thread::yield_now();
                }
            }
            match (client.try_call(operation, with.clone()), step["refused"].as_str()) {
                (Err(refusal), Some(code)) if refusal.code == code => {
                    Told::note(&mut told.refused, operation, &with);
                }
                (Err(refusal), _) => return Err(at(format!("{operation}: {refusal:?}"))),
                (Ok(answer), Some(code)) => return Err(at(format!("{operation} is not refused {code}: {answer}"))),
                (Ok(answer), None) => {
                    if step.get("answer").is_some() || answer.as_object().is_none_or(Map::is_empty) {
                        told.answers.insert(operation.to_string());
                    }
                    Told::note(&mut told.given, operation, &with);
                    keep_for_parsers(title, n, operation, &client, &with);
                    for (name, pointer) in step["keep"].as_object().into_iter().flatten() {
                        let value = pointer.as_str().and_then(|pointer| answer.pointer(pointer));
                        let value = value.ok_or_else(|| at(format!("{operation}: no {pointer} in {answer}")))?;
                        kept.insert(name.clone(), value.clone());
                    }
                    if let Some(expected) = step.get("answer") {
                        matches(expected, &answer, &mut kept)
                            .map_err(|e| at(format!("{operation}{e}\nanswer: {answer}")))?;
                    }
                }
            }
        }
    }
    Ok(())
}

/// Writes the bytes of an answer that only reads where they can be parsed by others.
fn keep_for_parsers(title: &str, step: usize, operation: &str, client: &Client, with: &Value) {
    let Some(folder) = std::env::var_os("CROFT_ANSWERS") else { return };
    let (service, operation) = operation.split_once(':').unwrap_or(("ec2", operation));
    if !["Describe", "Get", "List"].iter().any(|reads| operation.starts_with(reads)) {
        return;
    }
    let body = client.exchange(service, operation, with).body;
    let title: String = title.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let path = Path::new(&folder).join(format!("{service}.{operation}.{title}.{step}.xml"));
    std::fs::write(&path, body).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
}

/// `$name` and `${name}` replaced by what was kept.
fn filled(value: &Value, kept: &Kept) -> Value {
    match value {
        Value::String(text) => match text.strip_prefix('$').and_then(|name| kept.get(name)) {
            Some(value) => value.clone(),
            None => {
                let mut text = text.clone();
                for (name, value) in kept {
                    let value = value.as_str().map_or_else(|| value.to_string(), String::from);
                    text = text.replace(&format!("${{{name}}}"), &value);
                }
                assert!(!text.starts_with('$') && !text.contains("${"), "{text} was not kept");
                Value::String(text)
            }
        },
        Value::Array(elements) => elements.iter().map(|v| filled(v, kept)).collect(),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(k, v)| (k.clone(), filled(v, kept))).collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}

fn matches(expected: &Value, answer: &Value, kept: &mut Kept) -> Result<(), String> {
    match (expected, answer) {
        (Value::String(pattern), _) if pattern.starts_with(['?', '~']) => {
            let (name, regex) = pattern.split_once('~').unwrap_or((pattern, ""));
            let text = answer.as_str().map_or_else(|| answer.to_string(), String::from);
            if !Regex::new(&format!("^(?:{regex})$")).unwrap().is_match(&text) && !regex.is_empty() {
                return Err(format!(": {answer} does not match {regex}"));
            }
            if let Some(name) = name.strip_prefix('?') {
                kept.insert(name.to_string(), answer.clone());
            }
            Ok(())
        }
        (Value::Object(fields), Value::Array(answers)) if fields.contains_key("any order") => {
            let elements = fields["any order"].as_array().expect("a list in any order");
            let mut left: Vec<&Value> = answers.iter().collect();
            for (n, expected) in elements.iter().enumerate() {
                let found = left.iter().position(|answer| {
                    let mut trial = kept.clone();
                    let found = matches(expected, answer, &mut trial).is_ok();
                    if found {
                        *kept = trial;
                    }
                    found
                });
                match found {
                    Some(at) => drop(left.remove(at)),
                    None => return Err(format!(": nothing is like element {n} of those in any order")),
                }
            }
            match left.first() {
                Some(extra) => Err(format!(": {extra} is not in the table")),
                None => Ok(()),
            }
        }
        (Value::Object(fields), Value::Object(answers)) => {
            for (name, expected) in fields {
                let answer = answers.get(name).ok_or_else(|| format!(".{name} is not in the answer"))?;
                matches(expected, answer, kept).map_err(|e| format!(".{name}{e}"))?;
            }
            match answers.keys().find(|name| !fields.contains_key(*name)) {
                Some(name) => Err(format!(".{name} is not in the table: {}", answers[name])),
                None => Ok(()),
            }
        }
        (Value::Array(elements), Value::Array(answers)) => {
            if elements.len() != answers.len() {
                return Err(format!(" has {} elements instead of {}", answers.len(), elements.len()));
            }
            for (n, (expected, answer)) in elements.iter().zip(answers).enumerate() {
                matches(expected, answer, kept).map_err(|e| format!("[{n}]{e}"))?;
            }
            Ok(())
        }
        _ => match filled(expected, kept) {
            expected if expected == *answer => Ok(()),
            expected => Err(format!(": {answer} instead of {expected}")),
        },
    }
}
