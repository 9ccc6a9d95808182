//! Policy documents: a map in a template, or the text of one; kept as a text.

use serde_json::{Map, Value as Json};

/// The text that is kept. A text is kept as it was given.
pub fn text(document: &Json) -> String {
    match document {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A document that is kept, in the form in which the template gave it: as a text where it gave a text, else as a map.
pub fn as_given(given: &Json, kept: &str) -> Json {
    let parsed = || serde_json::from_str::<Json>(kept).ok();
    match given {
        // The same document in other spacing is the same.
        Json::String(text) if serde_json::from_str::<Json>(text).ok() == parsed() => given.clone(),
        Json::String(_) => kept.into(),
        _ => parsed().unwrap_or_else(|| kept.into()),
    }
}

/// Shows the document that is kept among the live properties, if the template gave one.
pub fn show(live: &mut Map<String, Json>, property: &str, kept: &str) {
    if let Some(shown) = live.get_mut(property) {
        *shown = as_given(shown, kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_document_comes_back_in_the_form_in_which_it_was_given() {
        assert_eq!(as_given(&json!({"a": "1"}), r#"{ "a": "1" }"#), json!({"a": "1"}));
        assert_eq!(as_given(&json!(r#"{"a":"1"}"#), r#"{ "a": "1" }"#), json!(r#"{"a":"1"}"#));
        assert_eq!(as_given(&json!(r#"{"a":"1"}"#), r#"{"a":"2"}"#), json!(r#"{"a":"2"}"#));
        assert_eq!(as_given(&json!({"a": "1"}), &text(&json!({"a": "2"}))), json!({"a": "2"}));
    }
}
