//! Tags of stacks.

use super::named::invalid;
use crate::fault::Fault;
use croft_model::Tags;
use serde::{Deserialize, Serialize};

#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Tag {
    key: String,
    value: String,
}

/// # Errors
/// `ValidationError` for a key that stands twice or is AWS's own.
pub fn read(tags: Vec<Tag>) -> Result<Tags, Fault> {
    let mut read = Tags::default();
    for Tag { key, value } in tags {
        if key.starts_with("aws:") {
            return Err(invalid("aws: prefixed tag key names are not allowed for external use."));
        }
        if read.insert(key.clone(), value).is_some() {
            return Err(invalid(format!("Duplicate tag key '{key}'")));
        }
    }
    Ok(read)
}

pub fn shown(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect()
}
