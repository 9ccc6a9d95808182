//! Templates: given back, judged, summed up.

use super::capability::{self, Needed};
use super::named::{change_set, invalid, stack};
use super::{import_identifier, source};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_cloudformation::Template;
use croft_cloudformation::language::parameter::Parameter;
use croft_model::stack::Status;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

pub const OPERATIONS: &[Entry] = operations![GetTemplate, ValidateTemplate, GetTemplateSummary];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GetTemplate {
    stack_name: Option<String>,
    change_set_name: Option<String>,
    template_stage: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetTemplateOutput {
    template_body: String,
    stages_available: &'static [&'static str],
}

impl Operation for GetTemplate {
    const NAME: &'static str = "GetTemplate";
    type Output = GetTemplateOutput;

    fn run(self, call: &mut Call<'_>) -> Result<GetTemplateOutput, Fault> {
        let cloud = call.cloud();
        let version = match (&self.change_set_name, &self.stack_name) {
            (Some(name), stack_name) => &change_set(&cloud, call.scope, name, stack_name.as_deref())?.version,
            (None, Some(name)) => &stack(&cloud, call.scope, name)?.version,
            (None, None) => return Err(invalid("Either StackName or ChangeSetName must be specified.")),
        };
        // Without a transform both stages are the same.
        let processed = version.processed.as_ref().filter(|_| self.template_stage.as_deref() != Some("Original"));
        let template_body = processed.unwrap_or(&version.template).clone();
        Ok(GetTemplateOutput { template_body, stages_available: &["Original", "Processed"] })
    }
}

fn read(text: &str) -> Result<Template, Fault> {
    Template::parse("template", text.as_bytes()).map_err(|wrong| invalid(wrong.api_message()))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ValidateTemplate {
    template_body: Option<String>,
    #[serde(rename = "TemplateURL")]
    template_url: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TemplateParameter {
    parameter_key: String,
    default_value: Option<String>,
    no_echo: bool,
    description: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ValidateTemplateOutput {
    parameters: Vec<TemplateParameter>,
    description: Option<String>,
    capabilities: Option<Vec<&'static str>>,
    capabilities_reason: Option<String>,
    declared_transforms: Option<Vec<String>>,
}

impl TemplateParameter {
    fn of(parameter: &Parameter) -> TemplateParameter {
        TemplateParameter {
            parameter_key: parameter.name.text.clone(),
            default_value: parameter.default.clone(),
            no_echo: parameter.no_echo,
            description: parameter.description.clone(),
        }
    }
}

/// The one that there is.
const VERSION: &str = "2010-09-09";

fn transforms(template: &Template) -> Option<Vec<String>> {
    some(template.transforms.iter().map(|name| name.text.clone()).collect())
}

/// None where there are none.
fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

impl Operation for ValidateTemplate {
    const NAME: &'static str = "ValidateTemplate";
    type Output = ValidateTemplateOutput;

    fn run(self, call: &mut Call<'_>) -> Result<ValidateTemplateOutput, Fault> {
        let template = read(&source::needed(call, self.template_body, self.template_url)?)?;
        let Needed { capabilities, reason } = capability::needed(&template);
        Ok(ValidateTemplateOutput {
            parameters: template.parameters.iter().map(TemplateParameter::of).collect(),
            description: template.description.clone(),
            capabilities: some(capabilities),
            capabilities_reason: reason,
            declared_transforms: transforms(&template),
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GetTemplateSummary {
    template_body: Option<String>,
    #[serde(rename = "TemplateURL")]
    template_url: Option<String>,
    stack_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ParameterDeclaration {
    parameter_key: String,
    default_value: Option<String>,
    parameter_type: &'static str,
    no_echo: bool,
    description: Option<String>,
    parameter_constraints: ParameterConstraints,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ParameterConstraints {
    allowed_values: Option<Vec<String>>,
}

impl ParameterDeclaration {
    fn of(parameter: &Parameter) -> ParameterDeclaration {
        ParameterDeclaration {
            parameter_key: parameter.name.text.clone(),
            default_value: parameter.default.clone(),
            parameter_type: parameter.kind.name,
            no_echo: parameter.no_echo,
            description: parameter.description.clone(),
            parameter_constraints: ParameterConstraints { allowed_values: some(parameter.allowed_values.clone()) },
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetTemplateSummaryOutput {
    parameters: Vec<ParameterDeclaration>,
    description: Option<String>,
    capabilities: Option<Vec<&'static str>>,
    capabilities_reason: Option<String>,
    resource_types: BTreeSet<String>,
    version: &'static str,
    metadata: Option<String>,
    declared_transforms: Option<Vec<String>>,
    resource_identifier_summaries: Option<Vec<ResourceIdentifierSummary>>,
}

/// The resources of one type, and the properties by which one would be imported.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ResourceIdentifierSummary {
    resource_type: &'static str,
    logical_resource_ids: Vec<String>,
    resource_identifiers: Option<&'static [&'static str]>,
}

impl ResourceIdentifierSummary {
    /// By types, in the order of their names.
    fn of(template: &Template) -> Vec<ResourceIdentifierSummary> {
        let mut types: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
        for resource in &template.resources {
            types.entry(resource.of.name).or_default().push(resource.name.text.clone());
        }
        let summary = |(resource_type, logical_resource_ids)| ResourceIdentifierSummary {
            resource_type,
            logical_resource_ids,
            resource_identifiers: import_identifier::of(resource_type),
        };
        types.into_iter().map(summary).collect()
    }
}

/// Those of loops too.
fn resource_types(template: &Template) -> BTreeSet<String> {
    let looped = template.looped.iter().map(|looped| looped.resource_type.clone());
    template.resources.iter().map(|resource| resource.of.name.to_string()).chain(looped).collect()
}

impl Operation for GetTemplateSummary {
    const NAME: &'static str = "GetTemplateSummary";
    type Output = GetTemplateSummaryOutput;

    fn run(self, call: &mut Call<'_>) -> Result<GetTemplateSummaryOutput, Fault> {
        let given = source::text(call, self.template_body, self.template_url)?;
        let text = match (given, &self.stack_name) {
            (Some(text), None) => text,
            (None, Some(name)) => {
                let cloud = call.cloud();
                let stack = stack(&cloud, call.scope, name)?;
                if stack.status == Status::ReviewInProgress {
                    return Err(invalid("GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks."));
                }
                stack.version.template.clone()
            }
            _ => {
                let one = "Exactly one of TemplateBody, TemplateURL and StackName must be specified.";
                return Err(invalid(one));
            }
        };
        let template = read(&text)?;
        let Needed { capabilities, reason } = capability::needed(&template);
        Ok(GetTemplateSummaryOutput {
            parameters: template.parameters.iter().map(ParameterDeclaration::of).collect(),
            description: template.description.clone(),
            capabilities: some(capabilities),
            capabilities_reason: reason,
            resource_types: resource_types(&template),
            version: VERSION,
            metadata: template.metadata.as_ref().map(ToString::to_string),
            declared_transforms: transforms(&template),
            resource_identifier_summaries: some(ResourceIdentifierSummary::of(&template)),
        })
    }
}
