//! Attributes that are written as a structure around one value.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AttributeBooleanValue {
    pub value: Option<bool>,
}

impl AttributeBooleanValue {
    pub fn of(value: bool) -> AttributeBooleanValue {
        AttributeBooleanValue { value: Some(value) }
    }
}

/// What an attribute is set to; one without a value says nothing.
pub fn value(attribute: Option<AttributeBooleanValue>) -> Option<bool> {
    attribute.and_then(|a| a.value)
}
