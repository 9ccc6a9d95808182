//! Launch templates.

mod version;

use super::filter::{FilterOf, Filters};
use super::instance::OperatorOutput;
use super::listing::{Listed, Page, Query, after, select};
use super::tag::{self, Tag, TagSpecifications};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use crate::timestamp::iso8601_millis;
use croft_control::{Cloud, TemplateName, VersionName, Versions};
use croft_model::launch_template::LaunchTemplate;
use croft_model::{LaunchTemplateId, Scope, Tags};
use imbl::OrdMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub const OPERATIONS: &[Entry] = operations![
    CreateLaunchTemplate,
    DescribeLaunchTemplates,
    ModifyLaunchTemplate,
    DeleteLaunchTemplate,
    version::CreateLaunchTemplateVersion,
    version::DescribeLaunchTemplateVersions,
    version::DeleteLaunchTemplateVersions,
];

/// How `RunInstances` names one.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct LaunchTemplateSpecification {
    launch_template_id: Option<String>,
    launch_template_name: Option<String>,
    version: Option<String>,
}

impl LaunchTemplateSpecification {
    /// The template, the version's number and its data; the default version where none is named.
    pub(super) fn find(
        self,
        cloud: &Cloud,
        scope: &Scope,
    ) -> Result<(LaunchTemplateId, u64, Map<String, Value>), Fault> {
        let name = template_name(self.launch_template_id, self.launch_template_name)?;
        let template = cloud.launch_template(scope, &name)?;
        let version = match self.version.as_deref() {
            None | Some("") => VersionName::Default,
            Some(text) => text.parse()?,
        };
        let (number, version) = template.version(version)?;
        Ok((template.id.clone(), number, version.data.clone()))
    }
}

fn template_name(id: Option<String>, name: Option<String>) -> Result<TemplateName, Fault> {
    match (id, name) {
        (Some(id), None) => Ok(TemplateName::Id(id.parse()?)),
        (None, Some(name)) => Ok(TemplateName::Name(name)),
        (None, None) => Err(Fault::missing("LaunchTemplateId")),
        (Some(_), Some(_)) => Err(not_both()),
    }
}

fn not_both() -> Fault {
    Fault::invalid_combination("Either a launch template ID or a launch template name must be specified, not both.")
}

/// Milliseconds.
fn millis(seconds: u64) -> u64 {
    seconds.saturating_mul(1000)
}

fn time_text(seconds: u64) -> String {
    iso8601_millis(i64::try_from(millis(seconds)).unwrap_or(i64::MAX))
}

/// A template as AWS shows it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LaunchTemplateOutput {
    launch_template_id: String,
    launch_template_name: String,
    create_time: u64,
    created_by: String,
    default_version_number: u64,
    latest_version_number: u64,
    tags: Vec<Tag>,
    operator: OperatorOutput,
}

