//! Parameters of stacks, as they are given and as they are shown.

use super::named::invalid;
use crate::fault::Fault;
use croft_cloudformation::stack::Given;
use croft_model::stack::{HIDDEN, StackVersion};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ParameterInput {
    parameter_key: Option<String>,
    parameter_value: Option<String>,
    #[serde(default)]
    use_previous_value: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ParameterOutput {
    parameter_key: String,
    parameter_value: String,
    resolved_value: Option<String>,
}

/// Values by name.
///
/// # Errors
/// `ValidationError` for a parameter without a name, given twice, or with a value and the previous one.
pub fn read(given: Vec<ParameterInput>) -> Result<BTreeMap<String, Given>, Fault> {
    let mut values = BTreeMap::new();
    for ParameterInput { parameter_key, parameter_value, use_previous_value } in given {
        let Some(key) = parameter_key else {
            return Err(invalid("Parameter keys must be specified"));
        };
        let value = match (parameter_value, use_previous_value) {
            (Some(value), true) if !value.is_empty() => {
                let wrong = "Cannot specify usePreviousValue as true and non empty value for a parameter";
                return Err(invalid(format!("Invalid input for parameter key {key}. {wrong}")));
            }
            (_, true) => Given::Previous,
            (value, false) => Given::Value(value.unwrap_or_default()),
        };
        if values.insert(key.clone(), value).is_some() {
            return Err(invalid(format!("Duplicate parameter key {key}")));
        }
    }
    Ok(values)
}

/// None where there are none.
pub fn shown(version: &StackVersion) -> Option<Vec<ParameterOutput>> {
    let shown: Vec<ParameterOutput> = version
        .parameters
        .iter()
        .map(|(key, value)| match version.no_echo.contains(key) {
            true => ParameterOutput {
                parameter_key: key.clone(),
                parameter_value: HIDDEN.to_string(),
                resolved_value: None,
            },
            false => ParameterOutput {
                parameter_key: key.clone(),
                parameter_value: value.clone(),
                resolved_value: version.resolved_parameters.get(key).cloned(),
            },
        })
        .collect();
    (!shown.is_empty()).then_some(shown)
}
