//! `AWS::EC2::LaunchTemplate`. A change of its data makes a new version of it; the default one stays, as on AWS.

mod data;

use super::live::Live;
use super::schema::{Kind, Shape, property};
use super::*;
use croft_control::{
    CreateLaunchTemplate, CreateLaunchTemplateVersion, DeleteLaunchTemplate, TemplateName, VersionName, Versions,
};
use croft_model::LaunchTemplateId;
use croft_model::launch_template::LaunchTemplate as Model;
use serde::Deserialize;
use serde_json::json;

pub struct LaunchTemplate;

/// Characters of a name.
const LONGEST: usize = 128;

/// The only resource that `TagSpecifications` of the template itself can be of.
const RESOURCE_TYPE: &str = "launch-template";

const PROPERTIES: &[Property] = &[
    property("LaunchTemplateData", Kind::Object(data::DATA)).required(),
    property("LaunchTemplateName", Kind::Text).replaces(),
    property("TagSpecifications", Kind::List(&Kind::Object(data::TAG_SPECIFICATION))),
    property("VersionDescription", Kind::Text),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    launch_template_data: Map<String, Json>,
    launch_template_name: Option<String>,
    version_description: Option<String>,
}

/// The tags of the template itself, where a resource elsewhere has them.
fn tag_list(properties: &Map<String, Json>) -> Map<String, Json> {
    let specifications = properties.get("TagSpecifications").and_then(Json::as_array).into_iter().flatten();
    let lists = specifications.filter_map(|s| s.get("Tags")).filter_map(Json::as_array);
    let all: Vec<Json> = lists.flatten().cloned().collect();
    Map::from_iter([("Tags".to_string(), Json::Array(all))])
}

fn find<'a>(cloud: &'a Cloud, id: &str) -> Option<&'a Model> {
    cloud.launch_templates.get(&id.parse::<LaunchTemplateId>().ok()?)
}

/// Who makes versions for a stack: nobody whom the account trusts less than itself.
fn created_by(cloud: &Cloud) -> String {
    format!("arn:aws:iam::{}:root", cloud.home.account)
}

impl Handler for LaunchTemplate {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::EC2::LaunchTemplate",
        shape: Shape::free(PROPERTIES),
        attributes: &["DefaultVersionNumber", "LatestVersionNumber", "LaunchTemplateId"],
        refused_attributes: &[],
        which: Which::LaunchTemplate,
    };

    fn check(properties: &Map<String, Json>) -> Vec<Wrong> {
        let specifications = properties.get("TagSpecifications").and_then(Json::as_array).into_iter().flatten();
        let kinds = specifications.filter_map(|s| s.get("ResourceType")).filter_map(Json::as_str);
        let wrong = |kind: &str| {
            let what = format!("the ResourceType of these tags is {RESOURCE_TYPE}, and not {kind}");
            ("TagSpecifications", what)
        };
        kinds.filter(|kind| *kind != RESOURCE_TYPE).map(wrong).collect()
    }

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let properties: Properties = new.read()?;
        let cloud = account.cloud();
        let tag_list = tag_list(new.properties);
        let mut all = new.tags();
        all.extend(tags::of(&tag_list));
        let generated = || name::generated(new, cloud.version, LONGEST);
        let template = account.run(CreateLaunchTemplate {
            launch_template_name: properties.launch_template_name.unwrap_or_else(generated),
            version_description: properties.version_description,
            data: properties.launch_template_data,
            created_by: created_by(&cloud),
            tags: all,
        })?;
        Ok(template.id.to_string())
    }

    fn update<A: Account>(account: &mut A, id: &str, old: &Map<String, Json>, new: &New) -> Result<String, Failure> {
        let properties: Properties = new.read()?;
        let changed = |name: &str| old.get(name) != new.properties.get(name);
        if changed("LaunchTemplateData") || changed("VersionDescription") {
            let created_by = created_by(&account.cloud());
            account.run(CreateLaunchTemplateVersion {
                template: TemplateName::Id(id.parse()?),
                source_version: None,
                version_description: properties.version_description,
                data: properties.launch_template_data,
                created_by,
            })?;
        }
        tags::update(account, id, &tag_list(old), &tag_list(new.properties))?;
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        account.run(DeleteLaunchTemplate { template: TemplateName::Id(id.parse()?) })?;
        Ok(())
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        let template = find(cloud, id)?;
        let (_, latest) = template.version(VersionName::Latest).ok()?;
        let own = template.tags.iter().filter(|(key, _)| !key.starts_with("aws:"));
        let own: Vec<Json> = own.map(|(key, value)| json!({ "Key": key, "Value": value })).collect();
        let mut live = Live::beside(properties)
            .is("LaunchTemplateName", template.name.as_str())
            .may_be("VersionDescription", latest.description.clone())
            .is("TagSpecifications", json!([{ "ResourceType": RESOURCE_TYPE, "Tags": own }]));
        // A member that was added behind the stack's back is seen too.
        if properties.get("LaunchTemplateData") != Some(&Json::Object(latest.data.clone())) {
            live = live.exactly("LaunchTemplateData", latest.data.clone());
        }
        live.done()
    }

    fn attribute(cloud: &Cloud, id: &str, name: &str) -> Option<Known> {
        let template = find(cloud, id)?;
        Some(Known::Text(match name {
            "DefaultVersionNumber" => template.default_version.to_string(),
            "LatestVersionNumber" => template.version(VersionName::Latest).ok()?.0.to_string(),
            "LaunchTemplateId" => template.id.to_string(),
            _ => return None,
        }))
    }
}