impl LaunchTemplateOutput {
    fn of(template: &LaunchTemplate) -> Self {
        LaunchTemplateOutput {
            launch_template_id: template.id.to_string(),
            launch_template_name: template.name.clone(),
            create_time: millis(template.created),
            created_by: template.created_by.clone(),
            default_version_number: template.default_version,
            latest_version_number: template.latest_version,
            tags: tag::shown(&template.tags),
            operator: OperatorOutput { managed: false },
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct OneTemplate {
    launch_template: LaunchTemplateOutput,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateLaunchTemplate {
    launch_template_name: String,
    version_description: Option<String>,
    launch_template_data: Map<String, Value>,
    #[serde(default)]
    tag_specifications: TagSpecifications,
}

impl Operation for CreateLaunchTemplate {
    const NAME: &'static str = "CreateLaunchTemplate";
    type Output = OneTemplate;

    fn run(self, call: &mut Call<'_>) -> Result<OneTemplate, Fault> {
        let created_by = call.caller.principal.arn.clone();
        let template = call.run(croft_control::CreateLaunchTemplate {
            launch_template_name: self.launch_template_name,
            version_description: self.version_description,
            data: self.launch_template_data,
            created_by,
            tags: self.tag_specifications.of("launch-template")?,
        })?;
        Ok(OneTemplate { launch_template: LaunchTemplateOutput::of(&template) })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ModifyLaunchTemplate {
    launch_template_id: Option<String>,
    launch_template_name: Option<String>,
    /// AWS's wire name has it `SetDefaultVersion`; its model's member is this.
    default_version: Option<String>,
}

impl Operation for ModifyLaunchTemplate {
    const NAME: &'static str = "ModifyLaunchTemplate";
    type Output = OneTemplate;

    fn run(self, call: &mut Call<'_>) -> Result<OneTemplate, Fault> {
        let version = self.default_version.ok_or_else(|| Fault::missing("DefaultVersion"))?;
        let template = call.run(croft_control::ModifyLaunchTemplate {
            template: template_name(self.launch_template_id, self.launch_template_name)?,
            default_version: version.parse()?,
        })?;
        Ok(OneTemplate { launch_template: LaunchTemplateOutput::of(&template) })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteLaunchTemplate {
    launch_template_id: Option<String>,
    launch_template_name: Option<String>,
}

impl Operation for DeleteLaunchTemplate {
    const NAME: &'static str = "DeleteLaunchTemplate";
    type Output = OneTemplate;

    fn run(self, call: &mut Call<'_>) -> Result<OneTemplate, Fault> {
        let template = template_name(self.launch_template_id, self.launch_template_name)?;
        let template = call.run(croft_control::DeleteLaunchTemplate { template })?;
        Ok(OneTemplate { launch_template: LaunchTemplateOutput::of(&template) })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeLaunchTemplates {
    #[serde(default)]
    launch_template_ids: Vec<String>,
    #[serde(default)]
    launch_template_names: Vec<String>,
    #[serde(default)]
    filters: Filters,
    #[serde(rename = "IncludeManagedResources")]
    _include_managed_resources: Option<bool>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeLaunchTemplatesOutput {
    launch_templates: Vec<LaunchTemplateOutput>,
    next_token: Option<String>,
}

impl Listed for LaunchTemplate {
    type Id = LaunchTemplateId;
    const FILTERS: &'static [FilterOf<LaunchTemplate>] = &[
        ("create-time", |_, t, found| found.text(&time_text(t.created))),
        ("launch-template-name", |_, t, found| found.text(&t.name)),
    ];

    fn all(cloud: &Cloud) -> &OrdMap<LaunchTemplateId, LaunchTemplate> {
        &cloud.launch_templates
    }
    fn id(&self) -> &LaunchTemplateId {
        &self.id
    }
    fn tags(&self) -> &Tags {
        &self.tags
    }
}

impl Operation for DescribeLaunchTemplates {
    const NAME: &'static str = "DescribeLaunchTemplates";
    type Output = DescribeLaunchTemplatesOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeLaunchTemplatesOutput, Fault> {
        let cloud = call.cloud();
        let next_token = self.next_token.as_deref();
        let page: Page<&LaunchTemplate> = if self.launch_template_names.is_empty() {
            let query = Query {
                ids: &self.launch_template_ids,
                filters: &self.filters,
                max_results: self.max_results,
                next_token,
            };
            select(&cloud, call.scope, query)?
        } else {
            if !self.launch_template_ids.is_empty() {
                return Err(not_both());
            }
            let judge = self.filters.judge(LaunchTemplate::FILTERS)?;
            let mut named = Vec::new();
            for name in &self.launch_template_names {
                named.push(cloud.launch_template(call.scope, &TemplateName::Name(name.clone()))?);
            }
            named.sort_by(|a, b| a.id.cmp(&b.id));
            named.dedup_by(|a, b| a.id == b.id);
            let items = named.into_iter().filter(|t| judge.holds(&cloud, t, &t.tags));
            after(items, self.max_results, next_token, |t| t.id.to_string())?
        };
        Ok(DescribeLaunchTemplatesOutput {
            launch_templates: page.items.into_iter().map(LaunchTemplateOutput::of).collect(),
            next_token: page.next_token,
        })
    }
}
