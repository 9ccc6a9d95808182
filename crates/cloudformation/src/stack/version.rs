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

/// A parameter that nobody gave this time, so that it keeps what it took from the template's default before, and the template
/// has another default now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptDefault {
    pub name: String,
    pub value: String,
    /// The template's now.
    pub default: String,
}

/// Those of a stack. None that is a secret.
pub fn kept_defaults(asked: &Asked, template: &Template, held: Option<&Stack>) -> Vec<KeptDefault> {
    let Some(held) = held.filter(|_| asked.keep_parameters) else { return Vec::new() };
    let unlike = template.parameters.iter().filter_map(|parameter| {
        let name = &parameter.name.text;
        let given = asked.parameters.contains_key(name) || parameter.no_echo || held.version.no_echo.contains(name);
        let value = held.version.parameters.get(name).filter(|_| !given)?;
        let default = parameter.default.as_ref().filter(|default| *default != value)?;
        Some(KeptDefault { name: name.clone(), value: value.clone(), default: default.clone() })
    });
    let mut unlike: Vec<KeptDefault> = unlike.collect();
    if !unlike.is_empty() {
        let before = parse("template", &held.version.template, held.version.skip_unsupported).ok();
        let was_default = |kept: &KeptDefault| {
            let parameter = before.iter().flat_map(|t| &t.parameters).find(|p| p.name.text == kept.name);
            parameter.is_some_and(|parameter| parameter.default.as_deref() == Some(kept.value.as_str()))
        };
        unlike.retain(was_default);
    }
    unlike
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
