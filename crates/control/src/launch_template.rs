//! Launch templates and their versions.

mod merge;

pub use merge::launch_data_over;

use crate::error::{Error, Result};
use crate::request::{Request, request};
use crate::tag::check_tags;
use crate::{Cloud, Transaction};
use croft_model::launch_template::{LaunchTemplate, LaunchTemplateVersion};
use croft_model::*;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

request! {
    pub struct CreateLaunchTemplate {
        pub launch_template_name: String,
        pub version_description: Option<String>,
        /// AWS's `LaunchTemplateData`, its members by name.
        pub data: Map<String, Value>,
        /// Who makes it, as an ARN.
        pub created_by: String,
        #[serde(default)]
        pub tags: Tags,
    }

    pub struct CreateLaunchTemplateVersion {
        pub template: TemplateName,
        /// The new version has what this one has where `data` says nothing.
        pub source_version: Option<VersionName>,
        pub version_description: Option<String>,
        pub data: Map<String, Value>,
        pub created_by: String,
    }

    /// Makes another version the default one.
    pub struct ModifyLaunchTemplate {
        pub template: TemplateName,
        pub default_version: VersionName,
    }

    pub struct DeleteLaunchTemplate {
        pub template: TemplateName,
    }

    pub struct DeleteLaunchTemplateVersions {
        pub template: TemplateName,
        pub versions: Vec<u64>,
    }
}

/// How a request names a template.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum TemplateName {
    Id(LaunchTemplateId),
    Name(String),
}

/// How a request names a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum VersionName {
    Number(u64),
    /// `$Latest`
    Latest,
    /// `$Default`
    Default,
}

impl std::str::FromStr for VersionName {
    type Err = Error;

    fn from_str(text: &str) -> Result<VersionName> {
        match text {
            "$Latest" => Ok(VersionName::Latest),
            "$Default" => Ok(VersionName::Default),
            number => number.parse().map(VersionName::Number).map_err(|_| {
                Error::invalid(format!(
                    "Invalid launch template version: either '$Default', '$Latest', or a numeric version are allowed, not '{text}'."
                ))
            }),
        }
    }
}

/// What became of each version that was to be deleted.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct DeletedVersions {
    pub template: LaunchTemplate,
    pub deleted: Vec<u64>,
    /// With the reason.
    pub kept: Vec<(u64, KeptVersion)>,
}

/// Why a version stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum KeptVersion {
    /// There is none of this number.
    Missing,
    /// It is the default one.
    IsDefault,
}

/// AWS deletes so many at a time.
const MOST_DELETED: usize = 200;
const LONGEST_DESCRIPTION: usize = 255;

fn check_name(name: &str) -> Result<()> {
    let legal = |c: char| c.is_ascii_alphanumeric() || "().-/_".contains(c);
    if (3..=128).contains(&name.len()) && name.chars().all(legal) {
        return Ok(());
    }
    Err(Error::new(
        "InvalidLaunchTemplateName.MalformedException",
        format!("The launch template name '{name}' must have 3 to 128 letters, digits and the characters ( ) . - / _"),
    ))
}

fn version(
    tx: &Transaction<'_>,
    text: Option<String>,
    by: String,
    data: Map<String, Value>,
) -> Result<LaunchTemplateVersion> {
    if data.is_empty() {
        return Err(Error::missing("LaunchTemplateData"));
    }
    if text.as_ref().is_some_and(|d| d.chars().count() > LONGEST_DESCRIPTION) {
        return Err(Error::invalid("The description of a version has at most 255 characters."));
    }
    Ok(LaunchTemplateVersion { description: text, created: tx.now, created_by: by, data })
}

impl Request for CreateLaunchTemplate {
    type Response = LaunchTemplate;

    fn run(self, tx: &mut Transaction<'_>) -> Result<LaunchTemplate> {
        check_tags(&self.tags)?;
        check_name(&self.launch_template_name)?;
        let name = self.launch_template_name;
        if tx.launch_templates().any(|t| t.name == name) {
            let message = "Launch template name already in use.";
            return Err(Error::new("InvalidLaunchTemplateName.AlreadyExistsException", message));
        }
        let first = version(tx, self.version_description, self.created_by.clone(), self.data)?;
        let id = tx.fresh(|c| &c.launch_templates, LaunchTemplateId::from_bits);
        let template = LaunchTemplate {
            id: id.clone(),
            scope: tx.scope.clone(),
            name,
            created: tx.now,
            created_by: self.created_by,
            default_version: 1,
            latest_version: 1,
            versions: BTreeMap::from([(1, first)]),
            tags: self.tags,
        };
        tx.cloud.launch_templates.insert(id, template.clone());
        Ok(template)
    }
}

