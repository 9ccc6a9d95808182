//! What differs between properties as they were given and as they are.

use croft_model::stack::PropertyDifference;
use serde_json::{Map, Value as Json};

/// By properties, in the order of their names; inside lists and maps as deep as the difference lies.
pub fn differences(expected: &Map<String, Json>, actual: &Map<String, Json>) -> Vec<PropertyDifference> {
    let mut found = Vec::new();
    of_maps("", expected, actual, &mut found);
    found
}

/// AWS's words for what was added to a list or map, taken away, or has another value.
const ADD: &str = "ADD";
const REMOVE: &str = "REMOVE";
const NOT_EQUAL: &str = "NOT_EQUAL";

fn note(path: &str, expected: Option<&Json>, actual: Option<&Json>, found: &mut Vec<PropertyDifference>) {
    let text = |value: Option<&Json>| match value {
        None => "null".to_string(),
        Some(Json::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let kind = match (expected, actual) {
        (None, _) => ADD,
        (_, None) => REMOVE,
        _ => NOT_EQUAL,
    };
    let (path, kind) = (path.to_string(), kind.to_string());
    found.push(PropertyDifference { path, expected: text(expected), actual: text(actual), kind });
}

fn of_values(path: &str, expected: &Json, actual: &Json, found: &mut Vec<PropertyDifference>) {
    match (expected, actual) {
        _ if expected == actual => {}
        (Json::Object(expected), Json::Object(actual)) => of_maps(path, expected, actual, found),
        (Json::Array(expected), Json::Array(actual)) => of_lists(path, expected, actual, found),
        _ => note(path, Some(expected), Some(actual), found),
    }
}

fn of_maps(path: &str, expected: &Map<String, Json>, actual: &Map<String, Json>, found: &mut Vec<PropertyDifference>) {
    for (name, value) in expected {
        let path = format!("{path}/{}", escaped(name));
        match actual.get(name) {
            Some(now) => of_values(&path, value, now, found),
            None => note(&path, Some(value), None, found),
        }
    }
    for (name, now) in actual.iter().filter(|(name, _)| !expected.contains_key(*name)) {
        note(&format!("{path}/{}", escaped(name)), None, Some(now), found);
    }
}

/// The order means nothing. Items that say the same of themselves belong together, then scalars to scalars.
fn of_lists(path: &str, expected: &[Json], actual: &[Json], found: &mut Vec<PropertyDifference>) {
    let mut others: Vec<(usize, &Json)> = actual.iter().enumerate().collect();
    let mut take = |fits: &dyn Fn(&Json) -> bool| {
        let at = others.iter().position(|(_, item)| fits(item))?;
        Some(others.remove(at))
    };
    let changed: Vec<(usize, &Json)> =
        expected.iter().enumerate().filter(|(_, item)| take(&|other| other == *item).is_none()).collect();
    let mut gone = Vec::new();
    for (at, item) in changed {
        match take(&|other| named(item).is_some() && named(item) == named(other)) {
            Some((_, now)) => of_values(&format!("{path}/{at}"), item, now, found),
            None => gone.push((at, item)),
        }
    }
    for (at, item) in gone {
        note(&format!("{path}/{at}"), Some(item), None, found);
    }
    for (at, now) in others {
        note(&format!("{path}/{at}"), None, Some(now), found);
    }
}

/// What tells an item of a list from the others.
fn named(item: &Json) -> Option<&Json> {
    ["Key", "PolicyName", "Sid", "DeviceIndex"].iter().find_map(|name| item.get(name))
}

/// As a JSON pointer has it.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(expected: Json, actual: Json) -> Vec<String> {
        let found = differences(expected.as_object().unwrap(), actual.as_object().unwrap());
        found.into_iter().map(|d| format!("{} {} {} {}", d.kind, d.path, d.expected, d.actual)).collect()
    }

    #[test]
    fn the_same_differs_in_nothing_and_lists_have_no_order() {
        let same = json!({"A": "1", "L": ["x", "y"], "T": [{"Key": "k", "Value": "v"}]});
        assert_eq!(told(same.clone(), same), [""; 0]);
        assert_eq!(told(json!({"L": ["x", "y"]}), json!({"L": ["y", "x"]})), [""; 0]);
    }

    #[test]
    fn a_difference_is_told_where_it_lies() {
        assert_eq!(told(json!({"A": 20}), json!({"A": 120})), ["NOT_EQUAL /A 20 120"]);
        assert_eq!(told(json!({"A": "x", "B": true}), json!({"A": "x"})), ["REMOVE /B true null"]);
        let tag = |value: &str| json!({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": value}]});
        assert_eq!(told(tag("old"), tag("new")), ["NOT_EQUAL /Tags/1/Value old new"]);
        let document = |effect: &str| json!({"Doc/ument": {"Statement": [{"Sid": "s", "Effect": effect}]}});
        let path = "/Doc~1ument/Statement/0/Effect";
        assert_eq!(told(document("Allow"), document("Deny")), [format!("NOT_EQUAL {path} Allow Deny")]);
    }

    #[test]
    fn items_of_lists_are_added_and_removed() {
        let (one, other) = (json!({"L": ["x", "y"]}), json!({"L": ["y", "z"]}));
        assert_eq!(told(one.clone(), other), ["REMOVE /L/0 x null", "ADD /L/1 null z"]);
        assert_eq!(told(one, json!({"L": []})), ["REMOVE /L/0 x null", "REMOVE /L/1 y null"]);
        let (none, some) = (json!({"T": []}), json!({"T": [{"Key": "k", "Value": "v"}]}));
        assert_eq!(told(none, some), [r#"ADD /T/0 null {"Key":"k","Value":"v"}"#]);
    }
}
