//! Tags: as they are shown, and given with what is made.

use croft_model::Tags;
use serde::Serialize;

pub use croft_control::{TagParameter, TagSpecifications, check_not_reserved, read_tags as read};

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    pub key: String,
    pub value: String,
}

/// Tags the way every resource shows them.
pub fn shown(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect()
}