impl Request for CreateLaunchTemplateVersion {
    /// The template; the new version is its latest one.
    type Response = LaunchTemplate;

    fn run(self, tx: &mut Transaction<'_>) -> Result<LaunchTemplate> {
        let id = tx.cloud.launch_template(&tx.scope, &self.template)?.id.clone();
        let mut data = match self.source_version {
            Some(source) => tx.launch_template(&id)?.version(source)?.1.data.clone(),
            None => Map::new(),
        };
        data.extend(self.data);
        let new = version(tx, self.version_description, self.created_by, data)?;
        let template = tx.launch_template_mut(&id)?;
        template.latest_version += 1;
        template.versions.insert(template.latest_version, new);
        Ok(template.clone())
    }
}

impl Request for ModifyLaunchTemplate {
    type Response = LaunchTemplate;

    fn run(self, tx: &mut Transaction<'_>) -> Result<LaunchTemplate> {
        let template = tx.cloud.launch_template(&tx.scope, &self.template)?;
        let (id, number) = (template.id.clone(), template.version(self.default_version)?.0);
        let template = tx.launch_template_mut(&id)?;
        template.default_version = number;
        Ok(template.clone())
    }
}

impl Request for DeleteLaunchTemplate {
    type Response = LaunchTemplate;

    fn run(self, tx: &mut Transaction<'_>) -> Result<LaunchTemplate> {
        let template = tx.cloud.launch_template(&tx.scope, &self.template)?.clone();
        tx.cloud.launch_templates.remove(&template.id);
        Ok(template)
    }
}

impl Request for DeleteLaunchTemplateVersions {
    type Response = DeletedVersions;

    fn run(self, tx: &mut Transaction<'_>) -> Result<DeletedVersions> {
        if self.versions.is_empty() {
            return Err(Error::missing("LaunchTemplateVersion"));
        }
        if self.versions.len() > MOST_DELETED {
            return Err(Error::invalid(format!("At most {MOST_DELETED} versions are deleted at a time.")));
        }
        let id = tx.cloud.launch_template(&tx.scope, &self.template)?.id.clone();
        let template = tx.launch_template_mut(&id)?;
        let (mut deleted, mut kept) = (Vec::new(), Vec::new());
        for number in self.versions {
            if number == template.default_version {
                kept.push((number, KeptVersion::IsDefault));
            } else if template.versions.remove(&number).is_some() {
                deleted.push(number);
            } else {
                kept.push((number, KeptVersion::Missing));
            }
        }
        Ok(DeletedVersions { template: template.clone(), deleted, kept })
    }
}

impl Cloud {
    /// The template that a request names.
    pub fn launch_template<'a>(&'a self, scope: &'a Scope, name: &TemplateName) -> Result<&'a LaunchTemplate> {
        match name {
            TemplateName::Id(id) => self.launch_templates.get(id).filter(|t| t.scope == *scope).ok_or_else(|| {
                Error::new(
                    "InvalidLaunchTemplateId.NotFound",
                    format!("The specified launch template, with template ID {id}, does not exist."),
                )
            }),
            TemplateName::Name(name) => self.launch_templates_in(scope).find(|t| t.name == *name).ok_or_else(|| {
                Error::new(
                    "InvalidLaunchTemplateName.NotFoundException",
                    format!("The specified launch template, with template name {name}, does not exist."),
                )
            }),
        }
    }
}

/// A version of a template by its number, `$Latest` or `$Default`.
pub trait Versions {
    fn version(&self, name: VersionName) -> Result<(u64, &LaunchTemplateVersion)>;
}

impl Versions for LaunchTemplate {
    fn version(&self, name: VersionName) -> Result<(u64, &LaunchTemplateVersion)> {
        let number = match name {
            VersionName::Number(number) => number,
            VersionName::Default => self.default_version,
            // The highest that is left: it may have been deleted.
            VersionName::Latest => self.versions.keys().next_back().copied().unwrap_or(self.latest_version),
        };
        self.versions.get(&number).map(|version| (number, version)).ok_or_else(|| {
            Error::new(
                "InvalidLaunchTemplateId.VersionNotFound",
                format!("Could not find launch template version {number} of {}.", self.id),
            )
        })
    }
}
