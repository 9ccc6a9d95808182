//! Tags. The `Name` tag is what listings show.

use std::collections::BTreeMap;

/// Key to value, at most 50 a resource.
pub type Tags = BTreeMap<String, String>;

/// The key of the tag that listings show.
pub const NAME: &str = "Name";
