//! Versions of launch templates.

use super::super::filter::{FilterOf, Filters};
use super::super::instance::OperatorOutput;
use super::super::listing::after;
use super::{millis, template_name, time_text};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::Operation;
use croft_control::{KeptVersion, VersionName, Versions};
use croft_model::Tags;
use croft_model::launch_template::{LaunchTemplate, LaunchTemplateVersion};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A version as AWS shows it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct VersionOutput {
    launch_template_id: String,
    launch_template_name: String,
    version_number: u64,
    version_description: Option<String>,
    create_time: u64,
    created_by: String,
    default_version: bool,
    launch_template_data: Map<String, Value>,
    operator: OperatorOutput,
}

impl VersionOutput {
    fn of(template: &LaunchTemplate, number: u64, version: &LaunchTemplateVersion) -> Self {
        VersionOutput {
            launch_template_id: template.id.to_string(),
            launch_template_name: template.name.clone(),
            version_number: number,
            version_description: version.description.clone(),
            create_time: millis(version.created),
            created_by: version.created_by.clone(),
            default_version: template.default_version == number,
            launch_template_data: version.data.clone(),
            operator: OperatorOutput { managed: false },
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateLaunchTemplateVersion {
    launch_template_id: Option<String>,
    launch_template_name: Option<String>,
    source_version: Option<String>,
    version_description: Option<String>,
    launch_template_data: Map<String, Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateLaunchTemplateVersionOutput {
    launch_template_version: VersionOutput,
}

impl Operation for CreateLaunchTemplateVersion {
    const NAME: &'static str = "CreateLaunchTemplateVersion";
    type Output = CreateLaunchTemplateVersionOutput;

    fn run(self, call: &mut Call<'_>) -> Result<CreateLaunchTemplateVersionOutput, Fault> {
        let created_by = call.caller.principal.arn.clone();
        let template = call.run(croft_control::CreateLaunchTemplateVersion {
            template: template_name(self.launch_template_id, self.launch_template_name)?,
            source_version: self.source_version.map(|v| v.parse()).transpose()?,
            version_description: self.version_description,
            data: self.launch_template_data,
            created_by,
        })?;
        let (number, version) = template.version(VersionName::Latest)?;
        Ok(CreateLaunchTemplateVersionOutput { launch_template_version: VersionOutput::of(&template, number, version) })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeLaunchTemplateVersions {
    launch_template_id: Option<String>,
    launch_template_name: Option<String>,
    #[serde(default)]
    versions: Vec<String>,
    min_version: Option<String>,
    max_version: Option<String>,
    #[serde(default)]
    filters: Filters,
    /// An image is named by its identifier only.
    #[serde(rename = "ResolveAlias")]
    _resolve_alias: Option<bool>,
    #[serde(rename = "IncludeManagedResources")]
    _include_managed_resources: Option<bool>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeLaunchTemplateVersionsOutput {
    launch_template_versions: Vec<VersionOutput>,
    next_token: Option<String>,
}

/// A version with what it is of.
type Numbered<'a> = (&'a LaunchTemplate, u64, &'a LaunchTemplateVersion);

/// A version's parameter, down through its structures.
fn data(version: &Owned, path: &[&str]) -> Option<String> {
    let mut names = path.iter();
    let mut value = version.version.data.get(*names.next()?)?;
    for name in names {
        value = value.get(name)?;
    }
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(_) | Value::Object(_) | Value::Null => None,
        other => Some(other.to_string()),
    }
}

/// What a filter asks about.
pub struct Owned {
    number: u64,
    default: u64,
    version: LaunchTemplateVersion,
}

macro_rules! of_data { ($name:literal, $($path:literal).+) => {
    ($name, |_, v, found| data(v, &[$($path),+]).into_iter().for_each(|value| found.text(&value)))
} }

const FILTERS: &[FilterOf<Owned>] = &[
    ("create-time", |_, v, found| found.text(&time_text(v.version.created))),
    of_data!("ebs-optimized", "EbsOptimized"),
    of_data!("http-endpoint", "MetadataOptions"."HttpEndpoint"),
    of_data!("http-protocol-ipv4", "MetadataOptions"."HttpEndpoint"),
    of_data!("host-resource-group-arn", "Placement"."HostResourceGroupArn"),
    of_data!("http-tokens", "MetadataOptions"."HttpTokens"),
    of_data!("iam-instance-profile", "IamInstanceProfile"."Arn"),
    of_data!("image-id", "ImageId"),
    of_data!("instance-type", "InstanceType"),
    ("is-default-version", |_, v, found| found.flag(v.number == v.default)),
    of_data!("kernel-id", "KernelId"),
    ("license-configuration-arn", |_, v, found| {
        each(v, "LicenseSpecifications", "LicenseConfigurationArn").iter().for_each(|arn| found.text(arn));
    }),
    ("network-card-index", |_, v, found| {
        each(v, "NetworkInterfaces", "NetworkCardIndex").iter().for_each(|index| found.text(index));
    }),
    of_data!("ram-disk-id", "RamDiskId"),
];

/// A member of every element of a list.
fn each(version: &Owned, list: &str, member: &str) -> Vec<String> {
    let elements = version.version.data.get(list).and_then(Value::as_array).into_iter().flatten();
    elements
        .filter_map(|element| match element.get(member)? {
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        })
        .collect()
}

impl DescribeLaunchTemplateVersions {
    /// The versions that are named, or all, in the order of their numbers.
    fn of<'a>(&self, template: &'a LaunchTemplate) -> Result<Vec<Numbered<'a>>, Fault> {
        let mut found: Vec<Numbered<'a>> = Vec::new();
        if self.versions.is_empty() {
            let bound = |text: &Option<String>| text.as_deref().map(number).transpose();
            let (least, most) = (bound(&self.min_version)?.unwrap_or(0), bound(&self.max_version)?.unwrap_or(u64::MAX));
            let between = template.versions.iter().filter(|(n, _)| (least..=most).contains(*n));
            found.extend(between.map(|(number, version)| (template, *number, version)));
        }
        for name in &self.versions {
            let (number, version) = template.version(name.parse()?)?;
            found.push((template, number, version));
        }
        found.sort_by_key(|(_, number, _)| *number);
        found.dedup_by_key(|(_, number, _)| *number);
        Ok(found)
    }
}

fn number(text: &str) -> Result<u64, Fault> {
    text.parse().map_err(|_| Fault::invalid_value(format!("Invalid launch template version '{text}': a number.")))
}

impl Operation for DescribeLaunchTemplateVersions {
    const NAME: &'static str = "DescribeLaunchTemplateVersions";
    type Output = DescribeLaunchTemplateVersionsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeLaunchTemplateVersionsOutput, Fault> {
        let cloud = call.cloud();
        let judge = self.filters.judge(FILTERS)?;
        let bounded = self.min_version.is_some() || self.max_version.is_some();
        if bounded && !self.versions.is_empty() {
            return Err(Fault::invalid_combination(
                "Versions may not be given together with MinVersion or MaxVersion.",
            ));
        }
        let found: Vec<Numbered<'_>> = if self.launch_template_id.is_none() && self.launch_template_name.is_none() {
            // Of all templates AWS shows the latest and the default versions only.
            if self.versions.is_empty() || !self.versions.iter().all(|v| v == "$Latest" || v == "$Default") {
                return Err(Fault::missing("LaunchTemplateId"));
            }
            let mut all = Vec::new();
            for template in cloud.launch_templates_in(call.scope) {
                all.extend(self.of(template)?);
            }
            all
        } else {
            let name = template_name(self.launch_template_id.clone(), self.launch_template_name.clone())?;
            self.of(cloud.launch_template(call.scope, &name)?)?
        };
        let wanted = |(template, number, version): &Numbered<'_>| {
            let owned = Owned { number: *number, default: template.default_version, version: (*version).clone() };
            judge.holds(&cloud, &owned, &Tags::new())
        };
        // In numbers of one width, so that they sort as numbers.
        let key = |(template, number, _): &Numbered<'_>| format!("{}/{number:020}", template.id);
        let found = found.into_iter().filter(wanted);
        let page = after(found, self.max_results, self.next_token.as_deref(), key)?;
        let shown =
            page.items.into_iter().map(|(template, number, version)| VersionOutput::of(template, number, version));
        Ok(DescribeLaunchTemplateVersionsOutput {
            launch_template_versions: shown.collect(),
            next_token: page.next_token,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteLaunchTemplateVersions {
    launch_template_id: Option<String>,
    launch_template_name: Option<String>,
    versions: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteLaunchTemplateVersionsOutput {
    successfully_deleted_launch_template_versions: Vec<DeletedVersion>,
    unsuccessfully_deleted_launch_template_versions: Vec<UndeletedVersion>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DeletedVersion {
    launch_template_id: String,
    launch_template_name: String,
    version_number: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UndeletedVersion {
    launch_template_id: String,
    launch_template_name: String,
    version_number: u64,
    response_error: ResponseError,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ResponseError {
    code: &'static str,
    message: &'static str,
}

impl Operation for DeleteLaunchTemplateVersions {
    const NAME: &'static str = "DeleteLaunchTemplateVersions";
    type Output = DeleteLaunchTemplateVersionsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DeleteLaunchTemplateVersionsOutput, Fault> {
        let versions: Result<Vec<u64>, Fault> = self.versions.iter().map(|v| number(v)).collect();
        let done = call.run(croft_control::DeleteLaunchTemplateVersions {
            template: template_name(self.launch_template_id, self.launch_template_name)?,
            versions: versions?,
        })?;
        let (id, name) = (done.template.id.to_string(), done.template.name);
        let deleted = |version_number| DeletedVersion {
            launch_template_id: id.clone(),
            launch_template_name: name.clone(),
            version_number,
        };
        let kept = |(version_number, why)| UndeletedVersion {
            launch_template_id: id.clone(),
            launch_template_name: name.clone(),
            version_number,
            response_error: match why {
                KeptVersion::Missing => ResponseError {
                    code: "launchTemplateVersionDoesNotExist",
                    message: "The specified launch template version does not exist.",
                },
                KeptVersion::IsDefault => ResponseError {
                    code: "unexpectedError",
                    message: "The default version of a launch template cannot be deleted.",
                },
            },
        };
        Ok(DeleteLaunchTemplateVersionsOutput {
            successfully_deleted_launch_template_versions: done.deleted.into_iter().map(deleted).collect(),
            unsuccessfully_deleted_launch_template_versions: done.kept.into_iter().map(kept).collect(),
        })
    }
}
