//! What a resource is like now, beside what its template gave: for drift.

use croft_model::Tags;
use serde_json::{Map, Value as Json, json};

/// Begins as what the template gave; what can be seen in the cloud takes its place. What means the same is spelt as
/// in the template: a block with host bits, a list in another order.
pub struct Live<'a> {
    given: &'a Map<String, Json>,
    now: Map<String, Json>,
}

impl<'a> Live<'a> {
    pub fn beside(given: &'a Map<String, Json>) -> Live<'a> {
        Live { given, now: given.clone() }
    }

    /// The property is this now.
    pub fn is(mut self, name: &str, value: impl Into<Json>) -> Self {
        if let Some(given) = self.given.get(name) {
            self.now.insert(name.to_string(), like(given, value.into()));
        }
        self
    }

    /// The property is this now, and nothing in it is left out.
    pub fn exactly(mut self, name: &str, value: impl Into<Json>) -> Self {
        if self.given.contains_key(name) {
            self.now.insert(name.to_string(), value.into());
        }
        self
    }

    /// The property is this now, or is not set.
    pub fn may_be(mut self, name: &str, value: Option<impl Into<Json>>) -> Self {
        match value {
            Some(value) => self.is(name, value),
            None => {
                self.now.remove(name);
                self
            }
        }
    }

    /// The property is a list of these now.
    pub fn list<T: ToString>(self, name: &str, values: impl IntoIterator<Item = T>) -> Self {
        let values: Vec<Json> = values.into_iter().map(|v| Json::from(v.to_string())).collect();
        self.is(name, values)
    }

    /// Tags that are not AWS's own.
    pub fn tags(self, tags: &Tags) -> Self {
        let own = tags.iter().filter(|(key, _)| !key.starts_with("aws:"));
        let own: Vec<Json> = own.map(|(key, value)| json!({ "Key": key, "Value": value })).collect();
        self.is("Tags", own)
    }

    pub fn done(self) -> Option<Map<String, Json>> {
        Some(self.now)
    }
}

/// The live value, spelt as the given one where both mean the same. Of a map only what was given; a list's order
/// means nothing.
fn like(given: &Json, live: Json) -> Json {
    match (given, live) {
        (Json::String(given), Json::String(live)) if same_text(given, &live) => Json::from(given.as_str()),
        (Json::Array(given), Json::Array(mut live)) => {
            let mut items = Vec::with_capacity(live.len());
            for item in given {
                if let Some(at) = live.iter().position(|other| like(item, other.clone()) == *item) {
                    live.remove(at);
                    items.push(item.clone());
                }
            }
            items.extend(live);
            Json::Array(items)
        }
        (Json::Object(given), Json::Object(live)) => {
            let both = live.into_iter().filter_map(|(name, value)| {
                let value = like(given.get(&name)?, value);
                Some((name, value))
            });
            Json::Object(both.collect())
        }
        (_, live) => live,
    }
}

fn same_text(one: &str, other: &str) -> bool {
    let block = |text: &str| text.parse::<ipnet::IpNet>().ok().map(|block| block.trunc());
    one == other || block(one).is_some_and(|one| Some(one) == block(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(value: Json) -> Map<String, Json> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn what_means_the_same_is_spelt_as_it_was_given() {
        let given = map(json!({
            "Block": "10.0.0.9/16", "Groups": ["b", "a"], "Options": {"One": 1}, "Tags": [{"Key": "k", "Value": "v"}],
            "Unseen": true,
        }));
        let tags = Tags::from([("k".into(), "v".into()), ("aws:cloudformation:stack-name".into(), "s".into())]);
        let live = Live::beside(&given).is("Block", "10.0.0.0/16").list("Groups", ["a", "b"]).tags(&tags);
        let live = live.is("Options", json!({"One": 1, "Two": 2})).is("Other", "not asked for");
        assert_eq!(live.done(), Some(given));
    }

    #[test]
    fn what_differs_is_shown_as_it_is() {
        let given = map(json!({"Block": "10.0.0.0/16", "Groups": ["b", "a"], "Name": "one", "Gone": "x"}));
        let live = Live::beside(&given).is("Block", "10.1.0.0/16").list("Groups", ["c", "a"]).is("Name", "two");
        let live = live.may_be("Gone", None::<String>).done().unwrap();
        assert_eq!(live, map(json!({"Block": "10.1.0.0/16", "Groups": ["a", "c"], "Name": "two"})));
    }
}
