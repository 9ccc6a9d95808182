//! What a stack is to become, from what is asked for and what it is: its template, its parameters, and the rest.

use super::asked::{Asked, Given};
use super::design::Design;
use super::error::StackError;
use crate::Template;
use crate::language::template::Options;
use croft_model::stack::{Stack, StackVersion};
use std::collections::BTreeMap;

/// A template as it is asked for, read.
pub fn read(asked: &Asked, held: Option<&Stack>) -> Result<Template, StackError> {
    let file = if asked.file.is_empty() { "template" } else { &asked.file };
    let text = match (&asked.template, held) {
        (Some(text), _) => text,
        (None, Some(stack)) => &stack.version.template,
        (None, None) => {
            return Err(StackError::invalid("Either Template URL or Template Body must be specified."));
        }
    };
    Ok(parse(file, text, asked.skip_unsupported)?)
}

/// A template's text, read.
pub(super) fn parse(
    file: &str,
    text: &str,
    skip_unsupported: bool,
) -> Result<Template, crate::language::diagnostic::Diagnostics> {
    Template::parse_with(file, text.as_bytes(), Options { skip_unsupported })
}

/// The parameters as they will be, without those that take their default.
pub fn parameters(
    asked: &Asked,
    template: &Template,
    held: Option<&Stack>,
) -> Result<BTreeMap<String, String>, StackError> {
    let mut values = BTreeMap::new();
    let previous = |name: &str| held.and_then(|stack| stack.version.parameters.get(name)).cloned();
    for (name, given) in &asked.parameters {
        let value = match given {
            Given::Value(value) => value.clone(),
            Given::Previous => match previous(name) {
                Some(value) => value,
                None => {
                    let text = format!(
                        "Invalid input for parameter key {name}. Cannot specify usePreviousValue as true for a parameter key not in the previous template"
                    );
                    return Err(StackError::invalid(text));
                }
            },
        };
        values.insert(name.clone(), value);
    }
    if asked.keep_parameters {
        for name in
            template.parameters.iter().map(|p| &p.name.text).filter(|name| !asked.parameters.contains_key(*name))
        {
            values.extend(previous(name).map(|value| (name.clone(), value)));
        }
    }
    Ok(values)
}

/// What a stack is to become.
pub fn of(asked: &Asked, template: &Template, design: &Design, held: Option<&Stack>) -> StackVersion {
    let held = held.map(|stack| stack.version.clone()).unwrap_or_default();
    StackVersion {
        template: template.source.text().to_string(),
        processed: design.bound.processed(),
        description: template.description.clone(),
        parameters: design.parameters.clone(),
        no_echo: template.parameters.iter().filter(|p| p.no_echo).map(|p| p.name.text.clone()).collect(),
        resolved_parameters: design.bound.resolved_parameters.clone(),
        tags: asked.tags.clone().unwrap_or(held.tags),
        capabilities: asked.capabilities.clone(),
        notification_arns: asked.notification_arns.clone().unwrap_or(held.notification_arns),
        role_arn: asked.role_arn.clone().or(held.role_arn),
        skip_unsupported: asked.skip_unsupported,
        nested_templates: match asked.template {
            Some(_) => asked.nested_templates.clone(),
            None => held.nested_templates,
        },
        outputs: held.outputs,
        imports: held.imports,
    }
}
